"""Places for the groups of a figure: one axes for all, or small multiples when there are many."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hvmc.plots import style

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from matplotlib.axes import Axes

    from hvmc.plots.groups import Group

_MOST_TOGETHER = 4
_COLUMNS = 3


def height_in(names: Collection[str]) -> float:
    """Height of a figure of that many groups, with their names in the legend, inches."""
    if len(names) > _MOST_TOGETHER:
        return 2.4 + 1.5 * -(-(len(names) - 1) // _COLUMNS)
    return 4.0 + sum(0.2 * (1 + name.count("\n")) for name in names)


class Multiples:
    """One axes, or a panel for each group beside the first, which is grey there.

    Parameters
    ----------
    ax : Axes
        Made by a subplot function; panels take its place.
    groups : sequence of Group
        What is drawn.
    apart : bool
        Whether more than 4 groups have a panel each.

    Attributes
    ----------
    shown : list of (Axes, list of Group)
        Panels with the groups to draw in each.
    narrow : bool
        Whether there are several panels.
    """

    def __init__(self, ax: Axes, groups: Sequence[Group], *, apart: bool = True) -> None:
        self.narrow = apart and len(groups) > _MOST_TOGETHER
        self.shown = [(ax, list(groups))]
        if not self.narrow:
            return
        first, *others = groups
        first = replace(first, look=replace(first.look, colour=style.QUIET))
        cells, figure = ax.get_subplotspec(), ax.figure
        assert cells is not None
        assert figure is not None
        ax.remove()
        lines = -(-len(others) // _COLUMNS)
        grid = cells.subgridspec(lines + 1, _COLUMNS, height_ratios=[1.0] * lines + [0.5])
        self._below = figure.add_subplot(grid[lines, :])
        self._below.axis("off")
        self.shown = []
        for place, group in enumerate(others):
            shared = self.shown[0][0] if self.shown else None
            cell = grid[divmod(place, _COLUMNS)]
            panel = figure.add_subplot(cell, sharex=shared, sharey=shared)
            panel.tick_params(
                labelbottom=place + _COLUMNS >= len(others), labelleft=place % _COLUMNS == 0
            )
            self.shown.append((panel, [first, group]))

    def finish(self, title: str, xlabel: str, ylabel: str, explain: str) -> Axes:
        """Write titles, labels and the legend; return the first axes."""
        lead = self.shown[0][0]
        if not self.narrow:
            lead.set(xlabel=xlabel, ylabel=ylabel)
            lead.set_title(title, pad=15)
            style.legend_below(lead, explain, columns=1)
            return lead
        assert lead.figure is not None
        style.headline(lead.figure, title)
        for panel, groups in self.shown:
            panel.set_title(groups[-1].look.label, fontsize=7.0, fontweight="normal", pad=11)
            spec = panel.get_subplotspec()
            assert spec is not None
            if panel.xaxis.get_tick_params()["labelbottom"]:
                panel.set_xlabel(_short(xlabel))
            if spec.is_first_col():
                panel.set_ylabel(_short(ylabel))
        self._below.legend(
            handles=lead.get_legend_handles_labels()[0][:1],
            title=f"{xlabel};\n{explain}",
            loc="upper left",
            alignment="left",
            borderaxespad=0.0,
            handlelength=3.4,
        )
        return lead


def _short(label: str) -> str:
    return label.partition(" (virtual")[0].partition(" (LP")[0].partition(",")[0]
