"""Command-line overrides and grids, in Hydra's own syntax.

``key=value``, ``+key=value``, ``++key=value``, ``~key``; several values by commas, ``choice()``,
``range()`` or ``glob()``, ordered by ``sort()`` or ``shuffle()``. A shuffled order is the same
every time, so that the same command continues the same experiment.
"""

import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from hydra.core.override_parser import types
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException

from hvmc.scenario.settings import Problem

__all__ = ["Override", "parse_override"]

MOST_LEVELS = 100_000


@dataclass(frozen=True, eq=False)
class Override:
    """One override.

    Parameters
    ----------
    text : str
        As written.
    mark : str
        Nothing, ``+``, ``++`` or ``~``.
    key : str
        A group, with its package if one was written, or the dotted path of a setting.
    levels : tuple of object
        The value, several where it is swept; none for a bare ``~key``.
    swept : bool
        Whether it was written as a sweep.
    """

    text: str
    mark: str
    key: str
    levels: tuple[Any, ...]
    swept: bool

    @property
    def path(self) -> list[str]:
        """Parts of the dotted path."""
        return self.key.split(".")


_MARKS = {
    types.OverrideType.CHANGE: "",
    types.OverrideType.ADD: "+",
    types.OverrideType.FORCE_ADD: "++",
    types.OverrideType.DEL: "~",
}


def parse_override(
    text: str, options: Callable[[str], Sequence[str]], problems: list[Problem]
) -> Override | None:
    """Read one override.

    Parameters
    ----------
    text : str
        As written.
    options : callable
        Group to its options, for ``glob()``.
    problems : list of Problem
        Extended where the text can't be read.

    Returns
    -------
    Override or None
        None where there is a problem.
    """
    try:
        parsed = OverridesParser.create().parse_override(text)
    except HydraException as error:
        problems.append(_unreadable(text, str(error)))
        return None
    if not parsed.key_or_group:
        problems.append(Problem(text, "has no name before '=': write key=value"))
        return None
    key = parsed.key_or_group + (f"@{parsed.package}" if parsed.package else "")
    before = len(problems)
    found = tuple(_levels(parsed, options, problems))
    if len(problems) > before:
        return None
    return Override(text, _MARKS[parsed.type], key, found, parsed.is_sweep_override())


def _unreadable(text: str, error: str) -> Problem:
    if "=" not in text:
        return Problem(text, f"has no value: write {text}=VALUE")
    reason = error.splitlines()[0]
    remedy = "put special characters in quotes: 'key=\"a b\"'"
    return Problem(text, f"can't be read ({reason}): {remedy}")


def _levels(
    parsed: types.Override, options: Callable[[str], Sequence[str]], problems: list[Problem]
) -> Iterator[Any]:
    kind, value, text = parsed.value_type, parsed._value, parsed.input_line or ""
    if kind is None:
        return
    if kind is types.ValueType.INTERVAL_SWEEP:
        problems.append(
            Problem(text, "has no fixed values: write range(LOW,HIGH,STEP) or a list of values")
        )
    elif isinstance(value, types.Glob):
        yield from _found(value.filter(list(options(parsed.key_or_group))), text, problems)
    elif isinstance(value, types.RangeSweep):
        yield from _shuffled(_range(value, text, problems), value.shuffle, text)
    elif isinstance(value, types.ChoiceSweep):
        levels = [item for level in value.list for item in _expanded(level, text, problems)]
        yield from _shuffled(_unique(levels, text, problems), value.shuffle, text)
    else:
        yield _bare(value)


def _expanded(level: Any, text: str, problems: list[Problem]) -> list[Any]:
    """Return the values of one item of a list: itself, or those of a range in it."""
    if isinstance(level, types.RangeSweep):
        return _range(level, text, problems)
    if isinstance(level, types.Sweep | types.Glob):
        problems.append(Problem(text, "mixes glob() or choice() with values: write one list"))
        return []
    return [_bare(level)]


def _bare(value: Any) -> Any:
    """Return a parsed value without the marks of its quotes."""
    if isinstance(value, types.QuotedString):
        return value.text
    if isinstance(value, list):
        return [_bare(item) for item in value]
    if isinstance(value, dict):
        return {_bare(key): _bare(item) for key, item in value.items()}
    return value


def _found(names: list[str], text: str, problems: list[Problem]) -> list[str]:
    if not names:
        problems.append(
            Problem(text, "matches nothing: glob() takes the options of a group, as regime=glob(*)")
        )
    return names


def _unique(levels: list[Any], text: str, problems: list[Problem]) -> list[Any]:
    for place, level in enumerate(levels):
        if level in levels[:place]:
            problems.append(Problem(text, f"names {level} twice: leave one out"))
    return levels


def _range(sweep: types.RangeSweep, text: str, problems: list[Problem]) -> list[Any]:
    """Return the values of a range; decimal steps are exact, 0.3 and not 0.30000000000000004."""
    bounds = [sweep.start, sweep.stop, sweep.step]
    start, stop, step = (Decimal(str(bound)) for bound in bounds)
    finite = all(bound.is_finite() for bound in (start, stop, step))
    count = math.ceil((stop - start) / step) if finite and step else 0
    if not 0 < count <= MOST_LEVELS:
        found = "no values" if count <= 0 else f"{count} values, more than {MOST_LEVELS}"
        problems.append(Problem(text, f"gives {found}: write range(START,STOP,STEP)"))
        return []
    whole = all(isinstance(bound, int) for bound in bounds)
    return [(int if whole else float)(start + place * step) for place in range(count)]


def _shuffled(levels: list[Any], shuffle: bool, text: str) -> list[Any]:
    if shuffle:
        random.Random(text).shuffle(levels)
    return levels
