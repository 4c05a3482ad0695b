"""Packing: how many more guests of a kind a host carries, searched for by simulation.

Each number of further guests is a design point of its own under the same luck, tested at 64, 128,
256, ... trials until it is known (`hvmc.analysis.carrying`). What was simulated for the search is
the result: the points tested, in their order, each with the trials that it took.
"""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from hvmc.analysis.carrying import judge_groups, level_at, looks, risks, search
from hvmc.experiment.folder import folder_of
from hvmc.experiment.settings import Experiment, Point, Precision
from hvmc.experiment.target import parse_target
from hvmc.experiment.variant import PRESENT, Variant, concrete, largest
from hvmc.experiment.what_if import FACTOR, only_point
from hvmc.regimes.changes import additions
from hvmc.regimes.design import Design
from hvmc.regimes.further import further_guests, of_kind
from hvmc.scenario.settings import SettingsError

if TYPE_CHECKING:
    import pandas as pd

    from hvmc.experiment.results import Results

__all__ = ["ADDED", "MOST", "alike", "pack"]

ADDED = "added"
MOST = 64
"""Most further guests tried."""

_COLUMNS = ["point", "trial", "replication", "guest", "stretch", "started", "censored"]


def alike(design: Design) -> dict[str, str]:
    """Return each named guest's group: guests that differ in nothing but the name, by the first.

    Where they all have one role, the group is called by it.
    """
    guests = [*design.explicit, *further_guests(design.explicit, additions(design.changes))]
    first: dict[object, list[str]] = {}
    roles: dict[str, str] = {}
    for guest in guests:
        first.setdefault(guest.replace(name="x"), []).append(guest.name)
        roles[guest.name] = guest.role
    found: dict[str, str] = {}
    for names in first.values():
        role = roles[names[0]]
        of_role = [name for name, other in roles.items() if other == role]
        called = role if len(names) > 1 and set(of_role) == set(names) else names[0]
        found |= dict.fromkeys(names, called)
    return found


def pack(
    experiment: Experiment,
    kind: str,
    variants: Sequence[Variant],
    simulate: Callable[[Experiment], "Results"],
    tell: Callable[[str], None],
    results_dir: str | Path = "results",
) -> Experiment:
    """Search how many more guests of a kind the host carries, at present and in each variant.

    Parameters
    ----------
    experiment : Experiment
        Of one design point, a host whose guests are named; ``target`` says what must hold,
        ``trials`` how many there are of a number of guests at most.
    kind : str
        Name or role.
    variants : sequence of Variant
        Settings under which the search is made again, for the group that breaks first at present.
    simulate : callable
        Runs an experiment of one design point.
    tell : callable
        Is told of each number that was tested.
    results_dir : path
        Where ``simulate`` puts results; folders of single numbers are deleted in the end.

    Returns
    -------
    Experiment
        All points tested, with their trials; ``simulate`` of it finds them stored.

    Raises
    ------
    SettingsError
        If there is no such kind, or the experiment is another.
    """
    present = only_point(experiment, "packing").design
    of_kind(present.explicit, kind)
    searched = _Search(experiment, kind, simulate, tell, results_dir)
    searched.run(PRESENT, lambda _: ())
    for variant in variants:
        searched.run(variant.name, partial(_changes, present, kind, variant, searched))
    found = replace(
        experiment,
        question=f"How many more of {kind} does this host carry?",
        report="packing",
        packing=kind,
        points=tuple(searched.points),
        variants=tuple(variants),
        precision=Precision(),
    ).sized(searched.sizes)
    simulate(found)
    for folder in searched.scratch:
        if folder != folder_of(found, results_dir):
            shutil.rmtree(folder, ignore_errors=True)
    return found


def _changes(
    present: Design, kind: str, variant: Variant, searched: "_Search", count: int
) -> list[str]:
    """Return a variant's changes with so many further guests, for the group that breaks first."""
    groups = alike(_with(present, (), kind, count))
    victims = [name for name, group in groups.items() if group == searched.worst]
    big = largest(present, searched.experiment.seed, victims)
    return list(concrete(variant, list(groups), victims, big))


class _Search:
    """Searches of one host, one after another."""

    def __init__(
        self,
        experiment: Experiment,
        kind: str,
        simulate: Callable[[Experiment], "Results"],
        tell: Callable[[str], None],
        results_dir: str | Path,
    ) -> None:
        self.experiment, self.kind = experiment, kind
        self.simulate, self.tell, self.results_dir = simulate, tell, results_dir
        self.scratch: list[Path] = []
        self.points: list[Point] = []
        self.sizes: list[int] = []
        self.target = parse_target(experiment.target)
        self.worst = ""

    def run(self, name: str, changes: Callable[[int], Sequence[str]]) -> None:
        """Search under one variant."""
        failing: dict[int, str] = {}

        def carries(count: int, rejections: int) -> bool | None:
            try:
                design = _with(self.experiment.points[0].design, changes(count), self.kind, count)
            except SettingsError as error:
                self.tell(f"{name}: {count} more can't be: {error.problems[0]}")
                return None
            passed, worst = self._test(name, count, design, rejections)
            if not passed:
                failing[count] = worst
            return passed

        found = search(carries, MOST)
        if not self.worst and found.fails in failing:
            self.worst = failing[found.fails]

    def _test(self, name: str, count: int, design: Design, rejections: int) -> tuple[bool, str]:
        point = Point(design=design, levels={FACTOR: name, ADDED: count})
        groups = alike(design)
        base = self.experiment
        for size in looks(base.trials):
            one = replace(
                base,
                points=(point,),
                sizes=(),
                trials=size,
                report="points",
                compare="",
                packing="",
                target=Experiment.target,
                precision=Precision(),
            )
            folder = folder_of(one, self.results_dir)
            if not folder.exists():
                self.scratch.append(folder)
            results = self.simulate(one)
            found = risks(
                self._outcomes(results, size), groups, self.target.above, level_at(rejections)
            )
            worst = max(found, key=lambda group: found[group].estimate)
            verdict = judge_groups(found, self.target.share)
            if verdict != "open":
                break
        self.points.append(point)
        self.sizes.append(size)
        risk = 100.0 * found[worst].estimate
        self.tell(f"{name}, {count} more: {verdict} at {size} trials ({worst}: {risk:.3g} %)")
        return verdict == "carries", worst

    def _outcomes(self, results: "Results", size: int) -> "pd.DataFrame":
        rows = results.trials(columns=_COLUMNS)
        return rows[rows["trial"] < size]


def _with(design: Design, changes: Sequence[str], kind: str, count: int) -> Design:
    more = (f"guests.{kind}+={count}",) if count else ()
    return design.replace(changes=(*design.changes, *more, *changes))
