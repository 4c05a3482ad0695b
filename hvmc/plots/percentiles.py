"""Percentiles with their intervals along an axis: median, 90th and 95th."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from matplotlib.axes import Axes

    from hvmc.analysis.intervals import Interval
    from hvmc.plots.style import LineStyle


@dataclass(frozen=True, slots=True)
class Percentile:
    """A percentile and how it is drawn, told apart by colour, marker and line."""

    probability: float
    name: str
    colour: str
    marker: str
    line: LineStyle


MEDIAN = Percentile(0.5, "median", "#000000", "o", "solid")
P90 = Percentile(0.9, "90th percentile", "#0072B2", "s", (0, (5, 1.6)))
P95 = Percentile(0.95, "95th percentile", "#D55E00", "^", (0, (1.2, 1.4)))
_STUB = 0.05
# matplotlib's carets point down 7, up 6, left 4, right 5
_HEADS = {"x": (7, 6), "y": (4, 5)}
_CAPS = {"x": ("_", "_"), "y": ("|", "|")}


def draw_intervals(
    ax: Axes,
    places: np.ndarray,
    intervals: Sequence[Interval | None],
    look: Percentile,
    *,
    along: Literal["x", "y"] = "x",
    joined: bool = True,
) -> None:
    """Draw estimates with bars; hollow where the data do not support the stated coverage.

    A line joins only neighbouring places that both have an estimate. Where the data give no bound,
    a short bar ends in an arrow head.

    Parameters
    ----------
    ax : Axes
        Where to draw; its limits along the value axis must be set, and positive.
    places : ndarray
        float64, shape (places,): positions along the other axis.
    intervals : sequence of Interval or None
        Estimate at each place, None where there is none.
    look : Percentile
        Name and appearance.
    along : {"x", "y"}
        Axis along which the places lie.
    joined : bool
        Whether to join neighbours by a line.
    """
    values = np.array([one.estimate if one else np.nan for one in intervals])
    if np.isnan(values).all():
        return
    paint: dict[str, Any] = {
        "color": look.colour,
        "zorder": 4.0 - look.probability,
        "markersize": 3.6,
    }
    line = look.line if joined else "none"
    ax.plot(*_at(places, values, along), linestyle=line, linewidth=1.0, **paint)
    for place, one in zip(places, intervals, strict=True):
        if one is not None:
            _bar(ax, float(place), one, along, paint)
    for supported, face in ((False, "white"), (True, look.colour)):
        shown = np.array([one is not None and one.supported == supported for one in intervals])
        at = _at(places[shown], values[shown], along)
        ax.plot(*at, look.marker, markerfacecolor=face, **paint)
    ax.plot([], [], marker=look.marker, linestyle=line, linewidth=1.0, label=look.name, **paint)


def _bar(
    ax: Axes, place: float, one: Interval, along: Literal["x", "y"], paint: dict[str, Any]
) -> None:
    """Draw the interval of one estimate, each end with a cap or, without bound, an arrow head."""
    bottom, top = ax.get_ylim() if along == "x" else ax.get_xlim()
    stub = (top / bottom) ** _STUB
    for end, factor, head, cap in zip(
        (one.low, one.high), (1.0 / stub, stub), _HEADS[along], _CAPS[along], strict=True
    ):
        bounded = math.isfinite(end)
        tip = end if bounded else one.estimate * factor
        across = _at(np.array([place, place]), np.array([one.estimate, tip]), along)
        ax.plot(
            *across,
            linewidth=0.8,
            marker=cap if bounded else head,
            markevery=[1],
            clip_on=bounded,
            **paint,
        )


def _at(
    places: np.ndarray, values: np.ndarray, along: Literal["x", "y"]
) -> tuple[np.ndarray, np.ndarray]:
    return (places, values) if along == "x" else (values, places)


def ends_of(intervals: Iterable[Interval]) -> list[float]:
    """Return every estimate and bound that is finite: what an axis must reach."""
    ends = (end for one in intervals for end in (one.estimate, one.low, one.high))
    return [end for end in ends if math.isfinite(end)]


def explain_bars(intervals: Sequence[Interval], level: float) -> str:
    """Say what the bars drawn mean, for a legend: empty if there are none.

    Examples
    --------
    >>> explain_bars([], 0.95)
    ''
    """
    if not intervals:
        return ""
    text = f"; bars: {100 * level:g} % interval between trials"
    if not all(one.supported for one in intervals):
        text += "\nhollow: too few trials for that coverage"
    if any(np.isinf([one.low, one.high]).any() for one in intervals):
        text += "; arrow head: no bound"
    return text
