"""Constants that a user gives a value: they are known and not drawn."""

from collections.abc import Iterator, Mapping
from typing import Any

from hvmc.config.grid import Grid
from hvmc.config.schema import leaves
from hvmc.regimes.assumptions import is_place

__all__ = ["with_known"]


def with_known(settings: Mapping[str, Any], grid: Grid) -> Mapping[str, Any]:
    """Return the settings of a design point with what overrides and axes give as known.

    Parameters
    ----------
    settings : mapping
        Plain settings; shared with the answer as far as they stay the same.
    grid : Grid
        What was given; of a group's option all below it counts.
    """
    assumptions = settings.get("assumptions")
    if not isinstance(assumptions, Mapping) or assumptions.get("mode") != "drawn":
        return settings
    known = assumptions.get("known")
    if not isinstance(known, list | tuple):
        return settings
    found = dict.fromkeys([*known, *filter(is_place, _given(grid))])
    return {**settings, "assumptions": {**assumptions, "known": list(found)}}


def _given(grid: Grid) -> Iterator[str]:
    for override in (*grid.fixed, *grid.axes):
        key = override.key.partition("@")[0].replace("/", ".")
        wholes = [level for level in override.levels if isinstance(level, Mapping)]
        if override.mark != "~" and not wholes:
            yield key
        for whole in wholes:
            yield from (".".join([key, *map(str, path)]) for path, _ in leaves(whole))
