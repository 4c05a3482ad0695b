"""Numbers as printed: at most three significant digits, fewer where the interval says no more.

Of half an interval two digits are told where they are at most 35, else one, and the estimate and
its limits are rounded to that place.

References
----------
Particle Data Group, Review of Particle Physics, Introduction, section 5.3: rounding.
"""

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hvmc.analysis.intervals import Interval

__all__ = [
    "Form",
    "amount",
    "apart",
    "beside",
    "estimate",
    "figure",
    "interval",
    "percent",
    "points",
    "size",
    "unbounded",
]

type Form = Callable[[float, float], str]

_LARGEST_OF_TWO_DIGITS = 3.55
_MOST_DECIMALS = 9
_SMALLEST = 0.01
# of a positive number, the limits apart: such an interval does not even tell the order of size
_WIDEST = 1e4


def figure(value: float, half: float = math.nan, most: int = _MOST_DECIMALS) -> str:
    """Return a number with three significant digits, or as many as half an interval allows.

    Digits before the point are kept where the interval does not speak against it; after it stand
    at most `most`.

    Examples
    --------
    >>> [figure(value) for value in (0.0, 0.9999, 1.0281, 12.34, 104321.0, 0.00213)]
    ['0', '1.00', '1.03', '12.3', '104000', '0.00213']
    >>> figure(123.4, 14.0), figure(1.0281, 0.44), figure(12.34, 0.01), figure(0.0004, 0.5)
    ('123', '1.0', '12.3', '0')
    >>> figure(2048.0, 0.0), figure(1795.0, 59.0)
    ('2048', '1800')
    """
    if not math.isfinite(value):
        return "-" if math.isnan(value) else "inf"
    if value == 0.0:
        return "0"
    finest = 2 - _exponent(float(f"{value:.3g}"))
    if math.isfinite(half):
        finest = max(finest, 0)
    return _rounded(value, min(finest, _place(half), most))


def percent(share: float, half: float = math.nan) -> str:
    """Return a share in per cent, without the sign.

    Examples
    --------
    >>> [percent(share) for share in (0.0, 0.000001, 0.00034, 0.0123, 0.918, 0.9999, 1.0)]
    ['0', '<0.001', '0.034', '1.2', '91.8', '>99.9', '100']
    >>> percent(0.918, 0.06), percent(0.999, 0.06), percent(0.001, 0.06)
    ('92', '>99', '<1')
    """
    if not math.isfinite(share):
        return "-"
    value = 100.0 * share
    if value in (0.0, 100.0):
        return f"{value:.0f}"
    finest = 1 if value >= 1.0 else min(1 - _exponent(value), 3)
    decimals = max(min(finest, _place(100.0 * half)), 0)
    step = 10.0**-decimals
    if value < step / 2:
        return f"<{step:.{decimals}f}"
    if value >= 100.0 - step / 2:
        return f">{100.0 - step:.{decimals}f}"
    return f"{value:.{decimals}f}"


def points(share: float, half: float = math.nan) -> str:
    """Return a difference of shares in points of per cent, with its sign.

    Examples
    --------
    >>> points(0.0312), points(-1.0), points(0.0), points(0.0312, 0.2)
    ('+3.1', '-100', '0', '+3')
    """
    decimals = 0 if abs(share) == 1.0 else max(min(1, _place(100.0 * half)), 0)
    value = round(100.0 * share, decimals)
    return f"{value:+.{decimals}f}" if value else "0"


def estimate(
    found: "Mapping[str, Any] | Interval",
    form: Form = figure,
    *,
    unit: float = 1.0,
    join: str = "-",
    before: str = "",
    lines: str = "\n",
) -> str:
    """Return an estimate above its interval: the one way in which they are printed.

    Parameters
    ----------
    found : mapping or Interval
        With estimate, low and high; at_least and supported where there are such.
    form : callable
        Writes a value, given half the interval.
    unit : float
        Factor to the printed unit.
    join : str
        Between the limits, as of `interval`.
    before : str
        In front of the estimate.
    lines : str
        Between estimate and interval.

    Returns
    -------
    str
        ``-`` without data; ``>=`` in front of what is at least that, ``*`` behind what is not
        supported. Without an interval where its lower limit is nan.

    Examples
    --------
    >>> estimate({"estimate": 1.028, "low": 0.9, "high": 1.2}, lines=" ")
    '1.03 0.90-1.20'
    >>> estimate({"estimate": 2.0, "low": 1.0, "high": float("inf")}, lines=" ")
    '2.0 >= 1.0'
    >>> estimate({"estimate": 0.93, "low": 0.17, "high": 0.99999}, percent, lines=" ")
    '93 17 to >99'
    """
    value, limits = apart(found, form, unit=unit, join=join, before=before)
    return f"{value}{lines}{limits}" if limits else value


def apart(
    found: "Mapping[str, Any] | Interval",
    form: Form = figure,
    *,
    unit: float = 1.0,
    join: str = "-",
    before: str = "",
) -> tuple[str, str]:
    """Return the two lines of `estimate`; the second is empty where it has one.

    Examples
    --------
    >>> apart({"estimate": 0.918, "low": 0.85, "high": 0.97, "supported": False}, percent)
    ('92*', '85-97')
    """
    read = found if isinstance(found, Mapping) else {n: getattr(found, n) for n in found.__slots__}
    value, low, high = (unit * float(read[name]) for name in ("estimate", "low", "high"))
    if math.isnan(value):
        return "-", ""
    half = _half_width(value, low, high)
    least = ">=" if read.get("at_least", False) else ""
    mark = "" if read.get("supported", True) else "*"
    own = half if value == 0.0 else min(half, 5.0 * 10.0 ** _exponent(value))
    head = f"{least}{before}{form(value, own)}{mark}"
    if math.isnan(low):
        return head, ""
    return head, interval(low, high, lambda end: form(end, half), join)


def interval(low: float, high: float, write: Callable[[float], str], join: str = "-") -> str:
    """Return the limits of an interval, or the one that there is.

    Parameters
    ----------
    low, high : float
        Infinite where the data do not bound; of what cannot be negative, 0 bounds nothing, and
        limits four powers of ten apart, above a share's 1, bound neither.
    write : callable
        Writes a limit.
    join : str
        Between the limits; where it is a dash, `` to `` beside a sign: ``17 to >99``.

    Examples
    --------
    >>> inf = float("inf")
    >>> [interval(*ends, str) for ends in ((1, 2), (-1, 2), (1, inf), (-inf, 2), (0, inf))]
    ['1-2', '-1 to 2', '>= 1', '<= 2', '?']
    >>> interval(1e-7, 6e8, str)
    '?'
    """
    if math.isinf(high):
        return f">= {write(low)}" if low > 0.0 else "?"
    if math.isinf(low):
        return f"<= {write(high)}"
    if high > 1.0 and 0.0 < low < high / _WIDEST:
        return "?"
    limits = [write(low), write(high)]
    signs = any(limit[0] in "-+<>" for limit in limits)
    return (" to " if join == "-" and signs else join).join(limits)


def beside(found: "Mapping[str, Any]", unit: float = 1.0) -> str:
    """Return an estimate with half its interval beside it, for narrow columns.

    Examples
    --------
    >>> beside({"estimate": 0.0784, "low": 0.05, "high": 0.1068}, 100.0)
    '7.8 +-2.8'
    """
    value, half = unit * found["estimate"], unit * (found["high"] - found["low"]) / 2.0
    least = ">=" if found.get("at_least", False) else ""
    if math.isnan(value):
        return "-"
    if value < _SMALLEST:
        return "0" if value == 0.0 else f"<{_SMALLEST}"
    decimals = max(min(2, 2 - _exponent(float(f"{value:.3g}")), _place(half)), 0)
    written = f"{least}{figure(value, half, 2)}"
    if not math.isfinite(half):
        return f"{written} +-?"
    coarse = half >= 10.0
    return f"{written} +-{figure(half, half) if coarse else f'{half:.{decimals}f}'}"


def _half_width(value: float, low: float, high: float) -> float:
    """Return half an interval, or its bounded side; nan where the data bound none."""
    sides = [side for side in (value - low, high - value) if math.isfinite(side)]
    return sum(sides) / len(sides) if sides else math.nan


def unbounded(found: Mapping[str, Any]) -> bool:
    """Tell whether an interval does not hold as stated: not supported, or without a limit."""
    return not found["supported"] or math.isinf(found["high"] - found["low"])


def amount(count: int, thing: str) -> str:
    """Return a count with its noun.

    Examples
    --------
    >>> amount(1, "trial"), amount(1200, "trial")
    ('1 trial', '1200 trials')
    """
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


def size(count: float) -> str:
    """Return a number of bytes with its unit.

    Examples
    --------
    >>> size(512), size(12_345_678)
    ('512 B', '12.3 MB')
    """
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{figure(count) if unit != 'B' else round(count)} {unit}"
        count /= 1000
    return f"{figure(count)} TB"


def _exponent(value: float) -> int:
    return math.floor(math.log10(abs(value)))


def _place(half: float) -> int:
    """Decimals that half an interval leaves meaningful; many where there is none."""
    if not math.isfinite(half) or half <= 0.0:
        return _MOST_DECIMALS
    exponent = _exponent(half)
    return (1 if half < _LARGEST_OF_TWO_DIGITS * 10.0**exponent else 0) - exponent


def _rounded(value: float, decimals: int) -> str:
    text = f"{round(value, decimals):.{min(max(decimals, 0), _MOST_DECIMALS)}f}"
    return text if float(text) else "0"
