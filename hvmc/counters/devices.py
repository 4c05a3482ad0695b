"""Storage, network, VMBus, and interrupts that guests took late.

A guest's disk is a Hyper-V virtual storage device, its adapter a virtual network adapter, unless it
is attached directly or the I/O path is switched off: then only the guest's own counters and those
of the physical device remain.
"""

import math
from collections.abc import Iterator

from hvmc.counters.clocks import guest_clocks
from hvmc.counters.interval import Interval
from hvmc.counters.names import (
    ADAPTER,
    BUS,
    DEFERRED,
    DISK,
    GUEST_IO,
    IPIS,
    NETWORK,
    STORAGE,
    Sample,
)
from hvmc.kernel.layout import REASONS
from hvmc.scenario.guest import Guest
from hvmc.scenario.io import Device

__all__ = ["guest_devices", "host_devices"]

_NORMALIZED_KIB = 8.0
_IPIS = {"Sent/sec": "ipis", "Waited For/sec": "ipis_waited"}


def guest_devices(interval: Interval, load: int) -> Iterator[Sample]:
    """Yield the samples of a guest's I/O and interrupts; the instance is the guest."""
    guest = interval.scenario.guests[load]
    name, seconds = guest.name, interval.seconds
    io = interval.io(load)
    latency_s = _latency_s(interval, load)
    counts = {
        "Operations/sec": io["completed"],
        "Hard Faults/sec": _grown(interval, "faults", load),
        "VMBus Messages/sec": _grown(interval, "messages", load),
        "VMBus Ring Full/sec": _grown(interval, "ring_full", load),
    }
    for counter, count in counts.items():
        yield Sample(GUEST_IO, name, counter, count / seconds)
    yield Sample(GUEST_IO, name, "Latency", latency_s)
    yield Sample(GUEST_IO, name, "Outstanding", float(io["outstanding"]))
    yield from guest_clocks(interval, load)
    device = _device(interval, guest)
    if guest.io.kind != "direct" and interval.scenario.overheads.io.enabled:
        if device.kind == "disk":
            yield from _storage(interval, load, io, latency_s)
        else:
            bytes_s, packets_s = _traffic(interval, load)
            yield Sample(NETWORK, name, "Packets/sec", packets_s)
            yield Sample(NETWORK, name, "Bytes/sec", bytes_s)
    yield from _deferred(interval, load)


def host_devices(interval: Interval) -> Iterator[Sample]:
    """Yield the samples of VMBus and of the physical devices."""
    loads = range(len(interval.scenario.guests))
    for counter, way in (("Interrupts Received/sec", "sent"), ("Interrupts Sent/sec", "received")):
        count = sum(interval.io(load)[way] for load in loads)
        yield Sample(BUS, "", counter, count / interval.seconds)
    for name, (station, device, users) in _stations(interval).items():
        if device.kind == "disk":
            transfers = float(interval.change("station", "completed", station))
            waiting = sum(
                int(interval.after["station"][field][0][station]) for field in ("busy", "queued")
            )
            yield Sample(DISK, name, "Disk Transfers/sec", transfers / interval.seconds)
            yield Sample(DISK, name, "Current Disk Queue Length", float(waiting))
        else:
            traffic = [_traffic(interval, load) for load in users]
            yield Sample(ADAPTER, name, "Packets/sec", sum(packets for _, packets in traffic))
            yield Sample(ADAPTER, name, "Bytes Total/sec", sum(sent for sent, _ in traffic))


def _grown(interval: Interval, field: str, load: int) -> float:
    return float(interval.change("load", field, load))


def _latency_s(interval: Interval, load: int) -> float:
    done = _grown(interval, "ios_done", load)
    return _grown(interval, "io_ns", load) * 1e-9 / done if done > 0 else math.nan


def _device(interval: Interval, guest: Guest) -> Device:
    return next(item for item in interval.scenario.host.devices if item.name == guest.io.device)


def _storage(
    interval: Interval, load: int, io: dict[str, int], latency_s: float
) -> Iterator[Sample]:
    name = interval.scenario.guests[load].name
    units = max(math.ceil(_io_kib(interval, load) / _NORMALIZED_KIB), 1)
    done = _grown(interval, "ios_done", load)
    normalized = done * units + (io["completed"] - done)
    yield Sample(STORAGE, name, "Throughput", normalized / interval.seconds)
    yield Sample(STORAGE, name, "Normalized Throughput", io["completed"] / interval.seconds)
    yield Sample(STORAGE, name, "Latency", latency_s)
    yield Sample(STORAGE, name, "Queue Length", float(io["outstanding"]))


def _io_kib(interval: Interval, load: int) -> float:
    return float(getattr(interval.scenario.guests[load].workload, "io_kib", 0.0))


def _traffic(interval: Interval, load: int) -> tuple[float, float]:
    """Return a guest's bytes and packets per second through its adapter."""
    size = _io_kib(interval, load) * 1024.0
    each = max(size / interval.scenario.overheads.io.network.packet_bytes, 1.0)
    rate = _grown(interval, "ios_done", load) / interval.seconds
    return rate * size, rate * each


def _deferred(interval: Interval, load: int) -> Iterator[Sample]:
    name = interval.scenario.guests[load].name
    counts, delays = (
        interval.change("load", field, load).tolist() for field in ("deferred", "deferred_ns")
    )
    for reason, count, delay in zip(REASONS, counts, delays, strict=True):
        mean_ns = delay / count if count > 0 else math.nan
        yield Sample(DEFERRED, name, f"Deferred ({reason})/sec", count / interval.seconds)
        yield Sample(DEFERRED, name, f"Deferral Delay ({reason})", mean_ns)
    for counter, field in _IPIS.items():
        sent = float(interval.change("load", field, load))
        yield Sample(IPIS, name, counter, sent / interval.seconds)


def _stations(interval: Interval) -> dict[str, tuple[int, Device, list[int]]]:
    """Return device name -> its number in the record, the device, and the guests that use it."""
    stations: dict[str, tuple[int, Device, list[int]]] = {}
    for load, guest in enumerate(interval.scenario.guests):
        device = _device(interval, guest)
        name = f"{device.name}:{guest.name}" if device.isolated else device.name
        station = int(interval.after["load"]["station"][0][load])
        stations.setdefault(name, (station, device, []))[2].append(load)
    return stations
