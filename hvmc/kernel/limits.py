"""Limits: a VP may use limit x period of LP time in each limit period.

Periods of a VP start at its own offset: staggered evenly over the VPs, or all at zero. A VP that
has used up its budget is capped until its next period starts.
"""

from hvmc.kernel.clock import nanoseconds
from hvmc.kernel.fields import FLOAT, Fields, Numbered, Values, begins, setting
from hvmc.kernel.jit import ix, jit
from hvmc.scenario.scenario import Scenario

__all__ = ["budget_left", "refresh", "spend"]


def _of_machine(scenario: Scenario, _: Numbered) -> Values:
    return {
        "limits_staggered": scenario.dispatch.limit_stagger,
        "limit_period_ns": nanoseconds(scenario.dispatch.limit_period_s),
    }


FIELDS = Fields(
    of_machine=_of_machine,
    machine={
        "limits_staggered": setting(),
        "limit_period_ns": setting(),
        "has_limits": setting(native=0),
    },
    vp={"limit": setting(FLOAT, native=1.0), "budget": begins(), "period_end": begins()},
)


@jit
def _full(s, vp):
    return int(s.vp[ix(vp)].limit * s.limit_period_ns)


@jit
def refresh(s, vp):
    """Enter the limit period that contains now."""
    late = s.now - s.vp[ix(vp)].period_end
    if late >= 0:
        s.vp[ix(vp)].period_end += (late // s.limit_period_ns + 1) * s.limit_period_ns
        s.vp[ix(vp)].budget = _full(s, vp)


@jit
def spend(s, vp, used):
    """Take LP time that ended now out of the budget; a stay crosses at most one period's end."""
    if s.vp[ix(vp)].limit >= 1.0:
        return
    if s.now > s.vp[ix(vp)].period_end:
        used = min(used, s.now - s.vp[ix(vp)].period_end)
        refresh(s, vp)
    s.vp[ix(vp)].budget -= used


@jit
def budget_left(s, vp):
    """Nanoseconds the VP may run from now on, through the next period's start if it lasts."""
    refresh(s, vp)
    to_end = s.vp[ix(vp)].period_end - s.now
    if s.vp[ix(vp)].budget >= to_end:
        return to_end + _full(s, vp)
    return s.vp[ix(vp)].budget
