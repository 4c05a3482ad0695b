"""Whether a criterion's verdict hangs on constants that no evidence decides.

A constant decides it where it moves who suffers (`hvmc.analysis.explained`: one without effect is
rarely seen to) and the criterion is met in one quarter of its range and failed in another, each by
an interval of the verdict's own level. Where none does alone, all that move it may do so together:
trials are ordered by what a regression on these constants expects of them, fitted without the trial
itself, and the criterion is met in the first or last quarter of trials and failed in the other.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from hvmc.analysis.assumptions import (
    QUARTERS,
    Sufferers,
    explain,
    most_moving,
    per_trial,
    quarter_of,
)
from hvmc.analysis.explained import expected_by
from hvmc.analysis.words import per_cent, short_keys

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pandas as pd

    from hvmc.analysis.intervals import Interval

    type Judge = Callable[[float, float], str]

__all__ = ["deciding_constants", "in_words", "moving_constants", "open_quarters"]

_SEVERAL = 2
_NAMES = ("lowest", "second", "third", "highest")


def moving_constants(
    guests: pd.DataFrame,
    places: pd.DataFrame,
    suffers_above: float,
    explanation: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return the places of the constants that are seen to move who suffers, the most first.

    Parameters
    ----------
    guests : DataFrame
        Outcomes of one design point and role.
    places : DataFrame
        By trial, a column per drawn constant: its place in its range.
    suffers_above : float
        Stretch above which a guest suffers.
    explanation : DataFrame, optional
        As of `hvmc.analysis.assumptions.explain`, of the same guests, where it is known.
    """
    places = places[places.index.isin(guests["trial"].unique())]
    if explanation is None:
        explanation = explain(guests, places, suffers_above=suffers_above, responses=("suffers",))
    return places[most_moving(explanation, len(places.columns))]


def deciding_constants(
    judge: Judge, guests: pd.DataFrame, moving: pd.DataFrame, suffers_above: float, level: float
) -> dict[tuple[str, ...], str]:
    """Return the constants on which a verdict hangs.

    Parameters
    ----------
    judge : callable
        Low and high of a share's interval to ``holds``, ``fails`` or another word.
    guests, moving, suffers_above
        As `moving_constants` takes and returns them.
    level : float
        That of the verdict, inside (0, 1).

    Returns
    -------
    dict of tuple of str to str
        Paths of a constant, or of those that decide together, to the shares in words.
    """
    found = dict(_alone(judge, guests, moving, suffers_above, level))
    return found or dict(_together(judge, guests, moving, suffers_above, level))


def open_quarters(
    judge: Judge, guests: pd.DataFrame, moving: pd.DataFrame, suffers_above: float, level: float
) -> dict[str, str]:
    """Return constants on which a verdict may hang, if more trials were to say so.

    In a quarter of their range the estimate is on the other side of the criterion than the share of
    all guests, by an interval that contains its limit.

    Parameters
    ----------
    judge, guests, moving, suffers_above, level
        As of `deciding_constants`.

    Returns
    -------
    dict of str to str
        Path to the quarter farthest on the other side, in words.
    """
    whole = float((guests["stretch"] > suffers_above).mean())
    side, found = judge(whole, whole), {}
    for path, quarters in _quarters(guests, moving, suffers_above, level):
        other = [
            (number, one)
            for number, one in quarters
            if judge(one.low, one.high) == "undecided" and judge(one.estimate, one.estimate) != side
        ]
        if other:
            number, one = max(other, key=lambda pair: abs(pair[1].estimate - whole))
            limits = f"{per_cent(one.low)} to {per_cent(one.high)}"
            found[path] = f"{_quarter(number, one)} of its range, {limits}"
    return found


def _quarters(
    guests: pd.DataFrame, places: pd.DataFrame, suffers_above: float, level: float
) -> Iterator[tuple[str, list[tuple[int, Interval]]]]:
    """Yield each constant with the shares in the quarters of its range that have enough trials."""
    counted = Sufferers.of(guests, places.index, suffers_above)
    for path in places:
        quarters = quarter_of(places[path])
        shares = [(number, counted.share(quarters == number, level)) for number in range(QUARTERS)]
        yield str(path), [(number, one) for number, one in shares if one.supported]


def _alone(
    judge: Judge, guests: pd.DataFrame, places: pd.DataFrame, suffers_above: float, level: float
) -> Iterator[tuple[tuple[str, ...], str]]:
    for path, quarters in _quarters(guests, places, suffers_above, level):
        seen: dict[str, list[tuple[int, Interval]]] = {"holds": [], "fails": []}
        for number, one in quarters:
            seen.setdefault(judge(one.low, one.high), []).append((number, one))
        pairs = list(product(seen["holds"], seen["fails"]))
        if pairs:
            held, failed = max(pairs, key=lambda pair: abs(pair[0][0] - pair[1][0]))
            yield (path,), f"{_quarter(*held)} of its range, {_quarter(*failed)}"


def _quarter(number: int, found: Interval) -> str:
    return f"{per_cent(found.estimate)} in the {_NAMES[number]} quarter"


def _together(
    judge: Judge, guests: pd.DataFrame, places: pd.DataFrame, suffers_above: float, level: float
) -> Iterator[tuple[tuple[str, ...], str]]:
    if len(places.columns) < _SEVERAL:
        return
    suffers = per_trial(guests, suffers_above)["suffers"]
    places = places.loc[suffers.index]
    expected = expected_by(suffers, [places[path] for path in places])
    order, count = expected.argsort(kind="stable"), len(suffers) // QUARTERS
    counted = Sufferers.of(guests, suffers.index, suffers_above)
    ends = [counted.share(end, level) for end in (order[:count], order[len(order) - count :])]
    if {judge(end.low, end.high) for end in ends} == {"holds", "fails"}:
        least, most = (per_cent(end.estimate) for end in ends)
        yield (
            tuple(map(str, places)),
            f"{least} in the quarter of hosts on which they let fewest suffer, {most} in that on "
            "which most",
        )


def in_words(found: dict[tuple[str, ...], str]) -> str:
    """Return the constants with their shares, as part of a sentence."""
    paths = list(dict.fromkeys(path for own in found for path in own))
    names = dict(zip(paths, short_keys(paths), strict=True))
    return "; ".join(
        f"{', '.join(names[path] for path in own)} ({shares})" for own, shares in found.items()
    )
