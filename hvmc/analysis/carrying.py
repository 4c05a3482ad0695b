"""Whether a host carries its guests: of each at most a share of trials may have a high stretch.

Guests that are alike (copies of one another) are judged together, all others by themselves. The
host carries them where the upper limit of every group lies at or below the share: each group is
tested at the full level, since all must pass (an intersection-union test). It breaks where the
lower limit of one lies above. A guest that could not start for want of memory suffers.

How many more a host carries is searched: 0, 1, 2, 4, ... until one fails, then by halving. That
more guests never do less harm is taken for granted. A false claim can be made at every number that
is too large, at each of its looks. Before the first false claim every such number was rejected, so
no two of them are tested after the same number of rejections: with r of them before, a test gets
1 / ((r + 1)(r + 2)) of the error, shared evenly among its looks. These sum up to the whole of it,
however the search goes.

References
----------
Berger, Multiparameter hypothesis testing and acceptance sampling, Technometrics 24, 1982, 295-300
(intersection-union tests).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from hvmc.analysis.clusters import cluster_labels
from hvmc.analysis.shares import share
from hvmc.analysis.time_parts import PART_NAMES

if TYPE_CHECKING:
    from hvmc.analysis.intervals import Interval

__all__ = [
    "Search",
    "Verdict",
    "cause_of",
    "judge_groups",
    "level_at",
    "looks",
    "risk_rows",
    "risks",
    "search",
]

Verdict = Literal["carries", "breaks", "open"]
FIRST_LOOK = 64
LOOKS = 6
"""Looks at a number of guests, at most: at 64, 128, ..., 1024 trials and at all of them."""
ERROR = 0.05


def looks(trials: int) -> list[int]:
    """Return the numbers of trials after which a number of guests is judged.

    Examples
    --------
    >>> looks(400), looks(20)
    ([64, 128, 256, 400], [20])
    """
    found = [min(FIRST_LOOK, trials)]
    while found[-1] < trials:
        found.append(min(2 * found[-1], trials) if len(found) < LOOKS - 1 else trials)
    return found


def level_at(rejections: int) -> float:
    """Return the level of the two-sided limits at a look, so that one-sided claims err as planned.

    Parameters
    ----------
    rejections : int
        Numbers of guests that were not carried, before this one.
    """
    return 1.0 - 2.0 * ERROR / ((rejections + 1) * (rejections + 2)) / LOOKS


def risks(
    outcomes: pd.DataFrame, groups: Mapping[str, str], above: float, level: float = 0.95
) -> dict[str, Interval]:
    """Return P(stretch > above) of each group of guests.

    Parameters
    ----------
    outcomes : DataFrame
        One row per (trial, replication, guest) of one design point.
    groups : mapping of str to str
        Guest to its group; a guest that is not in it is its own.
    above : float
        Stretch.
    level : float
        Coverage of the limits.
    """
    stretch = outcomes["stretch"].to_numpy(dtype=np.float64)
    absent = ~outcomes["started"].to_numpy(dtype=bool)
    rows = outcomes.assign(
        bad=(stretch > above) | absent,
        group=[groups.get(str(name), str(name)) for name in outcomes["guest"]],
    )[np.isfinite(stretch) | absent]
    found = {}
    for name, own in rows.groupby("group", sort=False):
        cut = own["censored"].to_numpy() > 0
        bad = own["bad"].to_numpy()
        found[str(name)] = share(bad, cluster_labels(own), censored=cut, level=level)
    return found


def judge_groups(found: Mapping[str, Interval], most: float) -> Verdict:
    """Say whether all groups pass, one fails, or neither is known."""
    if all(one.high <= most for one in found.values()):
        return "carries"
    return "breaks" if any(one.low > most for one in found.values()) else "open"


def cause_of(rows: pd.DataFrame, above: float) -> str:
    """Return why guests suffer: the part of time that grew most over the native run.

    Parameters
    ----------
    rows : DataFrame
        Outcomes of the guests in question, with their parts of time; those that suffer count.
    above : float
        Stretch above which they do.
    """
    absent = ~rows["started"].to_numpy(dtype=bool)
    bad = rows[(rows["stretch"].to_numpy(dtype=float) > above) & ~absent]
    if absent.sum() > len(bad):
        return "no memory left to start it"
    if bad.empty:
        return "nothing seen"
    more = {}
    for part in PART_NAMES:
        native = bad.get(f"native_time_{part}_s", 0.0)
        more[part] = float(
            ((bad[f"time_{part}_s"] - native) / bad["native_response_mean_s"]).mean()
        )
    return PART_NAMES[max(more, key=lambda part: more[part])]


def risk_rows(
    outcomes: pd.DataFrame, groups: Mapping[str, str], above: float
) -> list[dict[str, Any]]:
    """Return a row for each group of a design point: P(stretch > above) with its 95 % interval."""
    trials = int(outcomes["trial"].nunique())
    return [
        {
            "group": name,
            "estimate": one.estimate,
            "low": one.low,
            "high": one.high,
            "supported": one.supported,
            "trials": trials,
        }
        for name, one in risks(outcomes, groups, above).items()
    ]


@dataclass(frozen=True)
class Search:
    """What a search came to.

    Parameters
    ----------
    carried : int
        Largest number that is carried; -1 where not even none more is.
    fails : int
        Smallest number that is not shown to be carried; above ``most`` where none failed.
    order : tuple of int
        Numbers in the order in which they were tested.
    """

    carried: int
    fails: int
    order: tuple[int, ...]


def search(carries: Callable[[int, int], bool | None], most: int) -> Search:
    """Find the largest number that is carried, each number tested once.

    Parameters
    ----------
    carries : callable
        Called with a number of further guests and the number of rejections so far; None where that
        many can't be tested at all, which is no rejection.
    most : int
        Largest number tried.

    Examples
    --------
    >>> search(lambda n, _: n <= 11, 64)
    Search(carried=11, fails=12, order=(0, 1, 2, 4, 8, 16, 12, 10, 11))
    """
    order: list[int] = []
    carried, fails, rejections, at = -1, most + 1, 0, 0
    while carried + 1 < fails:
        answer = carries(at, rejections)
        if answer is not None:
            order.append(at)
        if answer:
            carried = at
        else:
            fails, rejections = at, rejections + (answer is not None)
        at = (carried + fails) // 2 if fails <= most else min(max(2 * at, 1), most)
    return Search(carried, fails, tuple(order))
