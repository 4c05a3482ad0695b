"""The modelled machine: host, root partition, dispatch rule.

Defaults name their source row in the published reference tables (hyperv.csv, virtualization.csv)
or say that they are assumptions.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from hvmc.scenario.io import Device
from hvmc.scenario.settings import Settings, choice, flag, nested_all, number, whole

__all__ = ["Dispatch", "Host", "Root"]

SCHEDULERS = ("classic", "core", "root")
RULES = ("credit", "boost", "fair_queue")
DEVICES = (Device(), Device("nic", "adapter", servers_per_lp=4.0))
RESERVE_RULES = ("floor", "first")
QUEUES = ("shared", "per_lp")
ROOT_WAKES = ("preempt", "queue")


@dataclass(frozen=True)
class Host(Settings):
    """A physical host.

    Parameters
    ----------
    logical_processors : int
        Schedulable hardware threads, 1..1024: 2 x 8, the mode of 8000 hosts in the field (row E28).
    memory_mib : float
        Physical memory, MiB; a regime with a memory commitment sets it itself.
    threads_per_core : int
        1 (SMT off, an assumption) or 2.
    smt_speed : float
        Speed of an LP whose sibling is busy, relative to one alone: 0.5..1. Published for busy
        hyper-threads: 0.55-0.65 (row B16).
    scheduler : str
        ``classic`` (default before Windows Server 2019, row S13); ``core`` (a core is never shared
        by two guests, rows S13, S14); ``root``
        (weights, reserves and limits are not applied, row S15).
    devices : tuple of Device
        Disks and adapters. One of each: 16 I/Os at once per LP on disk, 4 on the adapter.
        Assumptions.
    """

    logical_processors: int = whole(16, low=1, high=1024)
    memory_mib: float = number(131072.0, low=0.0, above=True)
    threads_per_core: int = whole(1, low=1, high=2)
    smt_speed: float = number(0.6, low=0.5, high=1.0)
    scheduler: str = choice("classic", SCHEDULERS)
    devices: tuple[Device, ...] = nested_all(Device, DEVICES)

    def rules(self) -> Iterator[tuple[str, str]]:
        """Yield broken rules."""
        if self.logical_processors % self.threads_per_core:
            yield (
                "logical_processors",
                f"must be a multiple of threads_per_core ({self.threads_per_core}), "
                f"got {self.logical_processors}",
            )

    @property
    def lp_capacity(self) -> float:
        """Work per second of all LPs busy, in undisturbed LPs."""
        speed = self.smt_speed if self.threads_per_core == 2 else 1.0
        return self.logical_processors * speed

    @property
    def keeps_cores_apart(self) -> bool:
        """Whether no core is ever shared by two guests."""
        return self.scheduler == "core" and self.threads_per_core == 2

    def device_problems(self, name: str, kind: str) -> Iterator[str]:
        """Yield what is wrong with naming a device of a kind that the host may lack."""
        names = [device.name for device in self.devices if device.kind == kind]
        if name not in names:
            there = f"the {kind}s among host.devices ({', '.join(names)})"
            yield (
                f"must be one of {there if names else f'host.devices of kind {kind} (none)'}, got "
                f"{name}: name one of them or add a device of kind {kind}"
            )


@dataclass(frozen=True)
class Dispatch(Settings):
    """How the hypervisor dispatches VPs on LPs.

    Parameters
    ----------
    rule : str
        ``credit``: round robin among VPs with credit, then among those without; each VP earns
        credit by its weight every accounting period; a waking VP waits its turn. ``boost``: the
        same, but a VP that wakes with credit goes before all others and takes an LP at once from
        one that did not wake so, as in Xen's credit scheduler (row B01). ``fair_queue``: start-time
        fair queueing. Hyper-V's algorithm is published only as "fair-share, preemptive round
        robin" (row S13), so the rule is an assumption.
    slice_s : float
        Longest stay on an LP before others get their turn, seconds. Assumption in the order of
        the one published time constant, "hundredths of a second" (row S06).
    wake_preemption : bool
        Of the rule ``fair_queue``: whether a waking VP takes the LP of the running one that is
        furthest ahead of it in virtual time. Assumption.
    queues : str
        ``shared``: all LPs take from one ready list. ``per_lp``: a ready VP waits for the LP that
        ran it last, or for the one with the fewest VPs where that has more; an LP takes others'
        VPs when it would else be idle; not with the core scheduler, whose cores share one list.
        Assumption.
    reserve_rule : str
        ``first``: reserved time is granted first and the rest is shared by weight among all;
        ``floor``: the reserve is a lower bound of the weighted share (row S09).
    accounting_period_s : float
        Seconds between credit grants (and between re-computations of reserved shares): policies
        hold over hundredths of a second (row S06).
    limit_period_s : float
        Seconds over which a limit is enforced: a VP may use limit x period in each. Assumption,
        of the same order (row S06).
    limit_stagger : bool
        Whether the periods of different VPs start at evenly spread offsets or all at once.
        Assumption.
    """

    rule: str = choice("boost", RULES)
    slice_s: float = number(0.010, low=1e-6, high=10.0)
    wake_preemption: bool = flag(False)
    queues: str = choice("per_lp", QUEUES)
    reserve_rule: str = choice("first", RESERVE_RULES)
    accounting_period_s: float = number(0.010, low=1e-5, high=10.0)
    limit_period_s: float = number(0.020, low=1e-5, high=100.0)
    limit_stagger: bool = flag(True)

    def rules(self) -> Iterator[tuple[str, str]]:
        """Yield broken rules."""
        if self.wake_preemption and self.rule != "fair_queue":
            yield (
                "wake_preemption",
                f"must be false with rule {self.rule}, got true: a waking VP takes an LP under "
                "rule boost, or under rule fair_queue with wake_preemption",
            )


@dataclass(frozen=True)
class Root(Settings):
    """The root partition: one VP per LP, pinned to it (row S16).

    Parameters
    ----------
    weight : int
        Scheduling weight of each root VP, 1..10000: that of every partition (row S02).
    reserve : float
        Fraction of an LP guaranteed to each root VP (row S04).
    background_load : float
        Mean fraction of each LP that the root's own work uses; 0 leaves the root out. The default
        0.01 is an assumption (an idle Windows instance uses below 1 % of a processor, row S25).
    burst_s : float
        Mean length of a burst of that work (exponential), seconds. Assumption.
    wake : str
        ``preempt``: a waking root VP takes its LP at once; ``queue``: it waits its turn.
        Assumption.
    """

    weight: int = whole(100, low=1, high=10000)
    reserve: float = number(0.0, low=0.0, high=1.0)
    background_load: float = number(0.01, low=0.0, high=0.9)
    burst_s: float = number(0.0002, low=1e-6, high=1.0)
    wake: str = choice("preempt", ROOT_WAKES)
