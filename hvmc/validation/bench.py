"""Small hosts for cases: bare ones without root and overheads, and looks at what they did."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hvmc.config.assembly import assemble
from hvmc.config.sources import Source, conf_dir
from hvmc.experiment.settings import Experiment
from hvmc.model.host import HyperVHost
from hvmc.regimes.design import Design
from hvmc.scenario.distributions import Deterministic
from hvmc.scenario.guest import Guest, Priority
from hvmc.scenario.host import Dispatch, Host, Root
from hvmc.scenario.overheads import Overheads
from hvmc.scenario.scenario import Scenario
from hvmc.scenario.workload import Batch, Closed

__all__ = [
    "bare",
    "design_of",
    "experiment_of",
    "job",
    "lp_shares",
    "mean_responses",
    "played",
    "responses_ms",
    "saturated",
]


def bare(
    *guests: Guest, lps: int = 1, dispatch: Dispatch | None = None, **settings: Any
) -> Scenario:
    """Return a scenario without root and overheads, dispatched by hvmc's defaults."""
    return Scenario(
        **{
            "host": Host(logical_processors=lps),
            "guests": guests,
            "dispatch": dispatch or Dispatch(),
            "root": Root(background_load=0.0),
            "overheads": Overheads.none(),
            "warmup_s": 0.0,
            **settings,
        }
    )


def saturated(name: str, vps: int = 1, **priority: Any) -> Guest:
    """Return a guest whose VPs have work for ever, from a nanosecond after the start."""
    endless = Closed(threads=vps, cpu=Deterministic(1e5), think=Deterministic(1e-9))
    return Guest(name=name, virtual_processors=vps, priority=Priority(**priority), workload=endless)


def job(name: str, work_s: float, **priority: Any) -> Guest:
    """Return a guest of one VP that works from the start for so long, and stops."""
    work = Batch(workers=1, tasks=1, iterations=1, cpu=Deterministic(work_s))
    return Guest(name=name, priority=Priority(**priority), workload=work)


def played(scenario: Scenario, seed: int, trial: int = 0) -> HyperVHost:
    """Run a scenario to its end, without native baselines."""
    host = HyperVHost(scenario, seed=seed, trial=trial)
    host.run()
    return host


def lp_shares(
    scenario: Scenario, from_s: float, to_s: float, state: str = "running", seed: int = 1
) -> list[float]:
    """Return the share of its VPs' time that each guest spends in a state between two times."""
    host = HyperVHost(scenario, seed=seed)
    host.run_for(from_s)
    before = [guest.time_s[state] for guest in host.guests]
    host.run_for(to_s - from_s)
    after = [guest.time_s[state] for guest in host.guests]
    return [
        (end - begin) / (to_s - from_s) / guest.virtual_processors
        for begin, end, guest in zip(before, after, scenario.guests, strict=True)
    ]


def responses_ms(scenario: Scenario, seed: int = 1, load: int = 0) -> NDArray[np.float64]:
    """Return the response times of a guest's measured requests, milliseconds."""
    return np.asarray(played(scenario, seed).responses.of(load) * 1e-6, dtype=np.float64)


def mean_responses(scenario: Scenario, trials: int, seed: int) -> NDArray[np.float64]:
    """Return the mean response time of each guest, seconds, shape (trials, guests)."""
    found: list[Sequence[float]] = []
    for trial in range(trials):
        host = played(scenario, seed, trial)
        found.append([guest.mean_response_s for guest in host.guests])
    return np.array(found)


def experiment_of(*overrides: str) -> Experiment:
    """Return the experiment that ``hvmc run`` makes of some overrides."""
    return assemble(overrides, Source(conf_dir())).experiment


def design_of(*overrides: str) -> Design:
    """Return the first design of the experiment that ``hvmc run`` makes of some overrides."""
    return experiment_of(*overrides).points[0].design
