"""How busy the devices of a guest were in the measured window."""

import math

from hvmc.counters.interval import SampleInterval
from hvmc.kernel.codes import DISK, NETWORK

__all__ = ["device_utilisation"]


def device_utilisation(window: SampleInterval, load: int) -> dict[str, float]:
    """Return the busy share of the guest's disk and adapter and of the host's paging device.

    Parameters
    ----------
    window : SampleInterval
        The measured window.
    load : int
        The guest's number.

    Returns
    -------
    dict of str to float
        ``disk``, ``adapter``, ``paging``: service time begun in the window over servers times
        window, at most 1; nan of a device that serves any number at once, or that it has not.
    """
    ways = window.after["way"][0]
    guest = window.scenario.guests[load]
    stations = {
        "disk": int(ways["station"][2 * load + DISK]),
        "paging": int(window.after["paging_station"][0]),
    }
    if getattr(guest.workload, "transfers", 0) > 0:
        stations["adapter"] = int(ways["station"][2 * load + NETWORK])
    found = dict.fromkeys(("disk", "adapter", "paging"), math.nan)
    for kind, station in stations.items():
        servers = int(window.after["station"]["servers"][0][station])
        if servers > 0:
            busy_s = float(window.change("station", "busy_ns", station)) * 1e-9
            found[kind] = min(busy_s / (servers * window.seconds), 1.0)
    return found
