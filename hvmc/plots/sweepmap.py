"""Heat map of a percentile of the stretch over two swept settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hvmc.plots import logscale, style
from hvmc.plots.digits import in_digits
from hvmc.plots.groups import active, is_censored
from hvmc.plots.percentiles import P95
from hvmc.plots.points import group_name
from hvmc.plots.swept import Swept, in_words, read_design

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from matplotlib.axes import Axes

    from hvmc.analysis.intervals import Interval
    from hvmc.plots.percentiles import Percentile

_MOST_COLUMNS_WITH_TEXT = 12


@style.journal()
def sweep_map(
    outcomes: pd.DataFrame,
    *,
    percentile: Percentile = P95,
    labels: Mapping[int, str] | None = None,
    ax: Axes | None = None,
    level: float = 0.95,
) -> Axes:
    """Draw one percentile of the stretch over the two settings that the design points span.

    Parameters
    ----------
    outcomes : DataFrame
        Outcomes frame of one regime and role.
    percentile : Percentile
        Which one, see `hvmc.plots.percentiles`.
    labels : mapping
        Point -> label, such as ``a.weight=400, host.logical_processors=8``.
    ax : Axes, optional
        Where to draw; a new figure if omitted.
    level : float
        Coverage of the intervals written into the cells, inside (0, 1).

    Returns
    -------
    Axes

    Raises
    ------
    CannotDrawError
        If fewer than 2 guests have a finite stretch.
    ValueError
        If the labels do not span exactly two settings, or there are several regimes or roles.
    """
    name = group_name(outcomes)
    rows = active(outcomes)
    design = read_design(rows["point"].unique(), labels)
    if len(design.axes) != 2:
        raise ValueError(
            f"labels must span two settings for a map, got {len(design.axes)}: "
            f"{', '.join(design.axes) or 'none'}; use hvmc.plots.sweep_percentiles"
        )
    down, across = design.axes
    cells = _cells(rows, design, percentile, level)
    ax = style.axes(ax, *map_size_in(len(cells), len(cells[0])))
    _draw(ax, cells)
    ax.set_yticklabels(ordered(design, down))
    ax.set_xticklabels(ordered(design, across))
    ax.set_ylabel(in_words(design.keys[down]))
    text = f"cells: estimate, {100 * level:g} % interval between trials"
    if any("?" in cell_text(one) for line in cells for one in line):
        text += "\n?: too few trials to bound it"
    ax.set_xlabel(f"{in_words(design.keys[across])}\n{text}")
    ax.set_title(f"Stretch by design point\n{percentile.name}, {name}", pad=8)
    return ax


def map_size_in(rows: int, columns: int) -> tuple[float, float]:
    """Width and height of a figure for a map of that many cells, inches."""
    cell = 0.66 if columns <= _MOST_COLUMNS_WITH_TEXT else 0.3
    return max(1.9 + cell * columns, 4.4), max(1.55 + 0.36 * rows, 2.95)


def ordered(design: Swept, axis: str) -> list[str]:
    """Values of an axis in ascending order; in the order of points if they are no numbers.

    Examples
    --------
    >>> from hvmc.plots.swept import read_design
    >>> ordered(read_design([0, 1], {0: "weight=100", 1: "weight=20"}), "weight")
    ['20', '100']
    """
    numbers = design.numeric(axis)
    values = list(dict.fromkeys(value for _, value in sorted(design.axes[axis].items())))
    return values if numbers is None else sorted(values, key=float)


def _cells(
    rows: pd.DataFrame, design: Swept, percentile: Percentile, level: float
) -> list[list[Interval | None]]:
    """Estimates on the grid of both axes, None where no design point lies."""
    from hvmc.analysis.quantiles import quantile

    down, across = design.axes
    lines, columns = ordered(design, down), ordered(design, across)
    cells: list[list[Interval | None]] = [[None] * len(columns) for _ in lines]
    for point, part in rows.groupby("point", sort=True):
        line = lines.index(design.axes[down][int(point)])
        cells[line][columns.index(design.axes[across][int(point)])] = quantile(
            part["stretch"],
            part["trial"],
            percentile.probability,
            censored=is_censored(part),
            level=level,
        )
    return cells


def _draw(ax: Axes, cells: Sequence[Sequence[Interval | None]]) -> None:
    """Colour the cells on a log scale and write into them where there is room."""
    import seaborn as sns
    from matplotlib.colors import LogNorm

    values = np.array([[np.nan if one is None else one.estimate for one in line] for line in cells])
    low, high = logscale.limits(float(np.nanmin(values)), float(np.nanmax(values)), margin=0.0)
    written = values.shape[1] <= _MOST_COLUMNS_WITH_TEXT
    sns.heatmap(
        values,
        ax=ax,
        norm=LogNorm(low, high),
        cmap="Oranges",
        annot=np.array([[cell_text(one) for one in line] for line in cells]) if written else None,
        fmt="",
        annot_kws={"fontsize": 6.3, "linespacing": 1.15},
        linewidths=0.6,
        linecolor=style.QUIET,
        cbar_kws={"label": "stretch (dimensionless)", "pad": 0.03},
    )
    for row, column in np.argwhere(np.isnan(values)):
        ax.text(column + 0.5, row + 0.5, "none", ha="center", va="center", fontsize=6.3)
    bar = ax.collections[0].colorbar
    if bar is not None:
        bar.ax.minorticks_off()
        marks = logscale.ticks(low, high)
        bar.set_ticks(marks, labels=[logscale.plain(mark) for mark in marks])
    ax.tick_params(axis="both", length=0, labelrotation=0)


def cell_text(one: Interval | None) -> str:
    """Write an estimate and its interval; a bound that the data do not give is a question mark.

    Examples
    --------
    >>> from hvmc.analysis.quantiles import quantile
    >>> print(cell_text(quantile([1.0, 2.0, 3.0], [0, 1, 2], 0.5)))
    2.00
    ? to ?
    """
    if one is None:
        return ""
    numbers = (one.estimate, one.low, one.high)
    estimate, low, high = in_digits(numbers)
    least = "at least " if one.at_least else ""
    return f"{least}{estimate}\n{low} to {high}"
