"""Choosing: which ready VP an LP takes, which LP a VP takes, whom a waking VP displaces.

Nothing here runs anybody; `dispatch` does. The ready list is ordered by the dispatch key (`shares`)
and holds guests' VPs alone: a root VP is pinned to its LP.
"""

from hvmc.kernel.accounts import PACE, change_state
from hvmc.kernel.codes import CREDIT, FOREVER, READY
from hvmc.kernel.jit import ix, jit
from hvmc.kernel.shares import dispatch_key
from hvmc.kernel.timers import set_key

__all__ = [
    "best_for",
    "enter_ready_list",
    "guest_on_core",
    "idle_lp",
    "leave_ready_list",
    "victim_lp",
]


@jit
def guest_on_core(s, lp):
    """Return the guest that owns the core because it runs on the LP's sibling, or -1."""
    if not s.core_scheduler:
        return -1
    vp = s.lp[ix(lp ^ 1)].vp
    return s.vp[ix(vp)].part if vp >= 0 and s.vp[ix(vp)].pinned_lp < 0 else -1


@jit
def _first_ready(s, lp):
    """Return the ready VP, root's excepted, that the LP may take first, or -1."""
    if s.ready_vps == 0:
        return -1
    part = guest_on_core(s, lp)
    if part < 0:
        return s.ready_tree[1]
    best = -1
    first = s.part[ix(part)].first_vp
    for vp in range(first, first + s.part[ix(part)].vps):
        if s.ready_key[vp] < FOREVER and (best < 0 or s.ready_key[vp] < s.ready_key[best]):
            best = vp
    return best


@jit
def best_for(s, lp):
    """Return the VP that goes first on the LP, the root's own among them, or -1."""
    best = _first_ready(s, lp)
    root = s.lp[ix(lp)].root_vp
    if root >= 0 and s.vp[ix(root)].state == READY:
        before = best < 0 or dispatch_key(s, root) < s.ready_key[best]
        if s.root_preempts or before:
            return root
    return best


@jit
def leave_ready_list(s, vp):
    """Take a VP that is about to run off the ready list."""
    if s.vp[ix(vp)].pinned_lp < 0:
        s.ready_vps -= 1
        set_key(s.ready_tree, s.ready_key, s.ready_leaves, vp, FOREVER)


@jit
def enter_ready_list(s, vp):
    """Let a VP wait for an LP."""
    change_state(s, vp, READY)
    s.vp[ix(vp)].active = 1
    if s.vp[ix(vp)].pinned_lp < 0:
        s.ready_vps += 1
        set_key(s.ready_tree, s.ready_key, s.ready_leaves, vp, dispatch_key(s, vp))


@jit
def _may_take(s, lp, vp):
    if s.lp[ix(lp)].vp >= 0:
        return False
    part = guest_on_core(s, lp)
    return part < 0 or part == s.vp[ix(vp)].part


@jit
def idle_lp(s, vp):
    """Return the idle LP a VP takes, or -1."""
    pinned = s.vp[ix(vp)].pinned_lp
    if pinned >= 0:
        return pinned if s.lp[ix(pinned)].vp < 0 else -1
    if s.idle_lps == 0:
        return -1
    last = s.vp[ix(vp)].last_lp
    if last >= 0 and _may_take(s, last, vp):
        return last
    found = -1
    for lp in range(s.n_lp):
        if _may_take(s, lp, vp):
            if not s.smt or s.lp[ix(lp ^ 1)].vp < 0:
                return lp
            if found < 0:
                found = lp
    return found


@jit
def _lead(s, lp):
    """How far the VP running on the LP is ahead of its due: virtual time, or minus credit."""
    vp = s.lp[ix(lp)].vp
    used = s.now - s.lp[ix(lp)].charge_from
    if s.rule == CREDIT:
        return used - s.vp[ix(vp)].credit
    return s.vp[ix(vp)].virtual + used * PACE // s.vp[ix(vp)].pace


@jit
def victim_lp(s, vp):
    """Return the LP whose VP a waking VP displaces, or -1."""
    if s.rule == CREDIT and s.vp[ix(vp)].credit <= 0:
        return -1
    most = 0 if s.rule == CREDIT else s.vp[ix(vp)].virtual
    found = -1
    for lp in range(s.n_lp):
        other = s.lp[ix(lp)].vp
        if other < 0 or s.vp[ix(other)].pinned_lp >= 0 or s.vp[ix(other)].thread < 0:
            continue
        part = guest_on_core(s, lp)
        if part >= 0 and part != s.vp[ix(vp)].part:
            continue
        lead = _lead(s, lp)
        if lead > most:
            most = lead
            found = lp
    return found
