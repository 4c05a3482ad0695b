"""The figures of the views: curves, intervals, clouds; points tell which guest they are."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from bokeh.models import (
    ColumnDataSource,
    CustomJSTickFormatter,
    FixedTicker,
    HoverTool,
    LogTickFormatter,
    Range1d,
    Span,
    TapTool,
)
from bokeh.plotting import figure

from hvmc.explore.selection import Picked
from hvmc.explore.views import View
from hvmc.plots.explored import group_looks, logarithmic

__all__ = ["chart"]

type Pick = Callable[[Picked], None]

_TEXT = "#1b2329"
_MARKERS = {
    "o": "circle",
    "s": "square",
    "^": "triangle",
    "D": "diamond",
    "v": "inverted_triangle",
    "P": "plus",
    "X": "x",
    "<": "star",
}
_MARKED = {"stretch", "hosting"}
_LEGEND_PX = 22
_SOME_TICKS = 8.0
_PLAIN = "return tick.toPrecision(3) * 1 + ''"


def chart(view: View, pick: Pick) -> figure:
    """Return the figure of a view.

    Parameters
    ----------
    view : View
        What is shown.
    pick : function
        Called with the guest that is clicked.
    """
    makers = {"exceedance": _curves, "quantiles": _intervals}
    return makers.get(view.selection.view, _clouds)(view, pick)


def _styled(plot: figure) -> figure:
    plot.toolbar.logo = None
    plot.toolbar.autohide = True
    plot.title.text_color = _TEXT
    plot.title.text_font_size = "15px"
    plot.outline_line_color = None
    plot.grid.grid_line_color = "#e4e8eb"
    for axis in plot.axis:
        axis.axis_label_text_font_style = "normal"
        axis.axis_label_text_color = axis.major_label_text_color = _TEXT
        axis.major_label_text_font_size = axis.axis_label_text_font_size = "13px"
        if isinstance(axis.formatter, LogTickFormatter):
            axis.formatter = CustomJSTickFormatter(code=_PLAIN)
    if plot.legend:
        legend = plot.legend[0]
        legend.click_policy = "hide"
        legend.label_text_font_size = "12px"
        legend.background_fill_alpha = 0.85
        plot.add_layout(legend, "below")
        legend.location = "top_left"
        legend.border_line_color = None
        plot.height += _LEGEND_PX * len(legend.items)
    return plot


def _figure(title: str, x: str, y: str, **options: object) -> figure:
    return figure(
        title=title,
        sizing_mode="stretch_width",
        min_width=280,
        height=400,
        tools="pan,wheel_zoom,box_zoom,reset",
        x_axis_label=x,
        y_axis_label=y,
        background_fill_color="#ffffff",
        border_fill_color="#ffffff",
        **options,
    )


def _mark(axis: Any, values: np.ndarray) -> None:
    """Put ticks at 1, 2 and 5 of each decade on a logarithmic axis that spans some."""
    known = values[np.isfinite(values) & (values > 0.0)]
    if known.size and known.max() > _SOME_TICKS * known.min():
        decades = range(math.floor(np.log10(known.min())) - 1, math.ceil(np.log10(known.max())) + 1)
        ticks = [part * 10.0**decade for decade in decades for part in range(1, 10)]
        major = [one for place, one in enumerate(ticks) if place % 9 in (0, 1, 4)]
        axis.ticker = FixedTicker(ticks=major, minor_ticks=ticks)


def _scale(values: np.ndarray) -> str:
    return "log" if logarithmic(values) else "linear"


def _clickable(plot: figure, dots: list[tuple[object, ColumnDataSource]], pick: Pick) -> None:
    """Let points tell their guest, and be picked."""
    tips = [("guest", "@guest"), ("trial", "@trial"), ("x", "@x{0.000 a}"), ("y", "@y{0.000 a}")]
    renderers = [renderer for renderer, _ in dots]
    plot.add_tools(HoverTool(renderers=renderers, tooltips=[("", "@label"), *tips]))
    plot.add_tools(TapTool(renderers=renderers))
    for _, source in dots:
        source.selected.on_change("indices", _picker(source, pick))


def _picker(
    source: ColumnDataSource, pick: Pick
) -> Callable[[str, Sequence[int], Sequence[int]], None]:
    def picked(_attr: str, _old: Sequence[int], new: Sequence[int]) -> None:
        if new:
            row = {name: source.data[name][new[0]] for name in source.data}
            unit = (int(row["point"]), int(row["trial"]), int(row["replication"]))
            pick(Picked(str(row["result"]), *unit, str(row["guest"])))

    return picked


def _source(rows: pd.DataFrame, **more: object) -> ColumnDataSource:
    names = ("result", "point", "trial", "replication", "guest", "label")
    columns = {name: rows[name].astype(object).to_numpy() for name in names}
    return ColumnDataSource({**{k: list(v) for k, v in columns.items()}, **more})


def _curves(view: View, pick: Pick) -> figure:
    frame, column = view.frame, view.selection.column
    scale = _scale(frame["x"].to_numpy())
    floor = 0.5 / frame["guests"].max()
    plot = _figure(
        view.title,
        column,
        "share of guests with more",
        x_axis_type=scale,
        y_axis_type="log",
        y_range=Range1d(floor, 1.15),
    )
    dots = []
    for look, own in group_looks(frame):
        x = own["x"].to_numpy()
        estimate = np.maximum(own["estimate"].to_numpy(), 1e-3 * floor)
        if own["clusters"].iloc[0] > 1:
            low = np.maximum(own["low"].to_numpy(), 1e-3 * floor)
            steps = np.repeat(x, 2)[1:]
            ends = (np.repeat(end, 2)[:-1] for end in (low, own["high"].to_numpy()))
            plot.varea(steps, *ends, color=look.colour, alpha=0.16)
        dashes = [] if isinstance(look.line, str) else [round(2 * part) for part in look.line[1]]
        words = f"{look.label} ({own['guests'].max()} guests, {own['clusters'].max()} trials)"
        plot.step(
            x,
            estimate,
            mode="after",
            color=look.colour,
            line_width=2,
            line_dash=dashes,
            legend_label=words,
        )
        seen = own[own["estimate"] > 0.0]
        source = _source(seen, x=seen["x"].tolist(), y=seen["estimate"].tolist())
        circle = plot.scatter("x", "y", source=source, size=9, color=look.colour, alpha=0.03)
        circle.selection_glyph = None
        dots.append((circle, source))
    if column in _MARKED:
        for value in (1.25, 2.0):
            plot.add_layout(
                Span(location=value, dimension="height", line_color="#75828c", line_width=1)
            )
    _clickable(plot, dots, pick)
    _mark(plot.yaxis, np.array([floor, 1.0]))
    if scale == "log":
        _mark(plot.xaxis, frame["x"].to_numpy())
    return _styled(plot)


def _intervals(view: View, _pick: Pick) -> figure:
    column = view.selection.column
    frame = view.frame[view.frame["metric"].str.startswith(f"{column}_p")]
    metrics = frame["metric"].unique().tolist()
    values = frame[["estimate", "low", "high"]].to_numpy().ravel()
    plot = _figure(view.title, "quantile", column, y_axis_type=_scale(values[np.isfinite(values)]))
    groups = list(group_looks(frame))
    shown = []
    for turn, (look, own) in enumerate(groups):
        at = np.array([metrics.index(name) for name in own["metric"]], dtype=float)
        at += 0.5 * (turn - (len(groups) - 1) / 2.0) / len(groups)
        estimate = own["estimate"].to_numpy()
        ends = [
            np.where(np.isfinite(own[end]), own[end].to_numpy(), estimate)
            for end in ("low", "high")
        ]
        plot.segment(at, ends[0], at, ends[1], color=look.colour, line_width=2)
        fill = [look.colour if one else "#ffffff" for one in own["supported"]]
        source = ColumnDataSource(
            {
                "x": at,
                "y": estimate,
                "fill": fill,
                "low": own["low"].map("{:.3g}".format).tolist(),
                "high": own["high"].map("{:.3g}".format).tolist(),
                "label": own["label"].astype(str).tolist(),
                "metric": own["metric"].tolist(),
            }
        )
        shown.append(
            plot.scatter(
                "x",
                "y",
                source=source,
                size=9,
                marker=_MARKERS.get(look.marker, "circle"),
                line_color=look.colour,
                fill_color="fill",
                line_width=2,
                legend_label=look.label,
            )
        )
    if isinstance(plot.yaxis[0].formatter, LogTickFormatter):
        _mark(plot.yaxis, values)
    plot.xaxis.ticker = list(range(len(metrics)))
    short = [name.removeprefix(f"{column}_") for name in metrics]
    plot.xaxis.major_label_overrides = dict(enumerate(short))
    tips = [("", "@label"), ("@metric", "@y{0.000 a}"), ("95 % interval", "@low to @high")]
    plot.add_tools(HoverTool(renderers=shown, tooltips=tips))
    return _styled(plot)


def _clouds(view: View, pick: Pick) -> figure:
    column, is_paired = view.selection.column, view.selection.view == "paired"
    name = view.selection.against.partition(".")[2]
    labels = (
        (f"{column} at the baseline", f"{column} at the other") if is_paired else (name, column)
    )
    x, y = (view.dots[which].to_numpy(dtype=float) for which in ("x", "y"))
    scales = [_scale(np.concatenate([x, y]))] * 2 if is_paired else [_scale(x), _scale(y)]
    plot = _figure(view.title, *labels, x_axis_type=scales[0], y_axis_type=scales[1])
    if len(view.cells):
        depth = np.log1p(view.cells["count"]) / np.log1p(view.cells["count"].max())
        grey = [f"#{round(245 - 110 * share):02x}" for share in depth]
        edges = [view.cells[end] for end in ("left", "right", "bottom", "top")]
        plot.quad(
            left=edges[0],
            right=edges[1],
            bottom=edges[2],
            top=edges[3],
            color=[one + one[1:] * 2 for one in grey],
            line_color=None,
        )
    dots = []
    for look, own in group_looks(view.dots):
        source = _source(own, x=own["x"].tolist(), y=own["y"].tolist())
        dots.append(
            (
                plot.scatter(
                    "x",
                    "y",
                    source=source,
                    size=6,
                    marker=_MARKERS.get(look.marker, "circle"),
                    color=look.colour,
                    alpha=0.5,
                    legend_label=look.label,
                ),
                source,
            )
        )
    if is_paired:
        ends = [max(x.min(), y.min()), min(x.max(), y.max())]
        plot.line(ends, ends, color=_TEXT, line_width=1.5)
    else:
        _medians(plot, view)
    _clickable(plot, dots, pick)
    for axis, scale, values in zip((plot.xaxis, plot.yaxis), scales, (x, y), strict=True):
        if scale == "log":
            _mark(axis, values)
    return _styled(plot)


def _medians(plot: figure, view: View) -> None:
    for look, own in group_looks(view.frame):
        plot.line(own["x"], own["estimate"], color=look.colour, line_width=3)
        known = own[np.isfinite(own["estimate"])]
        ends = [
            np.where(np.isfinite(known[end]), known[end], known["estimate"])
            for end in ("low", "high")
        ]
        plot.segment(known["x"], ends[0], known["x"], ends[1], color=look.colour, line_width=2)
