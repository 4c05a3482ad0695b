"""What if: design points of one host as it is, and changed in named ways."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from hvmc.experiment.settings import Experiment, Point
from hvmc.experiment.variant import PRESENT, WORDS, Variant, concrete, largest, meets
from hvmc.regimes.changes import ALL, parse_change
from hvmc.regimes.design import Design
from hvmc.scenario.settings import Problem, SettingsError, nearest

__all__ = ["FACTOR", "VariantExperiment", "check_variants", "costs", "only_point", "with_variants"]

FACTOR = "what_if"
_SAMPLED = 64


class VariantExperiment(NamedTuple):
    """An experiment of variants, and what it leaves out.

    Parameters
    ----------
    experiment : Experiment
        The present is its first design point.
    left_out : dict of str to str
        Variant that can't be compared to why not.
    """

    experiment: Experiment
    left_out: dict[str, str]


def only_point(experiment: Experiment, what: str) -> Point:
    """Return the design point of an experiment that has one, of a host whose guests are named.

    Raises
    ------
    SettingsError
        If it has several, or guests that are drawn.
    """
    points = experiment.points
    design = points[0].design
    if design.regime is not None or design.trace is not None:
        text = (
            f"needs a host whose guests are named, got a drawn one ({points[0].regime}): give a "
            "file as hvmc fit writes it"
        )
        raise SettingsError([Problem(what, text)])
    if len(points) > 1:
        text = f"needs one design point to start from, got {len(points)}: sweep nothing beside it"
        raise SettingsError([Problem(what, text)])
    return points[0]


def with_variants(
    experiment: Experiment, variants: Sequence[Variant], victim: str
) -> VariantExperiment:
    """Return an experiment that compares variants of a host with the present.

    Parameters
    ----------
    experiment : Experiment
        Of one design point, a host whose guests are named.
    variants : sequence of Variant
        In order.
    victim : str
        The guest that they are to help.

    Raises
    ------
    SettingsError
        If the experiment is another, there is no such guest, or no variant can be compared.
    """
    present = only_point(experiment, FACTOR).design
    names = [guest.name for guest in present.explicit]
    if victim not in names:
        text = f"must be a guest of this host, got {victim!r}: {nearest(victim, names)}"
        raise SettingsError([Problem("victim", text)])
    big = largest(present, experiment.seed, [victim])
    now = present.draw(seed=experiment.seed, trial=0)
    points = [Point(design=present, levels={FACTOR: PRESENT})]
    left_out: dict[str, str] = {}
    kept = []
    for variant in variants:
        if not meets(present, variant):
            left_out[variant.name] = f"it is for hosts with {', '.join(variant.where)}"
            continue
        changes = list(concrete(variant, names, [victim], big))
        try:
            design = _changed(present, changes)
            same = design.draw(seed=experiment.seed, trial=0) == now
        except SettingsError as error:
            left_out[variant.name] = "; ".join(map(str, error.problems))
            continue
        if same:
            left_out[variant.name] = "it changes nothing of this host"
            continue
        kept.append(variant)
        points.append(Point(design=design, levels={FACTOR: variant.name}))
    if not kept:
        told = "; ".join(f"{name}: {why}" for name, why in left_out.items())
        raise SettingsError([Problem(FACTOR, f"has no variant for this host: {told}")])
    asked = replace(
        experiment,
        question=f"What would help the guests of this host, {victim} first, and at what cost?",
        report="what_if",
        compare=FACTOR,
        points=tuple(points),
        victim=victim,
        variants=tuple(kept),
        sizes=(),
    )
    return VariantExperiment(asked, left_out)


def _changed(present: Design, changes: Sequence[str]) -> Design:
    if not changes:
        text = (
            f"stands for no guest here: others and largest need a host of several, {ALL} does not"
        )
        raise SettingsError([Problem("changes", text)])
    return present.replace(changes=(*present.changes, *changes))


def check_variants(experiment: Experiment, variants: Sequence[Variant], what: str = FACTOR) -> None:
    """Check before anything is simulated what does not depend on who the victim is.

    Parameters
    ----------
    experiment : Experiment
        Of one host whose guests are named.
    variants : sequence of Variant
        Asked for.
    what : str
        The setting that asks for them.

    Raises
    ------
    SettingsError
        With everything that is wrong.
    """
    present = only_point(experiment, what).design
    problems: list[Problem] = []
    for variant in variants:
        paths = [parse_change(written).path for written in variant.changes]
        if any(path[1:2] and path[1] in WORDS for path in paths) or not meets(present, variant):
            continue
        try:
            _changed(present, variant.changes)
        except SettingsError as error:
            problems += [
                Problem(f"variants.{variant.name}.changes", found.message)
                for found in error.problems
            ]
    if problems:
        raise SettingsError(problems)


def costs(experiment: Experiment) -> dict[int, float]:
    """Return what each variant costs, in cores, by design point (`hvmc.experiment.variant`)."""
    prices = {variant.name: variant.price for variant in experiment.variants}
    now = _needs(experiment.points[0].design, experiment.seed)
    found = {}
    for number, point in enumerate(experiment.points):
        if number == 0:
            continue
        cores, demand = _needs(point.design, experiment.seed)
        more = max(cores - now[0], 0.0)
        moved = sum(now[1][name] for name in now[1] if name not in demand)
        found[number] = prices[str(point.levels[FACTOR])] + more + moved
    return found


def _needs(design: Design, seed: int) -> tuple[float, dict[str, float]]:
    """Return the cores of a host, and of each guest the mean LP demand in cores."""
    demand: dict[str, float] = {}
    cores = 0.0
    for trial in range(_SAMPLED):
        scenario = design.draw(seed=seed, trial=trial)
        cores = scenario.host.logical_processors / scenario.host.threads_per_core
        speed = scenario.host.lp_capacity / cores
        for guest in scenario.guests:
            share = guest.lp_demand / speed / _SAMPLED
            demand[guest.name] = demand.get(guest.name, 0.0) + share
    return cores, demand
