"""Storage, network, VMBus, and interrupts that guests took late.

A guest's disk is a Hyper-V virtual storage device, its adapter a virtual network adapter, unless it
is attached directly or the I/O path is switched off: then only the guest's own counters and those
of the physical device remain. An adapter is counted where the guest's workload has transfers.
"""

import math
from collections.abc import Iterator

from hvmc.counters.clocks import guest_clocks
from hvmc.counters.interval import SampleInterval
from hvmc.counters.names import (
    ADAPTER,
    BUS,
    DEFERRED,
    DISK,
    GUEST_IO,
    GUEST_NETWORK,
    IPIS,
    NETWORK,
    STORAGE,
    Sample,
)
from hvmc.kernel.codes import DISK as TO_DISK
from hvmc.kernel.codes import NETWORK as TO_NETWORK
from hvmc.kernel.codes import REASONS
from hvmc.scenario.guest import Guest
from hvmc.scenario.io import Attachment, Device

__all__ = ["guest_devices", "host_devices"]

_NORMALIZED_KIB = 8.0
_IPIS = {"Sent/sec": "ipis", "Waited For/sec": "ipis_waited"}


def guest_devices(interval: SampleInterval, load: int) -> Iterator[Sample]:
    """Yield the samples of a guest's I/O and interrupts; the instance is the guest."""
    guest = interval.scenario.guests[load]
    yield Sample(
        GUEST_IO, guest.name, "Hard Faults/sec", _grown(interval, "faults", load) / interval.seconds
    )
    yield from _way(interval, load, TO_DISK, GUEST_IO)
    yield from guest_clocks(interval, load)
    virtual = interval.scenario.overheads.io.enabled
    if virtual and guest.io.kind != "direct":
        yield from _storage(interval, load)
    if _transfers(guest):
        yield from _way(interval, load, TO_NETWORK, GUEST_NETWORK)
        if virtual and guest.network.kind != "direct":
            bytes_s, packets_s = _traffic(interval, load)
            yield Sample(NETWORK, guest.name, "Packets/sec", packets_s)
            yield Sample(NETWORK, guest.name, "Bytes/sec", bytes_s)
    yield from _deferred(interval, load)


def host_devices(interval: SampleInterval) -> Iterator[Sample]:
    """Yield the samples of VMBus and of the physical devices."""
    for counter, way in (("Interrupts Received/sec", "sent"), ("Interrupts Sent/sec", "received")):
        yield Sample(BUS, "", counter, interval.messages(way) / interval.seconds)
    for name, (station, device, users) in _stations(interval).items():
        held = interval.after["station"][0][station]
        if device.kind == "disk":
            transfers = float(interval.change("station", "completed", station))
            waiting = int(held["busy"]) + int(held["line"]["length"])
            yield Sample(DISK, name, "Disk Transfers/sec", transfers / interval.seconds)
            yield Sample(DISK, name, "Current Disk Queue Length", float(waiting))
        else:
            traffic = [_traffic(interval, load) for load in users]
            packets_s = sum(packets for _, packets in traffic)
            done = sum(_on_way(interval, "ios_done", load, TO_NETWORK) for load in users)
            each = packets_s * interval.seconds / done if done > 0 else 1.0
            yield Sample(ADAPTER, name, "Packets/sec", packets_s)
            yield Sample(ADAPTER, name, "Bytes Total/sec", sum(sent for sent, _ in traffic))
            yield Sample(ADAPTER, name, "Output Queue Length", each * int(held["line"]["length"]))


def _grown(interval: SampleInterval, field: str, load: int) -> float:
    return float(interval.change("load", field, load))


def _on_way(interval: SampleInterval, field: str, load: int, to: int) -> float:
    return float(interval.change("way", field, 2 * load + to))


def _latency_s(interval: SampleInterval, load: int, to: int) -> float:
    done = _on_way(interval, "ios_done", load, to)
    return _on_way(interval, "io_ns", load, to) * 1e-9 / done if done > 0 else math.nan


def _transfers(guest: Guest) -> bool:
    return getattr(guest.workload, "transfers", 0) > 0


def _way(interval: SampleInterval, load: int, to: int, counted_as: str) -> Iterator[Sample]:
    """Yield what a guest sees of its I/Os of one device."""
    name, io = interval.scenario.guests[load].name, interval.io(load, to)
    counts = {
        "Operations/sec": io["completed"],
        "VMBus Messages/sec": _on_way(interval, "messages", load, to),
        "VMBus Ring Full/sec": _on_way(interval, "ring_full", load, to),
    }
    for counter, count in counts.items():
        yield Sample(counted_as, name, counter, count / interval.seconds)
    yield Sample(counted_as, name, "Latency", _latency_s(interval, load, to))
    yield Sample(counted_as, name, "Outstanding", float(io["outstanding"]))


def _storage(interval: SampleInterval, load: int) -> Iterator[Sample]:
    guest, io = interval.scenario.guests[load], interval.io(load)
    name = guest.name
    units = max(math.ceil(getattr(guest.workload, "io_kib", 0.0) / _NORMALIZED_KIB), 1)
    done = _on_way(interval, "ios_done", load, TO_DISK)
    normalized = done * units + (io["completed"] - done)
    yield Sample(STORAGE, name, "Throughput", normalized / interval.seconds)
    yield Sample(STORAGE, name, "Normalized Throughput", io["completed"] / interval.seconds)
    yield Sample(STORAGE, name, "Latency", _latency_s(interval, load, TO_DISK))
    yield Sample(STORAGE, name, "Queue Length", float(io["outstanding"]))


def _traffic(interval: SampleInterval, load: int) -> tuple[float, float]:
    """Return a guest's bytes and packets per second through its adapter."""
    size = float(getattr(interval.scenario.guests[load].workload, "transfer_kib", 0.0)) * 1024.0
    each = max(size / interval.scenario.overheads.io.network.packet_bytes, 1.0)
    rate = _on_way(interval, "ios_done", load, TO_NETWORK) / interval.seconds
    return rate * size, rate * each


def _deferred(interval: SampleInterval, load: int) -> Iterator[Sample]:
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


def _attachments(guest: Guest) -> Iterator[tuple[int, Attachment]]:
    yield TO_DISK, guest.io
    if _transfers(guest):
        yield TO_NETWORK, guest.network


def _stations(interval: SampleInterval) -> dict[str, tuple[int, Device, list[int]]]:
    """Return device name -> its number in the record, the device, and the guests that use it."""
    devices = {device.name: device for device in interval.scenario.host.devices}
    stations: dict[str, tuple[int, Device, list[int]]] = {}
    for load, guest in enumerate(interval.scenario.guests):
        for to, attachment in _attachments(guest):
            device = devices[attachment.device]
            name = f"{device.name}:{guest.name}" if device.isolated else device.name
            station = int(interval.after["way"]["station"][0][2 * load + to])
            stations.setdefault(name, (station, device, []))[2].append(load)
    return stations
