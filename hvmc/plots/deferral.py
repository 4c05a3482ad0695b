"""How long deferred interrupts wait, against how much of the host is left.

An interrupt is deferred when no virtual processor of its guest runs. On a host with an idle logical
processor the guest is dispatched at once and the delay is nothing; the scale is therefore linear
below a microsecond and logarithmic above.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hvmc.plots import style
from hvmc.plots.bins import LEAST_TRIALS, bin_of, choose_edges
from hvmc.plots.groups import CannotDrawError, active, in_order_of_regimes

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from hvmc.plots.style import Look

_NEEDS = ("lp_commitment", "deferred_per_s", "deferral_mean_s")
_HEADROOM = "LP headroom (1 - LP commitment, dimensionless)"
_DELAY = "mean delay of a deferred interrupt (\N{MICRO SIGN}s)"


@style.journal()
def deferral_delay(outcomes: pd.DataFrame, *, ax: Axes | None = None, level: float = 0.95) -> Axes:
    """Draw the mean delay of each host's deferred interrupts against its LP headroom, by regime.

    In front stand means over bins of headroom with at least 5 hosts, in which each interrupt
    counts alike, with intervals between trials.

    Parameters
    ----------
    outcomes : DataFrame
        Outcomes frame, one row per (point, trial, replication, guest), with columns
        ``deferred_per_s`` and ``deferral_mean_s``.
    ax : Axes, optional
        Where to draw; a new figure if omitted.
    level : float
        Coverage of the intervals, inside (0, 1).

    Returns
    -------
    Axes

    Raises
    ------
    CannotDrawError
        If fewer than 2 guests had interrupts deferred, or all hosts have the same commitment.
    """
    rows = active(outcomes, needs=_NEEDS)
    rows = rows.assign(
        headroom=1.0 - rows["lp_commitment"],
        waited=rows["deferred_per_s"] * rows["deferral_mean_s"] * 1e6,
    )
    low, high = float(rows["headroom"].min()), float(rows["headroom"].max())
    if low == high:
        raise CannotDrawError(
            f"the LP headroom is {low:g} on all hosts; delays against it need a range of it"
        )
    ax = style.axes(ax, 5.4, 4.4)
    for rank, regime in enumerate(in_order_of_regimes(rows)):
        look = style.regime_look(regime, rank)
        _regime(ax, rows[rows["regime"] == regime], look, level)
    ax.axvline(0.0, color=style.INK, linewidth=0.8, linestyle=(0, (2, 2)), zorder=1)
    ax.set_yscale("symlog", linthresh=1.0, linscale=0.6)
    ax.set_ylim(bottom=-0.1)
    ax.set_xlabel(_HEADROOM)
    ax.set_ylabel(_DELAY)
    ax.set_title("Delay of deferred interrupts against LP headroom")
    bars = f"small: a host; large: mean in a bin of {LEAST_TRIALS} hosts or more,"
    style.legend_below(ax, f"{bars} {100 * level:g} % interval between trials")
    return ax


def _regime(ax: Axes, rows: pd.DataFrame, look: Look, level: float) -> None:
    sums = rows.groupby(["point", "trial", "replication"], observed=True).agg(
        headroom=("headroom", "first"),
        waited=("waited", "sum"),
        rate=("deferred_per_s", "sum"),
    )
    ax.plot(
        sums["headroom"],
        sums["waited"] / sums["rate"],
        linestyle="none",
        marker=look.marker,
        markersize=2.8,
        markeredgewidth=0,
        color=look.colour,
        alpha=0.45,
        zorder=2,
    )
    x, estimate, low, high = bin_delays(rows, level).T
    ax.errorbar(
        x,
        estimate,
        yerr=[estimate - low, high - estimate],
        color=look.colour,
        linestyle=look.line,
        marker=look.marker,
        markeredgecolor=style.INK,
        markeredgewidth=0.5,
        elinewidth=0.9,
        capsize=2.0,
        label=look.label,
        zorder=3,
    )


def bin_delays(rows: pd.DataFrame, level: float) -> np.ndarray:
    """Mean delay in bins of headroom.

    Parameters
    ----------
    rows : DataFrame
        Guests with columns headroom, waited (microseconds of delay per second), deferred_per_s.
    level : float
        Coverage of the intervals.

    Returns
    -------
    ndarray
        float64, shape (bins, 4): mean headroom of the guests, mean delay and its limits, the lower
        one not below 0, microseconds; nan in a bin of fewer than 5 trials.
    """
    from hvmc.analysis.intervals import ratio

    headroom = rows["headroom"].to_numpy()
    edges = choose_edges(headroom, rows["trial"].to_numpy(), divide=0.0)
    places = bin_of(headroom, edges)
    found = np.full((edges.size - 1, 4), np.nan)
    for index in np.unique(places):
        inside = rows[places == index]
        trial = inside["trial"].to_numpy()
        if np.unique(trial).size < LEAST_TRIALS:
            continue
        delay = ratio(inside["waited"], inside["deferred_per_s"], trial, level=level)
        middle = float(inside["headroom"].mean())
        found[index] = middle, delay.estimate, max(delay.low, 0.0), delay.high
    return found
