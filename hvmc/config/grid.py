"""What overrides and an experiment's grid ask for: fixed changes, and axes that are swept."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Any

from hvmc.config.composition import Composer, Composition
from hvmc.config.overrides import Override, parse_override
from hvmc.config.problems import BadInputError
from hvmc.config.schema import ROOT_KEYS, belongs_to_experiment
from hvmc.scenario.problems import Problem, nearest

__all__ = ["Grid", "parse_all", "read_grid"]

# of Hydra's own settings, those that mean something here; hydra.searchpath is read before
_HYDRA_USED = ("hydra.searchpath", "hydra.mode")
_HYDRA_REMEDY = (
    "has no effect here: results_dir= says where results go, jobs= how many processes run, and "
    "with -m key=a,b makes design points"
)


@dataclass(frozen=True)
class Grid:
    """Overrides, sorted by what they do.

    Parameters
    ----------
    fixed : tuple of Override
        Fixed choices of groups and changes of settings, in order.
    axes : tuple of Override
        Swept groups and settings: those of the experiment's file, then the command line's.
    base : Composition
        Composed with the first level of every group given.
    """

    fixed: tuple[Override, ...]
    axes: tuple[Override, ...]
    base: Composition

    @property
    def count(self) -> int:
        """Number of design points."""
        return prod(len(axis.levels) for axis in self.axes)

    @property
    def first(self) -> tuple[Any, ...]:
        """The first level of every axis."""
        return tuple(axis.first for axis in self.axes)

    def label(self, levels: Sequence[Any]) -> str:
        """Return the name of a design point."""
        pairs = zip(self.axes, levels, strict=True)
        return " ".join(f"{axis.key}={level}" for axis, level in pairs)

    def choices(self, levels: Sequence[Any]) -> tuple[str, ...]:
        """Return Hydra's choices of groups at one level of each axis."""
        chosen = (item.chosen(level) for item, level in self._pairs(levels) if item.options)
        return tuple(filter(None, chosen))

    def changes(self, levels: Sequence[Any]) -> list[tuple[Override, Any]]:
        """Return the changes of settings at one level of each axis, each with its level."""
        return [(item, level) for item, level in self._pairs(levels) if not item.options]

    def _pairs(self, levels: Sequence[Any]) -> Iterator[tuple[Override, Any]]:
        yield from ((item, item.first) for item in self.fixed)
        yield from zip(self.axes, levels, strict=True)


def parse_all(
    texts: Iterable[str], options: Callable[[str], list[str]], problems: list[Problem | str]
) -> list[Override]:
    """Read overrides; problems are extended by those that can't be read, which are left out."""
    found = []
    for text in texts:
        try:
            found.append(parse_override(text, options))
        except BadInputError as error:
            problems += error.problems
    return found


def read_grid(
    texts: Sequence[str], composer: Composer, multirun: bool, problems: list[Problem | str]
) -> Grid:
    """Read overrides and the grid of the experiment they choose.

    Parameters
    ----------
    texts : sequence of str
        Overrides, as written.
    composer : Composer
        Knows groups and composes.
    multirun : bool
        Whether every swept override is an axis; without it only those of the grid are.
    problems : list of Problem
        Extended; what is wrong is left out.

    Raises
    ------
    BadInputError
        If the configuration can't be composed.
    """
    parsed = parse_all(texts, composer.options, problems)
    hydra = [item for item in parsed if item.key.replace("/", ".").startswith("hydra.")]
    problems += [Problem(item.key, _HYDRA_REMEDY) for item in hydra if item.key not in _HYDRA_USED]
    given = _usable([item for item in parsed if item not in hydra], problems)
    groups = [item for item in given if item.options]
    base = composer.compose(list(filter(None, (item.chosen(item.first) for item in groups))))
    grid = _usable(_grid(base.grid, composer, problems), problems)
    modes = any(item.levels == ("MULTIRUN",) for item in hydra)
    axes, fixed = _sort(given, grid, multirun or modes or base.multirun, problems)
    return Grid(tuple(fixed), tuple(axes), base)


def _grid(
    grid: Mapping[str, Any], composer: Composer, problems: list[Problem | str]
) -> list[Override]:
    texts = []
    for key, levels in grid.items():
        if isinstance(levels, str | int | float):
            texts.append(f"{key}={levels}")
        else:
            kind = type(levels).__name__
            text = f"must be text such as 'a,b', got a {kind}: write {key}: a,b"
            problems.append(Problem(f"hydra.sweeper.params.{key}", text))
    return [replace(item, swept=True) for item in parse_all(texts, composer.options, problems)]


def _usable(overrides: Iterable[Override], problems: list[Problem | str]) -> list[Override]:
    """Return the overrides whose options exist; problems are extended by the others."""
    good = []
    for override in overrides:
        found = list(_group_problems(override)) if override.options else []
        problems += found
        good += [] if found else [override]
    return good


def _sort(
    given: Sequence[Override],
    grid: Sequence[Override],
    multirun: bool,
    problems: list[Problem | str],
) -> tuple[list[Override], list[Override]]:
    """Return axes and fixed overrides; those given replace an axis of the grid in its place."""
    axes = {override.key: override for override in grid}
    fixed = []
    for override in given:
        if override.mark == "~":
            axes.pop(override.key, None)
            fixed.append(override)
        elif override.key in axes or (override.swept and multirun):
            axes[override.key] = override
        elif override.swept:
            problems.append(_not_an_axis(override) or _ambiguous(override))
        else:
            fixed.append(override)
    not_axes = {key: _not_an_axis(axis) for key, axis in axes.items()}
    problems += filter(None, not_axes.values())
    return [axis for key, axis in axes.items() if not not_axes[key]], fixed


def _ambiguous(override: Override) -> Problem:
    value = override.text.partition("=")[2]
    return Problem(
        override.text,
        f"has several values: add -m to make each a design point, or write "
        f"{override.key}=[{value}] for a list",
    )


def _not_an_axis(axis: Override) -> Problem | None:
    if axis.key == "experiment":
        return Problem(axis.text, "names several experiments: run them one after another")
    if belongs_to_experiment(axis.key):
        return Problem(
            axis.text,
            f"can't differ between design points, {axis.key} belongs to the whole experiment: run "
            "one value after another",
        )
    return None


def _group_problems(override: Override) -> Iterator[Problem]:
    group, options = override.key, override.options
    if override.mark == "++":
        yield Problem(override.text, f"is a group: write {group}=OPTION")
    elif override.mark != "~":
        optional = "none" in options or group not in ROOT_KEYS
        for level in override.levels:
            for name in level if isinstance(level, list) else [level]:
                nested = isinstance(name, str) and "/" in name
                if not (name in options or (name is None and optional) or nested):
                    yield _not_an_option(group, name, options)


def _not_an_option(group: str, name: Any, options: Sequence[str]) -> Problem:
    shown = "null" if name is None else str(name)
    remedy = nearest(shown, options)
    listed = "" if remedy.startswith("known") else f" Known here: {', '.join(options)}"
    return Problem(f"{group}={shown}", f"is not an option of {group}: {remedy}{listed}")
