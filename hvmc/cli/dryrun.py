"""``hvmc run --dry-run``: what a run would do, take and write."""

from collections.abc import Iterator
from pathlib import Path

from hvmc.analysis.numbers import amount, figure, size
from hvmc.cli.progress import duration
from hvmc.cli.recordings import told_of_recordings
from hvmc.config.findings import AskedRun

__all__ = ["tell_plan"]

_MOST_NAMED = 12


def tell_plan(asked: AskedRun) -> None:
    """Print what a run would do; nothing is written.

    Parameters
    ----------
    asked : AskedRun
        The experiment and how it would be executed.

    Raises
    ------
    ResultsError
        If what is stored can't be read.
    """
    from hvmc.experiment.plan import plan

    experiment, how = asked.experiment, asked.execution
    found = plan(experiment, how.results_dir, jobs=how.jobs, shard=how.part)
    runs = f" x {experiment.replications} replications" if experiment.replications > 1 else ""
    lines = [
        ("experiment", f"{experiment.name}, seed {experiment.seed}"),
        (
            "size",
            f"{amount(found.points, 'design point')} x {amount(experiment.trials, 'trial')}{runs}",
        ),
        ("done", f"{found.done} of {found.total}"),
    ]
    if how.part is not None:
        lines.insert(2, ("shard", f"{how.part}, {found.total} of these trials"))
    if found.reusable:
        lines.append(("reused", f"{found.reusable} from other results of this experiment"))
    if found.failed:
        lines.append(("again", f"{found.failed} that failed before"))
    lines.append(("to do", f"{found.to_do}"))
    if found.to_do:
        rate = f"{figure(1000 * found.unit_s)} ms a trial, figures not counted"
        lines.append(("time", f"about {duration(found.seconds)}, jobs={found.jobs}, {rate}"))
    lines += [("to write", text) for text in _files(found.parts, found.folder, found.bytes)]
    lines += [("recording", text) for text in told_of_recordings(experiment.points)]
    for head, text in lines:
        print(f"{head:<11}{text}")
    for number, point in enumerate(experiment.points[:_MOST_NAMED]):
        print(f"{'point':<6}{number:<5}{point.label or point.regime}")
    if len(experiment.points) > _MOST_NAMED:
        print(f"... and {len(experiment.points) - _MOST_NAMED} more points")


def _files(parts: int, folder: Path, count: int) -> Iterator[str]:
    from hvmc.experiment import provenance
    from hvmc.experiment.folder import SETTINGS
    from hvmc.experiment.schema import TABLES
    from hvmc.experiment.summary import SUMMARY

    if not parts:
        yield f"figures alone, {folder / 'figures'}"
        return
    yield f"{folder}, about {size(count)}" if count else f"{folder}, of unknown size"
    tables = [f"{table}/ ({amount(parts, 'file')})" for table in TABLES]
    yield ", ".join([SETTINGS, provenance.FILE, SUMMARY, *tables, "figures/"])
