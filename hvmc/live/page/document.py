"""The page: what is on it, what its buttons do, how it follows its session."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from html import escape
from pathlib import Path

from bokeh.document import Document
from bokeh.models import Button, Column, Div, Row, Select, Toggle

from hvmc.live.page.host_figures import HostFigures
from hvmc.live.page.pace import Lag, Pace
from hvmc.live.page.settings import SettingsPanel
from hvmc.live.session import LiveSession
from hvmc.live.starts import Start, odd_one
from hvmc.live.tour import Tour
from hvmc.web.template import dress

__all__ = ["SPEEDS", "LivePage"]

SPEEDS = {
    "1 µs a frame": 1e-6,
    "2 µs a frame": 2e-6,
    "5 µs a frame": 5e-6,
    "10 µs a frame": 1e-5,
    "20 µs a frame": 2e-5,
    "50 µs a frame": 5e-5,
    "100 µs a frame": 1e-4,
    "300 µs a frame": 3e-4,
    "1 ms a frame": 1e-3,
    "3 ms a frame": 3e-3,
    "10 ms a frame": 1e-2,
    "30 ms a frame": 3e-2,
    "100 ms a frame": 1e-1,
    "300 ms a frame": 3e-1,
    "1 s a frame": 1.0,
    "5 s a frame": 5.0,
}
_WRAPPED = {"flex-wrap": "wrap", "gap": "8px", "align-items": "end"}
_PRIMARY = """
.bk-btn-primary, .bk-btn-primary:hover, .bk-btn-primary.bk-active {
  background-color: #1f5f9e !important; border-color: #1f5f9e !important;
}
"""
_FRAME_MS = 150
_BUDGET_S = 0.08
_LIMIT_S = 10.0


class LivePage:
    """One open page with a session of its own.

    Parameters
    ----------
    starts : mapping of str to Start
        Starting points by name; the first is opened.
    """

    def __init__(self, starts: Mapping[str, Start]) -> None:
        self._starts = starts
        self.session: LiveSession | None = None
        self._tour: Tour | None = None
        self._stop = -1
        self._busy = False
        self.figures, self.pace = HostFigures(), Pace()
        self.lag, self.note = Lag(), ""
        self.settings = SettingsPanel(lambda: self.session, self._follow, self._draw)
        self._buttons()
        self._story_parts()

    def _buttons(self) -> None:
        titles = [(name, start.title) for name, start in self._starts.items()]
        primary = [_PRIMARY]
        self.start = Select(title="Starting point", options=titles, value=titles[0][0], width=300)
        self.start.on_change("value", lambda _attr, _old, _new: self._restart())
        self.play = Toggle(label="Play", button_type="primary", width=90, stylesheets=primary)
        self.play.on_change("active", self._played)
        self.speed = Select(title="Speed", options=list(SPEEDS), value="1 ms a frame", width=150)
        self.speed.on_change("value", lambda _attr, _old, _new: self._sped())
        self.step = Button(label="Step", width=70)
        self.step.on_click(lambda: self._go(lambda session: session.advance(self.step_s)))
        self.event = Button(label="Next event", width=100)
        self.event.on_click(lambda: self._go(lambda session: session.step()))
        self.deferral = Button(label="Next deferred interrupt", width=180)
        self.deferral.on_click(lambda: self._go(_next_deferral))
        self.again = Button(label="Start again", width=100)
        self.again.on_click(self._restart)
        self.status = Div(text="Preparing the host.", name="status", sizing_mode="stretch_width")
        self.pace.follow(self.status)
        buttons = (self.play, self.step, self.event, self.deferral, self.again)
        self.run = Column(
            Row(self.start, self.speed, *buttons, styles=_WRAPPED, sizing_mode="stretch_width"),
            self.status,
            name="run",
            sizing_mode="stretch_width",
        )

    def _story_parts(self) -> None:
        self.story = Div(text="", name="story_text", sizing_mode="stretch_width")
        self.next = Button(
            label="Next",
            button_type="primary",
            width=90,
            visible=False,
            stylesheets=self.play.stylesheets,
        )
        self.next.on_click(self._next_stop)
        self.story_root = Column(self.story, self.next, name="story", sizing_mode="stretch_width")

    @property
    def step_s(self) -> float:
        """Simulated seconds of a frame."""
        return SPEEDS[self.speed.value]

    def fill(self, document: Document) -> None:
        """Put the page into a document, and begin when a browser shows it."""
        self._document = document
        heading = "hvmc live: the modelled host while it runs"
        dress(document, "hvmc live", heading, Path(__file__).with_name("main.html"))
        for root in (self.run, self.story_root, self.settings.root, *self.figures.roots):
            document.add_root(root)
        document.js_on_event("document_ready", self.settings.naming)
        document.on_event("document_ready", lambda _event: self._restart())
        document.add_periodic_callback(self._tick, _FRAME_MS)

    def _restart(self) -> None:
        """Begin with the chosen starting point, prepared aside so that the page answers."""
        if self._busy:
            return
        self._busy, self.session = True, None
        self.play.active = False
        self.status.text = "Preparing the host. The first one of its size takes a minute or two."
        self._document.add_next_tick_callback(self._preparing())

    def _preparing(self) -> Callable[[], Awaitable[None]]:
        start = self._starts[self.start.value]

        def prepare() -> tuple[LiveSession, Tour | None]:
            session = LiveSession.ready(start.scenario(), seed=start.seed, trial=start.trial)
            return session, Tour(start.seed) if start.tour else None

        async def prepared() -> None:
            try:
                session, tour = await asyncio.get_running_loop().run_in_executor(None, prepare)
            except ValueError as error:
                self._busy = False
                self.status.text = f"<p role='alert'>{escape(str(error))}</p>"
                return
            self.begin(start, session, tour)

        return prepared

    def begin(self, start: Start, session: LiveSession, tour: Tour | None) -> None:
        """Show a session from its beginning."""
        self._busy, self.session, self._tour, self._stop = False, session, tour, -1
        names = [guest.name for guest in session.host.guests]
        followed = start.follow or odd_one(session.host.scenario)
        session.moments.follow(names.index(followed))
        self.figures.begin(session, followed)
        self.settings.begin(names, followed, session.host.scenario.host.memory_mib)
        self.speed.value = _nearest(start.step_s)
        self.story.text = f"<b>{escape(start.title)}.</b> {escape(start.look)}"
        self.next.visible = tour is not None
        session.advance(self.step_s)
        self._draw()

    def _follow(self, guest: str) -> None:
        if self.session is not None:
            names = [one.name for one in self.session.host.guests]
            self.session.moments.follow(names.index(guest))
            self.figures.begin(self.session, guest)
            self._draw()

    def _played(self, _attr: str, _old: bool, new: bool) -> None:
        self.play.label = "Pause" if new else "Play"

    def _tick(self) -> None:
        if self.play.active and self.session is not None and self.pace.free:
            begin_ns = self.session.now_ns
            self.session.advance(self.step_s, budget_s=_BUDGET_S)
            self.keep_up((self.session.now_ns - begin_ns) * 1e-9)
            self._draw()
            if self.session.over:
                self.play.active = False

    def keep_up(self, gone_s: float) -> None:
        """Lower the speed, and say so, where the model can't keep up with it."""
        slower = self.lag.note(gone_s / self.step_s)
        slowest = min(SPEEDS, key=lambda name: SPEEDS[name])
        if slower is not None and self.speed.value != slowest:
            can = [name for name, step_s in SPEEDS.items() if step_s <= self.step_s / slower]
            self.speed.value = can[-1] if can else slowest
            self.note = (
                f"<br>This host runs {slower:.2g} times slower than asked, so the speed is now "
                f"{self.speed.value}."
            )

    def _sped(self) -> None:
        self.note = ""
        self.lag.forget()
        self._draw()

    def _go(self, act: Callable[[LiveSession], None]) -> None:
        """Stand still, go on by one act, and show where that led."""
        self.play.active = False
        if self.session is not None:
            act(self.session)
            self._draw()

    def _next_stop(self) -> None:
        if self._tour is None or self.session is None:
            return
        self._stop += 1
        stops = self._tour.stops
        stop = stops[self._stop]
        self.play.active = False
        self.speed.value = _nearest(stop.step_s)
        stop.go(self.session)
        words = escape(stop.text(self.session))
        head = f"{self._stop + 1} of {len(stops)}: {escape(stop.title)}."
        self.story.text = f"<b>{head}</b> {words}"
        self.next.visible = self._stop + 1 < len(stops)
        self.settings.refresh()
        self._draw()

    def _draw(self) -> None:
        if self.session is not None:
            self.figures.draw(self.session, self.settings.guest.value)
            self.status.text = _status(self.session) + self.note
            self.pace.sent()


def _status(session: LiveSession) -> str:
    now_ns = session.now_ns
    seconds, rest = divmod(now_ns, 10**9)
    since = f"stretch since {session.history.since_s:.6g} s"
    text = f"<b>{seconds}.{rest // 1000:06d} s</b> simulated, {since}"
    if session.history.changes:
        text += f". Last change: {escape(session.history.changes[-1].text)}"
    return text + ("." if not session.over else ". This is the end: start again.")


def _nearest(step_s: float) -> str:
    return min(SPEEDS, key=lambda name: abs(SPEEDS[name] / step_s - 1.0))


def _next_deferral(session: LiveSession) -> None:
    before = {(one.thread, one.pending_ns) for one in session.moments.pending}

    def seen(now: LiveSession) -> bool:
        return any((one.thread, one.pending_ns) not in before for one in now.moments.pending)

    session.advance_until(seen, _LIMIT_S)
