"""The last moments of a machine, event by event: who ran where, which interrupts waited."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from hvmc.kernel.machine import Machine
from hvmc.model.looking import (
    STAGES,
    VP_STATES,
    PendingInterrupt,
    next_event_ns,
    pending_interrupts,
    thread_stages,
    vp_states,
    vps_on_lps,
)

__all__ = ["Episode", "Interrupt", "Moments"]

_MOST_SPANS = 6000
_MOST_INTERRUPTS = 2000


class Episode(NamedTuple):
    """Something that was the case from one time to another.

    Parameters
    ----------
    row : int
        Logical processor, virtual processor or thread.
    what : int
        The VP on the LP; the VP's state, a place in `VP_STATES`; the thread's stage, a place in
        `STAGES`.
    begin_ns, end_ns : int
        Simulated nanoseconds.
    """

    row: int
    what: int
    begin_ns: int
    end_ns: int


@dataclass(frozen=True)
class Interrupt:
    """A deferred interrupt.

    Parameters
    ----------
    partition, thread : int
        Partition that takes it, thread whose pause or I/O it ends.
    why : str
        Why no VP of the partition ran.
    pending_ns : int
        First phase: when it became pending.
    taken_ns : int or None
        Second phase: when a dispatched VP took it; None while it waits.
    """

    partition: int
    thread: int
    why: str
    pending_ns: int
    taken_ns: int | None


class _Lane:
    """Spans of one kind of row."""

    def __init__(self, idle: int | None) -> None:
        self.spans: deque[Episode] = deque(maxlen=_MOST_SPANS)
        self.now: list[int] = []
        self._idle = idle
        self._since: list[int] = []

    def begin(self, values: list[int], now_ns: int) -> None:
        self.spans.clear()
        self.now, self._since = values, [now_ns] * len(values)

    def note(self, values: list[int], now_ns: int) -> None:
        if values == self.now:
            return
        for row, (old, new) in enumerate(zip(self.now, values, strict=True)):
            if old != new:
                self._close(row, old, now_ns)
                self._since[row] = now_ns
        self.now = values

    def _close(self, row: int, what: int, now_ns: int) -> None:
        if what != self._idle and now_ns > self._since[row]:
            self.spans.append(Episode(row, what, self._since[row], now_ns))

    def until(self, now_ns: int, from_ns: int) -> list[Episode]:
        """Return the spans that reach into the time from ``from_ns`` on, open ones included."""
        closed = [span for span in self.spans if span.end_ns > from_ns]
        still = zip(range(len(self.now)), self.now, self._since, strict=True)
        return closed + [
            Episode(row, what, since, now_ns)
            for row, what, since in still
            if what != self._idle and since < now_ns
        ]


def _by_key(pending: Iterable[PendingInterrupt]) -> dict[tuple[int, int, int], Interrupt]:
    return {
        (one.partition, one.thread, one.since_ns): Interrupt(
            one.partition, one.thread, one.why, one.since_ns, None
        )
        for one in pending
    }


class Moments:
    """What a machine did in its last moments.

    It reads the record after every event and changes nothing in it.

    Parameters
    ----------
    machine : Machine
        The host's.
    load : int
        The workload whose threads are followed.

    Attributes
    ----------
    lps, vps, threads : lane
        Spans by logical processor, virtual processor, thread of the followed workload.
    begin_ns : int
        Since when everything has been seen.
    """

    def __init__(self, machine: Machine, load: int = 0) -> None:
        self._machine, self._load = machine, load
        self.lps, self.vps = _Lane(-1), _Lane(VP_STATES.index("idle"))
        self.threads = _Lane(STAGES.index("parked"))
        self._taken: deque[Interrupt] = deque(maxlen=_MOST_INTERRUPTS)
        self._pending: dict[tuple[int, int, int], Interrupt] = {}
        self.begin_ns = 0
        self.restart()

    @property
    def followed(self) -> int:
        """The workload whose threads are followed."""
        return self._load

    def follow(self, load: int) -> None:
        """Follow the threads of another workload, from now on."""
        self._load = load
        self.threads.begin(self._stages(), self._machine.now_ns)

    @property
    def spans(self) -> int:
        """Spans of the kind of row that has most; the oldest are forgotten beyond 6000."""
        return max(len(lane.spans) for lane in (self.lps, self.vps, self.threads))

    def restart(self) -> None:
        """Forget what was seen: the machine has moved on meanwhile."""
        now_ns, state = self._machine.now_ns, self._machine.state
        self.begin_ns = now_ns
        self.lps.begin(vps_on_lps(state), now_ns)
        self.vps.begin(vp_states(self._machine.state), now_ns)
        self.threads.begin(self._stages(), now_ns)
        self._taken.clear()
        self._pending = self._now_pending()

    def advance(self, until_ns: int) -> None:
        """Advance the machine to a time, from one event to the next."""
        while (due_ns := next_event_ns(self._machine.state)) < until_ns:
            self._machine.advance(due_ns + 1)
            self._note(due_ns)
        self._machine.advance(until_ns)

    def step(self, until_ns: int) -> None:
        """Advance the machine past its next event, at most to a time."""
        self.advance(min(next_event_ns(self._machine.state) + 1, until_ns))

    def _note(self, now_ns: int) -> None:
        state = self._machine.state
        states, found = vp_states(state), list(pending_interrupts(state))
        self.lps.note(vps_on_lps(state), now_ns)
        self.vps.note(states, now_ns)
        self.threads.note(thread_stages(state, self._load, states, found), now_ns)
        pending = _by_key(found)
        if pending.keys() != self._pending.keys():
            for key in self._pending.keys() - pending.keys():
                one = self._pending[key]
                self._taken.append(
                    Interrupt(one.partition, one.thread, one.why, one.pending_ns, now_ns)
                )
        self._pending = pending

    def _stages(self) -> list[int]:
        return thread_stages(self._machine.state, self._load)

    def _now_pending(self) -> dict[tuple[int, int, int], Interrupt]:
        return _by_key(pending_interrupts(self._machine.state))

    @property
    def pending(self) -> list[Interrupt]:
        """Interrupts that wait now, the oldest first."""
        return sorted(self._pending.values(), key=lambda one: one.pending_ns)

    def interrupts(self, from_ns: int) -> list[Interrupt]:
        """Return those taken after a time, in the order in which they were, then those pending."""
        taken = [one for one in self._taken if (one.taken_ns or 0) > from_ns]
        return taken + self.pending
