"""Starting a machine: the modelled host, or one of its native baselines.

A machine is a number of LPs, the VPs and partitions on them and the workloads that run. The host
is described by `load.load_scenario`; a native machine is a bare one whose VPs each have an LP of
their own, with no hypervisor, no root partition and no limits, and the same workloads, streams and
cache refill. Its processors do not share cores, unless it is the whole host laid bare.
"""

import numpy as np

from hvmc.kernel.accounts import PACE, charge
from hvmc.kernel.jit import jit
from hvmc.kernel.layout import (
    BY_INDEX,
    BY_TIME,
    CREDIT,
    FAIR_QUEUE,
    IDLE,
    OPEN,
    READY,
)
from hvmc.kernel.requests import begin_load
from hvmc.kernel.shares import HOARD, dispatch_key
from hvmc.kernel.threefry import threefry2x64
from hvmc.kernel.timers import NEVER, clear_soon, clear_timers, clear_tree, set_key, set_soon

__all__ = ["apply_settings", "derive_streams", "make_native", "start"]

DEFAULT_WEIGHT = 100
WORKLOAD_STREAM = np.uint64(1 << 63)


@jit
def derive_streams(state):
    """Turn the name hashes in ``load_stream`` into the trial's stream identifiers."""
    s = state[0]
    for load in range(s.n_load):
        name = s.load_stream[load]
        first = s.load_first_thread[load]
        for thread in range(first, first + s.load_threads[load]):
            bits, _ = threefry2x64(s.key0, s.key1, name, np.uint64(thread - first))
            s.thread_stream[thread] = bits
        s.load_stream[load], _ = threefry2x64(s.key0, s.key1, name, WORKLOAD_STREAM)


@jit
def _clear_lps(s):
    for lp in range(s.n_lp):
        s.lp_vp[lp] = -1
        s.lp_last_vp[lp] = -1
        s.lp_root_vp[lp] = -1
        s.lp_slice_end[lp] = 0
        s.lp_charge_from[lp] = 0
        s.lp_settled_at[lp] = 0
        s.lp_busy_ns[lp] = 0
        s.lp_switch_left[lp] = 0
        s.lp_refill_left[lp] = 0
        s.lp_speed[lp] = 1.0
        s.lp_guest_ns[lp] = 0
        s.lp_hypervisor_ns[lp] = 0
        s.lp_switch_ns[lp] = 0
        s.lp_refill_ns[lp] = 0
        s.lp_smt_ns[lp] = 0
        s.lp_switches[lp] = 0


@jit
def _clear_vps(s):
    for part in range(s.n_part):
        s.part_idle[part] = s.part_vps[part]
        s.part_queued[part] = 0
    for vp in range(s.n_vp):
        s.vp_state[vp] = IDLE
        s.vp_since[vp] = 0
        s.vp_lp[vp] = -1
        s.vp_last_lp[vp] = -1
        s.vp_thread[vp] = -1
        s.vp_slice_left[vp] = 0
        s.vp_sequence[vp] = 0
        s.vp_credit[vp] = 0
        s.vp_active[vp] = 0
        s.vp_idled[vp] = 1
        s.vp_pace[vp] = s.vp_weight[vp]
        s.vp_virtual[vp] = 0
        s.vp_dispatches[vp] = 0
        s.vp_renewals[vp] = 0
        for state in range(5):
            s.vp_ns[vp, state] = 0
        if s.vp_pinned_lp[vp] >= 0:
            s.lp_root_vp[s.vp_pinned_lp[vp]] = vp
        offset = s.limit_period_ns * vp // s.n_vp if s.limits_staggered else 0
        s.vp_period_end[vp] = offset
        s.vp_budget[vp] = int(s.vp_limit[vp] * s.limit_period_ns)


@jit
def _clear_loads(s):
    for load in range(s.n_load):
        s.load_work_ns[load] = 0
        s.load_completed[load] = 0
        s.load_response_ns[load] = 0
        s.load_measured[load] = 0
        s.load_finished[load] = 0
        s.load_next_arrival[load] = 0
        s.load_arrived[load] = 0
        s.load_served[load] = 0
        s.load_served_at[load] = 0
        s.load_iteration[load] = 0
        s.load_started_at[load] = 0
    for thread in range(s.n_thread):
        s.thread_request[thread] = 0
        s.thread_measured[thread] = 0
        s.thread_last_lp[thread] = -1
        s.thread_lp_busy[thread] = 0
        if s.measure_mode == BY_TIME:
            s.thread_measure_from[thread] = 0
            s.thread_measure_until[thread] = 0


@jit
def _bits(count):
    bits = 1
    while 1 << bits < count:
        bits += 1
    return bits


@jit
def _clear_timers(s, threads):
    s.soon_bits = _bits(1 + s.n_lp)
    s.soon_leaves = 1 << s.soon_bits
    clear_timers(s.soon_tree, s.soon_leaves)
    s.first_thread_timer = s.n_vp + s.last_load - s.first_load
    s.later_bits = _bits(s.first_thread_timer + threads)
    s.later_leaves = 1 << s.later_bits
    s.latest_ns = (NEVER >> s.later_bits) - 1
    clear_timers(s.later_tree, s.later_leaves)
    s.ready_leaves = 1 << _bits(s.n_vp)
    clear_tree(s.ready_tree, s.ready_key, s.ready_leaves)


@jit
def _count_expected(s, load):
    if s.measure_mode == BY_INDEX and s.load_kind[load] != OPEN:
        first = s.load_first_thread[load]
        for thread in range(first, first + s.load_threads[load]):
            s.measure_pending += s.thread_measure_until[thread] - s.thread_measure_from[thread]


@jit
def start(state):
    """Set the machine to time zero and start its workloads."""
    s = state[0]
    s.now = 0
    s.events = 0
    s.virtual_clock = 0
    s.most_lag = HOARD * s.accounting_ns * (PACE // DEFAULT_WEIGHT)
    s.vacant_part = -1
    s.sequence = 0
    s.idle_lps = s.n_lp
    s.ready_vps = 0
    s.measure_pending = 0
    s.batches_open = 0
    s.buffered = 0
    _clear_lps(s)
    _clear_vps(s)
    _clear_loads(s)
    last = s.last_load - 1
    s.first_thread = s.load_first_thread[s.first_load]
    threads = s.load_first_thread[last] + s.load_threads[last] - s.first_thread
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
    state : recarray, shape (1,)
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
    s.intercept_fraction = 0.0
    s.measure_mode = BY_INDEX
    s.smt = s.host_smt if as_host else 0
    s.first_load = first_load
    s.last_load = last_load
    s.n_lp = processors
    s.n_vp = processors
    s.n_part = 1
    s.part_first_vp[0] = 0
    s.part_vps[0] = processors
    for vp in range(processors):
        s.vp_part[vp] = 0
        s.vp_pinned_lp[vp] = -1
        s.vp_weight[vp] = DEFAULT_WEIGHT
        s.vp_reserve[vp] = 0.0
        s.vp_limit[vp] = 1.0
    for load in range(first_load, last_load):
        s.load_part[load] = 0
    start(state)


@jit
def _forget_lag(s):
    """Bill running VPs on the old terms and let none carry lag over into the new ones."""
    for lp in range(s.n_lp):
        if s.lp_vp[lp] >= 0:
            charge(s, lp)
    for vp in range(s.n_vp):
        s.vp_virtual[vp] = max(s.vp_virtual[vp], s.virtual_clock)
        if s.vp_state[vp] == READY and s.vp_pinned_lp[vp] < 0:
            set_key(s.ready_tree, s.ready_key, s.ready_leaves, vp, dispatch_key(s, vp))


@jit
def apply_settings(state):
    """Take up changed weights, reserves and limits; a running VP ends its slice first."""
    s = state[0]
    _forget_lag(s)
    s.has_limits = 0
    reserved = False
    for vp in range(s.n_vp):
        reserved = reserved or s.vp_reserve[vp] > 0.0
        if s.vp_limit[vp] < 1.0:
            s.has_limits = 1
    accounting = s.rule == CREDIT or reserved
    if accounting and not s.accounting:
        step = s.accounting_ns
        set_soon(s, 0, (s.now + step - 1) // step * step)
    if not accounting:
        clear_soon(s, 0)
        for vp in range(s.n_vp):
            s.vp_pace[vp] = s.vp_weight[vp]
    s.accounting = 1 if accounting else 0
