"""Logical, virtual and root virtual processors.

Run, wait and dispatch counters of a virtual processor are its own. The kernel counts intercepts and
interrupts by guest: they are divided among its virtual processors in proportion to their running
time in the interval (evenly where none ran), so that the sum over them is exact.
"""

import math
from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from hvmc.counters.interval import SampleInterval
from hvmc.counters.names import HYPERVISOR, LOGICAL, ROOT, TOTAL, VIRTUAL, VP_STATES, Sample
from hvmc.kernel.codes import BLOCKED, CAPPED, IDLE, READY

__all__ = ["guest_processors", "host_processors"]

_WAITING = {"Idle": IDLE, "Ready": READY, "Capped": CAPPED, "Blocked": BLOCKED}
_RUN = "% Total Run Time"
_GUEST = "% Guest Run Time"
_HYPERVISOR = "% Hypervisor Run Time"
_WAIT = "CPU Wait Time Per Dispatch"
_WAKE_UP = "CPU Wake Up Time Per Dispatch"
_CONTENTION = "CPU Contention Time Per Dispatch"
_DISPATCHES = "Logical Processor Dispatches/sec"

Rows = dict[str, NDArray[np.float64]]


def host_processors(interval: SampleInterval) -> Iterator[Sample]:
    """Yield the samples of all processors, their totals last."""
    yield from _hypervisor(interval)
    yield from _named(LOGICAL, _logical(interval), "Hv LP {}")
    yield from _virtual(interval)
    if interval.root is not None:
        rows = _rows(interval, interval.root, _root_counts(interval, interval.root))
        yield from _named(ROOT, rows, "Root VP {}")


def guest_processors(interval: SampleInterval, load: int) -> dict[tuple[str, str], float]:
    """Return (object, counter) -> value of a guest: sums of rates, means of shares of time."""
    found = {(VIRTUAL, name): value for name, value in _totals(_own(interval, load)).items()}
    for name, count in interval.tally(load).items():
        found[VIRTUAL, name] = count / interval.seconds
    states = _totals(_state_rows(interval, load))
    return found | {(VP_STATES, name): value for name, value in states.items()}


def _hypervisor(interval: SampleInterval) -> Iterator[Sample]:
    counts = {
        "Logical Processors": interval.lps.stop,
        "Virtual Processors": int(interval.after["n_vp"][0]),
        "Partitions": len(interval.parts),
    }
    for name, count in counts.items():
        yield Sample(HYPERVISOR, "", name, float(count))


def _logical(interval: SampleInterval) -> Rows:
    def grown(*fields: str) -> NDArray[np.float64]:
        return sum(
            (interval.change("lp", field, interval.lps) for field in fields),
            np.zeros(interval.lps.stop),
        )

    share = 100.0 / interval.ns
    busy, hypervisor = grown("busy_ns"), grown("hypervisor_ns", "switch_ns")
    return {
        _GUEST: (busy - hypervisor) * share,
        _HYPERVISOR: hypervisor * share,
        _RUN: busy * share,
        "% Idle Time": (interval.ns - busy) * share,
        "Context Switches/sec": grown("switches") / interval.seconds,
    }


def _virtual(interval: SampleInterval) -> Iterator[Sample]:
    """Yield the guests' samples; ``_Total`` is that of all of them."""
    run, states = [], []
    names: list[str] = []
    for load, guest in enumerate(interval.scenario.guests):
        run.append(_rows(interval, load, interval.tally(load)))
        states.append(_state_rows(interval, load))
        names += [f"{guest.name}:Hv VP {vp}" for vp in range(guest.virtual_processors)]
    for object_, parts in ((VIRTUAL, run), (VP_STATES, states)):
        rows = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        yield from _named(object_, rows, names)


def _root_counts(interval: SampleInterval, root: int) -> dict[str, int]:
    sent = interval.messages("sent")
    halts = int(interval.change("partition", "halts", root))
    return {"HLT Instructions/sec": halts, "Synthetic Interrupts/sec": sent}


def _rows(interval: SampleInterval, partition: int, counts: Mapping[str, int]) -> Rows:
    """Return a partition's counters, each with one value per virtual processor."""
    running = interval.running_ns(partition)
    ran = float(running.sum())
    shares = running / ran if ran > 0 else np.full(len(running), 1.0 / len(running))
    divided = {name: shares * count / interval.seconds for name, count in counts.items()}
    return _own(interval, partition) | divided


def _own(interval: SampleInterval, partition: int) -> Rows:
    """Return the counters that virtual processors have of their own."""
    vps = interval.vps(partition)
    running = interval.running_ns(partition)
    hypervisor = interval.hypervisor_ns(partition)
    waited = interval.change("vp", "ns", vps)[:, READY]
    dispatches = interval.change("vp", "dispatches", vps)
    percent = 100.0 / interval.ns
    with np.errstate(divide="ignore", invalid="ignore"):
        wait = np.where(dispatches > 0, waited / dispatches, math.nan)
    switch = interval.scenario.overheads.switch
    wake_up = np.minimum(wait, switch.latency_s * 1e9 if switch.enabled else 0.0)
    return {
        _GUEST: (running - hypervisor) * percent,
        _HYPERVISOR: hypervisor * percent,
        _RUN: running * percent,
        _WAIT: wait,
        _WAKE_UP: wake_up,
        _CONTENTION: wait - wake_up,
        _DISPATCHES: dispatches / interval.seconds,
    }


def _state_rows(interval: SampleInterval, partition: int) -> Rows:
    times = interval.change("vp", "ns", interval.vps(partition))
    percent = 100.0 / interval.ns
    return {f"% {name} Time": times[:, state] * percent for name, state in _WAITING.items()}


def _totals(rows: Rows) -> dict[str, float]:
    """Return what stands for all rows: sums of rates, means of shares of time, wait a dispatch."""
    totals = {
        name: float(values.sum()) / (1 if name.endswith("/sec") else len(values))
        for name, values in rows.items()
    }
    for name in (_WAIT, _WAKE_UP, _CONTENTION):
        if name in rows:
            dispatches = rows[_DISPATCHES]
            total = float(dispatches.sum())
            waited = float(np.nansum(rows[name] * dispatches))
            totals[name] = waited / total if total > 0 else math.nan
    return totals


def _named(object_: str, rows: Rows, names: str | list[str]) -> Iterator[Sample]:
    for counter, values in rows.items():
        for i, value in enumerate(values.tolist()):
            instance = names.format(i) if isinstance(names, str) else names[i]
            yield Sample(object_, instance, counter, value)
    for counter, value in _totals(rows).items():
        yield Sample(object_, TOTAL, counter, value)
