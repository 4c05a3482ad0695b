"""Threads between two pieces of work: parked, or waiting for a timer; and what they have done."""

from hvmc.kernel.codes import PARKED
from hvmc.kernel.jit import ix, jit
from hvmc.kernel.timers import set_later

__all__ = ["park", "record", "set_thread_timer", "unpark"]


@jit
def set_thread_timer(s, thread, due):
    """Wake the thread at a time."""
    set_later(s, s.first_thread_timer + thread - s.first_thread, due)


@jit
def park(s, load, thread):
    """Let a worker wait for work."""
    s.thread[ix(thread)].phase = PARKED
    s.thread[ix(thread)].next = s.load[ix(load)].parked
    s.load[ix(load)].parked = thread


@jit
def unpark(s, load):
    """Take the worker that was parked last; there must be one."""
    thread = s.load[ix(load)].parked
    s.load[ix(load)].parked = s.thread[ix(thread)].next
    return thread


@jit
def record(s, load, response_ns):
    """Note the response time of a measured request, or of a batch."""
    s.load[ix(load)].finished += 1
    s.load[ix(load)].response_ns += response_ns
    s.buffer_load[s.buffered] = load
    s.buffer_ns[s.buffered] = response_ns
    s.buffered += 1
