"""Where the time goes: the native response time beside the virtual one, part by part.

Stacks are relative to the native mean response time, so that the native one is 1 high and the
virtual one as high as the mean stretch. Each panel has its own scale. Parts differ in colour and in
hatching, and the larger ones bear their share.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from hvmc.plots import style
from hvmc.plots.digits import in_digits
from hvmc.plots.groups import CannotDrawError, active, split_groups

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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
    "response time; the numbers are shares of the bar, in per cent. Whisker: {level:g} % interval "
    "between trials. other: parts below 0.5 % everywhere. The scales of panels differ."
)


@style.journal()
def parts_panels(
    outcomes: pd.DataFrame, *, level: float = 0.95, note: str = "", roles: Sequence[str] = ()
) -> Figure:
    """Draw one panel per regime and role, with a native and a virtual bar.

    Parameters
    ----------
    outcomes : DataFrame
        Outcomes frame, one row per (point, trial, replication, guest), with columns
        ``time_..._s`` and ``native_time_..._s``.
    level : float
        Coverage of the interval, inside (0, 1).
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
        If fewer than 2 guests have parts.
    """
    from hvmc.analysis.parts import explain, has_parts, small_parts, summarise_parts

    if not has_parts(outcomes):
        raise CannotDrawError("no guest has parts of its response time: a batch has none")
    groups = split_groups(active(outcomes, needs=["time_service_s"]), roles)
    found = summarise_parts(outcomes, level=level)
    merged = small_parts(found)
    columns = min(5, len(groups))
    lines = -(-len(groups) // columns)
    figure = style.new_figure(max(0.9 + 1.3 * columns, 4.2), 3.1 * lines + 1.4)
    panels = figure.subplots(lines, columns, squeeze=False).ravel()
    for spare in panels[len(groups) :]:
        spare.set_visible(False)
    for panel, group in zip(panels, groups, strict=False):
        of_group = (found["regime"] == group.regime) & (found["role"] == group.role)
        _panel(panel, group, found[of_group], merged)
    for first in panels[::columns]:
        first.set_ylabel("time per request / native mean response time")
    _legend(figure, merged)
    style.headline(figure, "Where the time goes")
    style.footnote(figure, f"{_EXPLAIN.format(level=100 * level)} {explain(merged)}\n{note}")
    return figure


def stacks(found: pd.DataFrame, merged: list[str]) -> dict[str, dict[str, float]]:
    """Return the heights of the segments of both bars of a group, from the bottom up.

    Parameters
    ----------
    found : DataFrame
        Rows of one group of `hvmc.analysis.parts.summarise_parts`.
    merged : list of str
        Parts that are drawn as one, ``other``.
    """
    from hvmc.analysis.parts import OTHER, PARTS

    heights = found.set_index(["metric", "part"])["estimate"]
    bars: dict[str, dict[str, float]] = {}
    for side in _SIDES:
        bar = {part: float(heights[side, part]) for part in PARTS if part not in merged}
        rest = sum(float(heights[side, part]) for part in merged)
        bars[side] = {**bar, OTHER: rest} if merged else bar
    return bars


def _panel(ax: Axes, group: Group, found: pd.DataFrame, merged: list[str]) -> None:
    from hvmc.analysis.parts import TOTAL

    total = found.set_index(["part", "metric"]).loc[(TOTAL, "virtual")]
    bars = stacks(found, merged)
    top = 1.06 * max(1.0, total["estimate"], *(_finite(total["high"])))
    for place, side in enumerate(_SIDES):
        _stack(ax, place, bars[side], top)
    if math.isfinite(total["high"]):
        ax.errorbar(
            1.0 + _ASIDE,
            total["estimate"],
            yerr=[[total["estimate"] - total["low"]], [total["high"] - total["estimate"]]],
            ecolor=style.INK,
            elinewidth=0.9,
            capsize=2.5,
            linestyle="none",
        )
    least = "at least " if total["at_least"] else ""
    name = group.look.label.replace(" ", "\n", 1)
    numbers = [float(total[end]) for end in ("estimate", "low", "high")]
    title = f"{name}\nmean stretch {least}{in_digits(numbers)[0]}"
    ax.set_title(title, fontsize=7.0, fontweight="normal")
    ax.set_xticks(range(len(_SIDES)), _SIDES)
    ax.tick_params(axis="x", length=0)
    ax.set_xlim(-0.5, 1.5)
    ax.set_ylim(0.0, top)
    ax.locator_params(axis="y", nbins=5)


def _finite(value: float) -> tuple[float, ...]:
    return (value,) if math.isfinite(value) else ()


def _stack(ax: Axes, place: int, bar: Mapping[str, float], top: float) -> None:
    whole = sum(bar.values())
    bottom = 0.0
    for part, height in bar.items():
        colour, hatch = _PAINT[part]
        ax.bar(
            place,
            height,
            bottom=bottom,
            width=0.82,
            color=colour,
            hatch=hatch,
            edgecolor=style.INK,
            linewidth=0.4,
        )
        if height >= _LEAST_LABELLED * top:
            _write(ax, place, bottom + height / 2, f"{100 * height / whole:.0f}")
        bottom += height


def _write(ax: Axes, x: float, y: float, text: str) -> None:
    box = {"boxstyle": "round,pad=0.15", "facecolor": "white", "edgecolor": "none"}
    ax.annotate(text, (x, y), ha="center", va="center", fontsize=6.5, bbox=box)


def _legend(figure: Figure, merged: list[str]) -> None:
    """Name the parts in the order of the stack, row by row."""
    from matplotlib.patches import Patch

    from hvmc.analysis.parts import OTHER, PARTS

    shown = {part: name for part, name in PARTS.items() if part not in merged}
    if merged:
        shown[OTHER] = OTHER
    patches = [
        Patch(
            facecolor=_PAINT[part][0],
            hatch=_PAINT[part][1],
            edgecolor=style.INK,
            linewidth=0.4,
            label=name,
        )
        for part, name in shown.items()
    ]
    figure.legend(
        handles=patches,
        loc="outside right upper",
        reverse=True,
        handleheight=1.2,
        handlelength=2.0,
        fontsize=7.0,
    )
