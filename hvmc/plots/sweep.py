"""Percentiles of the stretch over design points: lines along a swept setting, or rows.

One numeric axis gives lines of the median and the 95th percentile with intervals; anything else
one row for each design point. For two axes see `hvmc.plots.sweepmap`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hvmc.plots import logscale, style
from hvmc.plots.groups import CannotDrawError, active, is_censored
from hvmc.plots.percentiles import MEDIAN, P95, draw_intervals, ends_of, explain_bars
from hvmc.plots.points import group_name
from hvmc.plots.swept import Swept, in_words, read_design

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from matplotlib.axes import Axes

    from hvmc.analysis.intervals import Interval

MOST_ROWS = 60
"""Design points beyond which rows would not fit on a page."""

LINES_SIZE_IN = (5.4, 4.8)
"""Width and height of a figure of lines, inches."""

_MOST_TICKS = 10


@style.journal()
def sweep_percentiles(
    outcomes: pd.DataFrame,
    *,
    labels: Mapping[int, str] | None = None,
    ax: Axes | None = None,
    thresholds: Sequence[float] = (1.25, 2.0),
    level: float = 0.95,
) -> Axes:
    """Draw median and 95th percentile of each design point of one regime and role.

    Against the swept setting if there is one and it is numeric, otherwise one row a point.

    Parameters
    ----------
    outcomes : DataFrame
        Outcomes frame of one regime and role.
    labels : mapping, optional
        Point -> label, such as ``population.victim.priority.weight=400``.
    ax : Axes, optional
        Where to draw; a new figure if omitted.
    thresholds : sequence of float
        Stretches to mark with a line, dimensionless.
    level : float
        Coverage of the intervals, inside (0, 1).

    Returns
    -------
    Axes

    Raises
    ------
    CannotDrawError
        If fewer than 2 design points have guests with a finite stretch, or there would be more
        than 60 rows.
    ValueError
        If there are several regimes or roles.
    """
    title = f"Stretch by design point\n{group_name(outcomes)}"
    found = point_percentiles(outcomes, level)
    design = read_design(found, labels)
    numbers = one_numeric_axis(design)
    if numbers is None and len(found) > MOST_ROWS:
        raise CannotDrawError(
            f"outcomes must hold at most {MOST_ROWS} design points for rows, got {len(found)}; "
            "draw a slice, for instance outcomes[outcomes.point < 60]"
        )
    if numbers is None:
        ax = style.axes(ax, 6.4, rows_height_in(len(found)))
        _draw_rows(ax, found, design, thresholds)
    else:
        ax = style.axes(ax, *LINES_SIZE_IN)
        _draw_lines(ax, found, numbers, thresholds)
        ax.set_xlabel(in_words(next(iter(design.keys.values()))))
    ax.set_title(title, pad=15 if numbers is None else 6)
    drawn = [one for pair in found.values() for one in pair]
    style.legend_below(ax, f"n = {len(active(outcomes))} guests{explain_bars(drawn, level)}")
    return ax


def rows_height_in(rows: int) -> float:
    """Height of a figure with that many design points as rows, inches."""
    return 1.4 + 0.3 * rows


def point_percentiles(
    outcomes: pd.DataFrame, level: float = 0.95
) -> dict[int, tuple[Interval, Interval]]:
    """Median and 95th percentile of the stretch of each design point, in the order of points.

    Parameters
    ----------
    outcomes : DataFrame
        Outcomes frame of one regime and role.
    level : float
        Coverage of the intervals, inside (0, 1).

    Raises
    ------
    CannotDrawError
        If fewer than 2 design points have guests with a finite stretch.
    """
    from hvmc.analysis.quantiles import quantiles

    found = {}
    for point, rows in active(outcomes).groupby("point", sort=True):
        middle, high = quantiles(
            rows["stretch"],
            rows["trial"],
            [MEDIAN.probability, P95.probability],
            censored=is_censored(rows),
            level=level,
        )
        found[int(point)] = (middle, high)
    if len(found) < 2:
        raise CannotDrawError(
            f"{len(found)} design point has guests with a finite stretch; comparing needs 2"
        )
    return found


def one_numeric_axis(design: Swept) -> dict[int, float] | None:
    """Values of the only swept setting, None if there are more or they are no distinct numbers."""
    if len(design.axes) != 1:
        return None
    numbers = design.numeric(next(iter(design.axes)))
    if numbers is None or len(set(numbers.values())) < len(numbers):
        return None
    return numbers


def _value_range(
    found: Mapping[int, tuple[Interval, Interval]], thresholds: Sequence[float]
) -> tuple[float, float]:
    """Limits of the stretch axis: estimates, bounded bars, and the thresholds."""
    ends = ends_of(one for pair in found.values() for one in pair)
    return logscale.limits(min(1.0, *ends), max(*ends, *thresholds))


def _draw_lines(
    ax: Axes,
    found: Mapping[int, tuple[Interval, Interval]],
    numbers: Mapping[int, float],
    thresholds: Sequence[float],
) -> None:
    """Draw both percentiles against the values of the swept setting."""
    order = sorted(found, key=lambda point: numbers[point])
    places = np.array([numbers[point] for point in order])
    logscale.set_log(ax, "y", *_value_range(found, thresholds))
    if places[0] > 0 and places[-1] / places[0] >= 8:
        logscale.set_log(ax, "x", *logscale.limits(places[0], places[-1]))
        if places.size <= _MOST_TICKS:
            ax.set_xticks(places, [logscale.plain(place) for place in places])
            ax.set_xticks([], minor=True)
        apart = (places[-1] / places[0]) ** (0.003 * np.array([[-1.0], [1.0]]))
        shifted = places * apart
    else:
        margin = 0.05 * (places[-1] - places[0])
        ax.set_xlim(places[0] - margin, places[-1] + margin)
        shifted = places + 0.05 * margin * np.array([[-1.0], [1.0]])
    for rank, look in enumerate((MEDIAN, P95)):
        draw_intervals(ax, shifted[rank], [found[point][rank] for point in order], look)
    ax.set_ylabel(style.STRETCH)
    style.mark_stretch(ax, "y", thresholds)


def _draw_rows(
    ax: Axes,
    found: Mapping[int, tuple[Interval, Interval]],
    design: Swept,
    thresholds: Sequence[float],
) -> None:
    """Draw both percentiles in one row for each design point, the first on top."""
    rows = np.arange(len(found), dtype=float)
    logscale.set_log(ax, "x", *_value_range(found, thresholds))
    ax.set_ylim(len(found) - 0.4, -0.6)
    for rank, look in enumerate((MEDIAN, P95)):
        bars = [pair[rank] for pair in found.values()]
        draw_intervals(ax, rows + 0.16 * (rank - 0.5), bars, look, along="y", joined=False)
    names = [design.names[point] for point in found]
    ax.set_yticks(rows, names, fontsize=6.5, linespacing=0.95)
    ax.grid(axis="y", color=style.FAINT, linewidth=0.5, zorder=0)
    ax.set_axisbelow(True)
    ax.set_xlabel(style.STRETCH)
    style.mark_stretch(ax, "x", thresholds)
