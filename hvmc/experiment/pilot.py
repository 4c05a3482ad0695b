"""pilot.parquet: how response times settle on a few hosts of each regime, from their first moment.

The hosts of the first trials, one of each scramble, are run again virtually, without warm-up, as
long as the longest window of their regime. It is kept beside the summary of an experiment whose
report is ``window``.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from hvmc.experiment.errors import ResultsError
from hvmc.experiment.files import replace_file
from hvmc.experiment.pool import each
from hvmc.experiment.seal import check_seal, noted, read_note, sealed
from hvmc.experiment.settings import Experiment, Point
from hvmc.experiment.table_files import read_errors
from hvmc.regimes.luck import SCRAMBLES

if TYPE_CHECKING:
    import pandas as pd

    from hvmc.experiment.results import Results

__all__ = ["is_pilot", "pilot_of", "pilot_trials", "write_pilot"]

_INTERVAL_S = 0.2
_LEAST_INTERVALS = 50
_FILE = "pilot.parquet"

type _PilotHost = tuple[int, Point, int, int]


def pilot_of(results: "Results") -> "pd.DataFrame":
    """Return the pilot of stored results, run anew where none is stored.

    Returns
    -------
    DataFrame
        As of `hvmc.trial.course.response_course`, with point and trial.

    Raises
    ------
    ResultsError
        If the file can't be read.
    """
    import pandas as pd
    import pyarrow.parquet as pq

    if is_pilot(results.path, results.settings):
        path = results.path / _FILE
        with read_errors(path):
            return pq.read_table(path).to_pandas()
    return pd.concat(map(_course, _hosts(results)), ignore_index=True)


def is_pilot(folder: Path, experiment: Experiment) -> bool:
    """Say whether a folder holds the undamaged pilot of an experiment."""
    import pyarrow.parquet as pq

    path = folder / _FILE
    try:
        with read_errors(path):
            check_seal(path)
            note = read_note(pq.read_schema(path).metadata)
    except (OSError, ResultsError):
        return False
    return note is not None and {**note, **_about(experiment)} == note


def write_pilot(results: "Results", jobs: int) -> None:
    """Run the pilot of complete results, unless it is there, and keep it.

    Parameters
    ----------
    results : Results
        Their trials are stored.
    jobs : int
        Processes.

    Raises
    ------
    ResultsError
        If it can't be written.
    """
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq

    if is_pilot(results.path, results.settings):
        return
    courses = pd.concat(each(_course, _hosts(results), jobs), ignore_index=True)
    courses = courses.sort_values(["point", "trial", "guest", "start_s"], ignore_index=True)
    sink = pa.BufferOutputStream()
    table = pa.Table.from_pandas(courses, preserve_index=False)
    pq.write_table(noted(table, _about(results.settings)), sink, compression="zstd")
    replace_file(results.path / _FILE, sealed(memoryview(sink.getvalue())))


def pilot_trials(experiment: Experiment) -> int:
    """Return of how many trials the pilot is."""
    return min(SCRAMBLES, *experiment.all_sizes)


def _about(experiment: Experiment) -> dict[str, str | int]:
    return {"digest": experiment.digest, "trials": pilot_trials(experiment)}


def _hosts(results: "Results") -> Iterator[_PilotHost]:
    """Yield point number, point, seed and trial of every host of the pilot."""
    from hvmc.analysis.window import against_longest

    experiment, stored = results.settings, results.stored_spans()
    levels = [point.levels for point in experiment.points]
    windows_s = [point.design.horizon_s - point.design.warmup_s for point in experiment.points]
    paired = against_longest(levels, experiment.compare, windows_s)
    for number in dict.fromkeys(one.baseline for one in paired):
        for trial in range(pilot_trials(experiment)):
            if any(span.has(number, trial, 0) for span in stored):  # what failed would again
                yield number, experiment.points[number], experiment.seed, trial


def _course(host: _PilotHost) -> "pd.DataFrame":
    from hvmc.trial.course import response_course

    number, point, seed, trial = host
    scenario = point.design.draw(seed=seed, trial=trial)
    interval_s = min(_INTERVAL_S, scenario.horizon_s / _LEAST_INTERVALS)
    found = response_course(scenario, seed=seed, trial=trial, interval_s=interval_s)
    return found.assign(point=number, trial=trial)
