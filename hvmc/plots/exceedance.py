"""Exceedance curves P(stretch > x) on log-log axes, with a confidence band."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hvmc.plots import logscale, style
from hvmc.plots.groups import active, size_text, split_groups

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes

    from hvmc.analysis.bands import Band
    from hvmc.plots.style import Look

_MOST_STEPS = 300
_BAND_NAMES = {
    "pointwise": "pointwise band (each x by itself)",
    "simultaneous": "simultaneous band (whole curve)",
}


@style.journal()
def exceedance_curves(
    outcomes: pd.DataFrame,
    *,
    ax: Axes | None = None,
    thresholds: Sequence[float] = (1.25, 2.0),
    band: Band = "simultaneous",
    level: float = 0.95,
    roles: Sequence[str] = (),
) -> Axes:
    """Draw P(stretch > x) for each regime and role.

    Parameters
    ----------
    outcomes : DataFrame
        Outcomes frame, one row per (point, trial, replication, guest).
    ax : Axes, optional
        Where to draw; a new figure if omitted.
    thresholds : sequence of float
        Stretches to mark with a labelled line, dimensionless.
    band : {"simultaneous", "pointwise"}
        What the band covers, see `hvmc.analysis.bands`; the legend says which.
    level : float
        Coverage of the band, inside (0, 1).
    roles : sequence of str
        Order of the roles; others follow as they appear.

    Returns
    -------
    Axes

    Raises
    ------
    CannotDrawError
        If fewer than 2 guests have a finite stretch.
    """
    rows = active(outcomes)
    groups = split_groups(rows, roles)
    ax = style.axes(ax, 5.4, 4.6)
    draw_curves(
        ax,
        [(group.look, group.rows) for group in groups],
        thresholds=thresholds,
        band=band,
        level=level,
    )
    ax.set_title("How often a stretch is exceeded", pad=15)
    return ax


def draw_curves(
    ax: Axes,
    curves: Sequence[tuple[Look, pd.DataFrame]],
    *,
    thresholds: Sequence[float],
    band: Band,
    level: float,
) -> None:
    """Draw one exceedance curve with its band for each frame of active guests.

    Parameters
    ----------
    ax : Axes
        Where to draw.
    curves : sequence of (Look, DataFrame)
        Appearance and active rows of each curve.
    thresholds : sequence of float
        Stretches to mark.
    band : {"simultaneous", "pointwise"}
        What the band covers.
    level : float
        Coverage of the band.
    """
    everything = np.concatenate([rows["stretch"].to_numpy(dtype=float) for _, rows in curves])
    low, high = min(1.0, everything.min()), max(*thresholds, everything.max())
    floor = 0.5 / max(len(rows) for _, rows in curves)
    logscale.set_log(ax, "x", *logscale.limits(low, high))
    logscale.set_log(ax, "y", floor, 1.08)
    bounds = [
        _curve(ax, rows, look, thresholds=thresholds, band=band, level=level)
        for look, rows in curves
    ]
    cut = np.array([bound for bound in bounds if bound is not None])
    if cut.size:
        ax.plot(
            *cut.T,
            linestyle="none",
            marker="$\\uparrow$",
            markersize=8,
            color=style.INK,
            label="from here on at least (requests cut off)",
            zorder=4,
        )
    ax.set_xlabel(style.STRETCH)
    ax.set_ylabel("P(stretch > x), share of guests")
    style.mark_stretch(ax, "x", thresholds)
    shaded = any(rows["trial"].nunique() > 1 for _, rows in curves)
    title = f"shaded: {100 * level:g} % {_BAND_NAMES[band]}" if shaded else "no band: one trial"
    style.legend_below(ax, title, columns=1)


def _curve(
    ax: Axes,
    rows: pd.DataFrame,
    look: Look,
    *,
    thresholds: Sequence[float],
    band: Band,
    level: float,
) -> tuple[float, float] | None:
    """Draw one curve; return where it becomes a lower bound, if it does.

    At the largest stretch the curve falls to 0, which a log axis lacks: it leaves at the bottom.
    """
    from hvmc.analysis.bands import exceedance

    stretch = rows["stretch"].to_numpy(dtype=float)
    grid = steps(stretch, thresholds)
    if "censored" not in rows.columns:
        rows = rows.assign(censored=0)
    found = exceedance(rows.assign(curve=0), grid, by=["curve"], band=band, level=level)
    seen = found[found["estimate"] > 0.0]
    left, floor, largest = ax.get_xlim()[0], ax.get_ylim()[0], stretch.max()
    x = np.array([left, *seen["x"], largest])
    share = np.array([1.0, *seen["estimate"], 1e-3 * floor])
    low, high = (
        np.array([1.0, *seen[name], seen[name].iloc[-1] if len(seen) else 1.0])
        for name in ("low", "high")
    )
    ax.plot(
        x,
        share,
        drawstyle="steps-post",
        color=look.colour,
        linestyle=look.line,
        marker=look.marker,
        markevery=(0.1, 0.14),
        markersize=3.6,
        label=f"{look.label} ({size_text(rows)})",
        zorder=3,
    )
    if found["clusters"].iloc[0] > 1:
        ax.fill_between(
            x, np.maximum(low, floor), high, step="post", color=look.colour, alpha=0.2, linewidth=0
        )
    bounded = seen[seen["at_least"]]
    if bounded.empty:
        return None
    return float(bounded["x"].iloc[0]), float(bounded["estimate"].iloc[0])


def steps(stretch: np.ndarray, thresholds: Sequence[float]) -> np.ndarray:
    """Choose the x at which a curve is computed.

    Every distinct stretch, so that the curve is the empirical one; of very many distinct ones,
    those at even steps of log-odds, where a log axis shows them, and the thresholds.

    Parameters
    ----------
    stretch : ndarray
        float64, shape (guests,), finite.
    thresholds : sequence of float
        Stretches at which the curve must be exact.

    Returns
    -------
    ndarray
        float64, shape (steps,), ascending.

    Examples
    --------
    >>> steps(np.array([3.0, 1.0, 1.0]), [2.0]).tolist()
    [1.0, 2.0, 3.0]
    """
    distinct = np.unique(stretch)
    if distinct.size > _MOST_STEPS:
        odds = np.linspace(-1.0, 1.0, _MOST_STEPS) * np.log(stretch.size)
        ranks = np.round((stretch.size - 1) / (1.0 + np.exp(-odds))).astype(int)
        distinct = np.unique(np.sort(stretch)[[0, *ranks, -1]])
    inside = [value for value in thresholds if distinct[0] < value < distinct[-1]]
    return np.union1d(distinct, inside)
