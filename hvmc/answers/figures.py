"""What makes the figures of a frame: one axes with a note below, or panels of their own."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["one_axes", "several_panels"]


def one_axes(
    draw: "Callable[[Axes], object]",
    rows: "pd.DataFrame",
    note: str,
    size_in: tuple[float, float],
    *,
    pooled: bool = True,
) -> "Callable[[], Figure]":
    """Return what makes a figure with one axes, the size of the data and a note below it."""
    from hvmc.plots import style
    from hvmc.plots.groups import check_active, remarks

    @style.journal()
    def make() -> "Figure":
        check_active(rows)
        figure = style.new_figure(*size_in)
        draw(figure.subplots())
        style.footnote(figure, f"{remarks(rows, pooled=pooled)}\n{note}")
        return figure

    return make


def several_panels(
    draw: "Callable[[str], Figure]", rows: "pd.DataFrame", note: str, needs: "Sequence[str]" = ()
) -> "Callable[[], Figure]":
    """Return what makes a figure of several panels, the size of the data and a note below it."""
    from hvmc.plots.groups import check_active, remarks

    def make() -> "Figure":
        check_active(rows, needs)
        return draw(f"{remarks(rows)}\n{note}")

    return make
