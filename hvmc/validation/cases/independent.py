"""Random systems beside independent programs: Ciw, SimPy, and mean value analysis.

Systems are drawn by a seed of their own (``_SYSTEMS``), so that the table can say what they are;
the seed of the command moves the luck of both programs. Root and overheads are off. A claim is an
equivalence: the ratio of mean response times, ours over theirs, is 1 within 1 % (mean value
analysis, which is exact) or 3 % (SimPy, Ciw) beyond what chance allows at a family-wise false-alarm
rate (`hvmc.validation.verdicts`).

- Ciw: open, 2-6 servers, load 0.3-0.65, lognormal service of cv 0.5-1.2.
- SimPy: closed, 4-16 threads on 1-4 LPs, lognormal work of cv 0.5-1.5, 1 or 2 I/Os at a disk of 1-3
  servers.
- Mean value analysis: closed, 4-16 threads on as many LPs, a disk and an adapter of 1-3 servers
  each, 1-2 visits to either; work on LPs is a stage at which nobody waits, of any law.
"""

from collections.abc import Callable
from functools import partial
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hvmc import theory
from hvmc.analysis.numbers import amount
from hvmc.scenario import workload
from hvmc.scenario.distributions import Exponential, Lognormal
from hvmc.scenario.guest import Guest
from hvmc.scenario.host import Host
from hvmc.scenario.io import Attachment, Device
from hvmc.scenario.scenario import Scenario
from hvmc.validation.bench import bare, mean_responses
from hvmc.validation.case import Case, Claim
from hvmc.validation.peers import ClosedPeer, OpenPeer, ciw_mean_s, simpy_mean_s

__all__ = ["CASES"]

_SYSTEMS = 20261128
_TRIALS, _LONG = 10, 40
_REQUESTS = 5000
"""Requests of another program in a trial; of ours are `_OURS` times as many."""
_OURS = 5
_EXACT_REQUESTS = 400_000
_WARMUP_S = 1.0


def _draws(kind: str, number: int) -> np.random.Generator:
    return np.random.default_rng([_SYSTEMS, crc32(kind.encode()), number])


def _ours_s(scenario: Scenario, trials: int, seed: int) -> NDArray[np.float64]:
    return mean_responses(scenario, trials, seed)[:, 0]


def _window(measured_s: float) -> dict[str, Any]:
    return {"warmup_s": _WARMUP_S, "horizon_s": _WARMUP_S + measured_s, "drain_s": 60.0}


def _ratios(
    scenario: Scenario, theirs: Callable[[int], float], name: str, trials: int, seed: int
) -> NDArray[np.float64]:
    """Return the ratio of mean response times, ours over theirs, by trial."""
    seeds = [crc32(f"{name}/{seed}/{trial}".encode()) for trial in range(trials)]
    means_s = np.array([theirs(one) for one in seeds])
    return np.asarray(_ours_s(scenario, trials, seed) / means_s)


def _case(
    name: str,
    system: str,
    theirs: str,
    bound: float,
    run: Callable[[int, int], ArrayLike],
    needs: str = "",
) -> Case:
    text = f"{system}: response, x {theirs}'s"
    claim = Claim(text, theirs, 1.0, 1.0, "exact", bound=bound)
    return Case(name, (claim,), run, _TRIALS, _LONG, needs)


def _open(number: int) -> Case:
    rng = _draws("open", number)
    servers, service_s = int(rng.integers(2, 7)), float(rng.uniform(0.002, 0.010))
    load, cv = float(rng.uniform(0.3, 0.65)), float(rng.uniform(0.5, 1.2))
    system = OpenPeer(servers, load * servers / service_s, service_s, cv)
    measured_s = _REQUESTS / system.rate_per_s
    work = workload.Open(
        interarrival=Exponential(1.0 / system.rate_per_s),
        cpu=Lognormal(service_s, cv),
        threads=256,
    )
    guest = Guest(name="web", virtual_processors=servers, workload=work)
    scenario = bare(guest, lps=servers, **_window(_OURS * measured_s))
    name = f"open_{number}"
    told = f"M/G/{servers}, load {load:.2f}, cv {cv:.2f}"
    run = partial(_ratios, scenario, partial(ciw_mean_s, system, measured_s), name)
    return _case(name, told, "Ciw", 0.03, run, "ciw")


def _closed(number: int) -> Case:
    rng = _draws("closed", number)
    system = ClosedPeer(
        threads=int(rng.integers(4, 17)),
        processors=int(rng.integers(1, 5)),
        think_s=float(rng.uniform(0.005, 0.050)),
        work_s=float(rng.uniform(0.002, 0.010)),
        cv=float(rng.uniform(0.5, 1.5)),
        ios=int(rng.integers(1, 3)),
        disk_servers=int(rng.integers(1, 4)),
        io_s=float(rng.uniform(0.001, 0.005)),
    )
    measured_s = _REQUESTS * _cycle_s(system) / system.threads
    work = workload.Closed(
        threads=system.threads,
        cpu=Lognormal(system.work_s, system.cv),
        think=Exponential(system.think_s),
        io=Exponential(system.io_s),
        ios=system.ios,
    )
    guest = Guest(
        name="web",
        virtual_processors=system.processors,
        workload=work,
        io=Attachment("direct"),
    )
    host = Host(
        logical_processors=system.processors, devices=(Device(servers=system.disk_servers),)
    )
    scenario = bare(guest, host=host, **_window(_OURS * measured_s))
    name = f"closed_{number}"
    told = (
        f"{system.threads} threads, {amount(system.processors, 'LP')}, "
        f"{amount(system.ios, 'I/O')} at {amount(system.disk_servers, 'server')}, "
        f"cv {system.cv:.2f}"
    )
    run = partial(_ratios, scenario, partial(simpy_mean_s, system, measured_s), name)
    return _case(name, told, "SimPy", 0.03, run, "simpy")


def _cycle_s(system: ClosedPeer) -> float:
    """Return a thread's least time from request to request, by the bottleneck."""
    demand_s = system.ios * system.io_s
    busiest_s = max(system.work_s / system.processors, demand_s / system.disk_servers)
    return max(system.think_s + system.work_s + demand_s, system.threads * busiest_s)


def _exact_ratio(scenario: Scenario, exact_s: float, trials: int, seed: int) -> NDArray[np.float64]:
    return np.asarray(_ours_s(scenario, trials, seed) / exact_s)


def _network(number: int) -> Case:
    rng = _draws("network", number)
    threads = int(rng.integers(4, 17))
    think_s, work_s = float(rng.uniform(0.001, 0.030)), float(rng.uniform(0.001, 0.010))
    servers, visits = rng.integers(1, 4, 2).tolist(), rng.integers(1, 3, 2).tolist()
    means_s = rng.uniform(0.001, 0.006, 2).tolist()
    demands_s = [count * mean for count, mean in zip(visits, means_s, strict=True)]
    response_s = theory.mean_value_response(threads, think_s + work_s, demands_s, servers)
    disk, adapter = (Exponential(mean) for mean in means_s)
    work = workload.Closed(
        threads=threads,
        cpu=Lognormal(work_s, 1.0),
        think=Exponential(think_s),
        io=disk,
        ios=visits[0],
        transfer=adapter,
        transfers=visits[1],
        transfer_kib=0.0,
    )
    guest = Guest(
        name="web",
        virtual_processors=threads,
        workload=work,
        io=Attachment("direct"),
        network=Attachment("direct", "nic"),
    )
    devices = (Device(servers=servers[0]), Device("nic", "adapter", servers[1]))
    host = Host(logical_processors=threads, devices=devices)
    measured_s = _EXACT_REQUESTS * (think_s + work_s + response_s) / threads
    scenario = bare(guest, host=host, **_window(measured_s / _TRIALS))
    told = (
        f"{threads} threads, {amount(visits[0], 'I/O')} at {amount(servers[0], 'server')}, "
        f"{amount(visits[1], 'transfer')} at {servers[1]}"
    )
    run = partial(_exact_ratio, scenario, work_s + response_s)
    return _case(f"network_{number}", told, "MVA", 0.01, run)


CASES = (
    *(_open(number) for number in range(3)),
    *(_closed(number) for number in range(3)),
    *(_network(number) for number in range(6)),
)
