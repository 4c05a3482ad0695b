"""Percentiles with their intervals against a swept axis: median, 90th and 95th."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike

    from hvmc.plots.style import LineStyle


@dataclass(frozen=True, slots=True)
class Percentile:
    """A percentile, its metric in a summary, and how it is drawn."""

    metric: str
    name: str
    colour: str
    marker: str
    line: LineStyle


MEDIAN = Percentile("stretch_p50", "median", "#000000", "o", "solid")
P90 = Percentile("stretch_p90", "90th percentile", "#0072B2", "s", (0, (5, 1.6)))
P95 = Percentile("stretch_p95", "95th percentile", "#D55E00", "^", (0, (1.2, 1.4)))
_STUB = 0.05
# matplotlib's carets point down 7, up 6, left 4, right 5
_CAPS: dict[str, tuple[tuple[str, Any], ...]] = {
    "x": (("_", 7), ("_", 6)),
    "y": (("|", 4), ("|", 5)),
}


def draw_percentile(
    ax: Axes,
    places: ArrayLike,
    found: pd.DataFrame,
    look: Percentile,
    *,
    along: Literal["x", "y"] = "x",
    joined: bool = True,
) -> None:
    """Draw estimates with bars; hollow where the data do not support the stated coverage.

    A line joins only neighbouring places that both have an estimate. Where the data give no bound,
    a short bar ends in an arrow head.

    Parameters
    ----------
    ax : Axes
        Where to draw; its limits along the value axis must be set, and positive.
    places : array_like
        float, shape (places,): positions along the other axis.
    found : DataFrame
        Estimates of all metrics, each in the order of the places; nan where there is none.
    look : Percentile
        Which metric, and its appearance.
    along : {"x", "y"}
        Axis along which the places lie.
    joined : bool
        Whether to join neighbours by a line.
    """
    found = found[found["metric"] == look.metric]
    if found["estimate"].isna().all():
        return
    at, values = np.asarray(places, dtype=float), found["estimate"].to_numpy(dtype=float)
    supported = found["supported"].to_numpy(dtype=bool)
    bottom, top = ax.get_ylim() if along == "x" else ax.get_xlim()
    stub = (top / bottom) ** _STUB
    paint: dict[str, Any] = {"color": look.colour, "zorder": 4.0 - float(look.metric[-2:]) / 100.0}

    def plot(where: np.ndarray, ends: np.ndarray, **more: Any) -> None:
        ax.plot(*((where, ends) if along == "x" else (ends, where)), **{**paint, **more})

    line: Any = look.line if joined else "none"
    plot(at, values, linestyle=line, linewidth=1.0)
    for end, factor, (cap, head) in zip(
        ("low", "high"), (1.0 / stub, stub), _CAPS[along], strict=True
    ):
        limit = found[end].to_numpy(dtype=float)
        bounded = np.isfinite(limit) & (limit > 0)
        tips = np.where(bounded, limit, values * factor)
        bars = ax.vlines if along == "x" else ax.hlines
        bars(at, values, tips, linewidth=0.8, **paint)
        for mask, marker in ((bounded, cap), (~bounded & np.isfinite(values), head)):
            if not mask.any():  # an empty line without clipping has an extent
                continue
            marks: dict[str, Any] = {"linestyle": "none", "marker": marker, "markersize": 3.6}
            plot(at[mask], tips[mask], clip_on=marker == cap, **marks)
    for mask, face in ((~supported, "white"), (supported, look.colour)):
        shape: dict[str, Any] = {"marker": look.marker, "markersize": 3.6, "linestyle": "none"}
        plot(at[mask], values[mask], markerfacecolor=face, **shape)
    key: dict[str, Any] = {"marker": look.marker, "linestyle": line, "linewidth": 1.0}
    ax.plot([], [], label=look.name, markersize=3.6, **key, **paint)


def ends_of(found: pd.DataFrame, looks: Sequence[Percentile]) -> list[float]:
    """Return every estimate and bound that is finite and positive: what an axis must reach."""
    shown = found[found["metric"].isin([look.metric for look in looks])]
    ends = shown[["estimate", "low", "high"]].to_numpy(dtype=float).ravel()
    return [float(end) for end in ends[np.isfinite(ends) & (ends > 0)]]


def explain_bars(found: pd.DataFrame) -> str:
    """Say what the bars drawn mean, for a legend: empty if there are none."""
    drawn = found[found["estimate"].notna()]
    if drawn.empty:
        return ""
    text = "bars: 95 % interval between trials"
    if not drawn["supported"].all():
        text += "\nhollow: too few trials for that coverage"
    if not (np.isfinite(drawn["high"]) & np.isfinite(drawn["low"]) & (drawn["low"] > 0)).all():
        text += "; arrow head: no bound"
    return text
