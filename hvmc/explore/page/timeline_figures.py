"""The figures of a trial's timeline: over its course, and of a short time event by event.

They are those of the live page.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from bokeh.events import Tap
from bokeh.models import (
    BoxAnnotation,
    ColorBar,
    Column,
    ColumnDataSource,
    HoverTool,
    LinearColorMapper,
    Range1d,
)
from bokeh.palettes import Blues256
from bokeh.plotting import figure

from hvmc.explore.timeline import Close, Timeline
from hvmc.live.page import colours
from hvmc.live.page.figures import Lines, Spans, page_figure, rows_height
from hvmc.web.words import words

if TYPE_CHECKING:
    from hvmc.live.frames import Columns

__all__ = ["TimelineFigures"]

_FIRST_MS = 10.0
_LEFT_PX, _RIGHT_PX = 66, 52


class TimelineFigures:
    """All figures of one timeline at a time.

    Parameters
    ----------
    look : function
        Called with simulated seconds where a figure over the course is clicked.
    """

    def __init__(self, look: Callable[[float | None], None]) -> None:
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
            plot.on_event(Tap, lambda event: look(event.x))
        window = Range1d(0.0, _FIRST_MS)
        self.lps = Spans("Who runs on each LP", "guest", "milliseconds", window)
        self.vps = Spans("VPs and deferred interrupts", "state", "milliseconds", window)
        self._window = window
        self.key, self.states = words(), words()
        near = (self.key, self.lps.figure, self.states, self.vps.figure)
        self.close = Column(*near, sizing_mode="stretch_width")
        self.course = Column(*self._course, sizing_mode="stretch_width")

    @property
    def _course(self) -> list[figure]:
        return [self.busy.figure, *(lines.figure for lines in self._lines)]

    def show(self, found: Timeline) -> None:
        """Show a timeline."""
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
        self.figure = page_figure(
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


def _later(columns: "Columns", width_ms: float) -> "Columns":
    """Return columns whose times are after the beginning, not before the end."""
    moved: Mapping[str, Sequence[object]] = {
        name: [float(str(ms)) + width_ms for ms in columns[name]] for name in ("begin_ms", "end_ms")
    }
    return columns | {name: list(values) for name, values in moved.items()}
