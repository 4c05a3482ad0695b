"""Figures of counter series: what one host's guests do and get over simulated time.

The tidy frame of `hvmc.counter_series` in, matplotlib axes out. The busiest guests have a colour
each, the same in all figures; the others are thin grey lines. Every function raises ValueError
where the frame lacks a counter that it draws.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from hvmc.counters.names import BALANCER, GUEST_MEMORY, LOGICAL, ROOT, TOTAL, VIRTUAL
from hvmc.plots import style
from hvmc.plots.write import write_figures

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

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
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00")
_DOTTED = (0, (1.2, 1.4))
_ENOUGH = 100.0


def series_rate(series: pd.DataFrame, ax: Axes, counter: str) -> None:
    """Draw a rate of each guest over time, summed over its virtual processors.

    Parameters
    ----------
    series : DataFrame
        As `hvmc.counter_series` returns it.
    ax : Axes
        Where to draw.
    counter : str
        A counter of virtual processors that ends in /sec.
    """
    rates = _by_guest(_by_vp(series, counter))
    _lines(ax, rates, series, counter.removesuffix("/sec"), "per second, by guest")
    ax.set_ylim(0.0, max(float(np.nanmax(rates)) * 1.05, 1.0))


def series_wait(series: pd.DataFrame, ax: Axes) -> None:
    """Draw the mean wait per dispatch of each guest, and of the root, over time."""
    dispatches = _by_vp(series, _DISPATCHES)
    waited = _by_guest((_by_vp(series, _WAIT) * dispatches).fillna(0.0)) * 1e-3
    total = _by_guest(dispatches)
    unit = "µs a virtual processor was ready"
    _lines(ax, waited / total.where(total > 0), series, "CPU wait time per dispatch", unit)
    root = _by_instance(series, ROOT, _WAIT)
    if TOTAL in root:
        waits = root[TOTAL] * 1e-3
        ax.plot(waits.index, waits, color=style.INK, linestyle=_DOTTED, label="root partition")
    _show_zero(ax)
    style.legend_below(ax, columns=3)


def series_lp_run_times(series: pd.DataFrame, ax: Axes) -> None:
    """Draw run times of guests, root and hypervisor on each logical processor, and idle time.

    Means over the series. Whiskers reach from the least to the most busy interval. Of the guest run
    time of a logical processor, which is that of all partitions, the root's is that of the root
    virtual processor of the same number, which is pinned to it. In a series without root virtual
    processors the two are one band.
    """
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


def series_assigned_memory(series: pd.DataFrame, ax: Axes) -> None:
    """Draw the memory assigned to each guest, and what the host has left, over time."""
    assigned = _needed(series, GUEST_MEMORY, "Physical Memory")
    _lines(ax, assigned, series, "Assigned memory", "MiB, by guest")
    left = _by_instance(series, BALANCER, "Available Memory")
    if left.size:
        name = "not assigned (host)"
        ax.plot(left.index, left.iloc[:, 0], color=style.INK, linestyle=_DOTTED, label=name)
    _show_zero(ax)


def series_pressure(series: pd.DataFrame, ax: Axes) -> None:
    """Draw the pressure of each guest over time: 100 x demand / assigned memory."""
    pressure = _needed(series, GUEST_MEMORY, "Current Pressure")
    ax.axhline(_ENOUGH, color=style.QUIET, linewidth=0.8, zorder=0.9)
    unit = "100 x demand / assigned;\nabove 100 a guest lacks memory"
    _lines(ax, pressure, series, "Pressure", unit)
    low, high = np.nanmin([*pressure.min(), _ENOUGH]), np.nanmax([*pressure.max(), _ENOUGH])
    margin = max(0.05 * (high - low), 1.0)
    ax.set_ylim(low - margin, high + margin)


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
        As `hvmc.counter_series` returns it.
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
    rates = [partial(series_rate, counter=counter) for counter in RATES]
    figures = {
        "rates": partial(_panels, series, rates, (2, 2), (6.9, 5.2), note),
        "wait": partial(_panels, series, [series_wait], (1, 1), (6.4, 4.2), note),
        "run_times": partial(_panels, series, [series_lp_run_times], (1, 1), (6.4, 4.2), note),
    }
    if memory and (series["object"] == GUEST_MEMORY).any():
        both = [series_assigned_memory, series_pressure]
        figures["memory"] = partial(_panels, series, both, (2, 1), (6.4, 5.4), note)
    return write_figures(figures.items(), folder, formats=formats)


@style.journal()
def _panels(
    series: pd.DataFrame,
    draw: Sequence[Callable[[pd.DataFrame, Axes], None]],
    grid: tuple[int, int],
    size_in: tuple[float, float],
    note: str,
) -> Figure:
    """Draw one panel each; several have one legend, and labels only at the left and the bottom."""
    figure = style.new_figure(*size_in)
    panels = figure.subplots(*grid, sharex=True, squeeze=False)
    for panel, one in zip(panels.ravel(), draw, strict=True):
        one(series, panel)
    for inner in panels[:-1].ravel():
        inner.set_xlabel("")
    for inner in panels[:, 1:].ravel():
        inner.set_ylabel("")
    if len(draw) > 1:
        handles, labels = panels[0, 0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper left", ncols=min(len(labels), 6))
    style.footnote(figure, note)
    return figure


def _lines(ax: Axes, values: pd.DataFrame, series: pd.DataFrame, title: str, unit: str) -> None:
    """Draw a line by time for each guest; those that ran most have a colour and a label each."""
    run = _by_guest(_by_vp(series, "% Total Run Time")).mean()
    busy = run.sort_values(ascending=False, kind="stable").index[: len(_COLOURS)]
    others = [name for name in values.columns if name not in busy]
    marker = "" if len(values) > 1 else "o"  # a line through one point shows nothing
    for place, name in enumerate(others):
        label = "" if place else f"{len(others)} other guest{'s' * (len(others) > 1)}"
        paint: dict[str, Any] = {"color": style.QUIET, "marker": marker, "label": label}
        ax.plot(values.index, values[name], linewidth=0.6, alpha=0.7, zorder=1.5, **paint)
    for rank, name in enumerate(busy):
        look = style.numbered_look(str(name), _COLOURS[rank], rank)
        if name in values.columns:
            paint = {"color": look.colour, "marker": marker, "label": look.label}
            ax.plot(values.index, values[name], linestyle=look.line, **paint)
    times = values.index.to_numpy(dtype=float)
    ax.set_xlim(times[0] if len(times) > 1 else 0.0, times[-1])
    ax.set_title(title)
    ax.set(xlabel="simulated time (s)", ylabel=unit)


def _show_zero(ax: Axes) -> None:
    """Set the y axis from a little below 0, so that lines at 0 do not hide behind the x axis."""
    drawn = np.concatenate([np.asarray(line.get_ydata(), dtype=float) for line in ax.lines])
    top = max(float(np.nanmax(drawn, initial=0.0)) * 1.05, 1.0)
    ax.set_ylim(-0.02 * top, top)


def _by_instance(series: pd.DataFrame, object_: str, counter: str) -> pd.DataFrame:
    """Return a counter of an object by time and instance, in the order of the frame."""
    found = series[(series["object"] == object_) & (series["counter"] == counter)]
    found = found.astype({"instance": str})
    wide = found.pivot(index="time_s", columns="instance", values="value")
    return wide[list(dict.fromkeys(found["instance"]))]


def _needed(series: pd.DataFrame, object_: str, counter: str) -> pd.DataFrame:
    """Return `_by_instance` of a counter; ValueError where the frame lacks it."""
    found = _by_instance(series, object_, counter)
    if found.empty:
        raise ValueError(f"the series must hold the counter {counter!r} of {object_}, but does not")
    return found


def _by_vp(series: pd.DataFrame, counter: str) -> pd.DataFrame:
    """Return a counter by time and virtual processor of guests."""
    return _needed(series, VIRTUAL, counter).drop(columns=TOTAL, errors="ignore")


def _by_guest(values: pd.DataFrame) -> pd.DataFrame:
    """Sum what virtual processors have over those of each guest."""
    guests = [str(name).rpartition(":")[0] for name in values.columns]
    return values.T.groupby(guests, sort=False).sum().T


def _run_times(series: pd.DataFrame) -> dict[str, np.ndarray]:
    """Return percent of time by band, each by time and logical processor."""

    def each(object_: str, counter: str) -> np.ndarray:
        found = _by_instance(series, object_, counter).drop(columns=TOTAL, errors="ignore")
        return np.asarray(found, dtype=float)

    names = ("Guest Run", "Hypervisor Run", "Idle")
    partitions, hypervisor, idle = (each(LOGICAL, f"% {name} Time") for name in names)
    root = each(ROOT, "% Guest Run Time")
    bands = {_TOGETHER: partitions}
    if root.shape == partitions.shape:
        bands = {"guests": partitions - root, "root partition": root}
    return bands | {"hypervisor": hypervisor, "idle": idle}
