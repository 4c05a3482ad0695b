"""What figures of counter series have in common: counters by time and guest, and lines of guests.

The busiest guests have a colour each, the same in all figures; the others are thin grey lines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hvmc.counters.names import TOTAL, VIRTUAL
from hvmc.plots import style

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

DOTTED = (0, (1.2, 1.4))
_MOST_NAMED = 5
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00")
_UNNAMED: dict[str, Any] = {"color": style.QUIET, "linewidth": 0.6, "alpha": 0.7, "zorder": 1.5}


def pick(series: pd.DataFrame, object_: str, counter: str) -> pd.DataFrame:
    """Return time, instance and value of one counter."""
    found = series[(series["object"] == object_) & (series["counter"] == counter)]
    return found[["time_s", "instance", "value"]].astype({"instance": str})


def by_vp(series: pd.DataFrame, counter: str) -> pd.DataFrame:
    """Return a counter by time and virtual processor of guests, the guest in the first level."""
    return needed(series, VIRTUAL, counter).drop(columns=TOTAL, errors="ignore")


def guests_of(names: pd.Index) -> list[str]:
    """Return whose each virtual processor is."""
    return [str(name).rpartition(":")[0] for name in names]


def by_guest(series: pd.DataFrame, counter: str) -> pd.DataFrame:
    """Return a rate by time and guest, summed over its virtual processors."""
    rates = by_vp(series, counter)
    return rates.T.groupby(guests_of(rates.columns), sort=False).sum().T


def by_processor(series: pd.DataFrame, object_: str, counter: str) -> np.ndarray:
    """Return a counter of an object by time and processor, shape (times, processors)."""
    found = pick(series, object_, counter)
    found = found[found["instance"] != TOTAL]
    times = max(found["time_s"].nunique(), 1)
    return np.asarray(found["value"], dtype=float).reshape(times, -1)


def by_instance(series: pd.DataFrame, object_: str, counter: str) -> pd.DataFrame:
    """Return a counter of an object by time and instance, in the order of the frame."""
    found = pick(series, object_, counter)
    wide = found.pivot(index="time_s", columns="instance", values="value")
    return wide[list(dict.fromkeys(found["instance"]))]


def needed(series: pd.DataFrame, object_: str, counter: str) -> pd.DataFrame:
    """Return `by_instance` of a counter; ValueError where the frame lacks it."""
    found = by_instance(series, object_, counter)
    if found.empty:
        raise ValueError(f"the series must hold the counter {counter!r} of {object_}, but does not")
    return found


def show_zero(ax: Axes) -> None:
    """Set the y axis from a little below 0, so that lines at 0 do not hide behind the x axis."""
    drawn = np.concatenate([np.asarray(line.get_ydata(), dtype=float) for line in ax.lines])
    top = max(float(np.nanmax(drawn, initial=0.0)) * 1.05, 1.0)
    ax.set_ylim(-0.02 * top, top)


def lines_of_guests(
    ax: Axes, values: pd.DataFrame, series: pd.DataFrame, title: str, unit: str
) -> None:
    """Draw a line for each guest; those that ran most have a colour and a label each.

    Parameters
    ----------
    ax : Axes
        Where to draw.
    values : DataFrame
        By time and guest.
    series : DataFrame
        What they come from.
    title, unit : str
        Written above, and beside the y axis.
    """
    run = by_guest(series, "% Total Run Time").mean()
    busy = run.sort_values(ascending=False, kind="stable").index[:_MOST_NAMED]
    named = [str(name) for name in busy if name in values.columns]
    others = [name for name in values.columns if name not in named]
    for place, name in enumerate(others):
        label = f"{len(others)} other guest{'s' if len(others) > 1 else ''}"
        ax.plot(values.index, values[name], label="" if place else label, **_UNNAMED)
    for rank, name in enumerate(busy):
        look = style.numbered_look(str(name), _COLOURS[rank], rank)
        if name in values.columns:
            ax.plot(values.index, values[name], color=look.colour, linestyle=look.line, label=name)
    times = values.index.to_numpy(dtype=float)
    if len(times) == 1:  # a line through one point shows nothing
        for line in ax.lines:
            line.set_marker("o")
    ax.set_xlim(times[0] if len(times) > 1 else 0.0, times[-1])
    ax.set_title(title)
    ax.set(xlabel="simulated time (s)", ylabel=unit)
