"""Heat maps of P(suffers) by quarter of the ranges of the constants that move it most."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hvmc.plots import style
from hvmc.plots.groups import CannotDrawError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["NoMap", "QuarterMap", "quarter_map", "quarter_maps"]

_COLUMNS = 2
_PANEL_IN = (4.5, 2.75)
_BAR_IN = 0.7
_WHY_CHARACTERS = 44


@dataclass(frozen=True)
class QuarterMap:
    """One map: cells by quarter of one or two constants.

    Parameters
    ----------
    title : str
        Whose guests.
    cells : DataFrame
        As of `hvmc.analysis.assumptions.cells`.
    names : tuple of str
        Of the constant downwards and, where there are two, of that across; with units.
    ticks : tuple of tuple of str
        Of each constant the values of its quarters, in words.
    """

    title: str
    cells: pd.DataFrame
    names: tuple[str, ...]
    ticks: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class NoMap:
    """The panel of a group without a map.

    Parameters
    ----------
    title : str
        Whose guests.
    why : str
        Why there is none.
    """

    title: str
    why: str


@style.journal()
def quarter_maps(
    maps: Sequence[QuarterMap | NoMap], *, suffers_above: float, note: str = ""
) -> Figure:
    """Draw one heat map per regime and role, all on the same scale, or why there is none.

    Parameters
    ----------
    maps : sequence of QuarterMap or NoMap
        At least one map.
    suffers_above : float
        Stretch above which a guest suffers.
    note : str
        Below the figure.

    Raises
    ------
    CannotDrawError
        Without a map.
    """
    if not any(isinstance(one, QuarterMap) for one in maps):
        raise CannotDrawError("no drawn constant moves who suffers: run more trials")
    columns = min(_COLUMNS, len(maps))
    rows = -(-len(maps) // columns)
    width, height = _PANEL_IN
    figure = style.new_figure(columns * width + _BAR_IN, rows * height + 0.8)
    panels = np.ravel(figure.subplots(rows, columns, squeeze=False))
    for ax, one in zip(panels, maps, strict=False):
        if isinstance(one, QuarterMap):
            quarter_map(ax, one)
        else:
            _say_why(ax, one)
    for ax in panels[len(maps) :]:
        ax.set_axis_off()
    drawn = next(ax.collections[0] for ax in panels if ax.collections)
    bar = figure.colorbar(drawn, ax=list(panels), shrink=0.5, aspect=24, label="P(suffers)")
    bar.outline.set_visible(False)
    style.headline(figure, f"P(suffers), stretch > {suffers_above:g}, by quarter of assumed ranges")
    legend = "cells: share of guests, 95 % interval between trials, number of guests and of trials"
    style.footnote(figure, f"{legend}\n{note}")
    return figure


def quarter_map(ax: Axes, one: QuarterMap) -> Axes:
    """Draw one heat map, coloured from 0 to 1.

    Parameters
    ----------
    ax : Axes
        Where.
    one : QuarterMap
        What is drawn.
    """
    import seaborn as sns

    ordered = one.cells.sort_values(["down", "across"])
    shape = (len(one.ticks[0]), -1)
    shares = ordered["estimate"].to_numpy(float).reshape(shape)
    words = np.array([_text(row) for row in ordered.to_dict("records")]).reshape(shape)
    across = one.ticks[1] if len(one.ticks) > 1 else ("",)
    sns.heatmap(
        shares,
        ax=ax,
        vmin=0.0,
        vmax=1.0,
        cmap="Oranges",
        annot=words,
        fmt="",
        annot_kws={"fontsize": 6.0, "linespacing": 1.15},
        linewidths=0.6,
        linecolor=style.QUIET,
        cbar=False,
        xticklabels=list(across),
        yticklabels=list(one.ticks[0]),
    )
    for row, column in np.argwhere(np.isnan(shares)):
        ax.text(column + 0.5, row + 0.5, "no trial", ha="center", va="center", fontsize=6.0)
    ax.tick_params(axis="both", length=0, labelrotation=0)
    ax.set_ylabel(one.names[0])
    ax.set_xlabel(one.names[1] if len(one.names) > 1 else "")
    ax.set_title(one.title)
    return ax


def _say_why(ax: Axes, one: NoMap) -> None:
    ax.set(xticks=[], yticks=[], frame_on=False, title=one.title)
    why = one.why.replace(" %", "\N{NO-BREAK SPACE}%")
    words = textwrap.fill(why, _WHY_CHARACTERS, break_long_words=False)
    ax.text(0.5, 0.5, words, ha="center", va="center", transform=ax.transAxes)


def _text(row: Mapping[Any, Any]) -> str:
    if not row["guests"]:
        return ""
    estimate, low, high = (f"{100.0 * row[name]:.0f}" for name in ("estimate", "low", "high"))
    return f"{estimate} %\n{low} to {high} %\n{row['guests']:.0f} / {row['trials']:.0f}"
