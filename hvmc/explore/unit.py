"""One stored trial: its scenario in short, what became of its guests, how to replay it."""

import math
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hvmc.experiment.reader import read_part_of_table
from hvmc.experiment.replaying import Unit, unit_of
from hvmc.explore.catalogue import Catalogue
from hvmc.explore.selection import Picked

if TYPE_CHECKING:
    import pandas as pd

    from hvmc.scenario.guest import Guest

__all__ = ["ToldTrial", "told_trial"]

_OUTCOMES = ("guest", "stretch", "sizing", "hosting", "response_mean_s", "lp_used", "censored")


@dataclass(frozen=True)
class ToldTrial:
    """What is told of a trial.

    Parameters
    ----------
    title : str
        Which one it is.
    host : str
        The host in a sentence.
    guests : DataFrame
        A row per guest: guest, role, workload, virtual_processors, weight, reserve, limit,
        maximum_mib, stretch, sizing, hosting, response_mean_s, lp_used, censored; in the order of
        the scenario.
    command : str
        What replays it, for a shell.
    unit : Unit
        The trial itself.
    """

    title: str
    host: str
    guests: "pd.DataFrame"
    command: str
    unit: Unit


def told_trial(picked: Picked, catalogue: Catalogue) -> ToldTrial:
    """Tell of a stored trial; its scenario is drawn again.

    Raises
    ------
    ResultsError
        If the trial is not stored, or a file is corrupt.
    """
    import pandas as pd

    from hvmc.analysis.numbers import amount, figure

    source = catalogue.source(picked.result)
    point, trial, replication = picked.point, picked.trial, picked.replication
    unit = unit_of(source.results, point=point, trial=trial, replication=replication)
    scenario = unit.scenario
    rows = read_part_of_table(
        source.results.path,
        "outcomes",
        source.results.digests,
        within=[unit.span],
        columns=_OUTCOMES,
    ).to_pandas()
    settings = pd.DataFrame([_settings(guest) for guest in scenario.guests])
    label = next(choice.label for choice in source.choices if choice.point == point)
    host = (
        f"{amount(len(scenario.guests), 'guest')} on "
        f"{amount(scenario.host.logical_processors, 'LP')} with "
        f"{figure(scenario.host.memory_mib / 1024)} GiB: LP commitment "
        f"{figure(scenario.lp_commitment)}, memory commitment {figure(scenario.memory_commitment)}."
    )
    run = f", replication {replication}" if source.results.document["replications"] > 1 else ""
    title = f"{label}, trial {trial}{run}"
    guests = settings.merge(rows[list(_OUTCOMES)], on="guest", how="left")
    return ToldTrial(title, host, guests, _command(picked, source.path), unit)


def _command(picked: Picked, path: str) -> str:
    unit = ["--point", str(picked.point), "--trial", str(picked.trial)]
    if picked.replication:
        unit += ["--replication", str(picked.replication)]
    return shlex.join(["hvmc", "replay", path, *unit])


def _settings(guest: "Guest") -> dict[str, object]:
    maximum = guest.memory.maximum_mib
    return {
        "guest": guest.name,
        "role": guest.role,
        "workload": type(guest.workload).__name__,
        "virtual_processors": guest.virtual_processors,
        "weight": guest.priority.weight,
        "reserve": guest.priority.reserve,
        "limit": guest.priority.limit,
        "maximum_mib": math.nan if maximum is None else maximum,
    }
