"""Shares: how much LP time per accounting period each active VP is due.

A root that preempts takes what it needs; the guests share what that left of the LPs in the last
period. A root that queues shares with them.

The share of a VP is clip(lambda x weight, reserve, limit) under the reserve rule `floor` and
min(limit, reserve + lambda x weight) under `first`, with lambda such that the shares use up the
LPs (weighted max-min fairness, "water-filling"). The rule `credit` grants them as credit; the
rule `fair_queue` uses them as pace where reserves are set.

Credit is granted so that no grant is lost, or weights would not hold in the long run. A VP that
was idle at some time of the period is granted no more than fills its credit up to one slice, and
the others share what it leaves. A VP that wanted an LP throughout keeps what it could not use, and
owes what it used beyond its due, up to HOARD periods either way. Ready VPs with credit go before
those without, and those that are owed more than a slice before both: a VP due a whole LP could
else never make up for a wait.

The rule `boost` is `credit` with what Xen's credit scheduler does for wake-ups: a VP that wakes
with credit goes before all others, and takes the LP of one that is not boosted (`dispatch`), until
an accounting tick finds it running or its slice ends.
"""

from hvmc.kernel.accounts import PACE, charge
from hvmc.kernel.clock import nanoseconds
from hvmc.kernel.codes import CREDIT, FAIR_QUEUE, FOREVER, IDLE, READY, RUNNING
from hvmc.kernel.fields import FLOAT, Fields, Numbered, Values, begins, setting
from hvmc.kernel.jit import ix, jit
from hvmc.kernel.timers import set_ready, set_soon
from hvmc.scenario.scenario import Scenario

__all__ = ["account", "dispatch_key", "divide", "note_lead"]

DEFAULT_WEIGHT = 100


def _of_machine(scenario: Scenario, _: Numbered) -> Values:
    return {
        "rule": FAIR_QUEUE if scenario.dispatch.rule == "fair_queue" else CREDIT,
        "boosts": scenario.dispatch.rule == "boost",
        "accounting_ns": nanoseconds(scenario.dispatch.accounting_period_s),
        "reserve_first": scenario.dispatch.reserve_rule == "first",
    }


FIELDS = Fields(
    of_machine=_of_machine,
    machine={
        "rule": setting(native=FAIR_QUEUE),
        "boosts": setting(native=0),
        "accounting": setting(native=0),
        "accounting_ns": setting(),
        "reserve_first": setting(),
        "root_used_ns": begins(),  # by a preempting root since the accounting tick
    },
    lp={"lead": begins(-int(FOREVER))},  # `note_lead`
    vp={
        "weight": setting(native=DEFAULT_WEIGHT),
        "reserve": setting(FLOAT, native=0.0),
        "credit": begins(),
        "boosted": begins(),
        "active": begins(),
        "idled": begins(1),
        "pace": begins(),
        "virtual": begins(),
    },
    share={
        "vp": begins(),
        "first": begins(dtype=FLOAT),
        "low": begins(dtype=FLOAT),
        "high": begins(dtype=FLOAT),
        "value": begins(dtype=FLOAT),
        "open": begins(),
    },
)

NEXT_CLASS = 1 << 60
# periods of credit that a busy VP can be ahead or behind; an assumption
HOARD = 100


@jit
def _full_credit(s):
    return max(s.accounting_ns, s.slice_ns)


@jit
def credit_class(s, vp):
    """Return -1 for a boosted VP, 0 if it is owed more than a slice, 1 with credit, 2 without."""
    if s.vp[ix(vp)].boosted:
        return -1
    credit = s.vp[ix(vp)].credit
    if credit <= 0:
        return 2
    return 0 if credit > _full_credit(s) else 1


@jit
def note_lead(s, lp):
    """Note how far the LP's VP is ahead of its due, minus the time: billing does not change it.

    Under the rule `boost`; `-FOREVER` where a boosted VP can't take the LP from it.
    """
    vp = s.lp[ix(lp)].vp
    runs = vp >= 0 and s.vp[ix(vp)].pinned_lp < 0 and s.vp[ix(vp)].thread >= 0
    if runs and not s.vp[ix(vp)].boosted:
        s.lp[ix(lp)].lead = -s.lp[ix(lp)].charge_from - s.vp[ix(vp)].credit
    else:
        s.lp[ix(lp)].lead = -FOREVER


@jit
def dispatch_key(s, vp):
    """Return the key by which ready VPs go: credit class and sequence, or virtual time."""
    if s.rule == CREDIT:
        return s.vp[ix(vp)].sequence + credit_class(s, vp) * NEXT_CLASS
    return s.vp[ix(vp)].virtual


@jit
def _most(s, vp):
    """Return the largest share a VP can make use of, LPs."""
    if s.rule == CREDIT and s.vp[ix(vp)].idled == 1:
        room = (_full_credit(s) - s.vp[ix(vp)].credit) / s.accounting_ns
        return min(s.vp[ix(vp)].limit, max(room, 0.0))
    return s.vp[ix(vp)].limit


@jit
def _bounds(s, active):
    """Set the bounds of the shares; return the sums of the upper ones and of what comes first."""
    total = 0.0
    first = 0.0
    for i in range(active):
        vp = s.share[ix(i)].vp
        most = _most(s, vp)
        reserve = min(s.vp[ix(vp)].reserve, most)
        s.share[ix(i)].first = reserve if s.reserve_first else 0.0
        s.share[ix(i)].low = reserve - s.share[ix(i)].first
        s.share[ix(i)].high = most - s.share[ix(i)].first
        s.share[ix(i)].open = 1
        total += most
        first += s.share[ix(i)].first
    return total, first


@jit
def _freeze(s, active, ratio, upper):
    frozen = 0.0
    for i in range(active):
        if s.share[ix(i)].open == 0:
            continue
        wanted = ratio * s.vp[ix(s.share[ix(i)].vp)].weight
        bound = s.share[ix(i)].high if upper else s.share[ix(i)].low
        if (upper and wanted >= bound) or (not upper and wanted <= bound):
            s.share[ix(i)].value = bound
            s.share[ix(i)].open = 0
            frozen += bound
    return frozen


@jit
def _excess(s, active, ratio):
    over = 0.0
    under = 0.0
    for i in range(active):
        if s.share[ix(i)].open == 1:
            wanted = ratio * s.vp[ix(s.share[ix(i)].vp)].weight
            s.share[ix(i)].value = wanted
            over += max(0.0, wanted - s.share[ix(i)].high)
            under += max(0.0, s.share[ix(i)].low - wanted)
    return over, under


@jit
def _fill(s, active, capacity):
    """Freeze the VPs at the bound that is broken most in sum until none is."""
    for _ in range(active):
        weight = 0.0
        for i in range(active):
            if s.share[ix(i)].open == 1:
                weight += s.vp[ix(s.share[ix(i)].vp)].weight
        if weight == 0.0:
            return
        ratio = max(capacity, 0.0) / weight
        over, under = _excess(s, active, ratio)
        if over == 0.0 and under == 0.0:
            return
        capacity -= _freeze(s, active, ratio, over >= under)


@jit
def divide(s, active, capacity):
    """Compute ``share`` of the VPs in ``share_vp[:active]``, in LPs, of so many."""
    total, first = _bounds(s, active)
    if total <= capacity:
        for i in range(active):
            s.share[ix(i)].value = s.share[ix(i)].high
    else:
        _fill(s, active, capacity - first)
    for i in range(active):
        s.share[ix(i)].value += s.share[ix(i)].first


@jit
def _active_vps(s):
    """List the VPs that take part: with credit to gain, or (fair_queue) busy since the tick."""
    active = 0
    for vp in range(s.n_vp):
        if s.root_preempts and s.vp[ix(vp)].pinned_lp >= 0:
            continue
        busy = s.vp[ix(vp)].state != IDLE
        if s.rule == CREDIT:
            takes_part = s.vp[ix(vp)].idled == 0 or s.vp[ix(vp)].credit < _full_credit(s)
        else:
            takes_part = busy or s.vp[ix(vp)].active == 1
        if takes_part:
            s.share[ix(active)].vp = vp
            active += 1
        s.vp[ix(vp)].active = 1 if busy else 0
    return active


@jit
def _grant(s, vp, share):
    before = credit_class(s, vp)
    most = _full_credit(s) if s.vp[ix(vp)].idled == 1 else HOARD * s.accounting_ns
    credit = max(s.vp[ix(vp)].credit, -HOARD * s.accounting_ns)
    s.vp[ix(vp)].credit = min(credit + int(share * s.accounting_ns), most)
    moved = credit_class(s, vp) != before
    if moved and s.vp[ix(vp)].state == READY and s.vp[ix(vp)].pinned_lp < 0:
        set_ready(s, vp, dispatch_key(s, vp))


@jit
def account(s):
    """Bill running VPs and grant each active VP its share: the accounting tick."""
    for lp in range(s.n_lp):
        if s.lp[ix(lp)].vp >= 0:
            charge(s, lp)
    active = _active_vps(s)
    divide(s, active, s.n_lp - s.root_used_ns / s.accounting_ns)
    s.root_used_ns = 0
    for i in range(active):
        vp = s.share[ix(i)].vp
        if s.rule == CREDIT:
            _grant(s, vp, s.share[ix(i)].value)
        else:
            s.vp[ix(vp)].pace = max(1, int(s.share[ix(i)].value * PACE))
    for vp in range(s.n_vp):
        s.vp[ix(vp)].idled = 1 if s.vp[ix(vp)].state == IDLE else 0
        if s.vp[ix(vp)].state == RUNNING:
            s.vp[ix(vp)].boosted = 0
    if s.boosts:
        for lp in range(s.n_lp):
            note_lead(s, lp)
    set_soon(s, 0, s.now + s.accounting_ns)
