"""A stored trial run again step by step, compared with what is stored, and written down."""

import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hvmc.experiment.errors import ResultsError
from hvmc.experiment.files import replace_file
from hvmc.experiment.reader import read_table
from hvmc.experiment.reproduce import Difference, compare_rows
from hvmc.experiment.results import Results
from hvmc.experiment.rows import unit_rows
from hvmc.experiment.schema import TABLES, build_table
from hvmc.experiment.series import write_series
from hvmc.experiment.spans import Span
from hvmc.scenario.scenario import Scenario

if TYPE_CHECKING:
    from hvmc.trial.replay import Replayed

__all__ = ["Unit", "compared", "replay_unit", "unit_of", "write_replay"]


@dataclass(frozen=True)
class Unit:
    """A stored unit.

    Parameters
    ----------
    results : Results
        That hold it.
    point, trial, replication : int
        Its key.
    """

    results: Results
    point: int
    trial: int
    replication: int

    @property
    def key(self) -> dict[str, int]:
        """The key columns of its rows."""
        return {"point": self.point, "trial": self.trial, "replication": self.replication}

    @property
    def span(self) -> Span:
        """It alone."""
        return Span.at(
            self.point,
            range(self.trial, self.trial + 1),
            range(self.replication, self.replication + 1),
        )

    @property
    def scenario(self) -> Scenario:
        """Its scenario, drawn again."""
        return self.results.scenario(self.point, self.trial)

    @property
    def folder(self) -> Path:
        """Where a replay of it is written by default."""
        name = f"point-{self.point}-trial-{self.trial}-replication-{self.replication}"
        return self.results.path / "replays" / name


def unit_of(results: Results, *, point: int, trial: int, replication: int) -> Unit:
    """Return a stored unit.

    Raises
    ------
    ResultsError
        If there is no such design point, or the unit is not stored; says what is.
    """
    points = len(results.settings.points)
    if point >= points:
        raise ResultsError(f"point must be 0..{points - 1} in {results.path}, got {point}")
    found = Unit(results, point, trial, replication)
    if any(span.has(point, trial, replication) for span in results.stored_spans()):
        return found
    failed = results.failures()
    own = failed[(failed[list(found.key)] == list(found.key.values())).all(axis=1)]
    if len(own):
        why = f"it failed with {own.iloc[0]['error']}: {own.iloc[0]['message']}"
    else:
        held = [span for span in results.stored_spans() if span.point == point]
        trials = ", ".join(f"{span.trials.start}..{span.trials.stop - 1}" for span in held[:4])
        why = f"trials {trials} are" if held else "no trial of this point is"
    raise ResultsError(
        f"trial {trial}, replication {replication} of point {point} is not stored in "
        f"{results.path}: {why}"
    )


def replay_unit(unit: Unit, **how: Any) -> "Replayed":
    """Run a unit again; ``how`` as of `hvmc.trial.replay.replay`."""
    from hvmc.trial.replay import replay

    settings = unit.results.settings
    design = settings.points[unit.point].design
    return replay(
        unit.scenario,
        seed=settings.seed,
        trial=unit.trial,
        replication=design.luck_of(unit.replication),
        causes=design.causes,
        **how,
    )


def compared(unit: Unit, found: "Replayed") -> tuple[int, list[Difference]]:
    """Return how many stored rows were compared, and every value that differs from them.

    Raises
    ------
    ResultsError
        If what is stored can't be read.
    """
    settings = unit.results.settings
    new = unit_rows(found.result, settings.points[unit.point], unit.key, settings.seed)
    rows, different = 0, list[Difference]()
    for table in TABLES:
        stored = read_table(unit.results.path, table, unit.results.digests, within=[unit.span])
        rows += len(stored)
        different += compare_rows(table, stored, build_table(table, new[table]))
    return rows, different


def write_replay(unit: Unit, found: "Replayed", folder: Path, about: dict[str, Any]) -> list[Path]:
    """Write scenario, counters and events.

    Parameters
    ----------
    unit : Unit
        What was run again.
    found : Replayed
        What came of it.
    folder : Path
        Made if it is not there; files of the same name are replaced.
    about : dict
        Plain settings that name the replay.

    Returns
    -------
    list of Path
        ``counters.parquet``, ``counters.csv``, ``scenario.yaml`` and ``events.parquet``.

    Raises
    ------
    ResultsError
        If they can't be written.
    """
    files = write_series(found.counters, unit.scenario, folder, about)
    events = io.BytesIO()
    found.events.to_parquet(events, index=False, compression="zstd")
    replace_file(folder / "events.parquet", events.getvalue(), trials=False)
    return [*files, folder / "events.parquet"]
