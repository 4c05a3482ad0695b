"""What a machine is doing at an instant, read from its record by name; nothing is changed.

The record keeps no history: who looks at the next event's time after each advance sees all of it.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from hvmc.kernel.codes import (
    COMPLETE,
    IN_IO,
    IN_PATH,
    ON_CPU,
    PARKED,
    READY,
    REASONS,
    RUNNING,
    STATES,
)

__all__ = [
    "STAGES",
    "VP_STATES",
    "PendingInterrupt",
    "next_event_ns",
    "pending_interrupts",
    "ready_queues",
    "thread_stages",
    "vp_states",
    "vps_on_lps",
]

VP_STATES = (*STATES, "spinning")
"""Those of the kernel; a running VP whose thread only waits for another VP is spinning."""

STAGES = (
    "thinks",
    "queued",
    "ready",
    "running",
    "spinning",
    "capped",
    "blocked",
    "to device",
    "at device",
    "root completes",
    "pages in",
    "deferred",
    "parked",
)
"""What a thread can be at: between requests, waiting inside the guest, on a VP in some state, on
the way of an I/O (in the queue of its device too), paging in after a hard fault, waiting for its
guest to take the interrupt, without work."""

_SPINNING = VP_STATES.index("spinning")
_OF_VP = [STAGES.index(state if state != "idle" else "queued") for state in VP_STATES]
_THINKS, _QUEUED, _PARKED = STAGES.index("thinks"), STAGES.index("queued"), STAGES.index("parked")
_TO_DEVICE, _AT_DEVICE = STAGES.index("to device"), STAGES.index("at device")
_ROOT_COMPLETES, _PAGES_IN = STAGES.index("root completes"), STAGES.index("pages in")
_DEFERRED = STAGES.index("deferred")


class PendingInterrupt(NamedTuple):
    """An interrupt that no virtual processor of its partition has taken yet.

    Parameters
    ----------
    partition : int
        Partition that is to take it.
    thread : int
        Thread whose I/O or pause it ends.
    since_ns : int
        When it became pending.
    why : str
        Why the guest did not run: one of `hvmc.kernel.codes.REASONS`; ``root`` of the root's own.
    """

    partition: int
    thread: int
    since_ns: int
    why: str


def next_event_ns(record: np.ndarray) -> int:
    """Return when the next event is due, nanoseconds; a time beyond any horizon without one."""
    soon = int(record["soon_tree"][0][1]) >> int(record["soon_bits"][0])
    later = int(record["later_tree"][0][1]) >> int(record["later_bits"][0])
    return min(soon, later)


def vps_on_lps(record: np.ndarray) -> list[int]:
    """Return the virtual processor on each logical processor, -1 on an idle one."""
    on_lps: list[int] = record["lp"]["vp"][0][: record["n_lp"][0]].tolist()
    return on_lps


def vp_states(record: np.ndarray) -> list[int]:
    """Return the state of each virtual processor, as places in `VP_STATES`."""
    states: list[int] = record["vp"]["state"][0][: record["n_vp"][0]].tolist()
    if record["spins"][0]:
        threads, spinning = record["vp"]["thread"][0], record["thread"]["spinning"][0]
        for vp in (vp for vp, state in enumerate(states) if state == RUNNING):
            if threads[vp] >= 0 and spinning[threads[vp]]:
                states[vp] = _SPINNING
    return states


def ready_queues(record: np.ndarray) -> list[list[int]]:
    """Return the VPs that wait for an LP, first the one that goes first.

    Returns
    -------
    list of list of int
        One queue per LP with ``dispatch.queues: per_lp``, else first the shared one. The root's
        VPs stand in that of their LP: with a shared queue there is one more for each LP that has
        some.
    """
    vps = record["vp"][0][: record["n_vp"][0]]
    ready = np.flatnonzero(vps["state"] == READY)
    key, sequence = record["ready_key"][0], vps["sequence"]
    waiting = sorted(ready.tolist(), key=lambda vp: (int(key[vp]), int(sequence[vp])))
    pinned = vps["pinned_lp"]
    if record["queue_per_lp"][0]:
        queues: list[list[int]] = [[] for _ in range(int(record["n_lp"][0]))]
        for vp in waiting:
            own = int(pinned[vp])
            queues[own if own >= 0 else int(vps["queue_lp"][vp])].append(vp)
        return queues
    shared = [vp for vp in waiting if pinned[vp] < 0]
    return [shared, *([vp] for vp in waiting if pinned[vp] >= 0)]


def pending_interrupts(record: np.ndarray) -> Iterator[PendingInterrupt]:
    """Yield the deferred interrupts, partition by partition."""
    heads = record["partition"]["deferred_head"][0][: record["n_partition"][0]].tolist()
    for partition, thread in enumerate(heads):
        while thread >= 0:
            own = record["thread"][0][thread]
            guests = int(record["load"]["partition"][0][own["load"]]) == partition
            why = REASONS[int(own["deferred_why"])] if guests else "root"
            yield PendingInterrupt(partition, thread, int(own["deferred_at"]), why)
            thread = int(own["deferred_next"])


def thread_stages(
    record: np.ndarray,
    load: int,
    states: list[int] | None = None,
    pending: Iterable[PendingInterrupt] | None = None,
) -> list[int]:
    """Return what each thread of a workload is at, as places in `STAGES`.

    Parameters
    ----------
    record : ndarray, shape (1,)
        The record.
    load : int
        The workload's number.
    states, pending : optional
        What `vp_states` and `pending_interrupts` return, where that has been asked for already.
    """
    states = vp_states(record) if states is None else states
    pending = pending_interrupts(record) if pending is None else pending
    own = record["load"][0][load]
    first, partition = int(own["first_thread"]), int(own["partition"])
    threads = record["thread"][0][first : first + int(own["threads"])]
    deferred = {one.thread for one in pending if one.partition == partition}
    rows = zip(*(threads[name].tolist() for name in _OF_THREAD), strict=True)
    return [
        _DEFERRED if first + index in deferred else _stage(states, *row)
        for index, row in enumerate(rows)
    ]


_OF_THREAD = ("phase", "task", "faulting", "root_paging", "vp")


def _stage(
    states: list[int], phase: int, task: int, faulting: int, root_paging: int, vp: int
) -> int:
    if phase == ON_CPU:
        return _OF_VP[states[vp]] if vp >= 0 else _QUEUED
    if faulting or root_paging:
        return _PAGES_IN
    if phase == IN_PATH:
        return _ROOT_COMPLETES if task == COMPLETE else _TO_DEVICE
    return {IN_IO: _AT_DEVICE, PARKED: _PARKED}.get(phase, _THINKS)
