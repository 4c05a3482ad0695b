"""The figures of the page: each holds its sources and takes the columns of a frame."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bokeh.models import ColumnDataSource, FactorRange, HoverTool, Range1d, Span
from bokeh.plotting import figure

if TYPE_CHECKING:
    from hvmc.live.frames import Columns

__all__ = ["Bars", "Lines", "Spans", "Squares", "page_figure", "rows_height"]

_ROW_PX, _FRAME_PX, _LEGEND_PX = 22, 78, 26
_TEXT = "#1b2329"
_SHOWN = 0.98
_MOVED = "xpan,xzoom_in,xzoom_out,reset"


def _styled(plot: figure) -> figure:
    plot.toolbar.autohide = True
    plot.toolbar.logo = None
    plot.title.text_color = _TEXT
    plot.title.text_font_size = "14px"
    plot.title.text_font_style = "bold"
    plot.outline_line_color = None
    plot.grid.grid_line_color = "#e4e8eb"
    for axis in plot.axis:
        axis.axis_label_text_font_style = "normal"
        axis.axis_label_text_color = axis.major_label_text_color = _TEXT
        axis.major_label_text_font_size = axis.axis_label_text_font_size = "12px"
        axis.axis_line_color = axis.major_tick_line_color = "#75828c"
        axis.minor_tick_line_color = None
    return plot


def page_figure(**options: object) -> figure:
    """Return an empty figure in the looks of these pages."""
    return _styled(
        figure(
            **{"tools": "", **options},
            sizing_mode="stretch_width",
            min_width=260,
            background_fill_color="#ffffff",
            border_fill_color="#ffffff",
        )
    )


def rows_height(rows: int, row_px: int = _ROW_PX) -> int:
    """Return the height of a figure with so many rows, pixels."""
    return _FRAME_PX + row_px * max(rows, 2)


class Spans:
    """Rows of spans over time, and deferred interrupts on rows of their own.

    Parameters
    ----------
    title : str
        What is shown.
    what : str
        Column by which spans are named and coloured.
    axis : str
        What the time is, in which unit.
    window : Range1d, optional
        What is shown of it, which the user can then move; by default it is set by `window`.
    """

    def __init__(
        self,
        title: str,
        what: str,
        axis: str = "milliseconds before now",
        window: Range1d | None = None,
    ) -> None:
        self._what, self._rows = what, FactorRange(factors=[])
        self._window = Range1d(-1.0, 0.0) if window is None else window
        self.spans = ColumnDataSource({"row": [], "begin": [], "end": [], "name": [], "fill": []})
        self.waits = ColumnDataSource({"row": [], "begin": [], "end": [], "why": [], "ms": []})
        self.taken = ColumnDataSource({"row": [], "end": []})
        self.figure = page_figure(
            title=title,
            y_range=self._rows,
            x_range=self._window,
            height=160,
            x_axis_label=axis,
            tools="" if window is None else _MOVED,
        )
        bars = self.figure.hbar(
            "row", left="begin", right="end", height=0.76, color="fill", source=self.spans
        )
        self.figure.add_tools(
            HoverTool(
                renderers=[bars], tooltips=[("", "@name"), ("ms", "@begin{0.000} to @end{0.000}")]
            )
        )
        line = self.figure.hbar(
            "row", left="begin", right="end", height=0.3, color="#d40000", source=self.waits
        )
        self.figure.add_tools(
            HoverTool(
                renderers=[line],
                tooltips=[("deferred, guest was", "@why"), ("waits, ms", "@ms{0.000}")],
            )
        )
        self.figure.scatter(
            "begin",
            "row",
            size=10,
            fill_color="#ffffff",
            line_color="#d40000",
            line_width=2,
            source=self.waits,
        )
        self.figure.scatter("end", "row", size=10, color="#d40000", source=self.taken)
        self.figure.add_layout(
            Span(location=0.0, dimension="height", line_color=_TEXT, line_width=1)
        )

    def rows(self, names: Sequence[str]) -> None:
        """Set the rows, the first on top."""
        self._rows.factors = list(reversed(names))
        self.figure.height = rows_height(len(names))

    def window(self, window_s: float) -> None:
        """Set how much of the past is shown, seconds."""
        self._window.update(start=-window_s * 1e3, end=window_s * 15.0)

    def show(self, row: str, columns: "Columns", colours: dict[str, str], names: str = "") -> None:
        """Show spans: the column ``row`` says where, ``names`` what they are called."""
        self.spans.data = {
            "row": columns[row],
            "begin": columns["begin_ms"],
            "end": columns["end_ms"],
            "name": columns[names or self._what],
            "fill": [colours.get(str(what), "#b7c0c7") for what in columns[self._what]],
        }

    def show_interrupts(self, columns: "Columns", guests: Sequence[str]) -> None:
        """Show deferred interrupts of some partitions, each on the row ``NAME interrupts``."""
        found = [
            (f"{guest} interrupts", begin, end, why, ms, waiting)
            for guest, why, begin, end, waiting, ms in zip(*columns.values(), strict=True)
            if guest in guests
        ]
        row, begin, end, why, ms = ([one[place] for one in found] for place in range(5))
        self.waits.data = {"row": row, "begin": begin, "end": end, "why": why, "ms": ms}
        done = [one for one in found if not one[5]]
        self.taken.data = {"row": [one[0] for one in done], "end": [one[2] for one in done]}


class Squares:
    """One square per thing, in rows: ready queues, states of virtual processors."""

    def __init__(self, title: str, x_label: str) -> None:
        self._rows = FactorRange(factors=[])
        self.source = ColumnDataSource({"row": [], "x": [], "name": [], "fill": []})
        self.figure = page_figure(
            title=title,
            y_range=self._rows,
            x_range=Range1d(0.4, 8.6),
            height=140,
            x_axis_label=x_label,
        )
        squares = self.figure.rect(
            "x", "row", width=0.86, height=0.76, color="fill", source=self.source
        )
        self.figure.add_tools(HoverTool(renderers=[squares], tooltips="@name"))

    def rows(self, names: Sequence[str], places: int) -> None:
        """Set the rows, the first on top, and how many places there are at least."""
        self._rows.factors = list(reversed(names))
        self.figure.height = rows_height(len(names))
        self.figure.x_range.end = max(places, 4) + 0.6
        self.figure.xaxis.ticker.update(min_interval=1)

    def show(self, data: dict[str, list[object]]) -> None:
        """Show squares: row, x, name, fill."""
        self.source.data = data
        if data["x"]:
            most = max(int(str(x)) for x in data["x"])
            self.figure.x_range.end = max(self.figure.x_range.end, most + 0.6)


class Bars:
    """Memory of each guest: what it has, demands and touches."""

    def __init__(self, title: str) -> None:
        self._rows = FactorRange(factors=[])
        names = ("row", "assigned", "demand", "working_set", "pressure", "fill")
        self.source = ColumnDataSource({name: [] for name in names})
        self.figure = page_figure(
            title=title, y_range=self._rows, height=140, x_axis_label="GiB", x_range=(0, 1)
        )
        bars = self.figure.hbar(
            "row", left=0, right="assigned", height=0.6, color="fill", source=self.source
        )
        self.figure.scatter(
            "demand", "row", marker="dash", angle=1.5708, size=20, color=_TEXT, line_width=2,
            source=self.source, legend_label="demand",
        )  # fmt: skip
        self.figure.scatter(
            "working_set", "row", size=9, color=_TEXT, source=self.source,
            legend_label="working set",
        )  # fmt: skip
        _legend_above(self.figure)
        tips = [
            ("guest", "@row"),
            ("assigned, GiB", "@assigned{0.00}"),
            ("pressure", "@pressure{0}"),
        ]
        self.figure.add_tools(HoverTool(renderers=[bars], tooltips=tips))

    def rows(self, names: Sequence[str], most_gib: float) -> None:
        """Set the rows, the first on top, and the length of the axis."""
        self._rows.factors = list(reversed(names))
        self.figure.height = _LEGEND_PX + rows_height(len(names))
        self.figure.x_range.end = most_gib

    def show(self, data: dict[str, list[object]]) -> None:
        """Show bars: row, assigned, demand, working_set (GiB), pressure, fill."""
        self.source.data = data


class Lines:
    """Lines or points over simulated seconds, each from a column of one source.

    Parameters
    ----------
    title : str
        What is shown.
    y_label : str
        The unit.
    lines : sequence of tuple
        Column, what it is called, colour, dash (``solid`` or ``dashed``).
    points : bool
        Whether there are points beside the lines, one set for each.
    """

    def __init__(
        self,
        title: str,
        y_label: str,
        lines: Sequence[tuple[str, str, str, str]],
        *,
        points: bool = False,
    ) -> None:
        self.source = ColumnDataSource({"time_s": [], **{name: [] for name, *_ in lines}})
        self._x, self._y = Range1d(0.0, 1.0), Range1d(0.0, 1.0)
        self.figure = page_figure(
            title=title,
            height=220 if len(lines) > 1 else 180,
            x_range=self._x,
            y_range=self._y,
            x_axis_label="simulated seconds",
            y_axis_label=y_label,
        )
        self._points: dict[str, ColumnDataSource] = {}
        for name, words, colour, dash in lines:
            told = {"legend_label": words} if len(lines) > 1 else {}
            self.figure.line(
                "time_s", name, color=colour, line_width=2, line_dash=dash, source=self.source,
                **told,
            )  # fmt: skip
            if points:
                self._points[name] = ColumnDataSource({"time_s": [], "y": []})
                self.figure.scatter(
                    "time_s", "y", size=4, fill_color=colour if dash == "solid" else None,
                    line_color=colour, source=self._points[name],
                )  # fmt: skip
        if len(lines) > 1:
            _legend_above(self.figure)
        for axis in self.figure.axis:
            axis.formatter.use_scientific = False

    def show(self, columns: "Columns") -> None:
        """Show the columns of the lines, the axes from the first time and from 0 on."""
        self.source.data = {name: columns[name] for name in self.source.data}
        times = [float(str(time)) for time in columns["time_s"]]
        if times:
            self._x.update(start=times[0] if len(times) > 1 else 0.0, end=times[-1])
        highest = max((_highest(self.source.data[name]) for name in self._names), default=0.0)
        self._y.update(start=0.0, end=1.08 * highest or 1.0)

    @property
    def _names(self) -> list[str]:
        return [name for name in self.source.data if name != "time_s"]

    def show_points(self, name: str, columns: "Columns") -> None:
        """Show points of one kind: time_s, ms; those far above the others are cut off."""
        self._points[name].data = {"time_s": columns["time_s"], "y": columns["ms"]}
        heights = sorted(float(str(ms)) for ms in columns["ms"])
        if heights:
            most = 1.15 * heights[int(_SHOWN * (len(heights) - 1))]
            self._y.end = max(self._y.end, most)


def _highest(values: Sequence[object]) -> float:
    """Return the largest number that is not nan; 0 without any."""
    return max(
        (value for value in values if isinstance(value, float) and value == value), default=0
    )


def _legend_above(plot: figure) -> None:
    """Move the legend out of the way of the data."""
    legend = plot.legend[0]
    legend.update(orientation="horizontal", border_line_color=None, padding=0, margin=2)
    legend.label_text_font_size = "12px"
    plot.add_layout(legend, "above")
