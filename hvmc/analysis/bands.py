"""The exceedance curve P(stretch > x) over guests, with a confidence band.

*Pointwise*: at each x alone the interval of ``shares.share`` covers with the stated level; over the
whole curve it covers less. *Simultaneous*: the whole curve (at the x of the grid) is covered with
the stated level. The factor by which the band must widen is the quantile of the largest
standardised deviation over the grid, drawn by the Gaussian multiplier bootstrap: the residuals of
each cluster are multiplied by one standard normal number, all x at once, so that the dependence
between clusters' guests and along the curve is kept. The widened factor is then used in the same
interval as the pointwise band.

Censored guests exceed every x below their lower bound, and may exceed any x above it: from the
smallest such bound on, the curve is a lower bound (``at_least``) and the upper limit counts them
all as exceeding.

References
----------
Chernozhukov, Chetverikov, Kato, Gaussian approximations and multiplier bootstrap for maxima of sums
of high-dimensional random vectors, Annals of Statistics 41, 2013, 2786-2819.
Montiel Olea, Plagborg-Moller, Simultaneous confidence bands, Journal of Applied Econometrics 34,
2019, 1-17.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from hvmc.analysis.clusters import Clusters, cluster_labels, require_columns
from hvmc.analysis.intervals import check_level
from hvmc.analysis.shares import share_limits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

Band = Literal["pointwise", "simultaneous"]

GRID_POINTS = 200
"""Grid points of a curve by default: finer than a figure can show."""

MULTIPLIER_DRAWS = 2000
"""Draws of the largest deviation; its 95 % quantile then has a standard error of about 1 %."""


def exceedance(
    outcomes: pd.DataFrame,
    grid: ArrayLike | None = None,
    *,
    column: str = "stretch",
    by: Sequence[str] = ("regime", "role"),
    band: Band = "pointwise",
    level: float = 0.95,
    seed: int = 0,
) -> pd.DataFrame:
    """Exceedance curves of ``column`` over active guests, one for each group.

    Parameters
    ----------
    outcomes : DataFrame
        One row per guest; columns ``by``, ``trial``, ``censored`` and ``column``.
    grid : array_like, optional
        float, shape (points,): the x of the curve. Default: 200 in geometric steps over the
        finite positive values of all groups.
    column : str
        What may exceed x; rows in which it is not finite are left out.
    by : sequence of str
        Columns that define the groups.
    band : {"pointwise", "simultaneous"}
        What the band covers; see the module.
    level : float
        Coverage, inside (0, 1).
    seed : int
        Seed of the multiplier bootstrap (simultaneous band only).

    Returns
    -------
    DataFrame
        Tidy: ``by``, x, estimate, low, high, at_least, band, level, clusters, guests.

    Raises
    ------
    KeyError
        If a column is missing.
    ValueError
        If the level or ``band`` is not one of those allowed.
    """
    check_level(level)
    if band not in ("pointwise", "simultaneous"):
        raise ValueError(f"band must be 'pointwise' or 'simultaneous', got {band!r}")
    require_columns(outcomes, (*by, "trial", "censored", column), "exceedance curves")
    active = outcomes[np.isfinite(outcomes[column].to_numpy(dtype=np.float64))]
    xs = default_grid(active[column]) if grid is None else np.sort(np.asarray(grid, dtype=float))
    curves = [
        _curve(group, xs, column, band, level, seed).assign(**dict(zip(by, key, strict=True)))
        for key, group in active.groupby(list(by), sort=False, observed=True)
    ]
    columns = [*by, *_COLUMNS]
    return (
        pd.concat(curves, ignore_index=True)[columns] if curves else pd.DataFrame(columns=columns)
    )


BAND_COLUMNS = ("trial", "scramble", "stretch", "censored")
"""What `exceedance_steps` reads beside the columns of its groups."""


def exceedance_steps(
    outcomes: pd.DataFrame,
    thresholds: Sequence[float],
    *,
    by: Sequence[str] = ("regime", "role"),
    level: float = 0.95,
) -> pd.DataFrame:
    """Estimate curves of the stretch for a figure, with simultaneous bands, as of `exceedance`.

    Parameters
    ----------
    outcomes : DataFrame
        Active guests.
    thresholds : sequence of float
        Stretches at which the curves must be exact.
    by : sequence of str
        Columns that define the groups, each with `steps` of its own.
    level : float
        Coverage, inside (0, 1).
    """
    curves = [
        exceedance(
            rows, steps(rows["stretch"], thresholds), by=by, band="simultaneous", level=level
        )
        for _, rows in outcomes.groupby(list(by), sort=False, observed=True)
    ]
    return pd.concat(curves, ignore_index=True)


def steps(values: ArrayLike, thresholds: Sequence[float]) -> NDArray[np.float64]:
    """Choose the x at which a curve is computed.

    Every distinct value, so that the curve is the empirical one; of very many distinct ones, those
    at even steps of log-odds, where a log axis shows them, and the thresholds.

    Parameters
    ----------
    values : array_like
        float, shape (guests,), finite.
    thresholds : sequence of float
        At which the curve must be exact.

    Returns
    -------
    ndarray
        float64, shape (steps,), ascending.

    Examples
    --------
    >>> steps([3.0, 1.0, 1.0], [2.0]).tolist()
    [1.0, 2.0, 3.0]
    """
    ascending = np.sort(np.asarray(values, dtype=np.float64))
    distinct = np.unique(ascending)
    if distinct.size > _MOST_STEPS:
        odds = np.linspace(-1.0, 1.0, _MOST_STEPS) * np.log(ascending.size)
        ranks = np.round((ascending.size - 1) / (1.0 + np.exp(-odds))).astype(int)
        distinct = np.unique(ascending[[0, *ranks, -1]])
    inside = [value for value in thresholds if distinct[0] < value < distinct[-1]]
    return np.union1d(distinct, inside)


_MOST_STEPS = 300
_COLUMNS = ("x", "estimate", "low", "high", "at_least", "band", "level", "clusters", "guests")


def default_grid(values: ArrayLike, points: int = GRID_POINTS) -> NDArray[np.float64]:
    """Geometric steps from the smallest to the largest finite positive value.

    Examples
    --------
    >>> default_grid([1.0, 4.0], points=3).tolist()
    [1.0, 2.0, 4.0]
    """
    numbers = np.asarray(values, dtype=np.float64)
    numbers = numbers[np.isfinite(numbers) & (numbers > 0.0)]
    if not numbers.size:
        return np.empty(0)
    return np.geomspace(numbers.min(), numbers.max(), points)


def _curve(
    group: pd.DataFrame, xs: NDArray[np.float64], column: str, band: Band, level: float, seed: int
) -> pd.DataFrame:
    clusters = Clusters.of(cluster_labels(group))
    sizes = clusters.sizes()
    values = group[column].to_numpy(dtype=np.float64)
    censored = group["censored"].to_numpy() > 0
    counts = _exceeding(values, clusters, xs)
    each = level
    if band == "simultaneous":
        each = _pointwise_level(counts, sizes, level, np.random.default_rng(seed))
    estimate, low, high, _ = share_limits(counts, clusters, each)
    at_least = np.zeros(xs.size, bool)
    if censored.any():
        worst = _exceeding(np.where(censored, np.inf, values), clusters, xs)
        high = share_limits(worst, clusters, each)[2]
        at_least = xs >= values[censored].min()
    if band == "simultaneous":  # the curve falls: limits at other x bound it here too
        low, high = np.maximum.accumulate(low[::-1])[::-1], np.minimum.accumulate(high)
    return pd.DataFrame(
        {
            "x": xs,
            "estimate": estimate,
            "low": low,
            "high": high,
            "at_least": at_least,
            "band": band,
            "level": level,
            "clusters": clusters.trials.count,
            "guests": values.size,
        }
    )


def _exceeding(
    values: NDArray[np.float64], clusters: Clusters, xs: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Rows above each x in each cluster: float64, shape (clusters, points)."""
    passed = np.searchsorted(xs, values, "left")  # number of x strictly below the value
    cells = clusters.codes * (xs.size + 1) + passed
    table = np.bincount(cells, minlength=clusters.count * (xs.size + 1))
    above = table.reshape(clusters.count, xs.size + 1)[:, ::-1].cumsum(axis=1)[:, ::-1]
    return above[:, 1:].astype(np.float64)


def _pointwise_level(
    counts: NDArray[np.float64],
    sizes: NDArray[np.float64],
    level: float,
    rng: np.random.Generator,
) -> float:
    """Pointwise level at which the whole curve is covered with ``level``."""
    from scipy.special import ndtr

    share = counts.sum(axis=0) / sizes.sum()
    inside = (share > 0.0) & (share < 1.0)
    residuals = counts[:, inside] - np.outer(sizes, share[inside])
    spread = np.sqrt((residuals**2).sum(axis=0))
    residuals = residuals[:, spread > 0.0] / spread[spread > 0.0]
    if not residuals.size:
        return level
    if len(residuals) > residuals.shape[1]:
        residuals = _as_few(residuals)
    draws = rng.standard_normal((MULTIPLIER_DRAWS, len(residuals)))
    largest = np.abs(draws @ residuals).max(axis=1)
    return float(2.0 * ndtr(np.quantile(largest, level)) - 1.0)


def _as_few(residuals: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return as many rows as columns, with the same covariance of their normal combinations."""
    values, vectors = np.linalg.eigh(residuals.T @ residuals)
    few: NDArray[np.float64] = np.sqrt(values.clip(min=0.0))[:, None] * vectors.T
    return few
