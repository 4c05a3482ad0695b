"""How fast an LP works, and when it is done: its timer.

A busy sibling slows an LP at once. Interference slows it with the number of busy LPs, by the
number there is when its timer is set: for each burst, piece and slice, and every `update_ns`.
"""

import math

from hvmc.kernel.accounts import charge, settle
from hvmc.kernel.clock import nanoseconds
from hvmc.kernel.fields import FLOAT, Fields, Numbered, Values, begins, setting
from hvmc.kernel.jit import ix, jit
from hvmc.kernel.limits import budget_left
from hvmc.kernel.timers import set_soon
from hvmc.scenario.scenario import Scenario

__all__ = ["arm", "follow_sibling"]


def _of_machine(scenario: Scenario, _: Numbered) -> Values:
    host, interference = scenario.host, scenario.overheads.interference
    slope = interference.slope if interference.enabled else 0.0
    smt = host.threads_per_core == 2
    return {
        "smt": smt,
        "host_smt": smt,
        "smt_speed": host.smt_speed,
        "varying_speed": smt or slope > 0.0,
        "interference": slope / max(host.logical_processors - 1, 1),
        "update_ns": nanoseconds(interference.update_s),
    }


FIELDS = Fields(
    of_machine=_of_machine,
    machine={
        "smt": setting(),
        "host_smt": setting(),
        "smt_speed": setting(FLOAT),
        "varying_speed": setting(),
        "interference": setting(FLOAT),  # slope over the host's other LPs
        "update_ns": setting(),
    },
    lp={"sibling_speed": begins(1.0, FLOAT), "speed": begins(1.0, FLOAT)},
)


@jit
def _slowdown(s, lp):
    """Set the LP's speed; return by how much it is slowed down."""
    busy = s.n_lp - s.idle_lps
    slowdown = 1.0 + s.interference * max(busy - 1, 0)
    if s.smt:
        slowdown /= s.lp[ix(lp)].sibling_speed
    s.lp[ix(lp)].speed = 1.0 / slowdown
    return slowdown


@jit
def arm(s, lp):
    """Set the LP's timer to the end of the burst's piece, the slice or the limit's budget."""
    vp = s.lp[ix(lp)].vp
    thread = s.vp[ix(vp)].thread
    left = s.thread[ix(thread)].left
    if s.spins and s.partition[ix(s.vp[ix(vp)].partition)].lock_owner >= 0:
        left = min(left, s.thread[ix(thread)].lock_left)
    if s.varying_speed:
        left = min(math.ceil(left * _slowdown(s, lp)), s.update_ns)
    before = s.lp[ix(lp)].latency_left + s.lp[ix(lp)].switch_left + s.lp[ix(lp)].refill_left
    due = s.now + before + left
    due = min(due, s.lp[ix(lp)].slice_end)
    if s.spins and s.thread[ix(thread)].spinning:
        due = min(s.lp[ix(lp)].slice_end, s.thread[ix(thread)].spin_until)
    if s.has_limits and s.vp[ix(vp)].limit < 1.0:
        charge(s, lp)
        due = min(due, s.now + budget_left(s, vp))
    set_soon(s, 1 + lp, due)


@jit
def follow_sibling(s, lp, speed):
    """Take up a change of what the LP's sibling does."""
    if s.lp[ix(lp)].sibling_speed != speed:
        vp = s.lp[ix(lp)].vp
        if vp >= 0 and s.vp[ix(vp)].thread >= 0:
            settle(s, lp)
            s.lp[ix(lp)].sibling_speed = speed
            arm(s, lp)
        s.lp[ix(lp)].sibling_speed = speed
