"""Whether a results folder already holds what is asked for, so that nothing is to be done."""

from pathlib import Path

from hvmc.experiment import provenance
from hvmc.experiment.errors import DamagedError
from hvmc.experiment.folder import SETTINGS, read_mapping, says_the_same, sizes_in, units_of
from hvmc.experiment.intact import check_tables
from hvmc.experiment.pilot import is_pilot
from hvmc.experiment.reuse import missing_units
from hvmc.experiment.settings import Experiment
from hvmc.experiment.shard import Shard
from hvmc.experiment.summary import SUMMARY, is_summary
from hvmc.experiment.table_files import stored_units
from hvmc.scenario.plain import plain

__all__ = ["decided_before", "is_complete", "is_finished"]


def is_finished(folder: Path, experiment: Experiment, shard: Shard | None = None) -> bool:
    """Say whether a run has nothing to do or to write, by precision too, as of `is_complete`."""
    before = decided_before(folder, experiment)
    return before is not None and is_complete(folder, before, shard)


def is_complete(folder: Path, experiment: Experiment, shard: Shard | None = None) -> bool:
    """Say whether the last run was carried to its end and nothing is left to do or to write.

    Parameters
    ----------
    folder : Path
        The experiment's results folder; it need not exist.
    experiment : Experiment
        What is asked for.
    shard : Shard, optional
        The part of it that is.

    Raises
    ------
    ResultsError
        If what is there can't be read.
    """
    if not ((folder / SETTINGS).exists() and (folder / provenance.FILE).exists()):
        return False
    runs = provenance.read_provenance(folder)["runs"]
    if not runs or runs[-1]["finished"] is None or not says_the_same(folder, experiment):
        return False
    digests = experiment.point_digests
    asked = units_of(experiment.all_sizes, experiment.replications, shard)
    try:
        check_tables(folder, digests)
        complete = not missing_units(asked, stored_units(folder, digests))
    except DamagedError:
        return False
    if experiment.report == "window" and shard is None and not is_pilot(folder, experiment):
        return False
    return complete and is_summary(folder / SUMMARY, experiment.digest)


def decided_before(folder: Path, experiment: Experiment) -> Experiment | None:
    """Return a run by precision with the trials that it came to the last time, None without."""
    if not experiment.is_precise:
        return experiment
    if not (folder / SETTINGS).exists():
        return None
    content = read_mapping(folder)
    if content.get("precision") != plain(experiment.precision):
        return None
    return experiment.sized(sizes_in(content))
