"""The fine clock advanced in pieces, and what is looked at between them: time limits, events.

How often a machine is advanced changes no bit of what it shows, so that time limits don't either,
unless they end a run. A piece is meant to take 20 ms: it doubles while it takes less, from a
microsecond of simulated time on at each decision, and is halved when it takes more. A limit is
so kept to a few hundredths of a second, unless the load grows many times within a piece. Where the
kernel is compiled for a size of hosts, the time starts when that is done.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from hvmc.kernel.machine import Machine

__all__ = ["GivenUpError", "TrialTimeLimitError", "Watch", "advance", "time_limit", "watched"]

_PIECE_S = 0.02
_FIRST_PIECE_NS = 1000


class GivenUpError(RuntimeError):
    """Whoever asked for what is simulated no longer wants it."""


class TrialTimeLimitError(RuntimeError):
    """A trial that took too long.

    Parameters
    ----------
    limit_s : float
        Real seconds that it was given.
    simulated_s : float
        Simulated seconds that the run under way, virtual or native, had reached.
    passed_s : float
        Real seconds that it had taken.
    """

    def __init__(self, limit_s: float, simulated_s: float, passed_s: float) -> None:
        self.limit_s, self.simulated_s, self.passed_s = limit_s, simulated_s, passed_s
        super().__init__(
            f"took longer than trial_time_limit_s={limit_s:g}: the run under way had reached "
            f"{simulated_s:.6g} simulated s"
        )

    def __reduce__(self) -> tuple[type["TrialTimeLimitError"], tuple[float, float, float]]:
        return type(self), (self.limit_s, self.simulated_s, self.passed_s)


@dataclass
class _Limit:
    seconds: float
    begin_s: float
    given_up: Callable[[], bool]

    def check(self, machine: Machine, now_s: float) -> None:
        if self.given_up():
            raise GivenUpError
        passed_s = now_s - self.begin_s
        if passed_s > self.seconds:
            raise TrialTimeLimitError(self.seconds, machine.now_ns * 1e-9, passed_s)


@dataclass(frozen=True)
class Watch:
    """Looks at machines, virtual and native, after every instant at which something happens.

    Parameters
    ----------
    look : callable
        Called with a machine and the time of what has just happened, nanoseconds; first of all with
        the machine as it stands when watching begins.
    from_ns, until_ns : int
        Simulated time within which it is called.
    """

    look: Callable[[Machine, int], None]
    from_ns: int
    until_ns: int

    def advance(self, machine: Machine, until_ns: int, stop_when_measured: bool) -> None:
        """As `advance`, instant by instant."""
        if machine.now_ns < self.from_ns:
            machine.advance(min(self.from_ns, until_ns), stop_when_measured)
        self._look(machine)
        end_ns, state = min(self.until_ns, until_ns), machine.state
        while machine.now_ns < end_ns and (machine.unfinished or not stop_when_measured):
            due_ns = min(
                int(state[f"{tree}_tree"][0][1]) >> int(state[f"{tree}_bits"][0])
                for tree in ("soon", "later")
            )
            machine.advance(min(due_ns + 1, end_ns), stop_when_measured)
            if due_ns < end_ns:
                self.look(machine, due_ns)
        self._look(machine)
        if machine.now_ns < until_ns:
            machine.advance(until_ns, stop_when_measured)

    def _look(self, machine: Machine) -> None:
        if self.from_ns <= machine.now_ns <= self.until_ns:
            self.look(machine, machine.now_ns)


_watch: ContextVar[Watch | None] = ContextVar("_watch", default=None)


@contextmanager
def watched(watch: Watch) -> Iterator[None]:
    """Let a watch look at whatever is simulated inside, which changes no bit of it."""
    token = _watch.set(watch)
    try:
        yield
    finally:
        _watch.reset(token)


_limit: ContextVar[_Limit | None] = ContextVar("_limit", default=None)
_compiled: set[int] = set()


@contextmanager
def time_limit(
    seconds: float | None, given_up: Callable[[], bool] = lambda: False
) -> Iterator[None]:
    """End what is simulated inside after some real time; None sets no limit.

    Parameters
    ----------
    seconds : float or None
        Real time, seconds.
    given_up : function
        Asked about every 20 ms whether to end at once.

    Raises
    ------
    TrialTimeLimitError
        From inside, when the time is over.
    GivenUpError
        From inside, when it is given up.
    """
    if seconds is None:
        yield
        return
    token = _limit.set(_Limit(seconds, time.monotonic(), given_up))
    try:
        yield
    finally:
        _limit.reset(token)


def advance(machine: Machine, until_ns: int, stop_when_measured: bool = False) -> None:
    """Advance a machine as `Machine.advance` does, within the time limit.

    Raises
    ------
    TrialTimeLimitError
        If there is a limit and it is over.
    """
    watch, limit = _watch.get(), _limit.get()
    if watch is not None:
        watch.advance(machine, until_ns, stop_when_measured)
        return
    if limit is None:
        machine.advance(until_ns, stop_when_measured)
        return
    size = machine.state.dtype.itemsize
    if size not in _compiled:
        machine.advance(min(machine.now_ns + 1, until_ns), stop_when_measured)
        _compiled.add(size)
        limit.begin_s = time.monotonic()
    piece_ns, now_s = _FIRST_PIECE_NS, time.monotonic()
    while machine.now_ns < until_ns and (machine.unfinished or not stop_when_measured):
        limit.check(machine, now_s)
        machine.advance(min(machine.now_ns + piece_ns, until_ns), stop_when_measured)
        before_s, now_s = now_s, time.monotonic()
        slow = now_s - before_s > _PIECE_S
        piece_ns = max(1, piece_ns // 2) if slow else piece_ns * 2
