"""Starting a machine: the modelled host, or one of its native baselines.

A machine is a number of LPs, the VPs and partitions on them and the workloads that run. The host
is described by `load.load_scenario`; a native machine is a bare one whose VPs each have an LP of
their own, with no hypervisor, no root partition and no limits, and the same workloads, streams and
cache refill. Its processors do not share cores, unless it is the whole host laid bare.
"""

import numpy as np

from hvmc.kernel.accounts import PACE, charge
from hvmc.kernel.jit import ix, jit
from hvmc.kernel.layout import (
    BURST_OVER,
    BY_INDEX,
    BY_TIME,
    CREDIT,
    DELAY_BINS,
    DISK,
    FAIR_QUEUE,
    IDLE,
    NATIVE_IO,
    NETWORK,
    OPEN,
    PARTS,
    READY,
    REASONS,
)
from hvmc.kernel.requests import begin_load
from hvmc.kernel.shares import HOARD, dispatch_key
from hvmc.kernel.threefry import threefry2x64
from hvmc.kernel.timers import (
    NEVER,
    clear_soon,
    clear_timers,
    clear_tree,
    set_key,
    set_soon,
    timer_leaves,
)

__all__ = ["apply_settings", "derive_streams", "make_native", "start"]

DEFAULT_WEIGHT = 100
N_PARTS, N_REASONS = len(PARTS), len(REASONS)
WORKLOAD_STREAM = np.uint64(1 << 63)


@jit
def derive_streams(state):
    """Turn the name hashes in ``load_stream`` into the trial's stream identifiers."""
    s = state[0]
    for load in range(s.n_load):
        name = s.load[ix(load)].stream
        first = s.load[ix(load)].first_thread
        for thread in range(first, first + s.load[ix(load)].threads):
            bits, _ = threefry2x64(s.key0, s.key1, name, np.uint64(thread - first))
            s.thread[ix(thread)].stream = bits
        s.load[ix(load)].stream, _ = threefry2x64(s.key0, s.key1, name, WORKLOAD_STREAM)


@jit
def _clear_lps(s):
    for lp in range(s.n_lp):
        s.lp[ix(lp)].vp = -1
        s.lp[ix(lp)].last_vp = -1
        s.lp[ix(lp)].root_vp = -1
        s.lp[ix(lp)].slice_end = 0
        s.lp[ix(lp)].charge_from = 0
        s.lp[ix(lp)].settled_at = 0
        s.lp[ix(lp)].busy_ns = 0
        s.lp[ix(lp)].switch_left = 0
        s.lp[ix(lp)].refill_left = 0
        s.lp[ix(lp)].sibling_speed = 1.0
        s.lp[ix(lp)].speed = 1.0
        s.lp[ix(lp)].spin_ns = 0
        s.lp[ix(lp)].guest_ns = 0
        s.lp[ix(lp)].hypervisor_ns = 0
        s.lp[ix(lp)].switch_ns = 0
        s.lp[ix(lp)].refill_ns = 0
        s.lp[ix(lp)].slowed_ns = 0
        s.lp[ix(lp)].switches = 0


@jit
def _clear_vps(s):
    for part in range(s.n_part):
        s.part[ix(part)].idle = s.part[ix(part)].vps
        s.part[ix(part)].queued = 0
        s.part[ix(part)].running = 0
        s.part[ix(part)].halts = 0
        s.part[ix(part)].lock_owner = -1
        s.part[ix(part)].lock_queued = 0
        s.part[ix(part)].senders = 0
        s.part[ix(part)].long_spin_waits = 0
        s.part[ix(part)].deferred_head = -1
    for vp in range(s.n_vp):
        s.vp[ix(vp)].state = IDLE
        s.vp[ix(vp)].since = 0
        s.vp[ix(vp)].lp = -1
        s.vp[ix(vp)].last_lp = -1
        s.vp[ix(vp)].thread = -1
        s.vp[ix(vp)].slice_left = 0
        s.vp[ix(vp)].sequence = 0
        s.vp[ix(vp)].credit = 0
        s.vp[ix(vp)].active = 0
        s.vp[ix(vp)].idled = 1
        s.vp[ix(vp)].pace = s.vp[ix(vp)].weight
        s.vp[ix(vp)].virtual = 0
        s.vp[ix(vp)].dispatches = 0
        s.vp[ix(vp)].hypervisor_ns = 0
        s.vp[ix(vp)].switch_ns = 0
        s.vp[ix(vp)].left_at = 0
        s.vp[ix(vp)].renewals = 0
        s.vp[ix(vp)].waiting = -1
        s.vp[ix(vp)].tasks = 0
        s.vp[ix(vp)].lock_waits = 0
        for state in range(5):
            s.vp[ix(vp)].ns[state] = 0
        if s.vp[ix(vp)].pinned_lp >= 0:
            s.lp[ix(s.vp[ix(vp)].pinned_lp)].root_vp = vp
        offset = s.limit_period_ns * vp // s.n_vp if s.limits_staggered else 0
        s.vp[ix(vp)].period_end = offset
        s.vp[ix(vp)].budget = int(s.vp[ix(vp)].limit * s.limit_period_ns)


@jit
def _clear_loads(s):
    for load in range(s.first_load, s.last_load):
        s.load[ix(load)].work_ns = 0
        s.load[ix(load)].completed = 0
        s.load[ix(load)].response_ns = 0
        s.load[ix(load)].measured = 0
        s.load[ix(load)].finished = 0
        s.load[ix(load)].next_arrival = 0
        s.load[ix(load)].arrived = 0
        s.load[ix(load)].served = 0
        s.load[ix(load)].served_at = 0
        s.load[ix(load)].iteration = 0
        s.load[ix(load)].started_at = 0
        s.load[ix(load)].intercepts = 0
        s.load[ix(load)].root_intercepts = 0
        s.load[ix(load)].ipis = 0
        s.load[ix(load)].ipis_waited = 0
        s.load[ix(load)].interrupts = 0
        s.load[ix(load)].faults = 0
        for part in range(N_PARTS):
            s.load[ix(load)].part_ns[part] = 0
        for reason in range(N_REASONS):
            s.load[ix(load)].deferred[reason] = 0
            s.load[ix(load)].deferred_ns[reason] = 0
            for delay in range(DELAY_BINS):
                s.load[ix(load)].delays[reason, delay] = 0


@jit
def _clear_ways(s):
    for way in range(2 * s.first_load, 2 * s.last_load):
        s.way[ix(way)].ring_used = 0
        s.way[ix(way)].ring_waiting = 0
        s.way[ix(way)].ring_full = 0
        s.way[ix(way)].ios_done = 0
        s.way[ix(way)].io_ns = 0
        s.way[ix(way)].ios_taken = 0
        s.way[ix(way)].taken_ns = 0
        s.way[ix(way)].taken_late_ns = 0
        s.way[ix(way)].root_ios = 0
        s.way[ix(way)].root_ns = 0
        s.way[ix(way)].root_begin_late_ns = 0
        s.way[ix(way)].root_end_late_ns = 0
        s.way[ix(way)].messages = 0


@jit
def _clear_threads(s, first, last):
    for thread in range(first, last):
        s.thread[ix(thread)].request = 0
        s.thread[ix(thread)].measured = 0
        s.thread[ix(thread)].last_lp = -1
        s.thread[ix(thread)].lp_busy = 0
        s.thread[ix(thread)].hypervisor_left = 0
        s.thread[ix(thread)].slowdown_left = 0
        s.thread[ix(thread)].stop = BURST_OVER
        s.thread[ix(thread)].lock_left = 0
        s.thread[ix(thread)].spinning = 0
        s.thread[ix(thread)].sent_at = -1
        s.thread[ix(thread)].lock_draws = 0
        s.thread[ix(thread)].pieces = 0
        s.thread[ix(thread)].extra_ns = 0
        s.thread[ix(thread)].faulting = 0
        s.thread[ix(thread)].ports_left = 0
        if s.measure_mode == BY_TIME:
            s.thread[ix(thread)].measure_from = 0
            s.thread[ix(thread)].measure_until = 0


@jit
def _clear_devices(s):
    for way in range(2 * s.first_load, 2 * s.last_load):
        device = s.way[ix(way)].station
        s.station[ix(device)].busy = 0
        s.station[ix(device)].queued = 0
        s.station[ix(device)].completed = 0
        s.station[ix(device)].busy_ns = 0


@jit
def _bits(count):
    bits = 1
    while 1 << bits < count:
        bits += 1
    return bits


@jit
def _clear_timers(s, threads):
    s.soon_bits = _bits(1 + s.n_lp)
    s.soon_leaves = timer_leaves(s.soon_bits)
    clear_timers(s.soon_tree, s.soon_leaves)
    s.first_thread_timer = s.n_vp + s.last_load - s.first_load
    s.later_bits = _bits(s.first_thread_timer + threads)
    s.later_leaves = timer_leaves(s.later_bits)
    s.latest_ns = (NEVER >> s.later_bits) - 1
    clear_timers(s.later_tree, s.later_leaves)
    s.ready_leaves = 1 << _bits(s.n_vp)
    clear_tree(s.ready_tree, s.ready_key, s.ready_leaves)


@jit
def _count_expected(s, load):
    if s.measure_mode == BY_INDEX and s.load[ix(load)].kind != OPEN:
        first = s.load[ix(load)].first_thread
        for thread in range(first, first + s.load[ix(load)].threads):
            s.measure_pending += (
                s.thread[ix(thread)].measure_until - s.thread[ix(thread)].measure_from
            )


@jit
def start(state):
    """Set the machine to time zero and start its workloads."""
    s = state[0]
    s.now = 0
    s.events = 0
    s.virtual_clock = 0
    s.most_lag = HOARD * s.accounting_ns * (PACE // DEFAULT_WEIGHT)
    s.vacant_part = -1
    s.outbox = -1
    s.root_used_ns = 0
    s.next_root = 0
    s.sequence = 0
    s.idle_lps = s.n_lp
    s.ready_vps = 0
    s.measure_pending = 0
    s.batches_open = 0
    s.buffered = 0
    _clear_lps(s)
    _clear_vps(s)
    _clear_loads(s)
    _clear_ways(s)
    last = s.last_load - 1
    s.first_thread = s.load[ix(s.first_load)].first_thread
    threads = s.load[ix(last)].first_thread + s.load[ix(last)].threads - s.first_thread
    _clear_threads(s, s.first_thread, s.first_thread + threads)
    _clear_devices(s)
    _clear_timers(s, threads)
    if s.accounting:
        set_soon(s, 0, 0)
    for load in range(s.first_load, s.last_load):
        _count_expected(s, load)
        begin_load(s, load)


@jit
def make_native(state, first_load, last_load, processors, as_host):
    """Turn the record into a bare machine for some of the workloads and start it.

    Requests of closed and trace workloads are measured by the indexes that the virtual run
    before recorded, those of open workloads by their arrival times, which are the same.

    Parameters
    ----------
    state : ndarray, shape (1,)
        A record in which the virtual run is over.
    first_load, last_load : int
        Workloads ``first_load..last_load - 1`` run, under one operating system.
    processors : int
        LPs of the bare machine.
    as_host : bool
        Whether it is the host itself, with its SMT; otherwise no processors share a core.
    """
    s = state[0]
    s.native = 1
    s.rule = FAIR_QUEUE
    s.accounting = 0
    s.wake_preemption = 0
    s.core_scheduler = 0
    s.has_limits = 0
    s.switch_ns = 0
    s.interrupts = 0
    s.taxed = 0
    s.measure_mode = BY_INDEX
    s.smt = s.host_smt if as_host else 0
    s.varying_speed = 1 if s.smt or s.interference > 0.0 else 0
    s.spins = 0
    s.first_load = first_load
    s.last_load = last_load
    s.n_lp = processors
    s.n_vp = processors
    s.n_part = 1
    s.part[ix(0)].first_vp = 0
    s.part[ix(0)].vps = processors
    for vp in range(processors):
        s.vp[ix(vp)].part = 0
        s.vp[ix(vp)].pinned_lp = -1
        s.vp[ix(vp)].weight = DEFAULT_WEIGHT
        s.vp[ix(vp)].reserve = 0.0
        s.vp[ix(vp)].limit = 1.0
    for load in range(first_load, last_load):
        s.load[ix(load)].part = 0
        s.load[ix(load)].hypervisor_rate = 0.0
        s.load[ix(load)].root_rate = 0.0
        s.load[ix(load)].ipi_rate = 0.0
        s.load[ix(load)].stop_rate = 0.0
        s.load[ix(load)].walk_fraction = 0.0
        s.load[ix(load)].halt_ns = 0
        s.way[ix(2 * load + DISK)].attachment = NATIVE_IO
        s.way[ix(2 * load + NETWORK)].attachment = NATIVE_IO
        if s.load[ix(load)].fault_rate > 0.0:
            s.taxed = 1
    start(state)


@jit
def _forget_lag(s):
    """Bill running VPs on the old terms and let none carry lag over into the new ones."""
    for lp in range(s.n_lp):
        if s.lp[ix(lp)].vp >= 0:
            charge(s, lp)
    for vp in range(s.n_vp):
        s.vp[ix(vp)].virtual = max(s.vp[ix(vp)].virtual, s.virtual_clock)
        if s.vp[ix(vp)].state == READY and s.vp[ix(vp)].pinned_lp < 0:
            set_key(s.ready_tree, s.ready_key, s.ready_leaves, vp, dispatch_key(s, vp))


@jit
def apply_settings(state):
    """Take up changed weights, reserves and limits; a running VP ends its slice first."""
    s = state[0]
    _forget_lag(s)
    s.has_limits = 0
    reserved = False
    for vp in range(s.n_vp):
        reserved = reserved or s.vp[ix(vp)].reserve > 0.0
        if s.vp[ix(vp)].limit < 1.0:
            s.has_limits = 1
    accounting = s.rule == CREDIT or reserved
    if accounting and not s.accounting:
        step = s.accounting_ns
        set_soon(s, 0, (s.now + step - 1) // step * step)
    if not accounting:
        clear_soon(s, 0)
        for vp in range(s.n_vp):
            s.vp[ix(vp)].pace = s.vp[ix(vp)].weight
    s.accounting = 1 if accounting else 0
