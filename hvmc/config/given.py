"""What it means that something was given: constants are known, trials are as many as that."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hvmc.config.findings import Findings
from hvmc.config.grid import Grid
from hvmc.config.schema import leaves
from hvmc.regimes.assumptions import is_place_of_any

__all__ = ["with_known", "with_trials"]

# what gives a number of trials: the setting, and the group whose options do
_NUMBERS = ("trials", "size")

# the choice of a regime is what is asked and tells no constant of it
_ASKED = "regime"


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
    found = dict.fromkeys([*known, *filter(is_place_of_any, _given(grid))])
    return {**settings, "assumptions": {**assumptions, "known": list(found)}}


def with_trials(
    settings: Mapping[str, Any], given: Sequence[str], findings: Findings
) -> Mapping[str, Any]:
    """Return an experiment's settings with the number of trials decided by what was given for it.

    Parameters
    ----------
    settings : mapping
        Plain settings of the whole experiment.
    given : sequence of str
        Keys of what was given beside the files.
    findings : Findings
        Is told where both a number and a precision were given.
    """
    precision = settings.get("precision")
    number = [key for key in given if key in _NUMBERS]
    if not number or not isinstance(precision, Mapping):
        return settings
    if any(key.partition(".")[0] == "precision" for key in given):
        findings.add(
            [
                f"{number[0]} gives exactly so many trials, precision as many as it needs: give "
                "one of them, or precision.max_trials"
            ]
        )
        return settings
    exact = {**precision, "half_width": None, "undecided_half_width": None}
    return {**settings, "precision": exact, "sizes": []}


def _given(grid: Grid) -> Iterator[str]:
    for override in (*grid.fixed, *grid.axes):
        key = override.key.partition("@")[0].replace("/", ".")
        wholes = [level for level in override.levels if isinstance(level, Mapping)]
        if override.mark != "~" and not wholes and key != _ASKED:
            yield key
        for whole in wholes:
            yield from (".".join([key, *map(str, path)]) for path, _ in leaves(whole))
