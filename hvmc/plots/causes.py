"""What the penalty is made of: contributions of causes to the mean log stretch, by regime and role.

Bars of one panel add up to the mean log stretch of its guests, so that the factors written beside
them multiply to the geometric mean of the stretch. Each panel has its own scale: between regimes
the penalty differs by a factor of fifty.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from hvmc.plots import style
from hvmc.plots.digits import in_digits
from hvmc.plots.groups import CannotDrawError, active, split_groups

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from hvmc.plots.groups import Group

_EXPLAIN = (
    "Mean over guests of the Shapley value of each cause; whiskers: {level:g} % interval between "
    "trials. Beside each bar: the factor by which it multiplies the stretch, and its share of the "
    "penalty where that is clearly above nothing; 0: switched off or absent. In the titles: the "
    "geometric mean of the stretch. The scales of panels differ."
)
_ROOM = 0.95


@style.journal()
def cause_panels(
    outcomes: pd.DataFrame, *, level: float = 0.95, note: str = "", roles: Sequence[str] = ()
) -> Figure:
    """Draw one panel per regime and role, one bar per cause.

    Parameters
    ----------
    outcomes : DataFrame
        Outcomes frame, one row per (point, trial, replication, guest), with columns ``cause_...``.
    level : float
        Coverage of the intervals, inside (0, 1).
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
        If fewer than 2 guests have contributions.
    """
    from hvmc.analysis.causes import cause_columns

    names = cause_columns(outcomes)
    if not names:
        raise CannotDrawError("no guest has contributions of causes: simulate with causes=true")
    groups = split_groups(active(outcomes, needs=names), roles)
    columns = min(3, len(groups))
    lines = -(-len(groups) // columns)
    height = 0.75 + 0.22 * len(names)
    figure = style.new_figure(1.4 + 1.95 * columns, (height + 0.35) * lines + 0.8)
    panels = figure.subplots(lines, columns, squeeze=False, sharey=True).ravel()
    for spare in panels[len(groups) :]:
        spare.set_visible(False)
    for index, (panel, group) in enumerate(zip(panels, groups, strict=False)):
        _panel(panel, group, level)
        if index + columns >= len(groups):
            panel.set_xlabel("contribution to mean log stretch")
    style.headline(figure, "Causes of the penalty")
    style.footnote(figure, f"{_EXPLAIN.format(level=100 * level)}\n{note}")
    return figure


def _panel(ax: Axes, group: Group, level: float) -> None:
    from hvmc.analysis.causes import PENALTY, cause_title, has_shares, summarise_causes

    found = summarise_causes(group.rows, level=level)
    shares = has_shares(found)
    found = found.set_index(["cause", "metric"])
    causes = [str(cause) for cause in found.index.unique("cause") if cause != PENALTY]
    penalty = found.loc[(PENALTY, "factor")]
    least = "at least " if penalty["at_least"] else ""
    title = f"{_wrapped(group.look.label)}\nstretch {least}{_number(penalty)}"
    ax.set_title(title, fontsize=7.5, fontweight="normal")
    ax.axvline(0.0, color=style.INK, linewidth=0.7, zorder=3)
    ends = [0.0]
    for row, cause in enumerate(causes):
        ends += _bar(ax, row, found.loc[cause], group.look.colour, shares=shares)
    low, high = min(ends), max(ends)
    span = (high - low) or 1.0
    ax.set_xlim(low - 0.05 * span, high + _ROOM * span)
    ax.set_ylim(len(causes) - 0.4, -0.6)
    ax.set_yticks(range(len(causes)), [cause_title(cause) for cause in causes])
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.locator_params(axis="x", nbins=4)


def _bar(ax: Axes, row: int, found: pd.DataFrame, colour: str, *, shares: bool) -> list[float]:
    """Draw a cause's bar, interval and numbers; return the ends of what must be in sight."""
    bar = found.loc["contribution"]
    if bar["estimate"] == bar["low"] == bar["high"] == 0.0:
        _write(ax, 0.0, row, "0")
        return []
    ax.barh(row, bar["estimate"], height=0.62, color=colour, edgecolor=style.INK, linewidth=0.5)
    ends = [float(bar["estimate"])]
    if math.isfinite(bar["low"]):
        whisker = [[bar["estimate"] - bar["low"]], [bar["high"] - bar["estimate"]]]
        ax.errorbar(
            bar["estimate"],
            row,
            xerr=whisker,
            ecolor=style.INK,
            elinewidth=0.9,
            capsize=2.0,
            linestyle="none",
        )
        ends += [float(bar["low"]), float(bar["high"])]
    text = f"\N{MULTIPLICATION SIGN}{_number(found.loc['factor'])}"
    share = f", {_number(found.loc['share'], 100.0, most=1)} %" if shares else ""
    _write(ax, max(0.0, *ends), row, text + share)
    return ends


def _write(ax: Axes, end: float, row: int, text: str) -> None:
    ax.annotate(
        text, (end, row), (4, 0), textcoords="offset points", va="center", ha="left", fontsize=6.5
    )


def _number(found: pd.Series, unit: float = 1.0, most: int = 3) -> str:
    numbers = [unit * float(found[name]) for name in ("estimate", "low", "high")]
    return in_digits(numbers, most)[0]


def _wrapped(label: str) -> str:
    regime, _, role = label.partition(": ")
    return f"{regime}:\n{role}" if role else label
