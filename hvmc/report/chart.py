"""The exceedance curves as a chart of a page: what is drawn, and what pointing at it tells."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hvmc.analysis.numbers import percent
from hvmc.answers.sentences import told

if TYPE_CHECKING:
    import pandas as pd

    from hvmc.answers.asked import Asked
    from hvmc.plots.groups import Group

__all__ = ["Chart", "Series", "Tick", "charts"]

_WIDTH, _HEIGHT = 640.0, 400.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 66.0, 628.0, 22.0, 346.0
_STEPS = (1.0, 2.0, 5.0)
_EVEN = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
_MOST_TICKS = 8
_NARROW = 5.0
_DIGITS = 5


@dataclass(frozen=True)
class Tick:
    """A line of an axis: where, what is written, whether it is among those that may be left out."""

    at: float
    text: str
    minor: bool


@dataclass(frozen=True)
class Series:
    """One curve.

    Parameters
    ----------
    name, size : str
        Whose, and how many guests and hosts.
    colour : str
        Of the curve.
    dash : str
        Lengths of strokes and gaps; empty for an unbroken line.
    line, band : str
        Paths in the chart's units; no band of a single trial.
    at_mark : str
        Share beyond the first mark, with its band, in words.
    points : dict
        x, estimate, low, high: lists of equal length, rounded.
    """

    name: str
    size: str
    colour: str
    dash: str
    line: str
    band: str
    at_mark: str
    points: dict[str, list[float]]


@dataclass(frozen=True)
class Chart:
    """A chart with its curves.

    Parameters
    ----------
    title : str
        What it shows.
    series : sequence of Series
        At least one.
    mark : float
        Stretch at which shares are written until one points elsewhere.
    x_ticks, y_ticks, marks : sequence of Tick
        In the chart's units.
    scale : dict
        What turns a place into a stretch: the ends of the x axis, in units and in stretch.
    at_least : bool
        Whether curves are lower bounds somewhere, since requests were cut off.
    """

    title: str
    series: Sequence[Series]
    mark: float
    x_ticks: Sequence[Tick]
    y_ticks: Sequence[Tick]
    marks: Sequence[Tick]
    scale: dict[str, float]
    at_least: bool

    width, height = _WIDTH, _HEIGHT
    left, right, top, bottom = _LEFT, _RIGHT, _TOP, _BOTTOM

    @property
    def data(self) -> dict[str, Any]:
        """What the page's script reads."""
        return {
            "scale": self.scale,
            "mark": self.mark,
            "series": [one.points for one in self.series],
        }


def charts(asked: "Asked") -> Iterator[Chart]:
    """Yield a chart of all regimes with one design point, and one per regime and role of others."""
    from hvmc.plots.groups import split_points
    from hvmc.plots.swept import read_design

    curves = asked.exceedance
    for rows in asked.single:
        groups = [group for group in asked.groups(rows) if len(group.rows)]
        if groups:
            own = curves[curves["point"].isin(rows["point"])]
            yield _chart("all regimes and roles", groups, own, asked.marks(rows))
    for group in asked.compared:
        own = group.of(curves)
        if len(own):
            points = sorted(group.rows["point"].unique())
            names = read_design({int(point): asked.levels[int(point)] for point in points}).names
            marks = asked.marks(group.rows)
            yield _chart(group.look.label, split_points(group, names), own, marks)


def _chart(
    title: str, groups: "Sequence[Group]", curves: "pd.DataFrame", marks: Sequence[float]
) -> Chart:
    ends = [1.0, *marks, float(curves["x"].min()), float(curves["x"].max())]
    x = _Axis(min(ends) / 1.03, max(ends) * 1.06, _LEFT, _RIGHT)
    y = _Axis(0.5 / float(curves["guests"].max()), 1.08, _BOTTOM, _TOP)
    series = [_series(group, group.of(curves), marks[0], x, y) for group in groups]
    return Chart(
        title,
        series,
        marks[0],
        x.ticks(lambda value: f"{value:g}"),
        y.ticks(lambda value: f"{100 * value:g} %"),
        [Tick(x.at(mark), f"{mark:g}", minor=False) for mark in marks],
        {"left": _LEFT, "right": _RIGHT, "low": x.low, "high": x.high},
        bool((curves["at_least"] & (curves["estimate"] > 0.0)).any()),
    )


@dataclass(frozen=True)
class _Axis:
    """A logarithmic axis between two places."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        inside = min(max(value, self.low), self.high)
        part = math.log(inside / self.low) / math.log(self.high / self.low)
        return round(self.start + part * (self.end - self.start), 1)

    def ticks(self, write: Any) -> list[Tick]:
        if self.high / self.low < _NARROW:
            return self._even(write)
        decades = range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)))
        values = [step * 10.0**decade for decade in decades for step in _STEPS]
        wide = math.log10(self.high / self.low) > 3.2
        return [
            Tick(self.at(value), write(value), minor=value not in _decades(values))
            for value in values
            if self.low <= value <= self.high and not (wide and value not in _decades(values))
        ]

    def _even(self, write: Any) -> list[Tick]:
        step = next(step for step in _EVEN if (self.high - self.low) / step <= _MOST_TICKS)
        numbers = range(math.ceil(self.low / step), math.floor(self.high / step) + 1)
        values = [round(number * step, 6) for number in numbers]
        return [
            Tick(self.at(value), write(value), minor=number % 2 > 0)
            for number, value in zip(numbers, values, strict=True)
        ]


def _decades(values: Sequence[float]) -> Sequence[float]:
    return values[:: len(_STEPS)]


def _series(group: "Group", curve: "pd.DataFrame", mark: float, x: _Axis, y: _Axis) -> Series:
    seen = curve[curve["estimate"] > 0.0]
    xs = [x.low, *map(float, seen["x"]), float(curve["x"].iloc[-1])]
    line = _stairs(xs, [1.0, *seen["estimate"], y.low], x, y)
    band = ""
    if curve["clusters"].iloc[0] > 1 and len(seen):
        upper = _stairs(xs, [1.0, *seen["high"], seen["high"].iloc[-1]], x, y)
        lower = _stairs(xs, [1.0, *seen["low"], seen["low"].iloc[-1]], x, y)
        band = f"{upper}L{'L'.join(reversed(lower.removeprefix('M').split('L')))}Z"
    points = {
        name: [float(f"{value:.{_DIGITS}g}") for value in curve[name]]
        for name in ("x", "estimate", "low", "high")
    }
    look = group.look
    dash = "" if isinstance(look.line, str) else " ".join(f"{part:g}" for part in look.line[1])
    at = told(_beyond(curve, mark), percent, after=" %")
    return Series(look.label, group.size, look.colour, dash, line, band, at, points)


def _stairs(xs: Sequence[float], heights: Sequence[float], x: _Axis, y: _Axis) -> str:
    """Return a path that keeps each height until the next x."""
    places: list[str] = []
    for number, (value, height) in enumerate(zip(xs, heights, strict=True)):
        across, down = x.at(value), y.at(height)
        if number:
            places.append(f"{across:g} {y.at(heights[number - 1]):g}")
        places.append(f"{across:g} {down:g}")
    return f"M{'L'.join(places)}"


def _beyond(curve: "pd.DataFrame", mark: float) -> dict[str, float]:
    """Return the share of guests beyond a stretch: all of them below the smallest."""
    below = curve[curve["x"] <= mark]
    if below.empty:
        return {"estimate": 1.0, "low": math.nan, "high": math.nan}
    return {name: float(below[name].iloc[-1]) for name in ("estimate", "low", "high")}
