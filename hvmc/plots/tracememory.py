"""Figures of a trace's memory: what each guest was assigned, and its pressure, over time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hvmc.counters.names import BALANCER, GUEST_MEMORY
from hvmc.plots import style
from hvmc.plots.traceframe import DOTTED, TIME, busiest, by_instance, lines, needed, show_zero

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["memory_panels", "trace_assigned_memory", "trace_pressure"]

_ENOUGH = 100.0


@style.journal()
def trace_assigned_memory(trace: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw the memory assigned to each guest, and what the host has left, over time.

    Parameters
    ----------
    trace : DataFrame
        As `hvmc.trace` returns it.
    ax : Axes, optional
        Where to draw; a new figure if omitted.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        If the trace has no counters of the guests' memory.
    """
    ax = style.axes(ax, 5.4, 3.2)
    assigned = needed(trace, GUEST_MEMORY, "Physical Memory")
    lines(ax, assigned, busiest(trace))
    left = by_instance(trace, BALANCER, "Available Memory")
    if left.size:
        ax.plot(
            left.index,
            left.iloc[:, 0],
            color=style.INK,
            linestyle=DOTTED,
            label="not assigned (host)",
        )
    _finish(ax, "Assigned memory", "MiB, by guest")
    show_zero(ax)
    return ax


@style.journal()
def trace_pressure(trace: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw the pressure of each guest over time: 100 x demand / assigned memory.

    Parameters
    ----------
    trace : DataFrame
        As `hvmc.trace` returns it.
    ax : Axes, optional
        Where to draw; a new figure if omitted.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        If the trace has no counters of the guests' memory.
    """
    ax = style.axes(ax, 5.4, 3.2)
    pressure = needed(trace, GUEST_MEMORY, "Current Pressure")
    ax.axhline(_ENOUGH, color=style.QUIET, linewidth=0.8, zorder=0.9)
    lines(ax, pressure, busiest(trace))
    _finish(ax, "Pressure", "100 x demand / assigned;\nabove 100 a guest lacks memory")
    values = pressure.to_numpy(dtype=float)
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    low, high = min(low, _ENOUGH), max(high, _ENOUGH)
    margin = max(0.05 * (high - low), 1.0)
    ax.set_ylim(low - margin, high + margin)
    return ax


@style.journal()
def memory_panels(trace: pd.DataFrame, note: str = "") -> Figure:
    """Draw assigned memory above pressure, with one legend."""
    figure = style.new_figure(6.4, 5.4)
    above, below = figure.subplots(2, 1, sharex=True)
    trace_assigned_memory(trace, ax=above)
    trace_pressure(trace, ax=below)
    above.set_xlabel("")
    handles, labels = above.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper left", ncols=4)
    style.footnote(figure, note)
    return figure


def _finish(ax: Axes, title: str, unit: str) -> None:
    ax.set_title(title)
    ax.set_ylabel(unit)
    ax.set_xlabel(TIME)
