"""The timeline of the picked trial: figures over its course, and of a short time event by event.

The figures are those of the live page. A click in the course of the trial, or the box above it,
says which short time is looked at.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence

import numpy as np
from bokeh.document import Document
from bokeh.events import Tap
from bokeh.models import (
    BoxAnnotation,
    Button,
    ColorBar,
    Column,
    ColumnDataSource,
    HoverTool,
    LinearColorMapper,
    Range1d,
    Row,
    Spinner,
)
from bokeh.palettes import Blues256
from bokeh.plotting import figure

from hvmc.analysis.numbers import figure as number
from hvmc.explore.timeline import Close, Rerun, Timeline
from hvmc.live.frames import Columns
from hvmc.live.page import colours
from hvmc.live.page.figures import Lines, new_figure, rows_height
from hvmc.live.page.figures import Timeline as Spans
from hvmc.web.words import words

__all__ = ["TimelineView"]

_WRAPPED = {"flex-wrap": "wrap", "gap": "8px", "align-items": "end"}
_FIRST_MS, _POLL_S = 10.0, 0.4
_LEFT_PX, _RIGHT_PX = 66, 52


class TimelineView:
    """The timeline of one trial at a time.

    Parameters
    ----------
    look : function
        Called with simulated seconds when the user wants to look at another short time.
    """

    def __init__(self, look: Callable[[float], None]) -> None:
        self._look = look
        self._rerun: Rerun | None = None
        self.status = words(name="timeline_status")
        self.at = Spinner(
            title="Look closer from, simulated s", low=0.0, step=0.1, value=0.0, width=190
        )
        self.at.on_change("value_throttled", lambda _attr, _old, new: self._chosen(new))
        self.stop = Button(label="Stop here", width=100, visible=False)
        self.stop.on_click(self.leave)
        self.busy = _Busy()
        self.responses = Lines(
            "Response times",
            "milliseconds",
            [
                ("response_ms", "on this host", "#0072b2", "solid"),
                ("native_ms", "natively", "#1b2329", "dashed"),
            ],
        )
        self.deferred = Lines(
            "Deferred interrupts of all guests",
            "mean wait, milliseconds",
            [("deferral_ms", "wait", "#d40000", "solid")],
        )
        self.rates = Lines(
            "Interrupts of all guests",
            "per second",
            [
                ("interrupts_per_s", "all", "#0072b2", "solid"),
                ("deferred_per_s", "deferred", "#d40000", "dashed"),
            ],
        )
        self.memory = Lines(
            "Memory",
            "GiB",
            [
                ("assigned_gib", "assigned", "#0072b2", "solid"),
                ("demand_gib", "demand", "#1b2329", "dashed"),
            ],
        )
        self._lines = (self.responses, self.rates, self.deferred, self.memory)
        self._bands = [
            BoxAnnotation(
                left=0.0, right=0.0, fill_color="#f2b134", fill_alpha=0.6, line_color="#b36b00"
            )
            for _ in range(1 + len(self._lines))
        ]
        for plot, band in zip(self._course, self._bands, strict=True):
            plot.min_border_left, plot.min_border_right = _LEFT_PX, _RIGHT_PX
            plot.add_layout(band)
            plot.on_event(Tap, lambda event: self._chosen(event.x))
        window = Range1d(0.0, _FIRST_MS)
        self.lps = Spans("Who runs on each LP", "guest", "milliseconds", window)
        self.vps = Spans("VPs and deferred interrupts", "state", "milliseconds", window)
        self._window = window
        self.key, self.states = words(), words()
        near = (self.key, self.lps.figure, self.states, self.vps.figure)
        self.close = Column(*near, sizing_mode="stretch_width")
        self.course = Column(*self._course, sizing_mode="stretch_width")
        parts = (Row(self.at, self.stop, styles=_WRAPPED), self.status, self.course, self.close)
        self.root = Column(*parts, sizing_mode="stretch_width", visible=False)

    @property
    def _course(self) -> list[figure]:
        return [self.busy.figure, *(lines.figure for lines in self._lines)]

    def _chosen(self, at_s: float | None) -> None:
        if self._rerun is not None and at_s is not None:
            self._look(round(min(max(at_s, 0.0), self._rerun.horizon_s), 6))

    def leave(self) -> None:
        """Stop what is being simulated; what it has come to is shown."""
        if self._rerun is not None:
            self._rerun.give_up()

    def follow(self, rerun: Rerun | None, document: Document) -> None:
        """Simulate a trial again and show it; of the one before nothing more is shown."""
        self.leave()
        self._rerun, self.root.visible = rerun, rerun is not None
        if rerun is not None:
            self.course.visible = self.close.visible = False
            self.at.high, self.status.text = rerun.horizon_s, "This trial is simulated again."
            document.add_next_tick_callback(self._following(rerun))

    def _following(self, rerun: Rerun) -> Callable[[], Awaitable[None]]:
        async def following() -> None:
            loop, begin_s = asyncio.get_running_loop(), time.monotonic()
            found = loop.run_in_executor(None, rerun.timeline)
            while rerun is self._rerun:
                done, _ = await asyncio.wait([found], timeout=_POLL_S)
                passed_s = time.monotonic() - begin_s
                if done:
                    self.stop.visible = False
                    self.show(found.result(), passed_s)
                    return
                self.stop.visible = True
                self.status.text = _progress(rerun, passed_s)

        return following

    def show(self, found: Timeline, passed_s: float) -> None:
        """Show a timeline.

        Parameters
        ----------
        found : Timeline
            What is shown.
        passed_s : float
            Real seconds that it took.
        """
        self.status.text = _told(found, passed_s)
        self.course.visible = bool(found.course["time_s"])
        self.close.visible = found.close is not None
        self.busy.show(found)
        self.responses.figure.title.text = f"Response times of {found.guest}, means"
        self.memory.figure.title.text = f"Memory of {found.guest}"
        for lines in self._lines:
            lines.show(found.course)
            lines.figure.x_range.start = 0.0
        if found.close is not None:
            self._show_close(found, found.close)

    def _show_close(self, found: Timeline, close: Close) -> None:
        width_ms = (close.to_s - close.from_s) * 1e3
        for band in self._bands:
            band.update(left=close.from_s, right=close.to_s)
        self.at.value = close.from_s
        first_ms = min(_FIRST_MS, width_ms)
        self._window.update(start=0.0, end=first_ms, reset_start=0.0, reset_end=first_ms)
        self._window.bounds = (0.0, width_ms)
        fill = colours.guest_colours(found.guests, found.guest)
        self.key.text = colours.guest_key(fill, found.guest)
        self.states.text = colours.state_key()
        self.lps.rows([f"LP {lp}" for lp in range(found.lp_busy.shape[1])])
        self.vps.rows([*close.vp_names, f"{found.guest} interrupts"])
        for spans in (self.lps, self.vps):
            spans.figure.xaxis.axis_label = f"milliseconds after {close.from_s:g} simulated s"
        self.lps.show("lp", _later(close.lps, width_ms), fill, "vp")
        self.vps.show("vp", _later(close.vps, width_ms), colours.STATE)
        self.vps.show_interrupts(_later(close.interrupts, width_ms), [found.guest])


class _Busy:
    """How busy each logical processor is, as a strip of colours each."""

    def __init__(self) -> None:
        self.figure = new_figure(
            title="How busy each LP is, %",
            height=180,
            x_range=Range1d(0.0, 1.0),
            y_range=Range1d(-0.5, 0.5),
            x_axis_label="simulated seconds",
            y_axis_label="LP",
        )
        scale = LinearColorMapper(palette=Blues256[::-1], low=0.0, high=100.0)
        self._source = ColumnDataSource({"image": [np.zeros((1, 1))], "dw": [1.0], "dh": [1.0]})
        strips = self.figure.image(
            "image", x=0.0, y=-0.5, dw="dw", dh="dh", color_mapper=scale, source=self._source
        )
        self.figure.add_layout(ColorBar(color_mapper=scale, width=12, padding=4), "right")
        self.figure.add_tools(
            HoverTool(renderers=[strips], tooltips=[("s", "$x"), ("busy, %", "@image")])
        )
        self.figure.yaxis.ticker.update(min_interval=1)

    def show(self, found: Timeline) -> None:
        """Show the strips of a timeline."""
        pieces, lps = found.lp_busy.shape
        if pieces:
            end_s = float(str(found.course["time_s"][-1]))
            image = np.ascontiguousarray(100.0 * found.lp_busy.T)
            self._source.data = {"image": [image], "dw": [end_s], "dh": [float(lps)]}
            self.figure.x_range.end = end_s
            self.figure.y_range.end = lps - 0.5
            self.figure.height = rows_height(lps, 12)


def _later(columns: Columns, width_ms: float) -> Columns:
    """Return columns whose times are after the beginning, not before the end."""
    moved: Mapping[str, Sequence[object]] = {
        name: [float(str(ms)) + width_ms for ms in columns[name]] for name in ("begin_ms", "end_ms")
    }
    return columns | {name: list(values) for name, values in moved.items()}


def _progress(rerun: Rerun, passed_s: float) -> str:
    reached_s = rerun.reached_s
    text = f"This trial is simulated again: {number(passed_s)} s so far"
    if reached_s > 0.0:
        left_s = passed_s * (rerun.horizon_s / reached_s - 1.0)
        text += f", at {number(reached_s)} of {number(rerun.horizon_s)} simulated s, "
        text += f"about {number(max(left_s, 0.1))} s to go"
    return f"{text}. It ends after {number(rerun.limit_s)} s at the latest."


def _told(found: Timeline, passed_s: float) -> str:
    text = f"<b>Timeline.</b> Simulated again in {number(passed_s)} s. "
    if found.reached_s < found.horizon_s * (1.0 - 1e-9):
        text += (
            f"It was stopped at {number(found.reached_s)} of {number(found.horizon_s)} simulated s:"
            " that much is shown. The command above shows all of it. "
        )
    text += f"What was measured begins at {number(found.warmup_s)} s. "
    if found.close is not None:
        text += (
            f"The last two figures show {number(found.close.from_s)} to {found.close.to_s:.6g} s "
            "(the yellow band) event by event: move them sideways. "
        )
    return text + "Click a figure over simulated seconds to look closer there."
