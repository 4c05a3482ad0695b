"""Rules of thumb as detectors of guests that suffer, over hosts of the four provisioning regimes.

The sample pools as many hosts of each regime. A rule flags a guest when what it watches is above
its threshold over the measured window. Sensitivity and specificity have intervals that respect
hosts (`hvmc.analysis.shares`); a trial's hosts of all regimes are one cluster, as they share random
numbers. Predictive values are those at a stated share of suffering guests; their limits are those
of sensitivity and specificity at 97.5 % each, so that they cover in 95 % of samples or more, and so
are those of Youden's index J = sensitivity + specificity - 1, by which rules are compared: 0 where
a flag says nothing, 1 where it is always right.

A better threshold has the highest J among the hosts of even trials and is judged on those of odd
ones, which belong to other scrambles (`hvmc.regimes.luck`) and are independent of them.

References
----------
W. J. Youden, Index for rating diagnostic tests, Cancer 3, 1950, 32-35.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hvmc.analysis.intervals import Interval
from hvmc.analysis.shares import share
from hvmc.counters.interval import SampleInterval
from hvmc.experiment.pool import count_jobs, each
from hvmc.model.host import HyperVHost
from hvmc.regimes.design import Design
from hvmc.trial import GuestResult, Result, result_of
from hvmc.validation.bench import design_of

__all__ = [
    *("FURTHER", "PREVALENCES", "RULES"),
    *("Detection", "ThumbRule", "better", "detections", "sample"),
]

PREVALENCES = (0.05, 0.20)
"""Shares of suffering guests at which predictive values are told."""

_REGIMES = (
    "over_committed",
    "efficiently_provisioned",
    "over_provisioned",
    "under_provisioned_guest",
)

_ASSUMED = "assumed"
_NEAR_100, _QUEUED = 95.0, 3.0
_ROUNDING_MIB = 1.0
_YES_OR_NO = 2


@dataclass(frozen=True)
class ThumbRule:
    """A rule of thumb.

    Parameters
    ----------
    text : str
        What it watches, with its unit.
    reference : str
        Row of the reference tables; none where the threshold was chosen here.
    column : str
        Of the sample.
    threshold : float
        Above it the rule flags a guest.
    """

    text: str
    reference: str
    column: str
    threshold: float

    @property
    def label(self) -> str:
        """Rule with its threshold and row."""
        row = f" ({self.reference})" if self.reference else ""
        return f"{self.text} > {self.threshold:g}{row}"


RULES = (
    ThumbRule("LP run time, %", "S24", "lp_run_time", 75.0),
    ThumbRule("LP run time, %", "S20", "lp_run_time", 90.0),
    ThumbRule("VP run time, %", "S21", "vp_run_time", 90.0),
    ThumbRule("VPs per LP", "B05", "vps_per_lp", 5.0),
    ThumbRule("VPs per LP", "S18", "vps_per_lp", 8.0),
    ThumbRule("CPU ready, %", "B03", "ready", 5.0),
    ThumbRule("CPU ready, %", "B03", "ready", 10.0),
    ThumbRule("wait per dispatch, us", "R30", "wait", 60.0),
    ThumbRule("wait per dispatch, us", "R31", "wait", 100.0),
    ThumbRule("memory pressure", "M15", "pressure", 83.0),
    ThumbRule("memory pressure", "M01", "pressure", 100.0),
)
"""Rules that a log alone tells of."""

FURTHER = (
    ThumbRule("LP run time, %", "G01", "lp_run_time", 25.0),
    ThumbRule("LP run time, %", "G01", "lp_run_time", 40.0),
    ThumbRule("LP run time, %", "S23", "lp_run_time", 50.0),
    ThumbRule("LP run time, %", "S22", "lp_run_time", 60.0),
    ThumbRule("all LPs busy, rho^n, %", "G03", "all_busy", 0.4),
    ThumbRule("all LPs busy, rho^n, %", _ASSUMED, "all_busy", 5.0),
    ThumbRule("all LPs busy, rho^n, %", _ASSUMED, "all_busy", 10.0),
    ThumbRule("VP run time, %", "S24", "vp_run_time", 75.0),
    ThumbRule("VP run time, %", f"G04, {_ASSUMED}", "vp_run_time", _NEAR_100),
    ThumbRule("threads queued per VP", "G05", "queue", _QUEUED),
    ThumbRule("VP run time > 95 % and queue > 3, 1 or 0", "G04 and G05", "run_and_queue", 0.5),
    ThumbRule("memory pressure, host's mean", "M15", "host_pressure", 83.0),
    ThumbRule("memory taken, %", "G02", "memory_taken", 60.0),
    ThumbRule("switches of an LP, 1/s", "R26", "switches", 20_000.0),
    ThumbRule("named by its regime, 1 or 0", "G06", "named", 0.5),
)
"""Rules beside those: of other thresholds, or of what `hvmc diagnose` does not read.

All LPs are busy with chance rho^n if each of n is with chance rho (G03: four at 25 %); thresholds
of it are assumed otherwise, and that of G04, which says "near 100". S23 means any LP, for five
minutes; watched is the mean of all. G02 is a sign of over-provisioning, that more than 40 % of the
memory is available and no guest at its maximum; where it is not so, a guest is flagged (a guest at
its maximum makes 100 taken). G05 was published as a sign together with G04, not alone. G06 names
all guests of an over-committed host, and the under-provisioned guest.
"""


@dataclass(frozen=True)
class Detection:
    """How well a rule tells suffering guests from others.

    Parameters
    ----------
    rule : ThumbRule
        The rule.
    sensitivity, specificity : Interval
        Shares of suffering guests flagged, and of others not flagged.
    positive, negative : tuple of Interval
        Predictive values at each of `PREVALENCES`.
    youden : Interval
        Sensitivity + specificity - 1.
    """

    rule: ThumbRule
    sensitivity: Interval
    specificity: Interval
    positive: tuple[Interval, ...]
    negative: tuple[Interval, ...]
    youden: Interval


@dataclass(frozen=True)
class _SampledHost:
    regime: str
    trial: int
    seed: int


@cache
def _design(regime: str) -> Design:
    return design_of("experiment=four_regimes", f"regime={regime}", "horizon_s=12")


def _guests(task: _SampledHost) -> list[dict[str, float | bool | str]]:
    design = _design(task.regime)
    scenario = design.draw(seed=task.seed, trial=task.trial)
    host = HyperVHost(scenario, seed=task.seed, trial=task.trial)
    host.run()
    result = result_of(host)
    watched = _watched(host, result)
    return [
        {
            "regime": task.regime,
            "trial": task.trial,
            "guest": guest.name,
            "suffers": guest.stretch > design.suffers_above,
            **watched,
            "vp_run_time": 100.0 * guest.lp_used / guest.processors,
            "ready": 100.0 * guest.time_shares["ready"],
            "wait": 1e6 * guest.wait_per_dispatch_s,
            "queue": _queue(guest) / guest.processors,
            "run_and_queue": float(_runs_and_queues(guest)),
            "pressure": guest.pressure,
            "named": float(task.regime == "over_committed" or guest.role == "victim"),
        }
        for guest in result.guests
        if np.isfinite(guest.stretch)
    ]


def _watched(host: HyperVHost, result: Result) -> dict[str, float]:
    """Return what rules watch of a host."""
    scenario, lps = result.scenario, result.scenario.host.logical_processors
    window = SampleInterval(scenario, host.window[0], host.window[-1])
    busy = result.lp_busy / lps
    pressures = [guest.pressure for guest in result.guests if np.isfinite(guest.pressure)]
    assigned = np.array([guest.assigned_mib for guest in result.guests])
    most = np.array([guest.memory.maximum_mib for guest in scenario.guests])
    available_mib = host.balancer.available_mib - float(assigned.sum())
    at_most = bool((assigned > most - _ROUNDING_MIB).any())
    return {
        "lp_run_time": 100.0 * busy,
        "all_busy": 100.0 * busy**lps,
        "vps_per_lp": sum(guest.virtual_processors for guest in scenario.guests) / lps,
        "switches": float(window.change("lp", "switches", window.lps).mean()) / window.seconds,
        "host_pressure": float(np.mean(pressures)),
        "memory_taken": 100.0 * (at_most or 1.0 - available_mib / scenario.host.memory_mib),
    }


def _queue(guest: GuestResult) -> float:
    """Return the mean number of threads that wait for a VP of their guest, by Little's law."""
    return guest.throughput_per_s * guest.parts_s["guest_queue"]


def _runs_and_queues(guest: GuestResult) -> bool:
    full = 100.0 * guest.lp_used > _NEAR_100 * guest.processors
    return full and _queue(guest) > _QUEUED * guest.processors


def sample(
    trials: int,
    seed: int,
    *,
    jobs: int | None = None,
    progress: Callable[[int, int, int, float], None] = lambda *_: None,
) -> pd.DataFrame:
    """Return the guests of some random hosts of each regime, one row each.

    Parameters
    ----------
    trials : int
        Hosts of each regime.
    seed : int
        Names the random streams.
    jobs : int, optional
        Processes; all processors by default. Never changes a value.
    progress : callable
        Called with (hosts done, hosts, 0, seconds left or nan).
    """
    tasks = [_SampledHost(regime, trial, seed) for trial in range(trials) for regime in _REGIMES]
    rows: list[dict[str, float | bool | str]] = []
    progress(0, len(tasks), 0, math.nan)
    for done, found in enumerate(each(_guests, tasks, count_jobs(jobs)), 1):
        rows += found
        progress(done, len(tasks), 0, math.nan)
    return pd.DataFrame(rows).sort_values(["trial", "regime", "guest"], ignore_index=True)


def detections(guests: pd.DataFrame, rules: Sequence[ThumbRule] = RULES) -> list[Detection]:
    """Return how well rules detect suffering guests in a sample.

    Parameters
    ----------
    guests : DataFrame
        Of `sample`; both suffering guests and others.
    rules : sequence of ThumbRule
        Which.
    """
    return [_detection(guests, rule) for rule in rules]


def better(guests: pd.DataFrame, rules: Sequence[ThumbRule] = RULES) -> list[Detection]:
    """Return a better threshold of each quantity that rules watch, judged on other hosts.

    Parameters
    ----------
    guests : DataFrame
        Of `sample`; both suffering guests and others among even and among odd trials.
    rules : sequence of ThumbRule
        What they watch is watched, unless it is yes or no and has no threshold.
    """
    even = guests["trial"] % 2 == 0
    chosen, held_out = guests[even], guests[~even]
    suffers = chosen["suffers"].to_numpy(bool)
    texts = {rule.column: rule.text for rule in rules}
    return [
        _detection(
            held_out, ThumbRule(text, "", column, _best(chosen[column].to_numpy(float), suffers))
        )
        for column, text in texts.items()
        if chosen[column].nunique() > _YES_OR_NO
    ]


def _detection(guests: pd.DataFrame, rule: ThumbRule) -> Detection:
    values = guests[rule.column].to_numpy(float)
    suffers, trials = guests["suffers"].to_numpy(bool), guests["trial"].to_numpy()
    flagged = values > rule.threshold
    sensitivity, sensitivity_both = _at_levels(flagged[suffers], trials[suffers])
    specificity, specificity_both = _at_levels(~flagged[~suffers], trials[~suffers])
    return Detection(
        rule,
        sensitivity,
        specificity,
        tuple(_predictive(sensitivity_both, specificity_both, part) for part in PREVALENCES),
        tuple(_predictive(specificity_both, sensitivity_both, 1.0 - part) for part in PREVALENCES),
        _youden(sensitivity_both, specificity_both),
    )


def _at_levels(events: NDArray[np.bool_], trials: NDArray[np.int64]) -> tuple[Interval, Interval]:
    """Return a share with its 95 % interval, and with that for two shares at once (Bonferroni)."""
    return share(events, trials), share(events, trials, level=0.975)


def _predictive(right: Interval, spared: Interval, prevalence: float) -> Interval:
    """Return how many of those that a test names are so.

    Parameters
    ----------
    right : Interval
        Share named of those that are.
    spared : Interval
        Share not named of those that are not.
    prevalence : float
        Share of those that are.
    """

    def value(named: float, not_named: float) -> float:
        true, false = named * prevalence, (1.0 - not_named) * (1.0 - prevalence)
        return true / (true + false) if true + false > 0.0 else float("nan")

    return Interval(
        value(right.estimate, spared.estimate),
        value(right.low, spared.low),
        value(right.high, spared.high),
        0.95,
        min(right.clusters, spared.clusters),
        right.observations + spared.observations,
        "limits of both shares",
    )


def _youden(right: Interval, spared: Interval) -> Interval:
    return Interval(
        right.estimate + spared.estimate - 1.0,
        right.low + spared.low - 1.0,
        right.high + spared.high - 1.0,
        0.95,
        min(right.clusters, spared.clusters),
        right.observations + spared.observations,
        "limits of both shares",
    )


def _best(values: NDArray[np.float64], suffers: NDArray[np.bool_]) -> float:
    """Return the threshold with the highest Youden index, of three digits."""
    known = np.where(np.isfinite(values), values, -np.inf)
    order = np.argsort(known, kind="stable")
    ordered, ill = known[order], suffers[order]
    missed = np.cumsum(ill) / ill.sum()
    spared = np.cumsum(~ill) / (~ill).sum()
    last = np.append(ordered[1:] > ordered[:-1], True)
    index = np.where(last, spared - missed, -np.inf)
    return float(f"{ordered[int(index.argmax())]:.3g}")
