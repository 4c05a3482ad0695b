"""Growth: the same host with its guests' load multiplied, level by level."""

from collections.abc import Sequence
from dataclasses import replace

from hvmc.experiment.settings import Experiment, Point
from hvmc.experiment.what_if import only_point

__all__ = ["FACTOR", "with_growth"]

FACTOR = "growth"


def with_growth(experiment: Experiment, loads: Sequence[float]) -> Experiment:
    """Return an experiment with a design point for each load, the present one first.

    Parameters
    ----------
    experiment : Experiment
        Of one design point, a host whose guests are named.
    loads : sequence of float
        Multiples of the present load, ascending; 1 is added where it is missing.

    Raises
    ------
    SettingsError
        If the experiment is another, or a guest's load can't be changed.
    """
    present = only_point(experiment, FACTOR).design
    points = []
    for load in sorted({1.0, *loads}):
        more = () if load == 1.0 else (f"guests.all.load*={load:g}",)
        design = present.replace(changes=(*present.changes, *more)) if more else present
        points.append(Point(design=design, levels={FACTOR: load}))
    return replace(
        experiment,
        question=f"How far may the load of all guests grow while {experiment.target} of each?",
        report="growth",
        points=tuple(points),
        sizes=(),
    )
