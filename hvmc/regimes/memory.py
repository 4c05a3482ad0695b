"""The memory side of regimes: what drawn guests use, and how much memory their host has.

A guest's working set is drawn as a fraction of its maximum memory and is the same on every host
and in every regime. What a regime says is how far the host is committed by working sets: the host's
own memory is therefore what is scaled, so that the target is met exactly and nothing is rejected.
A regime without a range of memory commitment leaves the host's memory as it is set.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from hvmc.scenario.evidence import Assumed, Chosen, Measured
from hvmc.scenario.host import Host
from hvmc.scenario.memory import Balancer, Memory, MemoryUse
from hvmc.scenario.settings import Settings, commitment, number, whole

__all__ = ["Either", "RoleMemory", "draw_memory", "is_short_of_memory", "with_memory"]

_GRAIN_MIB = 2.0
_ACTIVE = (
    "recorded active memory is 0.03-0.33 (E07, p25 to p95), but counts only what was touched "
    "within minutes; that of low ends where that of high begins"
)
_SHORT = "which guests are said to be short of memory"


@dataclass(frozen=True)
class RoleMemory(Settings):
    """What the memory settings and memory use of guests of one role are drawn from.

    Parameters
    ----------
    working_set_low, working_set_high : float
        Range of the working set over maximum memory (uniform).
    short : float
        Probability that a guest of a role with an own commitment is short of memory instead, and
        not of VPs.
    own_commitment_low, own_commitment_high : float
        Range of the working set over maximum memory then (uniform).
    committed : float
        Demand over working set.
    noise_cv, noise_tau_s : float
        As in `MemoryUse`.
    startup_mib, minimum_mib : float
        Of every guest, as long as they are at most ``least`` of its maximum.
    least : float
        Largest fraction of maximum memory that startup and minimum take.
    buffer : float
        As in `Memory`.
    priority : int
        As in `Memory`.
    """

    working_set_low: float = commitment(0.4, known=Assumed(_ACTIVE, 0.03, 0.45))
    working_set_high: float = commitment(0.6, known=Assumed(_ACTIVE, 0.45, 0.9))
    short: float = number(0.0, low=0.0, high=1.0, known=Chosen("none; half of the victims"))
    own_commitment_low: float = commitment(1.05, known=Chosen(_SHORT))
    own_commitment_high: float = commitment(1.6, known=Chosen(_SHORT))
    committed: float = number(
        1.25, low=1.0, known=Assumed("no source, from nothing unused to half of it", 1.0, 2.0)
    )
    noise_cv: float = number(
        0.02,
        low=0.0,
        high=10.0,
        known=Assumed("no source, from none to a tenth", 0.0, 0.1, "linear"),
    )
    noise_tau_s: float = number(
        60.0,
        low=0.0,
        above=True,
        known=Assumed("no source, a factor of 4 either side", 15.0, 240.0),
    )
    startup_mib: float = number(2048.0, low=32.0, known=Measured("M27, an example's"))
    minimum_mib: float = number(512.0, low=32.0, known=Measured("M27, an example's"))
    least: float = number(
        0.25,
        low=0.0,
        above=True,
        high=1.0,
        known=Assumed("2 of 8 GB (M27), of smaller guests too; up to half", 0.0625, 0.5),
    )
    buffer: float = number(0.20, low=0.05, high=20.0, known=Measured("M07, the default"))
    priority: int = whole(50, low=0, high=100, known=Chosen("the middle of 0-100 (M09)"))

    def rules(self) -> Iterator[tuple[str, str]]:
        """Yield broken rules."""
        for name in ("working_set", "own_commitment"):
            yield from _ordered(self, name)
        if self.minimum_mib > self.startup_mib:
            yield (
                "minimum_mib",
                f"must be <= startup_mib ({self.startup_mib:g}), got {self.minimum_mib:g}",
            )


@dataclass(frozen=True)
class Either(Settings):
    """An over-committed host whose LPs, memory or both are over-committed.

    Parameters
    ----------
    lps, memory, both : float
        Relative frequencies of what is over-committed. Equal ones are an assumption.
    lp_commitment_low, lp_commitment_high : float
        Range where the LPs are not (uniform): that of an efficiently provisioned host (row S24).
    memory_commitment_low, memory_commitment_high : float
        Range where memory is not (uniform): that of an efficiently provisioned host. Assumption.
    """

    lps: float = number(1.0, low=0.0)
    memory: float = number(1.0, low=0.0)
    both: float = number(1.0, low=0.0)
    lp_commitment_low: float = commitment(0.40, above=True)
    lp_commitment_high: float = commitment(0.75, above=True)
    memory_commitment_low: float = commitment(0.60, above=True)
    memory_commitment_high: float = commitment(0.95, above=True)

    def rules(self) -> Iterator[tuple[str, str]]:
        """Yield broken rules."""
        for name in ("lp_commitment", "memory_commitment"):
            yield from _ordered(self, name)
        if not self.lps + self.memory + self.both > 0:
            yield "both", "must be above 0 where lps and memory are 0, got 0"

    def scarce(self, u: float) -> tuple[bool, bool]:
        """Say whether LPs and whether memory are over-committed, at quantile u."""
        place = u * (self.lps + self.memory + self.both)
        if place < self.lps:
            return True, False
        return (False, True) if place < self.lps + self.memory else (True, True)


def _ordered(settings: Settings, name: str) -> Iterator[tuple[str, str]]:
    low, high = getattr(settings, f"{name}_low"), getattr(settings, f"{name}_high")
    if low > high:
        yield f"{name}_low", f"must be <= {name}_high ({high:g}), got {low:g}"


def is_short_of_memory(role: RoleMemory, luck: Mapping[str, float]) -> bool:
    """Say whether a guest whose role has a commitment of its own has it in memory."""
    return luck["short_of_memory"] < role.short


def draw_memory(
    role: RoleMemory, luck: Mapping[str, float], maximum_mib: float, short: bool
) -> Memory:
    """Return a guest's memory settings.

    Parameters
    ----------
    role : RoleMemory
        What they are drawn from.
    luck : mapping of str to float
        The guest's uniforms.
    maximum_mib : float
        Its maximum memory as drawn; rounded to whole grains.
    short : bool
        Whether the guest's working set is to exceed it.
    """
    most = max(round(maximum_mib / _GRAIN_MIB) * _GRAIN_MIB, 32.0)
    least = max(role.least * most // _GRAIN_MIB * _GRAIN_MIB, 32.0)
    if short:
        low, high, u = role.own_commitment_low, role.own_commitment_high, "own_memory_commitment"
    else:
        low, high, u = role.working_set_low, role.working_set_high, "working_set"
    return Memory(
        startup_mib=min(role.startup_mib, least),
        minimum_mib=min(role.minimum_mib, least),
        maximum_mib=most,
        buffer=role.buffer,
        priority=role.priority,
        use=MemoryUse(
            working_set=low + luck[u] * (high - low),
            committed=role.committed,
            noise_cv=role.noise_cv,
            noise_tau_s=role.noise_tau_s,
        ),
    )


def with_memory(
    host: Host, memories: Sequence[Memory], balancer: Balancer, commitment: float | None
) -> Host:
    """Return the host with the memory that makes its guests' commitment this; None: as it is."""
    if commitment is None:
        return host
    reaching = sum(min(memory.working_set_mib, memory.maximum_mib) for memory in memories)
    if reaching == 0.0:
        return host
    return host.replace(memory_mib=balancer.host_memory_mib(reaching / commitment, memories))
