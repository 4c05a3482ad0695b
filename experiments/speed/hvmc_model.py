"""hvmc's own rows: the compiled kernel alone, and the whole trial under Mesa.

Both run the core CPU model as a `hvmc.Scenario`: fair_queue, a fixed switch cost, every other
overhead off, no root partition. They draw for themselves; `tables` hands the same draws to others.
"""

import time
from typing import Any

import numpy as np
from case import Case, Outcome, Tables, given_tables
from numba import njit
from numpy.typing import NDArray

import hvmc
from hvmc.kernel.laws import draw_ns
from hvmc.kernel.load import load_scenario
from hvmc.kernel.responses import Responses, advance_to
from hvmc.kernel.start import start
from hvmc.kernel.threefry import block
from hvmc.scenario.keys import trial_key

Draws = NDArray[np.int64]


def scenario(case: Case) -> hvmc.Scenario:
    """Return the case as hvmc's scenario."""
    cpu = hvmc.Exponential(case.mean_cpu_ns * 1e-9)
    think = hvmc.Exponential(case.mean_think_ns * 1e-9)
    workload = hvmc.Closed(threads=case.threads_per_guest, cpu=cpu, think=think)
    guests = [
        hvmc.Guest(
            name=f"g{i}",
            virtual_processors=case.virtual_processors,
            priority=hvmc.Priority(weight=case.weight(i)),
            workload=workload,
        )
        for i in range(case.guests)
    ]
    switch = hvmc.Switch(cost_s=case.switch_ns * 1e-9, latency_s=0.0)
    return hvmc.Scenario(
        host=hvmc.Host(logical_processors=case.logical_processors),
        guests=guests,
        dispatch=hvmc.Dispatch(rule="fair_queue", queues="shared", slice_s=case.slice_ns * 1e-9),
        root=hvmc.Root(background_load=0.0),
        overheads=hvmc.Overheads.none().replace(switch=switch),
        horizon_s=case.horizon_ns * 1e-9,
        warmup_s=0.0,
    )


@njit  # type: ignore[untyped-decorator]
def _fill(state: Any, think_ns: Draws, cpu_ns: Draws) -> None:
    s = state[0]
    for thread in range(think_ns.shape[0]):
        load = s.thread[thread].load
        for k in range(think_ns.shape[1]):
            a, b = block(s, s.thread[thread].stream, k)
            think_ns[thread, k] = draw_ns(s, s.load[load].off_law, b)
            cpu_ns[thread, k] = max(draw_ns(s, s.load[load].cpu_law, a), 1)


def tables(case: Case) -> Tables:
    """Return the draws that hvmc makes in this case."""
    cycles = case.horizon_ns / (case.mean_cpu_ns + case.mean_think_ns)
    requests = int(cycles + 10.0 * cycles**0.5) + 20
    draws = [np.empty((case.threads, requests), np.int64) for _ in range(2)]
    _fill(load_scenario(scenario(case), trial_key(case.seed)), *draws)
    return given_tables(case, *draws)


def _outcome(case: Case, state: np.ndarray, cpu_s: float) -> Outcome:
    lps = slice(0, case.logical_processors)
    vps = slice(0, case.guests * case.virtual_processors)
    running = state["lp"]["vp"][0][lps] >= 0
    uncharged = (state["lp"]["settled_at"][0][lps] - state["lp"]["charge_from"][0][lps])[
        running
    ].sum()
    ready = state["vp"]["ns"][0][vps, 1].reshape(case.guests, -1).sum(axis=1)
    return Outcome(
        events=int(state["events"][0]),
        completed=tuple(state["load"]["finished"][0][: case.guests].tolist()),
        response_ns=tuple(state["load"]["response_ns"][0][: case.guests].tolist()),
        waiting_ns=tuple(ready.tolist()),
        dispatches=int((state["vp"]["dispatches"][0][vps] + state["vp"]["renewals"][0][vps]).sum()),
        switches=int(state["lp"]["switches"][0][lps].sum()),
        busy_ns=int(state["lp"]["busy_ns"][0][lps].sum() - uncharged),
        loop_cpu_s=cpu_s,
    )


def run_kernel(case: Case, _think_ns: Draws, _cpu_ns: Draws) -> Outcome:
    """Run the compiled loop; its CPU time alone counts."""
    state = load_scenario(scenario(case), trial_key(case.seed))
    start(state)
    responses = Responses()
    before = time.process_time()
    advance_to(state, case.horizon_ns, responses)
    return _outcome(case, state, time.process_time() - before)


def run_trial(case: Case, _think_ns: Draws, _cpu_ns: Draws) -> Outcome:
    """Run a whole trial under Mesa, one-second decisions; all of it counts, scenario to row."""
    before = time.process_time()
    host = hvmc.HyperVHost(scenario(case), seed=case.seed)
    host.run_until(case.horizon_ns * 1e-9)
    for guest in host.guests:
        _row = (guest.mean_response_s, guest.finished, guest.wait_per_dispatch_s)
    return _outcome(case, host.state, time.process_time() - before)
