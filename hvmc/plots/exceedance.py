"""Exceedance curves P(stretch > x) on log-log axes, with a confidence band."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hvmc.plots import style
from hvmc.plots.multiples import Multiples

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes

    from hvmc.plots.groups import Group

_ENDS = ("low", "high")
_EXCEEDED = "P(stretch > x), share of guests"


@style.journal()
def exceedance_curves(
    ax: Axes,
    groups: Sequence[Group],
    found: pd.DataFrame,
    thresholds: Sequence[float],
    title: str,
    *,
    apart: bool = False,
) -> Axes:
    """Draw P(stretch > x) for each group.

    Parameters
    ----------
    ax, groups, thresholds, title
        See `hvmc.plots`.
    found : DataFrame
        As of `hvmc.analysis.bands.exceedance_steps`.
    apart : bool
        Whether more than 4 groups have a panel each, beside the first in grey.

    Returns
    -------
    Axes
        The first one, if there are panels.
    """
    places = Multiples(ax, groups, apart=apart)
    limits = style.log_limits([1.0, *thresholds, found["x"].min(), found["x"].max()])
    for panel, shown in places.shown:
        style.log_axis(panel, "x", *limits, narrow=places.narrow)
        style.log_axis(panel, "y", 0.5 / found["guests"].max(), 1.08, narrow=places.narrow)
        curves = [(group, group.of(found)) for group in shown]
        for group, curve in curves:
            _draw(panel, group, curve)
        _mark_cut_off(panel, [curve for _, curve in curves])
        style.mark_stretch(panel, "x", thresholds[: 1 if places.narrow else None])
    shaded = "shaded: 95 % simultaneous band (whole curve)"
    explain = shaded if found["clusters"].max() > 1 else "no band: one trial"
    return places.finish(title, style.STRETCH, _EXCEEDED, explain)


def _draw(ax: Axes, group: Group, curve: pd.DataFrame) -> None:
    """Draw one curve; at the largest stretch, where it falls to 0, it leaves at the bottom."""
    seen = curve[curve["estimate"] > 0.0]
    left, floor = ax.get_xlim()[0], ax.get_ylim()[0]
    x = np.array([left, *seen["x"], curve["x"].iloc[-1]])
    ax.plot(
        x,
        [1.0, *seen["estimate"], 1e-3 * floor],
        drawstyle="steps-post",
        color=group.look.colour,
        linestyle=group.look.line,
        marker=group.look.marker,
        markevery=(0.1, 0.14),
        markersize=3.6,
        label=f"{group.look.label} ({group.size})",
        zorder=3,
    )
    if curve["clusters"].iloc[0] > 1:
        low, high = (np.array([1.0, *seen[end]])[[*range(len(x) - 1), -1]] for end in _ENDS)
        low = np.maximum(low, floor)
        ax.fill_between(x, low, high, step="post", color=group.look.colour, alpha=0.2, linewidth=0)


def _mark_cut_off(ax: Axes, curves: Sequence[pd.DataFrame]) -> None:
    """Mark from where on curves are lower bounds."""
    bounded = [curve[curve["at_least"] & (curve["estimate"] > 0.0)] for curve in curves]
    cut = [curve[["x", "estimate"]].iloc[0] for curve in bounded if len(curve)]
    if cut:
        ax.plot(
            *np.array(cut).T,
            linestyle="none",
            marker=style.arrow(),
            markersize=8,
            color=style.INK,
            label="from here on at least (requests cut off)",
            zorder=4,
        )
