"""The last minutes of a host and its native twin, in samples; the stretch as it grows."""

import math
from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hvmc.kernel.clock import nanoseconds
from hvmc.kernel.elapsed import Elapsed
from hvmc.live.twin import NativeTwin
from hvmc.model.host import HyperVHost

__all__ = ["History", "LiveChange", "LiveSample"]

type Floats = NDArray[np.float64]

_KEPT = 600
_LEAST_INTERVAL_S = 5e-3


@dataclass(frozen=True)
class LiveSample:
    """What happened between two looks.

    Parameters
    ----------
    time_s : float
        Its end, simulated seconds.
    lp_busy : ndarray of float64, shape (LPs,)
        Share of the time that each logical processor was busy.
    interrupts_per_s, deferred_per_s : float
        Rates; deferred ones when taken.
    deferral_s : float
        Mean wait of those taken, seconds; nan without any.
    lp_used : ndarray of float64, shape (guests,)
        LPs that the guests' VPs ran on.
    assigned_mib, demand_mib : ndarray of float64, shape (guests,)
        The guests' memory at the end.
    response_s, native_s : ndarray of float64, shape (guests,)
        Mean response times of what finished, virtual and native, seconds; nan without any.
    stretch : ndarray of float64, shape (guests,)
        Ratio of mean response times since the last change; nan before both have finished some.
    """

    time_s: float
    lp_busy: Floats
    interrupts_per_s: float
    deferred_per_s: float
    deferral_s: float
    lp_used: Floats
    assigned_mib: Floats
    demand_mib: Floats
    response_s: Floats
    native_s: Floats
    stretch: Floats


@dataclass(frozen=True)
class LiveChange:
    """A setting changed while the host ran.

    Parameters
    ----------
    time_s : float
        When, simulated seconds.
    text : str
        What was set.
    """

    time_s: float
    text: str


@dataclass(frozen=True)
class _Totals:
    """Requests finished and their response times, nanoseconds, virtual and native."""

    counts: Floats
    ns: Floats

    def since(self, before: "_Totals") -> Floats:
        """Return mean response times, seconds, shape (2, guests)."""
        counts, ns = self.counts - before.counts, self.ns - before.ns
        means = np.full(counts.shape, math.nan)
        np.divide(ns * 1e-9, counts, out=means, where=counts > 0)
        return means


class History:
    """Samples of a host and its twin.

    Parameters
    ----------
    host : HyperVHost
        The host.
    native : NativeTwin
        Its twin.

    Attributes
    ----------
    samples : deque of LiveSample
        The latest ones.
    changes : deque of LiveChange
        The latest ones.
    interval_s : float
        Simulated seconds between samples, at least 5 ms.
    since_s : float
        Since when the stretch is taken.
    """

    def __init__(self, host: HyperVHost, native: NativeTwin) -> None:
        self._host, self._native = host, native
        self.samples: deque[LiveSample] = deque(maxlen=_KEPT)
        self.changes: deque[LiveChange] = deque(maxlen=_KEPT)
        self.interval_s = _LEAST_INTERVAL_S
        self.since_s = 0.0
        self._before = host.machine.observe()
        self._totals = self._begin = self._now()

    def pace(self, step_s: float) -> None:
        """Take a sample about once per step."""
        self.interval_s = max(step_s, _LEAST_INTERVAL_S)

    def note(self) -> None:
        """Take a sample if it is time for one."""
        passed_ns = self._host.machine.now_ns - int(self._before["now"][0])
        if passed_ns >= nanoseconds(self.interval_s):
            self._take()

    def mark(self, text: str) -> None:
        """Note a change of settings; the stretch is taken anew from here."""
        self.changes.append(LiveChange(float(self._host.time), text))
        self._begin, self.since_s = self._now(), float(self._host.time)

    @property
    def stretch(self) -> Floats:
        """Stretch since the last change, as it stands, shape (guests,)."""
        virtual, native = self.means
        return np.asarray(virtual / native)

    @property
    def means(self) -> Floats:
        """Mean response times since the last change, seconds: virtual, native."""
        return self._now().since(self._begin)

    def _now(self) -> _Totals:
        state = self._host.machine.state["load"]
        guests = len(self._native.machines)
        natives = [machine.state["load"][0][i] for i, machine in enumerate(self._native.machines)]
        counts = [state["finished"][0][:guests], [own["finished"] for own in natives]]
        ns = [state["response_ns"][0][:guests], [own["response_ns"] for own in natives]]
        return _Totals(np.array(counts, np.float64), np.array(ns, np.float64))

    def _take(self) -> None:
        after = self._host.machine.observe()
        gone = Elapsed(self._before, after)
        guests = slice(0, len(self._host.guests))
        deferred = float(gone.change("load", "deferred", guests).sum())
        waited_ns = float(gone.change("load", "deferred_ns", guests).sum())
        totals = self._now()
        virtual, native = totals.since(self._totals)
        guest_agents = self._host.guests
        used = [gone.ns_by_state(guest.vps)["running"] / gone.ns for guest in guest_agents]
        lps = slice(0, int(after["n_lp"][0]))
        self.samples.append(
            LiveSample(
                time_s=float(after["now"][0]) * 1e-9,
                lp_busy=gone.change("lp", "busy_ns", lps) / gone.ns,
                interrupts_per_s=float(gone.change("load", "interrupts", guests).sum())
                / gone.seconds,
                deferred_per_s=deferred / gone.seconds,
                deferral_s=waited_ns * 1e-9 / deferred if deferred else math.nan,
                lp_used=np.array(used),
                assigned_mib=np.array([guest.assigned_mib for guest in guest_agents]),
                demand_mib=np.array([guest.demand_mib for guest in guest_agents]),
                response_s=virtual,
                native_s=native,
                stretch=self.stretch,
            )
        )
        self._before, self._totals = after, totals
