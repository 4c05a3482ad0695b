"""Shares: how much LP time per accounting period each active VP is due.

The share of a VP is clip(lambda x weight, reserve, limit) under the reserve rule `floor` and
min(limit, reserve + lambda x weight) under `first`, with lambda such that the shares use up the
LPs (weighted max-min fairness, "water-filling"). The rule `credit` grants them as credit; the
rule `fair_queue` uses them as pace where reserves are set.
"""

from hvmc.kernel.accounts import PACE, charge
from hvmc.kernel.jit import jit
from hvmc.kernel.layout import CREDIT, IDLE, READY
from hvmc.kernel.timers import set_key, set_soon

__all__ = ["account", "dispatch_key", "divide"]

NO_CREDIT = 1 << 60


@jit
def dispatch_key(s, vp):
    """Return the key by which ready VPs go: credit class and sequence, or virtual time."""
    if s.rule == CREDIT:
        return s.vp_sequence[vp] + (0 if s.vp_credit[vp] > 0 else NO_CREDIT)
    return s.vp_virtual[vp]


@jit
def _bounds(s, active):
    total = 0.0
    low = 0.0
    for i in range(active):
        vp = s.share_vp[i]
        s.share_low[i] = s.vp_reserve[vp]
        s.share_high[i] = s.vp_limit[vp]
        s.share_open[i] = 1
        total += s.share_high[i]
        low += s.share_low[i]
    return total, low


@jit
def _freeze(s, active, ratio, upper):
    frozen = 0.0
    for i in range(active):
        if s.share_open[i] == 0:
            continue
        wanted = ratio * s.vp_weight[s.share_vp[i]]
        bound = s.share_high[i] if upper else s.share_low[i]
        if (upper and wanted >= bound) or (not upper and wanted <= bound):
            s.share[i] = bound
            s.share_open[i] = 0
            frozen += bound
    return frozen


@jit
def _excess(s, active, ratio):
    over = 0.0
    under = 0.0
    for i in range(active):
        if s.share_open[i] == 1:
            wanted = ratio * s.vp_weight[s.share_vp[i]]
            s.share[i] = wanted
            over += max(0.0, wanted - s.share_high[i])
            under += max(0.0, s.share_low[i] - wanted)
    return over, under


@jit
def _fill(s, active, capacity):
    """Freeze the VPs at the bound that is broken most in sum until none is."""
    for _ in range(active):
        weight = 0.0
        for i in range(active):
            if s.share_open[i] == 1:
                weight += s.vp_weight[s.share_vp[i]]
        if weight == 0.0:
            return
        ratio = max(capacity, 0.0) / weight
        over, under = _excess(s, active, ratio)
        if over == 0.0 and under == 0.0:
            return
        capacity -= _freeze(s, active, ratio, over >= under)


@jit
def divide(s, active):
    """Compute ``share`` of the VPs in ``share_vp[:active]``, in LPs."""
    total, low = _bounds(s, active)
    if total <= s.n_lp:
        for i in range(active):
            s.share[i] = s.share_high[i]
        return
    if not s.reserve_first:
        _fill(s, active, float(s.n_lp))
        return
    for i in range(active):
        s.share_high[i] -= s.share_low[i]
        s.share_low[i] = 0.0
    _fill(s, active, s.n_lp - low)
    for i in range(active):
        s.share[i] += s.vp_reserve[s.share_vp[i]]


@jit
def _active_vps(s):
    """List the VPs that wanted an LP since the last tick, or still owe for earlier use."""
    active = 0
    for vp in range(s.n_vp):
        busy = s.vp_state[vp] != IDLE
        if busy or s.vp_active[vp] == 1 or (s.rule == CREDIT and s.vp_credit[vp] <= 0):
            s.share_vp[active] = vp
            active += 1
        s.vp_active[vp] = 0
    return active


@jit
def _grant(s, vp, share):
    had_credit = s.vp_credit[vp] > 0
    most = max(s.accounting_ns, s.slice_ns)
    s.vp_credit[vp] = min(s.vp_credit[vp] + int(share * s.accounting_ns), most)
    gained = not had_credit and s.vp_credit[vp] > 0
    if gained and s.vp_state[vp] == READY and s.vp_pinned_lp[vp] < 0:
        set_key(s.ready_tree, s.ready_key, s.ready_leaves, vp, dispatch_key(s, vp))


@jit
def account(s):
    """Bill running VPs and grant each active VP its share: the accounting tick."""
    for lp in range(s.n_lp):
        if s.lp_vp[lp] >= 0:
            charge(s, lp)
    active = _active_vps(s)
    divide(s, active)
    for i in range(active):
        vp = s.share_vp[i]
        if s.rule == CREDIT:
            _grant(s, vp, s.share[i])
        else:
            s.vp_pace[vp] = max(1, int(s.share[i] * PACE))
    set_soon(s, 0, s.now + s.accounting_ns)
