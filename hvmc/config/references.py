"""How much ``${...}`` stands for, known before OmegaConf writes it out.

A reference to a part that holds two references, and so on, doubles at every step. Values are
counted with references written out; one is taken for the largest part of the name it ends in.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from hvmc.config.problems import wrong
from hvmc.scenario.documents import DEEPEST

__all__ = ["check_references"]

_MOST_VALUES = 100_000
_REFERENCE = re.compile(r"\$\{([^${}]*)\}")
_PARTS = re.compile(r"[^.\[\]:, ]+")


class _Size(NamedTuple):
    values: int
    steps: int


def check_references(settings: Mapping[str, Any]) -> None:
    """Check that settings stay small when their references are written out.

    Parameters
    ----------
    settings : mapping
        Plain values, some of them text with ``${...}``.

    Raises
    ------
    BadInputError
        If a setting would stand for too many values, or leads through too many references.
    """
    if "${" not in repr(settings):
        return
    sizes = _Sizes(settings)
    total = 0
    for key, item in settings.items():
        size = sizes.of(item)
        total += size.values
        if size.steps > DEEPEST:
            raise wrong(str(key), f"leads through more than {DEEPEST} references: use fewer")
        if total > _MOST_VALUES:
            told = f"stands for more than {_MOST_VALUES} values with its ${{...}} written out"
            raise wrong(str(key), f"{told}: use fewer references")


class _Sizes:
    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._named: dict[str, list[Any]] = {}
        for name, item in _items(settings):
            self._named.setdefault(name, []).append(item)
        self._known: dict[int, _Size] = {}
        self._open: set[int] = set()

    def of(self, value: Any) -> _Size:
        if isinstance(value, str) and "${" not in value:
            return _Size(1, 0)
        if not isinstance(value, Mapping | list | str):
            return _Size(1, 0)
        if id(value) not in self._known:
            if id(value) in self._open or len(self._open) > 4 * DEEPEST:
                return _Size(1, DEEPEST + 1 if len(self._open) > 4 * DEEPEST else 0)
            self._open.add(id(value))
            self._known[id(value)] = self._written_out(value)
            self._open.discard(id(value))
        return self._known[id(value)]

    def _written_out(self, value: Any) -> _Size:
        if isinstance(value, str):
            sizes = [self._referred(found) for found in _REFERENCE.findall(value)]
        else:
            sizes = [self.of(item) for _, item in _inner(value)]
        values = 1 + sum(size.values for size in sizes)
        return _Size(min(values, 10 * _MOST_VALUES), max((size.steps for size in sizes), default=0))

    def _referred(self, text: str) -> _Size:
        parts = _PARTS.findall(text)
        sizes = [self.of(item) for item in self._named.get(parts[-1] if parts else "", ())]
        values = max((size.values for size in sizes), default=1)
        return _Size(values, 1 + max((size.steps for size in sizes), default=0))


def _inner(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        yield from ((str(key), item) for key, item in value.items())
    elif isinstance(value, list):
        yield from ((str(place), item) for place, item in enumerate(value))


def _items(value: Any) -> Iterator[tuple[str, Any]]:
    for name, item in _inner(value):
        yield name, item
        yield from _items(item)
