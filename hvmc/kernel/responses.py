"""Response times of measured requests: draining the record's buffer, and what was cut off."""

import numpy as np
from numpy.typing import NDArray

from hvmc.kernel.codes import BATCH, BUFFER_FULL, OPEN, PARKED
from hvmc.kernel.jit import ix, jit
from hvmc.kernel.laws import draw_ns
from hvmc.kernel.loop import advance
from hvmc.kernel.threefry import block

__all__ = ["Responses", "advance_to", "ages_of_unfinished"]

type Times = NDArray[np.int64]


class Responses:
    """Response times of one run, in order of finishing."""

    def __init__(self) -> None:
        self._loads: list[Times] = []
        self._times_ns: list[Times] = []
        self._sorted: tuple[Times, Times] | None = None

    def drain(self, state: np.ndarray) -> None:
        """Take over what the record's buffer holds and empty it."""
        count = int(state["buffered"][0])
        if count:
            self._loads.append(state["buffer_load"][0][:count].copy())
            self._times_ns.append(state["buffer_ns"][0][:count].copy())
            self._sorted = None
            state["buffered"][0] = 0

    def of(self, load: int) -> Times:
        """Return the response times of a workload, int64 nanoseconds, shape (finished,)."""
        if self._sorted is None:
            loads = np.concatenate([*self._loads, np.empty(0, np.int64)])
            order = np.argsort(loads, kind="stable")
            times = np.concatenate([*self._times_ns, np.empty(0, np.int64)])
            self._sorted = loads[order], times[order]
        loads, times = self._sorted
        first, last = np.searchsorted(loads, [load, load + 1])
        return times[first:last]


def advance_to(
    state: np.ndarray, until_ns: int, responses: Responses, stop_when_measured: bool = False
) -> None:
    """Advance the machine, draining its buffer whenever it is full."""
    while advance(state, until_ns, stop_when_measured) == BUFFER_FULL:
        responses.drain(state)
    responses.drain(state)


@jit
def _waiting_since(state, load, starts):
    """Write the arrival times of an open workload's measured requests that wait for a worker."""
    s = state[0]
    at = s.load[ix(load)].served_at
    count = 0
    for index in range(s.load[ix(load)].served, s.load[ix(load)].arrived):
        a, _ = block(s, s.load[ix(load)].stream, index)
        at += draw_ns(s, s.load[ix(load)].off_law, a)
        if s.measure_from_ns <= at < s.measure_until_ns:
            starts[count] = at
            count += 1
    return count


def ages_of_unfinished(state: np.ndarray, load: int) -> Times:
    """Return how long each measured, unfinished request has lasted, nanoseconds."""
    now = int(state["now"][0])
    if state["load"]["kind"][0][load] == BATCH:
        unfinished = state["load"]["measured"][0][load] > state["load"]["finished"][0][load]
        return np.full(int(unfinished), now - int(state["load"]["started_at"][0][load]), np.int64)
    first = int(state["load"]["first_thread"][0][load])
    threads = slice(first, first + int(state["load"]["threads"][0][load]))
    going_on = state["thread"]["measured"][0][threads] == 1
    going_on &= state["thread"]["phase"][0][threads] != PARKED
    starts = state["thread"]["started"][0][threads][going_on]
    if state["load"]["kind"][0][load] == OPEN:
        waiting = np.empty(
            int(state["load"]["arrived"][0][load] - state["load"]["served"][0][load]), np.int64
        )
        count = _waiting_since(state, load, waiting)
        starts = np.concatenate([starts, waiting[:count]])
    return np.asarray(now - starts, np.int64)
