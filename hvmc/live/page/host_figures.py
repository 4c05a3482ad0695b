"""All figures of the page, drawn from one frame of a session."""

from html import escape

from bokeh.models import Column

from hvmc.live import frames
from hvmc.live.page import colours
from hvmc.live.page.figures import Bars, Lines, Spans, Squares
from hvmc.live.session import LiveSession
from hvmc.scenario.memory import MIB_PER_GIB
from hvmc.web.words import table_box, words

__all__ = ["HostFigures"]

_ALL_VPS, _MOST_ROWS = 10, 12


def _column(name: str, *parts: object) -> Column:
    return Column(*parts, name=name, sizing_mode="stretch_width")


class HostFigures:
    """The figures and tables of a running host on one page."""

    def __init__(self) -> None:
        self.lps = Spans("Who runs on each LP", "guest")
        self.vps = Spans("VPs and deferred interrupts", "state")
        self.threads = Spans("Threads of the followed guest", "stage")
        self.guest_key, self.state_key, self.stage_key = words(), words(), words()
        self.queues = Squares("Ready queues", "place in the queue")
        self.states = Squares("Virtual processors now", "virtual processor, from 1")
        self.memory = Bars("Memory of each guest")
        self.memory_words, self.table, self.waiting = words(), words(), words()
        self.responses = Lines(
            "Response times as they come",
            "milliseconds",
            [
                ("response_ms", "on this host", "#0072b2", "solid"),
                ("native_ms", "natively", "#1b2329", "dashed"),
            ],
            points=True,
        )
        self.stretch = Lines(
            "Stretch since the last change", "times", [("stretch", "stretch", "#d40000", "solid")]
        )
        self.rates = Lines(
            "Interrupts of guests",
            "per second",
            [
                ("interrupts_per_s", "all", "#0072b2", "solid"),
                ("deferred_per_s", "deferred", "#d40000", "dashed"),
            ],
        )
        self.delay = Lines(
            "Mean wait of deferred interrupts",
            "milliseconds",
            [("deferral_ms", "wait", "#d40000", "solid")],
        )
        self.busy = Lines(
            "Logical processors in use",
            "LPs",
            [
                ("lps_busy", "all", "#1b2329", "solid"),
                ("lp_used", "followed guest", "#0072b2", "dashed"),
            ],
        )
        self.roots = (
            _column(
                "moments",
                self.guest_key,
                self.lps.figure,
                self.state_key,
                self.vps.figure,
                self.stage_key,
                self.threads.figure,
            ),
            _column(
                "time",
                self.responses.figure,
                self.stretch.figure,
                self.delay.figure,
                self.rates.figure,
                self.busy.figure,
            ),
            _column("guests", self.table, self.memory.figure, self.memory_words),
            _column("now", self.states.figure, self.queues.figure, self.waiting),
        )

    def begin(self, session: LiveSession, followed: str) -> None:
        """Set rows and keys for a session and the guest that is followed."""
        scenario = session.host.scenario
        lps, guests = scenario.host.logical_processors, scenario.guests
        self.fill = colours.guest_colours(guests, followed)
        names = [name for name, _ in frames.vp_names(session)]
        few = sum(guest.virtual_processors for guest in guests) <= _ALL_VPS
        self.shown = [guest.name for guest in guests] if few else [followed]
        self.lps.rows([f"LP {lp}" for lp in range(lps)])
        rows = []
        for guest in self.shown:
            own = [label for name, label in frames.vp_names(session) if name == guest]
            rows += [*own[:_MOST_ROWS], f"{guest} interrupts"]
        self.vps.rows(rows)
        threads = min(len(session.moments.threads.now), _MOST_ROWS)
        self.threads.rows([f"thread {row}" for row in range(threads)])
        self.threads.figure.title.text = f"Threads of {followed}"
        self.states.rows(
            [guest.name for guest in guests], max(guest.virtual_processors for guest in guests)
        )
        per_lp = bool(session.host.machine.state["queue_per_lp"][0])
        self.queues.rows([f"LP {lp}" for lp in range(lps)] if per_lp else ["all LPs", "root"], 4)
        self.memory.rows(
            [guest.name for guest in guests],
            max(guest.memory.maximum_mib for guest in guests) / MIB_PER_GIB,
        )
        root = colours.ROOT in names
        self.guest_key.text = colours.guest_key(self.fill, followed, root=root)
        self.state_key.text = colours.state_key()
        self.stage_key.text = colours.key(colours.STAGE)

    def draw(self, session: LiveSession, followed: str) -> None:
        """Show the session as it stands."""
        window_s = session.seen_s
        for spans in (self.lps, self.vps, self.threads):
            spans.window(window_s)
        self.lps.show("lp", frames.lp_timeline(session, window_s), self.fill, "vp")
        self.vps.show("vp", frames.vp_timeline(session, window_s, self.shown), colours.STATE)
        self.vps.show_interrupts(frames.interrupts(session, window_s), self.shown)
        self.threads.show("thread", frames.thread_timeline(session, window_s), colours.STAGE)
        self._draw_now(session)
        self._draw_memory(session)
        self._draw_time(session, followed)

    def _draw_now(self, session: LiveSession) -> None:
        now = frames.vp_now(session)
        self.states.show(
            {
                "row": now["guest"],
                "x": [int(str(number)) + 1 for number in now["number"]],
                "name": [
                    f"{vp}: {state}" for vp, state in zip(now["vp"], now["state"], strict=True)
                ],
                "fill": [colours.STATE.get(str(state), "#e4e8eb") for state in now["state"]],
            }
        )
        waiting = frames.queues(session)
        self.queues.show(
            {
                "row": waiting["queue"],
                "x": waiting["place"],
                "name": waiting["vp"],
                "fill": [self.fill[str(guest)] for guest in waiting["guest"]],
            }
        )
        self.waiting.text = _waiting(session)
        self.table.text = _table(frames.guest_columns(session))

    def _draw_memory(self, session: LiveSession) -> None:
        memory = frames.memory(session)
        gib: frames.Columns = {
            name: [float(str(mib)) / MIB_PER_GIB for mib in memory[f"{name}_mib"]]
            for name in ("assigned", "demand", "working_set")
        }
        self.memory.show(
            {
                "row": memory["guest"],
                **gib,
                "pressure": memory["pressure"],
                "fill": [colours.pressure_colour(one) for one in memory["pressure"]],
            }
        )
        used = sum(session.host.balancer.assigned_mib) / MIB_PER_GIB
        there = session.host.balancer.available_mib / MIB_PER_GIB
        self.memory_words.text = (
            f"{used:.1f} of {there:.1f} GiB assigned. Pressure: blue below 80, yellow up to 100, "
            "red above (short of memory)."
        )

    def _draw_time(self, session: LiveSession, followed: str) -> None:
        samples = frames.rates(session, followed)
        for lines in (self.responses, self.stretch, self.rates, self.delay, self.busy):
            lines.show(samples)
        here, native = frames.responses(session, followed)
        self.responses.show_points("response_ms", here)
        self.responses.show_points("native_ms", native)


def _waiting(session: LiveSession) -> str:
    names = [*(guest.name for guest in session.host.guests), "root"]
    rows = [
        f"{escape(names[one.partition])}, guest {one.why} when it came, "
        f"{(session.now_ns - one.pending_ns) * 1e-3:.1f} µs so far"
        for one in session.moments.pending
    ]
    if not rows:
        return "No interrupt waits."
    more = f"<br>and {len(rows) - _MOST_ROWS} more" if len(rows) > _MOST_ROWS else ""
    return "<b>Interrupts that wait now</b><br>" + "<br>".join(rows[:_MOST_ROWS]) + more


_HEADS = {
    "guest": "guest",
    "vps": "VPs",
    "lp_used": "LPs used",
    "queued": "threads queued",
    "response_ms": "response, ms",
    "native_ms": "natively, ms",
    "stretch": "stretch",
}


def _table(columns: frames.Columns) -> str:
    heads = "".join(f"<th scope='col'>{head}</th>" for head in _HEADS.values())
    rows = "".join(
        "<tr>" + "".join(f"<td>{_cell(columns[name][row])}</td>" for name in _HEADS) + "</tr>"
        for row in range(len(columns["guest"]))
    )
    return table_box(f"<tr>{heads}</tr>{rows}", "Guests")


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:.3g}" if isinstance(value, float) else escape(str(value))
