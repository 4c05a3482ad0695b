"""Plan: what a run would do and take, without writing anything."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hvmc.experiment import failures
from hvmc.experiment.blocks import BlockGrid
from hvmc.experiment.chunk import Chunk, simulate_units
from hvmc.experiment.folder import folder_of, units_of
from hvmc.experiment.forecast import evenly
from hvmc.experiment.pool import count_jobs
from hvmc.experiment.reuse import find_reusable, missing_units
from hvmc.experiment.run import warm_up
from hvmc.experiment.schema import TABLES
from hvmc.experiment.settings import Experiment
from hvmc.experiment.shard import Shard
from hvmc.experiment.slow import least_unit_s
from hvmc.experiment.spans import Span
from hvmc.experiment.table_files import stored_units

__all__ = ["Plan", "plan"]

_SAMPLED_POINTS = 5
_LONGEST_SAMPLE_S = 10.0
# bytes on disk for each different number with a fraction, a float's: what repeats takes next to
# none (told 7.05 and 432 MB of runs that took 8 and 280)
_NUMBER_BYTES = 8.0


@dataclass(frozen=True)
class Plan:
    """What a run would do. A unit is one replication of one trial at one design point.

    Parameters
    ----------
    folder : Path
        Where results go.
    points : int
        Design points.
    total, done, reusable, to_do : int
        Units asked for, stored, stored in a sibling folder (copied), and to simulate.
    failed : int
        Units among ``to_do`` that failed before and are tried again.
    jobs : int
        Processes.
    unit_s : float
        Mean time of a unit over sampled points, seconds; 0 with nothing to do. Of one that takes
        long it is what its beginning tells, at least.
    seconds : float
        Estimated time of the run.
    bytes : int
        Estimated size of the files added; 0 where all sampled units take too long to be simulated.
    parts : int
        Files of trials that would be written in the end, in each of the tables.
    """

    folder: Path
    points: int
    total: int
    done: int
    reusable: int
    to_do: int
    failed: int
    jobs: int
    unit_s: float
    seconds: float
    bytes: int
    parts: int


def plan(
    experiment: Experiment,
    results_dir: str | Path = "results",
    *,
    jobs: int | None = None,
    shard: Shard | None = None,
) -> Plan:
    """Return what `hvmc.experiment.run.run` would do; one trial at a few points is simulated.

    Parameters
    ----------
    experiment : Experiment
        What would be run.
    results_dir : path
        Where results would go.
    jobs : int, optional
        Processes; all processors by default.
    shard : Shard, optional
        The part of it that would be run.

    Raises
    ------
    ResultsError
        If what is stored can't be read, or the experiment not be cut into such shards.
    """
    if shard is not None:
        shard.check(experiment)
    folder = folder_of(experiment, results_dir, shard)
    digests = experiment.point_digests
    if experiment.is_precise:
        experiment = experiment.sized([experiment.precision.looks[0]] * len(experiment.points))
    asked = units_of(experiment.all_sizes, experiment.replications, shard)
    total = _units(asked)
    stored = stored_units(folder, digests)
    missing = missing_units(asked, stored)
    grid = BlockGrid.around(asked, stored)
    found = [item.span for item in find_reusable(folder, digests, missing, grid)]
    to_do = missing_units(asked, [*stored, *found])
    count, copied = _units(to_do), _units(found)
    unit_s, unit_bytes = _sample(experiment, folder, to_do)
    workers = count_jobs(jobs)
    return Plan(
        folder=folder,
        points=len(digests),
        total=total,
        done=total - count - copied,
        reusable=copied,
        to_do=count,
        failed=len(failures.among(failures.read_failures(folder), without=stored, within=asked)),
        jobs=workers,
        unit_s=unit_s,
        seconds=count * unit_s / max(1, min(workers, count)),
        bytes=round(count * unit_bytes),
        parts=grid.count_blocks(missing),
    )


def _units(spans: Sequence[Span]) -> int:
    return sum(span.units for span in spans)


def _sample(experiment: Experiment, folder: Path, to_do: Sequence[Span]) -> tuple[float, float]:
    """Mean seconds and bytes of a unit, from one unit at each of some points to simulate."""
    if not to_do:
        return 0.0, 0.0
    warm_up()
    by_point = {span.point: span for span in to_do}
    seconds, size = [], []
    for number in evenly(by_point, _SAMPLED_POINTS):
        first = by_point[number].trials.start
        point = experiment.points[number]
        least_s = least_unit_s(point, seed=experiment.seed, trial=first)
        if least_s > _LONGEST_SAMPLE_S:
            seconds.append(least_s)
            continue
        unit = Span.at(number, range(first, first + 1))
        found = simulate_units(Chunk(folder, unit, point, experiment.seed))
        seconds.append(found.unit_s)
        size.append(sum(_different_numbers(found.tables[table]) for table in TABLES))
    return sum(seconds) / len(seconds), _NUMBER_BYTES * sum(size) / max(1, len(size))


def _different_numbers(rows: Sequence[Mapping[str, Any]]) -> int:
    """Count the different finite numbers with a fraction in some rows."""
    numbers = (value for row in rows for value in row.values() if isinstance(value, float))
    return len({value for value in numbers if math.isfinite(value) and not value.is_integer()})
