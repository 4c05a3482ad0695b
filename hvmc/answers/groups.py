"""By what an answer tells guests apart, and what stands in front of each group."""

import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hvmc.analysis.words import regime_words, short_keys

if TYPE_CHECKING:
    import pandas as pd

    from hvmc.experiment.settings import Experiment, Point

__all__ = ["Label", "groups_of", "head", "level_words", "rows_by_group"]

type Label = Callable[[Mapping[str, Any]], str]

_LABEL_WIDTH = 18


def groups_of(experiment: "Experiment") -> tuple[tuple[str, ...], Label]:
    """Return the columns that tell groups apart, and what names each: regimes, or design points."""
    points = experiment.points
    regimes = [point.regime for point in points]
    if len(set(regimes)) == len(regimes):
        titles = {point.regime: _title(point) for point in points}
        return ("regime", "role"), lambda key: _label(titles[key["regime"]], key["role"])
    levels = level_words([point.levels for point in points])

    def label(key: Mapping[str, Any]) -> str:
        point = int(key["point"])
        own = [words for factor, words in levels[point].items() if factor != "regime"]
        return "\n".join([_label(_title(points[point]), key["role"]), *own])

    return ("point", "regime", "role"), label


def level_words(levels: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Return factor to ``short key=level`` of each design point."""
    factors = list(dict.fromkeys(key for own in levels for key in own))
    short = dict(zip(factors, short_keys(factors), strict=True))
    return [{key: f"{short[key]}={level}" for key, level in own.items()} for own in levels]


def rows_by_group(
    found: "pd.DataFrame", by: Sequence[str]
) -> "Iterator[tuple[dict[str, Any], pd.DataFrame]]":
    """Yield what names each group of a tidy frame, and its rows, in order of appearance."""
    for key, rows in found.groupby(list(by), sort=False):
        yield dict(zip(by, key, strict=True)), rows


def head(name: str, width: int) -> str:
    """Return a name in lines of about a width; words and settings stay whole."""
    longest = max(len(line) for line in textwrap.wrap(name, 1, break_long_words=False))
    return textwrap.fill(" ".join(name.split()), max(width, longest))


def _title(point: "Point") -> str:
    """Return what a point's regime is called; its title may say more than its name."""
    regime = point.design.regime
    return regime_words(point.regime) if regime is None else regime.title.removesuffix(" host")


def _label(title: str, role: str) -> str:
    return head(f"{title}: {role}", _LABEL_WIDTH)
