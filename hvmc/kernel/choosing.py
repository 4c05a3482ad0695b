"""Choosing: which ready VP an LP takes, which LP a VP takes, whom a waking VP displaces.

Nothing here runs anybody; `dispatch` does. The ready list is ordered by the dispatch key (`shares`)
and holds guests' VPs alone: a root VP is pinned to its LP. With a queue per LP a ready VP waits in
one LP's part of the list as well: that of the LP that ran it last, or the shortest where that is
longer; none whose reserves would then exceed the LP, where another is left. An LP takes others' VPs
only when it would else be idle. Queues are short: the first of one, or of all, is looked for.
"""

from hvmc.kernel.accounts import PACE, change_state
from hvmc.kernel.codes import FOREVER, READY
from hvmc.kernel.fields import Fields, Numbered, Values, begins, setting
from hvmc.kernel.jit import ix, jit
from hvmc.kernel.shares import dispatch_key
from hvmc.kernel.timers import set_ready
from hvmc.scenario.scenario import Scenario

__all__ = [
    "best_for",
    "enter_ready_list",
    "guest_on_core",
    "idle_lp",
    "leave_ready_list",
    "victim_lp",
]


def _of_machine(scenario: Scenario, _: Numbered) -> Values:
    host, dispatch = scenario.host, scenario.dispatch
    return {"queue_per_lp": dispatch.queues == "per_lp" and not host.keeps_cores_apart}


FIELDS = Fields(
    of_machine=_of_machine,
    machine={"queue_per_lp": setting(native=0)},
    lp={
        "queue_head": begins(-1),
        "queued": begins(),
        "length": begins(),  # guests' VPs that it runs or that wait for it
    },
    vp={"queue_lp": begins(-1), "queue_next": begins(-1), "queue_previous": begins(-1)},
)


@jit
def guest_on_core(s, lp):
    """Return the guest that owns the core because it runs on the LP's sibling, or -1."""
    if not s.core_scheduler:
        return -1
    vp = s.lp[ix(lp ^ 1)].vp
    return s.vp[ix(vp)].partition if vp >= 0 and s.vp[ix(vp)].pinned_lp < 0 else -1


@jit
def _goes_before(s, vp, other):
    key, theirs = s.ready_key[ix(vp)], s.ready_key[ix(other)]
    return key < theirs or (key == theirs and s.vp[ix(vp)].sequence < s.vp[ix(other)].sequence)


@jit
def _first_in_queue(s, lp):
    """Return the VP that goes first among those in the LP's own queue, or -1."""
    best = vp = s.lp[ix(lp)].queue_head
    while vp >= 0:
        if _goes_before(s, vp, best):
            best = vp
        vp = s.vp[ix(vp)].queue_next
    return best


@jit
def _first_in_queues(s):
    """Return the VP that goes first among those in all LPs' queues, of which there must be one."""
    best = -1
    left = s.ready_vps
    lp = 0
    while left > 0:
        if s.lp[ix(lp)].queued > 0:
            left -= s.lp[ix(lp)].queued
            vp = _first_in_queue(s, lp)
            if best < 0 or _goes_before(s, vp, best):
                best = vp
        lp += 1
    return best


@jit
def _first_ready(s, lp, idles):
    """Return the ready VP, root's excepted, that the LP may take first, or -1."""
    if s.ready_vps == 0:
        return -1
    partition = guest_on_core(s, lp)
    if partition < 0:
        if s.queue_per_lp and (s.lp[ix(lp)].queued > 0 or not idles):
            return _first_in_queue(s, lp)
        return _first_in_queues(s) if s.queue_per_lp else s.ready_tree[1]
    best = -1
    first = s.partition[ix(partition)].first_vp
    for vp in range(first, first + s.partition[ix(partition)].vps):
        if s.ready_key[vp] < FOREVER and (best < 0 or s.ready_key[vp] < s.ready_key[best]):
            best = vp
    return best


@jit
def best_for(s, lp, idles):
    """Return the VP that goes first on the LP, the root's own among them, or -1.

    ``idles``: whether the LP would else be idle.
    """
    best = _first_ready(s, lp, idles)
    root = s.lp[ix(lp)].root_vp
    if root >= 0 and s.vp[ix(root)].state == READY:
        before = best < 0 or dispatch_key(s, root) < s.ready_key[best]
        if s.root_preempts or before:
            return root
    return best


@jit
def _reserved(s, lp):
    """Return the sum of the reserves of the VPs that the LP runs or that wait for it."""
    vp = s.lp[ix(lp)].vp
    total = s.vp[ix(vp)].reserve if vp >= 0 else 0.0
    vp = s.lp[ix(lp)].queue_head
    while vp >= 0:
        total += s.vp[ix(vp)].reserve
        vp = s.vp[ix(vp)].queue_next
    return total


@jit
def _crowding(s, lp, vp):
    """Return how little the LP suits the VP: by its reserves first, then its queue."""
    over = s.vp[ix(vp)].reserve > 0.0 and _reserved(s, lp) + s.vp[ix(vp)].reserve > 1.0 + 1e-9
    return s.lp[ix(lp)].length + (s.n_vp if over else 0)


@jit
def _least_crowded(s, vp):
    found = s.vp[ix(vp)].last_lp
    least = _crowding(s, found, vp) if found >= 0 else FOREVER
    for lp in range(s.n_lp):
        crowding = _crowding(s, lp, vp)
        if crowding < least:
            least, found = crowding, lp
    return found


@jit
def _shortest(s, vp):
    """Return the LP that suits a VP without a reserve."""
    found = s.vp[ix(vp)].last_lp
    least = s.lp[ix(found)].length if found >= 0 else FOREVER
    for lp in range(s.n_lp):
        length = s.lp[ix(lp)].length
        found = lp if length < least else found
        least = min(length, least)
    return found


@jit
def _enter_queue(s, vp):
    found = _least_crowded(s, vp) if s.vp[ix(vp)].reserve > 0.0 else _shortest(s, vp)
    s.vp[ix(vp)].queue_lp = found
    after = s.lp[ix(found)].queue_head
    s.vp[ix(vp)].queue_next, s.vp[ix(vp)].queue_previous = after, -1
    if after >= 0:
        s.vp[ix(after)].queue_previous = vp
    s.lp[ix(found)].queue_head = vp
    s.lp[ix(found)].queued += 1
    s.lp[ix(found)].length += 1


@jit
def _leave_queue(s, vp):
    lp = s.vp[ix(vp)].queue_lp
    before, after = s.vp[ix(vp)].queue_previous, s.vp[ix(vp)].queue_next
    if before >= 0:
        s.vp[ix(before)].queue_next = after
    else:
        s.lp[ix(lp)].queue_head = after
    if after >= 0:
        s.vp[ix(after)].queue_previous = before
    s.lp[ix(lp)].queued -= 1
    s.lp[ix(lp)].length -= 1


@jit
def leave_ready_list(s, vp):
    """Take a VP that is about to run off the ready list."""
    if s.vp[ix(vp)].pinned_lp < 0:
        s.ready_vps -= 1
        set_ready(s, vp, FOREVER)
        if s.queue_per_lp:
            _leave_queue(s, vp)


@jit
def enter_ready_list(s, vp):
    """Let a VP wait for an LP."""
    change_state(s, vp, READY)
    s.vp[ix(vp)].active = 1
    if s.vp[ix(vp)].pinned_lp < 0:
        s.ready_vps += 1
        set_ready(s, vp, dispatch_key(s, vp))
        if s.queue_per_lp:
            _enter_queue(s, vp)


@jit
def _may_take(s, lp, vp):
    if s.lp[ix(lp)].vp >= 0:
        return False
    partition = guest_on_core(s, lp)
    return partition < 0 or partition == s.vp[ix(vp)].partition


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
    """How far the VP running on the LP is ahead of its due, relative to the others.

    Minus credit at time zero, which `shares.note_lead` keeps, or virtual time.
    """
    if s.boosts:
        return s.lp[ix(lp)].lead
    vp = s.lp[ix(lp)].vp
    if vp < 0 or s.vp[ix(vp)].pinned_lp >= 0 or s.vp[ix(vp)].thread < 0:
        return -FOREVER
    used = s.now - s.lp[ix(lp)].charge_from
    return s.vp[ix(vp)].virtual + used * PACE // s.vp[ix(vp)].pace


@jit
def victim_lp(s, vp):
    """Return the LP whose VP a waking VP displaces, or -1.

    A boosted VP takes the LP of one that is not boosted, the furthest ahead of its due; under
    `fair_queue` a VP that of the one furthest ahead of it in virtual time.
    """
    if s.boosts and not s.vp[ix(vp)].boosted:
        return -1
    most = -FOREVER if s.boosts else s.vp[ix(vp)].virtual
    found = -1
    for lp in range(s.n_lp):
        lead = _lead(s, lp)
        if lead > most and guest_on_core(s, lp) in (-1, s.vp[ix(vp)].partition):
            most = lead
            found = lp
    return found
