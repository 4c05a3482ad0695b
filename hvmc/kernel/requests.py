"""Requests: what threads do between bursts, workload by workload.

Streams: request k of a thread of a closed or trace workload takes draw k of the thread's stream
(CPU time, pause before it); arrival i of an open workload draw i of the workload's stream
(inter-arrival time, CPU time); I/Os have streams of their own, batches say theirs in `batches`.
"""

from hvmc.kernel.batches import after_sleep, batch_burst_done, begin_iteration
from hvmc.kernel.clock import nanoseconds
from hvmc.kernel.codes import (
    BATCH,
    BY_INDEX,
    BY_TIME,
    FAULT,
    FOREVER,
    IN_IO,
    IN_PATH,
    IN_ROOT,
    OFF_CPU,
    OPEN,
    P_QUEUE,
    PARTS,
    TASKS,
    TRACE,
)
from hvmc.kernel.fields import FLOAT, WORD, Fields, Numbered, Values, begins, count, setting
from hvmc.kernel.interrupts import interrupt
from hvmc.kernel.io import begin_io, device_done, next_burst_ns, reach_device, task_done
from hvmc.kernel.jit import inlined, ix, jit, merged
from hvmc.kernel.laws import draw_ns, quantile, whole_ns
from hvmc.kernel.threads import begin_work, start_burst
from hvmc.kernel.threefry import block
from hvmc.kernel.timers import clear_later, set_later
from hvmc.kernel.workers import park, record, set_thread_timer, unpark
from hvmc.scenario.scenario import Scenario

__all__ = ["arrival", "begin_load", "burst_done", "thread_timer"]


def _of_machine(scenario: Scenario, _: Numbered) -> Values:
    return {
        "measure_mode": BY_TIME,
        "measure_from_ns": nanoseconds(scenario.warmup_s),
        "measure_until_ns": nanoseconds(scenario.horizon_s),
        "end_ns": nanoseconds(scenario.horizon_s + scenario.drain_s),
    }


FIELDS = Fields(
    of_machine=_of_machine,
    machine={
        "measure_mode": setting(native=BY_INDEX),
        "measure_from_ns": setting(),
        "measure_until_ns": setting(),
        "end_ns": setting(),  # nothing is simulated beyond
        "measure_pending": begins(),
        "buffered": begins(),
    },
    load={
        "partition": setting(native=0),
        "pinned": setting(),
        "kind": setting(),
        "first_thread": setting(),
        "threads": setting(),
        "cpu_law": setting(),
        "off_law": setting(),
        "stream": setting(WORD),
        # of traces
        "levels_first": setting(),
        "levels": setting(),
        "level_ns": setting(),
        "level_offset": setting(),
        "completed": count(),
        "response_ns": count(),
        "measured": count(),
        "finished": count(),
        "part_ns": count((len(PARTS),)),
        # of open workloads
        "parked": begins(-1),
        "next_arrival": begins(),
        "arrived": count(),
        "served": count(),
        "served_at": begins(),
    },
    thread={
        "measure_from": setting(),
        "measure_until": setting(),
        "phase": begins(OFF_CPU),
        "request": begins(),
        "started": begins(),
        "measured": begins(),
        "cpu_ns": begins(),
        "next_cpu_ns": begins(),
        "next_pause": begins(dtype=FLOAT),
        "bursts_left": begins(),
        "part_ns": begins(shape=(len(PARTS),)),
    },
)

N_PARTS = len(PARTS)


@jit
def _in_window(s, at):
    return s.measure_from_ns <= at < s.measure_until_ns


@jit
def _is_measured(s, thread, at):
    if s.measure_mode == BY_TIME:
        return _in_window(s, at)
    request = s.thread[ix(thread)].request
    return s.thread[ix(thread)].measure_from <= request < s.thread[ix(thread)].measure_until


@inlined
def _begin_request(s, thread, started):
    """Start a thread's request; whether it is measured is settled here for closed ones."""
    load = s.thread[ix(thread)].load
    s.thread[ix(thread)].started = started
    s.thread[ix(thread)].pieces = 0
    for part in range(N_PARTS):
        s.thread[ix(thread)].part_ns[part] = 0
    s.thread[ix(thread)].part_ns[P_QUEUE] = s.now - started
    s.thread[ix(thread)].bursts_left = s.load[ix(load)].ios + 1
    if s.load[ix(load)].kind == OPEN:
        s.thread[ix(thread)].measured = _in_window(s, started)
    else:
        measured = not s.load[ix(load)].pinned and _is_measured(s, thread, started)
        s.thread[ix(thread)].measured = measured
        if measured:
            s.load[ix(load)].measured += 1
            if s.measure_mode == BY_TIME:
                s.measure_pending += 1
                if s.thread[ix(thread)].measure_until == 0:
                    s.thread[ix(thread)].measure_from = s.thread[ix(thread)].request
                s.thread[ix(thread)].measure_until = s.thread[ix(thread)].request + 1
    if s.taxed:
        begin_work(s, thread, max(s.thread[ix(thread)].cpu_ns, 1))
    start_burst(s, thread, next_burst_ns(s, thread))


@inlined
def _end_request(s, thread):
    load = s.thread[ix(thread)].load
    if _in_window(s, s.now):
        s.load[ix(load)].completed += 1
    if s.thread[ix(thread)].measured:
        s.measure_pending -= 1
        s.thread[ix(thread)].measured = 0
        record(s, load, s.now - s.thread[ix(thread)].started)
        for part in range(N_PARTS):
            s.load[ix(load)].part_ns[part] += s.thread[ix(thread)].part_ns[part]
    s.thread[ix(thread)].request += 1
    if s.load[ix(load)].kind == OPEN:
        _serve_backlog(s, load, thread)
    else:
        _pause(s, thread)


@jit
def _resume_at(s, load, exposure):
    """Return when a pause of ``exposure`` units of operational time ends on the trace's levels."""
    first = s.load[ix(load)].levels_first
    levels = s.load[ix(load)].levels
    step = s.load[ix(load)].level_ns
    at = s.now + s.load[ix(load)].level_offset
    last = s.end_ns + s.load[ix(load)].level_offset
    while at <= last:
        ends = (at // step + 1) * step
        pause_ns = s.pool[first + (at // step) % levels] * 1e9
        if exposure * pause_ns <= ends - at:
            return int(at + exposure * pause_ns) - s.load[ix(load)].level_offset
        exposure -= (ends - at) / pause_ns
        at = ends
    return FOREVER


@inlined
def _draw_ahead(s, thread, request):
    """Draw a request's CPU time and the pause before it.

    They are drawn one request early: nothing waits for them then, and the processor works them
    out beside the events that follow.
    """
    load = s.thread[ix(thread)].load
    a, b = block(s, s.thread[ix(thread)].stream, request)
    s.thread[ix(thread)].next_cpu_ns = draw_ns(s, s.load[ix(load)].cpu_law, a)
    s.thread[ix(thread)].next_pause = quantile(s, s.load[ix(load)].off_law, b)


@inlined
def _pause(s, thread):
    """Think until the thread's next request."""
    load = s.thread[ix(thread)].load
    s.thread[ix(thread)].cpu_ns = s.thread[ix(thread)].next_cpu_ns
    s.thread[ix(thread)].phase = OFF_CPU
    pause = s.thread[ix(thread)].next_pause
    if s.load[ix(load)].kind == TRACE:
        due = _resume_at(s, load, pause)
        if due < FOREVER:
            set_thread_timer(s, thread, due)
    else:
        set_thread_timer(s, thread, s.now + whole_ns(pause))
    _draw_ahead(s, thread, s.thread[ix(thread)].request + 1)


@jit
def _serve_backlog(s, load, thread):
    """Let a free worker take the oldest waiting arrival, or park it."""
    if s.load[ix(load)].served == s.load[ix(load)].arrived:
        park(s, load, thread)
        return
    index = s.load[ix(load)].served
    s.load[ix(load)].served += 1
    a, b = block(s, s.load[ix(load)].stream, index)
    s.load[ix(load)].served_at += draw_ns(s, s.load[ix(load)].off_law, a)
    s.thread[ix(thread)].cpu_ns = draw_ns(s, s.load[ix(load)].cpu_law, b)
    s.thread[ix(thread)].request = index
    _begin_request(s, thread, s.load[ix(load)].served_at)


@jit
def _next_arrival(s, load):
    a, _ = block(s, s.load[ix(load)].stream, s.load[ix(load)].arrived)
    s.load[ix(load)].next_arrival += draw_ns(s, s.load[ix(load)].off_law, a)
    set_later(s, s.n_vp + load - s.first_load, s.load[ix(load)].next_arrival)


@merged
def arrival(s, load):
    """Take in a request of an open workload, or start a batch."""
    if s.load[ix(load)].kind == BATCH:
        clear_later(s, s.n_vp + load - s.first_load)
        begin_iteration(s, load)
        return
    s.load[ix(load)].arrived += 1
    if _in_window(s, s.now):
        s.load[ix(load)].measured += 1
        s.measure_pending += 1
    _next_arrival(s, load)
    if s.load[ix(load)].parked >= 0:
        thread = unpark(s, load)
        if s.interrupts:
            interrupt(s, thread)
        _serve_backlog(s, load, thread)


@merged
def burst_done(s, thread):
    """Go on after a burst, or a hard fault in it: I/O, sleep, or the end of the request."""
    if s.thread[ix(thread)].stop == FAULT:
        s.load[ix(s.thread[ix(thread)].load)].faults += 1
        s.thread[ix(thread)].faulting = 1
        begin_io(s, thread)
        return
    load = s.thread[ix(thread)].load
    kind = s.load[ix(load)].kind
    if kind == BATCH:
        batch_burst_done(s, load, thread)
    elif kind == TASKS:
        task_done(s, thread)
    elif s.thread[ix(thread)].bursts_left == 0:
        _end_request(s, thread)
    else:
        begin_io(s, thread)


@jit
def _has_work(s, load, thread):
    """Say whether the thread will take up work when it wakes."""
    if s.load[ix(load)].kind != BATCH or s.thread[ix(thread)].bursts_left > 0:
        return True
    return s.load[ix(load)].next_task < s.load[ix(load)].tasks


@merged
def thread_timer(s, thread):
    """End a pause, a sleep, or the service of an I/O or a page-in, of a thread."""
    clear_later(s, s.first_thread_timer + thread - s.first_thread)
    load = s.thread[ix(thread)].load
    if s.thread[ix(thread)].phase in (IN_IO, IN_ROOT):
        device_done(s, thread)
        return
    if s.thread[ix(thread)].phase == IN_PATH:
        reach_device(s, thread)
        return
    if s.interrupts and not s.load[ix(load)].pinned and _has_work(s, load, thread):
        interrupt(s, thread)
    if s.load[ix(load)].kind == BATCH:
        after_sleep(s, load, thread)
    else:
        _begin_request(s, thread, s.now)


@jit
def begin_load(s, load):
    """Start a workload at time zero."""
    first = s.load[ix(load)].first_thread
    last = first + s.load[ix(load)].threads
    s.load[ix(load)].parked = -1
    if s.load[ix(load)].kind == TASKS:
        return
    if s.load[ix(load)].kind == OPEN:
        for thread in range(last - 1, first - 1, -1):
            park(s, load, thread)
        _next_arrival(s, load)
    elif s.load[ix(load)].kind == BATCH:
        for thread in range(last - 1, first, -1):
            park(s, load, thread)
        s.batches_open += 1
        s.load[ix(load)].measured = 1
        set_later(s, s.n_vp + load - s.first_load, 0)
    else:
        for thread in range(first, last):
            _draw_ahead(s, thread, 0)
            _pause(s, thread)
