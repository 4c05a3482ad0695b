"""Chunks: what a worker process simulates and writes in one go."""

import gc
import os
import statistics
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hvmc.experiment.rows import unit_rows
from hvmc.experiment.schema import TABLES, build_table
from hvmc.experiment.settings import Point
from hvmc.experiment.spans import Span, coalesce
from hvmc.experiment.table_files import write_table_files

__all__ = ["Chunk", "Finished", "Simulated", "simulate_chunk", "simulate_units"]

_COLLECT_EVERY_S = 5.0
_collected_s = -_COLLECT_EVERY_S


@dataclass(frozen=True)
class Chunk:
    """Some units of one design point, and where their rows go.

    Parameters
    ----------
    folder : Path
        The results folder.
    span : Span
        Units of one point.
    point : Point
        That point.
    seed : int
        The experiment's.
    parent : int, optional
        Process for which it is simulated: a worker stops when that is gone.
    trial_time_limit_s : float, optional
        Real seconds after which a unit is given up as a failure.
    """

    folder: Path
    span: Span
    point: Point
    seed: int
    parent: int | None = None
    trial_time_limit_s: float | None = None


@dataclass(frozen=True)
class Simulated:
    """Rows of some units.

    Parameters
    ----------
    tables : dict
        Table name to rows.
    done : tuple of Span
        Units that succeeded.
    failures : tuple of dict
        One per unit that failed.
    unit_s : float
        Median time of a unit, seconds.
    """

    tables: dict[str, list[dict[str, Any]]]
    done: tuple[Span, ...]
    failures: tuple[dict[str, Any], ...]
    unit_s: float


@dataclass(frozen=True)
class Finished:
    """What a worker tells of a finished chunk; its rows are on disk."""

    span: Span
    failures: tuple[dict[str, Any], ...]
    unit_s: float


def simulate_units(chunk: Chunk) -> Simulated:
    """Simulate the units of a chunk; one that raises is a failure, and the others go on."""
    tables: dict[str, list[dict[str, Any]]] = {table: [] for table in TABLES}
    done, failures, times = [], [], []
    for trial, replication in _units(chunk.span):
        if chunk.parent is not None and os.getppid() != chunk.parent:
            os._exit(1)
        before = time.perf_counter()
        try:
            rows = _simulate(chunk, trial, replication)
        except Exception as error:
            failures.append(_failure(chunk, trial, replication, error))
        else:
            for table, of_unit in rows.items():
                tables[table] += of_unit
            done.append(_unit(chunk.span.point, trial, replication))
        times.append(time.perf_counter() - before)
    return Simulated(tables, coalesce(done), tuple(failures), statistics.median(times))


def _units(span: Span) -> Iterator[tuple[int, int]]:
    return ((trial, replication) for trial in span.trials for replication in span.replications)


def _unit(point: int, trial: int, replication: int) -> Span:
    return Span.at(point, range(trial, trial + 1), range(replication, replication + 1))


def _simulate(chunk: Chunk, trial: int, replication: int) -> dict[str, list[dict[str, Any]]]:
    from hvmc.model.pace import time_limit
    from hvmc.trial import simulate

    design = chunk.point.design
    scenario = design.draw(seed=chunk.seed, trial=trial)
    with time_limit(chunk.trial_time_limit_s):
        result = simulate(
            scenario,
            seed=chunk.seed,
            trial=trial,
            replication=design.luck_of(replication),
            causes=design.causes,
        )
    key = {"point": chunk.span.point, "trial": trial, "replication": replication}
    return unit_rows(result, chunk.point, key, chunk.seed)


def _failure(chunk: Chunk, trial: int, replication: int, error: Exception) -> dict[str, Any]:
    last = traceback.extract_tb(error.__traceback__)[-1]
    return {
        "point": chunk.span.point,
        "label": chunk.point.label,
        "trial": trial,
        "replication": replication,
        "seed": chunk.seed,
        "error": type(error).__name__,
        "message": str(error),
        "where": f"{Path(last.filename).name}:{last.lineno} {last.name}",
    }


def simulate_chunk(chunk: Chunk) -> Finished:
    """Simulate a chunk and write its rows.

    Raises
    ------
    ResultsError
        If they can't be written.
    """
    found = simulate_units(chunk)
    if found.done:
        tables = {name: build_table(name, rows) for name, rows in found.tables.items()}
        digests = {chunk.span.point: chunk.point.digest(chunk.seed)}
        write_table_files(chunk.folder, chunk.span, found.done, digests, tables)
    _collect_garbage(freeze=chunk.parent is not None)
    return Finished(chunk.span, found.failures, found.unit_s)


def _collect_garbage(*, freeze: bool) -> None:
    """Now and then free the few, but large, hosts that the collector thinks long-lived.

    A Mesa model is full of cycles; one that is alive during a young collection would stay until
    many more objects have gathered than trials make in hours. A process that does nothing but
    simulate freezes what it has loaded, through which a collection would go every time.
    """
    global _collected_s
    if time.monotonic() - _collected_s > _COLLECT_EVERY_S:
        gc.collect()
        if freeze and not gc.get_freeze_count():
            gc.freeze()
        _collected_s = time.monotonic()
