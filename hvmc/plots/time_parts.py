"""Where the time goes: the native response time beside the virtual one, part by part.

Stacks are relative to the native mean response time, so that the native one is 1 high and the
virtual one as high as the mean stretch. Each panel has its own scale. Parts differ in colour and in
hatching, and the larger ones bear their share.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from hvmc.analysis.numbers import apart
from hvmc.analysis.time_parts import OTHER, PART_NAMES, TOTAL, explain_parts, small_parts
from hvmc.plots import style

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from hvmc.plots.groups import Group

_PAINT = {
    "service": ("#c8c8c8", ""),
    "device": ("#ffffff", "...."),
    "guest_queue": ("#0072B2", ""),
    "switch": ("#56B4E9", "\\\\\\\\"),
    "slowdown": ("#F0E442", "----"),
    "dispatch_wait": ("#D55E00", "////"),
    "deferred": ("#E69F00", "xxxx"),
    "hypervisor": ("#CC79A7", "oo"),
    "root_wait": ("#ffffff", "||||"),
    "io_path": ("#009E73", "++++"),
    "fault": ("#000000", ""),
    "spin": ("#ffffff", "**"),
    "other": ("#ffffff", ""),
}
_SIDES = ("native", "virtual")
_LEAST_LABELLED = 0.05
_ASIDE = 0.28
_EXPLAIN = (
    "Mean over guests of each part of a request's time over the guest's native (adequate) mean "
    "response time; the numbers are shares of the bar, in per cent. Whisker: 95 % interval "
    "between trials. other: parts below 0.5 % everywhere. The scales of panels differ."
)


@style.journal()
def parts_panels(groups: Sequence[Group], found: pd.DataFrame, title: str, note: str) -> Figure:
    """Draw one panel per group, with a native and a virtual bar.

    Parameters
    ----------
    groups, title, note
        See `hvmc.plots`.
    found : DataFrame
        As of `hvmc.analysis.time_parts.summarise_parts`.
    """
    merged = small_parts(found)
    figure, panels, columns = style.panels(len(groups), 5, (1.3, 3.1), (0.9, 1.4))
    for panel, group in zip(panels, groups, strict=True):
        _panel(panel, group, group.of(found), merged)
    for first in panels[::columns]:
        first.set_ylabel("time per request / native mean response time")
    figure.legend(
        handles=panels[0].get_legend_handles_labels()[0],
        loc="outside right upper",
        reverse=True,
        handleheight=1.2,
        handlelength=2.0,
        fontsize=7.0,
    )
    style.headline(figure, title)
    style.footnote(figure, f"{_EXPLAIN} {explain_parts(merged)}\n{note}")
    return figure


def stacks(found: pd.DataFrame, merged: Sequence[str]) -> pd.DataFrame:
    """Return the heights of the segments of a group, from the bottom up, by side.

    Parameters
    ----------
    found : DataFrame
        Rows of one group of `hvmc.analysis.time_parts.summarise_parts`.
    merged : sequence of str
        Parts that are drawn as one, ``other``.
    """
    heights = found.pivot(index="part", columns="metric", values="estimate")[list(_SIDES)]
    bars = heights.loc[[part for part in PART_NAMES if part not in merged]]
    if merged:
        bars.loc[OTHER] = heights.loc[list(merged)].sum()
    return bars


def _panel(ax: Axes, group: Group, found: pd.DataFrame, merged: Sequence[str]) -> None:
    total = found.set_index(["part", "metric"]).loc[(TOTAL, "virtual")]
    high = float(total["high"])
    bounded = math.isfinite(high)
    top = 1.06 * max(1.0, total["estimate"], *[high] * bounded)
    bars = stacks(found, merged)
    bottoms = bars.cumsum() - bars
    for part in bars.index:
        colour, hatch = _PAINT[str(part)]
        ax.bar(
            _SIDES,
            bars.loc[part],
            bottom=bottoms.loc[part],
            width=0.82,
            color=colour,
            hatch=hatch,
            edgecolor=style.INK,
            linewidth=0.4,
            label=PART_NAMES.get(str(part), OTHER),
        )
    for place, side in enumerate(_SIDES):
        for part, height in bars.loc[bars[side] >= _LEAST_LABELLED * top, side].items():
            middle = bottoms.loc[part, side] + height / 2
            _write(ax, place, middle, f"{100 * height / bars[side].sum():.0f}")
    if bounded:
        value = float(total["estimate"])
        reach = [[value - total["low"]], [high - value]]
        paint: dict[str, Any] = {"ecolor": style.INK, "elinewidth": 0.9, "capsize": 2.5}
        ax.errorbar(1.0 + _ASIDE, value, yerr=reach, fmt="none", **paint)
    name = group.look.label.replace(" ", "\n", 1)
    stretch, _ = apart(total.to_dict())
    ax.set_title(f"{name}\nmean stretch {stretch}", fontsize=7.0, fontweight="normal")
    ax.tick_params(axis="x", length=0)
    ax.set(xlim=(-0.5, 1.5), ylim=(0.0, top))
    ax.locator_params(axis="y", nbins=5)


def _write(ax: Axes, x: float, y: float, text: str) -> None:
    box: dict[str, Any] = {"boxstyle": "round,pad=0.15", "facecolor": "white", "edgecolor": "none"}
    ax.annotate(text, (x, y), ha="center", va="center", fontsize=6.5, bbox=box)
