"""The modelled machine: host, root partition, dispatch rule."""

from collections.abc import Iterator
from dataclasses import dataclass

from hvmc.scenario.evidence import Assumed, Chosen, Fitted, Measured
from hvmc.scenario.io import Device
from hvmc.scenario.settings import Settings, choice, flag, nested_all, number, whole

__all__ = ["Dispatch", "Host", "Root"]

SCHEDULERS = ("classic", "core", "root")
RULES = ("credit", "boost", "fair_queue")
DEVICES = (Device(), Device("nic", "adapter", servers_per_lp=4.0))
RESERVE_RULES = ("floor", "first")
QUEUES = ("shared", "per_lp")
ROOT_WAKES = ("preempt", "queue")


_HUNDREDTHS = Assumed(
    "hundredths of a second (S06), the one time constant published; 30 ms (B01) and 50 ms (B02) "
    "elsewhere",
    5e-3,
    50e-3,
)


@dataclass(frozen=True)
class Host(Settings):
    """A physical host.

    Parameters
    ----------
    logical_processors : int
        Schedulable hardware threads, 1..1024.
    memory_mib : float
        Physical memory, MiB; a regime with a memory commitment sets it itself.
    threads_per_core : int
        1 (SMT off) or 2.
    smt_speed : float
        Speed of an LP whose sibling is busy, relative to one alone: 0.25..1. It is the same
        whatever the two run: published is a range over kinds of work, 0.55-0.65 (row B16) and
        elsewhere 0.49-0.75, and no source says which kind gets which, so that it is drawn once per
        host. A host runs a mixture of kinds, so that the draws end at 0.5, where SMT gains nothing.
        Between 0.5 and 0.75 the share of sufferers differs by few points, since commitment counts
        capacity at that speed: ``hvmc run -m regime=efficiently_provisioned host=smt
        host.smt_speed=0.6,0.5,0.75 report=paired compare=host.smt_speed trials=32`` gives
        -6 (-10..-1) and -2.4 (-5.3..+0.5).
    scheduler : str
        ``classic`` (default before Windows Server 2019, row S13); ``core`` (a core is never shared
        by two guests, rows S13, S14); ``root``
        (weights, reserves and limits are not applied, row S15).
    devices : tuple of Device
        Disks and adapters.
    """

    logical_processors: int = whole(
        16, low=1, high=1024, known=Chosen("2 x 8, the mode of 8000 hosts in the field (E28)")
    )
    memory_mib: float = number(
        131072.0, low=0.0, above=True, known=Chosen("8 GiB for each LP; regimes set their own")
    )
    threads_per_core: int = whole(1, low=1, high=2, known=Chosen("SMT off"))
    smt_speed: float = number(
        0.6,
        low=0.25,
        high=1.0,
        known=Assumed(
            "0.55-0.65 (B16); elsewhere 0.49-0.75 over kinds of work (no row here), of which 0.49 "
            "is left out, as a host runs a mixture",
            0.5,
            0.75,
            "linear",
        ),
    )
    scheduler: str = choice(
        "classic",
        SCHEDULERS,
        known=Chosen(
            "that of servers before 2019",
            options={
                "classic": Measured("S13"),
                "core": Measured("S13, S14"),
                "root": Measured("S15"),
            },
        ),
    )
    devices: tuple[Device, ...] = nested_all(
        Device,
        DEVICES,
        known={
            "disk.servers_per_lp": Assumed(
                "sixteen I/Os for each LP at once; no source was found, a factor of 4 either side",
                4,
                64,
                unit="1/LP",
            ),
            "nic.servers_per_lp": Assumed(
                "four transfers for each LP; no source was found, a factor of 4 either side",
                1,
                16,
                unit="1/LP",
            ),
        },
    )

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
        one that did not wake so, as in Xen's credit scheduler. ``fair_queue``: start-time fair
        queueing.
    slice_s : float
        Longest stay on an LP before others get their turn, seconds.
    wake_preemption : bool
        Of the rule ``fair_queue``: whether a waking VP takes the LP of the running one that is
        furthest ahead of it in virtual time.
    queues : str
        ``shared``: all LPs take from one ready list. ``per_lp``: a ready VP waits for the LP that
        ran it last, or for the one with the fewest VPs where that has more; an LP takes others'
        VPs when it would else be idle; not with the core scheduler, whose cores share one list.
    reserve_rule : str
        ``first``: reserved time is granted first and the rest is shared by weight among all;
        ``floor``: the reserve is a lower bound of the weighted share.
    accounting_period_s : float
        Seconds between credit grants (and between re-computations of reserved shares).
    limit_period_s : float
        Seconds over which a limit is enforced: a VP may use limit x period in each.
    limit_stagger : bool
        Whether the periods of different VPs start at evenly spread offsets or all at once.
    """

    rule: str = choice(
        "boost",
        RULES,
        known=Assumed(
            "published only as fair-share, preemptive round robin (S13)",
            options={
                "credit": Assumed(
                    "round robin (S13); a waking VP waits for others' slices, milliseconds, where "
                    "alarms are set at 60 and 100 us (R30, R31; experiments/e14_wake_up)"
                ),
                "boost": Fitted(
                    "waits of tens of microseconds (R30, R31, A26; experiments/e14_wake_up); the "
                    "rule of Xen's credit scheduler (B01)"
                ),
                "fair_queue": Assumed(
                    "fair share (S13) by start times; a waking VP waits as under credit, but for "
                    "wake_preemption (experiments/e14_wake_up)"
                ),
            },
        ),
    )
    slice_s: float = number(0.010, low=1e-6, high=10.0, known=_HUNDREDTHS)
    wake_preemption: bool = flag(
        False,
        known=Assumed(
            "preemptive (S13), when is not published; never drawn, as only rule fair_queue has it",
            options={
                True: Assumed(
                    "waits of tens to hundreds of microseconds (experiments/e14_wake_up)"
                ),
                False: Assumed("waits of milliseconds (experiments/e14_wake_up)"),
            },
            drawn=False,
        ),
    )
    queues: str = choice(
        "per_lp",
        QUEUES,
        known=Assumed(
            "not published",
            options={
                "shared": Assumed(
                    "256 min and 71 %, a little too much (experiments/e03_published_benchmark)"
                ),
                "per_lp": Fitted(
                    "two of four guests with a reserve of 50 % take 270 min and 68 % of guests' "
                    "CPU; with rule boost 271 and 67 (experiments/e03_published_benchmark)"
                ),
            },
        ),
    )
    reserve_rule: str = choice(
        "first",
        RESERVE_RULES,
        known=Assumed(
            "described both ways",
            options={
                "floor": Assumed(
                    "a floor under contention (S09); without the effect of a reserve that was "
                    "measured, 371 min and 50 % (experiments/e03_published_benchmark)"
                ),
                "first": Fitted(
                    "the 270 min and 68 % named under queues (experiments/e03_published_benchmark)"
                ),
            },
        ),
    )
    accounting_period_s: float = number(0.010, low=1e-5, high=10.0, known=_HUNDREDTHS)
    limit_period_s: float = number(
        0.020,
        low=1e-5,
        high=100.0,
        known=Assumed(
            "hundredths of a second (S06); limits elsewhere hold over 80-100 ms", 5e-3, 100e-3
        ),
    )
    limit_stagger: bool = flag(
        True,
        known=Assumed(
            "not published",
            options={
                True: Assumed("no source: limited VPs are not held back all at once"),
                False: Assumed("no source: one clock for all VPs"),
            },
        ),
    )

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
        Scheduling weight of each root VP, 1..10000.
    reserve : float
        Fraction of an LP guaranteed to each root VP.
    background_load : float
        Mean fraction of each LP that the root's own work uses; 0 leaves the root out.
    burst_s : float
        Mean length of a burst of that work (exponential), seconds.
    wake : str
        ``preempt``: a waking root VP takes its LP at once; ``queue``: it waits its turn.
    working_set : float
        The root's working set over the memory kept for it. It has what guests do not hold beside
        that: above 1 it pages where guests take all there is, by the law of `Faults`.
    """

    weight: int = whole(100, low=1, high=10000, known=Measured("S02, that of every partition"))
    reserve: float = number(0.0, low=0.0, high=1.0, known=Measured("S04, the default"))
    background_load: float = number(
        0.01,
        low=0.0,
        high=0.9,
        known=Assumed(
            "an idle Windows instance uses below 0.01 of a processor (S25), the root on all LPs; "
            "no source, a factor of 4 either side",
            0.0025,
            0.04,
        ),
    )
    burst_s: float = number(
        0.0002,
        low=1e-6,
        high=1.0,
        known=Assumed("no source, a factor of 4 either side", 50e-6, 800e-6),
    )
    wake: str = choice(
        "preempt",
        ROOT_WAKES,
        known=Assumed(
            "not published",
            options={
                "preempt": Assumed("waits of 3 us on a quiet host (R28), no source for a busy one"),
                "queue": Assumed("no source: as any other VP, by its weight (S02)"),
            },
        ),
    )
    working_set: float = number(
        1.0,
        low=0.0,
        high=1000.0,
        known=Chosen(
            "never pages: what is kept for the root (M30) is more than guides plan for it, 512 MiB "
            "(M31), on hosts of 4.3 GiB and more"
        ),
    )
