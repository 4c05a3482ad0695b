"""Is the measured window long enough? The same hosts and luck, measured for longer.

Every design point is compared with the longest window of its context, guest by guest
(`hvmc.analysis.comparisons`). Shares and quantiles over guests depend on the window in two ways:
what is left of the start-up, and chance, since a mean over few requests spreads more than one over
many, which widens the tails of the stretch. Both fade as the window grows. The longest window is
no infinite one: of a bias that falls as 1 / window, one four times as long still has a quarter.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from hvmc.analysis.comparisons import MARGIN, Comparison, comparisons, effect

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["SHARE_MARGIN", "Verdict", "against_longest", "judge_window"]

Verdict = Literal["enough", "short", "open"]

SHARE_MARGIN = 0.02
"""Difference of a share of guests below which a window is long enough for it."""

_WORDS: dict[str, Verdict] = {"same": "enough", "gains": "short", "pays": "short", "open": "open"}


def against_longest(
    levels: Sequence[Mapping[str, Any]], factor: str, windows_s: Sequence[float]
) -> list[Comparison]:
    """Pair each design point with the one of the longest window in its context, itself included.

    Parameters
    ----------
    levels : sequence of mapping
        Swept factor to its level, at each design point in order.
    factor : str
        The one that changes the window.
    windows_s : sequence of float
        Measured window of each design point, seconds.

    Examples
    --------
    >>> levels = [{"horizon_s": h} for h in (12.0, 42.0, 22.0)]
    >>> [one.baseline for one in against_longest(levels, "horizon_s", [10.0, 40.0, 20.0])]
    [1, 1, 1]
    """
    found = comparisons(levels, factor)
    longest: dict[str, int] = {}
    for one in found:
        best = longest.setdefault(one.context, one.point)
        if windows_s[one.point] > windows_s[best]:
            longest[one.context] = one.point
    return [replace(one, baseline=longest[one.context]) for one in found]


def judge_window(row: Mapping[str, Any]) -> Verdict:
    """Say whether a window is long enough for a metric.

    Parameters
    ----------
    row : mapping
        Of `hvmc.analysis.comparisons.compare`, against the longest window.

    Returns
    -------
    str
        ``enough``: the whole interval of the change lies within 5 % (of a share, within 2 points);
        ``short``: all of it lies outside; ``open`` otherwise, and where too few trials support it.

    Examples
    --------
    >>> ratio = {"metric": "stretch_p95", "supported": True}
    >>> judge_window({**ratio, "low": 0.99, "high": 1.03})
    'enough'
    >>> judge_window({**ratio, "low": 1.06, "high": 1.2})
    'short'
    """
    low, high = float(row["low"]), float(row["high"])
    if not row["supported"]:
        return "open"
    if row["metric"] != "suffers":
        return _WORDS[effect(low, high, MARGIN)]
    if low > SHARE_MARGIN or high < -SHARE_MARGIN:
        return "short"
    return "enough" if low >= -SHARE_MARGIN and high <= SHARE_MARGIN else "open"
