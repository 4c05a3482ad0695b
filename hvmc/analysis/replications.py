"""The long-run stretch of a scenario, from several replications of it.

One run gives the stretch realised in its window. Over replications r of the same scenario, with
other luck, the long-run stretch is the ratio of mean responses

    S = sum_r m_r v_r / sum_r m_r n_r,

v = stretch x n and n being the mean responses virtual and native (adequate), m the measured
requests (the same ones in both runs). A ratio of noisy sums is biased by order 1 / R; the jackknife
removes that order: S_J = R S - (R - 1) mean_r S_(-r), S_(-r) being the ratio without replication r,
with variance (R - 1) / R * sum_r (S_(-r) - mean S_(-r))^2.

With few, very noisy runs S_J can come out far from the plain ratio, even negative. The spread of
S_J over scenarios still contains that noise; ``stretch_se`` shows how much. Between scenarios
nothing changes: the trial stays the cluster.

How much of the spread is the scenario's, how much luck: with one value x_kr per trial k and
replication r, x_kr = mean + host_k + luck_kr, the random-effects analysis of variance estimates the
variances of both from the mean squares between and within trials (``variance_split``).

References
----------
Searle, Casella, McCulloch, Variance Components, 1992, sections 3.5 and 3.6.
Quenouille, Notes on bias in estimation, Biometrika 43, 1956, 353-360.
Efron, Tibshirani, An Introduction to the Bootstrap, 1993, eqs. 10.23 and 11.5.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from hvmc.analysis.clusters import require_columns
from hvmc.analysis.intervals import Interval, check_level

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

_KEY = ["point", "trial", "guest"]
_FIRST = ["regime", "role"]
_SUMMED = ["measured", "censored", "provisioned_lp_s", "provisioned_gib_s", "native_cpu_s"]
_AVERAGED = ["throughput_per_s", "native_throughput_per_s"]
_RESPONSES = ["stretch", "sizing", "native_response_mean_s"]


class Jackknifed(NamedTuple):
    """Jackknifed ratios, one per group.

    Attributes
    ----------
    ratio, standard_error : ndarray
        float64, shape (groups,). With one replication the plain ratio and ``nan``; with none
        ``nan`` both.
    replications : ndarray
        int64, shape (groups,): pairs with two finite numbers.
    """

    ratio: NDArray[np.float64]
    standard_error: NDArray[np.float64]
    replications: NDArray[np.int64]


def jackknife_ratio(
    numerator: ArrayLike, denominator: ArrayLike, groups: ArrayLike | None = None
) -> Jackknifed:
    """Jackknife sum(numerator) / sum(denominator) over the replications in each group.

    Parameters
    ----------
    numerator, denominator : array_like
        float, shape (rows,), one row per replication. Rows with a number that is not finite are
        left out.
    groups : array_like, optional
        int, shape (rows,): group of each row, 0 .. groups - 1. Default: all in one.

    Returns
    -------
    Jackknifed
        One entry per group.

    References
    ----------
    Quenouille 1956; Efron, Tibshirani 1993, eqs. 10.23 and 11.5.

    Examples
    --------
    >>> found = jackknife_ratio([2.0, 4.0, 6.0], [1.0, 2.0, 3.0])
    >>> found.ratio.tolist(), found.standard_error.tolist(), found.replications.tolist()
    ([2.0], [0.0], [3])
    """
    top, bottom = np.asarray(numerator, np.float64), np.asarray(denominator, np.float64)
    codes = np.zeros(top.shape, np.int64) if groups is None else np.asarray(groups, np.int64)
    count = int(codes.max()) + 1 if codes.size else 0
    use = np.isfinite(top) & np.isfinite(bottom)
    top, bottom, codes = top[use], bottom[use], codes[use]
    runs = np.bincount(codes, minlength=count)
    tops = np.bincount(codes, top, minlength=count)
    bottoms = np.bincount(codes, bottom, minlength=count)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = tops / bottoms
        without = (tops[codes] - top) / (bottoms[codes] - bottom)
        centre = np.bincount(codes, without, minlength=count) / runs
        squares = np.bincount(codes, (without - centre[codes]) ** 2, minlength=count)
        error = np.sqrt((runs - 1) / runs * squares)
    several = runs > 1
    jackknifed = np.where(several, runs * ratio - (runs - 1) * centre, ratio)
    return Jackknifed(jackknifed, np.where(several, error, np.nan), runs)


def long_run(outcomes: pd.DataFrame, *, suffers_above: float = 1.25) -> pd.DataFrame:
    """Outcomes with one row per scenario and guest, holding the long-run stretch.

    Parameters
    ----------
    outcomes : DataFrame
        One row per (point, trial, replication, guest).
    suffers_above : float
        Stretch above which a guest suffers.

    Returns
    -------
    DataFrame
        One row per (point, trial, guest) in the order of first appearance, in the form of an
        outcomes frame (``replication`` is 0), so that every function of this package takes it.
        ``stretch`` and ``sizing`` are jackknifed, ``hosting`` is their quotient, so that
        stretch = sizing x hosting stays exact; ``stretch_se`` is the jackknife's standard error
        and ``replications`` the number of runs used. Counts, provisioned amounts and work are
        sums, throughputs means over the runs, ``cycle_stretch`` their quotient.

    Raises
    ------
    KeyError
        If a column is missing.
    """
    needed = [*_KEY, *_FIRST, *_SUMMED, *_AVERAGED, *_RESPONSES]
    require_columns(outcomes, needed, "the long-run stretch")
    grouped = outcomes.groupby(_KEY, sort=False, observed=True)
    rules = dict.fromkeys(_FIRST, "first") | dict.fromkeys(_SUMMED, "sum")
    result = grouped.agg(rules | dict.fromkeys(_AVERAGED, "mean")).reset_index()
    codes = grouped.ngroup().to_numpy()
    native = (outcomes["measured"] * outcomes["native_response_mean_s"]).to_numpy(np.float64)
    stretch = jackknife_ratio(native * outcomes["stretch"].to_numpy(np.float64), native, codes)
    sizing = jackknife_ratio(native * outcomes["sizing"].to_numpy(np.float64), native, codes)
    return result.assign(
        replication=0,
        replications=stretch.replications,
        stretch=stretch.ratio,
        stretch_se=stretch.standard_error,
        sizing=sizing.ratio,
        hosting=stretch.ratio / sizing.ratio,
        cycle_stretch=result["native_throughput_per_s"] / result["throughput_per_s"],
        suffers=stretch.ratio > suffers_above,
    )


def variance_split(
    values: ArrayLike, trials: ArrayLike, replications: ArrayLike, *, level: float = 0.95
) -> Interval:
    """Share of the variance that lies between hosts (inputs); the rest is luck.

    One value per trial and replication is formed first, the mean over the rows of both, so that
    guests of one host do not count as independent. Estimate by the analysis of variance,
    (MSB - MSW) / (MSB + (R - 1) MSW); interval from the F law of MSB / MSW, exact where both parts
    are normal. Both are cut to 0..1. Trials that lack a replication are left out and counted.

    Parameters
    ----------
    values : array_like
        float, shape (rows,): log stretch. Rows that are not finite are left out.
    trials, replications : array_like
        int, shape (rows,).
    level : float
        Coverage, inside (0, 1).

    Returns
    -------
    Interval
        Dimensionless; nan with fewer than two trials or replications.

    References
    ----------
    Searle, Casella, McCulloch 1992, eqs. 3.47 (estimates) and section 3.6d (interval of the ratio).

    Examples
    --------
    >>> variance_split([1.0, 1.0, 2.0, 2.0, 4.0, 4.0], [0, 0, 1, 1, 2, 2], [0, 1] * 3).estimate
    1.0
    """
    from scipy.special import fdtri

    check_level(level)
    rows = pd.DataFrame({"value": values, "trial": trials, "replication": replications})
    rows = rows[np.isfinite(rows["value"])]
    means = rows.groupby(["trial", "replication"])["value"].mean().unstack()
    table = means.dropna().to_numpy(np.float64)
    count, runs = table.shape
    ratio = np.nan
    if count > 1 and runs > 1:
        within = float(table.var(axis=1, ddof=1).mean())
        between = runs * float(table.mean(axis=1).var(ddof=1))
        ratio = between / within if within else np.inf if between else np.nan
    freedom = (max(count - 1, 1), max(count * (runs - 1), 1))
    tail = (1.0 + level) / 2.0
    ends = (ratio, ratio / fdtri(*freedom, tail), ratio * fdtri(*freedom[::-1], tail))
    estimate, low, high = (_share_between(end, runs) for end in ends)
    return Interval(
        estimate=estimate,
        low=low,
        high=high,
        level=level,
        clusters=count,
        observations=table.size,
        method="F law of the random-effects analysis of variance",
        supported=count > 2,
        excluded=len(means) - count,
    )


def _share_between(ratio: float, runs: int) -> float:
    """Turn MSB / MSW, or a limit of it, into the share of the variance between trials."""
    if np.isinf(ratio):
        return 1.0
    return float(np.clip((ratio - 1.0) / (ratio + runs - 1.0), 0.0, 1.0))
