"""Design points as a figure needs them: short names, and the axes that were swept.

A label such as ``population.victim.priority.weight=400, host.logical_processors=8`` is read back
into its settings. Those that all points share are dropped, keys are cut to the shortest ending
that still says which is meant, and when every point sets the same keys they become axes.
"""

from __future__ import annotations

import re
import textwrap
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hvmc.analysis.words import short_keys

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_NAME_WIDTH = 34
_NAME_LINES = 3
_BREAK = "\x0b"  # where a line may end
_SEPARATOR = re.compile(r"[,;\s]+(?=[+~]*[\w.@/]+=)")


@dataclass(frozen=True, slots=True)
class Swept:
    """Names and swept axes of some design points.

    Attributes
    ----------
    names : dict
        Point -> short name, wrapped to a few lines.
    axes : dict
        Short key of a swept setting -> {point: value}; empty where labels do not say.
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
        >>> read_design([0, 1], {0: "weight=100", 1: "weight=200"}).numeric("weight")
        {0: 100.0, 1: 200.0}
        """
        try:
            return {point: float(value) for point, value in self.axes[axis].items()}
        except ValueError:
            return None


def read_design(points: Iterable[int], labels: Mapping[int, str] | None = None) -> Swept:
    """Read names and axes of design points from their labels.

    Parameters
    ----------
    points : iterable of int
        Design points to draw.
    labels : mapping, optional
        Point -> label, ``key=value`` pairs or free text; points without one are numbered.

    Examples
    --------
    >>> labels = {0: "host.lps=8, a.weight=1", 1: "host.lps=8, a.weight=2"}
    >>> read_design([0, 1], labels).axes
    {'weight': {0: '1', 1: '2'}}
    """
    known = {int(point): (labels or {}).get(int(point), "") for point in points}
    settings = {point: read_settings(label) for point, label in known.items()}
    keys = _swept_keys(list(settings.values()))
    if not keys:
        return Swept(
            _distinct({p: shorten(text or f"point {p}") for p, text in known.items()}), {}, {}
        )
    short = dict(zip(short_keys(keys), keys, strict=True))
    axes = {
        ending: {point: pairs[key] for point, pairs in settings.items()}
        for ending, key in short.items()
    }
    names = {
        point: shorten(
            ", ".join(f"{_spaced(ending)}={values[point]}" for ending, values in axes.items())
        )
        for point in settings
    }
    return Swept(_distinct(names), axes, short)


def _spaced(key: str) -> str:
    return key.replace("_", " ")


def in_words(key: str) -> str:
    """Write a setting as the name of an axis: its last part in words, then the whole key.

    Examples
    --------
    >>> in_words("host.logical_processors"), in_words("ridge")
    ('logical processors (host.logical_processors)', 'ridge')
    """
    *above, last = key.split(".")
    return f"{_spaced(last)} ({key})" if above else _spaced(last)


def _distinct(names: dict[int, str]) -> dict[int, str]:
    """Put the number of the point before names that were cut to the same text."""
    uses = Counter(names.values())
    return {p: name if uses[name] == 1 else f"{p}: {name}" for p, name in names.items()}


def _swept_keys(settings: Sequence[dict[str, str]]) -> list[str]:
    """Keys whose value differs between points; none unless all points set the same keys."""
    if not settings or any(set(pairs) != set(settings[0]) for pairs in settings):
        return []
    return [key for key in settings[0] if len({pairs[key] for pairs in settings}) > 1]


def read_settings(label: str) -> dict[str, str]:
    """Read ``key=value`` pairs; empty if the label is anything else.

    Examples
    --------
    >>> read_settings("a.b=[1,2], c=x")
    {'a.b': '[1,2]', 'c': 'x'}
    >>> read_settings("the big one")
    {}
    """
    pairs = [piece.partition("=") for piece in _SEPARATOR.split(label.strip())]
    if not label.strip() or not all(equals and key for key, equals, _ in pairs):
        return {}
    return {key.lstrip("+~"): value for key, _, value in pairs}


def shorten(name: str) -> str:
    """Wrap a name between words and parts of keys to three lines at most, the rest cut and marked.

    Examples
    --------
    >>> shorten("x" * 200).count(chr(10))
    2
    >>> print(shorten("population.sql.priority.weight=20000"))
    population.sql.priority.weight=
    20000
    >>> print(shorten("isolation=isolated, burst s=0.0001"))
    isolation=isolated, burst s=
    0.0001
    """
    places = re.sub(r"(?<=[_=/])|(?<=\.)(?=\D)", _BREAK, name)
    wrapped = textwrap.wrap(places, _NAME_WIDTH, replace_whitespace=False)
    lines = [line.replace(_BREAK, "") for line in wrapped]
    if len(lines) > _NAME_LINES:
        lines = [*lines[: _NAME_LINES - 1], lines[_NAME_LINES - 1][: _NAME_WIDTH - 2] + " …"]
    return "\n".join(lines)
