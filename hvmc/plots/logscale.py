"""Logarithmic axes with ticks that are plain numbers, for narrow ranges as for wide ones."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_DECADES_WITHOUT_STEPS = 3.2
_MOST_NARROW = 5


def limits(low: float, high: float, margin: float = 0.04) -> tuple[float, float]:
    """Widen a range by a share of its own logarithm; a single value gets 10 % each side.

    Raises
    ------
    ValueError
        If the range does not lie above zero, where a logarithm exists.

    Examples
    --------
    >>> limits(1.0, 100.0, margin=0.5)
    (0.1, 1000.0)
    """
    if not 0 < low <= high < math.inf:
        raise ValueError(f"a log axis needs 0 < low <= high < inf, got {low} and {high}")
    widen = max((high / low) ** margin, 1.0 + 1e-3 if high > low else 1.1)
    return low / widen, high * widen


def ticks(low: float, high: float) -> list[float]:
    """Return round numbers inside [low, high]: decades, 1-2-5 steps, or even steps.

    Examples
    --------
    >>> ticks(0.9, 60.0)
    [1.0, 2.0, 5.0, 10.0, 20.0, 50.0]
    >>> ticks(1.0, 1.5)
    [1.0, 1.1, 1.2, 1.3, 1.4, 1.5]
    """
    decades = math.log10(high / low)
    if decades < 0.8:
        return _even_ticks(low, high)
    steps = (1,) if decades > _DECADES_WITHOUT_STEPS else (1, 2, 5)
    exponents = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    skip = max(1, round(decades / 8)) if len(steps) == 1 else 1
    places = [s * 10.0**e for e in exponents if e % skip == 0 for s in steps]
    return [place for place in places if low <= place <= high]


def _even_ticks(low: float, high: float) -> list[float]:
    """Return multiples of 1, 2 or 5 times a power of ten, four to nine of them."""
    rough = (high - low) / 5.0
    power = 10.0 ** math.floor(math.log10(rough))
    step = min((s * power for s in (1.0, 2.0, 5.0, 10.0)), key=lambda s: abs(math.log(s / rough)))
    first = math.ceil(low / step - 1e-9)
    count = math.floor(high / step + 1e-9) - first + 1
    return [float(f"{(first + k) * step:.12g}") for k in range(count)]


def plain(value: float) -> str:
    """Write a tick as a plain number, or as a power of ten when it is very small or large.

    Examples
    --------
    >>> plain(0.001), plain(1.25), plain(1e-6)
    ('0.001', '1.25', '$10^{-6}$')
    """
    if value > 0 and not 0.99e-4 < value < 1e5:
        exponent = round(math.log10(value))
        if math.isclose(value, 10.0**exponent):
            return f"$10^{{{exponent}}}$"
    return f"{value:.6g}"


def set_log(
    ax: Axes, which: Literal["x", "y"], low: float, high: float, *, narrow: bool = False
) -> None:
    """Make an axis logarithmic from `low` to `high`, both above zero; few ticks if it is narrow."""
    from matplotlib.ticker import FixedFormatter, FixedLocator, NullFormatter

    if which == "x":
        ax.set_xscale("log")
        ax.set_xlim(low, high)
    else:
        ax.set_yscale("log")
        ax.set_ylim(low, high)
    axis = ax.xaxis if which == "x" else ax.yaxis
    major = ticks(low, high)
    if narrow and len(major) > _MOST_NARROW:
        decades = [place for place in major if math.log10(place).is_integer()]
        major = decades if len(decades) > 1 else major[:: -(-len(major) // _MOST_NARROW)]
    axis.set_major_locator(FixedLocator(major))
    axis.set_major_formatter(FixedFormatter([plain(place) for place in major]))
    axis.set_minor_locator(FixedLocator(_between(low, high)))
    axis.set_minor_formatter(NullFormatter())


def _between(low: float, high: float) -> list[float]:
    """2..9 times each power of ten inside the range, where it spans most of a decade."""
    if not 0.8 <= math.log10(high / low) <= 8:
        return []
    exponents = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    places = [s * 10.0**e for e in exponents for s in range(2, 10)]
    return [place for place in places if low <= place <= high]
