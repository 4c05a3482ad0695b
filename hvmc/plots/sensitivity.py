"""What moves the answer: first-order and total Sobol indices of each part, with intervals."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from hvmc.analysis.assumptions import RESPONSES
from hvmc.plots import style
from hvmc.plots.groups import CannotDrawError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["IndexPanel", "index_panels"]

_MOST_ACROSS = 5
_GAP = 0.5
_SHOWN = (-10.0, 110.0)
_NAMES_IN, _PANEL_IN, _ROW_IN = 1.5, 1.15, 0.17
_ORDERS = {"total": ("in all (total index)", 0.0), "first": ("alone (first-order index)", 0.3)}
_COLOURS = {"total": "#0072B2", "first": "#D55E00"}
_EXPLAIN = (
    "95 % intervals, bootstrap over hosts; all is cut at -10 and 110 %. What an input does in "
    "combination counts in the total index of each input that takes part. Luck: what differs "
    "between runs of one host. Empty: no part in any trial."
)


class IndexPanel(NamedTuple):
    """What is drawn of a regime and role.

    Parameters
    ----------
    title : str
        What it is called.
    rows : DataFrame
        ``sensitivity`` of `hvmc.answers.kinds.sensitivity`, of this group.
    names : sequence of mapping
        Part to what it is called, in the order drawn; a small gap between mappings.
    """

    title: str
    rows: pd.DataFrame
    names: Sequence[Mapping[str, str]]

    @property
    def places(self) -> dict[str, float]:
        """Part to where it stands, downwards from 0."""
        found: dict[str, float] = {}
        next_place = 0.0
        for own in self.names:
            found |= {part: next_place - rank for rank, part in enumerate(own)}
            next_place -= len(own) + _GAP * bool(own)
        return found


@style.journal()
def index_panels(groups: Sequence[IndexPanel], title: str, *, note: str = "") -> Figure:
    """Draw both indices of every part: a line of panels per response, a panel per group.

    Parameters
    ----------
    groups : sequence of IndexPanel
        Regimes and roles.
    title, note
        See `hvmc.plots`.

    Raises
    ------
    CannotDrawError
        If nothing varies in any group.
    """
    kept = [own for own in groups if own.rows["estimate"].notna().any()]
    if not kept:
        raise CannotDrawError("indices need trials that differ")
    columns = min(_MOST_ACROSS, len(kept))
    lines = -(-len(kept) // columns)
    height_in = 0.9 + _ROW_IN * max(-min(own.places.values()) for own in kept)
    size_in = (_NAMES_IN + _PANEL_IN * columns, 0.9 + len(RESPONSES) * lines * height_in)
    figure = style.new_figure(max(size_in[0], 4.2), size_in[1])
    axes = figure.subplots(len(RESPONSES) * lines, columns, squeeze=False)
    for spare in axes.ravel():
        spare.set_visible(False)
    for number, (response, words) in enumerate(RESPONSES.items()):
        for place, own in enumerate(kept):
            ax = axes[number * lines + place // columns, place % columns]
            ax.set_visible(True)
            _panel(ax, own, response, words if place % columns == 0 else "")
            ax.set_title(textwrap.fill(own.title, 17), fontsize=7.0, fontweight="normal")
    style.headline(figure, title)
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper right", ncols=2)
    style.footnote(figure, f"{_EXPLAIN}\n{note}")
    return figure


def _panel(ax: Axes, own: IndexPanel, response: str, heading: str) -> None:
    places = own.places
    rows = own.rows[(own.rows["response"] == response) & ~own.rows["idle"]]
    for order, (label, above) in _ORDERS.items():
        found = rows[rows["order"] == order]
        value = np.clip(100.0 * found["estimate"].to_numpy(), *_SHOWN)
        ends = np.clip(100.0 * found[["low", "high"]].to_numpy().T, *_SHOWN)
        ax.errorbar(
            value,
            found["part"].map(places) + above,
            xerr=np.maximum([value - ends[0], ends[1] - value], 0.0),
            linestyle="none",
            marker="o" if order == "total" else "D",
            markersize=3.6 if order == "total" else 2.6,
            color=_COLOURS[order],
            elinewidth=0.9,
            clip_on=False,
            label=label,
        )
    ax.axvline(0.0, color=style.QUIET, linewidth=0.8, zorder=0.9)
    ax.set(xlim=_SHOWN, ylim=(min(places.values()) - 0.6, 0.8))
    ax.set_xticks([0.0, 50.0, 100.0])
    names = [name for some in own.names for name in some.values()]
    ax.set_yticks(list(places.values()), names if heading else [])
    ax.annotate(
        *(heading, (0.0, 1.0), (-4.0, 3.0)),
        xycoords="axes fraction",
        textcoords="offset points",
        ha="right",
        fontweight="bold",
    )
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="y", color=style.FAINT, linewidth=0.4)
    ax.set_axisbelow(True)
    ax.set_xlabel("% of variance")
