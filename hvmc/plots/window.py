"""Is the window long enough, and the warm-up? Changes by window, and how response times settle."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hvmc.analysis.comparisons import MARGIN
from hvmc.analysis.window import SHARE_MARGIN
from hvmc.analysis.words import context_words, regime_title
from hvmc.plots import style
from hvmc.plots.groups import CannotDrawError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["course_panels", "window_changes"]

_BAND = "#e8e8e8"
_PANELS = {
    "suffers": ("share that suffers,\nchange in points", 100.0, 0.0),
    "stretch_p50": ("stretch p50,\nchange in %", 100.0, 1.0),
    "stretch_p95": ("stretch p95,\nchange in %", 100.0, 1.0),
}
_DODGE = 0.035  # of the window, between neighbours
_WIDTH_IN = 6.9


@style.journal()
def window_changes(table: pd.DataFrame, title: str, *, note: str = "") -> Figure:
    """Draw the change against the longest window, by window: a panel per metric.

    Parameters
    ----------
    table : DataFrame
        ``window`` of `hvmc.answers.kinds.window_check`.
    title, note
        See `hvmc.plots`.

    Raises
    ------
    CannotDrawError
        If there is one window alone.
    """
    changes = table[(table["point"] != table["baseline"]) & np.isfinite(table["change"])]
    if changes.empty:
        raise CannotDrawError("a comparison of windows needs a second one")
    groups = list(changes.groupby(["context", "role"], sort=False))
    legend_in = 0.18 * len(groups)
    figure = style.new_figure(_WIDTH_IN, 3.2 + legend_in)
    cells = figure.add_gridspec(2, len(_PANELS), height_ratios=[2.4, legend_in])
    axes = [figure.add_subplot(cells[0, column]) for column in range(len(_PANELS))]
    for ax, (metric, (name, scale, none)) in zip(axes, _PANELS.items(), strict=True):
        margin = SHARE_MARGIN if metric == "suffers" else MARGIN
        ax.axhspan(-100.0 * margin, 100.0 * margin, color=_BAND, linewidth=0, zorder=0)
        ax.axhline(0.0, color=style.QUIET, linewidth=0.8, zorder=0.9)
        for rank, ((context, role), own) in enumerate(groups):
            rows = own[own["metric"] == metric]
            look = style.own_look(_label(str(context), str(role)), rank)
            shift = 1.0 + _DODGE * (rank - (len(groups) - 1) / 2.0)
            value, low, high = (scale * (rows[key] - none) for key in ("change", "low", "high"))
            ax.errorbar(
                rows["window_s"] * shift,
                value,
                yerr=np.maximum([value - low, np.minimum(high, 1e3) - value], 0.0),
                color=look.colour,
                marker=look.marker,
                linestyle=look.line,
                markersize=4.0,
                elinewidth=0.9,
                capsize=2.0,
                label=look.label,
            )
        _window_axis(ax, sorted(changes["window_s"].unique()))
        ax.set(ylabel=name)
    style.headline(figure, title)
    below = figure.add_subplot(cells[1, :])
    below.axis("off")
    below.legend(*axes[0].get_legend_handles_labels(), loc="upper left", handlelength=3.4)
    longest = ", ".join(f"{length:g} s" for length in sorted(changes["longest_s"].unique()))
    explain = (
        f"Against the window of {longest}; 95 % intervals between trials. Grey: within "
        f"{100 * MARGIN:g} %, or {100 * SHARE_MARGIN:g} points, which is enough."
    )
    style.footnote(figure, f"{explain}\n{note}")
    return figure


@style.journal()
def course_panels(
    course: pd.DataFrame, warm_up: pd.DataFrame, title: str, *, note: str = ""
) -> Figure:
    """Draw pooled response times over time, what MSER drops, and the warm-up: a panel per regime.

    Parameters
    ----------
    course, warm_up : DataFrame
        Of `hvmc.answers.kinds.window_check`.
    title, note
        See `hvmc.plots`.

    Raises
    ------
    CannotDrawError
        If no regime has a course.
    """
    warm_up = warm_up[warm_up["dropped_s"].notna()]
    if warm_up.empty:
        raise CannotDrawError("a pilot needs requests in at least 10 of its intervals")
    figure, axes, _ = style.panels(len(warm_up), 2, (3.3, 1.9), (0.3, 1.3))
    for ax, row in zip(axes, warm_up.to_dict("records"), strict=True):
        own = course[course["context"] == row["context"]]
        step = float(own["start_s"].diff().min())
        middle, spread = own["start_s"] + step / 2.0, 1.96 * own["error"].fillna(0.0)
        ends = (own["ratio"] - spread, own["ratio"] + spread)
        ax.fill_between(middle, *ends, color=_BAND, linewidth=0)
        ax.plot(middle, own["ratio"], color="#0072B2", linewidth=0.9)
        ax.axhline(1.0, color=style.QUIET, linewidth=0.8, zorder=0.9)
        ax.axvline(row["warmup_s"], color=style.INK, linestyle=(0, (2, 2)), label="warm-up ends")
        cut = max(row["dropped_s"], middle.iloc[0])
        ax.axvline(cut, color="#D55E00", label="MSER drops what is before")
        style.log_axis(ax, "x", float(middle.iloc[0]) * 0.9, float(middle.iloc[-1]))
        ax.set_title(context_words(str(row["context"]), regime_title) or "all", fontsize=8)
        ax.set(xlabel="a request's start, s", ylabel="response time,\nratio to mean")
    style.headline(figure, title)
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="upper right", bbox_to_anchor=(0.99, 1.0), ncols=2)
    hosts = int(warm_up["hosts"].max())
    explain = (
        f"Mean over {hosts} hosts of the first trials, each guest against its own mean. Grey: 95 % "
        "between hosts."
    )
    style.footnote(figure, f"{explain}\n{note}")
    return figure


def _label(context: str, role: str) -> str:
    return ": ".join(filter(None, [context_words(context, regime_title), role]))


def _window_axis(ax: Axes, windows_s: list[float]) -> None:
    from matplotlib.ticker import NullLocator

    ax.set_xscale("log")
    ax.set_xlim(windows_s[0] / 1.3, windows_s[-1] * 1.3)
    ax.set_xticks(windows_s, [f"{length:g}" for length in windows_s])
    ax.xaxis.set_minor_locator(NullLocator())
    ax.set_xlabel("window, s")
