"""Requests: what threads do between bursts, workload by workload.

Streams: request k of a thread of a closed or trace workload takes draw k of the thread's stream
(CPU time, pause before it); arrival i of an open workload draw i of the workload's stream
(inter-arrival time, CPU time); I/Os, sleeps and the dispatcher have streams of their own.
"""

import numpy as np

from hvmc.kernel.dispatch import make_ready
from hvmc.kernel.jit import jit
from hvmc.kernel.laws import draw_ns, quantile
from hvmc.kernel.layout import (
    BATCH,
    BY_TIME,
    FOREVER,
    IDLE,
    IN_IO,
    OFF_CPU,
    ON_CPU,
    OPEN,
    PARKED,
    TRACE,
)
from hvmc.kernel.threefry import block
from hvmc.kernel.timers import clear_later, set_later

__all__ = ["arrival", "begin_load", "burst_done", "thread_timer"]

IO_STREAM = np.uint64(0x9E3779B97F4A7C15)
SERIAL_STREAM = np.uint64(0xC2B2AE3D27D4EB4F)


@jit
def _set_thread_timer(s, thread, due):
    set_later(s, s.first_thread_timer + thread - s.first_thread, due)


@jit
def _thread_ready(s, thread):
    """Give the thread the guest's lowest-numbered idle VP, or queue it for one.

    A VP that has just finished a burst takes the first thread that becomes ready by it.
    """
    load = s.thread_load[thread]
    part = s.load_part[load]
    s.thread_phase[thread] = ON_CPU
    vacant = s.vacant_part == part
    if vacant:
        s.vacant_part = -1
    if vacant or s.part_idle[part] == 0:
        s.thread_next[thread] = -1
        if s.part_queued[part] == 0:
            s.part_queue_head[part] = thread
        else:
            s.thread_next[s.part_queue_tail[part]] = thread
        s.part_queue_tail[part] = thread
        s.part_queued[part] += 1
        return
    vp = s.part_first_vp[part]
    if s.load_pinned[load]:
        vp += thread - s.load_first_thread[load]
    else:
        while s.vp_state[vp] != IDLE:
            vp += 1
    s.vp_thread[vp] = thread
    make_ready(s, vp)


@jit
def _start_burst(s, thread, cpu_ns):
    tax = int(cpu_ns * s.intercept_fraction + 0.5)
    s.thread_hypervisor_left[thread] = tax
    s.thread_left[thread] = cpu_ns + tax
    _thread_ready(s, thread)


@jit
def _next_piece(s, thread):
    """Return the CPU time of the request's next burst: even pieces, the last takes the rest."""
    pieces = s.load_ios[s.thread_load[thread]] + 1
    cpu_ns = s.thread_cpu_ns[thread]
    s.thread_bursts_left[thread] -= 1
    if pieces == 1:
        return max(cpu_ns, 1)
    piece = cpu_ns // pieces
    if s.thread_bursts_left[thread] == 0:
        piece = cpu_ns - piece * (pieces - 1)
    return max(piece, 1)


@jit
def _in_window(s, at):
    return s.measure_from_ns <= at < s.measure_until_ns


@jit
def _is_measured(s, thread, at):
    if s.measure_mode == BY_TIME:
        return _in_window(s, at)
    request = s.thread_request[thread]
    return s.thread_measure_from[thread] <= request < s.thread_measure_until[thread]


@jit
def _begin_request(s, thread, started):
    """Start a thread's request; whether it is measured is settled here for closed ones."""
    load = s.thread_load[thread]
    s.thread_started[thread] = started
    s.thread_bursts_left[thread] = s.load_ios[load] + 1
    if s.load_kind[load] == OPEN:
        s.thread_measured[thread] = _in_window(s, started)
    else:
        measured = not s.load_pinned[load] and _is_measured(s, thread, started)
        s.thread_measured[thread] = measured
        if measured:
            s.load_measured[load] += 1
            if s.measure_mode == BY_TIME:
                s.measure_pending += 1
                if s.thread_measure_until[thread] == 0:
                    s.thread_measure_from[thread] = s.thread_request[thread]
                s.thread_measure_until[thread] = s.thread_request[thread] + 1
    _start_burst(s, thread, _next_piece(s, thread))


@jit
def _record(s, load, response_ns):
    s.load_finished[load] += 1
    s.load_response_ns[load] += response_ns
    s.buffer_load[s.buffered] = load
    s.buffer_ns[s.buffered] = response_ns
    s.buffered += 1


@jit
def _end_request(s, thread):
    load = s.thread_load[thread]
    if _in_window(s, s.now):
        s.load_completed[load] += 1
    if s.thread_measured[thread]:
        s.measure_pending -= 1
        s.thread_measured[thread] = 0
        _record(s, load, s.now - s.thread_started[thread])
    s.thread_request[thread] += 1
    if s.load_kind[load] == OPEN:
        _serve_backlog(s, load, thread)
    else:
        _pause(s, thread)


@jit
def _resume_at(s, load, exposure):
    """Return when a pause of ``exposure`` units of operational time ends on the trace's levels."""
    first = s.load_levels_first[load]
    levels = s.load_levels[load]
    step = s.load_level_ns[load]
    at = s.now + s.load_level_offset[load]
    last = s.end_ns + s.load_level_offset[load]
    while at <= last:
        ends = (at // step + 1) * step
        pause_ns = s.pool[first + (at // step) % levels] * 1e9
        if exposure * pause_ns <= ends - at:
            return int(at + exposure * pause_ns) - s.load_level_offset[load]
        exposure -= (ends - at) / pause_ns
        at = ends
    return FOREVER


@jit
def _pause(s, thread):
    """Think: draw the thread's next request and the pause before it."""
    load = s.thread_load[thread]
    a, b = block(s, s.thread_stream[thread], s.thread_request[thread])
    s.thread_cpu_ns[thread] = draw_ns(s, s.load_cpu_law[load], a)
    s.thread_phase[thread] = OFF_CPU
    law = s.load_off_law[load]
    if s.load_kind[load] == TRACE:
        due = _resume_at(s, load, quantile(s, law, b))
        if due < FOREVER:
            _set_thread_timer(s, thread, due)
    else:
        _set_thread_timer(s, thread, s.now + draw_ns(s, law, b))


@jit
def _park(s, load, thread):
    s.thread_phase[thread] = PARKED
    s.thread_next[thread] = s.load_parked[load]
    s.load_parked[load] = thread


@jit
def _unpark(s, load):
    thread = s.load_parked[load]
    s.load_parked[load] = s.thread_next[thread]
    return thread


@jit
def _serve_backlog(s, load, thread):
    """Let a free worker take the oldest waiting arrival, or park it."""
    if s.load_served[load] == s.load_arrived[load]:
        _park(s, load, thread)
        return
    index = s.load_served[load]
    s.load_served[load] += 1
    a, b = block(s, s.load_stream[load], index)
    s.load_served_at[load] += draw_ns(s, s.load_off_law[load], a)
    s.thread_cpu_ns[thread] = draw_ns(s, s.load_cpu_law[load], b)
    s.thread_request[thread] = index
    _begin_request(s, thread, s.load_served_at[load])


@jit
def _next_arrival(s, load):
    a, _ = block(s, s.load_stream[load], s.load_arrived[load])
    s.load_next_arrival[load] += draw_ns(s, s.load_off_law[load], a)
    set_later(s, s.n_vp + load - s.first_load, s.load_next_arrival[load])


@jit
def arrival(s, load):
    """Take in a request of an open workload."""
    s.load_arrived[load] += 1
    if _in_window(s, s.now):
        s.load_measured[load] += 1
        s.measure_pending += 1
    _next_arrival(s, load)
    if s.load_parked[load] >= 0:
        _serve_backlog(s, load, _unpark(s, load))


@jit
def _begin_task(s, load, thread):
    """Let a batch worker take the next task of the iteration, or park it."""
    if s.load_next_task[load] == s.load_tasks[load]:
        _park(s, load, thread)
        return
    s.thread_request[thread] = (
        s.load_iteration[load] * s.load_tasks[load] + s.load_next_task[load]
    ) * s.load_bursts[load]
    s.load_next_task[load] += 1
    s.thread_bursts_left[thread] = s.load_bursts[load]
    _begin_task_burst(s, load, thread)


@jit
def _begin_task_burst(s, load, thread):
    a, _ = block(s, s.load_stream[load], s.thread_request[thread])
    s.thread_bursts_left[thread] -= 1
    _start_burst(s, thread, max(draw_ns(s, s.load_cpu_law[load], a), 1))


@jit
def _release_tasks(s, load):
    s.load_next_task[load] = 0
    s.load_tasks_open[load] = s.load_tasks[load]
    while s.load_parked[load] >= 0 and s.load_next_task[load] < s.load_tasks[load]:
        _begin_task(s, load, _unpark(s, load))


@jit
def _begin_iteration(s, load):
    dispatcher = s.load_first_thread[load]
    law = s.load_serial_law[load]
    if law < 0:
        _release_tasks(s, load)
        return
    a, _ = block(s, s.load_stream[load] ^ SERIAL_STREAM, s.load_iteration[load])
    _start_burst(s, dispatcher, max(draw_ns(s, law, a), 1))


@jit
def _end_iteration(s, load):
    s.load_iteration[load] += 1
    if s.load_iteration[load] % s.load_iterations[load] > 0:
        _begin_iteration(s, load)
        return
    s.load_completed[load] += 1
    if s.load_iteration[load] == s.load_iterations[load]:
        s.batches_open -= 1
        _record(s, load, s.now - s.load_started_at[load])
    if s.load_repeats[load]:
        _begin_iteration(s, load)


@jit
def _after_sleep(s, load, thread):
    if s.thread_bursts_left[thread] > 0:
        s.thread_request[thread] += 1
        _begin_task_burst(s, load, thread)
        return
    s.load_tasks_open[load] -= 1
    if s.load_tasks_open[load] == 0:
        _park(s, load, thread)
        _end_iteration(s, load)
    else:
        _begin_task(s, load, thread)


@jit
def _batch_burst_done(s, load, thread):
    if thread == s.load_first_thread[load]:
        _release_tasks(s, load)
        return
    law = s.load_off_law[load]
    if law < 0:
        _after_sleep(s, load, thread)
        return
    _, b = block(s, s.load_stream[load], s.thread_request[thread])
    s.thread_phase[thread] = OFF_CPU
    _set_thread_timer(s, thread, s.now + draw_ns(s, law, b))


@jit
def burst_done(s, thread):
    """Go on after a burst: with I/O, sleep, or the end of the request."""
    load = s.thread_load[thread]
    if s.load_kind[load] == BATCH:
        _batch_burst_done(s, load, thread)
        return
    left = s.thread_bursts_left[thread]
    if left == 0:
        _end_request(s, thread)
        return
    index = s.thread_request[thread] * s.load_ios[load] + left
    stream = s.load_stream[load] if s.load_kind[load] == OPEN else s.thread_stream[thread]
    a, _ = block(s, stream ^ IO_STREAM, index)
    s.thread_phase[thread] = IN_IO
    _set_thread_timer(s, thread, s.now + draw_ns(s, s.load_io_law[load], a))


@jit
def thread_timer(s, thread):
    """End a pause, sleep or I/O of a thread."""
    clear_later(s, s.first_thread_timer + thread - s.first_thread)
    load = s.thread_load[thread]
    if s.load_kind[load] == BATCH:
        _after_sleep(s, load, thread)
    elif s.thread_phase[thread] == IN_IO:
        _start_burst(s, thread, _next_piece(s, thread))
    else:
        _begin_request(s, thread, s.now)


@jit
def begin_load(s, load):
    """Start a workload at time zero."""
    first = s.load_first_thread[load]
    last = first + s.load_threads[load]
    s.load_parked[load] = -1
    if s.load_kind[load] == OPEN:
        for thread in range(last - 1, first - 1, -1):
            _park(s, load, thread)
        _next_arrival(s, load)
    elif s.load_kind[load] == BATCH:
        for thread in range(last - 1, first, -1):
            _park(s, load, thread)
        s.batches_open += 1
        s.load_measured[load] = 1
        _begin_iteration(s, load)
    else:
        for thread in range(first, last):
            _pause(s, thread)
