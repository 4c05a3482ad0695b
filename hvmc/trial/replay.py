"""A trial step by step: the bits of `hvmc.simulate`, its counters over time, its events."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from hvmc.kernel.clock import nanoseconds
from hvmc.model.host import HyperVHost
from hvmc.model.pace import Watch, watched
from hvmc.scenario.scenario import Scenario
from hvmc.trial.causes import coalition_log_stretches
from hvmc.trial.event_log import EventLog
from hvmc.trial.measured import Result
from hvmc.trial.series import counter_series
from hvmc.trial.simulation import result_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Replayed", "replay"]


@dataclass(frozen=True)
class Replayed:
    """A trial that was run again.

    Parameters
    ----------
    result : Result
        As of `hvmc.simulate`.
    counters : DataFrame
        As of `hvmc.counter_series`, second by second.
    events : DataFrame
        As of `hvmc.trial.event_log.EventLog`.
    instants : int
        Simulated instants at which something happened.
    """

    result: Result
    counters: "pd.DataFrame"
    events: "pd.DataFrame"
    instants: int


def replay(
    scenario: Scenario,
    *,
    seed: int = 1,
    trial: int = 0,
    replication: int = 0,
    causes: bool = False,
    native: bool = False,
    guest: str | None = None,
    between_s: tuple[float, float] | None = None,
    interval_s: float = 1.0,
) -> Replayed:
    """Run a trial as `hvmc.simulate` does, looking at every event.

    Parameters
    ----------
    scenario : Scenario
        What to simulate.
    seed, trial, replication : int
        Names of the random streams.
    causes : bool
        As of `hvmc.simulate`.
    native : bool
        Whether to log what happens on bare machines too.
    guest : str, optional
        Log this guest's events alone; ``root`` is the root partition.
    between_s : (float, float), optional
        Simulated seconds within which events are logged; by default all.
    interval_s : float
        Simulated seconds between samples of the counters.
    """
    first_s, last_s = between_s or (0.0, 10.0 * (scenario.horizon_s + scenario.drain_s) + 1.0)
    log = EventLog(scenario, guest=guest, native=native)
    key = {"seed": seed, "trial": trial, "replication": replication}
    host = HyperVHost(scenario, seed=seed, trial=trial, replication=replication)
    with watched(Watch(log.look, nanoseconds(first_s), nanoseconds(last_s))):
        host.run()
        if native:
            result = result_of(host)
    if not native:
        result = result_of(host)
    if causes:
        result = replace(result, coalitions=coalition_log_stretches(host, result, **key))
    counters = counter_series(scenario, interval_s=interval_s, **key)
    return Replayed(result, counters, log.frame(), log.instants)
