"""A host that is watched while it runs: advanced at any speed, changed, read."""

import time
from collections.abc import Callable
from functools import partial
from typing import Self

from hvmc.kernel.clock import nanoseconds
from hvmc.live.controls import Controls
from hvmc.live.heard import LatestResponses
from hvmc.live.history import History
from hvmc.live.moments import Moments
from hvmc.live.twin import NativeTwin
from hvmc.model.host import HyperVHost
from hvmc.scenario.scenario import Scenario

__all__ = ["END_S", "LiveSession", "watched_s"]

END_S = 100_000.0
_PIECES = 20
_LEAST_WATCHED_S, _MOST_WATCHED_S = 2e-4, 0.03
_FRAMES_WATCHED = 40


def watched_s(step_s: float) -> float:
    """Return how much of the past is followed event by event at steps of that length, seconds."""
    return min(max(_FRAMES_WATCHED * step_s, _LEAST_WATCHED_S), _MOST_WATCHED_S)


class LiveSession:
    """The modelled host and its native twin, as one watches them.

    Every request from time zero on is measured, so warm-up and horizon of the scenario are left
    aside; nothing else of it changes. How it is advanced, and whether it is looked at, changes no
    bit of what happens.

    Parameters
    ----------
    scenario : Scenario
        What runs.
    seed, trial, replication : int
        Names of the random streams.

    Attributes
    ----------
    host : HyperVHost
        The Mesa model; change a setting of its guests and go on.
    native : NativeTwin
        The same requests on bare machines.
    moments : Moments
        The last moments, event by event.
    history : History
        Samples of the last minutes.
    controls : Controls
        What can be changed from the page.
    seen_s : float
        How much of the past was followed event by event, simulated seconds.

    Examples
    --------
    >>> import hvmc
    >>> web = hvmc.Guest(name="web", workload=hvmc.Closed(threads=4, cpu=hvmc.Exponential(0.01)))
    >>> host = hvmc.Host(logical_processors=1)
    >>> session = LiveSession(hvmc.Scenario(host=host, guests=[web]), seed=1)
    >>> session.advance(2.0)
    >>> session.host.guest("web").finished > 0
    True
    """

    def __init__(
        self, scenario: Scenario, *, seed: int = 1, trial: int = 0, replication: int = 0
    ) -> None:
        endless = scenario.replace(warmup_s=0.0, horizon_s=END_S, drain_s=0.0)
        self.host = HyperVHost(endless, seed=seed, trial=trial, replication=replication)
        self.native = NativeTwin(self.host)
        self.host.machine.responses = LatestResponses()
        self.moments = Moments(self.host.machine)
        self.history = History(self.host, self.native)
        self.controls = Controls(self.host, self.native, self.history)
        self.seen_s = _LEAST_WATCHED_S
        self._watch_cost = 1.0

    @classmethod
    def ready(cls, scenario: Scenario, *, seed: int = 1, trial: int = 0) -> Self:
        """Return a session whose kernel has been compiled, for hosts of its size."""
        tried = cls(scenario, seed=seed, trial=trial)
        tried.advance(1e-4)
        return cls(scenario, seed=seed, trial=trial)

    @property
    def now_ns(self) -> int:
        """Simulated time, nanoseconds."""
        return self.host.machine.now_ns

    @property
    def over(self) -> bool:
        """Whether the end of what can be simulated is reached."""
        return self.now_ns >= nanoseconds(END_S)

    def advance(self, duration_s: float, *, budget_s: float | None = None) -> None:
        """Go on for some simulated time.

        Parameters
        ----------
        duration_s : float
            Simulated seconds, at least a nanosecond. The last moments of them are followed event
            by event (`watched_s`).
        budget_s : float, optional
            Real seconds after which it stops at the next piece of a twentieth, done or not. Of a
            step longer than what is followed event by event, about that long is spent on following.

        Raises
        ------
        ValueError
            If duration_s is not a positive number.
        """
        if not 0.0 < duration_s < float("inf"):
            raise ValueError(f"duration_s must be above 0 and finite, got {duration_s!r}")
        until_ns = self.now_ns + max(nanoseconds(min(duration_s, END_S)), 1)
        self.reach(until_ns, step_s=duration_s, budget_s=budget_s)

    def reach(self, until_ns: int, *, step_s: float, budget_s: float | None = None) -> None:
        """Go on to a time, followed event by event as at steps of a length.

        Parameters
        ----------
        until_ns : int
            Simulated nanoseconds; a time that is past changes nothing.
        step_s : float
            Length of a step, which says how much of the past is followed.
        budget_s : float, optional
            As of `advance`.
        """
        self.history.pace(step_s)
        begin_ns, end_ns = self.now_ns, min(until_ns, nanoseconds(END_S))
        self.seen_s = watched_s(step_s)
        if budget_s is not None and step_s > self.seen_s:
            self.seen_s = min(self.seen_s, max(budget_s / self._watch_cost, _LEAST_WATCHED_S))
        unseen_ns = end_ns - nanoseconds(self.seen_s)
        stop_s = time.monotonic() + budget_s if budget_s is not None else float("inf")
        for piece in range(1, _PIECES + 1):
            self._go(begin_ns + (end_ns - begin_ns) * piece // _PIECES, unseen_ns)
            if time.monotonic() > stop_s:
                break

    def skip(self, until_ns: int) -> None:
        """Go on to a time unseen: the last moments begin there."""
        self._go(until_ns, until_ns)

    def watch(self, until_ns: int) -> None:
        """Go on to a time event by event."""
        self._go(until_ns, self.now_ns)

    def step(self) -> None:
        """Go on to the end of the next event."""
        self._watch(partial(self.moments.step, self._limit_ns()))

    def advance_until(self, seen: Callable[[Self], bool], limit_s: float) -> bool:
        """Go on event by event until something is seen; say whether it was, within a limit.

        Parameters
        ----------
        seen : function
            Looks at the session and says whether to stop.
        limit_s : float
            Simulated seconds after which to give up.
        """
        limit_ns = min(self.now_ns + nanoseconds(limit_s), nanoseconds(END_S))
        while self.now_ns < limit_ns:
            self.step()
            if seen(self):
                return True
        return False

    def _limit_ns(self) -> int:
        """Return the next instant at which the coarse clock decides."""
        return min(self._decision(self.now_ns)[0], nanoseconds(END_S))

    def _decision(self, after_ns: int) -> tuple[int, float]:
        """Return the first decision after a time, nanoseconds and seconds as the model has it."""
        interval_s = self.host.scenario.decision_interval_s
        instant = int(after_ns * 1e-9 / interval_s)
        while nanoseconds(instant * interval_s) <= after_ns:
            instant += 1
        return nanoseconds(instant * interval_s), instant * interval_s

    def _go(self, until_ns: int, unseen_ns: int) -> None:
        """Go on to a time, from one decision to the next, unseen at first."""
        while self.now_ns < until_ns:
            stop_ns = min(self._limit_ns(), until_ns)
            if self.now_ns < unseen_ns:
                stop_ns = min(stop_ns, unseen_ns)
                self._reach(stop_ns)
                self.moments.restart()
            else:
                self._watch(partial(self.moments.advance, stop_ns))

    def _watch(self, advance: Callable[[], None]) -> None:
        """Advance the machine while it is watched; then Mesa and the twin follow."""
        begin_s, begin_ns = time.monotonic(), self.now_ns
        advance()
        self._reach(self.now_ns)
        gone_s = max(self.now_ns - begin_ns, 1) * 1e-9
        self._watch_cost = (time.monotonic() - begin_s) / gone_s

    def _reach(self, until_ns: int) -> None:
        """Bring Mesa, the machine and the twin to a time not past the next decision."""
        if nanoseconds(float(self.host.time)) >= until_ns:
            return
        decision_ns, decision_s = self._decision(until_ns - 1)
        self.host.run_until(decision_s if decision_ns == until_ns else until_ns * 1e-9)
        self.native.advance(until_ns)
        self.history.note()
