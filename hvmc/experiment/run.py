"""Running an experiment: what is missing is simulated, whatever was there before.

Steps: units stored, units to copy from sibling folders, units to simulate (in chunks, by a pool
of processes that write their own files), blocks merged as they are finished, then the summary.
"""

import math
import os
import time
import warnings
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hvmc.experiment import failures, provenance
from hvmc.experiment.blocks import BlockGrid, merge, merge_all
from hvmc.experiment.chunk import Chunk, Finished, simulate_chunk
from hvmc.experiment.complete import decided_before, is_complete
from hvmc.experiment.errors import DamagedError, Interrupted
from hvmc.experiment.files import make_folder, remove_leftovers
from hvmc.experiment.folder import (
    folder_of,
    units_of,
    update_settings,
)
from hvmc.experiment.forecast import Forecast
from hvmc.experiment.intact import check_tables
from hvmc.experiment.interrupts import heeded, terminable
from hvmc.experiment.links import check_links
from hvmc.experiment.lock import locked
from hvmc.experiment.pool import count_jobs, each
from hvmc.experiment.reuse import Reusable, copy, find_reusable, missing_units
from hvmc.experiment.saved import check_saved
from hvmc.experiment.schedule import Schedule, worth_starting
from hvmc.experiment.schema import TABLES
from hvmc.experiment.settings import Experiment
from hvmc.experiment.shard import Shard
from hvmc.experiment.slow import least_costs_s, slow_points
from hvmc.experiment.spans import Span
from hvmc.experiment.summary import write_summary
from hvmc.experiment.table_files import ASIDE, drop_orphans, set_aside, stored_units
from hvmc.scenario.guest import Guest
from hvmc.scenario.host import Host
from hvmc.scenario.scenario import Scenario
from hvmc.scenario.workload import Closed

if TYPE_CHECKING:
    from hvmc.experiment.precision import Reached
    from hvmc.experiment.results import Results

__all__ = ["Look", "Notice", "Progress", "Work", "run", "warm_up"]

Progress = Callable[[int, int, int, float], None]
Notice = Callable[[str], None]
Look = Callable[[list["Reached"], float | None], None]
_Simulated = Callable[[Iterator[Chunk]], Generator[Finished]]


def run(
    experiment: Experiment,
    *,
    results_dir: str | Path = "results",
    jobs: int | None = None,
    trial_time_limit_s: float | None = None,
    progress: Progress | None = None,
    notice: Notice | None = None,
    look: Look | None = None,
    shard: Shard | None = None,
    address: str = "",
    command: str = "",
) -> "Results":
    """Run an experiment, or what is missing of it.

    Parameters
    ----------
    experiment : Experiment
        What to run.
    results_dir : path
        Results go to ``results_dir/<experiment.name>/<experiment.digest>``.
    jobs : int, optional
        Processes; all processors by default, 1 works in this one. Never changes a result.
    trial_time_limit_s : float, optional
        Real seconds after which a unit is given up and recorded as a failure.
    progress : callable, optional
        Called with (units stored, units asked for, units that failed, seconds left or nan) after
        each chunk; a unit is one replication of one trial at one design point.
    notice : callable, optional
        Called with a sentence when a damaged file is set aside, or before trials that take
        minutes; `warnings.warn` by default.
    look : callable, optional
        Called whenever a run by precision has looked at what it reached, with a list of
        `hvmc.experiment.precision.Reached` and the seconds that what comes next is expected to
        take, None where it ends.
    shard : Shard, optional
        Run this part alone, in a folder of its own (`hvmc.experiment.shard`).
    address : str
        Of a Dask scheduler whose workers simulate in place of ``jobs`` processes here
        (`hvmc.experiment.cluster`). Never changes a result.
    command : str
        Noted in settings.yaml and provenance.json.

    Returns
    -------
    Results
        Of the trials and replications asked for, also where more are stored.

    Raises
    ------
    TypeError
        If it is no experiment.
    ValueError
        If jobs is not 1..4096, or the time limit not above 0.
    ResultsError
        If results can't be read or written, or the experiment not be cut into such shards; what is
        finished is kept.
    Interrupted
        On Ctrl-C or SIGTERM; finished chunks are kept.
    """
    from hvmc.experiment.results import load

    if not isinstance(experiment, Experiment):
        raise TypeError(
            f"experiment must be an Experiment, got {experiment!r}: build one with "
            "hvmc.Experiment(name=..., points=[hvmc.Point(design=...)])"
        )
    workers = count_jobs(jobs)
    if trial_time_limit_s is not None and not trial_time_limit_s > 0:
        raise ValueError(
            f"trial_time_limit_s must be above 0, or None for no limit, got {trial_time_limit_s}"
        )
    if shard is not None:
        shard.check(experiment)
    folder = folder_of(experiment, results_dir, shard)
    check_saved(folder)
    before = decided_before(folder, experiment)
    if before is not None and is_complete(folder, before, shard):
        return load(folder).limited(before)
    check_links(folder)
    make_folder(folder)
    with terminable(), locked(folder):
        how = (workers, trial_time_limit_s, progress, notice or warnings.warn, look)
        work = Work(experiment, folder, *how, shard=shard, address=address)
        done = work.carry_out(command)
    return load(folder).limited(done)


class Work:
    """What is to be done in a results folder whose lock is held.

    Parameters
    ----------
    experiment : Experiment
        What is asked for.
    folder : Path
        Its results folder.
    workers : int
        Processes.
    trial_time_limit_s, progress, notice, look, shard, address
        As of `run`.
    """

    def __init__(
        self,
        experiment: Experiment,
        folder: Path,
        workers: int,
        trial_time_limit_s: float | None,
        progress: Progress | None,
        notice: Notice,
        look: Look | None = None,
        shard: Shard | None = None,
        address: str = "",
    ) -> None:
        self.notice, self.look, self.shard = notice, look, shard
        self.address = address
        if experiment.is_precise:
            experiment = experiment.sized([experiment.precision.looks[0]] * len(experiment.points))
        self.experiment, self.folder, self.workers = experiment, folder, workers
        self.trial_time_limit_s, self.progress = trial_time_limit_s, progress
        self.digests = experiment.point_digests
        self.done = self.failed = self.simulated = self.reused = 0
        self.begin = time.monotonic()
        self.work_s: dict[int, tuple[int, float]] = {}

    @property
    def asked(self) -> list[Span]:
        """Units asked for, one span per design point."""
        return units_of(self.experiment.all_sizes, self.experiment.replications, self.shard)

    @property
    def total(self) -> int:
        """How many they are."""
        return sum(span.units for span in self.asked)

    def carry_out(self, command: str) -> Experiment:
        """Do all that is missing; return the experiment with the trials it came to."""
        self._tidy()
        stored = self._intact()
        failures.forget(self.folder, stored)
        update_settings(self.folder, self.experiment, self.told(command))
        provenance.append_run(
            self.folder,
            self.experiment,
            command,
            self.workers,
            shard=self.shard,
            before=self.runs_before(),
        )
        try:
            self._complete()
            while self.experiment.is_precise and self._goes_on():
                update_settings(self.folder, self.experiment, command)
                self._complete()
            self._conclude()
        except KeyboardInterrupt:
            left = sum(span.units for span in self._missing())
            raise Interrupted(self.folder, self.total - left, self.total) from None
        finally:
            self._tidy()
        return self.experiment

    def told(self, command: str) -> str:
        """Return the command that settings.yaml names."""
        return command

    def runs_before(self) -> list[dict[str, Any]]:
        """Return runs, made elsewhere, that this one rests on."""
        return []

    def reusable(self, missing: list[Span], grid: BlockGrid) -> Iterator[Reusable]:
        """Yield missing units that are stored elsewhere."""
        return find_reusable(self.folder, self.digests, missing, grid)

    def _complete(self) -> None:
        """Copy or simulate what is missing of the trials asked for."""
        grid = BlockGrid.around(self.asked, stored_units(self.folder, self.digests))
        self._reuse(grid)
        self.simulate(grid)

    def _goes_on(self) -> bool:
        """Look how precise the estimates are; ask for more trials where that is not enough."""
        from hvmc.experiment.precision import assess, next_sizes
        from hvmc.experiment.results import load

        reached = assess(load(self.folder).limited(self.experiment))
        sizes = next_sizes(self.experiment, reached)
        larger = self.experiment.sized(sizes)
        expected_s = self._expected_s(larger)
        most_s = self.experiment.precision.max_time_s
        late = most_s is not None and time.monotonic() - self.begin + expected_s > most_s
        goes_on = larger != self.experiment and not late
        if self.look is not None:
            self.look(reached, expected_s if goes_on else None)
        if goes_on:
            self.experiment = larger
        return goes_on

    def _expected_s(self, larger: Experiment) -> float:
        """Return how long the trials would take that an experiment has more than this one."""
        cost = {point: work / units for point, (units, work) in self.work_s.items()}
        more = zip(larger.all_sizes, self.experiment.all_sizes, strict=True)
        work = sum((new - old) * cost.get(point, 0.0) for point, (new, old) in enumerate(more))
        return work * self.experiment.replications / self.workers

    def _intact(self) -> list[Span]:
        """Return the units stored, after what is damaged was set aside."""
        while True:
            try:
                check_tables(self.folder, self.digests)
                return stored_units(self.folder, self.digests)
            except DamagedError as damage:
                set_aside(self.folder, damage.path.name)
                self.notice(
                    f"{damage.path} is corrupt ({damage.reason}): set aside in "
                    f"{self.folder / ASIDE}, and what it held is simulated again"
                )

    def _tidy(self) -> None:
        """Delete what writers that were killed or refused left half done."""
        for place in (self.folder, *(self.folder / table for table in TABLES)):
            remove_leftovers(place)
        drop_orphans(self.folder)

    def _missing(self) -> list[Span]:
        return missing_units(self.asked, stored_units(self.folder, self.digests))

    def _tell(self, left_s: float = math.nan) -> None:
        if self.progress is not None:
            self.progress(self.done, self.total, self.failed, left_s)

    def _reuse(self, grid: BlockGrid) -> None:
        missing = self._missing()
        self.done = self.total - sum(span.units for span in missing)
        for found in self.reusable(missing, grid):
            if copy(self.folder, found, self.digests[found.span.point]):
                self.reused += found.span.units
                self.done += found.span.units
        self._tell()

    def simulate(self, grid: BlockGrid) -> None:
        """Simulate what is missing, block by block."""
        missing = self._missing()
        units = sum(span.units for span in missing)
        if not units:
            return
        if not self.address:
            with heeded():
                warm_up()
        with self._crew(min(self._processes(missing), units)) as (workers, simulated):
            schedule = Schedule(missing, grid, workers)
            forecast, begin = Forecast(missing, workers), time.monotonic()
            with closing(simulated(self._chunks(schedule, workers))) as stream:
                for finished in stream:
                    self._take_in(finished)
                    forecast.finished(finished.span, finished.unit_s)
                    self._tell(forecast.left_s(time.monotonic() - begin))
                    block = schedule.finished(finished.span, finished.unit_s)
                    if block is not None:
                        merge(self.folder, block, self.digests)

    def _processes(self, missing: list[Span]) -> int:
        """Return how many processes are worth starting here; tell of trials that are slow."""
        new = [span for span in missing if span.point not in self.work_s]
        if self.trial_time_limit_s is not None or not new:
            return self.workers
        costs_s = least_costs_s(self.experiment, new)
        for sentence in slow_points(self.experiment, new, costs_s):
            self.notice(sentence)
        if len(costs_s) < len({span.point for span in new}):
            return self.workers
        work_s = sum(span.units for span in missing) * max(costs_s.values())
        return worth_starting(self.workers, work_s)

    @contextmanager
    def _crew(self, workers: int) -> Iterator[tuple[int, "_Simulated"]]:
        """Hold processes here, or a cluster; yield their number, and what hands chunks to them."""
        if not self.address:
            yield workers, partial(each, simulate_chunk, jobs=workers)
            return
        from hvmc.experiment.cluster import connected, count_workers, each_on_cluster

        with connected(self.address) as client:
            yield max(1, count_workers(client)), partial(each_on_cluster, client, self.notice)

    def _take_in(self, finished: Finished) -> None:
        failures.record(self.folder, finished.failures)
        self.failed += len(finished.failures)
        succeeded = finished.span.units - len(finished.failures)
        self.simulated += succeeded
        self.done += succeeded
        self._note_cost(finished)

    def _note_cost(self, finished: Finished) -> None:
        units, work_s = self.work_s.get(finished.span.point, (0, 0.0))
        more = finished.span.units
        self.work_s[finished.span.point] = units + more, work_s + more * finished.unit_s

    def _chunks(self, schedule: Schedule, workers: int) -> Iterator[Chunk]:
        parent = os.getpid() if workers > 1 else None
        for span in schedule:
            point = self.experiment.points[span.point]
            seed, limit_s = self.experiment.seed, self.trial_time_limit_s
            yield Chunk(self.folder, span, point, seed, parent, limit_s)

    def _conclude(self) -> None:
        stored = stored_units(self.folder, self.digests)
        merge_all(self.folder, BlockGrid.around(self.asked, stored), self.digests)
        failures.forget(self.folder, stored_units(self.folder, self.digests))
        write_summary(self.folder, self.experiment.digest)
        if self.experiment.report == "window" and self.shard is None:
            from hvmc.experiment.pilot import write_pilot
            from hvmc.experiment.results import load

            write_pilot(load(self.folder), self.workers)
        provenance.finish_run(
            self.folder, simulated=self.simulated, reused=self.reused, failed=self.failed
        )


def warm_up() -> None:
    """Compile the kernel, or load it from its cache, before workers need it."""
    from hvmc.trial import simulate

    guests = (Guest(name="warm_up", workload=Closed()),)
    host = Host(logical_processors=1)
    simulate(Scenario(host=host, guests=guests, horizon_s=0.02, warmup_s=0.0))
