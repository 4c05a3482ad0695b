"""More or less load on a guest: its requests stay what they are, more of them come.

A closed workload gets the nearest whole number of threads, and a think time with which their demand
is exactly what is wanted (threads x cpu / (cpu + I/O + think)); where that would be below zero, a
thread more. Of an open one arrivals come closer, of a recorded one the levels rise.
"""

import math

from hvmc.scenario.distributions import Exponential
from hvmc.scenario.workload import Batch, Closed, Open, Trace, Workload

__all__ = ["loaded"]

_LEAST_S = 1e-9


def loaded(workload: Workload, factor: float) -> Workload:
    """Return a workload of ``factor`` times the demand.

    Parameters
    ----------
    workload : Closed, Open or Trace
        At present.
    factor : float
        Above 0.

    Raises
    ------
    ValueError
        If the factor is not above 0, or the workload is a batch, which has a fixed size.

    Examples
    --------
    >>> from hvmc.scenario.distributions import Exponential
    >>> one = Closed(threads=3, cpu=Exponential(0.01), think=Exponential(0.09))
    >>> more = loaded(one, 1.5)
    >>> more.threads, round(more.lp_demand / one.lp_demand, 12)
    (4, 1.5)
    """
    if not (math.isfinite(factor) and factor > 0):
        raise ValueError(f"must be a load above 0, got {factor:g}")
    if factor == 1.0:
        return workload
    if isinstance(workload, Open):
        return workload.replace(interarrival=workload.interarrival.scaled(1.0 / factor))
    if isinstance(workload, Trace):
        levels = tuple(level * factor for level in workload.demand_lps)
        return workload.replace(
            demand_lps=levels, threads=max(workload.threads, math.ceil(max(levels)))
        )
    if isinstance(workload, Batch):
        raise ValueError("has no load to change: a batch workload has a fixed size")  # noqa: TRY004
    cycle_s = workload.cpu.mean + workload.off_cpu_s
    device_s = workload.off_cpu_s - workload.think.mean
    threads = max(round(workload.threads * factor), 1)
    think_s = _think_s(workload, threads, factor, cycle_s, device_s)
    if think_s <= 0.0:
        threads += 1
        think_s = _think_s(workload, threads, factor, cycle_s, device_s)
    mean = workload.think.mean
    scaled = (
        workload.think.scaled(think_s / mean)
        if mean > 0 and think_s > 0
        else Exponential(max(think_s, _LEAST_S))
    )
    return workload.replace(threads=threads, think=scaled)


def _think_s(work: Closed, threads: int, factor: float, cycle_s: float, device_s: float) -> float:
    """Return the think time of so many threads that demand ``factor`` times as much."""
    return threads * cycle_s / (work.threads * factor) - work.cpu.mean - device_s
