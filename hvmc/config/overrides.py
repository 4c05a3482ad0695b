"""Command-line overrides and grids, in Hydra's own syntax.

``key=value``, ``+key=value``, ``++key=value``, ``~key``; several values by commas, ``choice()``,
``range()`` or ``glob()``, ordered by ``sort()`` or ``shuffle()``. Hydra parses; what its iterators
would do differently is done here: the steps of a range are exact decimals, and a shuffled order is
the same every time, so that the same command continues the same experiment.
"""

import math
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from hydra.core.override_parser import types
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException

from hvmc.config.problems import wrong
from hvmc.scenario.documents import DEEPEST, MOST_DIGITS

__all__ = ["MOST_LEVELS", "Override", "parse_override"]

# of an axis, and of all axes together
MOST_LEVELS = 100_000
_QUOTED = re.compile(r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"")
_SWEEPS = types.Sweep | types.Glob


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
    options : tuple of str
        What can be chosen where the key is a group; none where it is a setting.
    """

    text: str
    mark: str
    key: str
    levels: tuple[Any, ...]
    swept: bool
    options: tuple[str, ...] = ()

    @property
    def path(self) -> list[str]:
        """Components of the dotted path."""
        return self.key.split(".")

    @property
    def first(self) -> Any:
        """The first level; None for a bare ``~key``."""
        return self.levels[0] if self.levels else None

    def chosen(self, level: Any) -> str | None:
        """Return Hydra's choice of an option; null is the option none, or no choice at all."""
        if self.mark == "~":
            return self.text
        if level is None and "none" not in self.options:
            return f"~{self.key}"
        written = types.Transformer.str(level or "none")
        return f"{self.mark}{self.key}={written}"

    def forced(self, level: Any) -> str:
        """Return Hydra's change of a known key, which may be absent from the files."""
        if self.mark == "~":
            return self.text
        if self.swept:
            return f"++{self.key}={types.Transformer.str(level)}"
        return f"++{self.text.lstrip('+')}"


def parse_override(text: str, options: Callable[[str], Sequence[str]]) -> Override:
    """Read one override.

    Parameters
    ----------
    text : str
        As written.
    options : callable
        Group to its options; nothing for what is no group.

    Raises
    ------
    BadInputError
        If the text can't be read or gives no levels.
    """
    _check_size(text)
    try:
        parsed = OverridesParser.create().parse_override(text)
    except HydraException as error:
        if "=" not in text:
            raise wrong(text, f"has no value: write {text}=VALUE") from error
        reason = str(error).splitlines()[0]
        remedy = "put special characters in quotes: 'key=\"a b\"'"
        raise wrong(text, f"can't be read ({reason}): {remedy}") from error
    if not parsed.key_or_group:
        raise wrong(text, "has no name before '=': write key=value")
    marked = parsed.get_key_element()
    key = marked.lstrip("+~")
    known = tuple(options(key))
    levels = tuple(_levels(parsed, known))
    if any(isinstance(level, dict) for level in levels):
        known = ()  # host={memory_mib:1024} changes settings below host
    return Override(text, marked.removesuffix(key), key, levels, parsed.is_sweep_override(), known)


def _check_size(text: str) -> None:
    """Refuse what Hydra's recursive parser, or Python's numbers, are not made for."""
    start = f"{text[:60]}..."
    digits = max(map(len, re.findall("[0-9_]+", text)), default=0)
    if digits > MOST_DIGITS:
        raise wrong(start, f"holds a number of {digits} digits: write at most {MOST_DIGITS}")
    depth = deepest = text.partition("=")[0].count(".")
    for mark in re.findall(r"[\[({})\]]", _QUOTED.sub("", text)):
        depth += 1 if mark in "[({" else -1
        deepest = max(deepest, depth)
    if deepest > DEEPEST:
        raise wrong(start, f"is nested {deepest} deep: write at most {DEEPEST} levels")


def _levels(parsed: types.Override, options: Sequence[str]) -> list[Any]:
    value, text = parsed._value, parsed.input_line or ""
    if parsed.value_type is None:
        return []
    if isinstance(value, types.IntervalSweep):
        raise wrong(text, "has no fixed values: write range(LOW,HIGH,STEP) or a list of values")
    if isinstance(value, types.Glob):
        found = value.filter(list(options))
        if not found:
            raise wrong(
                text, "matches nothing: glob() takes the options of a group, as regime=glob(*)"
            )
        return found
    if not isinstance(value, types.ChoiceSweep | types.RangeSweep):
        return [parsed.value()]
    listed = value.list if isinstance(value, types.ChoiceSweep) else [value]
    levels = [level for item in listed for level in _expanded(item, text)]
    for place, level in enumerate(levels if len(listed) > 1 else ()):
        if level in levels[:place]:
            raise wrong(text, f"names {level} twice: leave one out")
    if value.shuffle:
        random.Random(text).shuffle(levels)
    return levels


def _expanded(item: Any, text: str) -> list[Any]:
    """Return the values of one item of a list: itself, or those of a range in it."""
    if isinstance(item, types.RangeSweep):
        return _range(item, text)
    if isinstance(item, _SWEEPS):
        raise wrong(text, "mixes glob() or choice() with values: write one list")
    return [types.Override._convert_value(item)]


def _range(sweep: types.RangeSweep, text: str) -> list[Any]:
    """Return the values of a range; decimal steps are exact, 0.3 and not 0.30000000000000004."""
    bounds = [sweep.start, sweep.stop, sweep.step]
    start, stop, step = (Decimal(str(bound)) for bound in bounds)
    finite = all(bound.is_finite() for bound in (start, stop, step))
    count = math.ceil((stop - start) / step) if finite and step else 0
    if not 0 < count <= MOST_LEVELS:
        found = "no values" if count <= 0 else f"{count} values, more than {MOST_LEVELS}"
        raise wrong(text, f"gives {found}: write range(START,STOP,STEP)")
    whole = all(isinstance(bound, int) for bound in bounds)
    return [(int if whole else float)(start + place * step) for place in range(count)]
