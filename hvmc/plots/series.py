"""Figures of counter series: what one host's guests do and get over simulated time.

The tidy frame of `hvmc.trace` in, matplotlib axes out. Every function raises ValueError where the
frame lacks a counter that it draws.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hvmc.counters.names import BALANCER, GUEST_MEMORY, LOGICAL, ROOT, TOTAL
from hvmc.plots import style
from hvmc.plots.seriesframe import (
    DOTTED,
    by_guest,
    by_instance,
    by_processor,
    by_vp,
    guests_of,
    lines_of_guests,
    needed,
    pick,
    show_zero,
)
from hvmc.plots.write import save

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "RATES",
    "series_assigned_memory",
    "series_lp_run_times",
    "series_pressure",
    "series_rate",
    "series_wait",
    "write_series_figures",
]

RATES = (
    "Total Intercepts/sec",
    "MSR Accesses/sec",
    "Virtual Interrupts/sec",
    "Hypercalls/sec",
)
_WAIT = "CPU Wait Time Per Dispatch"
_DISPATCHES = "Logical Processor Dispatches/sec"
_TOGETHER = "guests and root partition"
_BANDS = {
    "guests": "#0072B2",
    _TOGETHER: "#0072B2",
    "root partition": "#56B4E9",
    "hypervisor": "#D55E00",
    "idle": style.FAINT,
}
_ENOUGH = 100.0


@style.journal()
def series_rate(series: pd.DataFrame, counter: str, *, ax: Axes | None = None) -> Axes:
    """Draw a rate of each guest over time, summed over its virtual processors.

    Parameters
    ----------
    series : DataFrame
        As `hvmc.trace` returns it.
    counter : str
        A counter of virtual processors that ends in /sec.
    ax : Axes, optional
        Where to draw; a new figure if omitted.
    """
    ax = style.axes(ax, 5.4, 3.2)
    rates = by_guest(series, counter)
    lines_of_guests(ax, rates, series, counter.removesuffix("/sec"), "per second, by guest")
    ax.set_ylim(0.0, max(float(np.nanmax(rates.to_numpy())) * 1.05, 1.0))
    return ax


@style.journal()
def series_wait(series: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw the mean wait per dispatch of each guest, and of the root, over time.

    Parameters
    ----------
    series : DataFrame
        As `hvmc.trace` returns it.
    ax : Axes, optional
        Where to draw; a new figure if omitted.
    """
    ax = style.axes(ax, 6.4, 3.6)
    unit = "µs a virtual processor was ready"
    lines_of_guests(ax, _waits_us(series), series, "CPU wait time per dispatch", unit)
    root = pick(series, ROOT, _WAIT)
    root = root[root["instance"] == TOTAL]
    if len(root):
        times, waits = root["time_s"], root["value"] * 1e-3
        ax.plot(times, waits, color=style.INK, linestyle=DOTTED, label="root partition")
    show_zero(ax)
    style.legend_below(ax, columns=3)
    return ax


@style.journal()
def series_lp_run_times(series: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw run times of guests, root and hypervisor on each logical processor, and idle time.

    Means over the series. Whiskers reach from the least to the most busy interval. Of the guest run
    time of a logical processor, which is that of all partitions, the root's is that of the root
    virtual processor of the same number, which is pinned to it. In a series without root virtual
    processors the two are one band.

    Parameters
    ----------
    series : DataFrame
        As `hvmc.trace` returns it.
    ax : Axes, optional
        Where to draw; a new figure if omitted.
    """
    ax = style.axes(ax, 6.4, 3.6)
    bands = _run_times(series)
    places = np.arange(bands["idle"].shape[1])
    bottom = np.zeros(len(places))
    for name, share in bands.items():
        means = share.mean(axis=0)
        ax.bar(places, means, 0.8, bottom=bottom, color=_BANDS[name], label=name)
        bottom += means
    busy = 100.0 - bands["idle"]
    middle = busy.mean(axis=0)
    reach = np.abs(np.array([busy.min(axis=0), busy.max(axis=0)]) - middle)
    ax.errorbar(places, middle, reach, fmt="none", ecolor=style.INK, elinewidth=0.8, capsize=1.5)
    ax.set_xticks(places[:: -(-len(places) // 16)])
    ax.set(xlim=(-0.6, len(places) - 0.4), ylim=(0.0, 100.0), xlabel="logical processor (Hv LP)")
    ax.set_ylabel("% of time; whiskers: total run time,\nleast and most busy interval")
    ax.set_title("Run times by logical processor")
    style.legend_below(ax, columns=len(bands))
    return ax


@style.journal()
def series_assigned_memory(series: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw the memory assigned to each guest, and what the host has left, over time.

    Parameters
    ----------
    series : DataFrame
        As `hvmc.trace` returns it.
    ax : Axes, optional
        Where to draw; a new figure if omitted.
    """
    ax = style.axes(ax, 5.4, 3.2)
    assigned = needed(series, GUEST_MEMORY, "Physical Memory")
    lines_of_guests(ax, assigned, series, "Assigned memory", "MiB, by guest")
    left = by_instance(series, BALANCER, "Available Memory")
    if left.size:
        name = "not assigned (host)"
        ax.plot(left.index, left.iloc[:, 0], color=style.INK, linestyle=DOTTED, label=name)
    show_zero(ax)
    return ax


@style.journal()
def series_pressure(series: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw the pressure of each guest over time: 100 x demand / assigned memory.

    Parameters
    ----------
    series : DataFrame
        As `hvmc.trace` returns it.
    ax : Axes, optional
        Where to draw; a new figure if omitted.
    """
    ax = style.axes(ax, 5.4, 3.2)
    pressure = needed(series, GUEST_MEMORY, "Current Pressure")
    ax.axhline(_ENOUGH, color=style.QUIET, linewidth=0.8, zorder=0.9)
    unit = "100 x demand / assigned;\nabove 100 a guest lacks memory"
    lines_of_guests(ax, pressure, series, "Pressure", unit)
    low, high = np.nanmin([pressure.min().min(), _ENOUGH]), np.nanmax([pressure.max().max(), 100])
    margin = max(0.05 * (high - low), 1.0)
    ax.set_ylim(low - margin, high + margin)
    return ax


def write_series_figures(
    series: pd.DataFrame,
    folder: Path | str,
    *,
    formats: Sequence[str] = ("png", "svg"),
    note: str = "",
    memory: bool = True,
) -> list[Path]:
    """Draw the figures of counter series and write each in each format.

    Parameters
    ----------
    series : DataFrame
        As `hvmc.trace` returns it.
    folder : Path or str
        Where the files go; made if it does not exist. Files of the same name are replaced.
    formats : sequence of str
        Some of ``png``, ``svg``, ``pdf``.
    note : str
        Printed in small letters below each figure.
    memory : bool
        Whether the guests' memory is drawn too, where the frame has counters of it.

    Returns
    -------
    list of Path
        The files.
    """
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    rates = [_of_counter(counter) for counter in RATES]
    figures = {
        "rates": _panels(series, rates, (2, 2), (6.9, 5.2), note),
        "wait": _panels(series, [series_wait], (1, 1), (6.4, 4.2), note),
        "run_times": _panels(series, [series_lp_run_times], (1, 1), (6.4, 4.2), note),
    }
    if memory and (series["object"] == GUEST_MEMORY).any():
        both = [series_assigned_memory, series_pressure]
        figures["memory"] = _panels(series, both, (2, 1), (6.4, 5.4), note)
    for figure in figures.values():
        style.settle(figure)
    return [
        save(figure, target / f"{name}.{kind}")
        for name, figure in figures.items()
        for kind in formats
    ]


def _of_counter(counter: str) -> Callable[..., Axes]:
    return lambda series, ax: series_rate(series, counter, ax=ax)


@style.journal()
def _panels(
    series: pd.DataFrame,
    draw: Sequence[Callable[..., Axes]],
    grid: tuple[int, int],
    size_in: tuple[float, float],
    note: str,
) -> Figure:
    """Draw one panel each; several have one legend, and labels only at the left and the bottom."""
    figure = style.new_figure(*size_in)
    panels = figure.subplots(*grid, sharex=True, squeeze=False)
    for panel, one in zip(panels.ravel(), draw, strict=True):
        one(series, ax=panel)
    if len(draw) > 1:
        for panel in panels[:-1].ravel():
            panel.set_xlabel("")
        for panel in panels[:, 1:].ravel():
            panel.set_ylabel("")
        handles, labels = panels[0, 0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper left", ncols=min(len(labels), 6))
    style.footnote(figure, note)
    return figure


def _waits_us(series: pd.DataFrame) -> pd.DataFrame:
    """Return the mean wait per dispatch in microseconds by time and guest; nan without any."""
    dispatches = by_vp(series, _DISPATCHES)
    waited = (by_vp(series, _WAIT) * dispatches).fillna(0.0) * 1e-3
    names = guests_of(dispatches.columns)
    total = dispatches.T.groupby(names, sort=False).sum().T
    return waited.T.groupby(names, sort=False).sum().T / total.where(total > 0)


def _run_times(series: pd.DataFrame) -> dict[str, np.ndarray]:
    """Return percent of time by band, each by time and logical processor."""
    found = {
        name: by_processor(series, LOGICAL, f"% {name} Time")
        for name in ("Guest Run", "Hypervisor Run", "Idle")
    }
    partitions = found["Guest Run"]
    root = by_processor(series, ROOT, "% Guest Run Time")
    bands = {_TOGETHER: partitions}
    if root.shape == partitions.shape:
        bands = {"guests": partitions - root, "root partition": root}
    return bands | {"hypervisor": found["Hypervisor Run"], "idle": found["Idle"]}
