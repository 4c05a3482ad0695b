"""Figures of a trace: rates, waits and run times of one host over simulated time.

The tidy frame of `hvmc.trace` in, matplotlib axes out. The busiest guests have a colour each, the
others are thin grey lines.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hvmc.counters.names import LOGICAL, ROOT, TOTAL, VIRTUAL
from hvmc.plots import style
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
_MOST_NAMED = 5
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00")
_TIME = "simulated time (s)"
_UNNAMED: dict[str, Any] = {"color": style.QUIET, "linewidth": 0.6, "alpha": 0.7, "zorder": 1.5}


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
    rates = _by_guest(trace, counter)
    _lines(ax, rates, _busiest(trace))
    ax.set_ylim(0.0, max(float(np.nanmax(rates.to_numpy())) * 1.05, 1.0))
    ax.set_title(counter.removesuffix("/sec"))
    ax.set_ylabel("per second, by guest")
    ax.set_xlabel(_TIME)
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
    _lines(ax, waits, _busiest(trace))
    root = _pick(trace, ROOT, _WAIT)
    root = root[root["instance"] == TOTAL]
    if len(root):
        ax.plot(root["time_s"], root["value"] * 1e-3, color=style.INK, linestyle=(0, (1.2, 1.4)))
        ax.lines[-1].set_label("root partition")
    drawn = np.concatenate([np.asarray(line.get_ydata(), dtype=float) for line in ax.lines])
    longest = float(np.nanmax(drawn, initial=0.0))
    top = max(longest * 1.05, 1.0)
    ax.set_ylim(-0.02 * top, top)  # so that waits of 0 do not hide behind the axis
    ax.set_title("CPU wait time per dispatch")
    ax.set_ylabel("µs a virtual processor was ready")
    ax.set_xlabel(_TIME)
    style.legend_below(ax, columns=3)
    return ax


@style.journal()
def trace_lp_run_times(trace: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw guest, hypervisor and idle time of each logical processor, means over the trace.

    Guest run time is that of all partitions, the root among them. Whiskers reach from the least to
    the most busy interval.

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
    shares = {
        name: _by_lp(trace, f"% {name} Time") for name in ("Guest Run", "Hypervisor Run", "Idle")
    }
    places = np.arange(shares["Idle"].shape[1])
    bottom = np.zeros(len(places))
    for (name, share), colour in zip(
        shares.items(), ("#0072B2", "#D55E00", style.FAINT), strict=True
    ):
        means = share.mean(axis=0)
        label = f"{name.lower()} time"
        ax.bar(places, means, 0.8, bottom=bottom, color=colour, label=label)
        bottom += means
    busy = 100.0 - shares["Idle"]
    middle = busy.mean(axis=0)
    reach = np.abs(np.array([busy.min(axis=0), busy.max(axis=0)]) - middle)
    ax.errorbar(places, middle, reach, fmt="none", ecolor=style.INK, elinewidth=0.8, capsize=1.5)
    ax.set_xticks(places[:: -(-len(places) // 16)])
    ax.set_xlim(-0.6, len(places) - 0.4)
    ax.set_ylim(0.0, 100.0)
    ax.set_title("Run times by logical processor")
    ax.set_ylabel("% of time; whiskers: total run time,\nleast and most busy interval")
    ax.set_xlabel("logical processor (Hv LP)")
    style.legend_below(ax, columns=3)
    return ax


def write_trace_figures(
    trace: pd.DataFrame,
    folder: Path | str,
    *,
    formats: Sequence[str] = ("png", "svg"),
    note: str = "",
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


def _pick(trace: pd.DataFrame, object_: str, counter: str) -> pd.DataFrame:
    found = trace[(trace["object"] == object_) & (trace["counter"] == counter)]
    return found[["time_s", "instance", "value"]].astype({"instance": str})


def _by_vp(trace: pd.DataFrame, counter: str) -> pd.DataFrame:
    """Return a counter by time and virtual processor of guests, the guest in the first level."""
    found = _pick(trace, VIRTUAL, counter)
    found = found[found["instance"] != TOTAL]
    if found.empty:
        raise ValueError(f"the trace must hold the counter {counter!r} of {VIRTUAL}, but does not")
    wide = found.pivot(index="time_s", columns="instance", values="value")
    return wide[list(dict.fromkeys(found["instance"]))]


def _guests(names: pd.Index) -> list[str]:
    return [str(name).rpartition(":")[0] for name in names]


def _by_guest(trace: pd.DataFrame, counter: str) -> pd.DataFrame:
    """Return a rate by time and guest, summed over its virtual processors."""
    rates = _by_vp(trace, counter)
    return rates.T.groupby(_guests(rates.columns), sort=False).sum().T


def _waits_us(trace: pd.DataFrame) -> pd.DataFrame:
    """Return the mean wait per dispatch in microseconds by time and guest; nan without any."""
    dispatches = _by_vp(trace, _DISPATCHES)
    waited = (_by_vp(trace, _WAIT) * dispatches).fillna(0.0) * 1e-3
    names = _guests(dispatches.columns)
    total = dispatches.T.groupby(names, sort=False).sum().T
    return waited.T.groupby(names, sort=False).sum().T / total.where(total > 0)


def _by_lp(trace: pd.DataFrame, counter: str) -> np.ndarray:
    """Return a counter by time and logical processor."""
    found = _pick(trace, LOGICAL, counter)
    found = found[found["instance"] != TOTAL]
    times = found["time_s"].nunique()
    return np.asarray(found["value"], dtype=float).reshape(times, -1)


def _busiest(trace: pd.DataFrame) -> list[str]:
    """Return the guests that ran most, the busiest first."""
    run = _by_guest(trace, "% Total Run Time").mean()
    return [
        str(name) for name in run.sort_values(ascending=False, kind="stable").index[:_MOST_NAMED]
    ]


def _lines(ax: Axes, values: pd.DataFrame, named: Sequence[str]) -> None:
    others = [name for name in values.columns if name not in named]
    for place, name in enumerate(others):
        label = f"{len(others)} other guest{'s' if len(others) > 1 else ''}"
        ax.plot(values.index, values[name], label="" if place else label, **_UNNAMED)
    for rank, (colour, name) in enumerate(zip(_COLOURS, named, strict=False)):
        look = style.numbered_look(name, colour, rank)
        ax.plot(values.index, values[name], color=colour, linestyle=look.line, label=name)
    times = values.index.to_numpy(dtype=float)
    if len(times) == 1:  # a line through one point shows nothing
        for line in ax.lines:
            line.set_marker("o")
    ax.set_xlim(times[0] if len(times) > 1 else 0.0, times[-1])
