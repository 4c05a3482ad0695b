"""Paired changes as a forest plot: who gains and who pays, setting by setting.

A point with its interval for each setting and role. Left, the ratio of mean response times against
the baseline on a log axis, in a grey band where a change counts as none; right, the change of the
share of guests that suffer, in percentage points.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hvmc.analysis.claims import PREFERRED_ROLES
from hvmc.analysis.comparisons import MARGIN
from hvmc.analysis.words import context_words, regime_title
from hvmc.plots import style
from hvmc.plots.groups import CannotDrawError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LOOKS = (("#D55E00", "o"), ("#0072B2", "s"), ("#009E73", "^"), ("#CC79A7", "D"))
_ROW_IN = 0.27
_SPREAD = 0.36
_COUNTERPARTS = ("other", "neighbour")
_BAND = "#e8e8e8"
_LEAST_POINTS = 5.0


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of the figure: a heading, or a setting with its rows by role."""

    place: float
    name: str
    rows: pd.DataFrame | None


@style.journal()
def paired_forest(table: pd.DataFrame, title: str, *, note: str = "") -> Figure:
    """Draw the changes of every setting, by context and role.

    Parameters
    ----------
    table : DataFrame
        As of `hvmc.analysis.comparisons.compare`.
    title, note
        See `hvmc.plots`.

    Returns
    -------
    Figure

    Raises
    ------
    CannotDrawError
        If there is no setting besides the baseline.
    """
    changes = table[(table["point"] != table["baseline"]) & np.isfinite(table["change"])]
    if changes.empty:
        raise CannotDrawError("a comparison needs a second level of the compared factor")
    lines = _lines(changes)
    roles = _numbered([str(role) for role in changes["role"].unique()])
    figure = style.new_figure(6.9, 1.5 + _ROW_IN * (lines[-1].place + 1.0))
    left, right = figure.subplots(1, 2, sharey=True)
    _names(left, lines)
    _ratios(left, changes)
    _differences(right)
    for line in lines:
        if line.rows is not None:
            _marks(left, line.rows[line.rows["metric"] == "response_s"], line.place, roles, 1.0)
            _marks(right, line.rows[line.rows["metric"] == "suffers"], line.place, roles, 100.0)
    low, high = right.get_xlim()
    right.set_xlim(min(low, -_LEAST_POINTS), max(high, _LEAST_POINTS))
    style.headline(figure, title)
    _legend(left, roles)
    pairs = int(changes.loc[changes["metric"] == "suffers", "pairs"].sum())
    explain = (
        f"95 % intervals between trials, {pairs} pairs of guests in all. Grey: change of at most "
        f"{100 * MARGIN:g} %, which counts as none."
    )
    style.footnote(figure, f"{explain}\n{note}")
    return figure


def _lines(changes: pd.DataFrame) -> list[_Line]:
    lines: list[_Line] = []
    place = 0.0
    for context, rows in changes.groupby("context", sort=False):
        if context:
            lines.append(_Line(place, context_words(str(context), regime_title), None))
            place += 0.9
        for setting, own in rows.groupby("setting", sort=False):
            name = str(setting)
            lines.append(_Line(place, name if "=" in name else name.replace("_", " "), own))
            place += 1.0
        place += 0.2
    return lines


def _numbered(roles: Sequence[str]) -> dict[str, int]:
    """Role to the number of its look: what is preferred somewhere first, its counterparts second.

    Without preferred roles each has a look of its own.
    """
    rank = {role: 0 for role in roles if role in PREFERRED_ROLES}
    if rank:
        rank |= {role: 1 for role in roles if role in _COUNTERPARTS}
    rest = [role for role in roles if role not in rank]
    return rank | {role: 2 * bool(rank) + place for place, role in enumerate(rest)}


def _names(ax: Axes, lines: Sequence[_Line]) -> None:
    ax.set_ylim(lines[-1].place + 0.7, -0.7)
    settings = [line for line in lines if line.rows is not None]
    ax.set_yticks([line.place for line in settings], [line.name for line in settings])
    ax.tick_params(axis="y", length=0)
    for line in lines:
        if line.rows is None:
            ax.annotate(
                line.name,
                (0.0, line.place),
                (-4, 0),
                xycoords=ax.get_yaxis_transform(),
                textcoords="offset points",
                ha="right",
                va="center",
                fontsize=7.5,
                fontweight="bold",
            )


def _ratios(ax: Axes, changes: pd.DataFrame) -> None:
    rows = changes[changes["metric"] == "response_s"]
    limits = rows[["low", "high", "change"]].to_numpy(dtype=float)
    limits = limits[np.isfinite(limits) & (limits > 0)]
    low, high = min(limits.min(), 0.9), max(limits.max(), 1.1)
    style.log_axis(ax, "x", *style.log_limits([low, high]))
    ax.axvspan(1.0 / (1.0 + MARGIN), 1.0 + MARGIN, color=_BAND, linewidth=0, zorder=0)
    ax.axvline(1.0, color=style.QUIET, linewidth=0.8, zorder=0.9)
    ax.set_xlabel("mean response time,\nratio (below 1: gains)")


def _differences(ax: Axes) -> None:
    ax.axvline(0.0, color=style.QUIET, linewidth=0.8, zorder=0.9)
    ax.tick_params(axis="y", length=0, labelleft=False)
    ax.set_xlabel("guests that suffer,\nchange in points")


def _marks(ax: Axes, rows: pd.DataFrame, place: float, roles: dict[str, int], scale: float) -> None:
    """Draw one point with its interval per role, one below the other."""
    count = len(rows)
    for turn, row in enumerate(sorted(rows.itertuples(), key=lambda row: roles[str(row.role)])):
        colour, marker = _LOOKS[roles[str(row.role)] % len(_LOOKS)]
        at = place + _SPREAD * (turn - (count - 1) / 2.0)
        ends = np.clip([row.low, row.high], -1e3, 1e3) * scale
        ax.plot(ends, [at, at], color=colour, linewidth=1.3, solid_capstyle="butt", zorder=2)
        ax.plot(
            [row.change * scale],
            [at],
            marker=marker,
            color=colour,
            markersize=4.2,
            markerfacecolor=colour if row.supported else "white",
            linestyle="none",
            zorder=3,
        )


def _legend(ax: Axes, roles: dict[str, int]) -> None:
    from matplotlib.lines import Line2D

    handles = []
    for rank in sorted(set(roles.values())):
        colour, marker = _LOOKS[rank % len(_LOOKS)]
        label = ", ".join(role for role, own in roles.items() if own == rank)
        handles.append(Line2D([], [], color=colour, marker=marker, markersize=4.2, label=label))
    ax.figure.legend(
        handles=handles, loc="upper right", bbox_to_anchor=(0.99, 1.0), ncols=len(handles)
    )
