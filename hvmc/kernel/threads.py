"""Threads on virtual processors: bursts, cut into pieces where the guest must leave, and queues.

A piece of a burst ends where the burst does, at an intercept that the root handles, at a hard
fault, or at a synchronous IPI. They come as Poisson processes of guest work, drawn anew for each
piece, as they may be: they have no memory. Intercepts that the hypervisor handles are not events:
their number in a piece is Poisson (above 12 expected: the rounded normal law), their cost lognormal
with the sum's mean and variance.

Streams: piece i of request k takes draws k x PIECES + i.
"""

import math

import numpy as np

from hvmc.kernel.clock import nanoseconds
from hvmc.kernel.codes import (
    BATCH,
    BURST_OVER,
    DISK,
    EMULATED,
    FAULT,
    IDLE,
    IPI,
    NETWORK,
    ON_CPU,
    OPEN,
    P_QUEUE,
    ROOT_INTERCEPT,
)
from hvmc.kernel.dispatch import make_ready
from hvmc.kernel.fields import FLOAT, LINE, WORD, Fields, Numbered, Values, begins, count, setting
from hvmc.kernel.jit import inlined, ix, jit
from hvmc.kernel.laws import normal_quantile
from hvmc.kernel.lines import join, leave
from hvmc.kernel.threefry import block
from hvmc.scenario.guest import Guest
from hvmc.scenario.scenario import Scenario

__all__ = [
    "PIECES",
    "begin_piece",
    "next_queued",
    "poisson_quantile",
    "start_burst",
    "stream_of",
    "take_way",
    "thread_ready",
]


def _of_guest(scenario: Scenario, guest: Guest, _: Numbered) -> Values:
    """Return rates and costs of intercepts, timer ticks and page walks among them."""
    intercepts, interrupts = scenario.overheads.intercepts, scenario.overheads.interrupts
    rate, mean_s, cv = intercepts.total(guest.enlightened, "hypervisor")
    indirect_s = intercepts.indirect_s * rate
    if interrupts.enabled and interrupts.tick_hz > 0:
        square = rate * mean_s**2 * (1 + cv**2) + interrupts.tick_hz * interrupts.tick_s**2
        total = rate * mean_s + interrupts.tick_hz * interrupts.tick_s
        rate += interrupts.tick_hz
        mean_s = total / rate
        cv = float(np.sqrt(max(square / rate / mean_s**2 - 1.0, 0.0))) if mean_s > 0 else 0.0
    walk = scenario.overheads.nested_paging
    return {
        "hypervisor_rate": rate * 1e-9,
        "hypervisor_ns": mean_s * 1e9,
        # of the sum of a random number of costs, each mean x (1 + cv z): the number is drawn
        "hypervisor_cv": cv,
        "indirect_ns": indirect_s / rate * 1e9 if rate > 0 else 0.0,
        "walk_fraction": walk.fraction if walk.enabled else 0.0,
        "halt_ns": nanoseconds(intercepts.halt_s) if intercepts.enabled else 0,
    }


FIELDS = Fields(
    of_guest=_of_guest,
    cuts=("intercepts", "nested_paging"),
    machine={"vacant_part": begins(-1)},
    part={"line": begins(dtype=LINE)},
    load={
        "stop_rate": setting(FLOAT, native=0.0),  # of all that ends pieces but faults
        "fault_rate": setting(FLOAT),  # hard faults per CPU second; the coarse clock writes it
        "hypervisor_rate": setting(FLOAT, native=0.0),  # intercepts per ns of guest work
        "hypervisor_ns": setting(FLOAT),
        "hypervisor_cv": setting(FLOAT),
        "indirect_ns": setting(FLOAT),
        "walk_fraction": setting(FLOAT, native=0.0),
        "halt_ns": setting(native=0),
        "intercepts": count(),
    },
    thread={
        "load": setting(),
        "stream": setting(WORD),
        "vp": begins(),
        "next": begins(),
        "since": begins(),
        "left": begins(),  # of the piece at hand: work, hypervisor and slowdown
        "hypervisor_left": begins(),
        "slowdown_left": begins(),
        "burst_left": begins(),  # work of the burst beyond the piece at hand
        "stop": begins(BURST_OVER),
        "pieces": begins(),
        "extra_ns": begins(),  # hypervisor time to come with the next piece
    },
    parts=("guest_queue",),
)

PIECES = 1 << 20
STOP_STREAM = np.uint64(0xD6E8FEB86659FD93)
IPI_STREAM = np.uint64(0x589965CC75374CC3)
TAX_STREAM = np.uint64(0xA0761D6478BD642F)
MOST_EXACT = 12.0


@jit
def stream_of(s, thread):
    """Return the stream that numbers the thread's requests."""
    load = s.thread[ix(thread)].load
    kind = s.load[ix(load)].kind
    if kind in (OPEN, BATCH):
        return s.load[ix(load)].stream
    return s.thread[ix(thread)].stream


@jit
def poisson_quantile(mean, u):
    """Quantile of the Poisson law, exact up to a mean of 12, beyond by the rounded normal law."""
    if mean > MOST_EXACT:
        return max(int(mean + math.sqrt(mean) * normal_quantile(max(u, 2.0**-54)) + 0.5), 0)
    term = math.exp(-mean)
    below = term
    count = 0
    while u >= below and count < 100:
        count += 1
        term *= mean / count
        below += term
    return count


@jit
def _gap_ns(u, rate, work):
    """Return the work up to the next event of a Poisson process; all of it if none is in it.

    Most often there is none, and no logarithm is needed to see that: log(1 - u) <= -u.
    """
    if u >= rate * work:
        return work
    return min(int(-math.log(1.0 - u) / rate), work)


@jit
def _cut(s, thread, index, work):
    """Return the work up to the next stop, and what stops it."""
    load = s.thread[ix(thread)].load
    a, b = block(s, stream_of(s, thread) ^ STOP_STREAM, index)
    stop = BURST_OVER
    gap = _gap_ns(a, s.load[ix(load)].root_rate, work)
    if gap < work:
        work, stop = gap, ROOT_INTERCEPT
    gap = _gap_ns(b, s.load[ix(load)].fault_rate * 1e-9, work)
    if gap < work:
        work, stop = gap, FAULT
    if s.load[ix(load)].ipi_rate > 0.0:
        a, _ = block(s, stream_of(s, thread) ^ IPI_STREAM, index)
        gap = _gap_ns(a, s.load[ix(load)].ipi_rate, work)
        if gap < work:
            work, stop = gap, IPI
    return work, stop


@jit
def _tax(s, thread, index, work):
    """Add the time that handled intercepts and page walks take to the piece."""
    load = s.thread[ix(thread)].load
    hypervisor = s.thread[ix(thread)].extra_ns
    slowdown = int(work * s.load[ix(load)].walk_fraction + 0.5)
    s.thread[ix(thread)].extra_ns = 0
    if s.load[ix(load)].hypervisor_rate > 0.0:
        a, b = block(s, stream_of(s, thread) ^ TAX_STREAM, index)
        count = poisson_quantile(work * s.load[ix(load)].hypervisor_rate, a)
        if count > 0:
            spread2 = math.log1p(s.load[ix(load)].hypervisor_cv ** 2 / count)
            z = normal_quantile(max(b, 2.0**-54))
            units = count * math.exp(math.sqrt(spread2) * z - 0.5 * spread2)
            hypervisor += int(units * s.load[ix(load)].hypervisor_ns + 0.5)
            slowdown += int(count * s.load[ix(load)].indirect_ns + 0.5)
            s.load[ix(load)].intercepts += count
    s.thread[ix(thread)].hypervisor_left = hypervisor
    s.thread[ix(thread)].slowdown_left = slowdown


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
    index = s.thread[ix(thread)].request * PIECES + s.thread[ix(thread)].pieces
    s.thread[ix(thread)].pieces += 1
    if s.load[ix(load)].stop_rate + s.load[ix(load)].fault_rate > 0.0:
        work, stop = _cut(s, thread, index, work)
    _tax(s, thread, index, work)
    s.thread[ix(thread)].burst_left -= work
    more = s.load[ix(load)].ios > 0 and s.thread[ix(thread)].bursts_left > 0
    if stop == FAULT or (stop == BURST_OVER and more):
        stop = _ports_first(s, thread, stop)
    s.thread[ix(thread)].stop = stop
    tax = s.thread[ix(thread)].hypervisor_left + s.thread[ix(thread)].slowdown_left
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
    part = s.load[ix(load)].part
    s.thread[ix(thread)].phase = ON_CPU
    if s.load[ix(load)].pinned:
        _root_thread_ready(s, thread)
        return
    vacant = s.vacant_part == part
    if vacant:
        s.vacant_part = -1
    if vacant or s.part[ix(part)].idle == 0:
        s.thread[ix(thread)].since = s.now
        s.thread[ix(thread)].vp = -1
        join(s.part[ix(part)].line, s.thread, thread)
        return
    vp = s.part[ix(part)].first_vp
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
    vp = s.part[ix(s.load[ix(load)].part)].first_vp + thread - s.load[ix(load)].first_thread
    s.thread[ix(thread)].vp = vp
    if s.vp[ix(vp)].state == IDLE:
        s.vp[ix(vp)].thread = thread
        make_ready(s, vp)
    else:
        s.vp[ix(vp)].waiting = thread


@inlined
def next_queued(s, part, vp):
    """Let the VP take the guest's next queued thread."""
    thread = leave(s.part[ix(part)].line, s.thread)
    s.thread[ix(thread)].part_ns[P_QUEUE] += s.now - s.thread[ix(thread)].since
    s.thread[ix(thread)].vp = vp
    return thread


@inlined
def start_burst(s, thread, cpu_ns):
    """Start a burst of so much work."""
    s.thread[ix(thread)].burst_left = cpu_ns
    begin_piece(s, thread)
    thread_ready(s, thread)
