"""From arguments to an experiment: compose, put overrides in place, multiply axes, check.

Everything wrong with all of it is collected and told at once.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import Any

from hvmc.config.compared import with_compared
from hvmc.config.composition import Composer
from hvmc.config.findings import AskedRun, Findings, read_whole
from hvmc.config.given import with_known, with_trials
from hvmc.config.grid import Grid, read_grid
from hvmc.config.interpolation import missing, resolved
from hvmc.config.overrides import MOST_LEVELS
from hvmc.config.place import placed
from hvmc.config.problems import BadInputError
from hvmc.config.question import QUESTION_KEYS, as_hydra_reads, read_question, without_question
from hvmc.config.saved import from_points
from hvmc.config.schema import (
    DESIGN_KEYS,
    EXPERIMENT_KEYS,
    belongs_to_experiment,
    unknown_roots,
)
from hvmc.config.sources import Source
from hvmc.experiment.settings import Experiment, Point
from hvmc.regimes.design import Design
from hvmc.scenario.settings import Problem, read

__all__ = ["assemble", "unknown_settings"]


def assemble(texts: Sequence[str], source: Source, *, multirun: bool = False) -> AskedRun:
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
    texts = [as_hydra_reads(text) for text in texts]
    problems: list[Problem | str] = []
    with Composer(source) as composer:
        try:
            grid = read_grid(texts, composer, multirun, problems)
        except BadInputError as error:
            raise BadInputError(dict.fromkeys(map(str, [*problems, *error.problems]))) from error
        findings.add(problems)
        if grid.base.settings.get("points") is not None:
            return _from_points(grid, composer, findings)
        return _from_design(grid, composer, findings)


def _from_design(grid: Grid, composer: Composer, findings: Findings) -> AskedRun:
    if grid.count > MOST_LEVELS:
        text = f"the grid has {grid.count} design points, more than {MOST_LEVELS}: thin it out"
        findings.add([text])
        findings.raise_any()
    findings.points = grid.count
    points: list[Point] = []
    whole: dict[str, Any] = {}
    for levels in product(*(axis.levels for axis in grid.axes)):
        problems: list[Problem | str] = []
        settings = _settings(grid, levels, composer, problems)
        if settings is not None:
            general = {key: item for key, item in settings.items() if belongs_to_experiment(key)}
            whole = whole or general
            problems += unknown_roots(settings, composer.groups())
            problems += _differences(whole, general)
            points += _point(grid, levels, settings, problems)
        findings.add(problems, grid.label(levels))
    given = [override.key.partition("@")[0] for override in (*grid.fixed, *grid.axes)]
    problems = []
    question = read_question(whole, problems)
    points, whole = with_compared(points, whole, [axis.key for axis in grid.axes], given, problems)
    findings.add(problems)
    whole = without_question(whole)
    asked = read_whole(with_trials({**whole, "points": points}, given, findings), findings)
    return replace(asked, question=question)


def _settings(
    grid: Grid, levels: Sequence[Any], composer: Composer, problems: list[Problem | str]
) -> dict[str, Any] | None:
    """Return the settings of one design point, or None where its files can't be composed."""
    try:
        composition = composer.compose(grid.choices(levels))
    except BadInputError as error:
        problems += error.problems
        return None
    changing = placed(composition.settings, grid.changes(levels), problems)
    return resolved(changing, composition.root, problems)


def _point(
    grid: Grid, levels: Sequence[Any], settings: Mapping[str, Any], problems: list[Problem | str]
) -> Iterator[Point]:
    absent = list(missing(settings))
    if absent:
        problems += absent
        return
    own = with_known({key: item for key, item in settings.items() if key in DESIGN_KEYS}, grid)
    told = {problem.path for problem in problems if isinstance(problem, Problem)}
    found: list[Problem] = []
    design = read(Design, own, "", found)
    problems += [problem for problem in found if problem.path not in told]
    if design is not None:
        factors = {axis.key: level for axis, level in zip(grid.axes, levels, strict=True)}
        yield Point(design=design, levels=factors)


def _differences(first: Mapping[str, Any], here: Mapping[str, Any]) -> Iterator[Problem]:
    for key in first:
        # repr beside !=, since nan differs from itself
        if key in here and here[key] != first[key] and repr(here[key]) != repr(first[key]):
            yield Problem(
                key,
                f"differs between design points ({first[key]} and {here[key]}), but belongs to the "
                "whole experiment: run them one after another",
            )


def _from_points(grid: Grid, composer: Composer, findings: Findings) -> AskedRun:
    """Build an experiment whose file lists its design points (a saved settings.yaml)."""
    settings = grid.base.settings
    findings.add(unknown_roots(settings, composer.groups()))
    whole = {key: item for key, item in settings.items() if belongs_to_experiment(key)}
    asks = [
        *QUESTION_KEYS,
        *([] if settings.get("report") in ("what_if", "packing") else ["variants"]),
    ]
    whole = {key: item for key, item in whole.items() if key not in asks}
    chosen = [item for item in grid.fixed if item.key != "experiment"]
    # groups first, as Hydra reads them
    chosen.sort(key=lambda item: not item.options)
    return from_points(whole, [*chosen, *grid.axes], findings)


def unknown_settings(grid: Grid, composer: Composer) -> list[Problem | str]:
    """Return the problems of overrides that name no setting, for the first design point."""
    problems: list[Problem | str] = []
    settings = composer.compose(grid.choices(grid.first)).settings
    settings = placed(settings, grid.changes(grid.first), problems)
    found: list[Problem] = []
    for cls, keys in ((Design, DESIGN_KEYS), (Experiment, EXPERIMENT_KEYS)):
        read(cls, {key: settings[key] for key in keys if key in settings}, "", found)
    problems += unknown_roots(settings, composer.groups())
    return problems + [problem for problem in found if problem.message.startswith("is not a set")]
