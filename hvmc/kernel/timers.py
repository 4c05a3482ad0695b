"""Timers and the ready list: winner trees over integer keys.

The timers of a tree are its leaves; each node holds the smallest of its four children, so the root
is the next timer (node 1; the children of node n are 4n..4n+3). A timer is one integer, its time
shifted left by as many bits as an index takes, plus its index: one comparison orders times and
breaks ties by the lower index. Setting a timer or taking it back costs one walk to the root,
without a branch and without stale tokens.

- soon: index 0 is the accounting tick, 1 + lp the timer of an LP;
- later: one timer per VP (release of a capped one), per workload (arrival), per thread (wake-up).

Events at the same instant: tick, LPs, capped VPs, arrivals, threads, each by lowest index. Times
must stay below 2**63 shifted right by the bits of an index (`latest_ns`).

The shared ready list is a binary winner tree of VPs over 64-bit dispatch keys, on ties the VP that
became ready first.
"""

import numpy as np

from hvmc.kernel.codes import FOREVER
from hvmc.kernel.fields import Fields, begins
from hvmc.kernel.jit import ix, jit

__all__ = [
    "clear_later",
    "clear_ready",
    "clear_soon",
    "clear_timers",
    "latest_ns",
    "set_later",
    "set_ready",
    "set_soon",
    "timer_leaves",
]

FIELDS = Fields(
    machine={
        "latest_ns": begins(),
        "soon_leaves": begins(),
        "soon_bits": begins(),
        "later_leaves": begins(),
        "later_bits": begins(),
        "ready_leaves": begins(),
        "first_thread_timer": begins(),
    },
)

NEVER = np.int64(2**63 - 1)
_1, _2, _3 = np.uint64(1), np.uint64(2), np.uint64(3)


def latest_ns(timers: int) -> int:
    """Return the last time, nanoseconds, that a tree of so many timers can hold."""
    return (int(NEVER) >> max((timers - 1).bit_length(), 1)) - 1


@jit
def clear_ready(s, leaves):
    """Make a ready list for ``leaves`` VPs (a power of two), none of them on it."""
    s.ready_leaves = leaves
    for vp in range(leaves):
        s.ready_key[vp] = FOREVER
        s.ready_tree[leaves + vp] = vp
    for node in range(leaves - 1, 0, -1):
        s.ready_tree[node] = s.ready_tree[2 * node]


@jit
def set_ready(s, vp, key):
    """Give a VP a key in the ready list, `FOREVER` to take it off, and let it rise or sink.

    With a queue per LP no list is ordered (`choosing`): keys are all there is.
    """
    s.ready_key[ix(vp)] = key
    if s.queue_per_lp:
        return
    node = ix(s.ready_leaves + vp)
    winner = vp
    while node > _1:
        other = s.ready_tree[node ^ _1]
        theirs = s.ready_key[ix(other)]
        take = theirs < key
        if theirs == key and key != FOREVER:
            take = s.vp[ix(other)].sequence < s.vp[ix(winner)].sequence
        winner = other if take else winner
        key = theirs if take else key
        node >>= _1
        s.ready_tree[node] = winner


@jit
def timer_leaves(bits):
    """Return the leaves, a power of four, of a tree whose indexes take so many bits."""
    return 1 << (bits + 1) // 2 * 2


@jit
def clear_timers(tree, leaves):
    """Make ``leaves`` timers (a power of four), none of them set."""
    for node in range(2 * leaves):
        tree[node] = NEVER


@jit
def _set(tree, leaves, index, key):
    node = ix(leaves + index)
    tree[node] = key
    while node > _1:
        near = tree[node ^ _1]
        far = min(tree[node ^ _2], tree[node ^ _3])
        key = min(key, min(near, far))
        node >>= _2
        tree[node] = key


@jit
def set_soon(s, index, due):
    """Set the timer of the accounting tick (0) or of LP ``index - 1``."""
    _set(s.soon_tree, s.soon_leaves, index, (due << s.soon_bits) | index)


@jit
def clear_soon(s, index):
    """Take back the timer of an LP."""
    _set(s.soon_tree, s.soon_leaves, index, NEVER)


@jit
def set_later(s, index, due):
    """Set the timer of a VP, workload or thread; one that can't be held never comes."""
    due = min(due, s.latest_ns)
    _set(s.later_tree, s.later_leaves, index, (due << s.later_bits) | index)


@jit
def clear_later(s, index):
    """Take back the timer of a VP, workload or thread."""
    _set(s.later_tree, s.later_leaves, index, NEVER)
