"""When guests and the root take the interrupts at both ends of an I/O: sums for their clocks.

A guest begins an I/O on a running VP and takes its end when one of its VPs runs. The root takes a
message of the guest, and the device's interrupt, when the root VP that was given the work runs.
Nothing here moves an event.
"""

from hvmc.kernel.codes import EMULATE, RUNNING, SUBMIT
from hvmc.kernel.fields import Fields, begins, count
from hvmc.kernel.jit import ix, jit

__all__ = ["guest_takes", "root_takes_deferred", "tell_root"]

FIELDS = Fields(
    way={
        # sums at the times when guest and root take interrupts
        "ios_taken": count(),
        "taken_ns": count(),
        "taken_late_ns": count(),
        "root_ios": count(),
        "root_ns": count(),
        "root_begin_late_ns": count(),
        "root_end_late_ns": count(),
    },
    thread={
        "message_at": begins(),
        "message_late": begins(),
        "told_vp": begins(),  # root VP that has yet to take the thread's interrupt
    },
)


@jit
def guest_takes(s, thread, way, late):
    """Book an I/O whose end the guest takes now, so long after it became pending."""
    s.way[ix(way)].ios_taken += 1
    s.way[ix(way)].taken_ns += s.now - s.thread[ix(thread)].io_since
    s.way[ix(way)].taken_late_ns += late


@jit
def _root_takes(s, thread, late):
    if s.thread[ix(thread)].task == SUBMIT:
        s.thread[ix(thread)].message_late = late
        return
    way = s.thread[ix(thread)].way
    s.way[ix(way)].root_ios += 1
    s.way[ix(way)].root_ns += s.now - s.thread[ix(thread)].message_at
    s.way[ix(way)].root_begin_late_ns += s.thread[ix(thread)].message_late
    s.way[ix(way)].root_end_late_ns += late


@jit
def tell_root(s, thread, vp):
    """Send a root VP the interrupt that gives it the thread's task; emulation needs none."""
    if s.thread[ix(thread)].task == EMULATE:
        return
    if s.thread[ix(thread)].task == SUBMIT:
        s.thread[ix(thread)].message_at = s.now
    if s.vp[ix(vp)].state == RUNNING:
        _root_takes(s, thread, 0)
        return
    partition = s.vp[ix(vp)].partition
    s.thread[ix(thread)].told_vp = vp
    s.thread[ix(thread)].deferred_at = s.now
    s.thread[ix(thread)].deferred_next = s.partition[ix(partition)].deferred_head
    s.partition[ix(partition)].deferred_head = thread


@jit
def root_takes_deferred(s, partition):
    """Let the root VP that has just been dispatched take its interrupts; the others' stay."""
    thread = s.partition[ix(partition)].deferred_head
    s.partition[ix(partition)].deferred_head = -1
    while thread >= 0:
        following = s.thread[ix(thread)].deferred_next
        if s.vp[ix(s.thread[ix(thread)].told_vp)].state == RUNNING:
            _root_takes(s, thread, s.now - s.thread[ix(thread)].deferred_at)
        else:
            s.thread[ix(thread)].deferred_next = s.partition[ix(partition)].deferred_head
            s.partition[ix(partition)].deferred_head = thread
        thread = following
