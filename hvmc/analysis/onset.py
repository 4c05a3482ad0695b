"""Where suffering sets in: the commitment from on which a stated share of the guests suffers.

Above a percentile's threshold is the same as an exceeded share: the 95th percentile of the stretch
passes 1.25 where P(stretch > 1.25) passes 5 %. That probability is taken to rise with commitment,
and nothing else is assumed of it.

Estimate: the commitment at which the monotone (isotonic) least squares fit of P passes the share.
It is where the running sum of (guests that suffer - share x guests), trials in the order of their
commitment, is smallest.

Interval: windows of neighbouring trials, each with the interval of `hvmc.analysis.shares`. From the
lowest commitment upwards windows are passed while their upper limit lies below the share; since P
rises, P at the start of the last of them is below it too. From the top downwards likewise. Both
go in a fixed order and stop at the first window that is not clear, so that the level of a single
window holds for the end found (Westfall and Krishen). A window needs more than 60
trials to tell 5 % from nothing; with fewer the lower end is unknown.

References
----------
Barlow, Bartholomew, Bremner, Brunk, Statistical inference under order restrictions, 1972, ch. 1.
Westfall, Krishen, Optimally weighted, fixed sequence and gatekeeper multiple testing procedures,
Journal of Statistical Planning and Inference 99, 2001, 25-40.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from hvmc.analysis.clusters import Clusters
from hvmc.analysis.intervals import Interval, check_level
from hvmc.analysis.shares import share_limits

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

WINDOW = 30
"""Trials of a window at least, where there are four times as many; 5 / share if that is more."""

_STEPS = 100


def onset(
    commitment: ArrayLike,
    suffers: ArrayLike,
    trials: ArrayLike,
    *,
    share: float,
    level: float = 0.95,
) -> Interval:
    """Find the commitment from on which more than a share of the guests suffers.

    Parameters
    ----------
    commitment : array_like
        float, shape (guests,): of the host of each guest, the same for all guests of a trial.
    suffers : array_like
        bool, shape (guests,).
    trials : array_like
        Trial of each guest, shape (guests,).
    share : float
        Of guests, inside (0, 1).
    level : float
        Coverage, inside (0, 1).

    Returns
    -------
    Interval
        ``estimate`` is inf where P stays below the share, -inf where it is above from the start;
        ``low`` is -inf and ``high`` inf where the trials give no bound. ``supported`` where both
        ends are known.

    Raises
    ------
    ValueError
        If there is no guest, or the share or level is outside (0, 1).

    Examples
    --------
    >>> x = np.linspace(0.0, 1.0, 1001)
    >>> found = onset(x, x > 0.6, np.arange(1001), share=0.5)
    >>> round(found.estimate, 2), found.low < 0.6 < found.high
    (0.6, True)
    """
    check_level(level)
    if not 0.0 < share < 1.0:
        raise ValueError(f"share must lie inside (0, 1), got {share!r}")
    clusters = Clusters.of(trials)
    if not clusters.count:
        raise ValueError("commitment must hold at least one guest, got none")
    sizes = clusters.sizes()
    places = clusters.sums(np.asarray(commitment, dtype=np.float64)) / sizes
    order = np.argsort(places, kind="stable")
    x, n = places[order], sizes[order]
    k = clusters.sums(np.asarray(suffers, dtype=bool))[order]
    low, high = _ends(x, k, n, share, level)
    return Interval(
        estimate=_estimate(x, k, n, share),
        low=low,
        high=high,
        level=level,
        clusters=clusters.count,
        observations=int(sizes.sum()),
        method="isotonic fit, windows in fixed order",
        effective=float(clusters.count),
        supported=math.isfinite(low) and math.isfinite(high),
    )


def _estimate(
    x: NDArray[np.float64], k: NDArray[np.float64], n: NDArray[np.float64], share: float
) -> float:
    sums = np.concatenate([[0.0], np.cumsum(k - share * n)])
    before = int(np.flatnonzero(sums == sums.min())[-1])  # trials below the share
    if before in (0, x.size):
        return -math.inf if before == 0 else math.inf
    return float((x[before - 1] + x[before]) / 2.0)


def _ends(
    x: NDArray[np.float64],
    k: NDArray[np.float64],
    n: NDArray[np.float64],
    share: float,
    level: float,
) -> tuple[float, float]:
    needed = max(WINDOW, math.ceil(5.0 / min(share, 1.0 - share)))
    size = min(needed, max(x.size // 4, 1))
    starts = np.unique(np.linspace(0, x.size - size, _STEPS).astype(int))
    limits = [_limits(k[s : s + size], n[s : s + size], level) for s in starts]
    low, high = -math.inf, math.inf
    for start, (_, upper) in zip(starts, limits, strict=True):
        if upper >= share:
            break
        low = float(x[start])
    for start, (lower, _) in zip(starts[::-1], limits[::-1], strict=True):
        if lower <= share:
            break
        high = float(x[start + size - 1])
    return low, high


def _limits(k: NDArray[np.float64], n: NDArray[np.float64], level: float) -> tuple[float, float]:
    clusters = Clusters(np.repeat(np.arange(n.size), n.astype(np.int64)), n.size)
    _, low, high, _ = share_limits(k[:, None], clusters, level)
    return float(low[0]), float(high[0])
