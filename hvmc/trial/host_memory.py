"""What a guest had of the host's memory in the measured window."""

import math

from hvmc.model.host import HyperVHost

__all__ = ["mean_memory"]


def mean_memory(host: HyperVHost, load: int) -> tuple[float, float]:
    """Return a guest's mean assigned memory (MiB) and pressure in the window.

    Means over time of what holds from one decision to the next. A window without decisions in it
    lies within one interval and has its values.
    """
    history = host.balancer.history
    first, last = (float(state["now"][0]) * 1e-9 for state in (host.window[0], host.window[-1]))
    ends = [record.time_s for record in history[1:]] + [math.inf]
    assigned = pressure = total = 0.0
    for record, end in zip(history, ends, strict=True):
        weight = min(end, last) - max(record.time_s, first)
        if weight > 0:
            mib = float(record.assigned_mib[load])
            total += weight
            assigned += weight * mib
            pressure += weight * (100.0 * record.demand_mib[load] / mib if mib else math.nan)
    return assigned / total, pressure / total
