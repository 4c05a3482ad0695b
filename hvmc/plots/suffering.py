"""Heat map of P(suffers) by regime and role, whole and by class of a guest's property.

Each cell carries the share of guests whose stretch exceeds the threshold, its interval (between
trials, `hvmc.analysis.shares.share`) and the number of guests.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

import numpy as np

from hvmc.plots import style
from hvmc.plots.digits import decimals
from hvmc.plots.groups import active, is_censored, split_groups

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes

    from hvmc.analysis.intervals import Interval

TITLES = {
    "virtual_processors": "virtual processors of the guest",
    "think_ratio": "think ratio (off-CPU time / CPU time per request, dimensionless)",
}
_MOST_VALUES = 6
_DECADES = (0.0, 1.0, 10.0, 100.0, math.inf)
_ALL = "all guests"
_CLASS = "class of the guest"
_OPEN = "open"
_LEAST_ROWS_WITH_BAR = 3


@style.journal()
def suffering_map(
    outcomes: pd.DataFrame,
    *,
    ax: Axes | None = None,
    by: str | None = None,
    suffers_above: float | Mapping[int, float] = 1.25,
    level: float = 0.95,
    roles: Sequence[str] = (),
) -> Axes:
    """Draw P(stretch > threshold) as a heat map: a row per regime and role, a column per class.

    Parameters
    ----------
    outcomes : DataFrame
        Outcomes frame, one row per (point, trial, replication, guest).
    ax : Axes, optional
        Where to draw; a new figure if omitted.
    by : str, optional
        Column whose classes become columns of the map, e.g. ``virtual_processors`` or
        ``think_ratio``; the first column is always all guests.
    suffers_above : float or mapping
        A guest suffers when its stretch exceeds this, dimensionless: one threshold, or that of
        each design point.
    level : float
        Coverage of the intervals, inside (0, 1).
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
    from hvmc.analysis.shares import share

    rows = active(outcomes)
    codes, names = (0, []) if by is None else classes(rows[by])
    groups = split_groups(rows.assign(**{_CLASS: codes}), roles)
    heads = [_ALL, *names]
    cells: list[list[Interval | None]] = []
    for group in groups:
        inside = _members(group.rows, len(names))
        suffers = group.rows["stretch"].to_numpy(dtype=float) > _limits(group.rows, suffers_above)
        trials, censored = group.rows["trial"].to_numpy(), is_censored(group.rows)
        cells.append(
            [
                share(suffers[m], trials[m], censored=censored[m], level=level) if m.any() else None
                for m in inside
            ]
        )
    ax = style.axes(ax, *map_size(len(groups), len(heads)))
    _draw(ax, cells, [group.look.label for group in groups], heads)
    side: Literal["left", "right"] = "right" if by is None else "left"
    values = {f"{value:g}" for value in np.unique(_limits(rows, suffers_above))}
    above = " or ".join(sorted(values, key=float))
    ax.set_title(f"P(suffers), stretch > {above}", pad=8, loc=side)
    ax.set_xlabel("" if by is None else TITLES.get(by, by.replace("_", " ")))
    ax.annotate(
        f"second line: {100 * level:g} % interval between trials,\n"
        "one-sided at 0 and 100 %; n: guests",
        (1.0, 0.0),
        (0.0, -20.0 if by is None else -34.0),
        xycoords="axes fraction",
        textcoords="offset points",
        ha="right",
        va="top",
        fontsize=6.5,
        annotation_clip=False,
    )
    return ax


def _limits(rows: pd.DataFrame, suffers_above: float | Mapping[int, float]) -> np.ndarray:
    """Threshold of each row: float64, shape (rows,)."""
    if not isinstance(suffers_above, Mapping):
        return np.full(len(rows), suffers_above, dtype=float)
    return np.array([suffers_above[int(point)] for point in rows["point"]], dtype=float)


def map_size(rows: int, columns: int) -> tuple[float, float]:
    """Width and height of a figure for a map of that many cells, inches."""
    return 2.75 + 1.02 * columns, 1.25 + 0.52 * rows


def classes(values: pd.Series) -> tuple[np.ndarray, list[str]]:
    """Cut a column into at most six classes: its values, or decades when it has more.

    Parameters
    ----------
    values : Series
        Numbers, shape (rows,); nan stands for an open workload, which has no think time.

    Returns
    -------
    codes : ndarray
        int64, shape (rows,): class of each row.
    names : list of str
        Name of each class, in ascending order, ``open`` last.

    Examples
    --------
    >>> import pandas as pd
    >>> classes(pd.Series([4, 1, 4]))[1]
    ['1', '4']
    >>> classes(pd.Series([0.5, 3, 4, 5, 6, 7, 8.0, float("nan")]))[1]
    ['0-1', '1-10', 'open']
    """
    numbers = values.to_numpy(dtype=float)
    known = np.isfinite(numbers)
    distinct = np.unique(numbers[known])
    codes = np.full(numbers.size, -1, dtype=np.int64)
    if distinct.size <= _MOST_VALUES:
        codes[known] = np.searchsorted(distinct, numbers[known])
        names = [f"{value:g}" for value in distinct]
    else:
        decade = np.digitize(numbers[known], _DECADES) - 1
        used = np.unique(decade)
        codes[known] = np.searchsorted(used, decade)
        names = [_decade_name(int(index)) for index in used]
    if not known.all():
        codes[~known] = len(names)
        names.append(_OPEN)
    return codes, names


def _decade_name(index: int) -> str:
    low, high = _DECADES[index], _DECADES[index + 1]
    return f"{low:g}-{high:g}" if math.isfinite(high) else f"{low:g} or more"


def _members(rows: pd.DataFrame, count: int) -> list[np.ndarray]:
    """Rows of a group in each column of the map: bool, shape (rows,), the first all True."""
    codes = rows[_CLASS].to_numpy()
    return [np.ones(len(rows), dtype=bool), *(codes == k for k in range(count))]


def _draw(
    ax: Axes,
    cells: Sequence[Sequence[Interval | None]],
    names: Sequence[str],
    heads: Sequence[str],
) -> None:
    """Colour and write the cells; the column of all guests stands a little apart."""
    import seaborn as sns

    shares = np.array([[np.nan if c is None else c.estimate for c in line] for line in cells])
    sns.heatmap(
        shares,
        ax=ax,
        vmin=0.0,
        vmax=1.0,
        cmap="Oranges",
        annot=np.array([[cell_text(cell) for cell in line] for line in cells]),
        fmt="",
        annot_kws={"fontsize": 6.3, "linespacing": 1.15},
        linewidths=0.6,
        linecolor=style.QUIET,
        cbar=len(names) >= _LEAST_ROWS_WITH_BAR,
        cbar_kws={
            "label": "P(suffers)",
            "ticks": [0, 0.25, 0.5, 0.75, 1.0],
            "pad": 0.02,
        },
        xticklabels=list(heads),
        yticklabels=list(names),
    )
    for row, column in np.argwhere(np.isnan(shares)):
        ax.text(column + 0.5, row + 0.5, "no guest", ha="center", va="center", fontsize=6.3)
    ax.tick_params(axis="both", length=0, labelrotation=0)
    _borders(ax, apart=len(heads) > 1)


def _borders(ax: Axes, *, apart: bool) -> None:
    """Draw what the heat map leaves half outside: its frame, and a gap after the first column."""
    from matplotlib.transforms import ScaledTranslation

    ax.patch.set(edgecolor=style.QUIET, linewidth=1.2, clip_on=False, zorder=5, facecolor="none")
    if not apart:
        return
    ax.axvline(1.0, color="white", linewidth=5.0, clip_on=False, zorder=6)
    assert ax.figure is not None
    for points in (-2.5, 2.5):
        beside = ScaledTranslation(points / 72.0, 0.0, ax.figure.dpi_scale_trans)
        ax.plot(
            *([1.0, 1.0], [0.0, 1.0]),
            transform=ax.get_xaxis_transform() + beside,
            color=style.QUIET,
            linewidth=0.8,
            clip_on=False,
            zorder=7,
        )


def cell_text(cell: Interval | None) -> str:
    """Write share, interval and number of guests of one cell, in percent.

    Examples
    --------
    >>> from hvmc.analysis.shares import share
    >>> print(cell_text(share([False] * 300, range(300))))
    0 %
    at most 1.0 %
    n = 300
    """
    if cell is None:
        return ""
    count = f"n = {cell.observations}"
    if cell.estimate in (0.0, 1.0):
        bound = cell.high if cell.estimate == 0.0 else 1.0 - cell.low
        places = decimals((0.0, 0.0, 100.0 * bound), most=1)
        end = 100.0 * (bound if cell.estimate == 0.0 else cell.low)
        side = "at most" if cell.estimate == 0.0 else "at least"
        return f"{100 * cell.estimate:.0f} %\n{side} {end:.{places}f} %\n{count}"
    numbers = [100.0 * value for value in (cell.estimate, cell.low, cell.high)]
    estimate, low, high = (_inside(number, decimals(numbers, most=1)) for number in numbers)
    least = "at least " if cell.at_least else ""
    return f"{least}{estimate} %\n{low} to {high} %\n{count}"


def _inside(percent: float, places: int) -> str:
    """Write a percentage; what rounding would make 0 or 100, and is not, is bounded."""
    step = 10.0**-places
    if 0.0 < percent < step / 2:
        return f"<{step:g}"
    if 100.0 - step / 2 <= percent < 100.0:
        return f">{100.0 - step:g}"
    return f"{percent:.{places}f}"
