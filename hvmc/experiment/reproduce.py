"""Reproducing: stored units are simulated again and every stored value is compared, bit by bit."""

import math
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hvmc.experiment import provenance
from hvmc.experiment.blocks import BlockGrid
from hvmc.experiment.chunk import Chunk, simulate_units
from hvmc.experiment.forecast import Forecast
from hvmc.experiment.pool import count_jobs, each
from hvmc.experiment.reader import read_table
from hvmc.experiment.results import Results, load
from hvmc.experiment.run import Progress, warm_up
from hvmc.experiment.schedule import Schedule
from hvmc.experiment.schema import KEYS, TABLES, build_table
from hvmc.experiment.settings import MODEL_VERSION
from hvmc.experiment.spans import Span

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Difference", "Reproduction", "reproduce"]

_WHOLE_ROW = "(row)"


@dataclass(frozen=True)
class Difference:
    """One value that did not come out as stored.

    Parameters
    ----------
    table : str
        outcomes, inputs or counters.
    point, trial, replication : int
        The unit.
    guest : str
        The guest; empty where the whole unit differs.
    column : str
        The column (counters: the counter); ``(row)`` where only one side has the row.
    stored, new : object
        The value stored, and as simulated now; None where there is no row.
    """

    table: str
    point: int
    trial: int
    replication: int
    guest: str
    column: str
    stored: Any
    new: Any

    def __str__(self) -> str:
        return (
            f"{self.table}: point {self.point}, trial {self.trial}, replication "
            f"{self.replication}, {self.guest or 'all guests'}: {self.column} stored "
            f"{self.stored!r}, now {self.new!r}"
        )


@dataclass(frozen=True)
class Reproduction:
    """Stored results beside the same units simulated now.

    Parameters
    ----------
    compared : int
        Rows compared, of all tables.
    units : int
        Units simulated again.
    differences : int
        Values that differ.
    first : Difference or None
        The first of them, by unit and guest.
    stored, now : dict
        Environment of the last run and of this process, ``model_version`` included.
    """

    compared: int
    units: int
    differences: int
    first: Difference | None
    stored: dict[str, Any]
    now: dict[str, Any]

    @property
    def equal(self) -> bool:
        """Whether every value came out as stored."""
        return self.differences == 0


@dataclass(frozen=True)
class _Compared:
    span: Span
    rows: int
    differences: int
    first: Difference | None
    unit_s: float


def reproduce(
    path: str | Path,
    *,
    fraction: float = 1.0,
    jobs: int | None = None,
    progress: Progress | None = None,
) -> Reproduction:
    """Simulate stored units again and compare every value of all tables.

    Parameters
    ----------
    path : path
        A results folder; it is only read.
    fraction : float
        Part of the trials of each design point, in (0, 1]; evenly spread, the first included.
    jobs : int, optional
        Processes; all processors by default.
    progress : callable, optional
        Called with (units compared, units to compare, values that differ, seconds left or nan).

    Raises
    ------
    ResultsError
        If the results can't be read, or hold no trial.
    ValueError
        If fraction is outside (0, 1].
    """
    if not 0.0 < fraction <= 1.0:
        raise ValueError(f"fraction must be above 0, at most 1, got {fraction!r}")
    results = load(path)
    results.require_trials()
    chosen = _chosen(results, fraction)
    total = sum(span.units for span in chosen)
    workers = min(count_jobs(jobs), max(total, 1))
    warm_up()
    schedule = Schedule(chosen, BlockGrid.around(results.asked), workers)
    forecast, begin = Forecast(chosen, workers), time.monotonic()
    rows = differences = units = 0
    firsts = []
    with closing(each(compare_chunk, _chunks(results, schedule), workers)) as stream:
        for found in stream:
            schedule.finished(found.span, found.unit_s)
            forecast.finished(found.span, found.unit_s)
            rows, differences = rows + found.rows, differences + found.differences
            units += found.span.units
            firsts += [found.first] if found.first else []
            if progress is not None:
                progress(units, total, differences, forecast.left_s(time.monotonic() - begin))
    first = min(firsts, key=lambda d: (d.point, d.trial, d.replication), default=None)
    now = {"model_version": MODEL_VERSION, **provenance.environment()}
    return Reproduction(rows, units, differences, first, _stored_environment(results), now)


def _stored_environment(results: Results) -> dict[str, Any]:
    runs = results.provenance["runs"]
    environment = runs[-1].get("environment", {}) if runs else {}
    return {"model_version": results.provenance["model_version"], **environment}


def _chosen(results: Results, fraction: float) -> list[Span]:
    whole = {span.point: span for span in results.asked}
    stored = [span.common(whole[span.point]) for span in results.stored_spans()]
    spans = [span for span in stored if span is not None]
    if fraction == 1.0:
        return spans
    return [
        Span.at(span.point, range(trial, trial + 1), span.replications)
        for span in spans
        for trial in span.trials
        if math.ceil((trial + 1) * fraction) > math.ceil(trial * fraction)
    ]


def _chunks(results: Results, schedule: Schedule) -> Iterator[Chunk]:
    settings = results.settings
    for span in schedule:
        yield Chunk(results.path, span, settings.points[span.point], settings.seed)


def compare_chunk(chunk: Chunk) -> _Compared:
    """Simulate a chunk again and compare it with what is stored."""
    found = simulate_units(chunk)
    digests = {chunk.span.point: chunk.point.digest(chunk.seed)}
    rows, differences = 0, [_failed(failure) for failure in found.failures]
    for table in TABLES:
        stored = read_table(chunk.folder, table, digests, within=[chunk.span])
        new = build_table(table, found.tables[table])
        rows += len(stored)
        differences += compare_rows(table, stored, new)
    first = min(differences, key=lambda d: (d.point, d.trial, d.replication), default=None)
    return _Compared(chunk.span, rows, len(differences), first, found.unit_s)


def _failed(failure: dict[str, Any]) -> Difference:
    now = f"{failure['error']}: {failure['message']}"
    unit = (failure["point"], failure["trial"], failure["replication"])
    return Difference("outcomes", *unit, "", _WHOLE_ROW, "stored", now)


def compare_rows(table: str, stored: "pa.Table", new: "pa.Table") -> Iterator[Difference]:
    """Yield every value in which rows of some units differ from those stored, bit by bit."""
    names = [*KEYS, "guest", *(["counter"] if table == "counters" else [])]
    old_rows, new_rows = _by_key(stored, names), _by_key(new, names)
    failed = {key[:3] for key in old_rows} - {key[:3] for key in new_rows}
    for key in [*old_rows, *(key for key in new_rows if key not in old_rows)]:
        if key[:3] in failed:
            continue
        unit = (key[0], key[1], key[2])
        old, now = old_rows.get(key), new_rows.get(key)
        if old is None or now is None:
            sides = (old and "stored", now and "simulated")
            yield Difference(table, *unit, key[3], _WHOLE_ROW, *sides)
            continue
        for column, value in old.items():
            if not _same(value, now[column]):
                name = key[4] if table == "counters" else column
                yield Difference(table, *unit, key[3], name, value, now[column])


def _by_key(rows: "pa.Table", names: list[str]) -> dict[tuple[Any, ...], dict[str, Any]]:
    return {tuple(row[name] for name in names): row for row in rows.to_pylist()}


def _same(stored: Any, new: Any) -> bool:
    if isinstance(stored, float) and isinstance(new, float):
        # repr tells apart what == does not (0.0 and -0.0), and lets nan equal nan
        return repr(stored) == repr(new)
    return bool(stored == new)
