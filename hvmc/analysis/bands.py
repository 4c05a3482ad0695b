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
from hvmc.analysis.shares import limits_at

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
_ROUNDING = 1e-14  # of the sums of which a variance is the difference
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
    values = group[column].to_numpy(dtype=np.float64)
    censored = group["censored"].to_numpy() > 0
    share, spread = _exceeding(values, clusters, xs)
    each = level
    if band == "simultaneous":
        each = _pointwise_level(spread, level, np.random.default_rng(seed))
    estimate, low, high, _ = limits_at(share, np.diag(spread), clusters, each)
    at_least = np.zeros(xs.size, bool)
    if censored.any():
        worst, spread = _exceeding(np.where(censored, np.inf, values), clusters, xs)
        high = limits_at(worst, np.diag(spread), clusters, each)[2]
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
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Share of rows above each x, shape (points,), and its covariance, shape (points, points).

    With c_k(x) rows above x among the n_k of cluster k, the covariance between clusters is that of
    `hvmc.analysis.intervals.linearised_variance`: it needs the sums of c_k(x) c_k(y), n_k c_k(x)
    and n_k^2 alone, which are cumulative sums of the pairs of rows that share a cluster, and never
    the clusters by points.
    """
    from scipy.sparse import csr_array

    passed = np.searchsorted(xs, values, "left")  # number of x strictly below the value
    shape = (clusters.count, xs.size + 1)
    table = csr_array((np.ones(values.size), (clusters.codes, passed)), shape=shape)
    pairs = (table.T @ table).toarray()[::-1, ::-1].cumsum(axis=0).cumsum(axis=1)[::-1, ::-1]
    above = np.bincount(passed, minlength=xs.size + 1)[::-1].cumsum()[::-1]
    share = above[1:] / values.size
    crossed = np.outer(share, pairs[0, 1:])
    expected = np.outer(share, share) * pairs[0, 0]
    squares = pairs[1:, 1:] - crossed - crossed.T + expected
    steady = np.diag(squares) <= _ROUNDING * np.diag(pairs[1:, 1:] + expected)
    squares[steady, :] = squares[:, steady] = 0.0
    return share, squares * (clusters.count / max(clusters.count - 1.0, 1.0) / values.size**2)


def _pointwise_level(
    covariance: NDArray[np.float64], level: float, rng: np.random.Generator
) -> float:
    """Pointwise level at which a curve with this covariance is covered whole with ``level``.

    Of normal multipliers of the clusters' residuals only the covariance matters.
    """
    from scipy.special import ndtr

    spread = np.sqrt(np.diag(covariance))
    varies = spread > 0.0
    if not varies.any():
        return level
    scaled = covariance[np.ix_(varies, varies)] / np.outer(spread[varies], spread[varies])
    values, vectors = np.linalg.eigh(scaled)
    draws = rng.standard_normal((MULTIPLIER_DRAWS, values.size)) * np.sqrt(values.clip(min=0.0))
    largest = np.abs(draws @ vectors.T).max(axis=1)
    return float(2.0 * ndtr(np.quantile(largest, level)) - 1.0)
