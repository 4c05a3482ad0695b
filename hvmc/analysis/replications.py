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

References
----------
Quenouille, Notes on bias in estimation, Biometrika 43, 1956, 353-360.
Efron, Tibshirani, An Introduction to the Bootstrap, 1993, eqs. 10.23 and 11.5.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from hvmc.analysis.clusters import require_columns

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
