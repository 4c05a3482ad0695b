r"""Long-run LP shares of saturated VPs with reserve, limit and weight.

L logical processors (LPs; any capacity > 0) are divided among n VPs that always have work. VP i has
a reserve :math:`a_i`, a limit :math:`b_i` with :math:`0 \le a_i \le b_i \le 1` (fractions of one
LP: a VP runs on one LP at a time) and a weight :math:`w_i > 0`. The shares x are set by one level
:math:`\lambda \ge 0`, under one of two rules for the reserve:

``floor``
    :math:`x_i = \operatorname{clip}(\lambda w_i,\ a_i,\ b_i)`: the reserve is a lower bound of
    the fair share (water-filling; the weighted max-min allocation with bounds).
``first``
    :math:`x_i = \min(b_i,\ a_i + \lambda w_i)`: reserves are granted first, what is left is
    shared by weight among all.

:math:`\lambda` makes :math:`\sum x_i = \min(L, \sum b_i)`. The sum is continuous, nondecreasing and
linear between its kinks, so the right piece is found by bisection over the finite list of kinks
and :math:`\lambda` on it by one division: no tolerance. Sums are correctly rounded (`math.fsum`),
which makes the result independent of the order of the VPs to the last bit.

Shares at most 1 with a sum at most L can always be realised by VPs moving between LPs (McNaughton's
wrap-around rule), so the fluid allocation is attainable by a scheduler, up to its grain.
Without reserves the two rules agree.

References
----------
D. Bertsekas, R. Gallager, Data Networks, 2nd ed., 1992, section 6.5.2 (max-min fairness).
R. Helgason, J. Kennington, H. Lall, A polynomially bounded algorithm for a singly
constrained quadratic program, Mathematical Programming 18, 1980, pages 338-343 (kinks; the
``floor`` shares minimise :math:`\sum x_i^2 / w_i`).
R. McNaughton, Scheduling with deadlines and loss functions, Management Science 6(1), 1959.
"""

import math
import sys
from bisect import bisect_left
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hvmc.theory._inputs import require, require_each, require_positive, vector

ReserveRule = Literal["floor", "first"]
Vector = NDArray[np.float64]

# 25 reserves of 7/25 add up to more than 7 LPs by the rounding of 7/25.
_ROUNDING = 4.0 * sys.float_info.epsilon


def saturated_shares(
    logical_processors: float,
    reserve: ArrayLike,
    limit: ArrayLike,
    weight: ArrayLike,
    *,
    rule: ReserveRule = "floor",
) -> Vector:
    """Share of one LP that each always-busy VP gets in the long run.

    A VP with a known demand below its limit is described by that demand as its limit.

    Parameters
    ----------
    logical_processors : float
        Capacity L, > 0; not whole if part of it is taken, as by the root partition.
    reserve : array_like
        Shape (n,): fractions of one LP, >= 0, with a sum of at most L.
    limit : array_like
        Shape (n,): fractions of one LP, >= reserve and <= 1.
    weight : array_like
        Shape (n,): > 0; only ratios matter.
    rule : {'floor', 'first'}
        What a reserve means.

    Returns
    -------
    ndarray
        float64, shape (n,): fractions of one LP, within reserve and limit, summing to
        min(L, sum of limits).

    Raises
    ------
    ValueError
        If shapes differ, a value is out of range or the reserves exceed the capacity.

    References
    ----------
    Bertsekas and Gallager 1992; Helgason, Kennington and Lall 1980, see the module.

    Examples
    --------
    >>> saturated_shares(2, [0, 0, 0], [1, 1, 1], [200, 100, 100]).tolist()
    [1.0, 0.5, 0.5]
    >>> saturated_shares(1, [0.5, 0, 0], [1, 1, 1], [2, 1, 1], rule="floor").tolist()
    [0.5, 0.25, 0.25]
    >>> saturated_shares(1, [0.5, 0, 0], [1, 1, 1], [2, 1, 1], rule="first").tolist()
    [0.75, 0.125, 0.125]
    """
    low, high, slope = _checked(logical_processors, reserve, limit, weight)
    require(rule in ("floor", "first"), "rule", "'floor' or 'first'", repr(rule), "choose one")
    if math.fsum(high) <= logical_processors:
        return high
    offset = np.zeros_like(low) if rule == "floor" else low
    start, end = (low - offset) / slope, (high - offset) / slope

    def shares(level: float) -> Vector:
        rising = np.clip(offset + slope * level, low, high)
        return np.where(level <= start, low, np.where(level >= end, high, rising))

    kinks = np.unique(np.concatenate([start, end]))
    above = bisect_left(kinks, logical_processors, key=lambda level: math.fsum(shares(level)))
    if above == 0:
        return low
    below = above - 1
    rising = (start <= kinks[below]) & (end >= kinks[above])
    if not rising.any():  # kinks that differ by rounding alone
        return shares(kinks[below])
    fixed = np.where(rising, offset, shares(kinks[below]))
    level = math.fsum([logical_processors, *-fixed]) / math.fsum(slope[rising])
    return shares(float(np.clip(level, kinks[below], kinks[above])))


def _checked(
    logical_processors: float, reserve: ArrayLike, limit: ArrayLike, weight: ArrayLike
) -> tuple[Vector, Vector, Vector]:
    """Reserve, limit and weight as arrays that admit an allocation."""
    require_positive("logical_processors", logical_processors, "give the capacity in LPs")
    low, high, slope = vector("reserve", reserve), vector("limit", limit), vector("weight", weight)
    sizes = (low.size, high.size, slope.size)
    rule, remedy = "as long as each other", "give one value per VP"
    require(len(set(sizes)) == 1, "reserve, limit, weight", rule, sizes, remedy)
    require_each(low >= 0.0, "reserve", ">= 0", low, "0 reserves nothing")
    require_each(high <= 1.0, "limit", "<= 1", high, "a VP runs on one LP at a time")
    remedy = "raise the limit or lower the reserve"
    pairs = [f"{b} (reserve {a})" for a, b in zip(low, high, strict=True)]
    require_each(high >= low, "limit", ">= reserve", pairs, remedy)
    positive = np.isfinite(slope) & (slope > 0.0)
    require_each(positive, "weight", "finite and > 0", slope, "the default is 100")
    total = math.fsum(low)
    rule, remedy = f"<= {logical_processors} (logical_processors)", "lower reserves or add LPs"
    fits = total <= logical_processors * (1.0 + _ROUNDING)
    require(fits, "sum of reserve", rule, total, remedy)
    return low, high, slope
