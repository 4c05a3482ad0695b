"""Box plot of the stretch per regime and role, on a log axis.

A box was preferred to a violin: with tails over three decades beside regimes whose whole
distribution spans a few percent, a kernel density depends on its bandwidth and draws mass beyond
the data, while percentiles do neither. They are also written out beside each box, since the
narrow ones cannot be read off a wide axis.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hvmc.plots import logscale, style
from hvmc.plots.groups import active, split_groups

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes

WHISKERS = (5.0, 95.0)
_COLUMNS = (("p50", 50.0), ("p95", 95.0), ("p99", 99.0))


@style.journal()
def stretch_distribution(
    outcomes: pd.DataFrame,
    *,
    ax: Axes | None = None,
    thresholds: Sequence[float] = (1.25, 2.0),
) -> Axes:
    """Draw one box per regime and role: quartiles, 5 to 95 % whiskers, p99 and the largest.

    Parameters
    ----------
    outcomes : DataFrame
        Outcomes frame, one row per (point, trial, replication, guest).
    ax : Axes, optional
        Where to draw; a new figure if omitted.
    thresholds : sequence of float
        Stretches to mark with a line, dimensionless.

    Returns
    -------
    Axes

    Raises
    ------
    CannotDrawError
        If fewer than 2 guests have a finite stretch.
    """
    rows = active(outcomes)
    groups = split_groups(rows)
    names = [f"{group.look.label}\n{group.size}" for group in groups]
    samples = [group.rows["stretch"].to_numpy(dtype=float) for group in groups]
    ax = style.axes(ax, 6.9, 1.1 + 0.52 * len(groups))
    draw_boxes(ax, names, samples, [group.look.colour for group in groups], thresholds)
    ax.set_title("Stretch by regime and role", pad=15)
    return ax


def draw_boxes(
    ax: Axes,
    names: Sequence[str],
    samples: Sequence[np.ndarray],
    colours: Sequence[str],
    thresholds: Sequence[float],
) -> None:
    """Draw labelled boxes from top to bottom, with a table of percentiles at the right.

    Parameters
    ----------
    ax : Axes
        Where to draw.
    names : sequence of str
        Label of each box.
    samples : sequence of ndarray
        Stretches behind each box, float64, shape (guests,), above zero.
    colours : sequence of str
        Fill of each box.
    thresholds : sequence of float
        Stretches to mark with a line.
    """
    import seaborn as sns

    places = np.repeat(np.arange(len(samples)), [sample.size for sample in samples])
    sns.boxplot(
        x=np.concatenate(samples),
        y=places,
        hue=places,
        palette=list(colours),
        orient="h",
        whis=WHISKERS,
        showfliers=False,
        width=0.55,
        linewidth=0.8,
        linecolor=style.INK,
        saturation=1.0,
        legend=False,
        ax=ax,
    )
    p99 = [_percentile(sample, 99.0) for sample in samples]
    largest = [float(sample.max()) for sample in samples]
    rows = np.arange(len(samples))
    ink: dict[str, Any] = {"color": style.INK, "linestyle": "none", "zorder": 3}
    ax.plot(p99, rows, marker="|", markersize=7, label="99th percentile", **ink)
    ax.plot(largest, rows, marker=".", markersize=3.5, label="largest", **ink)
    smallest = min(_percentile(sample, WHISKERS[0]) for sample in samples)
    logscale.set_log(ax, "x", *logscale.limits(min(1.0, smallest), max(largest)))
    ax.set_yticks(rows, names)
    ax.set_ylabel("")
    ax.set_xlabel(style.STRETCH)
    style.mark_stretch(ax, "x", thresholds)
    _percentile_table(ax, samples)
    style.legend_below(ax, "box: quartiles and median; whiskers: 5th and 95th percentile")


def _percentile_table(ax: Axes, samples: Sequence[np.ndarray]) -> None:
    """Write p50, p95 and p99 of every box in columns right of the axes."""
    for column, (head, percent) in enumerate(_COLUMNS):
        away = (22.0 + 32.0 * column, 0.0)
        place: dict[str, Any] = {
            "textcoords": "offset points",
            "ha": "center",
            "annotation_clip": False,
        }
        ax.annotate(head, (1.0, 1.0), away, xycoords="axes fraction", va="bottom", **place)
        for row, sample in enumerate(samples):
            value = _percentile(sample, percent)
            text = f"{value:.4g}" if value < 2.0 else f"{value:.3g}"
            across = ax.get_yaxis_transform()
            ax.annotate(text, (1.0, row), away, xycoords=across, va="center", **place)


def _percentile(sample: np.ndarray, percent: float) -> float:
    """Smallest value with at least that share at or below it, as `hvmc.analysis.quantiles`."""
    return float(np.percentile(sample, percent, method="inverted_cdf"))
