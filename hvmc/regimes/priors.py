"""Names of what is drawn of a host and of a guest, in the order of their uniforms; only append."""

__all__ = ["GUEST_PRIORS", "HOST_INPUTS", "HOST_PRIORS"]

HOST_PRIORS = ("lp_commitment", "mean_own_commitment", "scarce", "memory_commitment")

GUEST_PRIORS = (
    "virtual_processors",
    "intensity",
    "think_ratio",
    "cpu",
    "io_share",
    "memory",
    "own_commitment",
    "role",
    "working_set",
    "short_of_memory",
    "own_memory_commitment",
)

HOST_INPUTS = {
    **{name: (name,) for name in HOST_PRIORS},
    "guest_sizes": ("virtual_processors", "memory", "role"),
    "guest_load": ("intensity", "think_ratio", "cpu", "io_share", "working_set"),
    "guest_shortage": ("own_commitment", "short_of_memory", "own_memory_commitment"),
}
"""What is drawn of a host and its guests, in parts that have a meaning, to their uniforms."""
