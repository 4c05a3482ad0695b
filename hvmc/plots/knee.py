"""Stretch against commitment: where the knee is, and how steep the climb behind it.

Guests are binned by commitment; each bin shows its median, 90th and 95th percentile with intervals
between trials (`hvmc.analysis.quantiles`) at its centre. Bins have one width, and 1 is always an
edge, so that no bin mixes guests from before and behind the knee; they are wider where trials are
few. A bin of fewer than 5 trials shows no percentile, and the legend says how many there are: their
guests are still in the cloud behind.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

import numpy as np

from hvmc.plots import logscale, style
from hvmc.plots.groups import CannotDrawError, active, is_censored
from hvmc.plots.percentiles import MEDIAN, P90, P95, draw_intervals, explain_bars

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes

    from hvmc.analysis.intervals import Interval
    from hvmc.plots.percentiles import Percentile

LABELS = {"lp_commitment": style.LP_COMMITMENT, "own_commitment": style.OWN_COMMITMENT}
_TITLES = {
    "lp_commitment": "Stretch against the host's LP commitment",
    "own_commitment": "Stretch against the guest's own commitment",
}
_PERCENTILES = (MEDIAN, P90, P95)
_BIN_NUMBERS = (30, 15)
_GOOD_TRIALS = 30
_LEAST_TRIALS = 5
_MOST_SINGLE_POINTS = 1500
_FEW = 100


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
    if x.min() == x.max():
        raise CannotDrawError(
            f"{commitment} is {x[0]:g} for all {x.size} guests; a knee needs a range of it"
        )
    ax = style.axes(ax, 5.4, 4.8)
    edges = choose_edges(x, rows["trial"].to_numpy())
    margin = 0.02 * (edges[-1] - edges[0])
    ax.set_xlim(edges[0] - margin, edges[-1] + margin)
    low, high = logscale.limits(min(1.0, stretch.min()), max(*thresholds, stretch.max()))
    ax.set_ylim(low, high)
    _cloud(ax, x, stretch)
    logscale.set_log(ax, "y", low, high)
    found = bin_quantiles(rows, x, edges, _PERCENTILES, level)
    for rank, look in enumerate(_PERCENTILES):
        draw_intervals(ax, centres(edges), [one[rank] if one else None for one in found], look)
    mark_one(ax)
    style.mark_stretch(ax, "y", thresholds)
    ax.set_xlabel(LABELS[commitment])
    ax.set_ylabel(style.STRETCH)
    ax.set_title(_TITLES[commitment], pad=15)
    bars = explain_bars([interval for one in found if one for interval in one], level)
    style.legend_below(ax, f"{which}{bars}{tell_dropped(x, edges, found)}")
    return ax


def mark_one(ax: Axes) -> None:
    """Draw the line where demand equals capacity."""
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


def choose_edges(x: np.ndarray, trials: np.ndarray) -> np.ndarray:
    """Take the finest bins in which most guests have enough trials beside them.

    Parameters
    ----------
    x : ndarray
        float64, shape (guests,): commitment of each guest, not all the same.
    trials : ndarray
        Trial of each guest, shape (guests,).

    Returns
    -------
    ndarray
        float64, shape (bins + 1,).
    """
    for bins in _BIN_NUMBERS:
        edges = bin_edges(float(x.min()), float(x.max()), bins)
        places = _bin_of(x, edges)
        pairs = np.unique(np.stack([places, trials]), axis=1)
        per_bin = np.bincount(pairs[0].astype(int), minlength=edges.size - 1)
        if np.mean(per_bin[places] >= _GOOD_TRIALS) > 0.8:
            break
    return edges


def _bin_of(x: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Bin of each commitment, int64, shape (guests,); the last bin holds its upper edge too."""
    bins: np.ndarray = np.digitize(x, edges[1:-1])
    return bins


def bin_edges(low: float, high: float, most_bins: int) -> np.ndarray:
    """Edges of equal bins over [low, high]; 1 is one of them if it lies inside.

    Parameters
    ----------
    low, high : float
        Smallest and largest commitment, low < high.
    most_bins : int
        Bins that may fit into the range.

    Returns
    -------
    ndarray
        float64, shape (bins + 1,), multiples of a round width.

    Examples
    --------
    >>> bin_edges(0.42, 1.18, 10).tolist()
    [0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2]
    """
    rough = (high - low) / most_bins
    power = 10.0 ** math.floor(math.log10(rough))
    width = next(s * power for s in (1.0, 2.0, 2.5, 5.0, 10.0) if s * power >= rough * (1 - 1e-9))
    first, last = math.floor(low / width + 1e-9), math.ceil(high / width - 1e-9)
    return np.round(np.arange(first, last + 1) * width, 12)


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


def centres(edges: np.ndarray) -> np.ndarray:
    """Return the centres of bins: float64, shape (bins,).

    Examples
    --------
    >>> centres(np.array([0.0, 0.5, 1.0])).tolist()
    [0.25, 0.75]
    """
    middle: np.ndarray = (edges[:-1] + edges[1:]) / 2.0
    return middle


def bin_quantiles(
    rows: pd.DataFrame,
    x: np.ndarray,
    edges: np.ndarray,
    looks: Sequence[Percentile],
    level: float,
) -> list[list[Interval] | None]:
    """Percentiles of the guests of each bin, None where a bin has too few trials.

    Parameters
    ----------
    rows : DataFrame
        Active rows.
    x : ndarray
        float64, shape (rows,): their commitment.
    edges : ndarray
        float64, shape (bins + 1,).
    looks : sequence of Percentile
        Which percentiles.
    level : float
        Coverage of the intervals.
    """
    from hvmc.analysis.quantiles import quantiles

    stretch, trials = rows["stretch"].to_numpy(dtype=float), rows["trial"].to_numpy()
    censored, bins = is_censored(rows), _bin_of(x, edges)
    found: list[list[Interval] | None] = []
    for index in range(edges.size - 1):
        inside = bins == index
        if np.unique(trials[inside]).size < _LEAST_TRIALS:
            found.append(None)
            continue
        found.append(
            quantiles(
                stretch[inside],
                trials[inside],
                [look.probability for look in looks],
                censored=censored[inside],
                level=level,
            )
        )
    return found


def tell_dropped(x: np.ndarray, edges: np.ndarray, found: Sequence[object]) -> str:
    r"""Say how many bins hold guests but show no percentile, for a legend: empty if none.

    Examples
    --------
    >>> tell_dropped(np.array([0.1, 0.9]), np.array([0.0, 0.5, 1.0]), [[], None])
    '\nno percentiles in 1 of 2 bins: fewer than 5 trials (1 of 2 guests)'
    """
    bins = _bin_of(x, edges)
    blank = [index for index, one in enumerate(found) if one is None and (bins == index).any()]
    if not blank:
        return ""
    guests = int(np.isin(bins, blank).sum())
    return (
        f"\nno percentiles in {len(blank)} of {len(np.unique(bins))} bins: fewer than "
        f"{_LEAST_TRIALS} trials ({guests} of {x.size} guests)"
    )
