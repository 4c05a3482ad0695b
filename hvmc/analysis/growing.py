"""At which load a host no longer carries its guests, and in which month.

Loads are judged in a fixed order, each end stopping at the first that is not clear, so that the
level of one holds for the end found (as in `hvmc.analysis.onset`): from the lowest up, while every
group's upper limit is at or below the share; from the highest down, while one group's lower limit
is above it. Risk is taken never to fall with load. Estimate: where the largest risk of any group,
made monotone, passes the share, on a straight line between the loads simulated.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["MONTHS", "month_of", "passing"]

MONTHS = 12


def passing(risks: pd.DataFrame, share: float) -> dict[str, float]:
    """Return the load at which the share is passed.

    Parameters
    ----------
    risks : DataFrame
        A row per load and group: x, estimate, low, high, those at 95 %.
    share : float
        Of trials.

    Returns
    -------
    dict
        estimate, inf where it is not reached, and low and high; low is 0 where not even the lowest
        load is carried for sure, high inf where not even the highest surely breaks.
    """
    loads = np.sort(risks["x"].unique())
    by = risks.groupby("x", sort=True)
    carries = (by["high"].max() <= share).to_numpy()
    breaks = (by["low"].max() > share).to_numpy()
    worst = np.maximum.accumulate(by["estimate"].max().to_numpy())
    clear = int(np.argmin(carries)) if not carries.all() else len(loads)
    broken = len(loads) - (int(np.argmin(breaks[::-1])) if not breaks.all() else len(loads))
    low = float(loads[clear - 1]) if clear else 0.0
    high = float(loads[broken]) if broken < len(loads) else math.inf
    return {"estimate": _crossing(loads, worst, share), "low": low, "high": high}


def _crossing(loads: np.ndarray, worst: np.ndarray, share: float) -> float:
    over = np.flatnonzero(worst > share)
    if not over.size:
        return math.inf
    first = int(over[0])
    if first == 0:
        return float(loads[0])
    part = (share - worst[first - 1]) / (worst[first] - worst[first - 1])
    return float(loads[first - 1] + part * (loads[first] - loads[first - 1]))


def month_of(load: float, growth_per_year: float) -> float:
    """Return the months until the load is so many times the present one.

    Examples
    --------
    >>> round(month_of(1.44, 0.20), 9), month_of(1.0, 0.20), month_of(float("inf"), 0.2)
    (24.0, 0.0, inf)
    """
    if load <= 1.0:
        return 0.0
    return MONTHS * math.log(load) / math.log1p(growth_per_year)
