"""Box plot of the stretch per group, on a log axis.

A box was preferred to a violin: with tails over three decades beside regimes whose whole
distribution spans a few percent, a kernel density depends on its bandwidth and draws mass beyond
the data, while percentiles do neither. Three are also written out beside each box, since the
narrow ones cannot be read off a wide axis; they are those of the summary.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hvmc.analysis.numbers import apart
from hvmc.plots import style

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from matplotlib.axes import Axes

    from hvmc.plots.groups import Group

PROBABILITIES = (0.05, 0.25, 0.75)
"""Percentiles of a box that the summary lacks."""

_BOX = {"whislo": "p5", "q1": "p25", "med": "p50", "q3": "p75", "whishi": "p95"}
_WRITTEN = ("p50", "p95", "p99")
_FEW = 30


@style.journal()
def stretch_distribution(
    ax: Axes,
    groups: Sequence[Group],
    summary: pd.DataFrame,
    spread: pd.DataFrame,
    thresholds: Sequence[float],
    title: str,
) -> Axes:
    """Draw one box per group: quartiles, 5 to 95 % whiskers, p99 and the largest.

    Parameters
    ----------
    ax, groups, thresholds, title
        See `hvmc.plots`.
    summary : DataFrame
        As of `hvmc.analysis.summary.summarise`; its percentiles are written beside the boxes.
    spread : DataFrame
        `PROBABILITIES` of the stretch, as of `hvmc.analysis.quantiles.spread`.
    """
    stretches = [group.rows["stretch"].to_numpy(dtype=float) for group in groups]
    places = np.arange(len(groups))
    found = [group.of(summary).set_index("metric") for group in groups]
    for place, (group, own) in enumerate(zip(groups, found, strict=True)):
        ends = group.of(spread).set_index("metric")["estimate"]
        _box(ax, place, {**own["estimate"], **ends}, group.look.colour)
    few = [place for place in places if stretches[place].size <= _FEW]
    if few:
        guests = np.concatenate([stretches[place] for place in few])
        at = np.repeat(np.add(few, 0.36), [stretches[place].size for place in few])
        ax.plot(guests, at, "o", color=style.QUIET, markersize=1.8, label="a guest")
    largest = [stretch.max() for stretch in stretches]
    p99 = [own.loc["stretch_p99", "estimate"] for own in found]
    ink: dict[str, Any] = {"color": style.INK, "linestyle": "none", "zorder": 3}
    ax.plot(p99, places, marker="|", markersize=7, label="99th percentile", **ink)
    ax.plot(largest, places, marker=".", markersize=3.5, label="largest", **ink)
    smallest = min(stretch.min() for stretch in stretches)
    style.log_axis(ax, "x", *style.log_limits([1.0, *thresholds, *largest, smallest]))
    ax.set_yticks(places, [f"{group.look.label}\n{group.size}" for group in groups])
    ax.set_ylim(len(groups) - 0.5, -0.5)
    ax.set_xlabel(style.STRETCH)
    style.mark_stretch(ax, "x", thresholds)
    _write(ax, found)
    style.legend_below(ax, "box: quartiles and median; whiskers: 5th and 95th percentile", 3)
    ax.set_title(title, pad=15)
    return ax


def _box(ax: Axes, place: int, found: Mapping[str, float], colour: str) -> None:
    stats = {name: found[f"stretch_{percentile}"] for name, percentile in _BOX.items()}
    ink = {"color": style.INK, "linewidth": 0.8}
    ax.bxp(
        [stats],
        positions=[place],
        widths=0.55,
        orientation="horizontal",
        patch_artist=True,
        showfliers=False,
        boxprops={"facecolor": colour, "edgecolor": style.INK, "linewidth": 0.8},
        whiskerprops=ink,
        capprops=ink,
        medianprops={"color": style.INK, "linewidth": 1.4},
    )


def _write(ax: Axes, found: Sequence[pd.DataFrame]) -> None:
    """Write percentiles of every box in columns right of the axes."""
    for column, name in enumerate(_WRITTEN):
        place: dict[str, Any] = {
            "xytext": (22.0 + 34.0 * column, 0.0),
            "textcoords": "offset points",
            "ha": "center",
            "annotation_clip": False,
        }
        ax.annotate(name, (1.0, 1.0), xycoords="axes fraction", va="bottom", **place)
        for row, own in enumerate(found):
            text, _ = apart({**own.loc[f"stretch_{name}"], "supported": True})
            across = ax.get_yaxis_transform()
            ax.annotate(text, (1.0, row), xycoords=across, va="center", **place)
