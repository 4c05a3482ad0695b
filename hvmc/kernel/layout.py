"""The state record: everything the fine clock knows, one C struct with nested arrays.

An entity's fields are side by side, because an event touches many fields of few entities.
One record type serves all scenarios of a size class, so the kernel is compiled once for most
users; a larger scenario takes the next class. Times are int64 nanoseconds. An array is used from
its start up to the count named beside it; the rest is never touched.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from typing import Any, Self

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

# states of a virtual processor
IDLE, READY, RUNNING, CAPPED, BLOCKED = 0, 1, 2, 3, 4
STATES = ("idle", "ready", "running", "capped", "blocked")

# kinds of workload
CLOSED, OPEN, BATCH, TRACE = 0, 1, 2, 3
# the work a root VP does for guests' threads
TASKS = 4

# what a thread's timer means, or why it has none; IN_IO: at the device, IN_PATH: on the way
OFF_CPU, IN_IO, ON_CPU, PARKED, IN_PATH = 0, 1, 2, 3, 4

# how a piece of a burst ends
BURST_OVER, ROOT_INTERCEPT, FAULT, IPI = 0, 1, 2, 3

# what the root does for a guest's thread
EMULATE, SUBMIT, COMPLETE = 0, 1, 2

# how I/Os reach their device; NATIVE also where the I/O mechanism is off
NATIVE_IO, SYNTHETIC, EMULATED, DIRECT = 0, 1, 2, 3

# why an interrupt was deferred
REASONS = ("idle", "ready", "capped", "blocked")
WHEN_IDLE, WHEN_READY, WHEN_CAPPED, WHEN_BLOCKED = 0, 1, 2, 3
# bin i of a delay histogram holds delays below 2**(i + DELAY_SHIFT) ns
DELAY_BINS, DELAY_SHIFT = 24, 10

# parts of a request's response time; together they are all of it
PARTS = (
    "service",
    "guest_queue",
    "dispatch_wait",
    "switch",
    "hypervisor",
    "slowdown",
    "root_wait",
    "io_path",
    "device",
    "deferred",
    "fault",
    "spin",
)
(
    P_SERVICE,
    P_QUEUE,
    P_DISPATCH,
    P_SWITCH,
    P_HYPERVISOR,
    P_SLOWDOWN,
    P_ROOT,
    P_PATH,
    P_DEVICE,
    P_DEFERRED,
    P_FAULT,
    P_SPIN,
) = range(12)

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
    lps, vps, partitions, loads, threads, laws, pool, devices : int
        Logical processors, virtual processors (root's included), partitions, workloads (root's
        included), threads, distributions, numbers in the pool of tables and trace levels, I/O
        devices.
    """

    lps: int = 64
    vps: int = 512
    partitions: int = 128
    loads: int = 128
    threads: int = 2048
    laws: int = 512
    pool: int = 2048
    devices: int = 128

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
    "root_work": _I,  # first thread of the root's work for guests; they are the last ones
    "next_root": _I,
    "first_load": _I,  # loads first_load..last_load-1 run in this machine
    "last_load": _I,
    "first_thread": _I,
    # settings
    "page_in_law": _I,
    "native": _I,
    "rule": _I,
    "wake_preemption": _I,
    "root_preempts": _I,
    "root_used_ns": _I,  # by a preempting root since the accounting tick
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
    "varying_speed": _I,
    "interference": _F,  # slope over the host's other LPs
    "update_ns": _I,
    "spins": _I,  # whether VPs may wait for others by spinning
    "lock_share": _F,
    "section_ns": _I,
    "spin_ns": _I,
    "taxed": _I,  # whether bursts are slowed down, interrupted or cut into pieces
    "interrupts": _I,  # whether interrupts cost time and are counted
    "outbox": _I,  # thread with a task for the root once the LP at hand has gone on, or -1
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
    "vp": _I,
    "last_vp": _I,
    "root_vp": _I,
    "slice_end": _I,
    "charge_from": _I,
    "settled_at": _I,
    "busy_ns": _I,
    "switch_left": _I,
    "refill_left": _I,
    "sibling_speed": _F,
    "speed": _F,
    # accounts; together they are the busy time
    "guest_ns": _I,
    "hypervisor_ns": _I,
    "switch_ns": _I,
    "refill_ns": _I,
    "slowed_ns": _I,
    "spin_ns": _I,
    "switches": _I,
}

_PER_VP = {
    "part": _I,
    "pinned_lp": _I,
    "state": _I,
    "since": _I,
    "left_at": _I,  # when it was last running or idle
    "lp": _I,
    "last_lp": _I,
    "thread": _I,
    "slice_left": _I,
    "weight": _I,
    "reserve": _F,
    "limit": _F,
    "sequence": _I,
    "credit": _I,
    "active": _I,
    "idled": _I,
    "pace": _I,
    "virtual": _I,
    "budget": _I,
    "period_end": _I,
    "dispatches": _I,
    "hypervisor_ns": _I,
    "switch_ns": _I,
    "renewals": _I,  # slices that followed another of the same stay
    # of a root VP: the other of its two threads, guests' threads that it works for
    "waiting": _I,
    "task_head": _I,
    "lock_waits": _I,
    "lock_next": _I,
    "task_tail": _I,
    "tasks": _I,
}

_PER_PARTITION = {
    "first_vp": _I,
    "vps": _I,
    "idle": _I,
    "queue_head": _I,
    "queue_tail": _I,
    "queued": _I,
    "running": _I,
    "halts": _I,
    "enlightened": _I,
    "lock_owner": _I,  # VP that holds the lock and was preempted, or was next in line, or -1
    "lock_head": _I,
    "lock_tail": _I,
    "lock_queued": _I,
    "long_spin_waits": _I,
    "senders": _I,  # VPs that wait for others to take an IPI
    "deferred_head": _I,  # interrupts that no running VP has taken yet
}

_PER_LOAD = {
    "part": _I,
    "pinned": _I,
    "kind": _I,
    "first_thread": _I,
    "threads": _I,
    "ios": _I,  # of a request, network transfers among them
    "transfers": _I,
    "cpu_law": _I,
    "off_law": _I,
    "serial_law": _I,
    "stream": _U,
    "stop_rate": _F,  # of all that ends pieces but faults
    "ipi_rate": _F,  # synchronous ones per ns of guest work
    "fault_rate": _F,  # hard faults per CPU second; the coarse clock writes it
    "work_ns": _I,
    "completed": _I,
    "response_ns": _I,
    "measured": _I,
    "finished": _I,
    # intercepts
    "hypervisor_rate": _F,  # per ns of guest work
    "hypervisor_ns": _F,
    "hypervisor_cv": _F,
    "indirect_ns": _F,
    "root_rate": _F,
    "walk_fraction": _F,
    "emulate_law": _I,
    "halt_ns": _I,
    "intercepts": _I,
    "root_intercepts": _I,
    "ipis": _I,
    "ipis_waited": _I,
    "inject_ns": _I,
    "faults": _I,
    "interrupts": _I,
    # of open workloads
    "parked": _I,
    "next_arrival": _I,
    "arrived": _I,
    "served": _I,
    "served_at": _I,
    # of batches
    "tasks": _I,
    "iterations": _I,
    "bursts": _I,
    "repeats": _I,
    "iteration": _I,
    "next_task": _I,
    "tasks_open": _I,
    "started_at": _I,
    # of traces
    "levels_first": _I,
    "levels": _I,
    "level_ns": _I,
    "level_offset": _I,
}

_OF_LOAD = (
    ("part_ns", _I, (len(PARTS),)),
    ("deferred", _I, (len(REASONS),)),
    ("deferred_ns", _I, (len(REASONS),)),
    ("delays", np.int32, (len(REASONS), DELAY_BINS)),
)

# a load's ways to its devices: 2 x load to the disk, 2 x load + 1 to the network
DISK, NETWORK = 0, 1
_PER_WAY = {
    "attachment": _I,
    "station": _I,
    "io_law": _I,
    "submit_ns": _I,
    "complete_ns": _I,
    "signal_ns": _I,
    "ports": _I,
    "port_ns": _I,
    "ring_size": _I,
    "ring_used": _I,
    "ring_head": _I,
    "ring_tail": _I,
    "ring_waiting": _I,
    "ring_full": _I,
    "messages": _I,
    "ios_done": _I,
    "io_ns": _I,
    "ios_taken": _I,  # sums at the times when guest and root take interrupts
    "taken_ns": _I,
    "taken_late_ns": _I,
    "root_ios": _I,
    "root_ns": _I,
    "root_begin_late_ns": _I,
    "root_end_late_ns": _I,
}

_PER_THREAD = {
    "load": _I,
    "stream": _U,
    "phase": _I,
    "next": _I,
    "request": _I,
    "started": _I,
    "measured": _I,
    "cpu_ns": _I,
    "next_cpu_ns": _I,
    "next_pause": _F,
    "bursts_left": _I,
    "left": _I,  # of the piece at hand: work, hypervisor and slowdown
    "hypervisor_left": _I,
    "slowdown_left": _I,
    "burst_left": _I,  # work of the burst beyond the piece at hand
    "stop": _I,
    "lock_left": _I,  # work to the next lock section, or to the end of the one at hand
    "spinning": _I,
    "spin_until": _I,
    "sent_at": _I,  # when it sent the IPI that it waits for, or -1
    "lock_draws": _I,
    "pieces": _I,
    "extra_ns": _I,  # hypervisor time to come with the next piece
    "since": _I,
    "io_since": _I,
    "way": _I,  # of the I/O at hand
    "faulting": _I,
    "vp": _I,
    "task": _I,
    "ports_left": _I,
    "after_ports": _I,
    "deferred_at": _I,
    "deferred_next": _I,
    "deferred_why": _I,
    "ended_way": _I,  # of the I/O that the deferred interrupt ends, or -1
    "message_at": _I,
    "message_late": _I,
    "told_vp": _I,  # root VP that has yet to take the thread's interrupt
    "last_lp": _I,
    "lp_busy": _I,
    "measure_from": _I,
    "measure_until": _I,
}

_PER_SHARE = {"vp": _I, "first": _F, "low": _F, "high": _F, "value": _F, "open": _I}

_PER_STATION = {
    "servers": _I,
    "busy": _I,
    "head": _I,
    "tail": _I,
    "queued": _I,
    "completed": _I,
    "busy_ns": _I,
}

_PER_LAW = {"kind": _I, "p": _F, "q": _F, "first": _I, "points": _I}


def _power_of_two(count: int) -> int:
    return 1 << max(count - 1, 1).bit_length()


def _struct(
    fields: Mapping[str, type], *arrays: tuple[str, type, tuple[int, ...]]
) -> np.dtype[np.void]:
    return np.dtype([*fields.items(), *arrays])


@cache
def state_dtype(capacity: Capacity) -> np.dtype[np.void]:
    """Return the record's dtype for a size class.

    One dtype object a class: numba looks the type of an argument up by it, and would otherwise
    compare all fields in every call.
    """
    soon = _power_of_two(1 + capacity.lps)
    later = _power_of_two(capacity.vps + capacity.loads + capacity.threads)
    ready = _power_of_two(capacity.vps)
    layout: list[Any] = [
        *_SCALARS.items(),
        ("lp", _struct(_PER_LP), (capacity.lps,)),
        ("vp", _struct(_PER_VP, ("ns", _I, (len(STATES),))), (capacity.vps,)),
        ("part", _struct(_PER_PARTITION), (capacity.partitions,)),
        ("load", _struct(_PER_LOAD, *_OF_LOAD), (capacity.loads,)),
        ("way", _struct(_PER_WAY), (2 * capacity.loads,)),
        ("thread", _struct(_PER_THREAD, ("part_ns", _I, (len(PARTS),))), (capacity.threads,)),
        ("station", _struct(_PER_STATION), (capacity.devices,)),
        ("law", _struct(_PER_LAW), (capacity.laws,)),
        ("share", _struct(_PER_SHARE), (capacity.vps,)),
        ("pool", _F, (capacity.pool,)),
        ("soon_tree", _I, (4 * soon,)),
        ("later_tree", _I, (4 * later,)),
        ("ready_key", _I, (ready,)),
        ("ready_tree", np.int32, (2 * ready,)),
        ("buffer_load", _I, (BUFFER,)),
        ("buffer_ns", _I, (BUFFER,)),
    ]
    return np.dtype((np.record, np.dtype(layout)))


def new_state(capacity: Capacity) -> np.ndarray:
    """Return a zeroed record in a length-1 array, as the kernel takes it."""
    return np.zeros(1, dtype=state_dtype(capacity))
