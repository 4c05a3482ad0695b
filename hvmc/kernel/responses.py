"""Response times of measured requests: draining the record's buffer, and what was cut off."""

import numpy as np
from numpy.typing import NDArray

from hvmc.kernel.jit import jit
from hvmc.kernel.laws import draw_ns
from hvmc.kernel.layout import BATCH, BUFFER_FULL, OPEN, PARKED
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

    def drain(self, state: np.recarray) -> None:
        """Take over what the record's buffer holds and empty it."""
        count = int(state.buffered[0])
        if count:
            self._loads.append(state.buffer_load[0][:count].copy())
            self._times_ns.append(state.buffer_ns[0][:count].copy())
            self._sorted = None
            state.buffered[0] = 0

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
    state: np.recarray, until_ns: int, responses: Responses, stop_when_measured: bool = False
) -> None:
    """Advance the machine, draining its buffer whenever it is full."""
    while advance(state, until_ns, stop_when_measured) == BUFFER_FULL:
        responses.drain(state)
    responses.drain(state)


@jit
def _waiting_since(state, load, starts):
    """Write the arrival times of an open workload's measured requests that wait for a worker."""
    s = state[0]
    at = s.load_served_at[load]
    count = 0
    for index in range(s.load_served[load], s.load_arrived[load]):
        a, _ = block(s, s.load_stream[load], index)
        at += draw_ns(s, s.load_off_law[load], a)
        if s.measure_from_ns <= at < s.measure_until_ns:
            starts[count] = at
            count += 1
    return count


def ages_of_unfinished(state: np.recarray, load: int) -> Times:
    """Return how long each measured, unfinished request has lasted, nanoseconds."""
    now = int(state.now[0])
    if state.load_kind[0][load] == BATCH:
        unfinished = state.load_measured[0][load] > state.load_finished[0][load]
        return np.full(int(unfinished), now - int(state.load_started_at[0][load]), np.int64)
    first = int(state.load_first_thread[0][load])
    threads = slice(first, first + int(state.load_threads[0][load]))
    going_on = state.thread_measured[0][threads] == 1
    going_on &= state.thread_phase[0][threads] != PARKED
    starts = state.thread_started[0][threads][going_on]
    if state.load_kind[0][load] == OPEN:
        waiting = np.empty(int(state.load_arrived[0][load] - state.load_served[0][load]), np.int64)
        count = _waiting_since(state, load, waiting)
        starts = np.concatenate([starts, waiting[:count]])
    return np.asarray(now - starts, np.int64)
