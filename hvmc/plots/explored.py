"""What is looked at in the explorer, as figures: curves, intervals, clouds of guests."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from hvmc.plots import style

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["clouds", "curves", "group_looks", "intervals", "logarithmic"]

_MARKED = {"stretch", "hosting"}
_FACTOR = 20.0
_GROUP = ["result", "point", "regime", "role"]


def group_looks(frame: pd.DataFrame) -> Iterator[tuple[style.Look, pd.DataFrame]]:
    """Yield the groups of a frame with their appearance: a regime's own where it has one group."""
    regimes = frame.drop_duplicates(_GROUP)["regime"].astype(str).tolist()
    single = {name for name in regimes if regimes.count(name) == 1} & set(style.REGIMES)
    taken = {style.REGIMES[name].colour for name in single}
    found = (style.own_look("", rank) for rank in itertools.count())
    spare = (look for look in found if look.colour not in taken)
    for regime, (_, rows) in zip(
        regimes, frame.groupby(_GROUP, sort=False, observed=True), strict=True
    ):
        look = style.REGIMES[regime] if regime in single else next(spare)
        yield replace(look, label=str(rows["label"].iloc[0])), rows


def logarithmic(values: np.ndarray) -> bool:
    """Whether values are shown on a logarithmic axis: positive, over more than a factor of 20.

    Examples
    --------
    >>> logarithmic(np.array([1.0, 30.0])), logarithmic(np.array([0.0, 30.0]))
    (True, False)
    """
    finite = values[np.isfinite(values)]
    return bool(finite.size and finite.min() > 0.0 and finite.max() > _FACTOR * finite.min())


@style.journal()
def curves(frame: pd.DataFrame, title: str, column: str, *, note: str = "") -> Figure:
    """Draw exceedance curves with their bands.

    Parameters
    ----------
    frame : DataFrame
        As of `hvmc.explore.views.selection_view` for an exceedance.
    title, column, note : str
        What is exceeded, and what stands below.
    """
    figure, ax = _one_axes(title, frame.drop_duplicates(_GROUP))
    for look, own in group_looks(frame):
        x, seen = own["x"].to_numpy(), own["estimate"] > 0.0
        ax.plot(
            x[seen],
            own["estimate"][seen],
            color=look.colour,
            linestyle=look.line,
            drawstyle="steps-post",
            label=_sized(look, own),
        )
        floor = 0.5 / own["guests"].iloc[0]
        if own["clusters"].iloc[0] > 1:
            low, high = (np.maximum(own[end], floor) for end in ("low", "high"))
            ax.fill_between(x, low, high, step="post", color=look.colour, alpha=0.18, linewidth=0)
    style.log_axis(ax, "y", 0.5 / frame["guests"].max(), 1.08)
    _fit(ax, "x", frame["x"].to_numpy())
    ax.set(xlabel=column, ylabel="share of guests with more")
    if column in _MARKED:
        style.mark_stretch(ax, "x", [1.25, 2.0])
    return _finished(figure, ax, note)


@style.journal()
def intervals(frame: pd.DataFrame, title: str, column: str, *, note: str = "") -> Figure:
    """Draw quantiles with their intervals, metric by metric; shares are left to the data."""
    shown = frame[frame["metric"].str.startswith(f"{column}_p")]
    metrics = shown["metric"].unique().tolist()
    groups = list(group_looks(shown))
    figure, ax = _one_axes(title, shown.drop_duplicates(_GROUP))
    for turn, (look, own) in enumerate(groups):
        at = np.array([metrics.index(name) for name in own["metric"]], dtype=float)
        at += 0.5 * (turn - (len(groups) - 1) / 2.0) / len(groups)
        estimate = own["estimate"].to_numpy()
        low = np.where(np.isfinite(own["low"]), own["low"], estimate)
        high = np.where(np.isfinite(own["high"]), own["high"], estimate)
        ax.vlines(at, low, high, color=look.colour, linewidth=1.3)
        unbounded = ~np.isfinite(own["high"].to_numpy())
        ax.plot(at[unbounded], estimate[unbounded], marker=style.arrow(), ls="none", ms=11,
                color=look.colour)  # fmt: skip
        for supported, face in ((True, look.colour), (False, "white")):
            mine = own["supported"].to_numpy() == supported
            ax.plot(
                at[mine],
                estimate[mine],
                marker=look.marker,
                color=look.colour,
                markerfacecolor=face,
                linestyle="none",
            )
        ax.plot([], [], marker=look.marker, color=look.colour, ls="none", label=_sized(look, own))
    ax.set_xticks(range(len(metrics)), [name.removeprefix(f"{column}_") for name in metrics])
    _fit(ax, "y", shown[["estimate"]].to_numpy().ravel())
    ax.set(ylabel=column, xlabel="quantile")
    return _finished(figure, ax, f"{note} An arrow: no upper limit." if note else "")


@style.journal()
def clouds(
    dots: pd.DataFrame,
    cells: pd.DataFrame,
    title: str,
    names: tuple[str, str],
    *,
    lines: pd.DataFrame | None = None,
    note: str = "",
) -> Figure:
    """Draw guests as points, all of them as cells, and medians or the line of no change.

    Parameters
    ----------
    dots, cells : DataFrame
        As of `hvmc.explore.views.View`.
    title : str
        What it is.
    names : tuple of str
        Of x and y.
    lines : DataFrame, optional
        Medians in bins with intervals; without, the diagonal is drawn.
    note : str
        What stands below.
    """
    figure, ax = _one_axes(title, dots.drop_duplicates([*_GROUP, "label"]))
    if len(cells):
        depth = np.log1p(cells["count"]) / np.log1p(cells["count"].max())
        for cell, share in zip(cells.itertuples(), depth, strict=True):
            ax.fill(
                [cell.left, cell.right, cell.right, cell.left],
                [cell.bottom, cell.bottom, cell.top, cell.top],
                color=str(0.95 - 0.4 * share),
                linewidth=0,
                zorder=0,
            )
    for look, own in group_looks(dots):
        ax.plot(
            own["x"],
            own["y"],
            ls="none",
            marker=look.marker,
            ms=2.6,
            mew=0,
            alpha=0.45,
            color=look.colour,
            label=look.label,
        )
    if lines is None:
        ends = [max(dots["x"].min(), dots["y"].min()), min(dots["x"].max(), dots["y"].max())]
        ax.plot(ends, ends, color=style.INK, linewidth=0.9)
    else:
        _medians(ax, lines)
    x, y = dots["x"].to_numpy(dtype=float), dots["y"].to_numpy(dtype=float)
    if lines is None:  # the same scale, so that the line means something
        x = y = np.concatenate([x, y])
    _fit(ax, "x", x)
    _fit(ax, "y", y)
    ax.set(xlabel=names[0], ylabel=names[1])
    return _finished(figure, ax, note)


def _medians(ax: Axes, lines: pd.DataFrame) -> None:
    for look, own in group_looks(lines):
        ax.plot(own["x"], own["estimate"], color=look.colour, linewidth=1.6, marker=".", zorder=4)
        shown = own[np.isfinite(own["estimate"])]
        low, high = (
            np.where(np.isfinite(shown[end]), shown[end], shown["estimate"])
            for end in ("low", "high")
        )
        ax.vlines(shown["x"], low, high, color=look.colour, linewidth=1.2, zorder=4)


def _one_axes(title: str, groups: pd.DataFrame) -> tuple[Figure, Axes]:
    figure = style.new_figure(6.4, 4.2 + 0.2 * len(groups))
    ax = figure.subplots()
    ax.set_title(title, pad=15, wrap=True)
    return figure, ax


def _sized(look: style.Look, own: pd.DataFrame) -> str:
    return f"{look.label} ({own['guests'].max()} guests, {own['clusters'].max()} trials)"


def _fit(ax: Axes, which: str, values: np.ndarray) -> None:
    finite = values[np.isfinite(values)]
    if logarithmic(finite):
        style.log_axis(ax, "x" if which == "x" else "y", *style.log_limits(finite))


def _finished(figure: Figure, ax: Axes, note: str) -> Figure:
    style.legend_below(ax, columns=1)
    style.footnote(figure, note)
    style.arrange(figure)
    return figure
