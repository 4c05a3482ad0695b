"""The figure of the ridge."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from published_figures import LAB_TAX, WORST_SLOPE

from hvmc.plots import style
from hvmc.plots.write import save

PANELS = (
    ("cpu_tax", 100.0, "CPU tax (% of guest work)"),
    ("slope", 1.0, "interference slope (dimensionless)"),
)


@style.journal()
def draw_ridge(table: pd.DataFrame, folder: Path) -> None:
    """Draw CPU tax and interference slope against the serial share; write ridge.png and ridge.svg.

    Parameters
    ----------
    table : DataFrame
        One row per fit, the columns of ridge.csv.
    folder : Path
        Where to write.
    """
    figure = style.new_figure(6.9, 3.6)
    base = table[table["point"].str.fullmatch(r"w\d+_\d+ms_(no_sleep|between|no_serial)")]
    for place, (column, scale, label) in enumerate(PANELS):
        ax = figure.add_subplot(1, 2, place + 1)
        if column == "cpu_tax":
            ax.axhspan(
                100 * LAB_TAX[0], 100 * LAB_TAX[1], color=style.FAINT, label="published range"
            )
            ax.set_yscale("log")
            ax.set_yticks([10, 20, 30, 40], ["10", "20", "30", "40"], minor=False)
            ax.minorticks_off()
        else:
            ax.axhspan(*WORST_SLOPE, color=style.FAINT)
        _lines(ax, base[base["fits"] == "yes"], column, scale)
        ax.set_xlabel("serial share of CPU work (dimensionless)")
        ax.set_ylabel(label)
    figure.axes[0].set_title("Every point meets all four figures")
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower left", ncols=3, handlelength=3.4)
    style.arrange(figure)
    for kind in ("png", "svg"):
        save(figure, folder / f"ridge.{kind}")


def _lines(ax: object, base: pd.DataFrame, column: str, scale: float) -> None:
    groups = list(base.groupby(["workers", "burst_ms"]))
    colours = dict(zip(sorted(base["workers"].unique()), style.ladder(4), strict=False))
    for rank, ((workers, burst_ms), part) in enumerate(groups):
        look = style.numbered_look(
            f"{workers} workers, {burst_ms:g} ms", colours[workers], rank % 2
        )
        ax.plot(
            part["serial_share"], scale * part[column], label=look.label, color=look.colour,
            linestyle=look.line, marker=look.marker,
        )  # fmt: skip
