"""Native baselines: the same requests on bare machines."""

import math

import numpy as np

from hvmc.kernel.layout import BATCH, PARTS
from hvmc.kernel.load import nanoseconds
from hvmc.kernel.responses import Responses, advance_to, ages_of_unfinished
from hvmc.kernel.start import make_native
from hvmc.scenario.guest import Guest
from hvmc.scenario.scenario import Scenario
from hvmc.scenario.workload import Batch
from hvmc.trial.measured import Measured, NativeRun, ResponseTimes

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

    def __init__(self, scenario: Scenario, state: np.ndarray) -> None:
        self.scenario = scenario
        self._state = state.copy()
        self._end_ns = 10 * int(state["end_ns"][0])
        self._state["end_ns"][0] = self._end_ns
        self._done: dict[tuple[int, int, int, bool], tuple[Measured, ...]] = {}
        self.events = 0

    def machine(
        self, first: int, last: int, processors: int, as_host: bool = False
    ) -> tuple[Measured, ...]:
        """Return what a bare machine shows of workloads ``first..last - 1``."""
        smt = self.scenario.host.threads_per_core == 2
        key = (first, last, processors, as_host and smt)
        if key not in self._done:
            self._done[key] = self._run(*key)
        return self._done[key]

    def _run(self, first: int, last: int, processors: int, as_host: bool) -> tuple[Measured, ...]:
        state, responses = self._state, Responses()
        make_native(state, first, last, processors, as_host)
        scenario = self.scenario
        batch_only = _all_batch(scenario)
        if not batch_only:
            advance_to(state, nanoseconds(scenario.horizon_s), responses)
        advance_to(state, self._end_ns, responses, stop_when_measured=True)
        self.events += int(state["events"][0])
        return tuple(
            measure(scenario, state, responses, load, processors) for load in range(first, last)
        )

    def baseline(self, name: str) -> NativeRun:
        """Return a named baseline: every guest on its machine, or all together on one."""
        guests = self.scenario.guests
        lps = self.scenario.host.logical_processors
        if name == "together":
            return NativeRun(name, self.machine(0, len(guests), lps, as_host=True))
        measured: list[Measured] = []
        for load, guest in enumerate(guests):
            processors = {
                "adequate": adequate_processors(guest, self.scenario),
                "same_size": guest.virtual_processors,
                "full_host": lps,
            }[name]
            measured += self.machine(load, load + 1, processors, name == "full_host")
        return NativeRun(name, tuple(measured))


def _all_batch(scenario: Scenario) -> bool:
    return all(isinstance(guest.workload, Batch) for guest in scenario.guests)


def measure(
    scenario: Scenario, state: np.ndarray, responses: Responses, load: int, processors: int
) -> Measured:
    """Return what a finished run, virtual or native, shows of one guest."""
    guest = scenario.guests[load]
    times = ResponseTimes(responses.of(load), ages_of_unfinished(state, load))
    if isinstance(guest.workload, Batch):
        throughput = 1.0 / times.mean if times.censored == 0 else 0.0
    else:
        window = scenario.horizon_s - scenario.warmup_s
        throughput = float(state["load"]["completed"][0][load]) / window
    return Measured(guest.name, times, throughput, processors, _parts_s(state, load))


def _parts_s(state: np.ndarray, load: int) -> dict[str, float]:
    finished = int(state["load"]["finished"][0][load])
    if finished == 0 or state["load"]["kind"][0][load] == BATCH:
        return dict.fromkeys(PARTS, math.nan)
    mean_s = state["load"]["part_ns"][0][load] * (1e-9 / finished)
    return dict(zip(PARTS, mean_s.tolist(), strict=True))
