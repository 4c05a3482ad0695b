"""From arguments to an experiment: compose, put overrides in place, multiply axes, check.

Files are composed once per combination of group choices; the levels of other axes are put in place
in process. Everything wrong with all of it is collected and told at once.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Any

from hvmc.cli.changes import changed, unknown_names
from hvmc.cli.choices import Choices, read_choices
from hvmc.cli.composition import Composer, Composition
from hvmc.cli.findings import Asked, Findings, read_whole
from hvmc.cli.interpolation import missing, resolved
from hvmc.cli.keys import DESIGN_KEYS, belongs_to_experiment, unknown_roots
from hvmc.cli.problems import BadInputError
from hvmc.cli.saved import from_points
from hvmc.cli.sources import Source
from hvmc.experiment.settings import Point
from hvmc.regimes.design import Design
from hvmc.scenario.settings import Problem, read

__all__ = ["MOST_POINTS", "assemble"]

MOST_POINTS = 100_000


@dataclass(frozen=True)
class _Base:
    """Settings shared by all design points with the same group choices."""

    settings: dict[str, Any]
    composition: Composition
    problems: tuple[Problem, ...]


def assemble(texts: Sequence[str], source: Source, *, multirun: bool = False) -> Asked:
    """Build the experiment that overrides ask for.

    Parameters
    ----------
    texts : sequence of str
        Overrides, as written.
    source : Source
        Where the configuration's files are.
    multirun : bool
        Whether every swept override is an axis; without it only those of the experiment's grid.

    Raises
    ------
    BadInputError
        With everything that is wrong.
    """
    findings = Findings()
    problems: list[Problem] = []
    with Composer(source) as composer:
        try:
            choices = read_choices(texts, composer, multirun, problems)
        except BadInputError as error:
            findings.add([*problems, *error.problems])
            findings.raise_any()
            raise
        findings.add(problems)
        if choices.base.settings.get("points") is not None:
            return _from_points(choices, composer, findings)
        return _from_design(choices, composer, findings)


def _from_design(choices: Choices, composer: Composer, findings: Findings) -> Asked:
    count = prod(len(axis.levels) for axis in choices.axes)
    if count > MOST_POINTS:
        findings.add([f"the grid has {count} design points, more than {MOST_POINTS}: thin it out"])
        findings.raise_any()
    findings.points = count
    points: list[Point] = []
    whole: dict[str, Any] = {}
    bases: dict[tuple[str, ...], _Base] = {}
    for levels in product(*(axis.levels for axis in choices.axes)):
        label = " ".join(
            f"{axis.key}={level}" for axis, level in zip(choices.axes, levels, strict=True)
        )
        key = choices.group_choices(levels)
        if key not in bases:
            bases[key] = _base(choices, composer, key)
        problems: list[Problem] = []
        settings = _point_settings(bases[key], choices, levels, problems)
        general = {k: item for k, item in settings.items() if belongs_to_experiment(k)}
        whole = whole or general
        problems += unknown_roots(settings, composer.groups())
        problems += _differences(whole, general)
        absent = list(missing(settings))
        problems += absent
        if not absent:
            point = _point(choices, levels, settings, problems)
            points += [point] if point else []
        findings.add(problems, label)
    return read_whole({**whole, "points": points}, findings)


def _base(choices: Choices, composer: Composer, key: tuple[str, ...]) -> _Base:
    """Compose one combination of group choices and put the fixed overrides in place."""
    try:
        composition = composer.compose(key)
    except BadInputError as error:
        problems = tuple(Problem("", text) for text in error.problems)
        return _Base({}, choices.base, problems)
    settings = composition.settings
    problems_here: list[Problem] = []
    unknown = dict(unknown_names(settings, (*choices.values, *choices.axes)))
    problems_here += unknown.values()
    for override in choices.values:
        if override not in unknown:
            level = override.levels[0] if override.levels else None
            settings = changed(settings, override, level, problems_here)
    return _Base(settings, composition, tuple(problems_here))


def _point_settings(
    base: _Base, choices: Choices, levels: Sequence[Any], problems: list[Problem]
) -> dict[str, Any]:
    problems += base.problems
    settings = base.settings
    for axis, level in choices.value_levels(levels):
        settings = changed(settings, axis, level, problems)
    return resolved(settings, base.composition.root, problems)


def _point(
    choices: Choices, levels: Sequence[Any], settings: Mapping[str, Any], problems: list[Problem]
) -> Point | None:
    own = {key: item for key, item in settings.items() if key in DESIGN_KEYS}
    found: list[Problem] = []
    design = read(Design, own, "", found)
    told = {problem.path for problem in problems}
    problems += [problem for problem in found if problem.path not in told]
    if design is None:
        return None
    factors = {axis.key: level for axis, level in zip(choices.axes, levels, strict=True)}
    return Point(design=design, levels=factors)


def _differences(first: Mapping[str, Any], here: Mapping[str, Any]) -> Iterator[Problem]:
    for key in first:
        # repr beside !=, since nan differs from itself
        if key in here and here[key] != first[key] and repr(here[key]) != repr(first[key]):
            yield Problem(
                key,
                f"differs between design points ({first[key]} and {here[key]}), but belongs to the "
                "whole experiment: run them one after another",
            )


def _from_points(choices: Choices, composer: Composer, findings: Findings) -> Asked:
    """Build an experiment whose file lists its design points (a saved settings.yaml)."""
    settings = choices.base.settings
    findings.add(unknown_roots(settings, composer.groups()))
    whole = {key: item for key, item in settings.items() if belongs_to_experiment(key)}
    chosen = [item for item in choices.groups if item.key != "experiment"]
    return from_points(whole, [*chosen, *choices.values, *choices.axes], findings)
