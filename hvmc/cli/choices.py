"""What overrides and an experiment's grid ask for: fixed changes, and axes that are swept."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hvmc.cli.composition import Composer, Composition
from hvmc.cli.keys import ROOT_KEYS, belongs_to_experiment
from hvmc.cli.overrides import Override, parse_override
from hvmc.scenario.settings import Problem, nearest

__all__ = ["Choices", "read_choices"]

# of Hydra's own settings, those that mean something here; hydra.searchpath is read before
_HYDRA_USED = ("hydra.searchpath", "hydra.mode")
_HYDRA_REMEDY = (
    "has no effect here: results_dir= says where results go, jobs= how many processes run, and "
    "with -m key=a,b makes design points"
)


@dataclass(frozen=True)
class Choices:
    """Overrides, sorted by what they do.

    Parameters
    ----------
    groups, values : tuple of Override
        Fixed choices of groups; fixed changes of settings, in order.
    axes : tuple of Override
        Swept groups and settings: the grid's, then the command line's.
    base : Composition
        Composed with the first level of every axis.
    """

    groups: tuple[Override, ...]
    values: tuple[Override, ...]
    axes: tuple[Override, ...]
    base: Composition
    _swept_groups: frozenset[str]
    _options: Callable[[str], list[str]]

    def group_choices(self, levels: Sequence[Any]) -> tuple[str, ...]:
        """Return Hydra's overrides for one level of each axis."""
        swept = [
            _choice(axis, level, self._options)
            for axis, level in zip(self.axes, levels, strict=True)
            if axis.key in self._swept_groups
        ]
        return (*_fixed_choices(self.groups, self._options), *filter(None, swept))

    def value_levels(self, levels: Sequence[Any]) -> list[tuple[Override, Any]]:
        """Return the axes that are settings, each with its level."""
        pairs = zip(self.axes, levels, strict=True)
        return [(axis, level) for axis, level in pairs if axis.key not in self._swept_groups]


def read_choices(
    texts: Sequence[str], composer: Composer, multirun: bool, problems: list[Problem]
) -> Choices:
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
        Extended; what is wrong is left out of the choices.
    """

    def is_group(override: Override) -> bool:
        named = not any(isinstance(level, dict) for level in override.levels)
        return named and bool(composer.options(override.key))

    def usable(override: Override | None) -> bool:
        if override is None:
            return False
        found = list(_group_problems(override, composer)) if is_group(override) else []
        problems.extend(found)
        return not found

    parsed = [parse_override(text, composer.options, problems) for text in texts]
    hydra, own = _split_hydra([item for item in parsed if item is not None], problems)
    given = [override for override in own if usable(override)]
    multirun = multirun or any(item.levels == ("MULTIRUN",) for item in hydra)
    known = [override for override in given if is_group(override) and override.levels]
    first = [_choice(override, override.levels[0], composer.options) for override in known]
    deleted = [item.text for item in given if is_group(item) and not item.levels]
    base = composer.compose([*deleted, *filter(None, first)])
    grid = [item for item in _grid(base.grid, composer, problems) if usable(item)]
    axes, fixed = _sort(given, grid, multirun or base.multirun, problems)
    return Choices(
        groups=tuple(override for override in fixed if is_group(override)),
        values=tuple(override for override in fixed if not is_group(override)),
        axes=tuple(axes),
        base=base,
        _swept_groups=frozenset(axis.key for axis in axes if is_group(axis)),
        _options=composer.options,
    )


def _split_hydra(
    overrides: Sequence[Override], problems: list[Problem]
) -> tuple[list[Override], list[Override]]:
    hydra = [item for item in overrides if item.key.replace("/", ".").startswith("hydra.")]
    problems.extend(
        Problem(item.key, _HYDRA_REMEDY) for item in hydra if item.key not in _HYDRA_USED
    )
    return hydra, [item for item in overrides if item not in hydra]


def _grid(grid: Mapping[str, Any], composer: Composer, problems: list[Problem]) -> list[Override]:
    found = []
    for key, levels in grid.items():
        if not isinstance(levels, str | int | float):
            kind = type(levels).__name__
            text = f"must be text such as 'a,b', got a {kind}: write {key}: a,b"
            problems.append(Problem(f"hydra.sweeper.params.{key}", text))
            continue
        override = parse_override(f"{key}={levels}", composer.options, problems)
        if override is not None:
            found.append(replace(override, swept=True))
    return found


def _sort(
    given: Sequence[Override],
    grid: Sequence[Override],
    multirun: bool,
    problems: list[Problem],
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
    good = []
    for axis in axes.values():
        problem = _not_an_axis(axis)
        if problem:
            problems.append(problem)
        else:
            good.append(axis)
    return good, fixed


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


def _fixed_choices(groups: Sequence[Override], options: Callable[[str], list[str]]) -> list[str]:
    found = [
        _choice(override, override.levels[0], options) if override.levels else override.text
        for override in groups
    ]
    return [choice for choice in found if choice]


def _choice(override: Override, level: Any, options: Callable[[str], list[str]]) -> str | None:
    """Return Hydra's override for an option; null is the option none, or no choice at all."""
    if override.mark == "~":
        return override.text
    if level is None and "none" not in options(override.key):
        return f"~{override.key}"
    names = level if isinstance(level, list) else [level or "none"]
    written = ",".join(str(name) for name in names)
    value = f"[{written}]" if isinstance(level, list) else written
    return f"{override.mark}{override.key}={value}"


def _group_problems(override: Override, composer: Composer) -> list[Problem]:
    group, options = override.key, composer.options(override.key)
    if override.mark == "++":
        return [Problem(override.text, f"is a group: write {group}=OPTION")]
    if override.mark == "~":
        return []
    found = []
    for level in override.levels:
        for name in level if isinstance(level, list) else [level]:
            optional = "none" in options or group not in ROOT_KEYS
            nested = isinstance(name, str) and "/" in name
            if not (name in options or (name is None and optional) or nested):
                found.append(_not_an_option(group, name, options))
    return found


def _not_an_option(group: str, name: Any, options: list[str]) -> Problem:
    shown = "null" if name is None else str(name)
    remedy = nearest(shown, options)
    listed = "" if remedy.startswith("known") else f" Known here: {', '.join(options)}"
    return Problem(f"{group}={shown}", f"is not an option of {group}: {remedy}{listed}")
