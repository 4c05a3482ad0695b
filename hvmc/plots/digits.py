"""Numbers written beside a figure's marks: as many digits as their interval bears."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_TWO_DIGITS_UP_TO = 3.55


def decimals(numbers: Sequence[float], most: int = 3) -> int:
    """Decimals that an interval leaves: two digits of its half width up to 3.5, else one [1]_.

    Without a bound, an estimate has three digits in all.

    Parameters
    ----------
    numbers : sequence of float
        Estimate, and the lower and upper end of its interval.
    most : int
        Never more decimals than this.

    References
    ----------
    .. [1] Particle Data Group, Review of Particle Physics, introduction, 5.3 rounding.

    Examples
    --------
    >>> decimals([81.234, 67.0, 95.0]), decimals([1.23456, 1.214, 1.254])
    (0, 3)
    """
    estimate, low, high = numbers
    reach = max(high - estimate, estimate - low)
    bounded = math.isfinite(reach) and reach > 0
    size = reach if bounded else abs(estimate)
    if not 0 < size < math.inf:
        return 0
    power = math.floor(math.log10(size))
    digits = 1 + (size / 10.0**power < _TWO_DIGITS_UP_TO) if bounded else 3
    return min(max(digits - 1 - power, 0), most)


def in_digits(numbers: Sequence[float], most: int = 3) -> list[str]:
    """Write an estimate and both ends with `decimals`; one without a bound is a question mark.

    Examples
    --------
    >>> in_digits([81.234, 67.0, 95.0]), in_digits([19.04, 9.0, math.inf])
    (['81', '67', '95'], ['19.0', '9.0', '?'])
    """
    places = decimals(numbers, most)
    return [f"{number:.{places}f}" if math.isfinite(number) else "?" for number in numbers]
