"""What a session shows at an instant, as plain columns: lists of equal length by name.

Times of the last moments are milliseconds before now, so that microseconds stay exact however long
the host has run.
"""

import math
from collections.abc import Iterable, Sequence

from hvmc.live.moments import Episode
from hvmc.live.session import LiveSession
from hvmc.model.agents import GuestPartition, RootPartition
from hvmc.model.looking import STAGES, VP_STATES, ready_queues, vp_states
from hvmc.scenario.memory import MIB_PER_GIB

__all__ = [
    "Columns",
    "guest_columns",
    "interrupts",
    "lp_timeline",
    "memory",
    "queues",
    "rates",
    "responses",
    "thread_timeline",
    "vp_names",
    "vp_now",
    "vp_timeline",
]

type Columns = dict[str, list[object]]


def _columns(names: Sequence[str], rows: Iterable[Sequence[object]]) -> Columns:
    found = list(rows)
    return {name: [row[place] for row in found] for place, name in enumerate(names)}


def _partitions(session: LiveSession) -> list[GuestPartition | RootPartition]:
    host = session.host
    return [*host.guests, *([host.root] if host.root is not None else [])]


def vp_names(session: LiveSession) -> list[tuple[str, str]]:
    """Return the partition and the label of each virtual processor, by its number."""
    return [
        (partition.name, f"{partition.name} {vp.index - partition.vps.start}")
        for partition in _partitions(session)
        for vp in partition
    ]


def _ms(session: LiveSession, span: Episode, window_s: float) -> tuple[float, float]:
    now_ns = session.now_ns
    return max((span.begin_ns - now_ns) * 1e-6, -window_s * 1e3), (span.end_ns - now_ns) * 1e-6


def _from_ns(session: LiveSession, window_s: float) -> int:
    return session.now_ns - round(window_s * 1e9)


def lp_timeline(session: LiveSession, window_s: float) -> Columns:
    """Return who ran on which logical processor: lp, vp, guest, begin_ms, end_ms."""
    names, now_ns = vp_names(session), session.now_ns
    spans = session.moments.lps.until(now_ns, _from_ns(session, window_s))
    rows = (
        (f"LP {span.row}", names[span.what][1], names[span.what][0], *_ms(session, span, window_s))
        for span in spans
    )
    return _columns(("lp", "vp", "guest", "begin_ms", "end_ms"), rows)


def vp_timeline(session: LiveSession, window_s: float, guests: Sequence[str]) -> Columns:
    """Return the states of some guests' VPs: vp, state, begin_ms, end_ms; idle is left out."""
    names = vp_names(session)
    spans = session.moments.vps.until(session.now_ns, _from_ns(session, window_s))
    rows = (
        (names[span.row][1], VP_STATES[span.what], *_ms(session, span, window_s))
        for span in spans
        if names[span.row][0] in guests
    )
    return _columns(("vp", "state", "begin_ms", "end_ms"), rows)


def thread_timeline(session: LiveSession, window_s: float) -> Columns:
    """Return what the followed guest's threads were at: thread, stage, begin_ms, end_ms."""
    spans = session.moments.threads.until(session.now_ns, _from_ns(session, window_s))
    rows = (
        (f"thread {span.row}", STAGES[span.what], *_ms(session, span, window_s)) for span in spans
    )
    return _columns(("thread", "stage", "begin_ms", "end_ms"), rows)


def interrupts(session: LiveSession, window_s: float) -> Columns:
    """Return deferred interrupts.

    Columns guest, why, begin_ms (pending), end_ms (taken, or now), waiting (bool), waited_ms.
    """
    now_ns = session.now_ns
    names = [partition.name for partition in _partitions(session)]
    rows = []
    for one in session.moments.interrupts(_from_ns(session, window_s)):
        end_ns = now_ns if one.taken_ns is None else one.taken_ns
        begin_ms, end_ms = (one.pending_ns - now_ns) * 1e-6, (end_ns - now_ns) * 1e-6
        waiting = one.taken_ns is None
        rows.append(
            (
                names[one.partition],
                one.why,
                max(begin_ms, -window_s * 1e3),
                end_ms,
                waiting,
                end_ms - begin_ms,
            )
        )
    return _columns(("guest", "why", "begin_ms", "end_ms", "waiting", "waited_ms"), rows)


def queues(session: LiveSession) -> Columns:
    """Return who waits for an LP: queue, place (1 goes first), vp, guest."""
    names, host = vp_names(session), session.host
    found = ready_queues(host.machine.state)
    per_lp = len(found) == host.scenario.host.logical_processors and bool(
        host.machine.state["queue_per_lp"][0]
    )
    rows = []
    for number, queue in enumerate(found):
        name = f"LP {number}" if per_lp else ("all LPs" if number == 0 else "root")
        rows += [(name, place, names[vp][1], names[vp][0]) for place, vp in enumerate(queue, 1)]
    return _columns(("queue", "place", "vp", "guest"), rows)


def vp_now(session: LiveSession) -> Columns:
    """Return the state of each guest's virtual processors now: guest, number, vp, state."""
    states = vp_states(session.host.machine.state)
    rows = (
        (
            guest.name,
            vp.index - guest.vps.start,
            f"{guest.name} {vp.index - guest.vps.start}",
            state,
        )
        for guest in session.host.guests
        for vp in guest
        for state in (VP_STATES[states[vp.index]],)
    )
    return _columns(("guest", "number", "vp", "state"), rows)


def memory(session: LiveSession) -> Columns:
    """Return guests' memory: guest, assigned_mib, demand_mib, working_set_mib, pressure."""
    rows = (
        (
            guest.name,
            guest.assigned_mib,
            guest.demand_mib,
            guest.working_set_mib,
            _number(guest.pressure),
        )
        for guest in session.host.guests
    )
    names = ("guest", "assigned_mib", "demand_mib", "working_set_mib", "pressure")
    return _columns(names, rows)


def guest_columns(session: LiveSession) -> Columns:
    """Return a row per guest.

    Columns guest, vps, processors (native), queued (threads), response_ms, native_ms, stretch
    (since the last change), lp_used (of the last sample); None where there is no value yet.
    """
    virtual, native = session.history.means
    stretch = session.history.stretch
    samples = session.history.samples
    rows = (
        (
            guest.name,
            len(guest.virtual_processors),
            session.native.processors[load],
            guest.queued_threads,
            _number(virtual[load] * 1e3),
            _number(native[load] * 1e3),
            _number(stretch[load]),
            _number(samples[-1].lp_used[load]) if samples else None,
        )
        for load, guest in enumerate(session.host.guests)
    )
    names = ("guest", "vps", "processors", "queued")
    return _columns((*names, "response_ms", "native_ms", "stretch", "lp_used"), rows)


def responses(session: LiveSession, guest: str) -> tuple[Columns, Columns]:
    """Return the latest response times of a guest, virtual and native: time_s, ms."""
    load = session.host.guests.index(session.host.guest(guest))
    pair = []
    for machine in (session.host.machine, session.native.machines[load]):
        latest = machine.responses.latest  # type: ignore[attr-defined]
        rows = ((now_ns * 1e-9, ns * 1e-6) for now_ns, own, ns in latest if own == load)
        pair.append(_columns(("time_s", "ms"), rows))
    return pair[0], pair[1]


def rates(session: LiveSession, guest: str) -> Columns:
    """Return the samples of the last minutes, with the response times and stretch of a guest.

    Columns time_s, lps_busy, interrupts_per_s, deferred_per_s, deferral_ms, lp_used,
    assigned_gib, demand_gib, response_ms, native_ms, stretch.
    """
    load = session.host.guests.index(session.host.guest(guest))
    rows = (
        (
            one.time_s,
            float(one.lp_busy.sum()),
            one.interrupts_per_s,
            one.deferred_per_s,
            one.deferral_s * 1e3,
            float(one.lp_used[load]),
            float(one.assigned_mib[load]) / MIB_PER_GIB,
            float(one.demand_mib[load]) / MIB_PER_GIB,
            float(one.response_s[load]) * 1e3,
            float(one.native_s[load]) * 1e3,
            float(one.stretch[load]),
        )
        for one in session.history.samples
    )
    host = ("time_s", "lps_busy", "interrupts_per_s", "deferred_per_s", "deferral_ms")
    memory_of = ("assigned_gib", "demand_gib")
    names = (*host, "lp_used", *memory_of, "response_ms", "native_ms", "stretch")
    return _columns(names, rows)


def _number(value: float) -> float | None:
    return None if math.isnan(value) else float(value)
