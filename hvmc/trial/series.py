"""The counters of one host over time."""

from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING

from hvmc.counters.interval import SampleInterval
from hvmc.counters.names import Sample
from hvmc.counters.sample import host_samples
from hvmc.model.host import HyperVHost
from hvmc.scenario.scenario import Scenario
from hvmc.scenario.settings import Problem, SettingsError
from hvmc.trial.host_memory import memory_counters

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LEAST_INTERVAL_S", "MOST_SAMPLES", "counter_series"]

MOST_SAMPLES = 20_000_000
LEAST_INTERVAL_S = 1e-6


def counter_series(
    scenario: Scenario,
    *,
    seed: int = 1,
    trial: int = 0,
    replication: int = 0,
    interval_s: float = 1.0,
) -> "pd.DataFrame":
    """Run a host to its horizon and return all its counters, interval by interval.

    The host's events are those of `hvmc.simulate` under the same names, whatever the interval.

    Parameters
    ----------
    scenario : Scenario
        What to simulate; natively nothing is run.
    seed, trial, replication : int
        Names of the random streams.
    interval_s : float
        Simulated seconds of an interval; the last one may be shorter.

    Returns
    -------
    DataFrame
        Columns time_s (float64, end of the interval), object, instance, counter (categories) and
        value (float64, nan where the interval gives none); ordered by time.

    Raises
    ------
    SettingsError
        If interval_s is below a microsecond, or the series would have more than 20 million rows.

    Examples
    --------
    >>> import hvmc
    >>> web = hvmc.Guest(name="web", workload=hvmc.Closed(threads=4, cpu=hvmc.Exponential(0.01)))
    >>> host = hvmc.Host(logical_processors=1)
    >>> scenario = hvmc.Scenario(host=host, guests=[web], horizon_s=3.0, warmup_s=0.0)
    >>> rows = hvmc.counter_series(scenario)
    >>> rows["time_s"].unique().tolist()
    [1.0, 2.0, 3.0]
    """
    if not interval_s >= LEAST_INTERVAL_S:
        problem = f"must be at least {LEAST_INTERVAL_S:g} s, got {interval_s:g}"
        raise SettingsError([Problem("interval_s", problem)])
    host = HyperVHost(scenario, seed=seed, trial=trial, replication=replication)
    return _frame(_intervals(host, interval_s), scenario, interval_s)


def _intervals(host: HyperVHost, interval_s: float) -> Iterator[tuple[float, list[Sample]]]:
    before, horizon_s, count = host.observed, host.scenario.horizon_s, 0
    while host.time < horizon_s:
        count += 1
        host.run_until(min(count * interval_s, horizon_s))
        after = host.observed
        interval = SampleInterval(host.scenario, before, after)
        yield float(host.time), host_samples(interval, memory_counters(host.balancer))
        before = after


def _frame(
    found: Iterator[tuple[float, list[Sample]]], scenario: Scenario, interval_s: float
) -> "pd.DataFrame":
    import numpy as np
    import pandas as pd

    first = next(found)
    names = pd.DataFrame(
        [sample[:3] for sample in first[1]], columns=["object", "instance", "counter"]
    ).astype("category")
    _check_size(len(names), scenario, interval_s)
    times, values = [], []
    for time_s, samples in chain([first], found):
        times.append(time_s)
        values.append([sample.value for sample in samples])
    rows = pd.concat([names] * len(times), ignore_index=True)
    rows.insert(0, "time_s", np.repeat(times, len(names)))
    return rows.assign(value=np.concatenate(values))


def _check_size(counters: int, scenario: Scenario, interval_s: float) -> None:
    if counters * scenario.horizon_s / interval_s > MOST_SAMPLES:
        raise SettingsError(
            [
                Problem(
                    "interval_s",
                    f"must leave at most {MOST_SAMPLES} rows, but {counters} counters over "
                    f"{scenario.horizon_s:g} s are more at {interval_s:g} s: lengthen it or "
                    "shorten horizon_s",
                )
            ]
        )
