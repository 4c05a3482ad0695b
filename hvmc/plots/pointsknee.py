"""Stretch against commitment, one knee for each design point of one regime and role."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hvmc.plots import logscale, style
from hvmc.plots.design import read_design
from hvmc.plots.groups import CannotDrawError
from hvmc.plots.knee import (
    LABELS,
    bin_quantiles,
    centres,
    choose_edges,
    mark_one,
    tell_dropped,
)
from hvmc.plots.percentiles import MEDIAN, P95, Percentile, draw_intervals, explain_bars
from hvmc.plots.points import group_name, point_frames

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from matplotlib.axes import Axes

    from hvmc.analysis.intervals import Interval


_SPREAD = 0.4  # of a bin
_MARGIN = 0.09  # of the axis: room for arrow heads where there is no bound


def commitment_of(role: str) -> str:
    """Return the column of the commitment that can stretch a role: its own a victim's.

    Examples
    --------
    >>> commitment_of("guest")
    'lp_commitment'
    """
    return "own_commitment" if role == "victim" else "lp_commitment"


@style.journal()
def points_knee(
    outcomes: pd.DataFrame,
    *,
    labels: Mapping[int, str] | None = None,
    ax: Axes | None = None,
    thresholds: Sequence[float] = (1.25, 2.0),
    level: float = 0.95,
) -> Axes:
    """Draw median and 95th percentile against commitment, one colour per design point.

    Parameters
    ----------
    outcomes : DataFrame
        Outcomes frame of one regime and role, 2 to 8 design points.
    labels : mapping, optional
        Point -> label, such as ``host.logical_processors=16``.
    ax : Axes, optional
        Where to draw; a new figure if omitted.
    thresholds : sequence of float
        Stretches to mark with a line, dimensionless.
    level : float
        Coverage of the intervals, inside (0, 1).

    Returns
    -------
    Axes

    Raises
    ------
    CannotDrawError
        If fewer than 2 design points have guests with a finite stretch, or commitment doesn't
        vary.
    ValueError
        If there are more than 8 design points, or several regimes or roles.
    """
    commitment = commitment_of(str(outcomes["role"].iloc[0]))
    frames = point_frames(outcomes, needs=[commitment])
    xs = {point: rows[commitment].to_numpy(dtype=float) for point, rows in frames.items()}
    edges = _edges(xs, frames, commitment)
    found = {
        point: bin_quantiles(rows, xs[point], edges, (MEDIAN, P95), level)
        for point, rows in frames.items()
    }
    drawn = [interval for bins in found.values() for one in bins if one for interval in one]
    if not drawn:
        raise CannotDrawError("no bin of commitment holds 5 trials; add trials")
    ax = style.axes(ax, 5.4, 4.4 + 0.3 * len(frames))
    _set_limits(ax, edges, drawn, thresholds)
    _draw(ax, found, read_design(frames, labels).names, centres(edges))
    mark_one(ax)
    style.mark_stretch(ax, "y", thresholds)
    ax.set_xlabel(LABELS[commitment])
    ax.set_ylabel(style.STRETCH)
    ax.set_title(f"Stretch against commitment by design point\n{group_name(outcomes)}", pad=15)
    dropped = {tell_dropped(xs[point], edges, bins) for point, bins in found.items()} - {""}
    told = "\nno percentiles in bins of fewer than 5 trials" if dropped else ""
    bars = explain_bars(drawn, level).removeprefix("; ")
    text = "full line, circles: median; dotted line, triangles: 95th percentile"
    style.legend_below(ax, f"{text}\n{bars}{told}")
    return ax


def _edges(
    xs: Mapping[int, np.ndarray], frames: Mapping[int, pd.DataFrame], commitment: str
) -> np.ndarray:
    """Edges of bins that all design points share."""
    x = np.concatenate(list(xs.values()))
    if all(one.min() == one.max() for one in xs.values()):
        raise CannotDrawError(f"{commitment} is the same in all trials; a knee needs a range of it")
    return choose_edges(x, np.concatenate([rows["trial"].to_numpy() for rows in frames.values()]))


def _set_limits(
    ax: Axes, edges: np.ndarray, drawn: Sequence[Interval], thresholds: Sequence[float]
) -> None:
    margin = 0.02 * (edges[-1] - edges[0])
    ax.set_xlim(edges[0] - margin, edges[-1] + margin)
    ends = [end for one in drawn for end in (one.estimate, one.low, one.high) if np.isfinite(end)]
    logscale.set_log(ax, "y", *logscale.limits(min(1.0, *ends), max(*thresholds, *ends), _MARGIN))


def _draw(
    ax: Axes,
    found: Mapping[int, Sequence[Sequence[Interval] | None]],
    names: Mapping[int, str],
    places: np.ndarray,
) -> None:
    """Draw both percentiles of all design points; only medians enter the legend."""
    shades = style.ladder(len(found))
    # side by side, so that no bar hides another's
    apart = _SPREAD * np.linspace(-0.5, 0.5, len(found)) * np.diff(places).min(initial=1.0)
    for shade, shift, (point, bins) in zip(shades, apart, found.items(), strict=True):
        for rank, look in enumerate((MEDIAN, P95)):
            name = names[point] if look is MEDIAN else f"_{names[point]}"
            own = Percentile(look.probability, name, shade, look.marker, look.line)
            draw_intervals(ax, places + shift, [one[rank] if one else None for one in bins], own)
