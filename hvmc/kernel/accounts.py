"""Time accounts: who used which LP for what, to the nanosecond.

`settle` brings an LP's progress up to now, `charge` bills the VP for its stay. Both happen at
events only, so that how often the fine clock is interrupted changes no account.
"""

import math

from hvmc.kernel.jit import jit
from hvmc.kernel.layout import FAIR_QUEUE, IDLE
from hvmc.kernel.limits import spend

__all__ = ["change_state", "charge", "set_down_thread", "settle", "take_up_thread"]

PACE = 10000


@jit
def change_state(s, vp, state):
    """Book the VP's time in its old state and enter a new one."""
    old = s.vp_state[vp]
    s.vp_ns[vp, old] += s.now - s.vp_since[vp]
    s.vp_since[vp] = s.now
    s.vp_state[vp] = state
    if old == IDLE:
        s.part_idle[s.vp_part[vp]] -= 1
    if state == IDLE:
        s.part_idle[s.vp_part[vp]] += 1


@jit
def _settle_overhead(s, lp, elapsed):
    spent = min(elapsed, s.lp_switch_left[lp])
    s.lp_switch_left[lp] -= spent
    s.lp_switch_ns[lp] += spent
    elapsed -= spent
    spent = min(elapsed, s.lp_refill_left[lp])
    s.lp_refill_left[lp] -= spent
    s.lp_refill_ns[lp] += spent
    return elapsed - spent


@jit
def settle(s, lp):
    """Book the time since the last settlement: switch, refill, then the burst."""
    elapsed = s.now - s.lp_settled_at[lp]
    if elapsed == 0:
        return
    s.lp_settled_at[lp] = s.now
    s.lp_busy_ns[lp] += elapsed
    if s.lp_switch_left[lp] > 0 or s.lp_refill_left[lp] > 0:
        elapsed = _settle_overhead(s, lp, elapsed)
    thread = s.vp_thread[s.lp_vp[lp]]
    left = s.thread_left[thread]
    speed = s.lp_speed[lp]
    done = elapsed if speed == 1.0 else int(elapsed * speed)
    if done >= left:
        done = left
        hypervisor = s.thread_hypervisor_left[thread]
    else:
        hypervisor = int(s.thread_hypervisor_left[thread] * (done / left))
    s.thread_left[thread] = left - done
    s.thread_hypervisor_left[thread] -= hypervisor
    s.lp_hypervisor_ns[lp] += hypervisor
    s.lp_guest_ns[lp] += done - hypervisor
    s.lp_smt_ns[lp] += elapsed - done
    s.load_work_ns[s.thread_load[thread]] += done - hypervisor


@jit
def charge(s, lp):
    """Bill the running VP for its time on the LP since it was last billed."""
    used = s.now - s.lp_charge_from[lp]
    s.lp_charge_from[lp] = s.now
    vp = s.lp_vp[lp]
    if s.rule == FAIR_QUEUE:
        s.vp_virtual[vp] += used * PACE // s.vp_pace[vp]
    else:
        s.vp_credit[vp] -= used
    if s.has_limits:
        spend(s, vp, used)


@jit
def take_up_thread(s, lp, thread):
    """Start or resume a thread on an LP; a cold cache is refilled first."""
    if s.refill_ns > 0:
        cost = s.refill_ns
        if s.thread_last_lp[thread] == lp:
            foreign = s.lp_busy_ns[lp] - s.thread_lp_busy[thread]
            cost = int(s.refill_ns * -math.expm1(-foreign / s.refill_tau_ns))
        s.lp_refill_left[lp] = cost


@jit
def set_down_thread(s, lp, thread):
    """Remember where the thread left its cached data."""
    s.thread_last_lp[thread] = lp
    s.thread_lp_busy[thread] = s.lp_busy_ns[lp]
    s.lp_switch_left[lp] = 0
    s.lp_refill_left[lp] = 0
