"""The published thread benchmark on a 4-processor host: modelled against published.

A calibration, not a test: at every point of a ridge of assumptions four figures were met by
choosing four parameters (``experiments/e03_published_benchmark``). One published minute is one
simulated second of work; bursts, sleeps, slices and costs keep their real length, so that modelled
seconds are read as minutes. The best of four guests is the minimum over the four in each run.

``kind`` of a quantity says what agreement with the published value is worth:

=========  ======================================================================================
fitted     parameters were chosen to meet it: none
follows    arithmetic on fitted figures: none
bound      the published value is an upper bound that follows from a fitted figure: being below it
           is no test, how far is a prediction
predicted  nothing was fitted to it; a published value was derived by taking processors for 100 %
           busy, all guests for as fast as the best, and CPU time for the same on 4 VPs as on 2
=========  ======================================================================================
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pandas as pd
from published_figures import (
    CONFIGURATIONS,
    PUBLISHED,
    Published,
)

from hvmc.analysis.clusters import require_columns
from hvmc.analysis.intervals import Interval, check_level, ratio

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["DesignPoint", "published_table", "ridge_parameters"]

# numerator and denominator of each quantity: columns of a ridge point's runs
_RATIOS = {
    "native": ("native", "one"),
    "one_4vp": ("one_4vp_best", "one"),
    "one_2vp": ("one_2vp_best", "one"),
    "four_2vp_best": ("four_2vp_best", "one"),
    "one_4vp_stretch": ("one_4vp_best", "native"),
    "one_2vp_stretch": ("one_2vp_best", "native"),
    "one_2vp_over_one_4vp": ("one_2vp_best", "one_4vp_best"),
    "four_2vp_stretch": ("four_2vp_best", "native"),
    "throughput": ("four_natives", "four_2vp_best"),
    "one_2vp_cpu": ("one_2vp_cpu", "one"),
    "one_4vp_utilisation": ("one_4vp_all_cpu", "one_4vp_capacity"),
    "four_2vp_cpu": ("four_2vp_cpu", "one"),
    "cpu_inflation": ("four_2vp_cpu", "one_2vp_cpu"),
    "four_2vp_host_utilisation": ("four_2vp_all_cpu", "four_2vp_capacity"),
    "four_2vp_slowest": ("four_2vp_slowest", "four_2vp_best"),
}
_OF_A_RUN = ("best", "slowest", "cpu", "all_cpu", "capacity", "native", "cut")

_POSSIBLE = {
    "one_4vp_utilisation": (0.0, 1.0),
    "four_2vp_host_utilisation": (0.0, 1.0),
    "four_2vp_slowest": (1.0, math.inf),
}
_RUN = ["trial", "replication"]
_NEEDED = (
    *("point", *_RUN, "guest", "response_mean_s", "stretch_full_host", "censored"),
    *("lp_used", "provisioned_lp_s", "logical_processors", "virtual_processors"),
)
_COLUMNS = (
    *("ridge", "quantity", "row", "kind", "unit", "published", "modelled", "low", "high"),
    *("ratio", "ratio_low", "ratio_high", "at_least", "trials"),
)


class DesignPoint(Protocol):
    """What is needed of a design point: an element of ``Experiment.points``."""

    @property
    def levels(self) -> Mapping[str, Any]:
        """``ridge`` (a name) and ``configuration`` (one of `CONFIGURATIONS`), at least."""

    @property
    def design(self) -> Any:
        """A `hvmc.regimes.design.Design` whose guests all run one ``Batch``."""


def published_table(
    outcomes: pd.DataFrame, points: Sequence[DesignPoint], *, level: float = 0.95
) -> pd.DataFrame:
    """Modelled against published at every ridge point, with intervals between trials.

    Parameters
    ----------
    outcomes : DataFrame
        One row per (point, trial, replication, guest), with the full_host baseline.
    points : sequence of DesignPoint
        Point k of ``outcomes`` is ``points[k]``; its levels ``ridge`` and ``configuration`` name
        what it is.
    level : float
        Coverage of the intervals, inside (0, 1).

    Returns
    -------
    DataFrame
        One row per ridge point and quantity of `PUBLISHED`: ridge, quantity, row, kind, unit,
        published, modelled, low, high, ratio (modelled / published) with ratio_low and
        ratio_high, at_least (a run was cut off: only a lower bound), trials. Elapsed times are
        in published minutes. nan where a configuration has no outcomes.

    Raises
    ------
    KeyError
        If a column is missing.
    ValueError
        If the level is outside (0, 1), or a point does not say what it is.
    """
    check_level(level)
    require_columns(outcomes, _NEEDED, "the published benchmark")
    outcomes = outcomes.reset_index(drop=True)
    rows = []
    for ridge, numbers in _by_ridge(points).items():
        runs = _runs(outcomes, numbers)
        for published in PUBLISHED:
            found, at_least = _estimate(runs, published.quantity, level)
            rows.append((ridge, *_cells(published, found), at_least, found.clusters))
    return pd.DataFrame(rows, columns=list(_COLUMNS))


def _cells(published: Published, found: Interval) -> Iterator[object]:
    yield from (published.quantity, published.row, published.kind, published.unit, published.value)
    modelled = (found.estimate, found.low, found.high)
    yield from modelled
    for value in modelled:
        yield value / published.value


def _by_ridge(points: Sequence[DesignPoint]) -> dict[str, dict[str, int]]:
    """Ridge point -> configuration -> number of the design point."""
    found: dict[str, dict[str, int]] = {}
    for number, point in enumerate(points):
        ridge, configuration = (point.levels.get(key) for key in ("ridge", "configuration"))
        if ridge is None or configuration not in CONFIGURATIONS:
            raise ValueError(
                f"points[{number}].levels must have a ridge and a configuration of "
                f"{', '.join(CONFIGURATIONS)}, got {dict(point.levels)}: "
                "this is for results of conf/experiment/published_benchmark.yaml"
            )
        if configuration in found.setdefault(str(ridge), {}):
            raise ValueError(
                f"points[{number}].levels must be unique, got {dict(point.levels)} again"
            )
        found[str(ridge)][configuration] = number
    return found


def _runs(outcomes: pd.DataFrame, numbers: dict[str, int]) -> pd.DataFrame:
    """One row per run of a ridge point: what the quantities are ratios of, nan if it is absent."""
    parts = [
        _configuration(outcomes[outcomes["point"] == number], configuration)
        for configuration, number in numbers.items()
    ]
    columns = [f"{name}_{what}" for name in CONFIGURATIONS for what in _OF_A_RUN]
    runs = pd.concat(parts, axis=1).reindex(columns=columns)
    # the native run of a guest is the same whatever else is on its host
    native = runs[[f"{name}_native" for name in CONFIGURATIONS]].bfill(axis=1).iloc[:, 0]
    return runs.assign(native=native, four_natives=4.0 * native, one=1.0)


def _configuration(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    """One row per run of a configuration; CPU in LP-seconds, of one guest and of all."""
    rows = rows.assign(native=rows["response_mean_s"] / rows["stretch_full_host"])
    runs = rows.groupby(_RUN, sort=True)
    lps = runs["logical_processors"].first()
    window_s = runs["provisioned_lp_s"].sum() / lps  # guests' parts of LPs x window
    best = rows.loc[runs["response_mean_s"].idxmin()].set_index(_RUN)
    columns = {
        "best": best["response_mean_s"],
        "slowest": runs["response_mean_s"].max(),
        "cpu": runs["lp_used"].mean() * window_s,
        "all_cpu": runs["lp_used"].sum() * window_s,
        "capacity": runs["virtual_processors"].sum().clip(upper=lps) * window_s,
        "native": runs["native"].first(),
        "cut": best["censored"] > 0,
    }
    return pd.DataFrame(columns).astype(np.float64).add_prefix(f"{name}_")


def _estimate(runs: pd.DataFrame, quantity: str, level: float) -> tuple[Interval, bool]:
    """Estimate a quantity; limits outside what it can be are cut to that.

    A busy share is at most 1, and the slowest of four no faster than the best: a normal
    approximation does not know that, and an interval that loses only impossible values covers the
    same.
    """
    top, bottom = _RATIOS[quantity]
    found = ratio(runs[top], runs[bottom], runs.index.get_level_values("trial"), level=level)
    least, most = _POSSIBLE.get(quantity, (0.0, math.inf))
    found = replace(found, low=max(found.low, least), high=min(found.high, most))
    cut = f"{top.removesuffix('_best')}_cut"
    return found, cut in runs and bool(runs[cut].max() > 0.0)


def ridge_parameters(points: Sequence[DesignPoint]) -> pd.DataFrame:
    """Assumptions and fitted parameters of every ridge point.

    Parameters
    ----------
    points : sequence of DesignPoint
        As in `published_table`.

    Returns
    -------
    DataFrame
        One row per ridge point: ridge, rule, workers, burst_ms, sleep_ratio (sleep / burst),
        serial_min, parallel_min (CPU work of a run), serial_share, cpu_tax, slope (interference),
        lock_share (work done under the guest's lock), hint (guests are enlightened).

    Raises
    ------
    ValueError
        If a point does not say what it is.
    """
    rows = []
    for ridge, numbers in _by_ridge(points).items():
        design = points[next(iter(numbers.values()))].design
        job, overheads = design.guests[0].workload, design.overheads
        interference, locks = overheads.interference, overheads.locks
        serial = job.iterations * job.dispatch.mean if job.dispatch else 0.0
        parallel = job.iterations * job.tasks * job.bursts * job.cpu.mean
        rows.append(
            {
                "ridge": ridge,
                "rule": design.dispatch.rule,
                "workers": job.workers,
                "burst_ms": 1e3 * job.cpu.mean,
                "sleep_ratio": job.think_ratio,
                "serial_min": serial,
                "parallel_min": parallel,
                "serial_share": serial / (serial + parallel),
                "cpu_tax": overheads.nested_paging.fraction,
                "slope": interference.slope if interference.enabled else 0.0,
                "lock_share": locks.share if locks.enabled else 0.0,
                "hint": design.guests[0].enlightened,
            }
        )
    return pd.DataFrame(rows)
