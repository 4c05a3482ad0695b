"""What happened on a machine, event by event: who ran where, from when to when, why it stopped.

The machine is looked at after every instant at which something happens (`hvmc.model.pace.Watch`)
and compared with how it was before. What begins and ends within one instant shows by its counts
alone.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hvmc.kernel.codes import BLOCKED, CAPPED, IDLE, REASONS, RUNNING, STATES
from hvmc.kernel.machine import Machine
from hvmc.scenario.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["COLUMNS", "HOST", "EventLog"]

HOST = "host"
COLUMNS = ("machine", "from_s", "to_s", "what", "guest", "vp", "lp", "why", "count")

_ENDED = {
    IDLE: "no work left",
    BLOCKED: "intercept that the root handles",
    CAPPED: "limit used up",
}
_COUNTED = ("deferred", "deferred_ns", "finished", "response_ns", "faults")


@dataclass
class _Seen:
    """A machine as it was when it was last looked at; arrays are copies, views the record's own."""

    machine: Machine
    name: str
    names: list[str]
    views: dict[str, np.ndarray]
    last: dict[str, np.ndarray]
    since_ns: np.ndarray
    now_ns: int


class EventLog:
    """Gathers events of the machines that it is called with.

    Parameters
    ----------
    scenario : Scenario
        Whose host is simulated.
    guest : str, optional
        Events of this guest alone; ``root`` is the root partition.
    native : bool
        Whether to log bare machines too.

    Attributes
    ----------
    instants : int
        Instants at which something happened.
    """

    def __init__(
        self, scenario: Scenario, *, guest: str | None = None, native: bool = False
    ) -> None:
        self.scenario, self.guest, self.native = scenario, guest, native
        self.instants = 0
        self._rows: list[tuple[object, ...]] = []
        self._seen: _Seen | None = None
        self._host: Machine | None = None

    def look(self, machine: Machine, now_ns: int) -> None:
        """Note what has changed; called by a `Watch`, with the host first."""
        if self._host is None:
            self._host = machine
        if machine is not self._host and not self.native:
            return
        seen = self._seen
        if seen is None or seen.machine is not machine or now_ns < seen.now_ns:
            self.close()
            self._seen = self._begin(machine, now_ns)
            return
        self.instants += now_ns > seen.now_ns
        seen.now_ns = now_ns
        now, last = seen.views, seen.last
        moved = (now["state"] != last["state"]) | (now["lp"] != last["lp"])
        moved |= now["dispatches"] != last["dispatches"]
        if moved.any():
            for vp in np.flatnonzero(moved).tolist():
                self._stay(seen, vp, now_ns, self._why(seen, vp, now_ns))
                seen.since_ns[vp] = now_ns
            for name in ("state", "lp", "dispatches"):
                last[name][:] = now[name]
        last["slice_end"][:] = now["slice_end"]
        last["long_spin_waits"][:] = now["long_spin_waits"]
        if any((now[name] != last[name]).any() for name in ("deferred", "finished", "faults")):
            self._counts(seen, now_ns)

    def _begin(self, machine: Machine, now_ns: int) -> _Seen:
        state = machine.state
        vps, lps = int(state["n_vp"][0]), int(state["n_lp"][0])
        loads, parts = int(state["n_load"][0]), int(state["n_partition"][0])
        views = {
            name: state["vp"][name][0][:vps] for name in ("state", "lp", "dispatches", "partition")
        }
        views["slice_end"] = state["lp"]["slice_end"][0][:lps]
        views["long_spin_waits"] = state["partition"]["long_spin_waits"][0][:parts]
        views["first_vp"] = state["partition"]["first_vp"][0][:parts]
        views |= {name: state["load"][name][0][:loads] for name in _COUNTED}
        names = [guest.name for guest in self.scenario.guests]
        name = HOST
        if machine is not self._host:
            names = names[int(state["first_load"][0]) : int(state["last_load"][0])]
            name = f"bare: {' '.join(names)} on {lps}"
        last = {key: view.copy() for key, view in views.items()}
        return _Seen(machine, name, names, views, last, np.full(vps, now_ns), now_ns)

    def _why(self, seen: _Seen, vp: int, now_ns: int) -> str:
        """Return why a VP stopped running, "" where it did not run."""
        if seen.last["state"][vp] != RUNNING:
            return ""
        after, lp = int(seen.views["state"][vp]), int(seen.last["lp"][vp])
        if after in _ENDED:
            return _ENDED[after]
        partition = int(seen.views["partition"][vp])
        if seen.views["long_spin_waits"][partition] > seen.last["long_spin_waits"][partition]:
            return "long spin wait"
        return "slice over" if now_ns >= seen.last["slice_end"][lp] else "preempted"

    def _owner(self, seen: _Seen, vp: int) -> tuple[str, int]:
        partition = int(seen.views["partition"][vp])
        if seen.name != HOST:
            return " ".join(seen.names), vp
        name = seen.names[partition] if partition < len(seen.names) else "root"
        return name, vp - int(seen.views["first_vp"][partition])

    def _stay(self, seen: _Seen, vp: int, now_ns: int, why: str) -> None:
        state = int(seen.last["state"][vp])
        guest, number = self._owner(seen, vp)
        if state == IDLE or (self.guest is not None and self.guest not in guest.split(" ")):
            return
        lp = int(seen.last["lp"][vp]) if state == RUNNING else -1
        span = int(seen.since_ns[vp]), now_ns
        self._add(seen, *span, STATES[state], guest, number, lp, why, 1)

    def _counts(self, seen: _Seen, now_ns: int) -> None:
        """Note interrupts taken late, requests finished and hard faults; means where several."""
        change = {name: seen.views[name] - seen.last[name] for name in _COUNTED}
        for load, guest in enumerate(guest.name for guest in self.scenario.guests):
            if self.guest not in (None, guest):
                continue
            for reason, count in enumerate(change["deferred"][load].tolist()):
                if count:
                    late_ns = int(change["deferred_ns"][load][reason]) // count
                    why = f"all VPs {REASONS[reason]}" if reason == 0 else f"VPs {REASONS[reason]}"
                    self._add(
                        seen, now_ns - late_ns, now_ns, "interrupt deferred", guest, -1, -1, why,
                        count,
                    )  # fmt: skip
            count = int(change["finished"][load])
            if count:
                took_ns = int(change["response_ns"][load]) // count
                self._add(seen, now_ns - took_ns, now_ns, "request", guest, -1, -1, "", count)
            count = int(change["faults"][load])
            if count:
                self._add(seen, now_ns, now_ns, "hard fault", guest, -1, -1, "", count)
        for name in _COUNTED:
            seen.last[name][:] = seen.views[name]

    def _add(self, seen: _Seen, from_ns: int, to_ns: int, *rest: object) -> None:
        self._rows.append((seen.name, from_ns * 1e-9, to_ns * 1e-9, *rest))

    def close(self) -> None:
        """Note the stays that were not over when the machine was last looked at."""
        if self._seen is not None:
            for vp in range(len(self._seen.since_ns)):
                self._stay(self._seen, vp, self._seen.now_ns, "")
            self._seen = None

    def frame(self) -> "pd.DataFrame":
        """Return all events in order of their end, of `COLUMNS`.

        ``what`` is a VP's state (running, ready, capped, blocked; idle ones are left out),
        ``interrupt deferred``, ``request`` (a measured one that finished) or ``hard fault``;
        ``why`` says why a VP stopped running, or why an interrupt was deferred. ``vp`` and ``lp``
        are -1 where they say nothing; of ``count`` like events at one instant spans are means. A VP
        runs from its choice on; the time to its first instruction is booked as waiting elsewhere.
        """
        import pandas as pd

        self.close()
        found = pd.DataFrame(self._rows, columns=list(COLUMNS))
        words = ("machine", "what", "guest", "why")
        return found.astype({**dict.fromkeys(words, "category"), "vp": "int32", "lp": "int32"})
