"""What makes the figures of a frame: one axes with a note below, or panels of their own."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["one_axes", "panels"]


def one_axes(
    draw: "Callable[..., Axes]",
    rows: "pd.DataFrame",
    note: str,
    size_in: tuple[float, float],
    *,
    pooled: bool = True,
    **settings: Any,
) -> "Callable[[], Figure]":
    """Return what makes a figure with one axes, the size of the data and a note below it."""
    from hvmc.plots import style
    from hvmc.plots.groups import remarks

    @style.journal()
    def make() -> "Figure":
        figure = style.new_figure(*size_in)
        draw(rows, ax=figure.subplots(), **settings)
        style.footnote(figure, f"{remarks(rows, pooled=pooled)}\n{note}")
        return figure

    return make


def panels(
    draw: "Callable[..., Figure]", rows: "pd.DataFrame", note: str, **settings: Any
) -> "Callable[[], Figure]":
    """Return what makes a figure of several panels, the size of the data and a note below it."""
    from hvmc.plots.groups import remarks

    return partial(draw, rows, note=f"{remarks(rows)}\n{note}", **settings)
