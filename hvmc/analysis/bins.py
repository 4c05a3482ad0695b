"""Estimates in bins of a property of the host or guest, each with enough trials for one.

Bins hold about as many trials as one another, so that every guest counts in one; a stated value,
such as commitment 1, is always an edge, and a bin never reaches over a gap, so that none mixes
guests from before and behind the knee.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np

from hvmc.analysis.quantiles import quantiles

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

    from hvmc.analysis.intervals import Interval

__all__ = ["LEAST_TRIALS", "bin_of", "centres", "choose_edges", "in_bins", "quantiles_in_bins"]

LEAST_TRIALS = 5
"""Trials of a bin below which it has no estimate."""

_GOOD_TRIALS = 10
_FEW_BINS = 3
_MOST_BINS = 15
_GAP = 0.12  # of the range


def choose_edges(x: np.ndarray, trials: np.ndarray, divide: float = 1.0) -> np.ndarray:
    """Cut a range into bins of equally many trials, 10 or more where there are enough.

    Parameters
    ----------
    x : ndarray
        float64, shape (guests,): property of each guest, not all the same.
    trials : ndarray
        Trial of each guest, shape (guests,).
    divide : float
        No bin reaches over this value.

    Returns
    -------
    ndarray
        float64, shape (bins + 1,), ascending; a gap between values is a bin too.

    Examples
    --------
    >>> choose_edges(np.array([0.5, 0.6, 1.4, 1.5]), np.arange(4))
    array([0.5 , 0.64, 1.36, 1.5 ])
    """
    hosts = np.unique(np.stack([x, trials]), axis=1)[0]
    low, high = hosts[0], hosts[-1]
    widen = 0.04 * (high - low)
    steps = np.diff(hosts)
    gaps = steps > _GAP * (high - low)
    apart = gaps | ((hosts[:-1] < divide) & (hosts[1:] >= divide))
    edges = [low, high]
    for place in np.flatnonzero(apart):
        left, right = hosts[place : place + 2]
        edges += [left + widen, right - widen] if gaps[place] else [divide]
    for part in np.split(hosts, np.flatnonzero(apart) + 1):
        edges += _inner_edges(part)
    return np.unique(edges)


def _inner_edges(hosts: np.ndarray) -> list[float]:
    """Edges inside a run of sorted values without a gap, halfway between neighbours."""
    most = max(hosts.size // _GOOD_TRIALS, min(_FEW_BINS, hosts.size // LEAST_TRIALS))
    parts = np.array_split(hosts, int(np.clip(most, 1, _MOST_BINS)))
    return [float(one[-1] + two[0]) / 2.0 for one, two in itertools.pairwise(parts)]


def bin_of(x: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Bin of each value, int64, shape (guests,); the last bin holds its upper edge too."""
    bins: np.ndarray = np.digitize(x, edges[1:-1])
    return bins


def centres(x: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Return the mean value of the guests in each bin; its middle where there are none.

    Examples
    --------
    >>> centres(np.array([0.1, 0.3]), np.array([0.0, 0.5, 1.0])).tolist()
    [0.2, 0.75]
    """
    bins = bin_of(x, edges)
    count = np.bincount(bins, minlength=edges.size - 1)
    total = np.bincount(bins, weights=x, minlength=edges.size - 1)
    return np.where(count > 0, total / np.maximum(count, 1), (edges[:-1] + edges[1:]) / 2.0)


def in_bins(
    outcomes: pd.DataFrame,
    column: str,
    metrics: Sequence[str],
    estimates: Callable[[pd.DataFrame], Sequence[Interval]],
    *,
    divide: float = 1.0,
) -> pd.DataFrame:
    """Make estimates of the guests of each bin.

    Parameters
    ----------
    outcomes : DataFrame
        One row per (point, trial, replication, guest), with ``column`` and ``trial``.
    column : str
        What is cut into bins.
    metrics : sequence of str
        Names of the estimates.
    estimates : callable
        Rows of a bin to its estimates.
    divide : float
        No bin reaches over this value.

    Returns
    -------
    DataFrame
        Tidy: x (mean of ``column`` in the bin), metric, estimate, low, high, supported, guests;
        a row per bin, in ascending order, and metric; nan where a bin has fewer than 5 trials.
        Empty where ``column`` has no range.
    """
    import pandas as pd

    names = ["x", "metric", "estimate", "low", "high", "supported", "guests"]
    x, trials = outcomes[column].to_numpy(dtype=float), outcomes["trial"].to_numpy()
    if not x.size or x.min() == x.max():
        return pd.DataFrame(columns=names)
    edges = choose_edges(x, trials, divide)
    bins = bin_of(x, edges)
    rows = []
    for index, place in enumerate(centres(x, edges)):
        inside = bins == index
        found: Sequence[Interval | None] = [None] * len(metrics)
        if np.unique(trials[inside]).size >= LEAST_TRIALS:
            found = estimates(outcomes[inside])
        for metric, one in zip(metrics, found, strict=True):
            rows.append((place, metric, *_cells(one), int(inside.sum())))
    return pd.DataFrame(rows, columns=names)


def quantiles_in_bins(
    outcomes: pd.DataFrame, column: str, qs: Sequence[float] = (0.5, 0.9, 0.95)
) -> pd.DataFrame:
    """Estimate quantiles of the stretch in bins of a commitment, as of `in_bins`.

    Parameters
    ----------
    outcomes : DataFrame
        Active guests.
    column : str
        What is cut into bins.
    qs : sequence of float
        Probabilities; metrics are called ``stretch_p50`` and so on, as in a summary.
    """

    def estimates(rows: pd.DataFrame) -> list[Interval]:
        censored = rows["censored"].to_numpy() > 0
        return quantiles(rows["stretch"], rows["trial"], qs, censored=censored)

    return in_bins(outcomes, column, [f"stretch_p{100 * q:g}" for q in qs], estimates)


def _cells(found: Interval | None) -> tuple[float, float, float, bool]:
    if found is None:
        return np.nan, np.nan, np.nan, False
    return found.estimate, found.low, found.high, found.supported
