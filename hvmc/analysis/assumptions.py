"""What drawn constants do to who suffers, by quarter of their ranges.

A constant's *place* in a trial is the quantile of its law at which it was drawn, in [0, 1); its
*quarter* is 0 (the lowest values) to 3. A constant *moves* a response where the interval of the
variance that it explains (`hvmc.analysis.explained`) lies above zero.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from hvmc.analysis.clusters import Clusters
from hvmc.analysis.explained import COMPONENTS, Explainer
from hvmc.analysis.shares import share_of_counts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from hvmc.analysis.intervals import Interval

__all__ = [
    "COLUMNS",
    "COMPONENTS",
    "QUARTERS",
    "RESPONSES",
    "Sufferers",
    "cells",
    "corners",
    "explain",
    "leading",
    "most_moving",
    "per_trial",
    "quarter_of",
    "ranked",
]

QUARTERS = 4
RESPONSES = {"suffers": "P(suffers)", "log_stretch": "mean log stretch"}

_SCENARIO = ("lp_commitment", "memory_commitment", "own_commitment", "own_memory_commitment")
COLUMNS = ("trial", "stretch", "censored", *_SCENARIO)
"""What is read of outcomes here."""


def quarter_of(places: pd.Series | np.ndarray) -> np.ndarray:
    """Return the quarter, 0..3, of each place.

    Examples
    --------
    >>> quarter_of(np.array([0.0, 0.3, 0.99, 1.0])).tolist()
    [0, 1, 3, 3]
    """
    quarters: np.ndarray = (np.asarray(places, float) * QUARTERS).astype(np.int64)
    return quarters.clip(0, QUARTERS - 1)


def per_trial(outcomes: pd.DataFrame, suffers_above: float) -> pd.DataFrame:
    """Return the responses and commitments of each trial.

    Parameters
    ----------
    outcomes : DataFrame
        One row per (trial, replication, guest) of one design point and role.
    suffers_above : float
        Stretch above which a guest suffers.

    Returns
    -------
    DataFrame
        By trial: suffers (share of active guests), log_stretch (their mean), and commitments.
    """
    scenario = [name for name in _SCENARIO if name in outcomes]
    active = np.isfinite(outcomes["stretch"].to_numpy(float)) & (outcomes["stretch"] > 0)
    rows = outcomes.loc[active, ["trial", "stretch", *scenario]]
    rows = rows.assign(
        suffers=(rows["stretch"] > suffers_above).astype(float), log_stretch=np.log(rows["stretch"])
    )
    return rows.groupby("trial", sort=True)[[*RESPONSES, *scenario]].mean()


def explain(
    outcomes: pd.DataFrame,
    places: pd.DataFrame,
    *,
    suffers_above: float,
    responses: Sequence[str] = tuple(RESPONSES),
    level: float = 0.95,
) -> pd.DataFrame:
    """Divide the variance between trials among constants, commitments and the rest.

    Parameters
    ----------
    outcomes : DataFrame
        As of `per_trial`.
    places : DataFrame
        By trial: a column per constant.
    suffers_above : float
        Stretch above which a guest suffers.
    responses : sequence of str
        Some of `RESPONSES`.
    level : float
        Coverage of the intervals, inside (0, 1).

    Returns
    -------
    DataFrame
        Tidy: response, part (a constant's path, ``constants``, ``scenario`` or ``rest``),
        estimate, low, high, slope (sign of the constant's effect).
    """
    trials = per_trial(outcomes, suffers_above)
    trials = trials[trials.index.isin(places.index)]
    drawn = places.loc[trials.index]
    scenario = [trials[name].to_numpy() for name in _SCENARIO if name in trials]
    constants = {str(path): drawn[path].to_numpy() for path in drawn}
    inputs = Explainer(len(trials), constants, scenario)
    rows = []
    for response in responses:
        values = trials[response].to_numpy()
        parts = inputs.parts(values, level=level)
        for part, found in parts.items():
            slope = math.nan if part in COMPONENTS else _slope(drawn[part].to_numpy(), values)
            rows.append(
                {
                    "response": response,
                    "part": part,
                    "estimate": found.estimate,
                    "low": found.low,
                    "high": found.high,
                    "slope": slope,
                }
            )
    return pd.DataFrame(rows)


def _slope(places: np.ndarray, values: np.ndarray) -> float:
    if len(places) < QUARTERS:
        return math.nan
    return float(np.sign(np.mean((places - places.mean()) * (values - values.mean()))))


def ranked(explanation: pd.DataFrame) -> pd.DataFrame:
    """Return what each constant explains of who suffers, as of `explain`, the most first."""
    of_suffering = explanation["response"] == "suffers"
    own = explanation[of_suffering & ~explanation["part"].isin(COMPONENTS)]
    return own.sort_values("estimate", ascending=False, kind="stable")


def most_moving(explanation: pd.DataFrame, most: int = 2) -> list[str]:
    """Return the constants that move who suffers, those that explain most first.

    Parameters
    ----------
    explanation : DataFrame
        As of `explain`, of one group.
    most : int
        At most so many.
    """
    own = ranked(explanation)
    moving = own[own["low"] > 0.0]
    return [str(path) for path in moving["part"].head(most)]


def leading(explanation: pd.DataFrame) -> list[str]:
    """Return the two constants that explain most of who suffers, if at least one moves it."""
    moving = most_moving(explanation)
    others = (str(path) for path in ranked(explanation)["part"] if path not in moving)
    return [*moving, *others][:2] if moving else []


class Sufferers(NamedTuple):
    """How many guests of each trial suffer, shape (trials,) of those asked for.

    Attributes
    ----------
    active, seen, worst : ndarray
        float64: active guests, those that suffer, and those that may.
    """

    active: NDArray[np.float64]
    seen: NDArray[np.float64]
    worst: NDArray[np.float64]

    @classmethod
    def of(cls, outcomes: pd.DataFrame, trials: ArrayLike, suffers_above: float) -> Sufferers:
        """Count them in outcomes as of `per_trial`, for some trials."""
        stretch = outcomes["stretch"].to_numpy(float)
        wanted = pd.Index(np.asarray(trials))
        places = wanted.get_indexer(outcomes["trial"].to_numpy())
        kept = np.isfinite(stretch) & (places >= 0)
        places, seen = places[kept], stretch[kept] > suffers_above
        worst = seen | (outcomes["censored"].to_numpy()[kept] > 0)
        return cls(*(np.bincount(places, own, len(wanted)) for own in (kept[kept], seen, worst)))

    def share(self, chosen: NDArray[np.bool_] | NDArray[np.intp], level: float = 0.95) -> Interval:
        """Return the share of active guests that suffer in some of the trials."""
        active = self.active[chosen]
        there = active > 0.0
        return share_of_counts(
            self.seen[chosen][there],
            self.worst[chosen][there],
            Clusters.counted(active[there]),
            level=level,
        )


def corners(
    outcomes: pd.DataFrame,
    places: pd.DataFrame,
    explanation: pd.DataFrame,
    *,
    suffers_above: float,
    level: float = 0.95,
) -> tuple[Interval, Interval] | None:
    """Return the shares of sufferers at both ends of the constants that move them most.

    Parameters
    ----------
    outcomes, places, explanation : DataFrame
        As of `explain`, and what it returned.
    suffers_above : float
        Stretch above which a guest suffers.
    level : float
        Coverage, inside (0, 1).

    Returns
    -------
    tuple of Interval, or None
        In the quarters where least and where most suffer; None where no constant moves them.
    """
    moving = most_moving(explanation)
    if not moving:
        return None
    found = explanation[explanation["response"] == "suffers"].set_index("part")["slope"]
    guests = Sufferers.of(outcomes, places.index, suffers_above)
    ends = []
    for end in (-1.0, 1.0):
        inside = np.full(len(places), True)
        for path in moving:
            wanted = QUARTERS - 1 if end * found[path] > 0 else 0
            inside &= quarter_of(places[path]) == wanted
        ends.append(guests.share(inside, level))
    return ends[0], ends[1]


def cells(
    outcomes: pd.DataFrame,
    places: pd.DataFrame,
    *,
    suffers_above: float,
    level: float = 0.95,
) -> pd.DataFrame:
    """Return the share of sufferers by quarter of one or two constants.

    Parameters
    ----------
    outcomes : DataFrame
        As of `per_trial`.
    places : DataFrame
        By trial: one column or two.
    suffers_above : float
        Stretch above which a guest suffers.
    level : float
        Coverage, inside (0, 1).

    Returns
    -------
    DataFrame
        Tidy: down, across (quarters; across is 0 where there is one constant), estimate, low,
        high, at_least, supported, guests, trials.
    """
    quarters = np.column_stack([quarter_of(places[path]) for path in places])
    guests = Sufferers.of(outcomes, places.index, suffers_above)
    rows = []
    for down in range(QUARTERS):
        for across in range(QUARTERS if len(places.columns) > 1 else 1):
            inside = (quarters == [down, across][: len(places.columns)]).all(axis=1)
            found = guests.share(inside, level)
            rows.append(
                {
                    "down": down,
                    "across": across,
                    "estimate": found.estimate,
                    "low": found.low,
                    "high": found.high,
                    "at_least": found.at_least,
                    "supported": found.supported,
                    "guests": found.observations,
                    "trials": found.clusters,
                }
            )
    return pd.DataFrame(rows)
