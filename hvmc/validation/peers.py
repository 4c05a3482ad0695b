"""Other programs' models of queueing systems: SimPy and Ciw, of the extra ``hvmc[test]``.

They share no code, no random numbers and no order of events with hvmc. Measured are the requests
that start between two times, all of which end long before the simulation does.
"""

import math
import random
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np

__all__ = ["ClosedPeer", "OpenPeer", "ciw_mean_s", "simpy_mean_s"]

_WARMUP_S, _DRAIN_S = 1.0, 5.0


@dataclass(frozen=True)
class OpenPeer:
    """Poisson arrivals at servers of lognormal service, first come first served.

    Parameters
    ----------
    servers : int
        Servers.
    rate_per_s : float
        Arrivals per second.
    service_s, cv : float
        Mean service time, seconds, and its coefficient of variation.
    """

    servers: int
    rate_per_s: float
    service_s: float
    cv: float


@dataclass(frozen=True)
class ClosedPeer:
    """Threads that think and work in turn, on processors and at a disk.

    Parameters
    ----------
    threads, processors : int
        Threads, and processors that they share, first come first served.
    think_s : float
        Mean of the exponential think time, seconds.
    work_s, cv : float
        Mean of the lognormal work of a request, seconds, and its coefficient of variation; it is
        done in equal parts before, between and after its I/Os.
    ios : int
        I/Os of a request.
    disk_servers : int
        Servers of the disk.
    io_s : float
        Mean of an I/O's exponential service, seconds.
    """

    threads: int
    processors: int
    think_s: float
    work_s: float
    cv: float
    ios: int
    disk_servers: int
    io_s: float


def _lognormal(mean: float, cv: float) -> tuple[float, float]:
    """Return mean and standard deviation of the logarithm."""
    variance = math.log1p(cv**2)
    return math.log(mean) - 0.5 * variance, math.sqrt(variance)


def ciw_mean_s(system: OpenPeer, measured_s: float, seed: int) -> float:
    """Return the mean response time in an open system by Ciw, seconds.

    Parameters
    ----------
    system : OpenPeer
        The system.
    measured_s : float
        Length of the window, seconds.
    seed : int
        Seed of Ciw's random numbers.
    """
    ciw: Any = import_module("ciw")
    ciw.seed(seed)
    law = ciw.dists.Lognormal(*_lognormal(system.service_s, system.cv))
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(system.rate_per_s)],
        service_distributions=[law],
        number_of_servers=[system.servers],
    )
    until_s = _WARMUP_S + measured_s
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_time(until_s + _DRAIN_S)
    times = [
        record.exit_date - record.arrival_date
        for record in simulation.get_all_records()
        if _WARMUP_S <= record.arrival_date < until_s
    ]
    return float(np.mean(times))


def simpy_mean_s(system: ClosedPeer, measured_s: float, seed: int) -> float:
    """Return the mean response time in a closed system by SimPy, seconds.

    Parameters
    ----------
    system : ClosedPeer
        The system.
    measured_s : float
        Length of the window, seconds.
    seed : int
        Seed of the random numbers.
    """
    simpy: Any = import_module("simpy")
    rng, env = random.Random(seed), simpy.Environment()
    processors = simpy.Resource(env, system.processors)
    disk = simpy.Resource(env, system.disk_servers)
    law = _lognormal(system.work_s, system.cv)
    until_s = _WARMUP_S + measured_s
    times: list[float] = []

    def served(at: Any, seconds: float) -> Any:
        with at.request() as turn:
            yield turn
            yield env.timeout(seconds)

    def thread() -> Any:
        while True:
            yield env.timeout(rng.expovariate(1.0 / system.think_s))
            began = env.now
            burst_s = rng.lognormvariate(*law) / (system.ios + 1)
            yield from served(processors, burst_s)
            for _ in range(system.ios):
                yield from served(disk, rng.expovariate(1.0 / system.io_s))
                yield from served(processors, burst_s)
            if _WARMUP_S <= began < until_s:
                times.append(env.now - began)

    for _ in range(system.threads):
        env.process(thread())
    env.run(until=until_s + _DRAIN_S)
    return float(np.mean(times))
