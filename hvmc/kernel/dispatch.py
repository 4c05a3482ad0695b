"""Dispatching: which VP runs on which LP.

A ready VP takes an idle LP at once: the one that ran it last, else one of an idle core, else the
lowest-numbered. Otherwise it waits in the ready list, which is ordered by the dispatch key (see
`shares`). A root VP is pinned; when the root preempts, the displaced VP keeps its place in the
order and the rest of its slice. The core scheduler never lets two guests share a core: an LP whose
sibling runs a guest takes VPs of that guest alone, and a slice ends for the whole core when it is
another guest's turn.

A waking VP takes an LP from another under the rule `boost`, and under `fair_queue` where wake-up
preemption is on (`choosing.victim_lp`).
"""

from hvmc.kernel.accounts import change_state, charge, set_down_thread, settle, take_up_thread
from hvmc.kernel.choosing import (
    best_for,
    enter_ready_list,
    guest_on_core,
    idle_lp,
    leave_ready_list,
    victim_lp,
)
from hvmc.kernel.clock import nanoseconds
from hvmc.kernel.codes import (
    BLOCKED,
    CAPPED,
    FAIR_QUEUE,
    FOREVER,
    IDLE,
    READY,
    RUNNING,
)
from hvmc.kernel.fields import Fields, Numbered, Values, begins, count, setting
from hvmc.kernel.interrupts import take_deferred
from hvmc.kernel.ipis import answer_ipis
from hvmc.kernel.jit import inlined, ix, jit
from hvmc.kernel.limits import budget_left, refresh
from hvmc.kernel.locks import leave_lock, meet_lock
from hvmc.kernel.shares import dispatch_key, note_lead
from hvmc.kernel.speed import arm, follow_sibling
from hvmc.kernel.timers import clear_soon, set_later
from hvmc.scenario.scenario import Scenario

__all__ = [
    "block",
    "end_slice",
    "go_idle",
    "hold_back",
    "make_ready",
    "place",
    "take_next",
    "unblock",
    "used_up",
]


def _of_machine(scenario: Scenario, _: Numbered) -> Values:
    host = scenario.host
    return {
        "wake_preemption": scenario.dispatch.wake_preemption or scenario.dispatch.rule == "boost",
        "root_preempts": scenario.root.wake == "preempt",
        "core_scheduler": host.keeps_cores_apart,
        "slice_ns": nanoseconds(scenario.dispatch.slice_s),
    }


FIELDS = Fields(
    of_machine=_of_machine,
    machine={
        "wake_preemption": setting(native=0),
        "root_preempts": setting(),
        "core_scheduler": setting(native=0),
        "slice_ns": setting(),
        "idle_lps": begins(),
        "ready_vps": begins(),
        "sequence": begins(),
        "virtual_clock": begins(),
        "most_lag": begins(),
    },
    lp={
        "vp": begins(-1),
        "last_vp": begins(-1),
        "root_vp": begins(-1),
        "slice_end": begins(),
        "switches": count(),
    },
    vp={
        "partition": setting(native=0),
        "pinned_lp": setting(native=-1),
        "state": begins(IDLE),
        "lp": begins(-1),
        "last_lp": begins(-1),
        "thread": begins(-1),
        "slice_left": begins(),
        "sequence": begins(),
        "dispatches": count(),
        "renewals": count(),  # slices that followed another of the same stay
    },
    partition={
        "first_vp": setting(),
        "vps": setting(),
        "idle": begins(),
        "running": begins(),
        "halts": count(),
    },
    parts=("dispatch_wait",),
)


@jit
def _begin_stay(s, lp, vp):
    if not s.root_preempts or s.vp[ix(vp)].pinned_lp < 0:
        s.vp[ix(vp)].virtual = max(s.vp[ix(vp)].virtual, s.virtual_clock - s.most_lag)
        s.virtual_clock = max(s.virtual_clock, s.vp[ix(vp)].virtual)
    left = s.vp[ix(vp)].slice_left
    s.lp[ix(lp)].slice_end = s.now + (left if left > 0 else s.slice_ns)
    s.vp[ix(vp)].slice_left = 0


@jit
def _dispatch(s, lp, vp):
    """Put a VP that holds a thread on an LP that runs none."""
    if s.lp[ix(lp)].last_vp != vp:
        s.lp[ix(lp)].switches += 1
        s.lp[ix(lp)].switch_left = s.switch_ns
        s.lp[ix(lp)].last_vp = vp
    s.vp[ix(vp)].dispatches += 1
    s.idle_lps -= 1
    s.lp[ix(lp)].latency_left = s.latency_ns
    s.lp[ix(lp)].vp = vp
    s.vp[ix(vp)].lp = lp
    s.vp[ix(vp)].last_lp = lp
    s.vp[ix(vp)].active = 1
    change_state(s, vp, RUNNING)
    if s.partition[ix(s.vp[ix(vp)].partition)].deferred_head >= 0:
        take_deferred(s, s.vp[ix(vp)].partition)
    if s.partition[ix(s.vp[ix(vp)].partition)].senders > 0:
        answer_ipis(s, vp)
    s.lp[ix(lp)].settled_at = s.now
    s.lp[ix(lp)].charge_from = s.now
    _begin_stay(s, lp, vp)
    take_up_thread(s, lp, s.vp[ix(vp)].thread)
    if s.vp[ix(vp)].pinned_lp < 0:
        s.lp[ix(lp)].length += 1
        if s.boosts:
            note_lead(s, lp)
    if s.spins:
        meet_lock(s, vp)
    if s.smt:
        busy = s.lp[ix(lp ^ 1)].vp >= 0
        s.lp[ix(lp)].sibling_speed = s.smt_speed if busy else 1.0
        if busy:
            follow_sibling(s, lp ^ 1, s.smt_speed)
    arm(s, lp)


@jit
def _take_off(s, lp):
    """Take the VP, which has been billed, off its LP; the LP's timer is left to the caller."""
    vp = s.lp[ix(lp)].vp
    s.lp[ix(lp)].vp = -1
    s.lp[ix(lp)].lead = -FOREVER
    if s.vp[ix(vp)].pinned_lp < 0:
        s.lp[ix(lp)].length -= 1
    s.vp[ix(vp)].lp = -1
    s.idle_lps += 1
    return vp


@jit
def _interrupt(s, lp):
    """Take the running VP off its LP in the middle of a stay."""
    settle(s, lp)
    charge(s, lp)
    vp = s.lp[ix(lp)].vp
    thread = s.vp[ix(vp)].thread
    if thread >= 0:
        set_down_thread(s, lp, thread)
    _take_off(s, lp)
    if s.spins and thread >= 0:
        leave_lock(s, vp)
    return vp


@jit
def _leave_idle(s, lp):
    clear_soon(s, 1 + lp)
    if s.smt:
        follow_sibling(s, lp ^ 1, 1.0)


@jit
def _serve(s, lp):
    """Give an LP that runs none its best ready VP; say whether there was one."""
    vp = best_for(s, lp, True)
    if vp < 0:
        return False
    leave_ready_list(s, vp)
    _dispatch(s, lp, vp)
    return True


@jit
def _serve_sibling(s, lp):
    """Let the rest of a core follow when the LP's VP has changed whose VPs it may take."""
    if s.core_scheduler and s.ready_vps > 0 and s.lp[ix(lp ^ 1)].vp < 0:
        _serve(s, lp ^ 1)


@jit
def take_next(s, lp):
    """Let an LP whose VP was taken off go on with the next, or idle."""
    if not _serve(s, lp):
        _leave_idle(s, lp)
    _serve_sibling(s, lp)


@jit
def hold_back(s, vp):
    """Cap the VP if its limit's budget is used up; say whether it was."""
    if s.vp[ix(vp)].limit >= 1.0:
        return False
    refresh(s, vp)
    if s.vp[ix(vp)].budget > 0:
        return False
    change_state(s, vp, CAPPED)
    set_later(s, vp, s.vp[ix(vp)].period_end)
    return True


@jit
def place(s, vp):
    """Give a VP that has work an idle LP, or put it in the ready list."""
    if s.has_limits and hold_back(s, vp):
        return
    lp = idle_lp(s, vp)
    if lp >= 0:
        _dispatch(s, lp, vp)
    else:
        enter_ready_list(s, vp)


@jit
def _to_tail(s, vp):
    s.sequence += 1
    s.vp[ix(vp)].sequence = s.sequence


@jit
def _displace(s, lp, vp):
    """Run a ready-listed VP at once in place of the one on the LP."""
    other = _interrupt(s, lp)
    s.vp[ix(other)].slice_left = max(s.lp[ix(lp)].slice_end - s.now, 0)
    leave_ready_list(s, vp)
    _dispatch(s, lp, vp)
    place(s, other)
    _serve_sibling(s, lp)


@jit
def _preempt(s, vp):
    """Let a ready-listed VP that has woken take an LP from another, if there is one to take."""
    lp = victim_lp(s, vp)
    if lp >= 0:
        _displace(s, lp, vp)


@jit
def _join_again(s, vp):
    """Let a VP that is not ready any longer, or not yet, come after those that are."""
    _to_tail(s, vp)
    if s.rule == FAIR_QUEUE:
        s.vp[ix(vp)].virtual = max(s.vp[ix(vp)].virtual, s.virtual_clock)
    elif s.boosts and s.vp[ix(vp)].pinned_lp < 0:
        s.vp[ix(vp)].boosted = 1 if s.vp[ix(vp)].credit > 0 else 0
    place(s, vp)


@jit
def make_ready(s, vp):
    """Wake an idle VP that has got a thread."""
    s.vp[ix(vp)].slice_left = 0
    _join_again(s, vp)
    if s.vp[ix(vp)].state != READY:
        return
    pinned = s.vp[ix(vp)].pinned_lp
    if pinned >= 0:
        if s.root_preempts:
            _displace(s, pinned, vp)
    elif s.wake_preemption:
        _preempt(s, vp)


@inlined
def go_idle(s, lp):
    """Idle the VP on the LP, which has no thread left; the LP goes on."""
    charge(s, lp)
    vp = _take_off(s, lp)
    change_state(s, vp, IDLE)
    s.partition[ix(s.vp[ix(vp)].partition)].halts += 1
    s.vp[ix(vp)].idled = 1
    take_next(s, lp)


@jit
def block(s, lp):
    """Block the VP on the LP, whose thread waits for the root; the LP goes on."""
    charge(s, lp)
    thread = s.vp[ix(s.lp[ix(lp)].vp)].thread
    set_down_thread(s, lp, thread)
    slice_left = max(s.lp[ix(lp)].slice_end - s.now, 0)
    vp = _take_off(s, lp)
    s.vp[ix(vp)].slice_left = slice_left
    if s.spins:
        leave_lock(s, vp)
    change_state(s, vp, BLOCKED)
    take_next(s, lp)


@jit
def unblock(s, vp):
    """Let a blocked VP go on at the tail, with the rest of its slice; boosted it goes first."""
    _join_again(s, vp)
    if s.boosts and s.vp[ix(vp)].state == READY:
        _preempt(s, vp)


@jit
def _rotate_core(s, lp):
    """End the stay of the sibling's VP too where another guest's turn has come."""
    partition = guest_on_core(s, lp)
    if partition < 0 or s.ready_vps == 0 or s.vp[ix(s.ready_tree[1])].partition == partition:
        return -1
    other = _interrupt(s, lp ^ 1)
    _leave_idle(s, lp ^ 1)
    _to_tail(s, other)
    return other


@jit
def used_up(s, lp):
    """Say whether the running VP has used up its limit's budget."""
    vp = s.lp[ix(lp)].vp
    if not s.has_limits or s.vp[ix(vp)].limit >= 1.0:
        return False
    charge(s, lp)
    return budget_left(s, vp) <= 0


@jit
def end_slice(s, lp, capped, yields):
    """End a slice or budget: the LP goes to the VP whose turn it is, maybe the same.

    A VP that yields lets any other go first.
    """
    charge(s, lp)
    vp = s.lp[ix(lp)].vp
    s.vp[ix(vp)].boosted = 0
    _to_tail(s, vp)
    other = -1
    if s.core_scheduler and s.vp[ix(vp)].pinned_lp < 0:
        other = _rotate_core(s, lp)
    best = best_for(s, lp, capped)
    if best >= 0 and not capped and not yields:
        key = dispatch_key(s, vp)
        theirs = dispatch_key(s, best)
        root_first = s.vp[ix(best)].pinned_lp >= 0 and s.root_preempts
        if not root_first and key < theirs:
            best = -1
    if best < 0 and not capped:
        s.vp[ix(vp)].renewals += 1
        if s.boosts:
            note_lead(s, lp)
        _begin_stay(s, lp, vp)
        arm(s, lp)
    else:
        set_down_thread(s, lp, s.vp[ix(vp)].thread)
        _take_off(s, lp)
        if s.spins:
            leave_lock(s, vp)
        take_next(s, lp)
        place(s, vp)
    if other >= 0:
        if s.lp[ix(lp ^ 1)].vp < 0:
            _serve(s, lp ^ 1)
        place(s, other)
