"""Where the time goes: the parts of a request's response time, virtual beside native.

Per guest the mean seconds of each part are divided by its mean native response time, so that parts
of the virtual run add up to its stretch and those of the native run to 1: a group's stack is as
high as its mean stretch. The difference of the two is what hosting and sizing added, part by part.
Parts are means over finished requests; with requests cut off their sum stays below the stretch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from hvmc.analysis.intervals import Interval

__all__ = [
    "OTHER",
    "PART_NAMES",
    "TOTAL",
    "explain_parts",
    "has_parts",
    "small_parts",
    "summarise_parts",
]

PART_NAMES = {
    "service": "service",
    "device": "device",
    "guest_queue": "guest queue",
    "switch": "switch",
    "slowdown": "slowdown",
    "dispatch_wait": "dispatch wait",
    "deferred": "deferred",
    "hypervisor": "hypervisor",
    "root_wait": "root wait",
    "io_path": "I/O path",
    "fault": "hard faults",
    "spin": "spinning",
}
"""Part -> its name as printed; those that a bare machine has too come first."""

TOTAL = "total"
"""Name under which a summary gives the sum of the parts."""

OTHER = "other"
"""Name under which reports merge small parts."""

_COLUMNS = ("part", "metric", "estimate", "low", "high", "at_least", "supported")
_COUNTS = ("clusters", "guests", "excluded")

type _Table = NDArray[np.float64]

_EXPLAINED = {
    "guest_queue": "for one of the guest's own processors",
    "switch": "of threads or VPs, with cache refill",
    "slowdown": "SMT, interference, nested paging, caches that intercepts disturb",
    "dispatch_wait": "a VP ready, no LP free",
    "deferred": "an interrupt waiting for a VP of the guest to run",
    "hypervisor": "intercepts, hypercalls and interrupts it handles itself",
    "root_wait": "intercepts that the root handles",
    "io_path": "to the device and back",
    "fault": "pages read in",
    "spin": "for a lock that another thread of the guest holds",
}
"""What the parts are, in words."""


def explain_parts(hidden: Collection[str] = ()) -> str:
    """Say in a sentence what the parts are, but for hidden ones.

    Examples
    --------
    >>> hidden = set(PART_NAMES) - {"io_path", "fault"}
    >>> explain_parts(hidden)
    'I/O path: to the device and back; hard faults: pages read in.'
    """
    told = [
        f"{PART_NAMES[part]}: {text}" for part, text in _EXPLAINED.items() if part not in hidden
    ]
    return "; ".join(told) + "." if told else ""


def has_parts(outcomes: pd.DataFrame) -> bool:
    """Say whether the outcomes hold the parts of any guest's response time."""
    first = f"time_{next(iter(PART_NAMES))}_s"
    return first in outcomes.columns and bool(np.isfinite(outcomes[first]).any())


def summarise_parts(
    outcomes: pd.DataFrame, *, level: float = 0.95, by: Sequence[str] = ("regime", "role")
) -> pd.DataFrame:
    """Estimate how much of the time each part takes in every group, with intervals between trials.

    ========  ====================================================================================
    metric    what it is
    ========  ====================================================================================
    virtual   mean over guests of the part over the native mean response time; that of ``total`` is
              the mean stretch
    native    the same of the native run; that of ``total`` is 1
    added     virtual minus native; that of ``total`` is the mean stretch minus 1
    share     virtual over that of ``total``, a ratio of sums over guests
    ========  ====================================================================================

    Parameters
    ----------
    outcomes : DataFrame
        One row per (point, trial, replication, guest) with columns ``time_..._s``. Guests without
        finished requests, and batches, are left out and counted in ``excluded``.
    level : float
        Coverage of the intervals, inside (0, 1).
    by : sequence of str
        Columns that define the groups.

    Returns
    -------
    DataFrame
        Tidy: ``by``, part, metric, estimate, low, high, at_least, supported, clusters, guests,
        excluded, dimensionless; groups in the order of first appearance, parts in that of
        `PART_NAMES`, ``total`` last. ``at_least``, on ``total`` alone, says that requests were cut
        off.

    Raises
    ------
    KeyError
        If a column is missing.
    """
    from hvmc.analysis.clusters import require_columns, table_by_group

    needs = [f"time_{part}_s" for part in PART_NAMES]
    needs += ["trial", "native_response_mean_s", "censored"]
    require_columns(outcomes, (*by, *needs), "parts")
    columns = (*_COLUMNS, *_COUNTS)
    native = [f"native_{name}" for name in needs if f"native_{name}" in outcomes]
    rows = outcomes.filter(dict.fromkeys((*by, *needs, *native, "scramble")))
    return table_by_group(rows, by, columns, lambda group: _rows(group, level))


def small_parts(found: pd.DataFrame, below: float = 0.005) -> list[str]:
    """Parts that take less than a share of the time in every group of a summary, natively too.

    Parameters
    ----------
    found : DataFrame
        As of `summarise_parts`.
    below : float
        Share of the response time, dimensionless.
    """
    large = found[found["metric"].isin(["share", "native"]) & (found["estimate"] >= below)]
    return [part for part in PART_NAMES if part not in set(large["part"])]


def _rows(group: pd.DataFrame, level: float) -> Iterator[tuple[str | float | bool | int, ...]]:
    from hvmc.analysis.clusters import Clusters, cluster_labels
    from hvmc.analysis.intervals import mean, ratio

    virtual, native = (_relative(group, prefix) for prefix in ("", "native_"))
    use = np.isfinite(virtual[TOTAL]) & np.isfinite(native[TOTAL])
    trial = Clusters.of(cluster_labels(group), use)
    cut = bool((group["censored"].to_numpy()[use] > 0).any())
    excluded = int((~use).sum())
    for part in virtual:
        here, there = virtual[part][use], native[part][use]
        estimates = {
            "virtual": mean(here, trial, level=level),
            "native": mean(there, trial, level=level),
            "added": mean(here - there, trial, level=level),
            "share": ratio(here, virtual[TOTAL][use], trial, level=level),
        }
        for metric, found in estimates.items():
            least = cut and part == TOTAL and metric in {"virtual", "added"}
            yield part, metric, *_cells(found, at_least=least, excluded=excluded)


def _relative(group: pd.DataFrame, prefix: str) -> Mapping[str, _Table]:
    """Return each part over the native mean response time, shape (guests,), and their sum."""
    whole = group["native_response_mean_s"].to_numpy(np.float64)
    known = np.where(whole > 0.0, whole, np.nan)
    found: dict[str, _Table] = {}
    for part in PART_NAMES:
        column = f"{prefix}time_{part}_s"
        seconds = group[column].to_numpy(np.float64) if column in group else np.zeros(len(group))
        found[part] = seconds / known
    found[TOTAL] = np.sum(list(found.values()), axis=0)
    return found


def _cells(found: Interval, *, at_least: bool, excluded: int) -> tuple[float | bool | int, ...]:
    return (
        *(found.estimate, found.low, found.high, at_least, found.supported),
        *(found.clusters, found.observations, excluded),
    )
