"""Starting a machine: the modelled host, or one of its native baselines.

A machine is a number of LPs, the VPs and partitions on them and the workloads that run. The host
is described by `load.load_scenario`; a native machine is a bare one whose VPs each have an LP of
their own, with no hypervisor, no root partition and no limits, and the same workloads, streams and
cache refill. Its processors do not share cores, unless it is the whole host laid bare.
"""

import numpy as np

from hvmc.kernel.accounts import PACE, charge
from hvmc.kernel.codes import (
    BY_INDEX,
    BY_TIME,
    CREDIT,
    OPEN,
    READY,
)
from hvmc.kernel.jit import ix, jit
from hvmc.kernel.layout import NATIVE_VALUES, TABLES, geometry
from hvmc.kernel.requests import begin_load
from hvmc.kernel.shares import DEFAULT_WEIGHT, HOARD, dispatch_key
from hvmc.kernel.threefry import threefry2x64
from hvmc.kernel.timers import (
    NEVER,
    clear_ready,
    clear_soon,
    clear_timers,
    set_ready,
    set_soon,
    timer_leaves,
)

__all__ = ["apply_settings", "derive_streams", "make_native", "start"]

_, _, VP, _, LOAD, WAY, _, STATION = range(len(TABLES))
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
def _blank(words, places, begins, blank, table, first, last):
    """Let rows ``first..last - 1`` of a table begin anew."""
    start, width = places[table]
    for row in range(first, last):
        at = start + row * width
        for word in range(width):
            if begins[table, word]:
                words[at + word] = blank[table, word]


@jit
def _blank_all(state, words, places, begins, blank):
    s = state[0]
    s.first_thread = s.load[ix(s.first_load)].first_thread
    ends = (1, s.n_lp, s.n_vp, s.n_partition, s.last_load, 2 * s.last_load, _last_thread(s), 0)
    starts = (0, 0, 0, 0, s.first_load, 2 * s.first_load, s.first_thread, 0)
    for table in range(STATION):
        _blank(words, places, begins, blank, table, starts[table], ends[table])
    for way in range(2 * s.first_load, 2 * s.last_load):
        station = s.way[ix(way)].station
        _blank(words, places, begins, blank, STATION, station, station + 1)
    _blank(words, places, begins, blank, STATION, s.paging_station, s.paging_station + 1)


@jit
def _last_thread(s):
    """Return the number past the threads of this machine."""
    last = s.last_load - 1
    return s.load[ix(last)].first_thread + s.load[ix(last)].threads


@jit
def _settle_in(s):
    """Give partitions and VPs what they begin with where it depends on settings."""
    for partition in range(s.n_partition):
        s.partition[ix(partition)].idle = s.partition[ix(partition)].vps
    for vp in range(s.n_vp):
        s.vp[ix(vp)].pace = s.vp[ix(vp)].weight
        if s.vp[ix(vp)].pinned_lp >= 0:
            s.lp[ix(s.vp[ix(vp)].pinned_lp)].root_vp = vp
        offset = s.limit_period_ns * vp // s.n_vp if s.limits_staggered else 0
        s.vp[ix(vp)].period_end = offset
        s.vp[ix(vp)].budget = int(s.vp[ix(vp)].limit * s.limit_period_ns)


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
    clear_ready(s, 1 << _bits(s.n_vp))


@jit
def _count_expected(s, load):
    if s.measure_mode == BY_INDEX and s.load[ix(load)].kind != OPEN:
        first = s.load[ix(load)].first_thread
        for thread in range(first, first + s.load[ix(load)].threads):
            s.measure_pending += (
                s.thread[ix(thread)].measure_until - s.thread[ix(thread)].measure_from
            )


@jit
def _begin(state):
    s = state[0]
    s.most_lag = HOARD * s.accounting_ns * (PACE // DEFAULT_WEIGHT)
    s.idle_lps = s.n_lp
    _settle_in(s)
    if s.measure_mode == BY_TIME:
        for thread in range(s.first_thread, _last_thread(s)):
            s.thread[ix(thread)].measure_from = 0
            s.thread[ix(thread)].measure_until = 0
    _clear_timers(s, _last_thread(s) - s.first_thread)
    if s.accounting:
        set_soon(s, 0, 0)
    for load in range(s.first_load, s.last_load):
        _count_expected(s, load)
        begin_load(s, load)


def start(state: np.ndarray) -> None:
    """Set the machine to time zero and start its workloads."""
    where = geometry(state.dtype)
    _blank_all(state, state.view(np.int64), where.places, where.begins, where.blank)
    _begin(state)


@jit
def _make_bare(state, words, places, values, first_load, last_load, processors, as_host):
    s = state[0]
    s.first_load, s.last_load = first_load, last_load
    s.n_lp = s.n_vp = processors
    s.n_partition = 1
    for table, word, value in values:
        start, width = places[table]
        first, last = 0, 1
        if table == VP:
            last = processors
        elif table == LOAD:
            first, last = first_load, last_load
        elif table == WAY:
            first, last = 2 * first_load, 2 * last_load
        for row in range(first, last):
            words[start + row * width + word] = value
    s.partition[ix(0)].first_vp = 0
    s.partition[ix(0)].vps = processors
    s.smt = s.host_smt if as_host else 0
    s.varying_speed = 1 if s.smt or s.interference > 0.0 else 0
    for load in range(first_load, last_load):
        if s.load[ix(load)].fault_rate > 0.0:
            s.taxed = 1


def make_native(
    state: np.ndarray, first_load: int, last_load: int, processors: int, as_host: bool
) -> None:
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
    words, places = state.view(np.int64), geometry(state.dtype).places
    _make_bare(state, words, places, NATIVE_VALUES, first_load, last_load, processors, as_host)
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
            set_ready(s, vp, dispatch_key(s, vp))


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
