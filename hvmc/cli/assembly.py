"""From arguments to an experiment: compose, put overrides in place, multiply axes, check.

Files are composed once per combination of group choices; the levels of other axes are put in place
in process. Everything wrong with all of it is collected and told at once.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from math import prod
from typing import Any

from hvmc.cli.changes import changed, unknown_names
from hvmc.cli.choices import Choices, read_choices
from hvmc.cli.composition import Composer, Composition, Source
from hvmc.cli.interpolation import missing, resolved
from hvmc.cli.keys import (
    DESIGN_KEYS,
    EXPERIMENT_KEYS,
    Execution,
    belongs_to_experiment,
    unknown_roots,
)
from hvmc.cli.problems import BadInputError
from hvmc.experiment.settings import Experiment, Point
from hvmc.regimes.design import Design
from hvmc.scenario.settings import Problem, SettingsError, read

__all__ = ["MOST_POINTS", "Assembled", "assemble", "read_experiment"]

MOST_POINTS = 100_000


@dataclass(frozen=True)
class Assembled:
    """What a command asks for."""

    experiment: Experiment
    execution: Execution


@dataclass
class _Findings:
    """Problems, each once, with the design points they concern."""

    points: int = 0
    paths: set[str] = field(default_factory=set)
    _where: dict[str, list[str]] = field(default_factory=dict)

    def add(self, problems: Iterable[Problem | str], label: str = "") -> None:
        for problem in problems:
            self._where.setdefault(str(problem), []).append(label)
            if isinstance(problem, Problem):
                self.paths.add(problem.path)

    def raise_any(self) -> None:
        if self._where:
            raise BadInputError(self._told())

    def _told(self) -> Iterator[str]:
        for text, labels in self._where.items():
            some = labels[0] and len(labels) < self.points
            more = f" and {len(labels) - 1} more" if len(labels) > 1 else ""
            yield f"{text} (at {labels[0]}{more})" if some else text


@dataclass(frozen=True)
class _Base:
    """Settings shared by all design points with the same group choices."""

    settings: dict[str, Any]
    composition: Composition
    problems: tuple[Problem, ...]


def assemble(texts: Sequence[str], source: Source, *, multirun: bool = False) -> Assembled:
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
    findings = _Findings()
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
            return _from_points(choices, findings)
        return _from_design(choices, composer, findings)


def _from_design(choices: Choices, composer: Composer, findings: _Findings) -> Assembled:
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
    return read_experiment({**whole, "points": points}, findings)


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
        if key in here and here[key] != first[key]:
            yield Problem(
                key,
                f"differs between design points ({first[key]} and {here[key]}), but belongs to the "
                "whole experiment: run them one after another",
            )


def _from_points(choices: Choices, findings: _Findings) -> Assembled:
    """Build a saved experiment: its design points are complete and can't be changed."""
    settings: dict[str, Any] = choices.base.settings
    for override in (*choices.groups, *choices.values, *choices.axes):
        if override.key != "experiment" and not belongs_to_experiment(override.key):
            findings.add([not_changeable(override.key)])
    problems: list[Problem] = []
    for override in choices.values:
        if belongs_to_experiment(override.key):
            level = override.levels[0] if override.levels else None
            settings = changed(settings, override, level, problems)
    findings.add(problems)
    return read_experiment(
        {key: item for key, item in settings.items() if belongs_to_experiment(key)}, findings
    )


def not_changeable(key: str) -> Problem:
    """Return the problem of changing a design point of a saved experiment."""
    return Problem(
        key,
        "can't be changed: the design points of a saved experiment are complete. What can: "
        + ", ".join((*EXPERIMENT_KEYS, "jobs", "results_dir")),
    )


def read_experiment(settings: Mapping[str, Any], findings: _Findings) -> Assembled:
    """Read experiment and execution; raise what was found, and what is wrong here."""
    own = {key: item for key, item in settings.items() if key not in ("jobs", "results_dir")}
    problems: list[Problem] = []
    execution = read(
        Execution, {key: item for key, item in settings.items() if key not in own}, "", problems
    )
    try:
        experiment = read(Experiment, own, "", problems)
    except SettingsError as error:
        problems += error.problems
    told = findings.paths | ({"points"} if findings.points else set())
    findings.add(problem for problem in problems if problem.path not in told)
    findings.raise_any()
    return Assembled(experiment, execution)
