"""Ratio of a quantile at two design points, from the same guests at both.

Whole trials are drawn with replacement, the same ones for both sides, and the ratio is computed
each time; the limits are percentiles of these ratios (cluster bootstrap). What the two sides have
in common cancels in every resample. Of evenly spread trials each of the few scrambles is left out
in turn instead (jackknife, on the logarithm of the ratio). A ratio is marked as not supported by
the rule for a single quantile: fewer than 10 / min(q, 1 - q) effective clusters
(`hvmc.analysis.quantiles`).
``tests/statistical/test_quantile_ratio_coverage.py`` measures the coverage.

References
----------
Davison, Hinkley, Bootstrap Methods and their Application, 1997, sections 3.8 and 5.3.1.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from hvmc.analysis.clusters import Clusters
from hvmc.analysis.intervals import Interval, check_level, t_quantile
from hvmc.analysis.quantiles import MINIMUM_BEYOND

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

_AT_ONCE = 100


def quantile_ratios(
    values: ArrayLike,
    base: ArrayLike,
    clusters: ArrayLike,
    qs: Sequence[float],
    *,
    level: float = 0.95,
    resamples: int = 1000,
    seed: int = 1,
) -> list[Interval]:
    """Quantiles of ``values`` over those of ``base``, with intervals between clusters.

    Parameters
    ----------
    values, base : array_like
        float > 0, shape (rows,), any unit: the two sides of each pair. Pairs in which either is
        not finite and positive are excluded and counted.
    clusters : array_like
        Cluster label of each pair, shape (rows,).
    qs : sequence of float
        Probabilities, inside (0, 1).
    level : float
        Coverage, inside (0, 1).
    resamples : int
        Of the bootstrap.
    seed : int
        Of the bootstrap; the same gives the same limits.

    Returns
    -------
    list of Interval
        One per probability.

    Raises
    ------
    ValueError
        If the level is outside (0, 1).

    Examples
    --------
    >>> base = np.arange(1.0, 401.0)
    >>> found = quantile_ratios(2.0 * base, base, np.arange(400), [0.5])[0]
    >>> found.estimate, found.low, found.high
    (2.0, 2.0, 2.0)
    """
    check_level(level)
    top, bottom = (np.asarray(side, dtype=np.float64) for side in (values, base))
    use = np.isfinite(top) & np.isfinite(bottom) & (top > 0) & (bottom > 0)
    groups = Clusters.of(clusters, use)
    sides = [_Side(side[use], groups.codes) for side in (top, bottom)]
    excluded = int(use.size - use.sum())
    if groups.count < 2:
        once = np.ones((1, groups.count), dtype=np.int64)
        found = _ratios(sides, once, qs)[0] if groups.count else np.full(len(qs), math.nan)
        limits = np.array([[0.0] * len(qs), [math.inf] * len(qs)])
    elif groups.within is not None:
        found, limits = _jackknifed(sides, groups.count, qs, level)
    else:
        found = _ratios(sides, np.ones((1, groups.count), dtype=np.int64), qs)[0]
        drawn = _bootstrap(sides, groups.count, qs, resamples, seed)
        limits = np.quantile(drawn, [(1.0 - level) / 2.0, (1.0 + level) / 2.0], axis=0)
    effective = groups.effective()
    return [
        Interval(
            estimate=float(estimate),
            low=float(low),
            high=float(high),
            level=level,
            clusters=groups.trials.count,
            observations=int(use.sum()),
            method="jackknife" if groups.within is not None else "cluster bootstrap of pairs",
            supported=effective * min(q, 1.0 - q) >= MINIMUM_BEYOND - 1e-9,
            excluded=excluded,
        )
        for q, estimate, low, high in zip(qs, found, *limits, strict=True)
    ]


class _Side:
    """Values in ascending order with the cluster of each."""

    def __init__(self, values: NDArray[np.float64], codes: NDArray[np.int64]) -> None:
        order = np.argsort(values, kind="stable")
        self.values, self.codes = values[order], codes[order]

    def quantiles(self, often: NDArray[np.int64], qs: Sequence[float]) -> NDArray[np.float64]:
        """Quantiles with clusters taken ``often``, (resamples, clusters): (resamples, qs)."""
        below = np.cumsum(often[:, self.codes], axis=1)
        wanted = np.ceil(np.asarray(qs) * below[:, -1:] - 1e-9)
        rows = [np.searchsorted(ranks, want) for ranks, want in zip(below, wanted, strict=True)]
        found: NDArray[np.float64] = self.values[np.array(rows)]
        return found


def _ratios(
    sides: Sequence[_Side], often: NDArray[np.int64], qs: Sequence[float]
) -> NDArray[np.float64]:
    found: NDArray[np.float64] = sides[0].quantiles(often, qs) / sides[1].quantiles(often, qs)
    return found


def _bootstrap(
    sides: Sequence[_Side], count: int, qs: Sequence[float], resamples: int, seed: int
) -> NDArray[np.float64]:
    """Ratios in each resample: float64, shape (resamples, qs)."""
    random = np.random.default_rng(seed)
    even = np.full(count, 1.0 / count)
    parts = []
    for start in range(0, resamples, _AT_ONCE):
        often = random.multinomial(count, even, size=min(_AT_ONCE, resamples - start))
        parts.append(_ratios(sides, often, qs))
    return np.concatenate(parts)


def _jackknifed(
    sides: Sequence[_Side], count: int, qs: Sequence[float], level: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Ratios and their limits, shapes (qs,) and (2, qs), by leaving out each of few clusters."""
    often = np.ones((count + 1, count), np.int64) - np.eye(count + 1, count, -1, dtype=np.int64)
    found = _ratios(sides, often, qs)
    without = np.log(found[1:])
    squares = ((without - without.mean(axis=0)) ** 2).sum(axis=0)
    spread = t_quantile(level, count) * np.sqrt((count - 1) / count * squares)
    return found[0], found[0] * np.exp([-spread, spread])
