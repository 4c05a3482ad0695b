"""Devices at which guests wait for each other: how long they serve, of how long all takes there.

What is known of an I/O is its time at the device, waiting included: T. With X of them a second made
by N threads, which are N / X - T elsewhere between, a device of c servers that serves each for s is
the machine repairman M/M/c//N, and s is solved for so that X come out:

    U(N, (N / X - T) / s) = X s,    U the busy servers of `hvmc.regimes.inversion`.

With few under way s is T; at a device that is always busy s is about c / X, whatever T is. All wait
for the same T - s, and what is left of the time of a guest's own I/Os is how long they are served.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from hvmc.regimes.assumptions import law_of
from hvmc.regimes.fitted_work import GuestWork, IoNeeds
from hvmc.regimes.inversion import busy
from hvmc.regimes.shortage import page_in_s
from hvmc.scenario.host import Host
from hvmc.scenario.io import Attachment, Device
from hvmc.scenario.paging import Faults
from hvmc.scenario.workload import Closed

__all__ = ["Flow", "served_by", "service_s", "with_adapters"]

# servers busy on average up to which the time at a device is taken for service
_FEW = 0.5
# servers busy where transfers were seen to wait: all, but not so that the queue never ends
_FULL = 0.97
# of the time at a device, the least that is service: where the search begins
_SHORTEST = 1e-3
_LEAST_S = 1e-9
# of an I/O's time: an I/O shorter than the common wait is not served in no time at all
_LEAST_SERVED = 0.01


class Flow(NamedTuple):
    """A guest's I/Os at one device.

    Parameters
    ----------
    rate_per_s : float
        How many.
    each_s : float
        Seconds of one there, waiting included.
    wait_s : float
        Seconds of waiting, where they were seen.
    """

    rate_per_s: float = 0.0
    each_s: float = 0.0
    wait_s: float = 0.0


def service_s(threads: int, rate_per_s: float, each_s: float, servers: int) -> float:
    """Return the mean service time with which so many I/Os take so long each.

    Parameters
    ----------
    threads : int
        N, of all guests that use the device.
    rate_per_s, each_s : float
        X and T.
    servers : int
        c; 0: any number.

    Examples
    --------
    >>> round(service_s(100, 10.0, 0.1, 8), 6), round(service_s(100, 800.0, 0.1, 8), 4)
    (0.1, 0.01)
    """
    from scipy.optimize import brentq

    if servers == 0 or threads <= servers or rate_per_s * each_s <= _FEW * servers:
        return each_s
    elsewhere_s = max(threads / rate_per_s - each_s, _LEAST_S)
    most_s = min(each_s, servers / rate_per_s)

    def excess(part: float) -> float:
        serving_s = part * most_s
        return busy(threads, elsewhere_s / serving_s, servers) - rate_per_s * serving_s

    if excess(1.0) >= 0.0:
        return most_s
    return most_s * float(brentq(excess, _SHORTEST, 1.0, xtol=1e-6))


def with_adapters(
    host: Host, usual: Host, ways: Sequence[Attachment], flows: Sequence[Flow]
) -> tuple[Host, list[Flow]]:
    """Return a host with adapters that are as busy as waiting for them says, and flows that agree.

    An adapter at which transfers wait has all its servers taken: as many as transfers under way, if
    their number is drawn, within its range; what one takes then follows.

    Parameters
    ----------
    host, usual : Host
        The trial's, and the one whose devices are not drawn.
    ways : sequence of Attachment
        Of guests to adapters.
    flows : sequence of Flow
        Their transfers; ``each_s`` without the waiting.
    """
    devices, found = [], list(flows)
    law = law_of("host.devices.nic.servers_per_lp")
    assert law.low is not None
    assert law.high is not None
    for device, before in zip(host.devices, usual.devices, strict=True):
        for sharing in _sharing(device, ways):
            users = [user for user in sharing if flows[user].rate_per_s > 0.0]
            rate = sum(flows[user].rate_per_s for user in users)
            wait_s = sum(flows[user].rate_per_s * flows[user].wait_s for user in users)
            if rate == 0.0 or wait_s == 0.0:
                continue
            served = sum(flows[user].rate_per_s * flows[user].each_s for user in users)
            if device != before:
                per_lp = min(max(served / host.logical_processors, law.low), law.high)
                device = replace(device, servers_per_lp=per_lp)
            factor = _FULL * device.servers_on(host.logical_processors) / served
            for user in users:
                flow = flows[user]
                found[user] = flow._replace(each_s=factor * flow.each_s + wait_s / rate)
        devices.append(device)
    return host.replace(devices=tuple(devices)), found


def served_by(
    host: Host,
    disks: Sequence[Attachment],
    adapters: Sequence[Attachment],
    works: Sequence[GuestWork],
    needs: Sequence[IoNeeds],
    faults: Faults,
) -> tuple[list[Closed], Faults]:
    """Return workloads and page-ins with service times in place of times at devices.

    Parameters
    ----------
    host : Host
        The trial's.
    disks, adapters : sequence of Attachment
        Ways of guests to them.
    works : sequence of GuestWork
        Of guests, whose laws of I/Os are of their times at devices.
    needs : sequence of IoNeeds
        What is known of their I/Os; unknown ones are left alone.
    faults : Faults
        The trial's.
    """
    closed = [work.closed for work in works]
    for name, number, rate, ways in (
        ("io", "ios", "iops", disks),
        ("transfer", "transfers", "transfers_per_s", adapters),
    ):
        known = [getattr(need, rate) is not None for need in needs]
        for device in host.devices:
            servers = device.servers_on(host.logical_processors)
            for users in _sharing(device, ways):
                seen = []
                for user in users:
                    law, count = getattr(closed[user], name), getattr(closed[user], number)
                    if law is not None and known[user]:
                        seen.append((user, Flow(works[user].requests_per_s * count, law.mean)))
                for user, factor in _factors(seen, works, servers):
                    law = getattr(closed[user], name).scaled(factor)
                    closed[user] = closed[user].replace(**{name: law})
    paging = [
        (user, Flow(work.requests_per_s * work.page_ins, work.paging_s / work.page_ins))
        for user, work in enumerate(works)
        if work.page_ins > 0.0
    ]
    if any(need.paging.under_way > 0.0 for need in needs) and paging:
        each_s = _served_s(paging, works, faults.servers)
        faults = faults.replace(page_in=faults.page_in.scaled(each_s / page_in_s(faults)))
    return closed, faults


def _sharing(device: Device, ways: Sequence[Attachment]) -> Iterator[list[int]]:
    """Yield the numbers of guests that share a device, or each that has one of its own."""
    users = [number for number, way in enumerate(ways) if way.device == device.name]
    if not device.isolated:
        yield users
        return
    yield from ([user] for user in users)


def _mean_s(flows: Iterable[Flow]) -> float:
    every = list(flows)
    return sum(one.rate_per_s * one.each_s for one in every) / sum(one.rate_per_s for one in every)


def _served_s(seen: Sequence[tuple[int, Flow]], works: Sequence[GuestWork], servers: int) -> float:
    """Return the mean service time of I/Os at a device."""
    rate = sum(flow.rate_per_s for _, flow in seen)
    threads = sum(works[user].closed.threads for user, _ in seen)
    return service_s(threads, rate, _mean_s(flow for _, flow in seen), servers)


def _factors(
    seen: Sequence[tuple[int, Flow]], works: Sequence[GuestWork], servers: int
) -> Iterator[tuple[int, float]]:
    """Yield users of a device, and the service time over the time there of each one's I/Os."""
    if not seen:
        return
    served_s = _served_s(seen, works, servers)
    wait_s = _mean_s(flow for _, flow in seen) - served_s
    own = [
        flow._replace(each_s=max(flow.each_s - wait_s, _LEAST_SERVED * flow.each_s))
        for _, flow in seen
    ]
    scale = served_s / _mean_s(own)
    for (user, flow), served in zip(seen, own, strict=True):
        yield user, scale * served.each_s / flow.each_s
