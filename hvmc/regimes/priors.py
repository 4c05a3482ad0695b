"""Names of what is drawn of a host and of a guest, in the order of their uniforms; only append."""

__all__ = ["GUEST_PRIORS", "HOST_PRIORS"]

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
