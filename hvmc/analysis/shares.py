"""Shares of guests and of scenarios, with intervals that respect clusters.

A share is bounded, often small, and a symmetric interval then misses too often on one side. Over
independent scenarios the interval is Wilson's. Over guests it is the exact binomial one at the
*effective size*, the number of independent guests that would give the same variance between
clusters, R (1 - R) / var(R), at most the number of guests (Korn and Graubard).

When few clusters show the event, their variance is itself uncertain and the upper limit too low.
With fewer than ten effective events the upper limit therefore reckons with one more cluster that
shows it throughout (Fay and Feuer's device for weighted rates); with no event at all it is the rule
of three over the effective number of clusters K = (sum n_k)^2 / sum n_k^2, n_k being the guests of
cluster k. Shares close to one are treated as their complement. Among the intervals compared in
``experiments/e02_interval_coverage`` it is the only one that nowhere covers clearly too little.

Censored rows (the guest's requests were cut off, its value is a lower bound): the estimate and
``low`` come from the events as seen, ``high`` from the worst case, and ``at_least`` says that the
truth may lie above the estimate.

References
----------
Korn, Graubard, Confidence intervals for proportions with small expected number of positive counts
estimated from survey data, Survey Methodology 24, 1998, 193-201.
Fay, Feuer, Confidence intervals for directly standardized rates: a method based on the gamma
distribution, Statistics in Medicine 16, 1997, 791-801.
Wilson, Probable inference, JASA 22, 1927, 209-212.
Hanley, Lippman-Hand, If nothing goes wrong, is everything all right?, JAMA 249, 1983, 1743-1745.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from hvmc.analysis.clusters import Clusters
from hvmc.analysis.intervals import (
    Interval,
    check_level,
    degrees_of_freedom_factor,
    linearised_variance,
)

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

_MOST_GAIN = 100.0  # of what rows are worth by being spread evenly
MINIMUM_EVENTS = 10.0
"""Effective events, or non-events, from which the exact binomial limits cover as stated."""


def rule_of_three(units: float, level: float = 0.95) -> float:
    """Upper bound on a probability when none of ``units`` independent units showed the event.

    3 / n at 95 %, scaled by log(1 - level) at other levels, at most 1. It is a one-sided bound.

    Examples
    --------
    >>> rule_of_three(1000)
    0.003
    """
    check_level(level)
    factor = 3.0 * math.log(1.0 - level) / math.log(0.05) if level != 0.95 else 3.0
    return min(factor / units, 1.0) if units > 0 else 1.0


def unchanged(found: Interval, clusters: ArrayLike | Clusters) -> Interval:
    """Bound the change of a share within pairs where no pair differs in any cluster.

    Nothing varies then between clusters, which says nothing of how far off the truth may be. But
    the change is at most the share of clusters in which a pair differs, and of n independent ones
    none does: the upper limit of that share is the exact one-sided one of Clopper and Pearson,
    1 - (1 - level)^(1 / n), about 3 / n at 95 %. ``low`` and ``high`` lie that far from 0 on either
    side and cover together at least at the level. n is the effective number of clusters where they
    hold unequal numbers of pairs.

    Parameters
    ----------
    found : Interval
        Of the mean difference, 0.
    clusters : array_like
        Cluster label of each pair, shape (rows,), at least one.

    References
    ----------
    Clopper, Pearson, Biometrika 26, 1934, 404-413; Hanley, Lippman-Hand 1983.
    """
    kish = Clusters.of(clusters).effective()
    bound = 1.0 - (1.0 - found.level) ** (1.0 / kish)
    method = "Clopper-Pearson of no differing cluster"
    return replace(found, low=-bound, high=bound, effective=kish, method=method)


def wilson(events: int, trials: int, *, level: float = 0.95) -> Interval:
    """Proportion of independent scenarios that show an event, with Wilson's score interval.

    With zero events (or nothing but events) the bound is ``rule_of_three``.

    Parameters
    ----------
    events, trials : int
        0 <= events <= trials.
    level : float
        Coverage, inside (0, 1).

    Raises
    ------
    ValueError
        If the counts or the level are impossible.

    References
    ----------
    Wilson 1927; Brown, Cai, DasGupta, Statistical Science 16, 2001, eq. 4.

    Examples
    --------
    >>> found = wilson(15, 100)
    >>> round(found.low, 4), round(found.high, 4)
    (0.0931, 0.2328)
    >>> wilson(0, 300).high
    0.01
    """
    check_level(level)
    if not 0 <= events <= trials:
        raise ValueError(f"events must lie in 0 .. trials = {trials}, got {events}")
    low, high, method = _wilson_limits(events, trials, level)
    return Interval(
        estimate=events / trials if trials else math.nan,
        low=low,
        high=high,
        level=level,
        clusters=trials,
        observations=trials,
        method=method,
        effective=float(trials),
        supported=trials > 0,
    )


def _wilson_limits(events: int, trials: int, level: float) -> tuple[float, float, str]:
    from scipy.special import ndtri

    if events in (0, trials):
        bound = rule_of_three(trials, level)
        low, high = (0.0, bound) if events == 0 else (1.0 - bound, 1.0)
        return low if trials else 0.0, high if trials else 1.0, "rule of three"
    z2 = float(ndtri((1.0 + level) / 2.0)) ** 2
    share = events / trials
    centre = (share + z2 / (2 * trials)) / (1.0 + z2 / trials)
    spread = math.sqrt(z2 * (share * (1.0 - share) + z2 / (4 * trials)) / trials)
    spread /= 1.0 + z2 / trials
    return centre - spread, centre + spread, "Wilson"


def share(
    events: ArrayLike,
    clusters: ArrayLike | Clusters,
    *,
    censored: ArrayLike | None = None,
    level: float = 0.95,
) -> Interval:
    """Share of rows (guests) that show an event, with an interval for clustered rows.

    Parameters
    ----------
    events : array_like
        bool, shape (rows,).
    clusters : array_like or Clusters
        Cluster label of each row, shape (rows,).
    censored : array_like, optional
        bool, shape (rows,): rows that may show the event although it was not seen.
    level : float
        Coverage, inside (0, 1).

    Raises
    ------
    ValueError
        If the level is outside (0, 1).

    References
    ----------
    Korn, Graubard 1998, section 3.
    """
    check_level(level)
    seen = np.asarray(events, dtype=bool)
    worst = seen if censored is None else seen | np.asarray(censored, dtype=bool)
    groups = Clusters.of(clusters)
    return share_of_counts(groups.sums(seen), groups.sums(worst), groups, level=level)


def share_of_counts(
    seen: NDArray[np.float64],
    worst: NDArray[np.float64],
    clusters: Clusters,
    *,
    level: float = 0.95,
) -> Interval:
    """Share of rows that show an event, of the number that does in each cluster (`share`).

    Parameters
    ----------
    seen, worst : ndarray
        float64, shape (clusters,): rows in which the event was seen, and those in which it may be.
    clusters : Clusters
        Of the rows.
    level : float
        Coverage, inside (0, 1).
    """
    found = _share(seen, clusters, level)
    if np.array_equal(worst, seen):
        return found
    return replace(found, high=_share(worst, clusters, level).high, at_least=True)


def _share(counts: NDArray[np.float64], groups: Clusters, level: float) -> Interval:
    estimate, low, high, effective = share_limits(counts[:, None], groups, level)
    return Interval(
        estimate=float(estimate[0]),
        low=float(low[0]),
        high=float(high[0]),
        level=level,
        clusters=groups.trials.count,
        observations=groups.rows,
        method="rule of three over clusters" if estimate[0] in (0.0, 1.0) else "Korn-Graubard",
        effective=float(effective[0]),
        supported=groups.count > 1,
    )


def share_limits(
    counts: NDArray[np.float64], clusters: Clusters, level: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Shares with limits for many events at once.

    Parameters
    ----------
    counts : ndarray
        float64, shape (clusters, events): rows with the event.
    clusters : Clusters
        Of the rows.
    level : float
        Coverage, inside (0, 1).

    Returns
    -------
    tuple of ndarray
        Estimate, low, high and effective size, each float64, shape (events,).
    """
    rows = clusters.rows
    if rows == 0:
        blank = np.full(counts.shape[1], np.nan)
        return blank, np.zeros_like(blank), np.ones_like(blank), np.zeros_like(blank)
    estimate = counts.sum(axis=0) / rows
    variance = np.zeros(estimate.shape)
    if clusters.count > 1:
        expected = np.outer(clusters.sizes(), estimate)
        variance = linearised_variance(counts, expected, float(rows))
    return limits_at(estimate, variance, clusters, level)


def limits_at(
    estimate: NDArray[np.float64], variance: NDArray[np.float64], clusters: Clusters, level: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Limits of shares whose variances between clusters are known; returns as `share_limits`.

    Parameters
    ----------
    estimate, variance : ndarray
        float64, shape (events,), of at least one row.
    clusters : Clusters
        Of the rows.
    level : float
        Coverage, inside (0, 1).
    """
    kish = clusters.effective()
    inside = (estimate > 0.0) & (estimate < 1.0)
    bound = rule_of_three(kish, level)
    low = np.where(estimate == 1.0, 1.0 - bound, 0.0)
    high = np.where(estimate == 0.0, bound, 1.0)
    effective = np.full(estimate.shape, kish)
    if clusters.count > 1 and inside.any():
        effective[inside] = effective_size(estimate[inside], variance[inside], clusters)
        size, factor = effective[inside], degrees_of_freedom_factor(level, clusters.count)
        tail, extra = (1.0 - level) / 2.0, 1.0 / kish
        high[inside] = _upper_limits(estimate[inside], size, factor, tail, extra)
        low[inside] = 1.0 - _upper_limits(1.0 - estimate[inside], size, factor, tail, extra)
    return estimate, low, high, effective


def effective_size(
    estimate: NDArray[np.float64], variance: NDArray[np.float64], clusters: Clusters
) -> NDArray[np.float64]:
    """Independent rows that would give the same variance.

    At most the rows there are; where clusters are scrambles it may be more, unless fewer than ten
    of these rows show the event, or do not: the spread between scrambles says little then.

    Parameters
    ----------
    estimate : ndarray
        float64, shape (events,): shares, strictly between 0 and 1.
    variance : ndarray
        float64, shape (events,): of each between at least two clusters.
    clusters : Clusters
        Of the rows.

    Returns
    -------
    ndarray
        float64, shape (events,).

    References
    ----------
    Korn, Graubard 1998, section 3.
    """
    rows = float(clusters.rows)
    with np.errstate(divide="ignore"):
        size = estimate * (1.0 - estimate) / variance
    capped: NDArray[np.float64] = np.minimum(size, rows)
    if clusters.within is None:
        return capped
    often = np.minimum(estimate, 1.0 - estimate) * capped >= MINIMUM_EVENTS
    return np.where(often, np.minimum(size, _MOST_GAIN * rows), capped)


def _upper_limits(
    share: NDArray[np.float64],
    effective: NDArray[np.float64],
    factor: float,
    tail: float,
    extra: float,
) -> NDArray[np.float64]:
    """Upper limits of shares at their effective sizes, float64, shape (events,).

    ``factor`` shrinks the size for the degrees of freedom; ``extra`` is the share of all guests
    that one more affected cluster would hold.
    """
    from scipy.special import betaincinv

    size = effective * factor
    exact = betaincinv(share * size + 1.0, (1.0 - share) * size, 1.0 - tail)
    more = np.minimum(share + extra, 1.0)
    variance = share * (1.0 - share) / effective + extra**2
    size = np.maximum(more * (1.0 - more) / variance * factor, np.finfo(np.float64).tiny)
    cautious = betaincinv(more * size, (1.0 - more) * size, 1.0 - tail)
    rare = share * effective < MINIMUM_EVENTS
    limits: NDArray[np.float64] = np.where(rare, np.fmax(exact, cautious), exact)
    return np.where(rare & (more == 1.0), 1.0, limits)
