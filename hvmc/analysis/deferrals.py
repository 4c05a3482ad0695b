"""Deferred interrupts: how many, and how long they waited, by why no virtual processor ran."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd

    from hvmc.analysis.intervals import Interval

__all__ = [
    "ANY",
    "REASONS",
    "delays_by_headroom",
    "delays_of_hosts",
    "summarise_deferrals",
]

REASONS = ("idle", "ready", "capped", "blocked")
"""Why an interrupt found no virtual processor of its guest running."""

ANY = "any"
"""Name under which a summary takes all reasons together."""

_COLUMNS = ("reason", "metric", "estimate", "low", "high", "supported", "clusters", "guests")


def summarise_deferrals(
    outcomes: pd.DataFrame, *, level: float = 0.95, by: Sequence[str] = ("regime", "role")
) -> pd.DataFrame:
    """Estimate rate and delay of deferred interrupts in every group, with intervals between trials.

    ========  ====================================================================================
    metric    what it is
    ========  ====================================================================================
    per_s     mean over guests of deferred interrupts per second of simulated time
    delay_s   mean delay of a deferred interrupt, seconds: a ratio of sums over guests, in which
              each interrupt counts alike; nan without any
    ========  ====================================================================================

    Parameters
    ----------
    outcomes : DataFrame
        One row per (point, trial, replication, guest) with columns ``deferred_..._per_s`` and
        ``deferral_..._mean_s``.
    level : float
        Coverage of the intervals, inside (0, 1).
    by : sequence of str
        Columns that define the groups.

    Returns
    -------
    DataFrame
        Tidy: ``by``, reason, metric, estimate, low, high, supported, clusters, guests; groups in
        the order of first appearance, all reasons together last under ``any``.

    Raises
    ------
    KeyError
        If a column is missing.
    """
    from hvmc.analysis.clusters import require_columns, table_by_group

    needs = [name for reason in (*REASONS, ANY) for name in _names(reason)]
    require_columns(outcomes, (*by, "trial", *needs), "deferrals")
    rows = outcomes.filter(dict.fromkeys((*by, "trial", *needs, "scramble")))
    return table_by_group(rows, by, _COLUMNS, lambda group: _rows(group, level))


def _names(reason: str) -> tuple[str, str]:
    infix = "" if reason == ANY else f"_{reason}"
    return f"deferred{infix}_per_s", f"deferral{infix}_mean_s"


def _rows(group: pd.DataFrame, level: float) -> Iterator[tuple[str | float | bool | int, ...]]:
    from hvmc.analysis.clusters import Clusters, cluster_labels
    from hvmc.analysis.intervals import mean, ratio

    trial = Clusters.of(cluster_labels(group))
    for reason in (*REASONS, ANY):
        rate, delay_s = (group[name].to_numpy(np.float64) for name in _names(reason))
        waited = rate * np.where(rate > 0.0, delay_s, 0.0)
        yield reason, "per_s", *_cells(mean(rate, trial, level=level))
        yield reason, "delay_s", *_cells(ratio(waited, rate, trial, level=level))


def _cells(found: Interval) -> tuple[float | bool | int, ...]:
    return (
        *(found.estimate, found.low, found.high, found.supported),
        *(found.clusters, found.observations),
    )


def delays_of_hosts(outcomes: pd.DataFrame) -> pd.DataFrame:
    """Return the mean delay of the deferred interrupts of each run of a host.

    Parameters
    ----------
    outcomes : DataFrame
        One row per (point, trial, replication, guest) of guests that had any deferred.

    Returns
    -------
    DataFrame
        Columns regime, headroom (1 - LP commitment) and delay_us, microseconds.
    """
    keys = ["regime", "point", "trial", "replication"]
    sums = _waited(outcomes).groupby(keys, sort=False, observed=True)
    found = sums.agg(headroom=("headroom", "first"), waited=("waited_us", "sum"), n=("rate", "sum"))
    return found.assign(delay_us=found["waited"] / found["n"]).reset_index()


def delays_by_headroom(outcomes: pd.DataFrame) -> pd.DataFrame:
    """Estimate the mean delay of deferred interrupts in bins of LP headroom.

    Each interrupt counts alike.

    Parameters
    ----------
    outcomes : DataFrame
        Guests that had any deferred.

    Returns
    -------
    DataFrame
        As of `hvmc.analysis.bins.in_bins`, the metric being ``delay_us``, microseconds, with no
        limit below 0; regime by regime.
    """
    import pandas as pd

    from hvmc.analysis.bins import in_bins
    from hvmc.analysis.intervals import ratio

    def estimates(rows: pd.DataFrame) -> list[Interval]:
        return [ratio(rows["waited_us"], rows["rate"], rows["trial"])]

    found = [
        in_bins(rows, "headroom", ["delay_us"], estimates, divide=0.0).assign(regime=regime)
        for regime, rows in _waited(outcomes).groupby("regime", sort=False, observed=True)
    ]
    table = pd.concat(found, ignore_index=True)
    return table.assign(low=table["low"].clip(lower=0.0))


def _waited(outcomes: pd.DataFrame) -> pd.DataFrame:
    rate, delay_s = outcomes["deferred_per_s"], outcomes["deferral_mean_s"]
    headroom = 1.0 - outcomes["lp_commitment"]
    return outcomes.assign(headroom=headroom, rate=rate, waited_us=1e6 * rate * delay_s)
