"""Memory settings: of a guest, of what it uses of it, and of the host's balancer.

A guest's *working set* is the memory it touches: less than that costs hard faults. Its *demand* is
the memory it has committed, the only thing the host sees of it (row M02), at least its working set.
Both move in time; `hvmc.scenario.working_sets` makes the series.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from hvmc.scenario.evidence import Assumed, Chosen, Measured
from hvmc.scenario.settings import Settings, flag, nested, number, numbers, whole

__all__ = ["MIB_PER_GIB", "Balancer", "Memory", "MemoryUse"]

MIB_PER_GIB = 1024.0


@dataclass(frozen=True)
class MemoryUse(Settings):
    """How much memory a guest uses, and how that moves.

    working set(t) = level x (1 + amplitude sin(2 pi (t / period_s + phase))) x ramp(t) x noise(t);
    demand(t) = committed x working set(t).

    A guest that restarts touches its startup memory while it boots: both are at least that until it
    has booted. A restart changes memory alone: requests go on, and booting takes no processor time.
    What the host does for it tells `hvmc.policies.memory`.

    Parameters
    ----------
    working_set : float
        Level as a fraction of the guest's maximum memory; above 1 it can never be met.
    working_set_mib : float, optional
        Level in MiB instead.
    committed : float
        Demand over working set, at least 1.
    cache : float
        Share of the demand beyond the working set that is cache, 0..1: a guest that has less than
        it demands gives it up, and takes it back when it may.
    amplitude : float
        Of the phases, relative to the level, 0 up to below 1; 0 switches them off.
    period_s : float
        Of the phases, seconds.
    phase : float, optional
        Where in the period time zero lies, 0..1; drawn from the guest's own stream without.
    noise_cv : float
        Relative standard deviation of a stationary noise (lognormal, cut off at three standard
        deviations of its logarithm); 0 switches it off.
    noise_tau_s : float
        Correlation time of the noise, seconds.
    ramp_factor, ramp_from_s, ramp_over_s : float
        From ``ramp_from_s`` on the level goes to ``ramp_factor`` times itself in a straight line
        over ``ramp_over_s`` seconds, and stays there.
    trace_mib : tuple of float
        Recorded levels, MiB, each held for ``trace_interval_s``, the last for good; they take the
        place of the level.
    trace_interval_s : float
        Seconds a recorded level holds.
    trace_offset_s : float
        Time in the recording at which the run starts, seconds.
    restart_s : float, optional
        When the guest restarts, seconds, from the next decision on; without, it never does.
    boot_s : float
        How long it then touches its startup memory, seconds, in whole decision intervals, up to
        the 10 minutes that smart paging is expected to last at most (row M20).
    """

    working_set: float = number(
        0.5,
        low=0.0,
        known=Chosen("half; recorded active memory is 0.03-0.33 (E07), regimes draw their own"),
    )
    working_set_mib: float | None = number(None, low=0.0, optional=True)
    committed: float = number(
        1.25, low=1.0, known=Assumed("no source, from nothing unused to half of it", 1.0, 2.0)
    )
    cache: float = number(
        0.5, low=0.0, high=1.0, known=Assumed("no source, from none to all", 0.0, 1.0, "linear")
    )
    amplitude: float = number(0.0, low=0.0, high=0.999)
    period_s: float = number(60.0, low=0.0, above=True)
    phase: float | None = number(None, low=0.0, high=1.0, optional=True)
    noise_cv: float = number(0.0, low=0.0, high=10.0)
    noise_tau_s: float = number(60.0, low=0.0, above=True)
    ramp_factor: float = number(1.0, low=0.0)
    ramp_from_s: float = number(0.0, low=0.0)
    ramp_over_s: float = number(0.0, low=0.0)
    trace_mib: tuple[float, ...] = numbers(low=0.0)
    trace_interval_s: float = number(300.0, low=0.0, above=True)
    trace_offset_s: float = number(0.0, low=0.0)
    restart_s: float | None = number(
        None, low=0.0, above=True, high=2e5, optional=True, known=Chosen("no guest restarts")
    )
    boot_s: float = number(
        60.0,
        low=0.0,
        above=True,
        high=600.0,
        known=Assumed(
            "no source; smart paging is expected to last no longer than 10 minutes (M20)",
            15.0,
            600.0,
        ),
    )

    def level_mib(self, maximum_mib: float) -> float:
        """Return the level for a maximum memory, MiB; of a recording its mean."""
        if self.trace_mib:
            return sum(self.trace_mib) / len(self.trace_mib)
        if self.working_set_mib is not None:
            return self.working_set_mib
        return self.working_set * maximum_mib


@dataclass(frozen=True)
class Memory(Settings):
    """Memory settings of a guest.

    Parameters
    ----------
    startup_mib, minimum_mib, maximum_mib : float
        MiB; minimum <= startup <= maximum.
    buffer : float
        Fraction of demand kept above it, 0.05..20 (rows M07, M08).
    priority : int
        Memory priority 0..100 (row M09).
    use : MemoryUse
        Demand and working set.
    """

    startup_mib: float = number(2048.0, low=32.0)
    minimum_mib: float = number(512.0, low=32.0)
    maximum_mib: float = number(8192.0, low=32.0)
    buffer: float = number(0.20, low=0.05, high=20.0)
    priority: int = whole(50, low=0, high=100)
    use: MemoryUse = nested(MemoryUse)

    def rules(self) -> Iterator[tuple[str, str]]:
        """Yield broken rules."""
        if self.minimum_mib > self.maximum_mib:
            yield (
                "minimum_mib",
                f"must be <= maximum_mib ({self.maximum_mib:g}), got {self.minimum_mib:g}",
            )
        elif not self.minimum_mib <= self.startup_mib <= self.maximum_mib:
            yield (
                "startup_mib",
                f"must be between minimum_mib ({self.minimum_mib:g}) and maximum_mib "
                f"({self.maximum_mib:g}), got {self.startup_mib:g}",
            )

    @property
    def working_set_mib(self) -> float:
        """Level of the working set, MiB."""
        return self.use.level_mib(self.maximum_mib)

    @property
    def own_commitment(self) -> float:
        """Working set relative to the guest's own maximum memory."""
        return self.working_set_mib / self.maximum_mib


@dataclass(frozen=True)
class Balancer(Settings):
    """The host's dynamic memory, and what of its memory guests can't have.

    Parameters
    ----------
    enabled : bool
        Off: static memory, every guest holds its maximum for good.
    removal_mib_per_s, addition_mib_per_s : float
        How fast a guest's memory can shrink (ballooning) and grow.
    grain_mib : float
        Memory moves in whole grains.
    root_reserve_mib, root_reserve_per_gib_mib : float
        Kept for the root, and per GiB of the host's memory.
    hypervisor_mib : float
        Kept for the hypervisor.
    guest_overhead_mib, guest_overhead_per_gib_mib : float
        Per started guest, for the first GiB and each further one, here of its maximum memory, so
        that the overhead does not move with what is assigned.
    """

    enabled: bool = flag(True)
    removal_mib_per_s: float = number(
        256.0,
        low=0.0,
        above=True,
        known=Assumed("no source, a factor of 4 either side", 64.0, 1024.0),
    )
    addition_mib_per_s: float = number(
        512.0,
        low=0.0,
        above=True,
        known=Assumed(
            "a hot-add comes in blocks of 128 MiB, for which the host waits up to 5 s (M18); a "
            "factor of 4 either side",
            128.0,
            2048.0,
        ),
    )
    grain_mib: float = number(2.0, low=2**-10, high=1024.0, known=Measured("M17"))
    root_reserve_mib: float = number(384.0, low=0.0, known=Measured("M30"))
    root_reserve_per_gib_mib: float = number(30.0, low=0.0, high=1000.0, known=Measured("M30"))
    hypervisor_mib: float = number(300.0, low=0.0, known=Measured("M31"))
    guest_overhead_mib: float = number(32.0, low=0.0, known=Measured("M31"))
    guest_overhead_per_gib_mib: float = number(8.0, low=0.0, known=Measured("M31"))

    def overhead_mib(self, memory: Memory) -> float:
        """Return what a started guest costs the host beside its own memory, MiB."""
        further = max(memory.maximum_mib / MIB_PER_GIB - 1.0, 0.0)
        return self.guest_overhead_mib + further * self.guest_overhead_per_gib_mib

    def root_mib(self, host_memory_mib: float) -> float:
        """Return what is kept for the root, MiB."""
        per_gib = self.root_reserve_per_gib_mib * host_memory_mib / MIB_PER_GIB
        return self.root_reserve_mib + per_gib

    def for_guests_mib(self, host_memory_mib: float, guests: Iterable[Memory]) -> float:
        """Return the memory that can be assigned to started guests, MiB, at least 0."""
        left = host_memory_mib - (self.root_mib(host_memory_mib) + self.hypervisor_mib)
        return max(left - sum(self.overhead_mib(memory) for memory in guests), 0.0)

    def host_memory_mib(self, for_guests_mib: float, guests: Iterable[Memory]) -> float:
        """Return the host memory that leaves so much for guests, the inverse of the above."""
        wanted = for_guests_mib + sum(self.overhead_mib(memory) for memory in guests)
        fixed = self.root_reserve_mib + self.hypervisor_mib
        return (wanted + fixed) / (1.0 - self.root_reserve_per_gib_mib / MIB_PER_GIB)
