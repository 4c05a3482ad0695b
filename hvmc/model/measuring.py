"""Which requests are measured: those of another run, by their index, instead of those of a window.

A run of the same guests under other conditions starts other requests in its window. To compare
request by request it measures the indexes that the first run recorded. Requests of open workloads
arrive at the same times in all runs and are always chosen by them; a batch is measured as a whole.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from hvmc.kernel.codes import BY_INDEX
from hvmc.scenario.guest import Guest

__all__ = ["Requests", "measure_requests", "measured_requests"]

type Requests = Mapping[str, NDArray[np.int64]]
"""Guest name -> int64, shape (threads, 2): first measured index of each thread, and past the
last."""


def measured_requests(state: np.ndarray, guests: Sequence[Guest]) -> Requests:
    """Return which requests a run has measured.

    Parameters
    ----------
    state : ndarray, shape (1,)
        The record of a run that is over, virtual or native.
    guests : sequence of Guest
        The scenario's, in its order.
    """
    bounds = np.stack([state["thread"][name][0] for name in _FIELDS], axis=1)
    return {guest.name: bounds[_threads(state, load)] for load, guest in enumerate(guests)}


def measure_requests(state: np.ndarray, guests: Sequence[Guest], requests: Requests) -> None:
    """Let a record that has not been started measure the given requests.

    Parameters
    ----------
    state : ndarray, shape (1,)
        Changed in place.
    guests : sequence of Guest
        The scenario's, in its order.
    requests : mapping
        As of `measured_requests`; it may hold other guests too.

    Raises
    ------
    KeyError
        If a guest has none.
    """
    state["measure_mode"][0] = BY_INDEX
    for load, guest in enumerate(guests):
        for column, name in enumerate(_FIELDS):
            state["thread"][name][0][_threads(state, load)] = requests[guest.name][:, column]


_FIELDS = ("measure_from", "measure_until")


def _threads(state: np.ndarray, load: int) -> slice:
    first = int(state["load"]["first_thread"][0][load])
    return slice(first, first + int(state["load"]["threads"][0][load]))
