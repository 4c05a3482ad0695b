"""Percentiles of the stretch over design points: lines along a swept setting, or rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hvmc.plots import style
from hvmc.plots.groups import CannotDrawError
from hvmc.plots.percentiles import MEDIAN, P95, draw_percentile, ends_of, explain_bars
from hvmc.plots.swept import axis_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes

    from hvmc.plots.swept import Swept

MOST_ROWS = 60
"""Design points beyond which rows would not fit on a page."""

_LOOKS = (MEDIAN, P95)
_MOST_TICKS = 10


def sweep_size_in(design: Swept) -> tuple[float, float]:
    """Width and height of a figure of some design points, inches."""
    rows = min(len(design.names), MOST_ROWS)
    return (5.4, 4.8) if design.only_numbers else (6.4, 1.4 + 0.3 * rows)


@style.journal()
def sweep_percentiles(
    ax: Axes,
    summary: pd.DataFrame,
    design: Swept,
    thresholds: Sequence[float],
    title: str,
    guests: int,
) -> Axes:
    """Draw median and 95th percentile of each design point of one regime and role.

    Against the swept setting if there is one and it is numeric, otherwise one row a point.

    Parameters
    ----------
    ax, thresholds, title
        See `hvmc.plots`.
    summary : DataFrame
        As of `hvmc.analysis.summary.summarise`, of one regime and role, with a column point.
    design : Swept
        Names and axes of the design points.
    guests : int
        How many stand behind it.

    Raises
    ------
    CannotDrawError
        If there would be more than 60 rows.
    """
    found = summary[summary["metric"].isin([look.metric for look in _LOOKS])]
    numbers = design.only_numbers
    found = found.assign(x=found["point"].map(numbers or {})).sort_values(["x", "point"])
    limits = style.log_limits([1.0, *thresholds, *ends_of(found, _LOOKS)])
    if numbers:
        _draw_lines(ax, found, limits)
        ax.set(xlabel=axis_words(next(iter(design.keys.values()))), ylabel=style.STRETCH)
    elif len(design.names) > MOST_ROWS:
        raise CannotDrawError(
            f"outcomes must hold at most {MOST_ROWS} design points for rows, got "
            f"{len(design.names)}; draw a slice of them"
        )
    else:
        _draw_rows(ax, found, design, limits)
        ax.set_xlabel(style.STRETCH)
    style.mark_stretch(ax, "y" if numbers else "x", thresholds)
    ax.set_title(title, pad=6 if numbers else 15)
    style.legend_below(ax, f"n = {guests} guests; {explain_bars(found)}")
    return ax


def _draw_lines(ax: Axes, found: pd.DataFrame, limits: tuple[float, float]) -> None:
    """Draw both percentiles against the values of the swept setting, a little apart."""
    places = found["x"].unique()
    style.log_axis(ax, "y", *limits)
    if places[0] > 0 and places[-1] / places[0] >= 8:
        style.log_axis(ax, "x", *style.log_limits(places))
        if places.size <= _MOST_TICKS:
            ax.set_xticks(places, [f"{place:g}" for place in places])
            ax.set_xticks([], minor=True)
        apart = (places[-1] / places[0]) ** 0.003
        both = (places / apart, places * apart)
    else:
        span = places[-1] - places[0]
        ax.set_xlim(places[0] - 0.05 * span, places[-1] + 0.05 * span)
        both = (places - 0.0025 * span, places + 0.0025 * span)
    for at, look in zip(both, _LOOKS, strict=True):
        draw_percentile(ax, at, found, look)


def _draw_rows(ax: Axes, found: pd.DataFrame, design: Swept, limits: tuple[float, float]) -> None:
    """Draw both percentiles in one row for each design point, the first on top."""
    points = found["point"].unique()
    rows = np.arange(len(points), dtype=float)
    style.log_axis(ax, "x", *limits)
    ax.set_ylim(len(points) - 0.4, -0.6)
    for at, look in zip((rows - 0.08, rows + 0.08), _LOOKS, strict=True):
        draw_percentile(ax, at, found, look, along="y", joined=False)
    names = [design.names[int(point)] for point in points]
    ax.set_yticks(rows, names, fontsize=6.5, linespacing=0.95)
    ax.grid(axis="y", color=style.FAINT, linewidth=0.5, zorder=0)
    ax.set_axisbelow(True)
