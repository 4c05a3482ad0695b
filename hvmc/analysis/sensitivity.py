"""Sobol indices: how much of a response's variance between trials each redrawn part owns.

f(A) is a trial's response; f(A_j), with part j and the luck redrawn; f(A_0), with the luck alone;
f(B), with everything redrawn and a third luck (`hvmc.regimes.redrawn`). SALib estimates

    S_j = E[f(B) (f(A_j) - f(A))] / V        (Saltelli et al. 2010),
    T_j = E[(f(A) - f(A_j))^2] / 2 V         (Jansen 1999),

V being the variance of all f(A) and f(B). T_0, the luck's total index, is what varies between runs
of one host. In every T_j it is contained, whether part j does anything or not, since a simulation
takes another course after the least change. So of a part S_j - S_0 and T_j - T_0 are told: the
first-order and the total Sobol index of what is *expected* of a host, as parts of the variance of
the response. The first is the variance of what one may expect given that part alone, the second
what is left of it where all but that part is given; the difference is what it does in combination
with others. As A_j and A_0 have the same luck, what a part leaves as it is cancels; a part without
any effect has exactly zero. Estimates may be negative.

Intervals are SALib's bootstrap over trials, which must be independent, as normal intervals with
Student's t. That the interval of a part without effect lies above zero happens in about 2.5 % of
cases (``tests/statistical/test_sobol_indices.py``).

References
----------
Saltelli et al., Variance based sensitivity analysis of model output, Computer Physics
Communications 181, 2010, 259-270. Jansen, Analysis of variance designs for model output, Computer
Physics Communications 117, 1999, 35-43. Iwanaga, Usher, Herman, Toward SALib 2.0, Socio-
Environmental Systems Modelling 4, 2022. Marrel et al., Global sensitivity analysis of stochastic
computer models with joint metamodels, Statistics and Computing 22, 2012 (luck as a factor).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from hvmc.analysis.assumptions import RESPONSES, per_trial
from hvmc.analysis.intervals import Interval, check_level, t_quantile

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike, NDArray

__all__ = ["Indices", "sensitivity", "sobol_indices"]

_RESAMPLES = 500
_SEED = 1  # of the bootstrap: the same intervals for the same results
_FEWEST = 8
_METHOD = "bootstrap over trials"


class Indices(NamedTuple):
    """First-order and total index of a part, as shares of the variance between trials."""

    first: Interval
    total: Interval


def sobol_indices(
    none: ArrayLike,
    luck: ArrayLike,
    parts: Mapping[str, ArrayLike],
    everything: ArrayLike,
    *,
    level: float = 0.95,
) -> dict[str, Indices]:
    """Estimate the indices of luck and of every part.

    Parameters
    ----------
    none, luck, everything : array_like
        Responses of the same trials with nothing, the luck and everything redrawn, float, shape
        (trials,).
    parts : mapping of str to array_like
        Of each part the responses with it and the luck redrawn, shape (trials,).
    level : float
        Coverage of the intervals, inside (0, 1).

    Returns
    -------
    dict of str to Indices
        ``luck``, then each part; nan where the response does not vary or there are no two trials.
        Intervals of fewer than 8 trials are not supported.

    Raises
    ------
    ValueError
        If the level is outside (0, 1).

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> (a, b), (c, d), (x, y, z) = (rng.normal(size=(n, 4000)) for n in (2, 2, 3))
    >>> found = sobol_indices(2 * a + c + x, 2 * a + c + y, {"a": 2 * b + c + y}, 2 * b + d + z)
    >>> round(found["a"].total.estimate, 1), round(found["luck"].total.estimate, 1)
    (0.7, 0.2)
    """
    check_level(level)
    columns = [np.asarray(values, float) for values in (none, luck, *parts.values(), everything)]
    rows, names = np.column_stack(columns), ["luck", *parts]
    trials = len(rows)
    if trials < 2 or np.ptp(rows[:, [0, -1]]) <= np.finfo(float).eps:
        unknown = _interval(math.nan, math.nan, trials, level)
        return dict.fromkeys(names, Indices(unknown, unknown))
    found = _estimated(rows, names, level)
    return {
        name: Indices(*(_interval(own[0, place], own[1, place], trials, level) for own in found))
        for place, name in enumerate(names)
    }


def _estimated(
    rows: NDArray[np.float64], names: list[str], level: float
) -> list[NDArray[np.float64]]:
    """Return estimates and standard errors of first-order and of total indices, each (2, parts)."""
    from SALib.analyze.sobol import analyze

    problem = {"num_vars": len(names), "names": names, "bounds": [[0.0, 1.0]] * len(names)}
    indices = analyze(
        problem,
        rows.reshape(-1),
        calc_second_order=False,
        num_resamples=_RESAMPLES,
        conf_level=level,
        keep_resamples=True,
        seed=_SEED,
    )
    found = []
    for kind in ("S1", "ST"):
        value, resampled = indices[kind], indices[f"{kind}_conf_all"]
        value[1:] -= value[0]
        resampled[:, 1:] -= resampled[:, :1]
        found.append(np.array([value, resampled.std(axis=0, ddof=1)]))
    return found


def _interval(estimate: float, error: float, trials: int, level: float) -> Interval:
    half = t_quantile(level, trials) * error if trials > 1 else math.inf
    return Interval(
        estimate=float(estimate),
        low=float(estimate - half),
        high=float(estimate + half),
        level=level,
        clusters=trials,
        observations=trials,
        method=_METHOD,
        supported=trials >= _FEWEST and math.isfinite(half),
    )


def sensitivity(
    outcomes: pd.DataFrame, points: Mapping[str, int], *, suffers_above: float, level: float = 0.95
) -> pd.DataFrame:
    """Return the indices of every part, by role and response.

    Parameters
    ----------
    outcomes : DataFrame
        One row per (point, trial, replication, guest).
    points : mapping of str to int
        What is redrawn (``none``, ``luck``, ``all`` and parts) to its design point.
    suffers_above : float
        Stretch above which a guest suffers.
    level : float
        Coverage of the intervals, inside (0, 1).

    Returns
    -------
    DataFrame
        Tidy: role, response (of `hvmc.analysis.assumptions.RESPONSES`), part, order (``first`` or
        ``total``), estimate, low, high, supported, idle (whether the part changes no trial) and
        trials: those in which the role has active guests at all points.
    """
    kept = outcomes[outcomes["point"].isin(list(points.values()))]
    found = []
    for role, rows in kept.groupby("role", sort=False, observed=True):
        own = {
            name: per_trial(rows[rows["point"] == point], suffers_above)
            for name, point in points.items()
        }
        for response in RESPONSES:
            wide = pd.DataFrame({name: frame[response] for name, frame in own.items()}).dropna()
            ends = [wide.pop(name).to_numpy() for name in ("none", "luck", "all")]
            indices = sobol_indices(ends[0], ends[1], dict(wide.items()), ends[2], level=level)
            for part, pair in indices.items():
                idle = part != "luck" and bool((wide[part] == ends[1]).all())
                for order, one in pair._asdict().items():
                    found.append(
                        {
                            "role": role,
                            "response": response,
                            "part": part,
                            "order": order,
                            "estimate": one.estimate,
                            "low": one.low,
                            "high": one.high,
                            "supported": one.supported,
                            "idle": idle,
                            "trials": one.clusters,
                        }
                    )
    return pd.DataFrame(found)
