"""Disk latencies as guests' and the root's own clocks would have measured them.

An I/O begins and ends with readings of the partition's own clock, each when the partition takes an
interrupt or runs anyway. An interrupt is deferred while the partition cannot take it. Two models:

late_ticks
    The clock advances by timer ticks (`Interrupts.tick_hz`). Ticks are delivered only while a VP
    runs, in the order in which they and other interrupts became pending; what is missing is caught
    up after the interrupt at hand. A reading made when a deferred interrupt is taken is therefore
    the time at which it became pending: the end's deferral is lost from the latency. (Were earlier
    ticks late too, more would be lost; assumption.) Readings are multiples of the tick; with a
    random phase the mean of their difference is unbiased.
reference_time
    The enlightenment: a reading is the true time at which it is made, thus after dispatch. The
    deferral of the beginning is lost.

A guest begins an I/O on a running VP, so that only its end can be deferred; true is the time until
it takes the interrupt. The root takes a message of a guest, and the device's interrupt, when the
root VP that was given the work runs; true is the time from the message's arrival until the root
takes the device's interrupt. The root's disk counters aggregate all partitions, page-ins among
them, and only I/Os that come as messages: of others the model leaves the root's part out.
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

from hvmc.counters.interval import SampleInterval
from hvmc.counters.names import GUEST_IO, ROOT_IO, TOTAL, Sample
from hvmc.kernel.codes import DISK

__all__ = [
    "Latencies",
    "guest_clocks",
    "late_ticks",
    "reference_time",
    "root_clocks",
    "tick_standard_error_s",
]


class Latencies(NamedTuple):
    """Sums over the I/Os whose end a partition took: number, and seconds.

    ``begin_late_s`` and ``end_late_s`` are the deferrals of both ends, parts of ``true_s``.
    """

    ios: int
    true_s: float
    begin_late_s: float
    end_late_s: float


def late_ticks(found: Latencies) -> float:
    """Return the mean latency, seconds, by a clock whose ticks come late; nan without I/Os.

    Examples
    --------
    >>> late_ticks(Latencies(ios=2, true_s=0.010, begin_late_s=0.0, end_late_s=0.004))
    0.003
    """
    return _mean(found.true_s - found.end_late_s, found.ios)


def reference_time(found: Latencies) -> float:
    """Return the mean latency, seconds, by reference time read after dispatch; nan without I/Os.

    Examples
    --------
    >>> reference_time(Latencies(ios=2, true_s=0.010, begin_late_s=0.0, end_late_s=0.004))
    0.005
    """
    return _mean(found.true_s - found.begin_late_s, found.ios)


def tick_standard_error_s(tick_hz: float, mean_s: float, ios: int) -> float:
    """Return the largest standard error, seconds, that whole ticks add to a mean latency.

    A latency of (k + f) ticks reads k + 1 ticks with probability f, else k: variance f (1 - f)
    ticks squared. With a given mean it is largest where all latencies are equal, below half a tick,
    and 1/4 above; spread over many ticks it would be 1/6. Phases are taken as independent.

    Parameters
    ----------
    tick_hz : float
        Ticks per second, >= 0; nan comes back for 0.
    mean_s : float
        Mean latency measured, seconds, >= 0.
    ios : int
        Latencies measured, >= 0; nan comes back for 0.

    Examples
    --------
    >>> round(tick_standard_error_s(50.0, 0.002, 100), 6)
    0.0006
    """
    if tick_hz <= 0 or ios <= 0:
        return math.nan
    up = min(mean_s * tick_hz, 0.5)
    return math.sqrt(up * (1.0 - up) / ios) / tick_hz


def guest_clocks(interval: SampleInterval, load: int) -> Iterator[Sample]:
    """Yield what a guest's clocks would show of its disk I/Os; the instance is the guest."""
    way = 2 * load + DISK
    taken, late = (_ns(interval, field, way) for field in ("taken_ns", "taken_late_ns"))
    count = int(interval.change("way", "ios_taken", way))
    found = Latencies(count, taken, 0.0, late)
    yield from _samples(interval, GUEST_IO, interval.scenario.guests[load].name, found)


def root_clocks(interval: SampleInterval) -> Iterator[Sample]:
    """Yield what the root's clocks would show of all partitions' disk I/Os together."""
    ways = slice(DISK, 2 * len(interval.scenario.guests), 2)
    count = int(interval.change("way", "root_ios", ways).sum())
    fields = ("root_ns", "root_begin_late_ns", "root_end_late_ns")
    sums = (_ns(interval, field, ways) for field in fields)
    yield Sample(ROOT_IO, TOTAL, "Operations/sec", count / interval.seconds)
    faults = int(interval.after["root_faults"][0]) - int(interval.before["root_faults"][0])
    yield Sample(ROOT_IO, TOTAL, "Hard Faults/sec", faults / interval.seconds)
    yield from _samples(interval, ROOT_IO, TOTAL, Latencies(count, *sums))


def _samples(
    interval: SampleInterval, object_: str, instance: str, found: Latencies
) -> Iterator[Sample]:
    true_s = _mean(found.true_s, found.ios)
    yield Sample(object_, instance, "True Latency", true_s)
    for name, model in (("late ticks", late_ticks), ("reference time", reference_time)):
        measured_s = model(found)
        error = 100.0 * (measured_s / true_s - 1.0) if true_s > 0 else math.nan
        yield Sample(object_, instance, f"Latency ({name})", measured_s)
        yield Sample(object_, instance, f"% Error ({name})", error)
    tick_hz = interval.scenario.overheads.interrupts.tick_hz
    error_s = tick_standard_error_s(tick_hz, late_ticks(found), found.ios)
    yield Sample(object_, instance, "Standard Error (late ticks)", error_s)


def _ns(interval: SampleInterval, field: str, ways: int | slice) -> float:
    return float(interval.change("way", field, ways).sum()) * 1e-9


def _mean(total: float, count: int) -> float:
    return total / count if count > 0 else math.nan
