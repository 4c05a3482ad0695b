"""All metrics of an experiment as one tidy frame: an estimate with its interval in each row.

Active guests are those with a finite stretch; the others measured no request and are counted.

=====================  ==========================================================================
metric                 what it is
=====================  ==========================================================================
stretch_p50, ...       quantiles of the stretch over active guests
p_stretch_over_X       share of active guests whose stretch exceeds X
sizing, hosting        geometric means over active guests: stretch is their product, guest by guest
throughput_ratio       mean over active guests of virtual / native throughput. Not a ratio of sums:
                       requests of different guests are of different size. Not a geometric mean: a
                       guest that finishes nothing counts, as zero
cost_per_work          (LP price x provisioned LP-seconds + GiB price x provisioned GiB-seconds)
                       over native CPU-seconds of work completed: ratio of the sums over all
                       guests, the inactive ones included, since they are paid for
suffers_any            share of scenarios with an active guest in which at least one suffers
guests_inactive        number of guests without a finite stretch (a count: no interval)
guests_censored        number of active guests with unfinished requests (a count: no interval)
=====================  ==========================================================================

A stretch with unfinished requests is a lower bound, and so is its ``hosting``; native runs finish,
so that ``sizing`` is exact. ``at_least`` marks what is only a lower bound because of that: for
quantiles and shares ``high`` covers the worst case, for ``hosting`` it does not.
``supported`` is false where too few independent guests stand behind an interval for it to cover as
stated.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hvmc.analysis.clusters import Clusters, cluster_labels, require_columns, where
from hvmc.analysis.intervals import Interval, check_level, geometric_mean, mean, ratio
from hvmc.analysis.quantiles import quantiles as quantile_intervals
from hvmc.analysis.shares import share, wilson

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

NEEDED = (
    *("trial", "replication", "stretch", "sizing", "hosting", "censored"),
    *("throughput_per_s", "native_throughput_per_s"),
    *("provisioned_lp_s", "provisioned_gib_s", "native_cpu_s"),
)
_COLUMNS = (*("metric", "estimate", "low", "high", "at_least", "supported", "clusters", "guests"),)


def summarise(
    outcomes: pd.DataFrame,
    *,
    suffers_above: float = 1.25,
    level: float = 0.95,
    prices: tuple[float, float] = (1.0, 0.0),
    thresholds: Sequence[float] = (1.25, 2.0),
    quantiles: Sequence[float] = (0.5, 0.9, 0.95, 0.99),
    by: Sequence[str] = ("regime", "role"),
) -> pd.DataFrame:
    """Estimate every metric in every group, with intervals between trials.

    Parameters
    ----------
    outcomes : DataFrame
        One row per (point, trial, replication, guest).
    suffers_above : float
        Stretch above which a guest suffers; joins ``thresholds``.
    level : float
        Coverage of the intervals, inside (0, 1).
    prices : tuple of float
        Price of one LP-second and of one GiB-second, in any currency.
    thresholds : sequence of float
        The X of p_stretch_over_X.
    quantiles : sequence of float
        Probabilities, inside (0, 1).
    by : sequence of str
        Columns that define the groups; add "point" to keep design points apart. Points pooled in
        one group share their trials, which stay the clusters.

    Returns
    -------
    DataFrame
        Tidy: ``by``, metric, estimate, low, high, at_least, supported, clusters, guests; groups in
        the order of first appearance. ``clusters`` and ``guests`` are those the row rests on.

    Raises
    ------
    KeyError
        If a column is missing.
    ValueError
        If the level or a probability is outside (0, 1).
    """
    check_level(level)
    require_columns(outcomes, (*by, *NEEDED), "a summary")
    overs = sorted({*thresholds, suffers_above})
    needed = outcomes.filter(dict.fromkeys((*by, *NEEDED, "scramble")))
    rows = [
        (*key, name, *_cells(found))
        for key, group in needed.groupby(list(by), sort=False, observed=True)
        for name, found in _metrics(group, suffers_above, level, prices, overs, quantiles)
    ]
    return pd.DataFrame(rows, columns=[*by, *_COLUMNS])


def _cells(found: Interval) -> tuple[float | bool | int, ...]:
    return (
        *(found.estimate, found.low, found.high, found.at_least, found.supported),
        *(found.clusters, found.observations),
    )


def _metrics(
    group: pd.DataFrame,
    suffers_above: float,
    level: float,
    prices: tuple[float, float],
    thresholds: Sequence[float],
    qs: Sequence[float],
) -> Iterator[tuple[str, Interval]]:
    is_active = np.isfinite(group["stretch"].to_numpy(dtype=np.float64))
    active = where(group, is_active)
    stretch = active["stretch"].to_numpy(dtype=np.float64)
    trial = Clusters.of(cluster_labels(active))
    censored = active["censored"].to_numpy() > 0
    found = quantile_intervals(stretch, trial, qs, censored=censored, level=level)
    for q, interval in zip(qs, found, strict=True):
        yield f"stretch_p{100 * q:g}", replace(interval, low=max(interval.low, 0.0))
    for over in thresholds:
        exceeds = stretch > over
        yield f"p_stretch_over_{over:g}", share(exceeds, trial, censored=censored, level=level)
    yield "sizing", geometric_mean(active["sizing"], trial, level=level)
    hosting = geometric_mean(active["hosting"], trial, level=level)
    yield "hosting", replace(hosting, at_least=bool(censored.any()))
    throughput = active["throughput_per_s"] / active["native_throughput_per_s"]
    yield "throughput_ratio", mean(throughput, trial, level=level)
    paid = prices[0] * group["provisioned_lp_s"] + prices[1] * group["provisioned_gib_s"]
    yield "cost_per_work", ratio(paid, group["native_cpu_s"], cluster_labels(group), level=level)
    yield "suffers_any", suffers_any(active, suffers_above=suffers_above, level=level)
    yield "guests_inactive", _count(~is_active, group["trial"], level)
    yield "guests_censored", _count(censored, active["trial"], level)


def suffers_any(
    outcomes: pd.DataFrame, *, suffers_above: float = 1.25, level: float = 0.95
) -> Interval:
    """Share of runs of a host in which at least one guest suffers.

    The interval is Wilson's where trials are independent, else one of clusters.

    Parameters
    ----------
    outcomes : DataFrame
        One row per (trial, replication, guest); guests without a finite stretch are left out, and
        so are runs that have no other.
    suffers_above : float
        Stretch above which a guest suffers.
    level : float
        Coverage, inside (0, 1).
    """
    rows = outcomes.filter(["trial", "replication", "stretch", "censored", "scramble"])
    active = where(rows, np.isfinite(rows["stretch"].to_numpy(dtype=np.float64)))
    suffers = active["stretch"].to_numpy(dtype=np.float64) > suffers_above
    censored = active["censored"].to_numpy() > 0
    replications = active["replication"].to_numpy(dtype=np.int64)
    each = active["trial"].to_numpy(dtype=np.int64) * (replications.max(initial=0) + 1)
    runs = Clusters.of(each + replications)
    count, code = runs.count, runs.codes
    first = np.empty(count, dtype=np.intp)
    first[code[::-1]] = np.arange(code.size)[::-1]
    seen = np.bincount(code, suffers, minlength=count) > 0
    worst = np.bincount(code, suffers | censored, minlength=count) > 0
    labels = cluster_labels(active)[first]
    clusters = Clusters.of(labels)
    if clusters.count < count:
        return share(seen, labels, censored=worst, level=level)
    found = wilson(int(seen.sum()), count, level=level)
    high = wilson(int(worst.sum()), count, level=level).high
    return replace(found, high=high, at_least=bool((worst & ~seen).any()))


def _count(marked: NDArray[np.bool_], trial: NDArray[np.integer], level: float) -> Interval:
    return Interval(
        estimate=float(marked.sum()),
        low=math.nan,
        high=math.nan,
        level=level,
        clusters=Clusters.of(trial).count,
        observations=int(marked.size),
        method="count",
    )
