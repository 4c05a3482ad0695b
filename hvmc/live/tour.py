"""The guided tour: what a deferred interrupt is, in a minute, on a host of one LP and two guests.

A run of the same host beforehand finds an interrupt that is worth looking at; the same seed gives
the same bits, so the session meets it at the same nanosecond. What the captions say in numbers is
read from the session.
"""

from collections.abc import Callable
from dataclasses import dataclass

from hvmc.live.moments import Episode, Interrupt
from hvmc.live.session import LiveSession
from hvmc.live.starts import deferred_interrupt
from hvmc.model.looking import STAGES

__all__ = ["Stop", "Tour"]

_SETTLED_S = 0.5
_WORTH_A_LOOK_NS = 3_000_000
_LONG_S = 10.0


@dataclass(frozen=True)
class _Example:
    """When what happens to one I/O whose interrupt is deferred, nanoseconds."""

    runs: int
    at_device: int
    root_completes: int
    pending: int
    taken: int


def _spans(session: LiveSession, stage: str, until_ns: int) -> list[Episode]:
    wanted = STAGES.index(stage)
    spans = session.moments.threads.until(session.now_ns, 0)
    return [span for span in spans if span.what == wanted and span.end_ns <= until_ns]


def _example(seed: int) -> _Example:
    """Find the first I/O interrupt of web that waits for a few milliseconds."""
    session = LiveSession(deferred_interrupt(), seed=seed)
    session.advance(_SETTLED_S)
    found: list[Interrupt] = []

    def seen(now: LiveSession) -> bool:
        found[:] = [
            one
            for one in now.moments.interrupts(now.now_ns - 1000)
            if one.partition == 0
            and one.taken_ns is not None
            and one.taken_ns - one.pending_ns > _WORTH_A_LOOK_NS
            and any(
                span.end_ns == one.pending_ns
                for span in _spans(now, "root completes", one.pending_ns)
            )
        ]
        return bool(found)

    if not session.advance_until(seen, _LONG_S):
        raise RuntimeError(
            "the tour's host must defer an I/O interrupt of web for 3 ms, but does not"
        )
    one = found[0]
    completes = _spans(session, "root completes", one.pending_ns)[-1]
    device = _spans(session, "at device", completes.begin_ns)[-1]
    runs = _spans(session, "running", device.begin_ns)[-1]
    assert one.taken_ns is not None
    return _Example(
        (runs.begin_ns + runs.end_ns) // 2,
        (device.begin_ns + device.end_ns) // 2,
        (completes.begin_ns + completes.end_ns) // 2,
        one.pending_ns + 100_000,
        one.taken_ns + 200_000,
    )


@dataclass(frozen=True)
class Stop:
    """One stop of the tour.

    Parameters
    ----------
    title : str
        Heading.
    step_s : float
        Length of a frame that suits it, seconds: it sets how much of the past is shown.
    go : function
        Advances the session to what there is to see.
    text : function
        Says what it is, in plain text.
    """

    title: str
    step_s: float
    go: Callable[[LiveSession], None]
    text: Callable[[LiveSession], str]


class Tour:
    """The stops, one after the other.

    Parameters
    ----------
    seed : int
        Of the session that takes the tour.

    Attributes
    ----------
    stops : tuple of Stop
        All of them.
    """

    def __init__(self, seed: int = 1) -> None:
        example = _example(seed)
        self.stops = (
            _still("Two guests, one processor", 1e-4, example.runs, _TWO_GUESTS),
            _still("web waits for its disk", 1e-4, example.at_device, _WAITS),
            _still("First phase: the root", 2e-5, example.root_completes, _ROOT),
            _still("Second phase: deferred", 2e-5, example.pending, _DEFERRED),
            Stop("Taken at last", 3e-4, _to(example.taken, 3e-4), _told_taken),
            Stop("What it costs", 3e-4, _play, lambda now: f"{_means(now)} {_NEXT}"),
            Stop("What helps: weight", 3e-4, _weigh_web, _told_weight),
        )


_TWO_GUESTS = (
    "This host has one logical processor, LP 0. Its two guests have one virtual processor (VP) "
    "each, and a VP computes only while it is on the LP. The guest crunch computes all the time. "
    "The guest web has requests that compute and read from a disk in turn. Right now web is on "
    "the LP: see the right end of the first figure."
)
_WAITS = (
    "web has sent a read to its disk and can't go on without it: its VP is idle. The hypervisor "
    "has given the LP to crunch. On its way the read took some microseconds of the root "
    "partition, which owns the disk."
)
_ROOT = (
    "The disk is done. Its interrupt has two phases. The first is for the root partition: it "
    "takes the LP at once, for some microseconds, and sends web a virtual interrupt."
)
_DEFERRED = (
    "The second phase is for web: its virtual interrupt is pending. But a guest takes an interrupt "
    "only while one of its VPs runs. web has had its share of the LP, so crunch goes on. The "
    "interrupt is deferred: it waits (red), and with it the request that needs the data."
)
_NEXT = "Press Next to give web more weight."


def _to(until_ns: int, step_s: float) -> Callable[[LiveSession], None]:
    return lambda session: session.reach(until_ns, step_s=step_s)


def _still(title: str, step_s: float, at_ns: int, words: str) -> Stop:
    return Stop(title, step_s, _to(at_ns, step_s), lambda _: words)


def _play(session: LiveSession) -> None:
    session.history.mark("tour: means from here")
    session.advance(_LONG_S)


def _weigh_web(session: LiveSession) -> None:
    session.controls.change("web", "weight", 400)
    session.advance(_LONG_S)


def _wait(seconds: float) -> str:
    return f"{seconds * 1e6:.2g} µs" if seconds < 1e-4 else f"{seconds * 1e3:.2g} ms"


def _means(session: LiveSession) -> str:
    virtual_s, native_s = session.history.means[:, 0]
    sample = session.history.samples[-1]
    passed_s = float(session.host.time) - session.history.since_s
    return (
        f"In the last {passed_s:.3g} s {sample.deferred_per_s:.0f} interrupts a second were "
        f"deferred, {_wait(sample.deferral_s)} each on average. A request of web took "
        f"{virtual_s * 1e3:.3g} ms here and {native_s * 1e3:.3g} ms on a bare machine of its own: "
        f"a stretch of {session.history.stretch[0]:.2f}."
    )


def _told_taken(session: LiveSession) -> str:
    last = max(
        (one for one in session.moments.interrupts(0) if one.partition == 0 and one.taken_ns),
        key=lambda one: one.taken_ns or 0,
    )
    waited_ms = ((last.taken_ns or 0) - last.pending_ns) * 1e-6
    return (
        "The hypervisor has given the LP back to web, and the first thing web does is to take the "
        f"interrupt: after {waited_ms:.3g} ms, from the open circle to the full one. A bare "
        "machine would have taken it at once. Windows counts deferred interrupts, but not how "
        "long they waited."
    )


def _told_weight(session: LiveSession) -> str:
    return (
        f"With weight 400 web is due more of the LP and goes first when it wakes. {_means(session)}"
        f" crunch pays for it: its stretch is {session.history.stretch[1]:.2f}. The tour is over: "
        "press Play, move the sliders, or choose another starting point."
    )
