"""Virtual interrupts: their cost, and their deferral while no VP of the guest runs.

An interrupt makes a thread of the guest ready. A guest with a running VP takes it at once;
otherwise it is deferred until one of its VPs is dispatched. The thread queues from the start, which
changes nothing: until then no VP could take it. Here it is only accounts: why the interrupt was
deferred and for how long, and that part of the request's time.
"""

import numpy as np

from hvmc.kernel.clock import nanoseconds
from hvmc.kernel.codes import (
    CAPPED,
    DELAY_BINS,
    DELAY_SHIFT,
    P_DEFERRED,
    P_DISPATCH,
    READY,
    REASONS,
    WHEN_BLOCKED,
    WHEN_CAPPED,
    WHEN_IDLE,
    WHEN_READY,
)
from hvmc.kernel.fields import Fields, Numbered, Values, begins, count, setting
from hvmc.kernel.jit import ix, jit
from hvmc.kernel.laws import ones
from hvmc.kernel.stamps import guest_takes, root_takes_deferred
from hvmc.scenario.guest import Guest
from hvmc.scenario.scenario import Scenario

__all__ = ["interrupt", "take_deferred"]


def _of_machine(scenario: Scenario, _: Numbered) -> Values:
    return {"interrupts": scenario.overheads.interrupts.enabled}


def _of_guest(scenario: Scenario, _guest: Guest, _: Numbered) -> Values:
    return {"inject_ns": nanoseconds(scenario.overheads.interrupts.inject_s)}


FIELDS = Fields(
    of_machine=_of_machine,
    of_guest=_of_guest,
    cuts=("interrupts",),
    machine={"interrupts": setting(native=0)},  # whether they cost time and are counted
    partition={"deferred_head": begins(-1)},  # interrupts that no running VP has taken yet
    load={
        "inject_ns": setting(),
        "interrupts": count(),
        "deferred": count((len(REASONS),)),
        "deferred_ns": count((len(REASONS),)),
        "delays": count((len(REASONS), DELAY_BINS), np.dtype(np.int32)),
    },
    thread={
        "deferred_at": begins(),
        "deferred_next": begins(),
        "deferred_why": begins(),
        "ended_way": begins(),  # of the I/O that the deferred interrupt ends, or -1
    },
    parts=("deferred",),
)


@jit
def _why(s, partition):
    """Return why no VP of the guest runs."""
    if s.partition[ix(partition)].idle == s.partition[ix(partition)].vps:
        return WHEN_IDLE
    why = WHEN_BLOCKED
    first = s.partition[ix(partition)].first_vp
    for vp in range(first, first + s.partition[ix(partition)].vps):
        if s.vp[ix(vp)].state == READY:
            return WHEN_READY
        if s.vp[ix(vp)].state == CAPPED:
            why = WHEN_CAPPED
    return why


@jit
def interrupt(s, thread):
    """Send the guest the interrupt that makes its thread ready, which follows at once.

    Return whether it is deferred.
    """
    load = s.thread[ix(thread)].load
    partition = s.load[ix(load)].partition
    s.load[ix(load)].interrupts += 1
    s.thread[ix(thread)].extra_ns += s.load[ix(load)].inject_ns
    if s.partition[ix(partition)].running > 0:
        return False
    s.thread[ix(thread)].ended_way = -1
    s.thread[ix(thread)].deferred_at = s.now
    s.thread[ix(thread)].deferred_why = _why(s, partition)
    s.thread[ix(thread)].deferred_next = s.partition[ix(partition)].deferred_head
    s.partition[ix(partition)].deferred_head = thread
    return True


@jit
def _bin(delay):
    """Return the bits that the delay takes beyond the first bin's, at most as many as there are."""
    bits = delay >> DELAY_SHIFT
    for shift in (1, 2, 4, 8, 16, 32):
        bits |= bits >> shift
    return min(np.int64(ones(np.uint64(bits))), DELAY_BINS - 1)


@jit
def take_deferred(s, partition):
    """Let the guest, one of whose VPs has just been dispatched, take its deferred interrupts."""
    thread = s.partition[ix(partition)].deferred_head
    if s.load[ix(s.thread[ix(thread)].load)].partition != partition:
        root_takes_deferred(s, partition)
        return
    s.partition[ix(partition)].deferred_head = -1
    while thread >= 0:
        load = s.thread[ix(thread)].load
        why = s.thread[ix(thread)].deferred_why
        delay = s.now - s.thread[ix(thread)].deferred_at
        s.load[ix(load)].deferred[why] += 1
        s.load[ix(load)].deferred_ns[why] += delay
        s.load[ix(load)].delays[why, _bin(delay)] += 1
        s.thread[ix(thread)].part_ns[P_DEFERRED] += delay
        if s.thread[ix(thread)].ended_way >= 0:
            guest_takes(s, thread, s.thread[ix(thread)].ended_way, delay)
        if s.thread[ix(thread)].vp >= 0:
            s.thread[ix(thread)].part_ns[P_DISPATCH] -= delay
        else:
            s.thread[ix(thread)].since = s.now
        thread = s.thread[ix(thread)].deferred_next
