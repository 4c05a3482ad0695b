"""What a guest had of the host's memory in the measured window."""

import math

import numpy as np

from hvmc.counters.memory import MemoryCounters
from hvmc.model.host import HyperVHost
from hvmc.model.memory import DynamicMemoryBalancer

__all__ = ["mean_memory", "memory_counters"]


def mean_memory(host: HyperVHost, load: int) -> tuple[float, float, float]:
    """Return a guest's mean assigned memory (MiB), pressure and smart-paged MiB in the window.

    Means over time of what holds from one decision to the next. A window without decisions in it
    lies within one interval and has its values.
    """
    history = host.balancer.history
    first, last = (float(state["now"][0]) * 1e-9 for state in (host.window[0], host.window[-1]))
    ends = [record.time_s for record in history[1:]] + [math.inf]
    assigned = pressure = smart_paged = total = 0.0
    for record, end in zip(history, ends, strict=True):
        weight = min(end, last) - max(record.time_s, first)
        if weight > 0:
            mib = float(record.assigned_mib[load])
            total += weight
            assigned += weight * mib
            pressure += weight * (100.0 * record.demand_mib[load] / mib if mib else math.nan)
            smart_paged += weight * float(record.smart_paged_mib[load])
    return assigned / total, pressure / total, smart_paged / total


def memory_counters(balancer: DynamicMemoryBalancer) -> MemoryCounters:
    """Return the counters of dynamic memory as they stand; guests that are not started have none.

    Pressures are those of the last decision; a guest's average, minimum and maximum are over all
    decisions so far.
    """
    running = np.array(balancer.started)
    assigned, demand = balancer.assigned_mib[running], balancer.demand_mib[running]
    left = balancer.available_mib - float(assigned.sum())
    moved = {
        "Added Memory": balancer.added_mib,
        "Removed Memory": balancer.removed_mib,
        "Memory Add Operations": balancer.additions,
        "Memory Remove Operations": balancer.removals,
    }
    system = {
        "Available Memory": left,
        "Available Memory For Balancing": left,
        "Average Pressure": float(balancer.pressure[running].mean()) if running.any() else math.nan,
        "System Current Pressure": 100.0 * float(demand.sum()) / float(assigned.sum())
        if running.any()
        else math.nan,
        **{name: float(values.sum()) for name, values in moved.items()},
    }
    guests, smart_paged = {}, balancer.smart_paged_mib
    for name in balancer.running:
        at = balancer.index(name)
        past = [100.0 * r.demand_mib[at] / r.assigned_mib[at] for r in balancer.history]
        guests[name] = {
            "Physical Memory": float(balancer.assigned_mib[at]),
            "Guest Visible Physical Memory": float(balancer.assigned_mib[at] + smart_paged[at]),
            "Smart Paging Working Set Size": float(smart_paged[at]),
            "Current Pressure": float(balancer.pressure[at]),
            "Average Pressure": float(np.mean(past)),
            "Minimum Pressure": float(np.min(past)),
            "Maximum Pressure": float(np.max(past)),
            **{key: float(values[at]) for key, values in moved.items()},
        }
    return MemoryCounters(system, guests)
