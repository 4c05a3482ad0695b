"""Figures of a trace: rates, waits and run times of one host over simulated time.

The tidy frame of `hvmc.trace` in, matplotlib axes out. Memory is in `hvmc.plots.tracememory`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hvmc.counters.names import GUEST_MEMORY, LOGICAL, ROOT, TOTAL
from hvmc.plots import style
from hvmc.plots.traceframe import (
    DOTTED,
    TIME,
    busiest,
    by_guest,
    by_processor,
    by_vp,
    guests_of,
    lines,
    pick,
    show_zero,
)
from hvmc.plots.tracememory import memory_panels
from hvmc.plots.write import save

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["RATES", "trace_lp_run_times", "trace_rate", "trace_wait", "write_trace_figures"]

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


@style.journal()
def trace_rate(trace: pd.DataFrame, counter: str, *, ax: Axes | None = None) -> Axes:
    """Draw a rate of each guest over time, summed over its virtual processors.

    Parameters
    ----------
    trace : DataFrame
        As `hvmc.trace` returns it.
    counter : str
        A counter of virtual processors that ends in /sec.
    ax : Axes, optional
        Where to draw; a new figure if omitted.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        If the trace has no such counter.
    """
    ax = style.axes(ax, 5.4, 3.2)
    rates = by_guest(trace, counter)
    lines(ax, rates, busiest(trace))
    ax.set_ylim(0.0, max(float(np.nanmax(rates.to_numpy())) * 1.05, 1.0))
    ax.set_title(counter.removesuffix("/sec"))
    ax.set_ylabel("per second, by guest")
    ax.set_xlabel(TIME)
    return ax


@style.journal()
def trace_wait(trace: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw the mean wait per dispatch of each guest, and of the root, over time.

    Parameters
    ----------
    trace : DataFrame
        As `hvmc.trace` returns it.
    ax : Axes, optional
        Where to draw; a new figure if omitted.

    Returns
    -------
    Axes
    """
    ax = style.axes(ax, 6.4, 3.6)
    waits = _waits_us(trace)
    lines(ax, waits, busiest(trace))
    root = pick(trace, ROOT, _WAIT)
    root = root[root["instance"] == TOTAL]
    if len(root):
        ax.plot(root["time_s"], root["value"] * 1e-3, color=style.INK, linestyle=DOTTED)
        ax.lines[-1].set_label("root partition")
    show_zero(ax)
    ax.set_title("CPU wait time per dispatch")
    ax.set_ylabel("µs a virtual processor was ready")
    ax.set_xlabel(TIME)
    style.legend_below(ax, columns=3)
    return ax


@style.journal()
def trace_lp_run_times(trace: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw run times of guests, root and hypervisor on each logical processor, and idle time.

    Means over the trace. Whiskers reach from the least to the most busy interval. Of the guest run
    time of a logical processor, which is that of all partitions, the root's is that of the root
    virtual processor of the same number, which is pinned to it. In a trace without root virtual
    processors the two are one band.

    Parameters
    ----------
    trace : DataFrame
        As `hvmc.trace` returns it.
    ax : Axes, optional
        Where to draw; a new figure if omitted.

    Returns
    -------
    Axes
    """
    ax = style.axes(ax, 6.4, 3.6)
    bands = _run_times(trace)
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
    ax.set_xlim(-0.6, len(places) - 0.4)
    ax.set_ylim(0.0, 100.0)
    ax.set_title("Run times by logical processor")
    ax.set_ylabel("% of time; whiskers: total run time,\nleast and most busy interval")
    ax.set_xlabel("logical processor (Hv LP)")
    style.legend_below(ax, columns=len(bands))
    return ax


def write_trace_figures(
    trace: pd.DataFrame,
    folder: Path | str,
    *,
    formats: Sequence[str] = ("png", "svg"),
    note: str = "",
    memory: bool = True,
) -> list[Path]:
    """Draw the figures of a trace and write each in each format.

    Parameters
    ----------
    trace : DataFrame
        As `hvmc.trace` returns it.
    folder : Path or str
        Where the files go; made if it does not exist. Files of the same name are replaced.
    formats : sequence of str
        Some of ``png``, ``svg``, ``pdf``.
    note : str
        Printed in small letters below each figure.
    memory : bool
        Whether the guests' memory is drawn too, where the trace has counters of it.

    Returns
    -------
    list of Path
        The files.
    """
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    figures = {
        "rates": _rates(trace, note),
        "wait": _single(trace, trace_wait, note),
        "run_times": _single(trace, trace_lp_run_times, note),
    }
    if memory and (trace["object"] == GUEST_MEMORY).any():
        figures["memory"] = memory_panels(trace, note)
    for figure in figures.values():
        style.settle(figure)
    return [
        save(figure, target / f"{name}.{kind}")
        for name, figure in figures.items()
        for kind in formats
    ]


@style.journal()
def _rates(trace: pd.DataFrame, note: str) -> Figure:
    """Draw the four rates in panels with one legend."""
    figure = style.new_figure(6.9, 5.2)
    panels = figure.subplots(2, 2, sharex=True).ravel()
    for place, (panel, counter) in enumerate(zip(panels, RATES, strict=True)):
        trace_rate(trace, counter, ax=panel)
        if place % 2:
            panel.set_ylabel("")
        if place < 2:
            panel.set_xlabel("")
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper left", ncols=len(labels))
    style.footnote(figure, note)
    return figure


@style.journal()
def _single(trace: pd.DataFrame, draw: Callable[..., Axes], note: str) -> Figure:
    figure = style.new_figure(6.4, 4.2)
    draw(trace, ax=figure.subplots())
    style.footnote(figure, note)
    return figure


def _waits_us(trace: pd.DataFrame) -> pd.DataFrame:
    """Return the mean wait per dispatch in microseconds by time and guest; nan without any."""
    dispatches = by_vp(trace, _DISPATCHES)
    waited = (by_vp(trace, _WAIT) * dispatches).fillna(0.0) * 1e-3
    names = guests_of(dispatches.columns)
    total = dispatches.T.groupby(names, sort=False).sum().T
    return waited.T.groupby(names, sort=False).sum().T / total.where(total > 0)


def _run_times(trace: pd.DataFrame) -> dict[str, np.ndarray]:
    """Return percent of time by band, each by time and logical processor."""
    found = {
        name: by_processor(trace, LOGICAL, f"% {name} Time")
        for name in ("Guest Run", "Hypervisor Run", "Idle")
    }
    partitions = found["Guest Run"]
    root = by_processor(trace, ROOT, "% Guest Run Time")
    bands = {_TOGETHER: partitions}
    if root.shape == partitions.shape:
        bands = {"guests": partitions - root, "root partition": root}
    return bands | {"hypervisor": found["Hypervisor Run"], "idle": found["Idle"]}
