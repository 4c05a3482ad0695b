"""Batches: a dispatcher and workers that share the tasks of one iteration after another.

Streams: burst k of the tasks takes draw k of the workload's stream (CPU time, sleep after it); the
dispatcher's burst before iteration i draw i of a stream of its own.
"""

import numpy as np

from hvmc.kernel.codes import OFF_CPU
from hvmc.kernel.fields import Fields, begins, count, setting
from hvmc.kernel.jit import ix, jit, merged
from hvmc.kernel.laws import draw_ns
from hvmc.kernel.threads import begin_work, start_burst
from hvmc.kernel.threefry import block
from hvmc.kernel.workers import park, record, set_thread_timer, unpark

__all__ = ["after_sleep", "batch_burst_done", "begin_iteration"]

FIELDS = Fields(
    machine={"batches_open": begins()},
    load={
        "serial_law": setting(),
        "tasks": setting(),
        "iterations": setting(),
        "bursts": setting(),
        "repeats": setting(),
        "iteration": count(),
        "next_task": begins(),
        "tasks_open": begins(),
        "started_at": begins(),
    },
)
SERIAL_STREAM = np.uint64(0xC2B2AE3D27D4EB4F)


@jit
def _begin_burst(s, thread, cpu_ns):
    if s.taxed:
        begin_work(s, thread, cpu_ns)
    start_burst(s, thread, cpu_ns)


@jit
def _begin_task(s, load, thread):
    """Let a batch worker take the next task of the iteration, or park it."""
    if s.load[ix(load)].next_task == s.load[ix(load)].tasks:
        park(s, load, thread)
        return
    s.thread[ix(thread)].request = (
        s.load[ix(load)].iteration * s.load[ix(load)].tasks + s.load[ix(load)].next_task
    ) * s.load[ix(load)].bursts
    s.load[ix(load)].next_task += 1
    s.thread[ix(thread)].bursts_left = s.load[ix(load)].bursts
    _begin_task_burst(s, load, thread)


@jit
def _begin_task_burst(s, load, thread):
    a, _ = block(s, s.load[ix(load)].stream, s.thread[ix(thread)].request)
    s.thread[ix(thread)].pieces = 0
    s.thread[ix(thread)].bursts_left -= 1
    _begin_burst(s, thread, max(draw_ns(s, s.load[ix(load)].cpu_law, a), 1))


@jit
def _release_tasks(s, load):
    s.load[ix(load)].next_task = 0
    s.load[ix(load)].tasks_open = s.load[ix(load)].tasks
    while s.load[ix(load)].parked >= 0 and s.load[ix(load)].next_task < s.load[ix(load)].tasks:
        _begin_task(s, load, unpark(s, load))


@jit
def begin_iteration(s, load):
    """Let the dispatcher, if there is one, hand out an iteration's tasks."""
    dispatcher = s.load[ix(load)].first_thread
    law = s.load[ix(load)].serial_law
    if law < 0:
        _release_tasks(s, load)
        return
    a, _ = block(s, s.load[ix(load)].stream ^ SERIAL_STREAM, s.load[ix(load)].iteration)
    _begin_burst(s, dispatcher, max(draw_ns(s, law, a), 1))


@jit
def _end_iteration(s, load):
    s.load[ix(load)].iteration += 1
    if s.load[ix(load)].iteration % s.load[ix(load)].iterations > 0:
        begin_iteration(s, load)
        return
    s.load[ix(load)].completed += 1
    if s.load[ix(load)].iteration == s.load[ix(load)].iterations:
        s.batches_open -= 1
        record(s, load, s.now - s.load[ix(load)].started_at)
    if s.load[ix(load)].repeats:
        begin_iteration(s, load)


@jit
def after_sleep(s, load, thread):
    """Go on with a worker's task, or with the next one, or with the next iteration."""
    if s.thread[ix(thread)].bursts_left > 0:
        s.thread[ix(thread)].request += 1
        _begin_task_burst(s, load, thread)
        return
    s.load[ix(load)].tasks_open -= 1
    if s.load[ix(load)].tasks_open == 0:
        park(s, load, thread)
        _end_iteration(s, load)
    else:
        _begin_task(s, load, thread)


@merged
def batch_burst_done(s, load, thread):
    """Go on after a burst of the dispatcher or of a worker."""
    if thread == s.load[ix(load)].first_thread:
        _release_tasks(s, load)
        return
    law = s.load[ix(load)].off_law
    if law < 0:
        after_sleep(s, load, thread)
        return
    _, b = block(s, s.load[ix(load)].stream, s.thread[ix(thread)].request)
    s.thread[ix(thread)].phase = OFF_CPU
    set_thread_timer(s, thread, s.now + draw_ns(s, law, b))
