"""Where a stretch comes from: hosting against sizing, since stretch = sizing x hosting.

On log axes guests of equal stretch lie on a falling diagonal. A guest that suffers by its own size
moves right, one that suffers by the host moves up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hvmc.plots import logscale, style
from hvmc.plots.groups import Group, active, split_groups

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_NEEDS = ("sizing", "hosting")
_SIDEWAYS = 0.015
_DIAGONALS = "Diagonals: equal stretch, as labelled"
_CROSS = "cross: medians, arms from the 5th to the 95th percentile"
_SPREAD = "points are spread sideways by up to 1.5 % of the axis, where many share one sizing"


@style.journal()
def sizing_hosting_split(
    outcomes: pd.DataFrame,
    *,
    ax: Axes | None = None,
    thresholds: Sequence[float] = (1.25, 2.0),
    roles: Sequence[str] = (),
) -> Axes:
    """Draw every guest at (sizing, hosting), one colour and marker per regime and role.

    The cross of each regime lies at the medians; its arms reach from the 5th to the 95th
    percentile of either factor.

    Parameters
    ----------
    outcomes : DataFrame
        Outcomes frame, one row per (point, trial, replication, guest).
    ax : Axes, optional
        Where to draw; a new figure if omitted.
    thresholds : sequence of float
        Stretches whose diagonal is drawn and labelled, dimensionless.
    roles : sequence of str
        Order of the roles; others follow as they appear.

    Returns
    -------
    Axes

    Raises
    ------
    CannotDrawError
        If fewer than 2 guests have a finite stretch, sizing and hosting.
    """
    rows = active(outcomes, needs=_NEEDS)
    ax = style.axes(ax, 4.6, 4.6)
    _frame(ax, rows, thresholds)
    for group in split_groups(rows, roles):
        _cloud(ax, group)
    ax.set_xlabel(style.SIZING)
    ax.set_ylabel(style.HOSTING)
    ax.set_title("Hosting against sizing")
    style.legend_below(ax, f"{_DIAGONALS};\n{_CROSS};\npoints spread sideways", columns=1)
    return ax


@style.journal()
def split_panels(
    outcomes: pd.DataFrame,
    *,
    thresholds: Sequence[float] = (1.25, 2.0),
    note: str = "",
    roles: Sequence[str] = (),
) -> Figure:
    """Draw one panel per regime and role, each with axes that its own guests fill.

    Parameters
    ----------
    outcomes : DataFrame
        Outcomes frame, one row per (point, trial, replication, guest).
    thresholds : sequence of float
        Stretches whose diagonal is drawn and labelled, dimensionless.
    note : str
        Printed in small letters below the figure.
    roles : sequence of str
        Order of the roles; others follow as they appear.

    Returns
    -------
    Figure

    Raises
    ------
    CannotDrawError
        If fewer than 2 guests have a finite stretch, sizing and hosting.
    """
    rows = active(outcomes, needs=_NEEDS)
    groups = split_groups(rows, roles)
    columns = min(3, len(groups))
    lines = -(-len(groups) // columns)
    figure = style.new_figure(max(2.25 * columns + 0.3, 3.6), 2.3 * lines + 0.7)
    panels = figure.subplots(lines, columns, squeeze=False).ravel()
    for spare in panels[len(groups) :]:
        spare.set_visible(False)
    for index, (panel, group) in enumerate(zip(panels, groups, strict=False)):
        _frame(panel, group.rows, thresholds[:1])
        for rank, value in enumerate(thresholds[1:], 1):
            _iso_stretch(panel, value, rank)
        _cloud(panel, group)
        panel.set_title(_panel_title(group), fontsize=7.5, fontweight="normal")
        if index % columns == 0:
            panel.set_ylabel("hosting (virtual / same-size)")
        if index + columns >= len(groups):
            panel.set_xlabel("sizing (same-size / adequate)")
    style.headline(figure, "Hosting against sizing")
    what = "Each panel has its own axes. Ratios of mean response times, dimensionless."
    explain = f"{what} {_DIAGONALS}; {_CROSS}; {_SPREAD}."
    style.footnote(figure, f"{explain}\n{note}")
    return figure


def _panel_title(group: Group) -> str:
    sizing, hosting = (_middle(group.rows[name].to_numpy(dtype=float))[1] for name in _NEEDS)
    return f"{group.look.label}\nmedians: sizing {sizing:.3g}, hosting {hosting:.3g}"


def _frame(ax: Axes, rows: pd.DataFrame, thresholds: Sequence[float]) -> None:
    """Set both log axes to the range of all rows and draw the iso-stretch diagonals.

    A strip below the smallest hosting is left free for the labels of the diagonals.
    """
    sizing, hosting = (rows[name].to_numpy(dtype=float) for name in _NEEDS)
    low, high = min(1.0, sizing.min()), max(*thresholds, sizing.max())
    logscale.set_log(ax, "x", *logscale.limits(low, high, margin=0.05))
    low, high = min(1.0, hosting.min()), max(*thresholds, hosting.max())
    strip = (high / low) ** 0.1
    logscale.set_log(ax, "y", *logscale.limits(low / strip, high, margin=0.05))
    for rank, value in enumerate(thresholds):
        _iso_stretch(ax, value, rank)


def _iso_stretch(ax: Axes, stretch: float, rank: int) -> None:
    """Draw the diagonal of one stretch, its value written into the line."""
    label_at = 0.62 + 0.2 * (rank % 2)
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    start, end = max(left, stretch / top), min(right, stretch / bottom)
    if start >= end:
        return
    ax.plot(
        [start, end], [stretch / start, stretch / end], color=style.QUIET, linewidth=0.8, zorder=1
    )
    place = start * (end / start) ** label_at
    ax.text(
        place,
        stretch / place,
        f"{stretch:g}",
        ha="center",
        va="center",
        fontsize=7.0,
        color=style.INK,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8},
        zorder=1.5,
    )


def _cloud(ax: Axes, group: Group) -> None:
    """Draw the guests of one group and the cross over their middle."""
    sizing, hosting = (group.rows[name].to_numpy(dtype=float) for name in _NEEDS)
    left, right = ax.get_xlim()
    ax.plot(
        sizing * (right / left) ** (_SIDEWAYS * _even_spread(sizing.size)),
        hosting,
        linestyle="none",
        marker=group.look.marker,
        markersize=2.0,
        markeredgewidth=0.0,
        color=group.look.colour,
        alpha=float(np.clip(150.0 / sizing.size, 0.08, 0.6)),
        rasterized=True,
        zorder=2,
    )
    x, y = _middle(sizing), _middle(hosting)
    ax.errorbar(
        x[1],
        y[1],
        xerr=[[x[1] - x[0]], [x[2] - x[1]]],
        yerr=[[y[1] - y[0]], [y[2] - y[1]]],
        marker=group.look.marker,
        markersize=5.0,
        markerfacecolor=group.look.colour,
        markeredgecolor=style.INK,
        ecolor=style.INK,
        linestyle="none",
        elinewidth=0.9,
        capsize=2.5,
        label=f"{group.look.label} ({group.size})",
        zorder=4,
    )


def _middle(values: np.ndarray) -> np.ndarray:
    """5th, 50th and 95th percentile: float64, shape (3,)."""
    middle: np.ndarray = np.percentile(values, (5.0, 50.0, 95.0), method="inverted_cdf")
    return middle


def _even_spread(count: int) -> np.ndarray:
    """Numbers in [-1, 1), evenly spread in any order of rows: a golden-ratio sequence."""
    return 2.0 * ((np.arange(count) * 0.6180339887498949) % 1.0) - 1.0
