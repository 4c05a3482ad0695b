"""Sharing out grains so that the highest pressure is as low as it can be.

Each of the grains to be shared out goes where demand / assigned is highest at that moment, the
first in order where it is equal. Done one by one that takes as many steps as grains; instead the
level theta with sum of clip(theta x demand, low, high) = total is found exactly, which is off by
less than a grain per guest, and single grains are then moved until no move would be made.
"""

import numpy as np
from numpy.typing import NDArray

__all__ = ["equalise"]

# grains; a smaller demand weighs nothing in the level, single moves still see it
_LEAST_DEMAND = 1e-9

type Grains = NDArray[np.int64]
type Floats = NDArray[np.float64]


def equalise(low: Grains, high: Grains, demand: Floats, extra: int) -> Grains:
    """Return assignments of ``sum(low) + extra`` grains with the pressures made equal.

    Parameters
    ----------
    low, high : ndarray of int64, shape (guests,), grains
        Bounds; low >= 1.
    demand : ndarray of float64, shape (guests,), grains
        What pressure is measured by.
    extra : int
        Grains to share out beyond ``low``, 0..sum(high - low).

    Returns
    -------
    ndarray of int64, shape (guests,)
        Grains.

    Examples
    --------
    >>> low, high = np.array([16, 16]), np.array([1000, 1000])
    >>> equalise(low, high, np.array([300.0, 100.0]), 168)
    array([150,  50])
    """
    total = int(low.sum()) + extra
    theta = _level(low, high, demand, total)
    level = np.clip(np.ceil(theta * demand), low, high).astype(np.int64)
    surplus = int(level.sum()) - total
    for _ in range(surplus):
        level[_lowest(level, low, demand)] -= 1
    for _ in range(-surplus):
        level[_highest(level, high, demand)] += 1
    while _move(level, low, high, demand):
        pass
    return level


def _level(low: Grains, high: Grains, demand: Floats, total: int) -> float:
    """Return theta by walking along the breakpoints of a piecewise linear function."""
    active = demand > _LEAST_DEMAND
    bends = np.concatenate([low[active] / demand[active], high[active] / demand[active]])
    slopes = np.concatenate([demand[active], -demand[active]])
    if not len(bends):
        return 0.0
    order = np.argsort(bends, kind="stable")
    bends, slope = bends[order], np.cumsum(slopes[order])
    heights = low.sum() + np.concatenate([[0.0], np.cumsum(slope[:-1] * np.diff(bends))])
    after = max(int(np.searchsorted(heights, total, side="right")) - 1, 0)
    rest = total - heights[after]
    return float(bends[after] + (rest / slope[after] if slope[after] > 0 else 0.0))


def _highest(level: Grains, high: Grains, demand: Floats) -> int:
    """Return the first guest of highest pressure that can still take a grain."""
    return int(np.argmax(np.where(level < high, demand / level, -1.0)))


def _lowest(level: Grains, low: Grains, demand: Floats) -> int:
    """Return the last guest whose last grain was given at the lowest pressure."""
    before = np.where(level > low, demand / np.maximum(level - 1, 1), np.inf)
    return len(level) - 1 - int(np.argmin(before[::-1]))


def _move(level: Grains, low: Grains, high: Grains, demand: Floats) -> bool:
    """Move one grain to where it should rather be; say whether there was one."""
    if not ((level < high).any() and (level > low).any()):
        return False
    taker, giver = _highest(level, high, demand), _lowest(level, low, demand)
    gain, loss = demand[taker] / level[taker], demand[giver] / max(level[giver] - 1, 1)
    if gain > loss or (gain == loss and taker < giver):
        level[giver] -= 1
        level[taker] += 1
        return True
    return False
