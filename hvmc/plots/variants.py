"""Variants of a host, the best first: what they remove, per cost, and who gains and who pays.

A row per variant. Left, the guests of the host that no longer suffer, with the interval; middle,
the same over the cost; right, the ratio of mean response times of each guest, the victim's filled
and with its interval, in a grey band where a change counts as none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hvmc.analysis.comparisons import MARGIN
from hvmc.analysis.numbers import figure as number
from hvmc.analysis.variants import ALL_GUESTS
from hvmc.plots import style
from hvmc.plots.groups import CannotDrawError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_VICTIM, _OTHERS, _HOST = "#D55E00", "#0072B2", "#222222"
_BAND = "#e8e8e8"
_ROW_IN = 0.3


@style.journal()
def ranked_variants(
    ranked: pd.DataFrame, guests: pd.DataFrame, victim: str, title: str, *, note: str = ""
) -> Figure:
    """Draw the ranking of variants.

    Parameters
    ----------
    ranked : DataFrame
        As of `hvmc.analysis.variants.ranking`.
    guests : DataFrame
        As of `hvmc.analysis.variants.changes_by_guest`.
    victim : str
        Guest that is marked.
    title, note
        See `hvmc.plots`.

    Raises
    ------
    CannotDrawError
        If no variant could be compared.
    """
    if ranked.empty or not np.isfinite(ranked["removed"]).any():
        raise CannotDrawError("no variant has a trial in common with the present")
    figure = style.new_figure(7.2, 1.7 + _ROW_IN * len(ranked))
    left, middle, right = figure.subplots(1, 3, sharey=True)
    left.set_ylim(len(ranked) - 0.4, -0.6)
    names = [
        f"{row['variant'].replace('_', ' ')} ({number(row['cost'])})"
        for row in ranked.to_dict("records")
    ]
    left.set_yticks(range(len(ranked)), names)
    for ax in (left, middle, right):
        ax.tick_params(axis="y", length=0)
    left.set_ylabel("variant (its cost, cores)")
    _limits(left, ranked, "removed", "fewer guests\nof the host suffer")
    _limits(middle, ranked, "per_cost", "fewer per cost\n(per core)")
    _near_what_helps(middle, ranked)
    _responses(right, ranked, guests, victim)
    style.headline(figure, title)
    explain = (
        "95 % intervals between trials, same luck. Ranked by the estimate per cost. Right: each "
        f"guest's ratio, {victim} filled; below 1 it gains; grey: at most {100 * MARGIN:g} %. "
        "A bar: the same in all trials. An arrow: off the axis."
    )
    style.footnote(figure, f"{explain}\n{note}")
    return figure


def _limits(ax: Axes, ranked: pd.DataFrame, name: str, label: str) -> None:
    ax.axvline(0.0, color=style.QUIET, linewidth=0.8, zorder=0.9)
    for place, row in enumerate(ranked.to_dict("records")):
        if row["unchanged"]:
            ax.plot([0.0], [place], "|", color=_HOST, markersize=7.0, zorder=3)
            continue
        ends = np.array([row[f"{name}_low"], row[f"{name}_high"]])
        if np.isfinite(ends).all():
            ax.plot(ends, [place, place], color=_HOST, linewidth=1.3, zorder=2)
        face = _HOST if row["supported"] else "white"
        ax.plot([row[name]], [place], "o", color=_HOST, markerfacecolor=face, zorder=3)
    ax.set_xlabel(label)


def _near_what_helps(ax: Axes, ranked: pd.DataFrame) -> None:
    """Fit the axis to what may help; what does harm beyond it becomes an arrow at its end."""
    seen = ranked[~ranked["unchanged"] & (ranked["per_cost_high"] > 0)]
    ends = seen[["per_cost_low", "per_cost_high"]].to_numpy(dtype=float)
    ends = ends[np.isfinite(ends)]
    if not ends.size:
        return
    low, high = min(ends.min(), 0.0), ends.max()
    low, high = low - 0.15 * (high - low), high + 0.08 * (high - low)
    ax.set_xlim(low, high)
    for place, value in enumerate(ranked["per_cost"]):
        if value < low:
            ax.plot([low], [place], "<", color=_HOST, clip_on=False, zorder=4)


def _responses(ax: Axes, ranked: pd.DataFrame, guests: pd.DataFrame, victim: str) -> None:
    rows = guests[(guests["metric"] == "response_s") & (guests["role"] != ALL_GUESTS)]
    rows = rows[(rows["point"] != rows["baseline"]) & np.isfinite(rows["change"])]
    marked = rows[rows["role"] == victim]
    seen = np.concatenate([rows["change"], marked["low"], marked["high"]]).astype(float)
    seen = seen[np.isfinite(seen) & (seen > 0)]
    low, high = (seen.min(), seen.max()) if seen.size else (0.9, 1.1)
    style.log_axis(ax, "x", *style.log_limits([min(low, 0.9), max(high, 1.1)]))
    ax.axvspan(1.0 / (1.0 + MARGIN), 1.0 + MARGIN, color=_BAND, linewidth=0, zorder=0)
    ax.axvline(1.0, color=style.QUIET, linewidth=0.8, zorder=0.9)
    for place, name in enumerate(ranked["variant"].astype(str)):
        own = rows[rows["setting"] == name]
        others = own[own["role"] != victim]["change"].to_numpy(dtype=float)
        ax.plot(
            others, np.full(others.size, place + 0.14), "o", color=_OTHERS,
            markerfacecolor="none", markersize=3.2, zorder=2,
        )  # fmt: skip
        for row in own[own["role"] == victim].to_dict("records"):
            ends = np.clip([row["low"], row["high"]], 1e-3, 1e3)
            at = place - 0.14
            ax.plot(ends, [at, at], color=_VICTIM, linewidth=1.3, zorder=2)
            ax.plot([row["change"]], [at], "D", color=_VICTIM, markersize=4.0, zorder=3)
    ax.set_xlabel("mean response time,\nratio by guest")
