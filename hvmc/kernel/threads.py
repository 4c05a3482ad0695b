"""Threads on virtual processors: bursts, cut into pieces where the guest must leave, and queues.

A piece of a burst ends where the burst does, at an intercept that the root handles, at a hard
fault, or at a synchronous IPI. They come as Poisson processes of guest work. The work up to the
next of each is drawn when a request begins, or a burst of a batch, and again after each: they have
no memory. What intercepts that the hypervisor handles take from each piece `taxes` says.

Streams: see `streams`; what is drawn when a request begins is that of its first piece.
"""

import math

import numpy as np

from hvmc.kernel.codes import (
    BURST_OVER,
    DISK,
    EMULATED,
    FAULT,
    FOREVER,
    IDLE,
    IPI,
    NETWORK,
    ON_CPU,
    P_QUEUE,
    ROOT_INTERCEPT,
)
from hvmc.kernel.dispatch import make_ready
from hvmc.kernel.fields import FLOAT, LINE, WORD, Fields, begins, setting
from hvmc.kernel.jit import inlined, ix, jit
from hvmc.kernel.lines import join, leave
from hvmc.kernel.streams import PIECES, stream_of
from hvmc.kernel.taxes import begin_taxes, take_tax
from hvmc.kernel.threefry import block

__all__ = [
    "begin_piece",
    "begin_work",
    "next_queued",
    "start_burst",
    "take_way",
    "thread_ready",
]

FIELDS = Fields(
    machine={"vacant_partition": begins(-1)},
    partition={"line": begins(dtype=LINE)},
    load={
        "stop_rate": setting(FLOAT, native=0.0),  # of all that ends pieces but faults
        "fault_rate": setting(FLOAT),  # hard faults per CPU second; the coarse clock writes it
    },
    thread={
        "load": setting(),
        "stream": setting(WORD),
        "vp": begins(),
        "next": begins(),
        "since": begins(),
        "left": begins(),  # of the piece at hand: work, hypervisor and slowdown
        "burst_left": begins(),  # work of the burst beyond the piece at hand
        "stop": begins(BURST_OVER),
        "pieces": begins(),
        # work up to the next stop of each kind; faults', whose rate changes, in expected ones,
        # below 0 where it has not been drawn
        "root_gap": begins(int(FOREVER)),
        "ipi_gap": begins(int(FOREVER)),
        "fault_gap": begins(-1.0, FLOAT),
    },
    parts=("guest_queue",),
)

STOP_STREAM = np.uint64(0xD6E8FEB86659FD93)
FAULT_GAP_STREAM = np.uint64(0x589965CC75374CC3)


@jit
def _gap_ns(u, rate, work):
    """Return the work up to the next event of a Poisson process, forever if it is beyond.

    Most often it is, and no logarithm is needed to see that: log(1 - u) <= -u.
    """
    if u >= rate * work:
        return FOREVER
    return int(min(-math.log(1.0 - u) / rate, 1e18))


@jit
def _draw_stops(s, thread, work, root, ipi):
    """Draw the work up to the next intercept for the root, the next IPI, or both."""
    load = s.thread[ix(thread)].load
    index = s.thread[ix(thread)].request * PIECES + s.thread[ix(thread)].pieces
    a, b = block(s, stream_of(s, thread) ^ STOP_STREAM, index)
    if root:
        s.thread[ix(thread)].root_gap = _gap_ns(a, s.load[ix(load)].root_rate, work)
    if ipi:
        s.thread[ix(thread)].ipi_gap = _gap_ns(b, s.load[ix(load)].ipi_rate, work)


@jit
def begin_work(s, thread, work):
    """Draw what a request, or a burst of a batch, of so much work will meet."""
    begin_taxes(s, thread, work)
    s.thread[ix(thread)].fault_gap = -1.0
    if s.load[ix(s.thread[ix(thread)].load)].stop_rate > 0.0:
        _draw_stops(s, thread, work, True, True)


@jit
def _fault_gap(s, thread):
    """Return the expected hard faults up to the next one."""
    if s.thread[ix(thread)].fault_gap < 0.0:
        index = s.thread[ix(thread)].request * PIECES + s.thread[ix(thread)].pieces
        a, _ = block(s, stream_of(s, thread) ^ FAULT_GAP_STREAM, index)
        s.thread[ix(thread)].fault_gap = -math.log(1.0 - a)
    return s.thread[ix(thread)].fault_gap


@jit
def _cut(s, thread, work):
    """Return the work up to the next stop, and what stops it."""
    stop = BURST_OVER
    if s.thread[ix(thread)].root_gap < work:
        work, stop = s.thread[ix(thread)].root_gap, ROOT_INTERCEPT
    rate = s.load[ix(s.thread[ix(thread)].load)].fault_rate * 1e-9
    if rate > 0.0:
        gap = _fault_gap(s, thread)
        if gap < rate * work:
            work, stop = min(int(gap / rate), work), FAULT
    if s.thread[ix(thread)].ipi_gap < work:
        work, stop = s.thread[ix(thread)].ipi_gap, IPI
    s.thread[ix(thread)].root_gap -= work
    s.thread[ix(thread)].ipi_gap -= work
    s.thread[ix(thread)].fault_gap = max(s.thread[ix(thread)].fault_gap - rate * work, 0.0)
    return work, stop


@jit
def _after_stop(s, thread, stop):
    """Draw the work up to the next stop of the kind that ends the piece."""
    if stop == FAULT:
        s.thread[ix(thread)].fault_gap = -1.0
    else:
        _draw_stops(s, thread, FOREVER, stop == ROOT_INTERCEPT, stop == IPI)


@jit
def take_way(s, thread, page_in):
    """Note, and return, the way of the I/O at hand or to come; a page-in takes that to the disk.

    Of n I/Os with t network transfers among them, I/O j is one where the whole part of
    (j + 1) x t / n is above that of j x t / n: they are spread evenly.
    """
    load = s.thread[ix(thread)].load
    way = 2 * load + DISK
    transfers = s.load[ix(load)].transfers
    if transfers > 0 and not page_in:
        ios = s.load[ix(load)].ios
        before = (ios - s.thread[ix(thread)].bursts_left) * transfers
        if (before + transfers) // ios > before // ios:
            way = 2 * load + NETWORK
    s.thread[ix(thread)].way = way
    return way


@jit
def _ports_first(s, thread, stop):
    """Return what stops the piece: the first port intercept where an emulated I/O follows it."""
    way = take_way(s, thread, stop == FAULT)
    if s.way[ix(way)].attachment != EMULATED:
        return stop
    s.thread[ix(thread)].ports_left = s.way[ix(way)].ports
    s.thread[ix(thread)].after_ports = stop
    return ROOT_INTERCEPT


@jit
def _begin_taxed_piece(s, thread):
    load = s.thread[ix(thread)].load
    work, stop = s.thread[ix(thread)].burst_left, BURST_OVER
    s.thread[ix(thread)].pieces += 1
    if s.load[ix(load)].stop_rate + s.load[ix(load)].fault_rate > 0.0:
        work, stop = _cut(s, thread, work)
        if stop != BURST_OVER:
            _after_stop(s, thread, stop)
    s.thread[ix(thread)].burst_left -= work
    tax = take_tax(s, thread, work)
    more = s.load[ix(load)].ios > 0 and s.thread[ix(thread)].bursts_left > 0
    if stop == FAULT or (stop == BURST_OVER and more):
        stop = _ports_first(s, thread, stop)
    s.thread[ix(thread)].stop = stop
    s.thread[ix(thread)].left = max(work + tax, 1)


@inlined
def begin_piece(s, thread):
    """Cut the next piece off the thread's burst."""
    if s.taxed:
        _begin_taxed_piece(s, thread)
    else:
        s.thread[ix(thread)].left = s.thread[ix(thread)].burst_left


@jit
def thread_ready(s, thread):
    """Give the thread the guest's lowest-numbered idle VP, or queue it for one.

    A VP that has just finished a burst takes the first thread that becomes ready by it.
    """
    load = s.thread[ix(thread)].load
    partition = s.load[ix(load)].partition
    s.thread[ix(thread)].phase = ON_CPU
    if s.load[ix(load)].pinned:
        _root_thread_ready(s, thread)
        return
    vacant = s.vacant_partition == partition
    if vacant:
        s.vacant_partition = -1
    if vacant or s.partition[ix(partition)].idle == 0:
        s.thread[ix(thread)].since = s.now
        s.thread[ix(thread)].vp = -1
        join(s.partition[ix(partition)].line, s.thread, thread)
        return
    vp = s.partition[ix(partition)].first_vp
    while s.vp[ix(vp)].state != IDLE:
        vp += 1
    if s.taxed:
        halt = s.load[ix(load)].halt_ns
        s.thread[ix(thread)].hypervisor_left += halt
        s.thread[ix(thread)].left += halt
    s.vp[ix(vp)].thread = thread
    s.thread[ix(thread)].vp = vp
    make_ready(s, vp)


@jit
def _root_thread_ready(s, thread):
    """Give a root's thread its own VP, or let it wait for the VP's other thread."""
    load = s.thread[ix(thread)].load
    vp = (
        s.partition[ix(s.load[ix(load)].partition)].first_vp
        + thread
        - s.load[ix(load)].first_thread
    )
    s.thread[ix(thread)].vp = vp
    if s.vp[ix(vp)].state == IDLE:
        s.vp[ix(vp)].thread = thread
        make_ready(s, vp)
    else:
        s.vp[ix(vp)].waiting = thread


@inlined
def next_queued(s, partition, vp):
    """Let the VP take the guest's next queued thread."""
    thread = leave(s.partition[ix(partition)].line, s.thread)
    s.thread[ix(thread)].part_ns[P_QUEUE] += s.now - s.thread[ix(thread)].since
    s.thread[ix(thread)].vp = vp
    return thread


@inlined
def start_burst(s, thread, cpu_ns):
    """Start a burst of so much work."""
    s.thread[ix(thread)].burst_left = cpu_ns
    begin_piece(s, thread)
    thread_ready(s, thread)
