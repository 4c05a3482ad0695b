"""Box plot of the stretch per regime and role, on a log axis.

A box was preferred to a violin: with tails over three decades beside regimes whose whole
distribution spans a few percent, a kernel density depends on its bandwidth and draws mass beyond
the data, while percentiles do neither. They are also written out beside each box, since the
narrow ones cannot be read off a wide axis. All are those of `hvmc.analysis.quantiles`; one that
lies among stretches of cut-off requests is a lower bound and carries the sign for "at least".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hvmc.plots import logscale, style
from hvmc.plots.digits import in_digits
from hvmc.plots.groups import active, is_censored, size_text, split_groups

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes

    from hvmc.analysis.intervals import Interval
    from hvmc.plots.style import Look

_PROBABILITIES = (0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
_WRITTEN = {"p50": 2, "p95": 4, "p99": 5}
_HEIGHT = 0.55
_FEW = 30


@style.journal()
def stretch_distribution(
    outcomes: pd.DataFrame,
    *,
    ax: Axes | None = None,
    thresholds: Sequence[float] = (1.25, 2.0),
    roles: Sequence[str] = (),
) -> Axes:
    """Draw one box per regime and role: quartiles, 5 to 95 % whiskers, p99 and the largest.

    Parameters
    ----------
    outcomes : DataFrame
        Outcomes frame, one row per (point, trial, replication, guest).
    ax : Axes, optional
        Where to draw; a new figure if omitted.
    thresholds : sequence of float
        Stretches to mark with a line, dimensionless.
    roles : sequence of str
        Order of the roles; others follow as they appear.

    Returns
    -------
    Axes

    Raises
    ------
    CannotDrawError
        If fewer than 2 guests have a finite stretch.
    """
    groups = split_groups(active(outcomes), roles)
    ax = style.axes(ax, 6.9, 1.6 + 0.47 * len(groups))
    draw_boxes(ax, [(group.look, group.rows) for group in groups], thresholds)
    ax.set_title("Stretch by regime and role", pad=15)
    return ax


def draw_boxes(
    ax: Axes, boxes: Sequence[tuple[Look, pd.DataFrame]], thresholds: Sequence[float]
) -> None:
    """Draw labelled boxes from top to bottom, with a table of percentiles at the right.

    Parameters
    ----------
    ax : Axes
        Where to draw.
    boxes : sequence of (Look, DataFrame)
        Appearance and active rows of each box.
    thresholds : sequence of float
        Stretches to mark with a line.
    """
    found = [_percentiles(rows) for _, rows in boxes]
    largest = [float(rows["stretch"].max()) for _, rows in boxes]
    low, high = min(1.0, *(one[0].estimate for one in found)), max(*thresholds, *largest)
    logscale.set_log(ax, "x", *logscale.limits(low, high))
    for row, ((look, _), percentiles) in enumerate(zip(boxes, found, strict=True)):
        _box(ax, row, [one.estimate for one in percentiles], look.colour)
    _single_guests(ax, [rows for _, rows in boxes])
    places = np.arange(len(boxes))
    ink: dict[str, Any] = {"color": style.INK, "linestyle": "none", "zorder": 3}
    p99 = [one[5].estimate for one in found]
    ax.plot(p99, places, marker="|", markersize=7, label="99th percentile", **ink)
    ax.plot(largest, places, marker=".", markersize=3.5, label="largest", **ink)
    ax.set_yticks(places, [f"{look.label}\n{size_text(rows)}" for look, rows in boxes])
    ax.set_ylim(len(boxes) - 0.5, -0.5)
    ax.set_xlabel(style.STRETCH)
    style.mark_stretch(ax, "x", thresholds)
    _percentile_table(ax, found)
    style.legend_below(ax, "box: quartiles and median; whiskers: 5th and 95th percentile", 3)


def _percentiles(rows: pd.DataFrame) -> list[Interval]:
    from hvmc.analysis.quantiles import quantiles

    return quantiles(rows["stretch"], rows["trial"], _PROBABILITIES, censored=is_censored(rows))


def _box(ax: Axes, row: float, percentiles: Sequence[float], colour: str) -> None:
    """Draw one box from its 5th, 25th, 50th, 75th and 95th percentile."""
    p5, p25, p50, p75, p95 = percentiles[:5]
    ax.hlines([row, row], [p5, p75], [p25, p95], colors=style.INK, linewidths=0.8, zorder=2)
    ax.barh(
        row,
        p75 - p25,
        left=p25,
        height=_HEIGHT,
        color=colour,
        edgecolor=style.INK,
        linewidth=0.8,
        zorder=2,
    )
    for place, share, width in ((p5, 0.3, 0.8), (p95, 0.3, 0.8), (p50, 1.0, 1.4)):
        half = 0.5 * _HEIGHT * share
        ax.vlines(place, row - half, row + half, colors=style.INK, linewidths=width, zorder=2.5)


def _single_guests(ax: Axes, frames: Sequence[pd.DataFrame]) -> None:
    """Draw every guest below the boxes that stand for a few only."""
    few = [(row, rows) for row, rows in enumerate(frames) if len(rows) <= _FEW]
    if not few:
        return
    stretch = np.concatenate([rows["stretch"].to_numpy(dtype=float) for _, rows in few])
    places = np.repeat([row + 0.36 for row, _ in few], [len(rows) for _, rows in few])
    ax.plot(stretch, places, "o", color=style.QUIET, markersize=1.8, label="a guest")


def _percentile_table(ax: Axes, found: Sequence[Sequence[Interval]]) -> None:
    """Write p50, p95 and p99 of every box in columns right of the axes."""
    for column, (head, index) in enumerate(_WRITTEN.items()):
        away = (22.0 + 34.0 * column, 0.0)
        place: dict[str, Any] = {
            "textcoords": "offset points",
            "ha": "center",
            "annotation_clip": False,
        }
        ax.annotate(head, (1.0, 1.0), away, xycoords="axes fraction", va="bottom", **place)
        for row, percentiles in enumerate(found):
            text = percentile_text(percentiles[index])
            across = ax.get_yaxis_transform()
            ax.annotate(text, (1.0, row), away, xycoords=across, va="center", **place)


def percentile_text(one: Interval) -> str:
    """Write a percentile with the digits that its interval bears, three without one.

    Examples
    --------
    >>> from hvmc.analysis.quantiles import quantile
    >>> percentile_text(quantile([1.01234, 2.0, 3.0], [0, 1, 2], 0.1))
    '1.01'
    >>> percentile_text(quantile([4.0], [0], 0.5, censored=[True]))
    '≥ 4.00'
    """
    number = in_digits((one.estimate, one.low, one.high))[0]
    return f"≥ {number}" if one.at_least else number
