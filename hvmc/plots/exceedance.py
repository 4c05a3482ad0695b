"""Exceedance curves P(stretch > x) on log-log axes, with a confidence band."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hvmc.plots import logscale, style
from hvmc.plots.groups import active, size_text, split_groups

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd
    from matplotlib.axes import Axes

    from hvmc.analysis.bands import Band
    from hvmc.plots.style import Look

EXCEEDED = "P(stretch > x), share of guests"
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
    set_ranges(ax, [group.rows for group in groups], thresholds)
    curves = [
        (group.look, curve(group.rows, thresholds, band=band, level=level)) for group in groups
    ]
    draw_curves(ax, curves, thresholds)
    ax.set_xlabel(style.STRETCH)
    ax.set_ylabel(EXCEEDED)
    ax.set_title("How often a stretch is exceeded", pad=15)
    style.legend_below(ax, explain_band([group.rows for group in groups], band, level), columns=1)
    return ax


def set_ranges(
    ax: Axes,
    frames: Sequence[pd.DataFrame],
    thresholds: Sequence[float],
    *,
    narrow: bool = False,
) -> None:
    """Make both axes logarithmic, wide enough for the curves of all frames of active guests."""
    everything = np.concatenate([rows["stretch"].to_numpy(dtype=float) for rows in frames])
    low, high = min(1.0, everything.min()), max(*thresholds, everything.max())
    logscale.set_log(ax, "x", *logscale.limits(low, high), narrow=narrow)
    floor = 0.5 / max(len(rows) for rows in frames)
    logscale.set_log(ax, "y", floor, 1.08, narrow=narrow)


def explain_band(frames: Iterable[pd.DataFrame], band: Band, level: float) -> str:
    """Say what the shaded bands of these frames cover, for a legend."""
    if all(rows["trial"].nunique() < 2 for rows in frames):
        return "no band: one trial"
    return f"shaded: {100 * level:g} % {_BAND_NAMES[band]}"


def curve(
    rows: pd.DataFrame, thresholds: Sequence[float], *, band: Band, level: float
) -> pd.DataFrame:
    """Estimate the curve of active guests with its band, as of `hvmc.analysis.bands.exceedance`.

    Parameters
    ----------
    rows : DataFrame
        Active rows.
    thresholds : sequence of float
        Stretches at which the curve must be exact.
    band : {"simultaneous", "pointwise"}
        What the band covers.
    level : float
        Coverage of the band.

    Returns
    -------
    DataFrame
        Steps with columns x, estimate, low, high, at_least, clusters; the size of the sample in
        words is its ``attrs["size"]``.
    """
    from hvmc.analysis.bands import exceedance

    grid = steps(rows["stretch"].to_numpy(dtype=float), thresholds)
    known = rows if "censored" in rows.columns else rows.assign(censored=0)
    found = exceedance(known.assign(curve=0), grid, by=["curve"], band=band, level=level)
    found.attrs["size"] = size_text(rows)
    return found


def draw_curves(
    ax: Axes, curves: Sequence[tuple[Look, pd.DataFrame]], thresholds: Sequence[float]
) -> None:
    """Draw exceedance curves with their bands between the limits of the axes.

    Parameters
    ----------
    ax : Axes
        Where to draw, see `set_ranges`.
    curves : sequence of (Look, DataFrame)
        Appearance of each, and its steps as of `curve`.
    thresholds : sequence of float
        Stretches to mark.
    """
    for look, found in curves:
        _draw(ax, look, found)
    bounded = [found[found["at_least"] & (found["estimate"] > 0.0)] for _, found in curves]
    cut = [one[["x", "estimate"]].iloc[0] for one in bounded if len(one)]
    if cut:
        ax.plot(
            *np.array(cut).T,
            linestyle="none",
            marker="$\\uparrow$",
            markersize=8,
            color=style.INK,
            label="from here on at least (requests cut off)",
            zorder=4,
        )
    style.mark_stretch(ax, "x", thresholds)


def _draw(ax: Axes, look: Look, found: pd.DataFrame) -> None:
    """Draw one curve; at the largest stretch, where it falls to 0, it leaves at the bottom."""
    seen = found[found["estimate"] > 0.0]
    left, floor, largest = ax.get_xlim()[0], ax.get_ylim()[0], found["x"].iloc[-1]
    x = np.array([left, *seen["x"], largest])
    low, high = (
        np.array([1.0, *seen[name], seen[name].iloc[-1] if len(seen) else 1.0])
        for name in ("low", "high")
    )
    ax.plot(
        x,
        [1.0, *seen["estimate"], 1e-3 * floor],
        drawstyle="steps-post",
        color=look.colour,
        linestyle=look.line,
        marker=look.marker,
        markevery=(0.1, 0.14),
        markersize=3.6,
        label=f"{look.label} ({found.attrs['size']})",
        zorder=3,
    )
    if found["clusters"].iloc[0] > 1:
        ax.fill_between(
            x, np.maximum(low, floor), high, step="post", color=look.colour, alpha=0.2, linewidth=0
        )


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
