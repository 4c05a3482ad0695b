"""Where a stretch comes from: hosting against sizing, since stretch = sizing x hosting.

On log axes guests of equal stretch lie on a falling diagonal. A guest that suffers by its own size
moves right, one that suffers by the host moves up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hvmc.plots import style

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from hvmc.plots.groups import Group

FACTORS = ("sizing", "hosting")
PROBABILITIES = (0.05, 0.5, 0.95)
"""Arms and middle of a cross."""

_SIDEWAYS = 0.015
_EXPLAIN = (
    "Each panel has its own axes. Ratios of mean response times, dimensionless. Diagonals: equal "
    "stretch, as labelled; cross: medians, arms from the 5th to the 95th percentile; points are "
    "spread sideways by up to 1.5 % of the axis, where many share one sizing."
)


@style.journal()
def split_panels(
    groups: Sequence[Group],
    spread: Mapping[str, pd.DataFrame],
    thresholds: Sequence[float],
    title: str,
    note: str,
) -> Figure:
    """Draw every guest at (sizing, hosting), one panel per group, each with axes of its own.

    Parameters
    ----------
    groups, title, note
        See `hvmc.plots`; all guests have a finite sizing and hosting.
    spread : mapping
        `PROBABILITIES` of each of `FACTORS`, as of `hvmc.analysis.quantiles.spread`.
    thresholds : sequence of float
        Stretches whose diagonal is drawn and labelled, dimensionless; the first is always in sight.
    """
    figure, panels, columns = style.panels(len(groups), 3, (2.25, 2.3), (0.3, 0.7))
    for index, (panel, group) in enumerate(zip(panels, groups, strict=True)):
        x, y = (group.rows[name].to_numpy(dtype=float) for name in FACTORS)
        style.log_axis(panel, "x", *_limits(x, thresholds[0]), narrow=True)
        # a strip below the smallest hosting is left free for the labels of the diagonals
        low, high = _limits(y, thresholds[0])
        style.log_axis(panel, "y", low * (low / high) ** 0.1, high)
        for rank, value in enumerate(thresholds):
            _iso_stretch(panel, value, rank)
        middle = [group.of(spread[name])["estimate"].to_numpy() for name in FACTORS]
        _cloud(panel, (x, y), middle, group)
        medians = "sizing {:.3g}, hosting {:.3g}".format(*(ends[1] for ends in middle))
        name = f"{group.look.label}\nmedians: {medians}"
        panel.set_title(name, fontsize=7.5, fontweight="normal")
        if index % columns == 0:
            panel.set_ylabel("hosting (virtual / same-size)")
        if index + columns >= len(groups):
            panel.set_xlabel("sizing (same-size / adequate)")
    style.headline(figure, title)
    style.footnote(figure, f"{_EXPLAIN}\n{note}")
    return figure


def _limits(values: np.ndarray, threshold: float) -> tuple[float, float]:
    return style.log_limits([1.0, threshold, values.min(), values.max()], margin=0.05)


def _iso_stretch(ax: Axes, stretch: float, rank: int) -> None:
    """Draw the diagonal of one stretch, its value written into the line."""
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    start, end = max(left, stretch / top), min(right, stretch / bottom)
    if start >= end:
        return
    ends = np.array([start, end])
    ax.plot(ends, stretch / ends, color=style.QUIET, linewidth=0.8, zorder=1)
    place = start * (end / start) ** (0.62 + 0.2 * (rank % 2))
    box: dict[str, Any] = {"facecolor": "white", "edgecolor": "none", "pad": 0.8}
    text: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": 7.0, "color": style.INK}
    ax.text(place, stretch / place, f"{stretch:g}", bbox=box, zorder=1.5, **text)


def _cloud(
    ax: Axes,
    guests: tuple[np.ndarray, np.ndarray],
    middle: Sequence[np.ndarray],
    group: Group,
) -> None:
    """Draw the guests of one group and the cross over their middle."""
    (sizing, hosting), (x, y) = guests, middle
    left, right = ax.get_xlim()
    # evenly in [-1, 1) in any order of rows: a golden-ratio sequence
    spread = 2.0 * ((np.arange(sizing.size) * 0.6180339887498949) % 1.0) - 1.0
    ax.plot(
        sizing * (right / left) ** (_SIDEWAYS * spread),
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
    ax.errorbar(
        x[1],
        y[1],
        xerr=np.abs(x[[[0], [2]]] - x[1]),
        yerr=np.abs(y[[[0], [2]]] - y[1]),
        marker=group.look.marker,
        markersize=5.0,
        markerfacecolor=group.look.colour,
        markeredgecolor=style.INK,
        ecolor=style.INK,
        elinewidth=0.9,
        capsize=2.5,
        zorder=4,
    )
