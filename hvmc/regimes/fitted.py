"""Guests of one's own host: what was measured of them is kept, what was not is drawn.

Each quantity of a fitted guest is a number, where it is known, or a `DrawnRange`. Ranges are
drawn once per trial, each from a uniform named by seed, trial, guest and quantity, so that knowing
one more changes no other draw. How busy a guest is moves from trial to trial as it did over the
recorded time (`hvmc.regimes.levels`); threads, think time and requests follow from it
(`hvmc.regimes.inversion`), less what virtualization and neighbours add to run times
(`hvmc.regimes.inflation`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from hvmc.regimes.fitted_work import GuestWork, IoNeeds, closed_work
from hvmc.regimes.inflation import Slowness
from hvmc.regimes.inversion import FULLEST
from hvmc.regimes.levels import common, level
from hvmc.regimes.page_ins import agreeing
from hvmc.regimes.shortage import Paging, Shortage
from hvmc.regimes.stations import Flow, served_by, with_adapters
from hvmc.scenario.guest import NAME, Guest, Priority
from hvmc.scenario.host import Host
from hvmc.scenario.io import Attachment
from hvmc.scenario.keys import fitted_uniform
from hvmc.scenario.memory import Memory, MemoryUse
from hvmc.scenario.overheads import Overheads
from hvmc.scenario.settings import Settings, flag, nested, number, text, whole
from hvmc.scenario.span import DrawnRange, drawn, ranged
from hvmc.scenario.workload import Closed

__all__ = ["FittedGuest", "FittedMemory", "draw_fitted"]

_GRAIN_MIB = 2.0
_SHARED, _PAGE_INS = "load of all", "page-ins of all"


@dataclass(frozen=True)
class FittedMemory(Settings):
    """Memory of a fitted guest.

    Parameters
    ----------
    maximum_mib : float or DrawnRange
        MiB; of a guest with static memory, all it has.
    startup_mib, minimum_mib : float, optional
        MiB; without them the maximum: static memory.
    buffer, priority
        As in `Memory`.
    working_set : float or DrawnRange
        Over maximum memory. Assumption: as drawn guests have it (`RoleMemory`).
    working_set_mib : float or DrawnRange, optional
        MiB instead.
    demand_mib : float or DrawnRange, optional
        Mean demand, MiB: the working set is then that over ``committed``.
    assigned_mib : float, optional
        Mean memory it had when ``demand_mib`` was measured, MiB. Less than that: it had given up
        caches by then, and page-ins were among its I/Os (`hvmc.regimes.shortage`).
    committed : float or DrawnRange
        Demand over working set, at least 1. Assumption (`MemoryUse`).
    cache : float or DrawnRange
        As in `MemoryUse`.
    noise_cv : float
        As in `MemoryUse`.
    """

    maximum_mib: float | DrawnRange = ranged(DrawnRange(1024.0, 20380.0, "log"), low=32.0)
    startup_mib: float | None = number(None, low=32.0, optional=True)
    minimum_mib: float | None = number(None, low=32.0, optional=True)
    buffer: float = number(0.20, low=0.05, high=20.0)
    priority: int = whole(50, low=0, high=100)
    working_set: float | DrawnRange = ranged(DrawnRange(0.4, 0.6), high=100.0)
    working_set_mib: float | DrawnRange | None = ranged(None)
    demand_mib: float | DrawnRange | None = ranged(None, above=True)
    assigned_mib: float | None = number(None, low=32.0, optional=True)
    committed: float | DrawnRange = ranged(DrawnRange(1.0, 2.0, "log"), low=1.0)
    cache: float | DrawnRange = ranged(0.5, high=1.0)
    noise_cv: float = number(0.02, low=0.0, high=10.0)

    def rules(self) -> Iterator[tuple[str, str]]:
        """Yield broken rules."""
        if self.working_set_mib is not None and self.demand_mib is not None:
            yield "demand_mib", "must not stand beside working_set_mib: leave one out"


@dataclass(frozen=True)
class FittedGuest(Settings):
    """A guest of one's own host. What names no row is an assumption where it is not given.

    Parameters
    ----------
    name : str
        Unique; names its random streams.
    virtual_processors : int
        VPs.
    use : float or DrawnRange
        Mean share of the time that its VPs run, 0..1: run time as the host sees it. Above 0.98 the
        guest is saturated, and what more it would use is not known.
    ready : float
        Share of the time that its VPs were ready and did not run when that was measured, 0..0.9.
    peak : float or DrawnRange
        95th percentile of that share in time over its mean, at least 1; by default drawn around
        what recorded VMs show (row E06: a variation of 1.01 at the median).
    correlation : float or DrawnRange
        Of this guest's load with that of another of the same correlation, 0..1.
    think_ratio, cpu_s, cpu_cv, burst_s, io_share, network_share
        As in `Role`, where I/Os are not known: ratio of off-CPU to CPU time, CPU seconds of a
        request, their variation, seconds of a burst, part of the off-CPU time that is I/O, part of
        the I/Os that is network. Of a guest whose I/Os are known, ``cpu_s`` gives way to them.
    iops : float or DrawnRange, optional
        I/Os per second of its disk at its mean load; they follow the load.
    outstanding : float, optional
        Mean number of them under way, page-ins included, while the guest was short of memory.
    io_s : float or DrawnRange
        Seconds of one at the device: from flash memory, 0.1 ms (A32), to an array, 5.4 ms (C23).
    io_kib : float
        KiB of one.
    transfers_per_s : float or DrawnRange, optional
        Network transfers per second at its mean load.
    transfer_s : float or DrawnRange
        Seconds of one, without waiting for other guests' transfers. Assumption: what it is where
        I/Os are not known, from the least to the most of io_share x think_ratio x burst_s.
    transfer_wait_s : float
        Seconds that one was seen to wait for the adapter; 0 where that is not known.
    transfer_kib : float
        KiB of one.
    memory, priority, io, network, enlightened
        As in `Guest`.
    role : str
        Guests of one role are told together.
    """

    name: str = text(good=lambda word: bool(NAME.fullmatch(word)), rule="a name like web or db-1")
    virtual_processors: int = whole(1, low=1, high=2048)
    use: float | DrawnRange = ranged(DrawnRange(0.02, 0.4, "log"), above=True, high=1.0)
    ready: float = number(0.0, low=0.0, high=0.9)
    peak: float | DrawnRange = ranged(DrawnRange(1.2, 3.5, "log"), low=1.0)
    correlation: float | DrawnRange = ranged(DrawnRange(0.0, 0.6), high=1.0)
    think_ratio: float | DrawnRange = ranged(DrawnRange(3.0, 30.0, "log"))
    cpu_s: float | DrawnRange = ranged(DrawnRange(0.002, 0.020, "log"), low=1e-6)
    cpu_cv: float = number(1.0, low=0.0, high=100.0)
    burst_s: float = number(0.001, low=1e-6)
    io_share: float | DrawnRange = ranged(DrawnRange(0.1, 0.5), high=1.0)
    network_share: float = number(0.5, low=0.0, high=1.0)
    iops: float | DrawnRange | None = ranged(None)
    outstanding: float | None = number(None, low=0.0, optional=True)
    io_s: float | DrawnRange = ranged(DrawnRange(0.1e-3, 5.4e-3, "log"), above=True)
    io_kib: float = number(8.0, low=0.0, high=1e6)
    transfers_per_s: float | DrawnRange | None = ranged(None)
    transfer_s: float | DrawnRange = ranged(DrawnRange(0.3e-3, 15e-3, "log"), above=True)
    transfer_wait_s: float = number(0.0, low=0.0)
    transfer_kib: float = number(8.0, low=0.0, high=1e6)
    memory: FittedMemory = nested(FittedMemory)
    priority: Priority = nested(Priority)
    io: Attachment = nested(Attachment)
    network: Attachment = nested(Attachment, Attachment(device="nic"))
    enlightened: bool = flag(True)
    role: str = text("guest")


@dataclass(frozen=True)
class _Luck:
    """The uniforms of one guest in one trial."""

    seed: int
    trial: int
    guest: str

    def uniform(self, what: str) -> float:
        return fitted_uniform(self.seed, self.trial, f"{self.guest}.{what}")

    def value(self, settings: Settings, what: str) -> float:
        return drawn(getattr(settings, what), self.uniform(what))

    def optional(self, settings: Settings, what: str) -> float | None:
        return None if getattr(settings, what) is None else self.value(settings, what)


class FittedHost(NamedTuple):
    """A trial's guests, with what of its machine agrees with what was seen of theirs."""

    guests: tuple[Guest, ...]
    host: Host
    overheads: Overheads


def draw_fitted(
    fitted: Sequence[FittedGuest],
    host: Host,
    usual: Host,
    root_use: float,
    overheads: Overheads,
    names: tuple[int, int],
    further: Sequence[FittedGuest] = (),
) -> FittedHost:
    """Draw a trial's guests.

    Parameters
    ----------
    fitted : sequence of FittedGuest
        What is known of them.
    host, overheads
        The trial's machine: how much of the run times is work depends on it.
    usual : Host
        The same without draws.
    root_use : float
        Share of the time that the root's VPs ran.
    names : tuple of int
        The experiment's seed and the trial, which name the random streams.
    further : sequence of FittedGuest
        Guests that come later: they were not there when run times were measured.
    """
    every = (*fitted, *further)
    if not every:
        return FittedHost((), host, overheads)
    lucks = [_Luck(*names, guest.name) for guest in every]
    shared = max(fitted_uniform(*names, _SHARED), 2.0**-53)
    means = [luck.value(guest, "use") for guest, luck in zip(every, lucks, strict=True)]
    levels = [
        min(_level(guest, luck, mean, shared), FULLEST)
        for guest, luck, mean in zip(every, lucks, means, strict=True)
    ]
    lps = host.logical_processors
    present = zip(levels, fitted, strict=False)
    busy = sum(use * guest.virtual_processors for use, guest in present)
    slowness = Slowness(overheads, host, min(busy + root_use * lps, lps))
    pagings = [
        _paging(guest, luck, use, use / mean, slowness.of(use, guest.virtual_processors))
        for guest, luck, use, mean in zip(every, lucks, levels, means, strict=True)
    ]
    pagings, faults = agreeing(pagings, overheads.faults, fitted_uniform(*names, _PAGE_INS))
    disks, adapters = _flows(every, lucks, levels, means, pagings)
    ways = [guest.network for guest in every]
    host, adapters = with_adapters(host, usual, ways, adapters)
    needs = [
        IoNeeds(
            None if guest.iops is None else disk.rate_per_s,
            disk.each_s,
            None if guest.transfers_per_s is None else adapter.rate_per_s,
            adapter.each_s,
            paging,
        )
        for guest, disk, adapter, paging in zip(every, disks, adapters, pagings, strict=True)
    ]
    works = [_work(*one, slowness) for one in zip(every, lucks, levels, means, needs, strict=True)]
    closed, faults = served_by(host, [guest.io for guest in every], ways, works, needs, faults)
    guests = [_guest(*one) for one in zip(every, lucks, closed, pagings, strict=True)]
    return FittedHost(tuple(guests), host, overheads.replace(faults=faults))


def _flows(
    fitted: Sequence[FittedGuest],
    lucks: "Sequence[_Luck]",
    levels: Sequence[float],
    means: Sequence[float],
    pagings: Sequence[Paging],
) -> tuple[list[Flow], list[Flow]]:
    """Return guests' I/Os at disks, without page-ins, and at adapters; none where not known."""
    disks, adapters = [], []
    for guest, luck, use, mean, paging in zip(fitted, lucks, levels, means, pagings, strict=True):
        iops, transfers = (
            (luck.optional(guest, what) or 0.0) * use / mean  # they follow the load
            for what in ("iops", "transfers_per_s")
        )
        disks.append(Flow(max(iops - paging.per_s, 0.0), luck.value(guest, "io_s")))
        transfer_s = luck.value(guest, "transfer_s")
        adapters.append(Flow(transfers, transfer_s, guest.transfer_wait_s))
    return disks, adapters


def _level(guest: FittedGuest, luck: _Luck, mean: float, shared: float) -> float:
    own = max(luck.uniform("load"), 2.0**-53)
    u = common(shared, own, luck.value(guest, "correlation"))
    return max(level(mean, mean * luck.value(guest, "peak"), u), 1e-4 * mean)


def _paging(guest: FittedGuest, luck: _Luck, use: float, more: float, slow: Slowness) -> Paging:
    short, iops = _shortage(guest.memory, luck), luck.optional(guest, "iops")
    work = slow.work(use * guest.virtual_processors, enlightened=guest.enlightened)
    outstanding = None if guest.outstanding is None else guest.outstanding * more
    return short.paging(
        slow.overheads.faults,
        work,
        None if iops is None else iops * more,
        outstanding,
        luck.value(guest, "io_s"),
    )


def _work(
    guest: FittedGuest, luck: _Luck, use: float, mean: float, needs: IoNeeds, slow: Slowness
) -> GuestWork:
    vps = guest.virtual_processors
    used, held_up = use * vps, min(guest.ready * use / mean, FULLEST - use) * vps
    drawn_values = {name: luck.value(guest, name) for name in ("think_ratio", "cpu_s", "io_share")}
    drawn_values["queue"] = luck.uniform("queue")
    return closed_work(guest, used, held_up, drawn_values, needs, slow)


def _guest(guest: FittedGuest, luck: _Luck, workload: Closed, paging: Paging) -> Guest:
    return Guest(
        name=guest.name,
        virtual_processors=guest.virtual_processors,
        workload=workload,
        priority=guest.priority,
        memory=_memory(guest.memory, luck, paging.working_set_mib),
        io=guest.io,
        network=guest.network,
        enlightened=guest.enlightened,
        role=guest.role,
    )


def _shortage(memory: FittedMemory, luck: _Luck) -> Shortage:
    demand = luck.optional(memory, "demand_mib")
    measured = luck.optional(memory, "working_set_mib")
    committed, cache = luck.value(memory, "committed"), luck.value(memory, "cache")
    return Shortage(
        demand, memory.assigned_mib, measured, committed, cache, luck.uniform("page-ins")
    )


def _memory(memory: FittedMemory, luck: _Luck, working_set_mib: float | None) -> Memory:
    maximum = luck.value(memory, "maximum_mib")
    most = max(round(maximum / _GRAIN_MIB) * _GRAIN_MIB, 32.0)
    startup, minimum = (
        most if value is None else min(value, most)
        for value in (memory.startup_mib, memory.minimum_mib)
    )
    return Memory(
        startup_mib=startup,
        minimum_mib=min(minimum, startup),
        maximum_mib=most,
        buffer=memory.buffer,
        priority=memory.priority,
        use=MemoryUse(
            working_set=luck.value(memory, "working_set"),
            working_set_mib=working_set_mib,
            committed=_shortage(memory, luck).committed_for(working_set_mib),
            cache=luck.value(memory, "cache"),
            noise_cv=memory.noise_cv,
        ),
    )


def device_problems(fitted: Sequence[FittedGuest], host: Host) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with devices that fitted guests name, once for all trials."""
    for guest in fitted:
        for path, way, kind in (("io", guest.io, "disk"), ("network", guest.network, "adapter")):
            for problem in host.device_problems(way.device, kind):
                yield f"fitted.{guest.name}.{path}.device", problem
