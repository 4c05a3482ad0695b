"""Shares of processors: competing VPs, SMT, reserves, wake-ups, SQL guests.

Nothing is fitted but ``host.smt_speed``, which is the published 0.55-0.65 (B16). The round trips of
A22 are those of one VP that idles 20 us and works 5 us in turn (assumed), alone on four LPs; a VP
that polls neither halts nor is dispatched again (assumed). The SQL guests are closed: 8 threads,
requests of 5 ms, a think time at which a guest alone uses 1.36 LPs, overheads in it as in what a
hypervisor counts, by the machine repairman's formula; all but the 1.36 is assumed. Of G03 only four
LPs at 25 % are published: VPs that work 2 ms at a time (assumed), as many as LPs or four times.
"""

from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from hvmc import theory
from hvmc.model.host import HyperVHost
from hvmc.model.looking import vps_on_lps
from hvmc.scenario.distributions import Deterministic, Exponential
from hvmc.scenario.guest import Guest, Priority
from hvmc.scenario.host import Dispatch, Host
from hvmc.scenario.overheads import Overheads
from hvmc.scenario.scenario import Scenario
from hvmc.scenario.workload import Closed, Open
from hvmc.validation.bench import bare, job, lp_shares, played, saturated
from hvmc.validation.case import Case, Claim, Kind

__all__ = ["CASES"]

_TURNAROUNDS_S = (
    361.823, 724.438, 1086.978, 1452.598, 1807.154, 2215.224, 2533.542, 2895.687,
)  # fmt: skip
_JOB_S = 36.1823
_MOST = len(_TURNAROUNDS_S)
_SMT_SPEED = Host().smt_speed
_MHZ = 6000.0
_WIRE_S, _SERVED_S = 20e-6, 5e-6
_FEW_LPS, _RHO, _BURST_S, _LOOKS = 4, 0.25, 0.002, 10_000
_CORES_ALONE, _SQL_THREADS, _SQL_CPU_S = 1.36, 8, 0.005


def _turnaround_ratios(trials: int, seed: int) -> list[list[float]]:
    """Return mean turnaround of n competing jobs over that of one, n from 2 on."""
    found = []
    for trial in range(trials):
        means = []
        for count in range(1, _MOST + 1):
            guests = tuple(job(f"g{number}", _JOB_S) for number in range(count))
            scenario = Scenario(
                host=Host(logical_processors=1), guests=guests, horizon_s=1e4, warmup_s=0.0
            )
            host = played(scenario, seed, trial)
            means.append(float(np.mean([guest.mean_response_s for guest in host.guests])))
        found.append([mean / means[0] for mean in means[1:]])
    return found


def _work_per_s(host: Host, guests: int) -> list[float]:
    """Return work per second of each of some endless guests of one VP."""
    scenario = bare(*(saturated(f"g{number}") for number in range(guests)), host=host)
    machine = played(scenario.replace(horizon_s=20.0, drain_s=0.0), 1)
    return [guest.cpu_work_s / machine.time for guest in machine.guests]


def _smt(trials: int, _seed: int) -> list[list[float]]:
    core = Host(logical_processors=2, threads_per_core=2)
    alone, both = _work_per_s(core, 1), _work_per_s(core, 2)
    return [[100.0 * (sum(both) / alone[0] - 1.0), 100.0 * both[0] / alone[0]]] * trials


def _core_scheduler(trials: int, _seed: int) -> list[float]:
    """Return the speed of a running VP without SMT: core over classic, siblings busy."""
    speeds = []
    for scheduler in ("core", "classic"):
        host = Host(logical_processors=4, threads_per_core=2, scheduler=scheduler)
        scenario = bare(*(saturated(f"g{number}") for number in range(4)), host=host)
        machine = played(scenario.replace(horizon_s=20.0, drain_s=0.0), 1)
        running = sum(guest.time_s["running"] for guest in machine.guests)
        speeds.append(sum(guest.cpu_work_s for guest in machine.guests) / running)
    return [speeds[0] / speeds[1]] * trials


def _split_mhz(trials: int, _seed: int) -> list[list[float]]:
    demand = Open(interarrival=Deterministic(0.012), cpu=Deterministic(0.001), threads=64)
    guests = (
        Guest(name="vm1", workload=demand, priority=Priority(weight=1000)),
        saturated("vm2", reserve=2250.0 / _MHZ, weight=1000),
        saturated("vm3", weight=2000),
    )
    dispatch = Dispatch(reserve_rule="floor", slice_s=0.0002)
    shares = lp_shares(bare(*guests, dispatch=dispatch), 2.0, 32.0)
    return [[_MHZ * share for share in shares]] * trials


def _wake_up_us(trials: int, seed: int) -> list[float]:
    """Return by how much a round trip is longer where the VP halts than where it polls."""
    work = Closed(threads=1, cpu=Deterministic(_SERVED_S), think=Deterministic(_WIRE_S))
    halts = Overheads()
    polls = halts.without("switch").replace(intercepts=halts.intercepts.replace(halt_s=0.0))
    found = []
    for trial in range(trials):
        halting, polling = (
            played(
                Scenario(
                    host=Host(logical_processors=4),
                    guests=(Guest(name="served", workload=work),),
                    overheads=overheads,
                    horizon_s=2.2,
                    warmup_s=0.2,
                ),
                seed,
                trial,
            ).guests[0]
            for overheads in (halts, polls)
        )
        found.append(1e6 * (halting.mean_response_s - polling.mean_response_s))
    return found


def _all_busy_percent(vps: int, trials: int, seed: int) -> list[float]:
    """Return how often all LPs are found busy, by looks 10 ms apart."""
    load = _RHO * _FEW_LPS / vps
    work = Closed(
        threads=1, cpu=Exponential(_BURST_S), think=Exponential(_BURST_S * (1.0 / load - 1.0))
    )
    guests = tuple(Guest(name=f"g{number}", workload=work) for number in range(vps))
    found = []
    for trial in range(trials):
        host = HyperVHost(bare(*guests, lps=_FEW_LPS, horizon_s=1e4), seed=seed, trial=trial)
        busy = 0
        for _ in range(_LOOKS):
            host.run_for(0.010)
            busy += min(vps_on_lps(host.state)) >= 0
        found.append(100.0 * busy / _LOOKS)
    return found


def _sql_host(count: int, think_s: float) -> Scenario:
    work = Closed(threads=_SQL_THREADS, cpu=Exponential(_SQL_CPU_S), think=Exponential(think_s))
    guests = tuple(
        Guest(name=f"sql{number}", virtual_processors=2, workload=work) for number in range(count)
    )
    return Scenario(host=Host(logical_processors=8), guests=guests, horizon_s=40.0, warmup_s=5.0)


def _sql_think_s(seed: int) -> float:
    """Return the think time with which a guest alone uses the published cores, overheads in it."""
    (alone,) = played(_sql_host(1, 0.01), seed).guests
    service_s = _SQL_CPU_S * alone.time_s["running"] / alone.cpu_work_s

    def excess(think_s: float) -> float:
        found = theory.machine_repairman(_SQL_THREADS, think_s, service_s, 2)
        return float(found.throughput_per_s) * service_s - _CORES_ALONE

    return float(brentq(excess, 1e-4, 1.0))


def _sql_throughputs(trials: int, seed: int) -> NDArray[np.float64]:
    """Return throughput per guest with 6 and 8 guests, relative to 4."""
    think_s = _sql_think_s(seed)
    found = np.empty((trials, 2))
    for trial in range(trials):
        per_guest = []
        for count in (4, 6, 8):
            host = played(_sql_host(count, think_s), seed, trial)
            per_guest.append(np.mean([guest.measured for guest in host.guests]))
        found[trial] = np.array(per_guest[1:]) / per_guest[0]
    return found


def _one(
    text: str,
    row: str,
    value: float,
    kind: Kind = "predicted",
    within: float = 0.0,
    why: str = "",
) -> Claim:
    return Claim(text, row, value, value, kind, within, why=why)


_CACHES = (
    "the model refills a cache after each switch, which primes have not; of 6 VPs the measurement "
    "itself is 2 % above six times one."
)
_WAKING = (
    "a halt costs 6 us (C08, C09, Hyper-V) and the dispatch after it 3 us; how much of the halt's "
    "exit polling saved is not published."
)
_INDEPENDENT = (
    "0.25^4 takes it that LPs are busy independently of each other; a VP that finds its LP busy "
    "takes another, so that they are busy together where there are more VPs than LPs."
)
_SQL = (
    "interference takes all that is missing: without it the model gives 0.92 and 0.72. The "
    "published 0.735 is 8 cores over 8 x 1.36, as if guests did not slow each other at all."
)


CASES = (
    Case(
        "competing_vps",
        tuple(
            _one(
                f"{count} VPs compete for an LP: turnaround, x one",
                "B15",
                turnaround_s / _TURNAROUNDS_S[0],
                within=0.005,
                why=_CACHES,
            )
            for count, turnaround_s in enumerate(_TURNAROUNDS_S[1:], 2)
        ),
        _turnaround_ratios,
        2,
        10,
    ),
    Case(
        "smt",
        (
            Claim("both threads of a core busy: gain, %", "B16", 10.0, 30.0, "fitted"),
            Claim("both threads of a core busy: speed of each, %", "B16", 55.0, 65.0, "fitted"),
        ),
        _smt,
    ),
    Case(
        "core_scheduler",
        (
            Claim(
                "core scheduler, VPs without SMT: speed, x classic",
                "arithmetic",
                1.0 / _SMT_SPEED,
                1.0 / _SMT_SPEED,
                tolerance=1e-3,
            ),
        ),
        _core_scheduler,
    ),
    Case(
        "floor_of_a_reserve",
        (
            _one("demand 500 of 6000 MHz: MHz", "B18", 500.0, within=0.01),
            _one("reserve 2250, weight 1000 of 6000 MHz: MHz", "B18", 2250.0, within=0.01),
            _one("weight 2000 of 6000 MHz: MHz", "B18", 3250.0, within=0.01),
        ),
        _split_mhz,
    ),
    Case(
        "wake_up",
        (_one("a VP halts between packets, or polls: us longer", "A22", 34.0 - 27.0, why=_WAKING),),
        _wake_up_us,
        3,
        20,
    ),
    *(
        Case(
            f"all_busy_{vps}",
            (
                _one(
                    f"4 LPs 25 % busy, by {vps} VPs: all four at once, %",
                    "G03",
                    0.4,
                    why=_INDEPENDENT,
                ),
            ),
            partial(_all_busy_percent, vps),
            5,
            20,
        )
        for vps in (_FEW_LPS, 4 * _FEW_LPS)
    ),
    Case(
        "sql_guests",
        (
            _one("6 SQL guests of 2 VPs on 8 LPs: throughput each, x 4", "SQL lab", 0.93, why=_SQL),
            _one(
                "8 SQL guests of 2 VPs on 8 LPs: throughput each, x 4", "SQL lab", 0.735, why=_SQL
            ),
        ),
        _sql_throughputs,
        5,
        20,
    ),
)
