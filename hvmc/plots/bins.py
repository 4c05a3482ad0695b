"""Percentiles of the stretch in bins of commitment, each with enough trials for an estimate.

Bins hold about as many trials as one another, so that every guest counts in one; 1 is always an
edge, and a bin never reaches over a gap between commitments, so that none mixes guests from before
and behind the knee.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np

from hvmc.plots.groups import CannotDrawError, is_censored

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from hvmc.analysis.intervals import Interval
    from hvmc.plots.percentiles import Percentile

LEAST_TRIALS = 5
_GOOD_TRIALS = 10
_FEW_BINS = 3
_MOST_BINS = 15
_GAP = 0.12  # of the range of commitments
_SAME = 0.01


def check_range(commitment: str, x: np.ndarray) -> None:
    """Refuse commitments that are one value but for a hundredth of it.

    Raises
    ------
    CannotDrawError
        If they are, or there are none.
    """
    if not x.size or np.ptp(x) <= _SAME * np.abs(x).max():
        values = f"{x[0]:.3g} for all {x.size} guests" if x.size else "known of no guest"
        raise CannotDrawError(f"{commitment} is {values}; a knee needs a range of it")


def choose_edges(x: np.ndarray, trials: np.ndarray, divide: float = 1.0) -> np.ndarray:
    """Cut commitments into bins of equally many trials, 10 or more where there are enough.

    Parameters
    ----------
    x : ndarray
        float64, shape (guests,): commitment of each guest, not all the same.
    trials : ndarray
        Trial of each guest, shape (guests,).
    divide : float
        No bin reaches over this commitment.

    Returns
    -------
    ndarray
        float64, shape (bins + 1,), ascending; a gap between commitments is a bin too.

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
    """Edges inside a run of sorted commitments without a gap, halfway between neighbours."""
    most = max(hosts.size // _GOOD_TRIALS, min(_FEW_BINS, hosts.size // LEAST_TRIALS))
    parts = np.array_split(hosts, int(np.clip(most, 1, _MOST_BINS)))
    return [float(one[-1] + two[0]) / 2.0 for one, two in itertools.pairwise(parts)]


def bin_of(x: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Bin of each commitment, int64, shape (guests,); the last bin holds its upper edge too."""
    bins: np.ndarray = np.digitize(x, edges[1:-1])
    return bins


def centres(x: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Return the mean commitment of the guests in each bin; its middle where there are none.

    Examples
    --------
    >>> centres(np.array([0.1, 0.3]), np.array([0.0, 0.5, 1.0])).tolist()
    [0.2, 0.75]
    """
    bins = bin_of(x, edges)
    count = np.bincount(bins, minlength=edges.size - 1)
    total = np.bincount(bins, weights=x, minlength=edges.size - 1)
    return np.where(count > 0, total / np.maximum(count, 1), (edges[:-1] + edges[1:]) / 2.0)


def bin_quantiles(
    rows: pd.DataFrame,
    x: np.ndarray,
    edges: np.ndarray,
    looks: Sequence[Percentile],
    level: float,
) -> list[list[Interval] | None]:
    """Percentiles of the guests of each bin, None where a bin has too few trials.

    Parameters
    ----------
    rows : DataFrame
        Active rows.
    x : ndarray
        float64, shape (rows,): their commitment.
    edges : ndarray
        float64, shape (bins + 1,).
    looks : sequence of Percentile
        Which percentiles.
    level : float
        Coverage of the intervals.
    """
    from hvmc.analysis.quantiles import quantiles

    stretch, trials = rows["stretch"].to_numpy(dtype=float), rows["trial"].to_numpy()
    censored, bins = is_censored(rows), bin_of(x, edges)
    probabilities = [look.probability for look in looks]

    def of_bin(inside: np.ndarray) -> list[Interval] | None:
        if np.unique(trials[inside]).size < LEAST_TRIALS:
            return None
        chosen = (stretch[inside], trials[inside], probabilities)
        return quantiles(*chosen, censored=censored[inside], level=level)

    return [of_bin(bins == index) for index in range(edges.size - 1)]


def tell_dropped(x: np.ndarray, edges: np.ndarray, found: Sequence[object]) -> str:
    r"""Say how many bins hold guests but show no percentile, for a legend: empty if none.

    Examples
    --------
    >>> tell_dropped(np.array([0.1, 0.9]), np.array([0.0, 0.5, 1.0]), [[], None])
    '\nno percentiles in 1 of 2 bins: fewer than 5 trials (1 of 2 guests)'
    """
    bins = bin_of(x, edges)
    blank = [index for index, one in enumerate(found) if one is None and (bins == index).any()]
    if not blank:
        return ""
    guests = int(np.isin(bins, blank).sum())
    return (
        f"\nno percentiles in {len(blank)} of {len(np.unique(bins))} bins: fewer than "
        f"{LEAST_TRIALS} trials ({guests} of {x.size} guests)"
    )
