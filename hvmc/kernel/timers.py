"""Timers and the ready list: winner trees over integer keys.

A winner tree holds at each node the index of the smaller of its two children's keys, the lower
index on ties: the order of simultaneous events is the order of the indexes. Setting a key costs
at most log2(leaves) steps and needs no token for timers that are taken back. Three trees:

- soon: index 0 is the accounting tick, 1 + lp the timer of an LP;
- later: one timer per VP (release of a capped one), per workload (arrival), per thread (wake-up);
- ready: the dispatch keys of ready VPs.

Events at the same instant: tick, LPs, capped VPs, arrivals, threads, each by lowest index.
"""

from hvmc.kernel.jit import jit
from hvmc.kernel.layout import FOREVER

__all__ = ["clear_tree", "set_key", "set_later", "set_soon"]


@jit
def clear_tree(tree, due, leaves):
    """Make ``leaves`` timers (a power of two), none of them set."""
    for i in range(leaves):
        due[i] = FOREVER
        tree[leaves + i] = i
    for node in range(leaves - 1, 0, -1):
        tree[node] = tree[2 * node]


@jit
def set_key(tree, due, leaves, index, key):
    """Give a leaf a key and let it rise or sink."""
    due[index] = key
    node = (leaves + index) >> 1
    while node > 0:
        left = tree[2 * node]
        right = tree[2 * node + 1]
        winner = left if due[left] <= due[right] else right
        if winner == tree[node] and winner != index:
            return
        tree[node] = winner
        node >>= 1


@jit
def set_soon(s, index, due):
    """Set the timer of the accounting tick (0) or of LP ``index - 1``."""
    set_key(s.soon_tree, s.soon_due, s.soon_leaves, index, due)


@jit
def set_later(s, index, due):
    """Set the timer of a VP, workload or thread."""
    set_key(s.later_tree, s.later_due, s.later_leaves, index, due)
