"""The state record: everything the fine clock knows, one C struct with nested arrays.

One record type serves all scenarios of a size class, so the kernel is compiled once for most
users; a larger scenario takes the next class. Times are int64 nanoseconds. An array is used from
its start up to the count named beside it; the rest is never touched.
"""

from dataclasses import dataclass, fields
from functools import cache
from typing import Self

import numpy as np

__all__ = [
    "CAPPED",
    "FOREVER",
    "IDLE",
    "READY",
    "RUNNING",
    "STATES",
    "Capacity",
    "new_state",
    "state_dtype",
]

FOREVER = np.int64(2**62)

# states of a virtual processor; BLOCKED (waits for the root) comes with root-handled intercepts
IDLE, READY, RUNNING, CAPPED, BLOCKED = 0, 1, 2, 3, 4
STATES = ("idle", "ready", "running", "capped", "blocked")

# kinds of workload
CLOSED, OPEN, BATCH, TRACE = 0, 1, 2, 3

# what a thread's timer means, or why it has none
OFF_CPU, IN_IO, ON_CPU, PARKED = 0, 1, 2, 3

# kinds of distribution
DETERMINISTIC, EXPONENTIAL, UNIFORM, LOGNORMAL, PARETO, GAMMA, EMPIRICAL = 0, 1, 2, 3, 4, 5, 6

# dispatch rules
CREDIT, FAIR_QUEUE = 0, 1

# how measured requests are chosen: by start time, or by their index (native runs)
BY_TIME, BY_INDEX = 0, 1

# what `advance` returns
REACHED, BUFFER_FULL = 0, 1


@dataclass(frozen=True)
class Capacity:
    """Sizes of the nested arrays.

    Parameters
    ----------
    lps, vps, partitions, loads, threads, laws, pool : int
        Logical processors, virtual processors (root's included), partitions, workloads (root's
        included), threads, distributions, numbers in the pool of tables and trace levels.
    """

    lps: int = 32
    vps: int = 256
    partitions: int = 128
    loads: int = 128
    threads: int = 1024
    laws: int = 512
    pool: int = 2048

    @classmethod
    def at_least(cls, **needed: int) -> Self:
        """Return the smallest size class (factor 4 apart) that holds what is needed."""
        factor = 1
        while any(getattr(cls(), name) * factor < count for name, count in needed.items()):
            factor *= 4
        return cls(**{item.name: getattr(cls(), item.name) * factor for item in fields(cls)})


BUFFER = 4096

_I, _F, _U = np.int64, np.float64, np.uint64

_SCALARS = {
    "now": _I,
    "events": _I,
    "key0": _U,
    "key1": _U,
    # counts in use
    "n_lp": _I,
    "n_vp": _I,
    "n_part": _I,
    "n_load": _I,
    "n_thread": _I,
    "first_load": _I,  # loads first_load..last_load-1 run in this machine
    "last_load": _I,
    "first_thread": _I,
    # settings
    "native": _I,
    "rule": _I,
    "wake_preemption": _I,
    "root_preempts": _I,
    "reserve_first": _I,
    "core_scheduler": _I,
    "smt": _I,
    "host_smt": _I,
    "limits_staggered": _I,
    "slice_ns": _I,
    "accounting_ns": _I,
    "limit_period_ns": _I,
    "switch_ns": _I,
    "refill_ns": _I,
    "refill_tau_ns": _I,
    "smt_speed": _F,
    "intercept_fraction": _F,
    # dispatching
    "accounting": _I,
    "virtual_clock": _I,
    "most_lag": _I,
    "vacant_part": _I,
    "sequence": _I,
    "idle_lps": _I,
    "ready_vps": _I,
    "has_limits": _I,
    # timers
    "latest_ns": _I,
    "soon_leaves": _I,
    "soon_bits": _I,
    "later_leaves": _I,
    "later_bits": _I,
    "ready_leaves": _I,
    "first_thread_timer": _I,
    # measuring
    "measure_mode": _I,
    "measure_from_ns": _I,
    "measure_until_ns": _I,
    "end_ns": _I,  # nothing is simulated beyond
    "measure_pending": _I,
    "batches_open": _I,
    "buffered": _I,
}

_PER_LP = {
    "lp_vp": _I,
    "lp_last_vp": _I,
    "lp_root_vp": _I,
    "lp_slice_end": _I,
    "lp_charge_from": _I,
    "lp_settled_at": _I,
    "lp_busy_ns": _I,
    "lp_switch_left": _I,
    "lp_refill_left": _I,
    "lp_speed": _F,
    # accounts; together they are the busy time
    "lp_guest_ns": _I,
    "lp_hypervisor_ns": _I,
    "lp_switch_ns": _I,
    "lp_refill_ns": _I,
    "lp_smt_ns": _I,
    "lp_switches": _I,
}

_PER_VP = {
    "vp_part": _I,
    "vp_pinned_lp": _I,
    "vp_state": _I,
    "vp_since": _I,
    "vp_lp": _I,
    "vp_last_lp": _I,
    "vp_thread": _I,
    "vp_slice_left": _I,
    "vp_weight": _I,
    "vp_reserve": _F,
    "vp_limit": _F,
    "vp_sequence": _I,
    "vp_credit": _I,
    "vp_active": _I,
    "vp_idled": _I,
    "vp_pace": _I,
    "vp_virtual": _I,
    "vp_budget": _I,
    "vp_period_end": _I,
    "vp_dispatches": _I,
    "vp_renewals": _I,  # slices that followed another of the same stay
    "share_first": _F,
    "share_low": _F,
    "share_high": _F,
    "share": _F,
    "share_vp": _I,
    "share_open": _I,
}

_PER_PARTITION = {
    "part_first_vp": _I,
    "part_vps": _I,
    "part_idle": _I,
    "part_queue_head": _I,
    "part_queue_tail": _I,
    "part_queued": _I,
}

_PER_LOAD = {
    "load_part": _I,
    "load_pinned": _I,
    "load_kind": _I,
    "load_first_thread": _I,
    "load_threads": _I,
    "load_ios": _I,
    "load_cpu_law": _I,
    "load_off_law": _I,
    "load_io_law": _I,
    "load_serial_law": _I,
    "load_stream": _U,
    "load_work_ns": _I,
    "load_completed": _I,
    "load_response_ns": _I,
    "load_measured": _I,
    "load_finished": _I,
    # of open workloads
    "load_parked": _I,
    "load_next_arrival": _I,
    "load_arrived": _I,
    "load_served": _I,
    "load_served_at": _I,
    # of batches
    "load_tasks": _I,
    "load_iterations": _I,
    "load_bursts": _I,
    "load_repeats": _I,
    "load_iteration": _I,
    "load_next_task": _I,
    "load_tasks_open": _I,
    "load_started_at": _I,
    # of traces
    "load_levels_first": _I,
    "load_levels": _I,
    "load_level_ns": _I,
    "load_level_offset": _I,
}

_PER_THREAD = {
    "thread_load": _I,
    "thread_stream": _U,
    "thread_phase": _I,
    "thread_next": _I,
    "thread_request": _I,
    "thread_started": _I,
    "thread_measured": _I,
    "thread_cpu_ns": _I,
    "thread_bursts_left": _I,
    "thread_left": _I,
    "thread_hypervisor_left": _I,
    "thread_last_lp": _I,
    "thread_lp_busy": _I,
    "thread_measure_from": _I,
    "thread_measure_until": _I,
}

_PER_LAW = {"law_kind": _I, "law_p": _F, "law_q": _F, "law_first": _I, "law_points": _I}


def _power_of_two(count: int) -> int:
    return 1 << max(count - 1, 1).bit_length()


@cache
def state_dtype(capacity: Capacity) -> np.dtype[np.void]:
    """Return the record's dtype for a size class."""
    soon = _power_of_two(1 + capacity.lps)
    later = _power_of_two(capacity.vps + capacity.loads + capacity.threads)
    ready = _power_of_two(capacity.vps)
    layout: list[tuple[str, type] | tuple[str, type, tuple[int, ...]]] = list(_SCALARS.items())
    for group, count in (
        (_PER_LP, capacity.lps),
        (_PER_VP, capacity.vps),
        (_PER_PARTITION, capacity.partitions),
        (_PER_LOAD, capacity.loads),
        (_PER_THREAD, capacity.threads),
        (_PER_LAW, capacity.laws),
    ):
        layout += [(name, kind, (count,)) for name, kind in group.items()]
    layout += [
        ("vp_ns", _I, (capacity.vps, len(STATES))),
        ("pool", _F, (capacity.pool,)),
        ("soon_tree", _I, (2 * soon,)),
        ("later_tree", _I, (2 * later,)),
        ("ready_key", _I, (ready,)),
        ("ready_tree", np.int32, (2 * ready,)),
        ("buffer_load", _I, (BUFFER,)),
        ("buffer_ns", _I, (BUFFER,)),
    ]
    return np.dtype(layout)


def new_state(capacity: Capacity) -> np.recarray:
    """Return a zeroed record in a length-1 array, as the kernel takes it."""
    return np.zeros(1, dtype=state_dtype(capacity)).view(np.recarray)
