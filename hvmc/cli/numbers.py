"""Numbers as printed: three significant digits, no exponents, shares in per cent."""

import math

__all__ = ["amount", "figure", "percent", "size"]


def figure(value: float) -> str:
    """Return a number with three significant digits.

    Examples
    --------
    >>> [figure(value) for value in (0.0, 0.9999, 1.0281, 12.34, 104321.0, 0.00213)]
    ['0', '1.00', '1.03', '12.3', '104000', '0.00213']
    """
    if not math.isfinite(value):
        return "-" if math.isnan(value) else "inf"
    if value == 0.0:
        return "0"
    rounded = float(f"{value:.3g}")
    return f"{rounded:.{min(max(2 - math.floor(math.log10(abs(rounded))), 0), 9)}f}"


def percent(share: float) -> str:
    """Return a share in per cent, without the sign.

    Examples
    --------
    >>> [percent(share) for share in (0.0, 0.000001, 0.00034, 0.0123, 0.918, 0.9999, 1.0)]
    ['0', '<0.001', '0.034', '1.2', '91.8', '>99.9', '100']
    """
    if not math.isfinite(share):
        return "-"
    value = 100.0 * share
    if value in (0.0, 100.0):
        return f"{value:.0f}"
    if value < 0.001:
        return "<0.001"
    if value >= 99.95:
        return ">99.9"
    return f"{value:.{1 if value >= 1.0 else 1 - math.floor(math.log10(value))}f}"


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
