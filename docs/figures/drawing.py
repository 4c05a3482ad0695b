"""What the figures of the site share: hvmc's style, panels below each other, colours."""

from collections.abc import Iterator
from contextlib import contextmanager

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hvmc.plots import style

WIDTH_IN = 5.0
BLUE, ORANGE, GREEN, PINK, SKY = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9"
COLOURS = (BLUE, ORANGE, GREEN, PINK, SKY)


@contextmanager
def panels(*titles: str, height_in: float = 2.4) -> Iterator[tuple[Figure, list[Axes]]]:
    """Make a figure of panels below each other, narrow enough for a telephone.

    Parameters
    ----------
    *titles : str
        Of the panels.
    height_in : float
        Of each, inches.
    """
    with style.journal():
        figure = style.new_figure(WIDTH_IN, height_in * len(titles))
        axes = list(figure.subplots(len(titles), 1, squeeze=False)[:, 0])
        for ax, title in zip(axes, titles, strict=True):
            ax.set_title(title)
        yield figure, axes
