"""Percentiles with their intervals along an axis: median, 90th and 95th."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

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

    A line joins only neighbouring places that both have an estimate. A bar without bound on one
    side runs out of the axes there and has no cap.

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
    bottom, top = ax.get_ylim() if along == "x" else ax.get_xlim()
    ends = np.full((len(intervals), 3), np.nan)
    solid = np.zeros(len(intervals), dtype=bool)
    for row, one in enumerate(intervals):
        if one is not None:
            ends[row] = one.estimate, max(one.low, 0.1 * bottom), min(one.high, 10.0 * top)
            solid[row] = one.supported
    if np.isnan(ends[:, 0]).all():
        return
    x, y = (places, ends[:, 0]) if along == "x" else (ends[:, 0], places)
    style: dict[str, Any] = {
        "color": look.colour,
        "zorder": 4.0 - look.probability,
        "markersize": 3.6,
    }
    ax.plot(x, y, linestyle=look.line if joined else "none", linewidth=1.0, **style)
    drawn = np.isfinite(ends[:, 0])
    spread = np.abs(ends[drawn, 1:] - ends[drawn, :1]).T
    bars: dict[str, Any] = {"yerr" if along == "x" else "xerr": spread}
    ax.errorbar(
        x[drawn],
        y[drawn],
        **bars,
        linestyle="none",
        elinewidth=0.8,
        capsize=1.6,
        **style,
    )
    ax.plot(x[drawn & ~solid], y[drawn & ~solid], look.marker, markerfacecolor="white", **style)
    ax.plot(x[drawn & solid], y[drawn & solid], look.marker, **style)
    line = look.line if joined else "none"
    ax.plot([], [], marker=look.marker, linestyle=line, linewidth=1.0, label=look.name, **style)
