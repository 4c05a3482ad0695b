"""Heat maps: who suffers, by group and class; a percentile over two swept settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hvmc.analysis.numbers import estimate, percent
from hvmc.plots import style
from hvmc.plots.swept import axis_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd
    from matplotlib.axes import Axes

    from hvmc.plots.groups import Group
    from hvmc.plots.percentiles import Percentile
    from hvmc.plots.swept import Swept

    type _Cells = Mapping[tuple[str, str], Mapping[str, Any]]

TITLES = {
    "virtual_processors": "virtual processors of the guest",
    "think_ratio": "think ratio (off-CPU time / CPU time per request, dimensionless)",
}
"""Properties of guests by whose classes they are told apart, as printed."""

_ALL = "all guests"
_MOST_COLUMNS_WITH_TEXT = 12
_LABEL_WIDTH = 30  # characters that fit beside the rows of the lowest map
_MARKS = {"*": "too few guests for it to hold as stated", "?": "too few to bound it"}


def suffering_size_in(rows: int, columns: int) -> tuple[float, float]:
    """Width and height of a figure for a map of who suffers, inches."""
    return 2.75 + 1.02 * columns, 1.25 + 0.52 * rows


@style.journal()
def suffering_map(
    ax: Axes,
    groups: Sequence[Group],
    every: pd.DataFrame,
    title: str,
    *,
    by: str = "",
    by_class: pd.DataFrame | None = None,
) -> Axes:
    """Draw P(stretch > threshold) as a heat map: a row per group, a column per class.

    Parameters
    ----------
    ax, groups, title
        See `hvmc.plots`.
    every : DataFrame
        Share of each group's guests: rows of `hvmc.analysis.summary.summarise`.
    by : str
        Property whose classes become columns, one of `TITLES`.
    by_class : DataFrame, optional
        Its shares, as of `hvmc.analysis.suffering.suffering_by_class`.
    """
    heads = [_ALL]
    cells = {(g.look.label, _ALL): g.of(every).iloc[0].to_dict() for g in groups}
    if by_class is not None:
        heads += list(by_class["class"].cat.categories)
        for group in groups:
            own = group.of(by_class).to_dict("records")
            cells |= {(group.look.label, row["class"]): row for row in own}
    texts = {
        place: f"{estimate(row, percent, join=' to ')}\nn = {int(row['guests'])}"
        for place, row in cells.items()
    }
    names = [group.look.label for group in groups]
    bar = {"label": "P(suffers)", "pad": 0.02} if len(groups) > 2 else None
    _heat_map(ax, cells, texts, (names, heads), bar, "no guest", vmin=0.0, vmax=1.0)
    ax.set_title(title, pad=8, loc="left" if by else "right")
    ax.set_xlabel(TITLES.get(by, ""))
    if by:
        ax.axvline(1.0, color="white", linewidth=5.0)
    note = "cells: %, 95 % interval between trials,\none-sided at 0 and 100 %; n: guests"
    ax.annotate(
        note + _explain_marks(texts.values()),
        (1.0, 0.0),
        (0.0, -34.0 if by else -20.0),
        xycoords="axes fraction",
        textcoords="offset points",
        ha="right",
        va="top",
        fontsize=6.5,
        annotation_clip=False,
    )
    return ax


def sweep_map_size_in(design: Swept) -> tuple[float, float]:
    """Width and height of a figure for a map of two swept settings, inches."""
    rows, columns = (len(design.ordered(axis)) for axis in design.axes)
    cell = 0.66 if columns <= _MOST_COLUMNS_WITH_TEXT else 0.3
    return max(1.9 + cell * columns, 4.4), max(1.8 + 0.36 * rows, 3.3)


@style.journal()
def sweep_map(
    ax: Axes, summary: pd.DataFrame, design: Swept, percentile: Percentile, title: str
) -> Axes:
    """Draw one percentile of the stretch over the two settings that the design points span.

    Parameters
    ----------
    ax, title
        See `hvmc.plots`.
    summary : DataFrame
        Of one regime and role, by point (`hvmc.analysis.summary.summarise`).
    design : Swept
        With two axes.
    percentile : Percentile
        Which one.
    """
    from matplotlib.colors import LogNorm
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    down, across = design.axes
    found = summary[summary["metric"] == percentile.metric].to_dict("records")
    cells = {
        (design.axes[down][row["point"]], design.axes[across][row["point"]]): row for row in found
    }
    heads = (design.ordered(down), design.ordered(across))
    written = len(heads[1]) <= _MOST_COLUMNS_WITH_TEXT
    texts = {place: estimate(row, join=" to ") for place, row in cells.items()} if written else {}
    low, high = style.log_limits([row["estimate"] for row in found], margin=0.0)
    bar = {"label": "stretch (dimensionless)", "pad": 0.03}
    _heat_map(ax, cells, texts, heads, bar, "none", norm=LogNorm(low, high))
    scale = ax.collections[0].colorbar
    if scale is not None:
        scale.locator = MaxNLocator(5)
        scale.formatter = FuncFormatter(lambda value, _: f"{value:g}")
        scale.minorticks_off()
        scale.update_ticks()
    ax.set_ylabel(axis_words(design.keys[down], width=_LABEL_WIDTH))
    note = f"cells: estimate, 95 % interval between trials{_explain_marks(texts.values())}"
    ax.set_xlabel(f"{axis_words(design.keys[across])}\n{note}")
    ax.set_title(title, pad=8)
    return ax


def _explain_marks(texts: Iterable[str]) -> str:
    """Say what the marks in some cells mean, a line each."""
    written = "".join(texts)
    return "".join(f"\n{mark}: {words}" for mark, words in _MARKS.items() if mark in written)


def _heat_map(
    ax: Axes,
    cells: _Cells,
    texts: Mapping[tuple[str, str], str],
    heads: tuple[Sequence[str], Sequence[str]],
    bar: Mapping[str, Any] | None,
    missing: str,
    **scale: Any,
) -> None:
    """Colour the cells and write into them; say of empty ones what is missing."""
    import seaborn as sns

    places = [[(row, column) for column in heads[1]] for row in heads[0]]
    empty: Mapping[str, Any] = {"estimate": np.nan}
    values = [[cells.get(place, empty)["estimate"] for place in line] for line in places]
    sns.heatmap(
        np.array(values, dtype=float),
        ax=ax,
        cmap="Oranges",
        annot=np.array([[texts.get(p, "") for p in line] for line in places]) if texts else None,
        fmt="",
        annot_kws={"fontsize": 6.3, "linespacing": 1.15},
        linewidths=0.6,
        linecolor=style.QUIET,
        cbar=bar is not None,
        cbar_kws=dict(bar or {}),
        xticklabels=list(heads[1]),
        yticklabels=list(heads[0]),
        **scale,
    )
    for row, column in np.argwhere(np.isnan(np.array(values, dtype=float))):
        ax.text(column + 0.5, row + 0.5, missing, ha="center", va="center", fontsize=6.3)
    ax.tick_params(axis="both", length=0, labelrotation=0)
    ax.patch.set(edgecolor=style.QUIET, linewidth=1.2, clip_on=False, zorder=5, facecolor="none")
