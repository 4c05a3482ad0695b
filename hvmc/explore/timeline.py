"""The timeline of a stored trial, which is simulated again for it as `hvmc live` runs a host."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Event
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hvmc.kernel.clock import nanoseconds
from hvmc.scenario.guest import Guest

if TYPE_CHECKING:
    from hvmc.experiment.replaying import Unit
    from hvmc.live.frames import Columns
    from hvmc.live.session import LiveSession

__all__ = ["TIME_LIMIT_S", "Close", "Rerun", "Timeline"]

TIME_LIMIT_S = 30.0
"""Real seconds that a trial is simulated again for."""

_SAMPLES = 150
_ENOUGH_SPANS = 2500
_WATCHED_S, _LOOKED_S, _LONGEST_LOOK_S = 5e-4, 1.0, 5.0


@dataclass(frozen=True)
class Close:
    """A short time, event by event.

    Parameters
    ----------
    from_s, to_s : float
        Simulated seconds.
    lps, vps, interrupts : dict
        As of `hvmc.live.frames.lp_timeline`, `vp_timeline` of the guest's virtual processors, and
        `interrupts`; milliseconds before ``to_s``.
    vp_names : list of str
        Of the guest's virtual processors.
    """

    from_s: float
    to_s: float
    lps: "Columns"
    vps: "Columns"
    interrupts: "Columns"
    vp_names: list[str]


@dataclass(frozen=True)
class Timeline:
    """What a trial did over simulated time.

    Parameters
    ----------
    guest : str
        Whose response times and memory it shows.
    guests : sequence of Guest
        All of the scenario.
    warmup_s, horizon_s : float
        Begin and end of what was measured, simulated seconds.
    reached_s : float
        How far it was simulated again.
    course : dict
        Equal pieces of time, as of `hvmc.live.frames.rates`.
    lp_busy : ndarray of float64, shape (pieces, LPs)
        Share of each piece that each logical processor was busy.
    close : Close or None
        None where it was stopped before it came there.
    """

    guest: str
    guests: Sequence[Guest]
    warmup_s: float
    horizon_s: float
    reached_s: float
    course: "Columns"
    lp_busy: NDArray[np.float64]
    close: Close | None


class Rerun:
    """A stored trial while it is simulated again.

    Its requests are those of the stored trial, measured from time 0 on, beside the same requests on
    bare machines (baseline ``adequate``).

    Parameters
    ----------
    unit : Unit
        The trial.
    guest : str
        The guest that is looked at; the first one where there is none of that name.
    at_s : float
        From when on it is looked at event by event, simulated seconds; below 0, from the end of the
        warm-up.
    limit_s : float
        Real seconds after which it ends.

    Attributes
    ----------
    reached_s, horizon_s : float
        How far it has come, and how far it is to go, simulated seconds.
    """

    def __init__(
        self, unit: "Unit", guest: str = "", at_s: float = -1.0, limit_s: float = TIME_LIMIT_S
    ) -> None:
        self._scenario, self.limit_s = unit.scenario, limit_s
        self._names = {"seed": unit.results.settings.seed, "trial": unit.trial}
        self._names["replication"] = unit.replication
        names = [one.name for one in self._scenario.guests]
        self._load = names.index(guest) if guest in names else 0
        self.horizon_s = self._scenario.horizon_s
        wanted_s = self._scenario.warmup_s if at_s < 0.0 else at_s
        self._at_ns = nanoseconds(min(wanted_s, self.horizon_s * (1.0 - 1.0 / _SAMPLES)))
        self._given_up = Event()
        self.reached_s = 0.0

    def give_up(self) -> None:
        """Let it end soon, with what it has."""
        self._given_up.set()

    def timeline(self) -> Timeline:
        """Simulate the trial again; return what it did until its end, or until it was stopped."""
        # the kernel, which takes seconds to import, when it is needed
        from hvmc.live import frames
        from hvmc.live.session import LiveSession
        from hvmc.model.pace import GivenUpError, TrialTimeLimitError, time_limit

        session = LiveSession(self._scenario, **self._names)
        session.history.pace(self.horizon_s / _SAMPLES)
        close: list[Close] = []
        try:
            with time_limit(self.limit_s, self._given_up.is_set):
                self._run(session, close.append)
        except (GivenUpError, TrialTimeLimitError):
            pass
        samples = session.history.samples
        guest = session.host.guests[self._load].name
        lps = self._scenario.host.logical_processors
        return Timeline(
            guest,
            self._scenario.guests,
            self._scenario.warmup_s,
            self.horizon_s,
            self.reached_s,
            frames.rates(session, guest),
            np.array([one.lp_busy for one in samples]).reshape(len(samples), lps),
            close[0] if close else None,
        )

    def _run(self, session: "LiveSession", seen: Callable[[Close], None]) -> None:
        horizon_ns, looked = nanoseconds(self.horizon_s), False
        for piece in range(1, _SAMPLES + 1):
            end_ns = horizon_ns * piece // _SAMPLES
            if not looked and self._at_ns < end_ns:
                session.skip(self._at_ns)
                self._look(session, horizon_ns)
                seen(self._close(session))
                looked = True
            session.skip(end_ns)
            self.reached_s = max(end_ns, session.now_ns) * 1e-9

    def _look(self, session: "LiveSession", horizon_ns: int) -> None:
        """Go on event by event until there is enough to see."""
        stop_s, until_ns = time.monotonic() + _LONGEST_LOOK_S, self._at_ns
        last_ns = min(self._at_ns + nanoseconds(_LOOKED_S), horizon_ns)
        while until_ns < last_ns and session.moments.spans < _ENOUGH_SPANS:
            until_ns = min(until_ns + nanoseconds(_WATCHED_S), last_ns)
            session.watch(until_ns)
            if time.monotonic() > stop_s:
                break

    def _close(self, session: "LiveSession") -> Close:
        from hvmc.live import frames

        from_s, to_s = self._at_ns * 1e-9, session.now_ns * 1e-9
        guest, window_s = session.host.guests[self._load].name, to_s - from_s
        return Close(
            from_s,
            to_s,
            frames.lp_timeline(session, window_s),
            frames.vp_timeline(session, window_s, [guest]),
            frames.interrupts(session, window_s),
            [label for owner, label in frames.vp_names(session) if owner == guest],
        )
