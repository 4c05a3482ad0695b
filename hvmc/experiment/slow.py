"""Trials that will take minutes, known from their first hundredths of a second."""

import time
from collections.abc import Iterator, Mapping, Sequence

from hvmc.analysis.numbers import figure
from hvmc.experiment.forecast import evenly
from hvmc.experiment.settings import Experiment, Point
from hvmc.experiment.spans import Span
from hvmc.scenario.scenario import Scenario
from hvmc.scenario.workload import Batch

__all__ = ["least_costs_s", "least_unit_s", "slow_points"]

_SLOW_S = 60.0
_PROBE_S = 0.05
_PROBED_POINTS = 5


def least_costs_s(experiment: Experiment, missing: Sequence[Span]) -> dict[int, float]:
    """Return how long a unit of each of some design points takes at least, seconds.

    Parameters
    ----------
    experiment : Experiment
        What is run.
    missing : sequence of Span
        Units of single points to simulate.
    """
    first = {span.point: span.trials.start for span in reversed(missing)}
    return {
        number: least_unit_s(experiment.points[number], seed=experiment.seed, trial=first[number])
        for number in evenly(first, _PROBED_POINTS)
    }


def slow_points(
    experiment: Experiment, missing: Sequence[Span], costs_s: Mapping[int, float]
) -> Iterator[str]:
    """Yield a sentence for each design point whose trials will take minutes.

    Parameters
    ----------
    experiment, missing
        As of `least_costs_s`.
    costs_s : mapping of int to float
        What that returned.
    """
    first = {span.point: span.trials.start for span in reversed(missing)}
    for number, least_s in costs_s.items():
        if least_s > _SLOW_S:
            point = experiment.points[number]
            label = f" ({point.label})" if point.label else ""
            yield (
                f"a trial of design point {number}{label} will take {figure(least_s / 60)} min or "
                f"more for {figure(_simulated_s(point, experiment.seed, first[number]))} simulated "
                "s: shorten horizon_s or lengthen bursts, or end such trials with "
                "trial_time_limit_s=SECONDS"
            )


def least_unit_s(point: Point, *, seed: int, trial: int) -> float:
    """Return how long a unit takes at least, seconds, from how far its virtual run soon gets.

    Native runs and the time until all requests have finished are not counted; 0 where the scenario
    can't be drawn or run, which the unit itself will tell.

    Parameters
    ----------
    point : Point
        The design point.
    seed, trial : int
        Names of the random streams.
    """
    from hvmc.model.host import HyperVHost
    from hvmc.model.pace import TrialTimeLimitError, time_limit

    try:
        scenario = point.design.draw(seed=seed, trial=trial)
        host = HyperVHost(scenario, seed=seed, trial=trial)
        begin_s, used_s = time.monotonic(), time.process_time()
        with time_limit(_PROBE_S):
            host.run()
    except TrialTimeLimitError as reached:
        # on a busy machine most of the time may have passed without this process
        spent_s = min(reached.passed_s, time.process_time() - used_s)
        return spent_s * _least_s(scenario) / max(reached.simulated_s, 1e-9)
    except Exception:  # of which the unit itself will tell, as a failure
        return 0.0
    return time.monotonic() - begin_s


def _simulated_s(point: Point, seed: int, trial: int) -> float:
    return _least_s(point.design.draw(seed=seed, trial=trial))


def _least_s(scenario: Scenario) -> float:
    """Return how many seconds are simulated at least: the horizon, or the longest batch alone."""
    work = [guest.workload for guest in scenario.guests]
    alone_s = [
        item.iterations * item.tasks * item.cpu.mean / min(item.workers, item.tasks)
        for item in work
        if isinstance(item, Batch)
    ]
    return max(alone_s) if len(alone_s) == len(work) else scenario.horizon_s
