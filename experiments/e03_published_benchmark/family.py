"""The family of models: assumptions, the parameters fitted under them, and the design they make.

Times are seconds of the simulation. One published minute is one simulated second of work: only the
amount of work shrinks, bursts, sleeps, slices and costs keep their real length.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from hvmc.regimes.design import Design
from hvmc.scenario.contention import Interference, Locks
from hvmc.scenario.distributions import Deterministic, Distribution, Exponential, Gamma
from hvmc.scenario.guest import Guest
from hvmc.scenario.host import Dispatch, Host, Root
from hvmc.scenario.overheads import Overheads, Refill
from hvmc.scenario.paging import NestedPaging
from hvmc.scenario.workload import Batch

TASK_S = 0.1  # CPU of a task natively; assumption
DRIFT = 0.03  # how far the mean burst may be from its nominal length
GUESTS = {"one_4vp": (1, 4), "one_2vp": (1, 2), "four_2vp": (4, 2)}  # guests, VPs of each


@dataclass(frozen=True)
class Assumptions:
    """What the published figures leave open and a fit takes for granted.

    Bursts last about ``burst_s`` with coefficient of variation ``burst_cv`` (1: exponential, else
    gamma); sleeps are fixed. Guests that are not ``enlightened`` give no long-spin-wait hint.
    """

    workers: int
    burst_s: float = 0.02
    burst_cv: float = 1.0
    rule: str = "boost"
    iterations: int = 10
    refill_s: float = Refill().cost_s
    enlightened: bool = True

    @property
    def bursts(self) -> int:
        """Bursts of a task."""
        return max(1, round(TASK_S / self.burst_s))

    def tasks(self, parallel_s: float) -> int:
        """Tasks of an iteration that bring the mean burst nearest to its nominal length."""
        return max(1, round(parallel_s / (self.iterations * self.bursts * self.burst_s)))

    def mean_burst_s(self, parallel_s: float, tasks: int) -> float:
        """Mean burst that makes up the parallel work."""
        return parallel_s / (self.iterations * tasks * self.bursts)

    def drifted(self, parallel_s: float, tasks: int) -> bool:
        """Say whether bursts have become too long or short for their nominal length."""
        return abs(self.mean_burst_s(parallel_s, tasks) / self.burst_s - 1.0) > DRIFT


@dataclass(frozen=True)
class Parameters:
    """What is fitted: CPU work of a run, sleep over burst, CPU tax, interference, locks."""

    sleep_ratio: float
    serial_s: float
    parallel_s: float
    cpu_tax: float
    slope: float
    lock_share: float = Locks().share

    @property
    def serial_share(self) -> float:
        """Serial over all CPU work."""
        return self.serial_s / (self.serial_s + self.parallel_s)

    def rounded(self) -> Parameters:
        """Return what a settings file holds: four digits."""
        return replace(self, **{name: float(f"{value:.4g}") for name, value in vars(self).items()})


def design(configuration: str, assumed: Assumptions, fitted: Parameters, tasks: int) -> Design:
    """Return the design of a configuration in `GUESTS`, with a number of tasks per iteration."""
    guests, processors = GUESTS[configuration]
    work = _job(assumed, fitted, tasks)
    return Design(
        host=Host(logical_processors=4),
        root=Root(background_load=0.0),
        dispatch=Dispatch(rule=assumed.rule),
        overheads=Overheads(
            refill=Refill(cost_s=assumed.refill_s),
            nested_paging=NestedPaging(fraction=fitted.cpu_tax),
            interference=Interference(slope=fitted.slope),
            locks=Locks(share=fitted.lock_share),
        ).only("switch", "refill", "nested_paging", "interference", "locks"),
        guests=tuple(
            Guest(
                name=f"run{number}",
                virtual_processors=processors,
                enlightened=assumed.enlightened,
                workload=work,
            )
            for number in range(1, guests + 1)
        ),
        horizon_s=10_000.0,
        warmup_s=0.0,
        baselines=("adequate", "same_size", "full_host"),
    )


def _job(assumed: Assumptions, fitted: Parameters, tasks: int) -> Batch:
    burst_s = round(assumed.mean_burst_s(fitted.parallel_s, tasks), 9)
    law: Distribution = Exponential(burst_s)
    if assumed.burst_cv != 1.0:
        law = Gamma(burst_s, assumed.burst_cv)
    sleep_s = round(fitted.sleep_ratio * burst_s, 9)
    serial_s = round(fitted.serial_s / assumed.iterations, 9)
    return Batch(
        workers=assumed.workers,
        tasks=tasks,
        iterations=assumed.iterations,
        bursts=assumed.bursts,
        cpu=law,
        sleep=Deterministic(sleep_s) if sleep_s > 0 else None,
        dispatch=Deterministic(serial_s) if serial_s > 0 else None,
    )
