"""Design points as a figure needs them: short names, and the axes that were swept."""

from __future__ import annotations

import re
import textwrap
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hvmc.analysis.words import short_keys

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAME_WIDTH = 34
_NAME_LINES = 3
_BREAK = "\x0b"  # where a line may end


@dataclass(frozen=True, slots=True)
class Swept:
    """Names and swept axes of some design points.

    Attributes
    ----------
    names : dict
        Point -> short name, wrapped to a few lines.
    axes : dict
        Short key of a swept setting -> {point: value}.
    keys : dict
        Short key -> full key.
    """

    names: dict[int, str]
    axes: dict[str, dict[int, str]]
    keys: dict[str, str]

    def numeric(self, axis: str) -> dict[int, float] | None:
        """Values of an axis as numbers, None if one of them is not a number.

        Examples
        --------
        >>> read_design({0: {"weight": 100}, 1: {"weight": 200}}).numeric("weight")
        {0: 100.0, 1: 200.0}
        """
        try:
            return {point: float(value) for point, value in self.axes[axis].items()}
        except ValueError:
            return None

    @property
    def only_numbers(self) -> dict[int, float] | None:
        """Values of the only axis, None if there are more or they are no distinct numbers."""
        numbers = self.numeric(next(iter(self.axes))) if len(self.axes) == 1 else None
        return numbers if numbers and len(set(numbers.values())) == len(numbers) else None

    def ordered(self, axis: str) -> list[str]:
        """Values of an axis in ascending order; in the order of points if they are no numbers.

        Examples
        --------
        >>> read_design({0: {"weight": 100}, 1: {"weight": 20}}).ordered("weight")
        ['20', '100']
        """
        values = list(dict.fromkeys(value for _, value in sorted(self.axes[axis].items())))
        return values if self.numeric(axis) is None else sorted(values, key=float)


def read_design(levels: Mapping[int, Mapping[str, Any]]) -> Swept:
    """Name design points by what differs between them.

    Parameters
    ----------
    levels : mapping
        Design point -> swept setting (dotted path) to its level; the same settings in all.

    Examples
    --------
    >>> read_design({0: {"host.lps": 8, "a.x": 1}, 1: {"host.lps": 8, "a.x": 2}}).names
    {0: 'x=1', 1: 'x=2'}
    """
    every = list(dict.fromkeys(key for own in levels.values() for key in own))
    keys = [key for key in every if len({str(own.get(key)) for own in levels.values()}) > 1]
    short = dict(zip(short_keys(keys), keys, strict=True))
    axes = {
        ending: {point: str(own.get(key)) for point, own in levels.items()}
        for ending, key in short.items()
    }
    names = {
        point: shorten(
            ", ".join(f"{_spaced(ending)}={values[point]}" for ending, values in axes.items())
            or f"point {point}"
        )
        for point in levels
    }
    uses = Counter(names.values())
    told = {p: name if uses[name] == 1 else f"{p}: {name}" for p, name in names.items()}
    return Swept(told, axes, short)


def _spaced(key: str) -> str:
    return key.replace("_", " ")


def axis_words(key: str, width: int = 60) -> str:
    """Write a setting as the name of an axis: its last part in words, then the whole key.

    Parameters
    ----------
    key : str
        Dotted path.
    width : int
        Characters that fit in a line; longer names take several.

    Examples
    --------
    >>> axis_words("host.logical_processors"), axis_words("ridge")
    ('logical processors (host.logical_processors)', 'ridge')
    >>> print(axis_words("overheads.interference.slope", width=24))
    slope (overheads.
    interference.slope)
    """
    *above, last = key.split(".")
    return "\n".join(_wrapped(f"{_spaced(last)} ({key})" if above else _spaced(last), width))


def shorten(name: str) -> str:
    """Wrap a name between words and parts of keys to three lines at most, the rest cut and marked.

    Examples
    --------
    >>> shorten("x" * 200).count(chr(10))
    2
    >>> print(shorten("isolation=isolated, burst s=0.0001"))
    isolation=isolated, burst s=
    0.0001
    """
    lines = _wrapped(name, _NAME_WIDTH)
    if len(lines) > _NAME_LINES:
        lines = [*lines[: _NAME_LINES - 1], lines[_NAME_LINES - 1][: _NAME_WIDTH - 2] + " …"]
    return "\n".join(lines)


def _wrapped(text: str, width: int) -> list[str]:
    """Return lines of at most so many characters, cut between words and parts of keys."""
    places = re.sub(r"(?<=[_=/])|(?<=\.)(?=\D)", _BREAK, text)
    wrapped = textwrap.wrap(places, width, replace_whitespace=False)
    return [line.replace(_BREAK, "") for line in wrapped]
