"""Time accounts: who used which LP for what, to the nanosecond.

`settle` brings an LP's progress up to now, `charge` bills the VP for its stay. Both happen at
events only, so that how often the fine clock is interrupted changes no account.
"""

from hvmc.kernel.clock import nanoseconds
from hvmc.kernel.codes import (
    BLOCKED,
    FAIR_QUEUE,
    IDLE,
    P_DISPATCH,
    P_HYPERVISOR,
    P_ROOT,
    P_SERVICE,
    P_SLOWDOWN,
    P_SPIN,
    P_SWITCH,
    READY,
    RUNNING,
    STATES,
)
from hvmc.kernel.fields import FLOAT, Fields, Numbered, Values, begins, count, setting
from hvmc.kernel.jit import inlined, ix, jit
from hvmc.kernel.limits import spend
from hvmc.scenario.scenario import Scenario

__all__ = ["change_state", "charge", "displaced", "set_down_thread", "settle", "take_up_thread"]


def _of_machine(scenario: Scenario, _: Numbered) -> Values:
    switch, refill = scenario.overheads.switch, scenario.overheads.refill
    return {
        "latency_ns": nanoseconds(switch.latency_s) if switch.enabled else 0,
        "switch_ns": nanoseconds(switch.cost_s) if switch.enabled else 0,
        "refill_ns": nanoseconds(refill.cost_s) if refill.enabled else 0,
        "refill_rate": 1.0 / max(nanoseconds(refill.tau_s), 1),
    }


FIELDS = Fields(
    of_machine=_of_machine,
    machine={
        "latency_ns": setting(native=0),
        "switch_ns": setting(native=0),
        "refill_ns": setting(),
        "refill_rate": setting(FLOAT),  # 1 / tau, per ns
        "taxed": setting(native=0),  # whether bursts are slowed down, interrupted or cut
    },
    lp={
        "charge_from": begins(),
        "settled_at": begins(),
        "latency_left": begins(),
        "switch_left": begins(),
        "refill_left": begins(),
        "busy_ns": count(),
        # together they are the busy time, with `locks`' spin_ns
        "guest_ns": count(),
        "hypervisor_ns": count(),
        "switch_ns": count(),
        "refill_ns": count(),
        "slowed_ns": count(),
    },
    vp={
        "since": begins(),
        "left_at": begins(),  # when it was last running or idle
        "ns": count((len(STATES),)),
        "hypervisor_ns": count(),
        "switch_ns": count(),
    },
    load={"work_ns": count()},
    thread={"last_lp": begins(-1), "lp_busy": begins()},
    parts=("service", "switch", "hypervisor", "slowdown"),
)

PACE = 10000


@jit
def _book_wait(s, vp, old, waited):
    """Book what the VP's thread waited with it."""
    thread = s.vp[ix(vp)].thread
    if thread >= 0:
        part = P_ROOT if old == BLOCKED else P_DISPATCH
        s.thread[ix(thread)].part_ns[part] += waited


@jit
def change_state(s, vp, state):
    """Book the VP's time in its old state and enter a new one."""
    old = s.vp[ix(vp)].state
    elapsed = s.now - s.vp[ix(vp)].since
    s.vp[ix(vp)].ns[old] += elapsed
    s.vp[ix(vp)].since = s.now
    s.vp[ix(vp)].state = state
    partition = s.vp[ix(vp)].partition
    if old == IDLE:
        s.partition[ix(partition)].idle -= 1
        s.vp[ix(vp)].left_at = s.now
    elif old == RUNNING:
        s.partition[ix(partition)].running -= 1
        s.vp[ix(vp)].left_at = s.now
    elif elapsed > 0:
        _book_wait(s, vp, old, elapsed)
    if state == IDLE:
        s.partition[ix(partition)].idle += 1
    elif state == RUNNING:
        s.partition[ix(partition)].running += 1


@jit
def _settle_latency(s, lp, vp, thread, elapsed):
    """Book the time from the choice of the VP to its first instruction as its wait."""
    late = min(elapsed, s.lp[ix(lp)].latency_left)
    s.lp[ix(lp)].latency_left -= late
    s.vp[ix(vp)].ns[READY] += late
    s.vp[ix(vp)].ns[RUNNING] -= late
    s.thread[ix(thread)].part_ns[P_DISPATCH] += late
    return elapsed - late


@jit
def _settle_overhead(s, lp, vp, thread, elapsed):
    switch = min(elapsed, s.lp[ix(lp)].switch_left)
    s.lp[ix(lp)].switch_left -= switch
    s.lp[ix(lp)].switch_ns += switch
    s.vp[ix(vp)].switch_ns += switch
    elapsed -= switch
    refill = min(elapsed, s.lp[ix(lp)].refill_left)
    s.lp[ix(lp)].refill_left -= refill
    s.lp[ix(lp)].refill_ns += refill
    s.thread[ix(thread)].part_ns[P_SWITCH] += switch + refill
    return elapsed - refill


@jit
def _settle_tax(s, lp, vp, thread, done, left):
    """Book hypervisor time and slowdown of a piece of a burst, spread evenly over it."""
    hypervisor = s.thread[ix(thread)].hypervisor_left
    slowdown = s.thread[ix(thread)].slowdown_left
    if done < left:
        hypervisor = int(hypervisor * (done / left))
        slowdown = int(slowdown * (done / left))
    s.thread[ix(thread)].hypervisor_left -= hypervisor
    s.thread[ix(thread)].slowdown_left -= slowdown
    s.lp[ix(lp)].hypervisor_ns += hypervisor
    s.vp[ix(vp)].hypervisor_ns += hypervisor
    s.lp[ix(lp)].slowed_ns += slowdown
    s.thread[ix(thread)].part_ns[P_HYPERVISOR] += hypervisor
    s.thread[ix(thread)].part_ns[P_SLOWDOWN] += slowdown
    return hypervisor + slowdown


@inlined
def settle(s, lp):
    """Book the time since the last settlement: latency, switch, refill, then the burst."""
    elapsed = s.now - s.lp[ix(lp)].settled_at
    if elapsed == 0:
        return
    s.lp[ix(lp)].settled_at = s.now
    vp = s.lp[ix(lp)].vp
    thread = s.vp[ix(vp)].thread
    if s.lp[ix(lp)].latency_left > 0:
        elapsed = _settle_latency(s, lp, vp, thread, elapsed)
    s.lp[ix(lp)].busy_ns += elapsed
    if s.lp[ix(lp)].switch_left > 0 or s.lp[ix(lp)].refill_left > 0:
        elapsed = _settle_overhead(s, lp, vp, thread, elapsed)
    if s.spins and s.thread[ix(thread)].spinning:
        s.lp[ix(lp)].spin_ns += elapsed
        s.thread[ix(thread)].part_ns[P_SPIN] += elapsed
        return
    left = s.thread[ix(thread)].left
    done = elapsed
    if s.varying_speed:
        done = int(elapsed * s.lp[ix(lp)].speed)
    done = min(done, left)
    if done < elapsed:
        s.lp[ix(lp)].slowed_ns += elapsed - done
        s.thread[ix(thread)].part_ns[P_SLOWDOWN] += elapsed - done
    s.thread[ix(thread)].left = left - done
    if s.spins:
        s.thread[ix(thread)].lock_left = max(s.thread[ix(thread)].lock_left - done, 0)
    if s.taxed:
        done -= _settle_tax(s, lp, vp, thread, done, left)
    s.lp[ix(lp)].guest_ns += done
    s.load[ix(s.thread[ix(thread)].load)].work_ns += done
    s.thread[ix(thread)].part_ns[P_SERVICE] += done


@inlined
def charge(s, lp):
    """Bill the running VP for its time on the LP since it was last billed."""
    used = s.now - s.lp[ix(lp)].charge_from
    s.lp[ix(lp)].charge_from = s.now
    vp = s.lp[ix(lp)].vp
    if s.root_preempts and s.vp[ix(vp)].pinned_lp >= 0:
        s.root_used_ns += used
    elif s.rule == FAIR_QUEUE:
        s.vp[ix(vp)].virtual += used * PACE // s.vp[ix(vp)].pace
    else:
        s.vp[ix(vp)].credit -= used
    if s.has_limits:
        spend(s, vp, used)


@jit
def displaced(periods):
    """Return 1 - exp(-periods), within 2e-8, and 1 from 20 periods on.

    The 64th power of the exponential series' first five terms, a sixty-fourth of the way.
    """
    if periods >= 20.0:
        return 1.0
    t = periods * (1.0 / 64.0)
    power = 1.0 - t * (1.0 - t * (0.5 - t * (1.0 / 6.0 - t * (1.0 / 24.0))))
    for _ in range(6):
        power *= power
    return 1.0 - power


@jit
def take_up_thread(s, lp, thread):
    """Start or resume a thread on an LP; a cold cache is refilled first.

    The root's tasks for guests have their cache misses in their cost.
    """
    if s.refill_ns > 0 and thread < s.root_work:
        cost = s.refill_ns
        if s.thread[ix(thread)].last_lp == lp:
            foreign = s.lp[ix(lp)].busy_ns - s.thread[ix(thread)].lp_busy
            cost = int(s.refill_ns * displaced(foreign * s.refill_rate))
        s.lp[ix(lp)].refill_left = cost


@jit
def set_down_thread(s, lp, thread):
    """Remember where the thread left its cached data."""
    s.thread[ix(thread)].last_lp = lp
    s.thread[ix(thread)].lp_busy = s.lp[ix(lp)].busy_ns
    s.lp[ix(lp)].latency_left = 0
    s.lp[ix(lp)].switch_left = 0
    s.lp[ix(lp)].refill_left = 0
