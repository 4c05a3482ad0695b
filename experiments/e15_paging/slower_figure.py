"""The figure of slow-downs by shortage, with published ones beside them."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from hvmc.plots import style
from hvmc.plots.write import save


@style.journal()
def draw_slower(
    slower: pd.DataFrame, published: Mapping[str, float | Mapping[str, float]], path: Path
) -> None:
    """Draw each device's slow-down against the shortage.

    Parameters
    ----------
    slower : DataFrame
        A row per working set over memory (the index), a column per device.
    published : mapping
        Name to slow-down, a line; or to slow-downs by device, a mark of each at the edge.
    path : Path
        Where to write.
    """
    figure = style.new_figure(5.4, 4.2)
    ax = figure.add_subplot()
    colours = dict(zip(slower, style.ladder(slower.shape[1]), strict=True))
    for rank, device in enumerate(slower):
        look = style.numbered_look(f"on {device}", colours[device], rank)
        ax.plot(
            slower.index, slower[device], label=look.label, color=look.colour,
            linestyle=look.line, marker=look.marker,
        )  # fmt: skip
    last = float(slower.index[-1])
    for name, value in published.items():
        if isinstance(value, float):
            ax.axhline(value, color=style.QUIET, linewidth=0.8, zorder=0)
            ax.annotate(
                f"{name}: {value:.2g} x", (slower.index[0], value), xytext=(0, 2),
                textcoords="offset points", color=style.INK, va="bottom",
            )  # fmt: skip
            continue
        for device, one in value.items():
            label = f"{name}, on such a device" if device == slower.columns[-1] else None
            ax.plot(
                [last + 0.06], [one], marker="<", linestyle="none", color=colours[device],
                label=label, clip_on=False,
            )  # fmt: skip
    style.log_axis(ax, "y", *style.log_limits([1.0, float(slower.max().max())]))
    ax.set_xlim(slower.index[0] - 0.03, last + 0.12)
    ax.set_xlabel("working set / memory (dimensionless)")
    ax.set_ylabel("median stretch / that with memory enough (dimensionless)")
    ax.set_title("How many times slower, by what guests page to")
    style.legend_below(ax)
    style.arrange(figure)
    save(figure, path)
