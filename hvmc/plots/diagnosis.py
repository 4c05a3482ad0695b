"""The figure of a diagnosis: probabilities of the regimes, and who suffers when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hvmc.plots import style
from hvmc.plots.write import WrittenFigures, write_figures

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

__all__ = ["diagnosis_figure", "guests_bars", "guests_over_time", "regime_bars", "write_diagnosis"]

type Values = NDArray[np.float64]

_MOST_GUESTS = 30
_LEAST_WINDOWS = 4
_NAME = 26


def regime_bars(regimes: Mapping[str, Values], ax: Axes) -> None:
    """Draw the probability of each regime, mean over windows; whiskers: least and greatest.

    Parameters
    ----------
    regimes : mapping
        Regime to its probability in each window, ndarray of shape (windows,).
    ax : Axes
        Where to draw.
    """
    looks = [style.regime_look(name, rank) for rank, name in enumerate(regimes)]
    places = np.arange(len(looks))
    table = 100.0 * np.array(list(regimes.values()))
    means = np.nanmean(table, axis=1)
    ax.barh(places, means, 0.65, color=[look.colour for look in looks])
    if table.shape[1] > 1:
        reach = np.abs(np.array([np.nanmin(table, axis=1), np.nanmax(table, axis=1)]) - means)
        how: dict[str, Any] = {"ecolor": style.INK, "elinewidth": 0.8, "capsize": 2}
        ax.errorbar(means, places, xerr=reach, fmt="none", **how)
    ax.set_yticks(places, [look.label.removesuffix(" host") for look in looks])
    ax.invert_yaxis()
    label = "probability, %"
    if table.shape[1] > 1:
        label += ": mean over time; whiskers: least and greatest"
    ax.set(xlim=(0.0, 100.0), xlabel=label)
    ax.set_title("Regime of the host")


def guests_bars(guests: Mapping[str, Values], ax: Axes) -> None:
    """Draw the probability that each guest suffers, mean over windows.

    Parameters
    ----------
    guests : mapping
        Guest to its probability in each window, ndarray of shape (windows,).
    ax : Axes
        Where to draw.
    """
    shown = dict(list(guests.items())[:_MOST_GUESTS])
    means = [100.0 * float(np.nanmean(values)) for values in shown.values()]
    ax.barh(np.arange(len(shown)), means, 0.65, color="#D55E00")
    ax.set_yticks(np.arange(len(shown)), [_short(name) for name in shown])
    ax.invert_yaxis()
    ax.set(xlim=(0.0, 100.0), xlabel="P(stretch > 1.25), %")
    ax.set_title(_title(guests))


def guests_over_time(
    guests: Mapping[str, Values], end_s: Values, epoch: datetime, ax: Axes
) -> None:
    """Draw the probability that each guest suffers over time, a row per guest.

    Parameters
    ----------
    guests : mapping
        Guest to its probability in each window, ndarray of shape (windows,).
    end_s : ndarray, shape (windows,)
        Seconds since the epoch.
    epoch : datetime
        When end_s is 0.
    ax : Axes
        Where to draw.
    """
    from matplotlib import dates

    dated: Any = dates

    shown = dict(list(guests.items())[:_MOST_GUESTS])
    times = dated.date2num(epoch) + np.asarray(end_s) / 86400.0
    edges = np.concatenate([[2 * times[0] - times[1]], times])
    table = 100.0 * np.array(list(shown.values()))
    # nothing is drawn where the log has a gap
    gaps = np.flatnonzero(np.diff(edges) > 3.0 * np.median(np.diff(edges)))
    table[:, gaps] = np.nan
    rows = np.arange(len(shown) + 1)
    mesh = ax.pcolormesh(edges, rows, table, cmap="viridis", vmin=0, vmax=100, rasterized=True)
    bar = ax.figure.colorbar(mesh, ax=ax, pad=0.01, aspect=30)
    bar.set_label("P(stretch > 1.25), %")
    ax.set_yticks(np.arange(len(shown)) + 0.5, [_short(name) for name in shown])
    ax.invert_yaxis()
    locator = dated.AutoDateLocator()
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(dated.ConciseDateFormatter(locator))
    ax.set_title(_title(guests))


def _title(guests: Mapping[str, Values]) -> str:
    if len(guests) > _MOST_GUESTS:
        return f"Who suffers: the {_MOST_GUESTS} most likely of {len(guests)} guests"
    return "Who suffers"


def _short(name: str) -> str:
    return name if len(name) <= _NAME else f"{name[: _NAME - 3]}..."


@style.journal()
def diagnosis_figure(
    regimes: Mapping[str, Values],
    guests: Mapping[str, Values],
    end_s: Values,
    epoch: datetime,
    note: str = "",
) -> Figure:
    """Make the figure; parameters as of its panels, and a note below."""
    rows = min(len(guests), _MOST_GUESTS)
    below_in = 0.55 + 0.17 * max(rows, 3)
    figure = style.new_figure(7.0, 1.9 + below_in)
    above, below = figure.subplots(2, 1, height_ratios=[1.25, below_in])
    regime_bars(regimes, above)
    if len(end_s) >= _LEAST_WINDOWS:
        guests_over_time(guests, end_s, epoch, below)
    else:
        guests_bars(guests, below)
    style.footnote(figure, note)
    return figure


def write_diagnosis(
    folder: Path,
    regimes: Mapping[str, Values],
    guests: Mapping[str, Values],
    end_s: Values,
    epoch: datetime,
    note: str = "",
) -> WrittenFigures:
    """Draw the figure into a folder; parameters as of `diagnosis_figure`."""

    def make() -> Figure:
        return diagnosis_figure(regimes, guests, end_s, epoch, note)

    return write_figures([("diagnosis", make)], folder)
