"""Means and ratios of sums, with intervals that respect clusters.

For rows i in clusters k, a mean, a share and a ratio of sums are all R = sum a_i / sum b_i (with
b_i = 1 for the first two). Linearisation gives the variance between clusters

    var(R) = K / (K - 1) * sum_k (A_k - R B_k)^2 / (sum_k B_k)^2,

A_k and B_k being cluster sums and K the number of clusters; the reference law is Student's t with
K - 1 degrees of freedom. Coverage is measured in ``experiments/e02_interval_coverage``.

References
----------
Cochran, Sampling Techniques, 3rd ed., 1977, eq. 6.13 and section 9A.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from hvmc.analysis.clusters import Clusters

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with its confidence interval.

    Attributes
    ----------
    estimate, low, high : float
        ``nan`` estimate: no data. Infinite limits: the data put no bound there.
    level : float
        Nominal two-sided coverage. With zero or only events the interval is one-sided.
    clusters, observations : int
        Clusters and rows used; of scrambles, the trials in them.
    effective : float
        Independent rows that would carry the same information; ``nan`` where not defined.
    method : str
        How the interval was made.
    at_least : bool
        The estimate is a lower bound because of censored rows.
    supported : bool
        Enough data for the interval to cover as stated.
    excluded : int
        Rows left out because they are not finite.
    """

    estimate: float
    low: float
    high: float
    level: float
    clusters: int
    observations: int
    method: str
    effective: float = math.nan
    at_least: bool = False
    supported: bool = True
    excluded: int = 0


def check_level(level: float) -> None:
    """Refuse a confidence level outside (0, 1).

    Raises
    ------
    ValueError
        With the rule, the value and the remedy.
    """
    if not 0.0 < level < 1.0:
        raise ValueError(f"level must lie inside (0, 1), got {level}; write 0.95 for 95 %")


def t_quantile(level: float, clusters: int) -> float:
    """Two-sided Student quantile with ``clusters - 1`` degrees of freedom.

    Examples
    --------
    >>> round(t_quantile(0.95, 11), 3)
    2.228
    """
    from scipy.special import stdtrit

    return float(stdtrit(clusters - 1, (1.0 + level) / 2.0))


def degrees_of_freedom_factor(level: float, clusters: int) -> float:
    """Shrink an effective size so that normal limits become Student ones: (z / t)^2, at most 1."""
    from scipy.special import ndtri

    return float((ndtri((1.0 + level) / 2.0) / t_quantile(level, clusters)) ** 2)


def linearised_variance(
    numerators: NDArray[np.float64], expected: NDArray[np.float64], denominator: float
) -> NDArray[np.float64]:
    """Variance of sum(A) / sum(B) between clusters (first axis); ``expected`` is R B_k.

    References
    ----------
    Cochran 1977, eq. 6.13.
    """
    residuals = numerators - expected
    count = residuals.shape[0]
    squares: NDArray[np.float64] = np.einsum("k...,k...->...", residuals, residuals)
    squares *= count / (count - 1.0) / denominator**2
    return squares


def ratio(
    numerator: ArrayLike,
    denominator: ArrayLike,
    clusters: ArrayLike | Clusters,
    *,
    level: float = 0.95,
) -> Interval:
    """Ratio of two sums over rows, with Student's interval between clusters.

    Rows in which either is not finite are excluded and counted. With fewer than two clusters that
    have a denominator the limits are infinite.

    Parameters
    ----------
    numerator, denominator : array_like
        float, shape (rows,), any unit.
    clusters : array_like or Clusters
        Cluster label of each row, shape (rows,).
    level : float
        Coverage, inside (0, 1).

    Raises
    ------
    ValueError
        If the level is outside (0, 1).

    References
    ----------
    Cochran 1977, eq. 6.13.

    Examples
    --------
    >>> ratio([2.0, 4.0, 6.0], [1.0, 2.0, 3.0], [0, 1, 2]).estimate
    2.0
    """
    check_level(level)
    top = np.asarray(numerator, dtype=np.float64)
    bottom = np.asarray(denominator, dtype=np.float64)
    use = np.isfinite(top) & np.isfinite(bottom)
    groups = Clusters.of(clusters, use)
    tops, bottoms = groups.sums(top[use]), groups.sums(bottom[use])
    total = float(bottoms.sum())
    estimate = float(tops.sum()) / total if total else math.nan
    spread = math.inf
    if np.count_nonzero(bottoms) > 1:
        variance = float(linearised_variance(tops, estimate * bottoms, total))
        spread = t_quantile(level, groups.count) * math.sqrt(variance)
    return Interval(
        estimate=estimate,
        low=estimate - spread,
        high=estimate + spread,
        level=level,
        clusters=groups.trials.count,
        observations=int(use.sum()),
        method="Student between clusters",
        supported=math.isfinite(spread),
        excluded=int(use.size - use.sum()),
    )


def mean(values: ArrayLike, clusters: ArrayLike | Clusters, *, level: float = 0.95) -> Interval:
    """Mean over rows, with Student's interval between clusters; see ``ratio``.

    Examples
    --------
    >>> mean([1.0, 2.0, 6.0], [0, 1, 2]).estimate
    3.0
    """
    row_values = np.asarray(values, dtype=np.float64)
    return ratio(row_values, np.ones_like(row_values), clusters, level=level)


def geometric_mean(
    values: ArrayLike, clusters: ArrayLike | Clusters, *, level: float = 0.95
) -> Interval:
    """Geometric mean over rows: ``mean`` of the logarithms, taken back.

    Rows that are not finite and positive are excluded and counted.

    Examples
    --------
    >>> round(geometric_mean([1.0, 2.0, 4.0], [0, 1, 2]).estimate, 12)
    2.0
    """
    row_values = np.asarray(values, dtype=np.float64)
    logs = np.full(row_values.shape, np.nan)
    np.log(row_values, out=logs, where=row_values > 0.0)
    found = mean(logs, clusters, level=level)
    with np.errstate(over="ignore"):
        estimate, low, high = np.exp([found.estimate, found.low, found.high]).tolist()
    return replace(found, estimate=estimate, low=low, high=high)
