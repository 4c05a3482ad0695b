"""Disks, adapters and the root's own load from the series of a log."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from hvmc.fit.facts import Fact, Facts, assumed, derived, measured
from hvmc.fit.log_series import LogSeries
from hvmc.scenario.io import IoPath

__all__ = ["guest_io", "root_use"]

_TRANSFER_KIB = 8.0
_PACKET_BYTES = 1500.0
_LEAST_IO_S = 10e-6
_QUEUE = ("adapter_queue", "adapter_packets")
_SHORT_QUEUE = 2.0  # "if this is longer than two, there are delays": the counter's own text
_LONGEST_WAIT_S = 10.0  # adapters are known whose counter runs into millions
_LEAST_LOAD, _MOST_LOAD = 5e-4, 0.9

type Own = Mapping[str, NDArray[np.float64]]


def guest_io(own: Own, run: float, host: Own, name: str, *, shows_adapters: bool = False) -> Facts:
    """Return a guest's I/Os.

    Parameters
    ----------
    own : mapping
        Its series.
    run : float
        Mean share of time that its VPs ran.
    host : mapping
        The host's series.
    name : str
        Of the log, for comments.
    shows_adapters : bool
        Whether the log has adapters of any guest: one without then has no traffic.
    """
    facts: Facts = {}
    operations = _operations(own)
    if operations is not None and run > 0:
        iops = _mean(operations)
        facts["iops"] = measured(iops, f"{name}, Hyper-V Virtual Storage Device, mean of all disks")
        moved = [own[key] for key in ("read_bytes", "write_bytes") if key in own]
        if moved and iops > 0 and "reads" in own:
            kib = _mean(np.nansum(moved, axis=0)) / iops / 1024.0
            how = f"{name}, bytes over operations"
            facts["io_kib"] = derived(max(kib, 0.5), how)
        if "latency" in own and iops > 0:
            facts |= _io_time(own["latency"], operations, name)
    traffic = _traffic(own)
    if traffic is not None and run > 0:
        rate, how = traffic
        facts["transfers_per_s"] = derived(rate, f"{name}, {how}, {_TRANSFER_KIB:g} KiB each")
        facts["transfer_kib"] = assumed(_TRANSFER_KIB, "as the default")
        facts |= _transfer_wait(host, name)
    elif shows_adapters:
        how = f"{name}, no Hyper-V Virtual Network Adapter of its name among those of others"
        facts["transfers_per_s"] = derived(0.0, how)
    return facts


def _transfer_wait(host: Own, name: str) -> Facts:
    """Return how long packets wait for physical adapters (J. Little), where they are seen to."""
    queue, packets = (_mean(host[key]) if key in host else 0.0 for key in _QUEUE)
    if queue <= _SHORT_QUEUE or packets <= 0.0 or queue / packets > _LONGEST_WAIT_S:
        return {}
    how = f"{name}, Network Interface, mean Output Queue Length {queue:.3g} over Packets/sec"
    return {"transfer_wait_s": derived(queue / packets, how)}


def _operations(own: Own) -> NDArray[np.float64] | None:
    ways = [own[key] for key in ("reads", "writes") if key in own]
    if ways:
        return np.asarray(np.nansum(ways, axis=0))
    return own.get("operations")


def _io_time(latency: NDArray[np.float64], operations: NDArray[np.float64], name: str) -> Facts:
    there = np.isfinite(latency) & (operations > 0)
    if not there.any():
        return {}
    mean_s = float(np.average(latency[there], weights=operations[there]))
    path = IoPath()
    added_s = path.path_s + path.vsp_submit_s + path.vsp_complete_s
    how = f"{name}, mean Latency {1e3 * mean_s:.3g} ms less {1e6 * added_s:.0f} us of the path"
    return {"io_s": derived(max(mean_s - added_s, _LEAST_IO_S), how)}


def _traffic(own: Own) -> tuple[float, str] | None:
    if "bytes" in own:
        return _mean(own["bytes"]) / (_TRANSFER_KIB * 1024.0), "Bytes/sec of its adapters"
    if "packets" in own:
        rate = _mean(own["packets"]) * _PACKET_BYTES / (_TRANSFER_KIB * 1024.0)
        return rate, f"Packets/sec of its adapters at {_PACKET_BYTES:g} B"
    return None


def _mean(values: NDArray[np.float64]) -> float:
    there = values[np.isfinite(values)]
    return float(there.mean()) if len(there) else 0.0


def root_use(series: LogSeries, name: str) -> dict[str, Fact]:
    """Return how much the root's virtual processors ran.

    Parameters
    ----------
    series : LogSeries
        Of the log.
    name : str
        Of the log, for comments.
    """
    run = series.host.get("root_run")
    if run is None or not np.isfinite(run).any():
        return {}
    how = f"{name}, mean % Total Run Time of root virtual processors: its own work and guests' I/Os"
    return {"root_use": measured(min(max(_mean(run) / 100.0, _LEAST_LOAD), _MOST_LOAD), how)}
