"""Spin locks: what happens when the VP that holds a guest's lock is preempted.

Sections are far shorter than anything else (0.2 us) and not simulated while their holders run. A
VP that leaves its LP in the middle of a burst holds the guest's lock with the probability of the
share of work done under it. From then on until the lock is free again, the guest's VPs are watched:
each works on to its next section (an exponential amount of work with the mean between sections),
then waits in line and spins, running but without progress, until its turn has come. The lock
passes in order of arrival; when the next in line is not running, all wait for it too.
"""

import math

import numpy as np

from hvmc.kernel.accounts import settle
from hvmc.kernel.clock import nanoseconds
from hvmc.kernel.codes import FOREVER
from hvmc.kernel.fields import FLOAT, LINE, Fields, Numbered, Values, begins, count, setting
from hvmc.kernel.jit import ix, jit
from hvmc.kernel.lines import join, leave
from hvmc.kernel.speed import arm
from hvmc.kernel.threefry import block
from hvmc.scenario.scenario import Scenario

__all__ = ["at_lock", "leave_lock", "meet_lock", "release_lock", "spin_again"]


def _of_machine(scenario: Scenario, _: Numbered) -> Values:
    locks = scenario.overheads.locks
    share = locks.share if locks.enabled else 0.0
    return {
        "spins": share > 0 or scenario.overheads.ipis.enabled,
        "lock_share": share,
        "section_ns": nanoseconds(locks.section_s),
        "spin_ns": nanoseconds(locks.spin_s),
    }


FIELDS = Fields(
    of_machine=_of_machine,
    machine={
        "spins": setting(native=0),  # whether VPs may wait for others by spinning
        "lock_share": setting(FLOAT),
        "section_ns": setting(),
        "spin_ns": setting(),
    },
    lp={"spin_ns": count()},
    vp={"lock_waits": begins(), "next": begins()},
    partition={
        "enlightened": setting(),
        "lock_owner": begins(-1),  # VP that holds the lock and was preempted, or was next, or -1
        "lock_line": begins(dtype=LINE),
        "long_spin_waits": count(),
    },
    thread={
        "lock_left": begins(),  # work to the next lock section, or to the end of the one at hand
        "spinning": begins(),
        "spin_until": begins(),
        "lock_draws": begins(),
    },
    parts=("spin",),
)

LOCK_STREAM = np.uint64(0xC6BC279692B5C323)


@jit
def _draw(s, thread):
    stream = s.thread[ix(thread)].stream ^ LOCK_STREAM
    index = s.thread[ix(thread)].lock_draws
    s.thread[ix(thread)].lock_draws += 1
    a, _ = block(s, stream, index)
    return a


@jit
def spin_again(s, thread):
    """Spin, up to the hint that an enlightened guest gives."""
    partition = s.load[ix(s.thread[ix(thread)].load)].partition
    s.thread[ix(thread)].spinning = 1
    hint = s.partition[ix(partition)].enlightened
    s.thread[ix(thread)].spin_until = s.now + s.spin_ns if hint else FOREVER


@jit
def meet_lock(s, vp):
    """Let a VP that takes up a thread, or goes on with one, find its guest's lock held."""
    thread = s.vp[ix(vp)].thread
    if s.thread[ix(thread)].sent_at >= 0:
        return
    owner = s.partition[ix(s.vp[ix(vp)].partition)].lock_owner
    if owner == vp:
        return
    s.thread[ix(thread)].lock_left = 0
    if owner < 0:
        return
    if s.vp[ix(vp)].lock_waits:
        spin_again(s, thread)
    else:
        mean = s.section_ns * (1.0 - s.lock_share) / s.lock_share
        s.thread[ix(thread)].lock_left = 1 + int(-math.log(1.0 - _draw(s, thread)) * mean)


@jit
def leave_lock(s, vp):
    """Let a VP that has been taken off its LP with its thread keep the lock, if it holds it."""
    partition = s.vp[ix(vp)].partition
    thread = s.vp[ix(vp)].thread
    s.thread[ix(thread)].spinning = 0
    owner = s.partition[ix(partition)].lock_owner
    if s.lock_share == 0.0 or s.thread[ix(thread)].sent_at >= 0:
        return
    if owner >= 0 or s.partition[ix(partition)].vps == 1 or s.vp[ix(vp)].pinned_lp >= 0:
        return
    if _draw(s, thread) >= s.lock_share:
        return
    s.partition[ix(partition)].lock_owner = vp
    s.thread[ix(thread)].lock_left = s.section_ns
    first = s.partition[ix(partition)].first_vp
    for other in range(first, first + s.partition[ix(partition)].vps):
        lp = s.vp[ix(other)].lp
        if lp >= 0 and s.vp[ix(other)].thread >= 0:
            settle(s, lp)
            meet_lock(s, other)
            arm(s, lp)


@jit
def release_lock(s, partition):
    """Pass the lock to the next in line."""
    if s.partition[ix(partition)].lock_line.length == 0:
        s.partition[ix(partition)].lock_owner = -1
        return
    vp = leave(s.partition[ix(partition)].lock_line, s.vp)
    s.partition[ix(partition)].lock_owner = vp
    s.vp[ix(vp)].lock_waits = 0
    lp = s.vp[ix(vp)].lp
    if lp >= 0:
        settle(s, lp)
    thread = s.vp[ix(vp)].thread
    s.thread[ix(thread)].spinning = 0
    s.thread[ix(thread)].lock_left = s.section_ns
    if lp >= 0:
        arm(s, lp)


@jit
def at_lock(s, vp):
    """Leave the section, or wait in line for it: the VP has reached the end of its `lock_left`."""
    partition = s.vp[ix(vp)].partition
    owner = s.partition[ix(partition)].lock_owner
    if owner == vp:
        release_lock(s, partition)
        meet_lock(s, vp)
    elif owner >= 0 and not s.vp[ix(vp)].lock_waits:
        join(s.partition[ix(partition)].lock_line, s.vp, vp)
        s.vp[ix(vp)].lock_waits = 1
        spin_again(s, s.vp[ix(vp)].thread)
