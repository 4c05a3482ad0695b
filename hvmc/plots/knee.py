"""Stretch against commitment: where the knee is, and how steep the climb behind it.

Guests are binned by commitment (`hvmc.plots.bins`); each bin shows percentiles with intervals
between trials (`hvmc.analysis.quantiles`) at the mean commitment of its guests. A bin of fewer than
5 trials shows no percentile, and the legend says how many there are: their guests are still in the
cloud behind.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from hvmc.plots import logscale, style
from hvmc.plots.bins import (
    LEAST_TRIALS,
    bin_quantiles,
    centres,
    check_range,
    choose_edges,
    tell_dropped,
)
from hvmc.plots.groups import CannotDrawError, active
from hvmc.plots.percentiles import MEDIAN, P90, P95, draw_intervals, ends_of, explain_bars
from hvmc.plots.points import PointPanels, group_name, point_frames

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from matplotlib.axes import Axes

    from hvmc.analysis.intervals import Interval
    from hvmc.plots.style import Look

    type _Knee = tuple[np.ndarray, list[list[Interval] | None]]

_LABELS = {"lp_commitment": style.LP_COMMITMENT, "own_commitment": style.OWN_COMMITMENT}
_TITLES = {
    "lp_commitment": "Stretch against the host's LP commitment",
    "own_commitment": "Stretch against the guest's own commitment",
}
_PERCENTILES = (MEDIAN, P90, P95)
_LEAST_BINS = 3
_MOST_SINGLE_POINTS = 1500
_FEW = 100
_SPREAD = 0.006  # of the axis, between neighbouring points
_MARGIN = 0.09  # of the axis: room for arrow heads where there is no bound


@style.journal()
def commitment_knee(
    outcomes: pd.DataFrame,
    *,
    ax: Axes | None = None,
    commitment: Literal["lp_commitment", "own_commitment"] = "lp_commitment",
    thresholds: Sequence[float] = (1.25, 2.0),
    level: float = 0.95,
) -> Axes:
    """Draw stretch against commitment with binned percentiles over the guests.

    Against the host's ``lp_commitment`` victims are left out, since what stretches them is their
    own size; against ``own_commitment`` only the guests of under-provisioned guest hosts are
    drawn, where the host is no obstacle. The legend says so.

    Parameters
    ----------
    outcomes : DataFrame
        Outcomes frame, one row per (point, trial, replication, guest).
    ax : Axes, optional
        Where to draw; a new figure if omitted.
    commitment : {"lp_commitment", "own_commitment"}
        Whose commitment: the host's, or the guest's of its own virtual processors.
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
        If fewer than 2 guests are left, or all have the same commitment.
    """
    rows, which = _guests(outcomes, commitment)
    x, stretch = (rows[name].to_numpy(dtype=float) for name in (commitment, "stretch"))
    check_range(commitment, x)
    ax = style.axes(ax, 5.4, 4.8)
    edges = choose_edges(x, rows["trial"].to_numpy())
    low, high = logscale.limits(min(1.0, stretch.min()), max(*thresholds, stretch.max()))
    _set_range(ax, x)
    ax.set_ylim(low, high)
    _cloud(ax, x, stretch)
    logscale.set_log(ax, "y", low, high)
    found = bin_quantiles(rows, x, edges, _PERCENTILES, level)
    for rank, look in enumerate(_PERCENTILES):
        draw_intervals(ax, centres(x, edges), [one[rank] if one else None for one in found], look)
    _mark(ax, thresholds)
    ax.set_xlabel(_LABELS[commitment])
    ax.set_ylabel(style.STRETCH)
    ax.set_title(_TITLES[commitment], pad=15)
    bars = explain_bars([interval for one in found if one for interval in one], level)
    style.legend_below(ax, f"{which}{bars}{tell_dropped(x, edges, found)}")
    return ax


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
    """Draw median and 95th percentile against commitment for each design point.

    Up to 4 share the axes, one colour each; more have a panel each, beside the first in grey.

    Parameters
    ----------
    outcomes : DataFrame
        Outcomes frame of one regime and role, 2 to 8 design points.
    labels : mapping, optional
        Point -> label, such as ``host.logical_processors=16``.
    ax : Axes, optional
        Where to draw; a new figure if omitted. It is replaced by panels where there are more.
    thresholds : sequence of float
        Stretches to mark with a line, dimensionless.
    level : float
        Coverage of the intervals, inside (0, 1).

    Returns
    -------
    Axes
        The first one, if there are panels.

    Raises
    ------
    CannotDrawError
        If fewer than 2 design points have guests with a finite stretch, or there are too few
        trials, or too narrow a range of commitments, for 3 bins at any point.
    ValueError
        If there are more than 8 design points, or several regimes or roles.
    """
    commitment = commitment_of(str(outcomes["role"].iloc[0]))
    frames = point_frames(outcomes, needs=[commitment])
    knees = {point: _knee(rows, commitment, level) for point, rows in frames.items()}
    bins = max(sum(one is not None for one in found) for _, found in knees.values())
    if bins < _LEAST_BINS:
        check_range(commitment, np.concatenate([x for x, _ in knees.values()]))
        raise CannotDrawError(
            f"bins of {commitment} with {LEAST_TRIALS} trials of one design point: {bins}, and a "
            f"knee needs {_LEAST_BINS}; add trials, or a wider range of it"
        )
    drawn = [one for _, found in knees.values() for both in found if both for one in both]
    values = ends_of(drawn)
    limits = logscale.limits(min(1.0, *values), max(*thresholds, *values), _MARGIN)
    panels = PointPanels(style.axes(ax, 5.4, 4.4 + 0.3 * len(frames)), frames, labels)
    every_x = np.concatenate([x for x, _ in knees.values()])
    for panel, points in panels.shown:
        logscale.set_log(panel, "y", *limits, narrow=panels.narrow)
        _set_range(panel, every_x)
        for turn, point in enumerate(points):
            _draw_knee(panel, *knees[point], panels.looks[point], (turn, len(points)))
        _mark(panel, thresholds[: 1 if panels.narrow else None])
    text = "full line, circles: median; dotted line, triangles: 95th percentile"
    bars = explain_bars(drawn, level).removeprefix("; ")
    title = f"Stretch against commitment by design point\n{group_name(outcomes)}"
    return panels.finish(title, _LABELS[commitment], style.STRETCH, f"{text}\n{bars}", 2)


def _knee(rows: pd.DataFrame, commitment: str, level: float) -> _Knee:
    """Places and percentiles of the bins of one design point, none without a range."""
    x = rows[commitment].to_numpy(dtype=float)
    if x.min() == x.max():
        return np.empty(0), []
    edges = choose_edges(x, rows["trial"].to_numpy())
    return centres(x, edges), bin_quantiles(rows, x, edges, (MEDIAN, P95), level)


def _draw_knee(
    ax: Axes,
    places: np.ndarray,
    bins: Sequence[Sequence[Interval] | None],
    shown: Look,
    turn: tuple[int, int],
) -> None:
    """Draw both percentiles of one design point; only the median enters the legend.

    Points stand a little apart, each in its turn, so that no bar hides another's.
    """
    own, all_ = turn
    low, high = ax.get_xlim()
    shift = _SPREAD * (high - low) * (own - (all_ - 1) / 2.0)
    for rank, look in enumerate((MEDIAN, P95)):
        name = shown.label if look is MEDIAN else f"_{shown.label}"
        paint = replace(look, name=name, colour=shown.colour)
        draw_intervals(ax, places + shift, [one[rank] if one else None for one in bins], paint)


def _set_range(ax: Axes, x: np.ndarray) -> None:
    margin = 0.03 * float(np.ptp(x))
    ax.set_xlim(x.min() - margin, x.max() + margin)


def _mark(ax: Axes, thresholds: Sequence[float]) -> None:
    """Draw the lines of the stretches, and the one where demand equals capacity."""
    style.mark_stretch(ax, "y", thresholds)
    low, high = ax.get_xlim()
    if not low <= 1.0 <= high:
        return
    ax.axvline(1.0, color=style.INK, linewidth=0.8, linestyle=(0, (2, 2)), zorder=1)
    ax.annotate(
        "commitment 1",
        (1.0, 1.0),
        (0, 2),
        xycoords=ax.get_xaxis_transform(),
        textcoords="offset points",
        ha="center",
        fontsize=7.0,
        annotation_clip=False,
    )


def _guests(outcomes: pd.DataFrame, commitment: str) -> tuple[pd.DataFrame, str]:
    """Guests that a commitment can explain, and who they are in words."""
    rows = active(outcomes, needs=[commitment])
    if commitment == "own_commitment":
        kept = rows[rows["regime"] == "under_provisioned_guest"]
        which = "guests of under-provisioned guest hosts"
    else:
        kept = rows[rows["role"] != "victim"]
        which = "all guests but victims" if len(kept) < len(rows) else "all guests"
    if len(kept) < 2:
        raise CannotDrawError(
            f"{len(kept)} of {len(rows)} guests are left to draw against {commitment}; "
            "add trials, or a regime whose guests differ in it"
        )
    return kept, f"{which}, n = {len(kept)}"


def _cloud(ax: Axes, x: np.ndarray, stretch: np.ndarray) -> None:
    """Draw the guests: one by one while they are few, counted in hexagons when they are many."""
    if x.size <= _MOST_SINGLE_POINTS:
        few = x.size <= _FEW
        ax.plot(
            x,
            stretch,
            linestyle="none",
            marker="o",
            markersize=3.0 if few else 1.5,
            color="#8a8a8a" if few else "#b0b0b0",
            markeredgewidth=0,
            label="a guest",
            zorder=2.0 if few else 0.8,
        )
        return
    import matplotlib as mpl
    from matplotlib.colors import LinearSegmentedColormap

    greys = LinearSegmentedColormap.from_list(
        "", mpl.colormaps["Greys"](np.linspace(0.12, 0.5, 64))
    )
    low, high = ax.get_xlim()
    bottom, top = np.log10(ax.get_ylim())
    ax.hexbin(
        x,
        stretch,
        yscale="log",
        gridsize=(60, 34),
        extent=(low, high, bottom, top),
        bins="log",
        mincnt=1,
        cmap=greys,
        linewidths=0.0,
        zorder=0.8,
        rasterized=True,
    )
    ax.plot(
        [], [], linestyle="none", marker="h", markersize=6, color="#a8a8a8", markeredgewidth=0,
        label="guests, darker where more (log count)",
    )  # fmt: skip
