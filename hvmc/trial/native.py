"""Native baselines: the same requests on bare machines."""

import math

import numpy as np

from hvmc.kernel.clock import nanoseconds
from hvmc.kernel.codes import BATCH, PARTS
from hvmc.kernel.machine import Machine
from hvmc.kernel.responses import ages_of_unfinished
from hvmc.model.pace import advance
from hvmc.scenario.guest import Guest
from hvmc.scenario.scenario import Scenario
from hvmc.scenario.working_sets import WorkingSets
from hvmc.scenario.workload import Batch
from hvmc.trial.bare_memory import AMPLE, BareMemory
from hvmc.trial.measured import GuestRun, NativeRun, ResponseTimes

__all__ = ["NativeRuns", "adequate_processors", "measure"]

ADEQUATE_UTILISATION = 0.7


def adequate_processors(guest: Guest, scenario: Scenario) -> int:
    """Return min(L, max(V, ceil(D / 0.7))), D the guest's LP demand."""
    wanted = math.ceil(guest.lp_demand / ADEQUATE_UTILISATION - 1e-9)
    return min(scenario.host.logical_processors, max(guest.virtual_processors, wanted))


class NativeRuns:
    """Runs bare machines in a copy of the host's record, each size once.

    They go on until every measured request has finished, which under ``together`` can take longer
    than virtually; ten times the virtual run's longest duration cuts off what never would.
    """

    def __init__(self, scenario: Scenario, host: Machine, sets: WorkingSets) -> None:
        self.scenario = scenario
        self._sets = sets
        self._machine = host.copy()
        self._end_ns = 10 * int(host.state["end_ns"][0])
        self._machine.state["end_ns"][0] = self._end_ns
        self._done: dict[tuple[int, int, int, bool, float], tuple[GuestRun, ...]] = {}
        self.events = 0

    def machine(
        self, first: int, last: int, processors: int, memory_mib: float, as_host: bool = False
    ) -> tuple[GuestRun, ...]:
        """Return what a bare machine shows of workloads ``first..last - 1``."""
        smt = self.scenario.host.threads_per_core == 2
        memory = BareMemory(self._sets, self.scenario.overheads.faults, first, last, memory_mib)
        enough = AMPLE if memory.ample else memory_mib
        key = (first, last, processors, as_host and smt, enough)
        if key not in self._done:
            self._done[key] = self._run(memory, processors, as_host and smt)
        return self._done[key]

    def _run(self, memory: BareMemory, processors: int, as_host: bool) -> tuple[GuestRun, ...]:
        machine = self._machine
        machine.set_fault_rates(memory.rates(0), memory.first)
        machine.start_bare(memory.first, memory.last, processors, as_host)
        if not memory.steady:
            machine.state["taxed"][0] = 1
            self._advance_in_steps(memory)
        elif not _all_batch(self.scenario):
            advance(machine, nanoseconds(self.scenario.horizon_s))
        advance(machine, self._end_ns, stop_when_measured=True)
        self.events += int(machine.state["events"][0])
        loads = range(memory.first, memory.last)
        return tuple(measure(self.scenario, machine, load, processors) for load in loads)

    def _advance_in_steps(self, memory: BareMemory) -> None:
        """Advance from one decision instant to the next until all that is measured has finished."""
        machine, scenario = self._machine, self.scenario
        window_ns = 0 if _all_batch(scenario) else nanoseconds(scenario.horizon_s)
        instant, unfinished = 0, True
        while unfinished and machine.now_ns < self._end_ns:
            instant += 1
            until_ns = min(nanoseconds(instant * scenario.decision_interval_s), self._end_ns)
            if machine.now_ns < window_ns < until_ns:
                advance(machine, window_ns)
            advance(machine, until_ns, stop_when_measured=until_ns > window_ns)
            machine.set_fault_rates(memory.rates(instant), memory.first)
            unfinished = until_ns <= window_ns or machine.unfinished

    def baseline(self, name: str) -> NativeRun:
        """Return a named baseline: every guest on its machine, or all together on one."""
        guests, host = self.scenario.guests, self.scenario.host
        lps, whole = host.logical_processors, host.memory_mib
        if name == "together":
            return NativeRun(name, self.machine(0, len(guests), lps, whole, as_host=True))
        measured: list[GuestRun] = []
        for load, guest in enumerate(guests):
            processors, memory_mib = {
                "adequate": (adequate_processors(guest, self.scenario), AMPLE),
                "same_size": (guest.virtual_processors, guest.memory.maximum_mib),
                "full_host": (lps, whole),
            }[name]
            as_host = name == "full_host"
            measured += self.machine(load, load + 1, processors, memory_mib, as_host)
        return NativeRun(name, tuple(measured))


def _all_batch(scenario: Scenario) -> bool:
    return all(isinstance(guest.workload, Batch) for guest in scenario.guests)


def measure(scenario: Scenario, machine: Machine, load: int, processors: int) -> GuestRun:
    """Return what a finished run, virtual or native, shows of one guest."""
    guest, state = scenario.guests[load], machine.state
    times = ResponseTimes(machine.responses.of(load), ages_of_unfinished(state, load))
    if isinstance(guest.workload, Batch):
        throughput = 1.0 / times.mean if times.count > times.censored == 0 else 0.0
    else:
        window = scenario.horizon_s - scenario.warmup_s
        throughput = float(state["load"]["completed"][0][load]) / window
    return GuestRun(guest.name, times, throughput, processors, _parts_s(state, load))


def _parts_s(state: np.ndarray, load: int) -> dict[str, float]:
    finished = int(state["load"]["finished"][0][load])
    if finished == 0 or state["load"]["kind"][0][load] == BATCH:
        return dict.fromkeys(PARTS, math.nan)
    mean_s = state["load"]["part_ns"][0][load] * (1e-9 / finished)
    return dict(zip(PARTS, mean_s.tolist(), strict=True))
