"""Stretch against commitment: where the knee is, and how steep the climb behind it.

Percentiles of bins (`hvmc.analysis.bins`) stand at the mean commitment of their guests. A bin of
too few trials shows none, and the legend says how many there are.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from hvmc.analysis.bins import LEAST_TRIALS
from hvmc.plots import style
from hvmc.plots.groups import CannotDrawError
from hvmc.plots.multiples import Multiples
from hvmc.plots.percentiles import MEDIAN, P90, P95, draw_percentile, ends_of, explain_bars

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes

    from hvmc.plots.groups import Group

_LABELS = {"lp_commitment": style.LP_COMMITMENT, "own_commitment": style.OWN_COMMITMENT}
_LEAST_BINS = 3
_MOST_SINGLE_POINTS = 1500
_FEW = 100
_SPREAD = 0.006  # of the axis, between neighbouring points
_MARGIN = 0.09  # of the axis: room for arrow heads where there is no bound
_SAME = 0.01


def check_range(x: pd.Series, commitment: str) -> None:
    """Refuse commitments that are one value but for a hundredth of it.

    Raises
    ------
    CannotDrawError
        If they are, or there are none.
    """
    if x.empty or x.max() - x.min() <= _SAME * x.abs().max():
        values = f"{x.iloc[0]:.3g} for all {x.size} guests" if x.size else "known of no guest"
        raise CannotDrawError(f"{commitment} is {values}; a knee needs a range of it")


@style.journal()
def commitment_knee(
    ax: Axes,
    rows: pd.DataFrame,
    found: pd.DataFrame,
    commitment: str,
    thresholds: Sequence[float],
    title: str,
    who: str,
) -> Axes:
    """Draw guests against commitment, and percentiles of bins over them.

    Parameters
    ----------
    ax, thresholds, title
        See `hvmc.plots`.
    rows : DataFrame
        The guests.
    found : DataFrame
        As of `hvmc.analysis.bins.quantiles_in_bins`.
    commitment : str
        Column of the commitment: the host's, or the guest's of its own virtual processors.
    who : str
        The guests in words, for the legend.
    """
    limits = style.log_limits([1.0, *thresholds, rows["stretch"].min(), rows["stretch"].max()])
    _set_ranges(ax, rows[commitment], limits)
    _cloud(ax, rows[commitment], rows["stretch"])
    _set_ranges(ax, rows[commitment], limits)  # hexagons change them
    for look in (MEDIAN, P90, P95):
        draw_percentile(ax, found["x"].unique(), found, look)
    _mark(ax, thresholds)
    ax.set(xlabel=_LABELS[commitment], ylabel=style.STRETCH)
    ax.set_title(title, pad=15)
    text = "; ".join([f"{who}, n = {len(rows)}", *filter(None, [explain_bars(found)])])
    style.legend_below(ax, text + tell_dropped(found))
    return ax


@style.journal()
def points_knee(
    ax: Axes,
    groups: Sequence[Group],
    found: pd.DataFrame,
    commitment: str,
    thresholds: Sequence[float],
    title: str,
) -> Axes:
    """Draw median and 95th percentile against commitment for each design point.

    Up to 4 share the axes, one colour each; more have a panel each, beside the first in grey.

    Parameters
    ----------
    ax, groups, thresholds, title
        See `hvmc.plots`.
    found : DataFrame
        As of `hvmc.analysis.bins.quantiles_in_bins`, with a column point.
    commitment : str
        Column of the commitment.

    Raises
    ------
    CannotDrawError
        If there are too few trials, or too narrow a range of commitments, for 3 bins at any point.
    """
    known = found[found["estimate"].notna() & (found["metric"] == MEDIAN.metric)]
    bins = known.groupby("point").size().max() if len(known) else 0
    if bins < _LEAST_BINS:
        check_range(found["x"], commitment)
        raise CannotDrawError(
            f"bins of {commitment} with {LEAST_TRIALS} trials of one design point: {bins}, and a "
            f"knee needs {_LEAST_BINS}; add trials, or a wider range of it"
        )
    limits = style.log_limits([1.0, *thresholds, *ends_of(found, (MEDIAN, P95))], _MARGIN)
    places = Multiples(ax, groups)
    for panel, shown in places.shown:
        _set_ranges(panel, found["x"], limits, narrow=places.narrow)
        low, high = panel.get_xlim()
        for turn, group in enumerate(shown):
            own = group.of(found)
            # a little apart, so that no bar hides another's
            at = own["x"].unique() + _SPREAD * (high - low) * (turn - (len(shown) - 1) / 2.0)
            for look, name in ((MEDIAN, group.look.label), (P95, f"_{group.look.label}")):
                paint = replace(look, name=name, colour=group.look.colour)
                draw_percentile(panel, at, own, paint)
        _mark(panel, thresholds[: 1 if places.narrow else None])
    text = "full line, circles: median; dotted line, triangles: 95th percentile"
    explain = f"{text}\n{explain_bars(found)}"
    return places.finish(title, _LABELS[commitment], style.STRETCH, explain)


def tell_dropped(found: pd.DataFrame) -> str:
    """Say how many bins hold guests but show no percentile, for a legend: empty if none."""
    bins = found[found["guests"] > 0].drop_duplicates("x")
    blank = bins[bins["estimate"].isna()]
    if blank.empty:
        return ""
    return (
        f"\nno percentiles in {len(blank)} of {len(bins)} bins: fewer than "
        f"{LEAST_TRIALS} trials ({blank['guests'].sum()} of {bins['guests'].sum()} guests)"
    )


def _set_ranges(
    ax: Axes, x: pd.Series, limits: tuple[float, float], *, narrow: bool = False
) -> None:
    margin = 0.03 * float(x.max() - x.min())
    ax.set_xlim(x.min() - margin, x.max() + margin)
    style.log_axis(ax, "y", *limits, narrow=narrow)


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


def _cloud(ax: Axes, x: pd.Series, stretch: pd.Series) -> None:
    """Draw the guests: one by one while they are few, counted in hexagons when they are many."""
    if x.size <= _MOST_SINGLE_POINTS:
        few = x.size <= _FEW
        colour, zorder = ("#8a8a8a", 2.0) if few else ("#b0b0b0", 0.8)
        size = 3.0 if few else 1.5
        ax.plot(x, stretch, "o", color=colour, ms=size, mew=0.0, label="a guest", zorder=zorder)
        return
    cells = ax.hexbin(
        x,
        stretch,
        yscale="log",
        gridsize=(60, 34),
        extent=(*ax.get_xlim(), *np.log10(ax.get_ylim())),
        bins="log",
        mincnt=1,
        cmap="Greys",
        linewidths=0.0,
        zorder=0.8,
        rasterized=True,
    )
    counts = np.asarray(cells.get_array(), dtype=float)
    cells.set_clim(0.3, max(10.0, counts.max()) ** 2)  # light to middle grey
    ax.plot([], [], "h", markersize=6, color="#a8a8a8", label="guests, darker where more")
