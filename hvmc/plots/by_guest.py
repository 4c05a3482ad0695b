"""A forest of guests: how each one's stretch is spread, and how often it suffers.

Left, on a log axis, a line from the 5th to the 95th percentile of a guest's stretch over the
trials, thicker between the quartiles, and a point at the median; a grey line marks 1, as fast as
native, a dashed one the stretch above which a guest suffers. Right, the share of trials in which it
suffers, with its interval. Guests that suffer most often stand above.
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

_QUIET = "#0072B2"
_SUFFERS = "#D55E00"
_ROW_IN = 0.24
_THIN_ROW_IN = 0.155
_MANY = 20
_OFTEN = 0.05
_LARGEST = 1e3


@style.journal()
def guest_forest(
    found: pd.DataFrame,
    limit: float,
    title: str,
    *,
    what: str = "guests",
    most: int = 60,
    note: str = "",
) -> Figure:
    """Draw a row per guest.

    Parameters
    ----------
    found : DataFrame
        As of `hvmc.analysis.by_guest.by_guest`, of one design point.
    limit : float
        Stretch above which a guest suffers.
    title, note
        See `hvmc.plots`.
    what : str
        What the rows are, if not guests.
    most : int
        Rows that are drawn, the first of them.

    Raises
    ------
    CannotDrawError
        If no guest has a stretch.
    """
    wide = {name: rows.set_index("guest") for name, rows in found.groupby("metric", sort=False)}
    suffers = wide[f"p_stretch_over_{limit:g}"]
    known = suffers[np.isfinite(suffers["estimate"])]
    if known.empty:
        raise CannotDrawError("no guest has a stretch: run more trials or a longer window")
    guests = [str(guest) for guest in known.index[:most]]
    row_in = _THIN_ROW_IN if len(guests) > _MANY else _ROW_IN
    figure = style.new_figure(6.9, 1.75 + row_in * len(guests))
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=(1.7, 1.0))
    colours = [_SUFFERS if known.loc[guest, "estimate"] >= _OFTEN else _QUIET for guest in guests]
    _stretches(left, wide, guests, colours, limit)
    _shares(right, known, guests, colours)
    left.set_yticks(range(len(guests)), guests, fontsize=7.5 if row_in == _ROW_IN else 6.0)
    left.set_ylim(len(guests) - 0.4, -0.6)
    left.tick_params(axis="y", length=0)
    right.tick_params(axis="y", length=0, labelleft=False)
    style.headline(figure, title)
    shown = "" if len(known) <= most else f"The first {most} of {len(known)} {what}. "
    explain = (
        f"{shown}Left: point, median; black line, its 95 % interval; thick line, "
        "quartiles; thin line, 5th to 95th percentile over the trials. Right: share of trials with "
        f"a stretch above {limit:g}, with its 95 % interval. Orange: {100 * _OFTEN:g} % or more."
    )
    style.footnote(figure, f"{explain}\n{note}")
    return figure


def _stretches(
    ax: Axes,
    wide: dict[str, pd.DataFrame],
    guests: list[str],
    colours: list[str],
    limit: float,
) -> None:
    ends = {q: wide[f"stretch_p{q}"].loc[guests, "estimate"].to_numpy(float) for q in
            (5, 25, 50, 75, 95)}  # fmt: skip
    median = wide["stretch_p50"].loc[guests]
    reach = np.clip(np.concatenate([ends[5], ends[95], [0.97, limit * 1.1]]), 0.01, _LARGEST)
    style.log_axis(ax, "x", *style.log_limits(reach))
    ax.axvline(1.0, color=style.QUIET, linewidth=0.8, zorder=0.9)
    ax.axvline(limit, color=style.INK, linewidth=0.8, linestyle=(0, (4, 2)), zorder=0.9)
    for value, name in ((1.0, "native"), (limit, f"suffers, > {limit:g}")):
        ax.annotate(
            name,
            (value, 1.0),
            (0, 2),
            xycoords=ax.get_xaxis_transform(),
            textcoords="offset points",
            ha="right" if value == 1.0 else "left",
            va="bottom",
            fontsize="small",
        )
    for place, colour in enumerate(colours):
        for low, high, width in ((5, 95, 1.0), (25, 75, 3.2)):
            span = np.clip([ends[low][place], ends[high][place]], 0.01, _LARGEST)
            ax.plot(span, [place] * 2, color=colour, linewidth=width, solid_capstyle="butt")
        middle = median.iloc[place]
        ends_of_median = np.clip([middle["low"], middle["high"]], 0.01, _LARGEST)
        ax.plot(ends_of_median, [place] * 2, color=style.INK, linewidth=1.0, zorder=2.5)
        ax.plot(middle["estimate"], place, "o", color="white", markeredgecolor=colour,
                markersize=3.6, zorder=3)  # fmt: skip
    ax.set_xlabel("stretch (virtual / adequate\nresponse time, dimensionless)")


def _shares(ax: Axes, known: pd.DataFrame, guests: list[str], colours: list[str]) -> None:
    for place, (guest, colour) in enumerate(zip(guests, colours, strict=True)):
        row = known.loc[guest]
        ends = [100.0 * row["low"], 100.0 * row["high"]]
        ax.plot(ends, [place] * 2, color=colour, linewidth=1.2, solid_capstyle="butt")
        ax.plot(
            100.0 * row["estimate"],
            place,
            "o",
            color=colour,
            markerfacecolor=colour if row["supported"] else "white",
            markersize=3.6,
            clip_on=False,
            zorder=3,
        )
    ax.set_xlim(0.0, min(max(10.0, 108.0 * float(known.loc[guests, "high"].max())), 100.0))
    ax.set_xlabel("P(suffers), % of trials")
