"""Risk of a high stretch against what is added to a host: guests, or load.

One line for each group of guests, the one that first passes the share with its 95 % band; of
several settings one line each, of the worst group at every place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hvmc.plots import style
from hvmc.plots.groups import CannotDrawError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MOST_LINES = 6


@style.journal()
def risk_curves(
    risks: pd.DataFrame, target: tuple[float, float], label: str, title: str, *, note: str = ""
) -> Figure:
    """Draw the risks.

    Parameters
    ----------
    risks : DataFrame
        variant, x, group, estimate, low, high.
    target : tuple of float
        Stretch, and the share of trials that may be above it.
    label : str
        Of the x axis.
    title, note
        See `hvmc.plots`.

    Raises
    ------
    CannotDrawError
        If there is but one place.
    """
    if risks["x"].nunique() < 2:
        raise CannotDrawError("a curve needs a second number: at the first the search was over")
    from matplotlib.ticker import MaxNLocator

    figure = style.new_figure(6.4, 4.2)
    ax = figure.subplots()
    if risks["variant"].nunique() > 1:
        worst = risks.loc[risks.groupby(["variant", "x"], sort=False)["estimate"].idxmax()]
        for rank, (name, rows) in enumerate(worst.groupby("variant", sort=False)):
            _line(ax, rows, str(name), rank, band=rank == 0)
    else:
        order = risks.groupby("group")["estimate"].max().sort_values(ascending=False, kind="stable")
        for rank, name in enumerate(order.index[:_MOST_LINES]):
            _line(ax, risks[risks["group"] == name], str(name), rank, band=rank == 0)
    above, share = target
    ax.axhline(100.0 * share, color=style.QUIET, linewidth=0.8)
    ax.annotate(
        f"{100 * share:g} %", (1.0, 100.0 * share), (3, 0), xycoords=ax.get_yaxis_transform(),
        textcoords="offset points", va="center", fontsize="small",
    )  # fmt: skip
    if (risks["x"] == risks["x"].round()).all():
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_ylim(0.0, max(ax.get_ylim()[1], 150.0 * share))
    ax.set(xlabel=label, ylabel=f"P(stretch > {above:g}), % of trials")
    ax.legend(loc="upper left", handlelength=3.4)
    ax.set_title(title)
    hidden = risks["group"].nunique() - _MOST_LINES
    more = f" {hidden} groups of lower risk are left out." if hidden > 0 else ""
    style.footnote(
        figure, f"Band: 95 % interval at each place by itself, of the first.{more}\n{note}"
    )
    return figure


def _line(ax: Axes, rows: pd.DataFrame, name: str, rank: int, *, band: bool) -> None:
    rows = rows.sort_values("x")
    look = style.own_look(name, rank)
    x = rows["x"].to_numpy(dtype=float)
    ax.plot(
        x, 100.0 * rows["estimate"].to_numpy(dtype=float), color=look.colour, linestyle=look.line,
        marker=look.marker, label=name,
    )  # fmt: skip
    if band:
        low, high = (
            100.0 * np.clip(rows[end].to_numpy(dtype=float), 0, 1) for end in ("low", "high")
        )
        ax.fill_between(x, low, high, color=look.colour, alpha=0.18, linewidth=0)
