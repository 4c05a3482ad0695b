"""What the penalty is made of: contributions of causes to the mean log stretch, group by group.

Bars of one panel add up to the mean log stretch of its guests, so that the factors written beside
them multiply to the geometric mean of the stretch. Each panel has its own scale: between regimes
the penalty differs by a factor of fifty.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from hvmc.analysis.causes import PENALTY, cause_title, has_shares
from hvmc.analysis.numbers import apart, figure
from hvmc.plots import style

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from hvmc.plots.groups import Group

_EXPLAIN = (
    "Mean over guests of the Shapley value of each cause; whiskers: 95 % interval between "
    "trials. Beside each bar: the factor by which it multiplies the stretch, and its share of the "
    "penalty where that is clearly above nothing; 0: switched off or absent. In the titles: the "
    "geometric mean of the stretch. The scales of panels differ."
)
_ROOM = 0.95


@style.journal()
def cause_panels(groups: Sequence[Group], found: pd.DataFrame, title: str, note: str) -> Figure:
    """Draw one panel per group, one bar per cause.

    Parameters
    ----------
    groups, title, note
        See `hvmc.plots`.
    found : DataFrame
        As of `hvmc.analysis.causes.summarise_causes`.
    """
    cell = (1.95, 1.1 + 0.22 * (found["cause"].nunique() - 1))
    drawn, panels, columns = style.panels(len(groups), 3, cell, (1.4, 0.8))
    for index, (panel, group) in enumerate(zip(panels, groups, strict=True)):
        _panel(panel, group, group.of(found))
        panel.tick_params(axis="y", length=0, labelleft=index % columns == 0)
        if index + columns >= len(groups):
            panel.set_xlabel("contribution to mean log stretch")
    style.headline(drawn, title)
    style.footnote(drawn, f"{_EXPLAIN}\n{note}")
    return drawn


def _panel(ax: Axes, group: Group, found: pd.DataFrame) -> None:
    rows = found.set_index(["cause", "metric"])
    stretch, _ = apart(rows.loc[(PENALTY, "factor")].to_dict())
    regime, _, role = group.look.label.partition(": ")
    name = f"{regime}:\n{role}" if role else regime
    ax.set_title(f"{name}\nstretch {stretch}", fontsize=7.5, fontweight="normal")
    bars = found[(found["metric"] == "contribution") & (found["cause"] != PENALTY)]
    value, low, high = (bars[end].to_numpy(dtype=float) for end in ("estimate", "low", "high"))
    places = np.arange(len(bars))
    ax.barh(places, value, 0.62, color=group.look.colour, edgecolor=style.INK, linewidth=0.5)
    low, high = np.where(np.isfinite(low), low, value), np.where(np.isfinite(high), high, value)
    bounded = high > low
    ax.errorbar(
        value[bounded],
        places[bounded],
        xerr=[(value - low)[bounded], (high - value)[bounded]],
        fmt="none",
        ecolor=style.INK,
        elinewidth=0.9,
        capsize=2.0,
    )
    ax.axvline(0.0, color=style.INK, linewidth=0.7, zorder=3)
    for place, cause in enumerate(bars["cause"]):
        end = (max(0.0, high[place]), place)
        text = _beside(rows.loc[cause], shares=has_shares(found))
        ax.annotate(text, end, (4, 0), textcoords="offset points", va="center", fontsize=6.5)
    left, right = min(0.0, low.min()), max(0.0, high.max())
    span = (right - left) or 1.0
    ax.set_xlim(left - 0.05 * span, right + _ROOM * span)
    ax.set_ylim(len(bars) - 0.4, -0.6)
    ax.set_yticks(places, [cause_title(str(cause)) for cause in bars["cause"]])
    ax.spines["left"].set_visible(False)
    ax.locator_params(axis="x", nbins=4)


def _beside(found: pd.DataFrame, *, shares: bool) -> str:
    """Write the factor of a cause and its share."""
    if (found.loc["contribution", ["estimate", "low", "high"]] == 0.0).all():
        return "0"
    factor, _ = apart(found.loc["factor"].to_dict())
    coarse = partial(figure, most=1)
    share, _ = apart({**found.loc["share"].to_dict(), "supported": True}, coarse, unit=100.0)
    return f"\N{MULTIPLICATION SIGN}{factor}{f', {share} %' * shares}"
