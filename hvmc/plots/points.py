"""Design points of one regime and role beside each other: exceedance curves, and boxes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hvmc.plots import style
from hvmc.plots.distribution import draw_boxes
from hvmc.plots.exceedance import EXCEEDED, curve, draw_curves, explain_band, set_ranges
from hvmc.plots.groups import CannotDrawError, active, split_groups
from hvmc.plots.swept import read_design

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from matplotlib.axes import Axes

    from hvmc.analysis.bands import Band

MOST_CURVES = 8
"""Design points beyond which curves can't be told apart; `hvmc.plots.sweep` draws more."""

_MOST_TOGETHER = 4
_COLUMNS = 3


@style.journal()
def points_exceedance(
    outcomes: pd.DataFrame,
    *,
    labels: Mapping[int, str] | None = None,
    ax: Axes | None = None,
    thresholds: Sequence[float] = (1.25, 2.0),
    band: Band = "simultaneous",
    level: float = 0.95,
) -> Axes:
    """Draw P(stretch > x) for each design point of one regime and role.

    Up to 4 share the axes; more have a panel each, beside the first design point in grey.

    Parameters
    ----------
    outcomes : DataFrame
        Outcomes frame of one regime and role, 2 to 8 design points.
    labels : mapping, optional
        Point -> label, such as ``population.victim.priority.weight=400``.
    ax : Axes, optional
        Where to draw; a new figure if omitted. Panels take its place where there are more.
    thresholds : sequence of float
        Stretches to mark with a labelled line, dimensionless.
    band : {"simultaneous", "pointwise"}
        What the band covers; the legend says which.
    level : float
        Coverage of the band, inside (0, 1).

    Returns
    -------
    Axes
        The first one, if there are panels.

    Raises
    ------
    CannotDrawError
        If fewer than 2 design points have guests with a finite stretch.
    ValueError
        If there are more than 8 design points, or several regimes or roles.
    """
    frames = point_frames(outcomes)
    panels = PointPanels(style.axes(ax, 5.4, 3.9 + 0.3 * len(frames)), frames, labels)
    steps = {
        point: curve(rows, thresholds, band=band, level=level) for point, rows in frames.items()
    }
    for panel, points in panels.shown:
        set_ranges(panel, list(frames.values()), thresholds, narrow=panels.narrow)
        curves = [(panels.looks[point], steps[point]) for point in points]
        draw_curves(panel, curves, thresholds[: 1 if panels.narrow else None])
    shaded = explain_band(frames.values(), band, level)
    title = f"Exceedance by design point\n{group_name(outcomes)}"
    return panels.finish(title, style.STRETCH, EXCEEDED, shaded)


@style.journal()
def points_distribution(
    outcomes: pd.DataFrame,
    *,
    labels: Mapping[int, str] | None = None,
    ax: Axes | None = None,
    thresholds: Sequence[float] = (1.25, 2.0),
) -> Axes:
    """Draw one box of the stretch for each design point of one regime and role.

    Parameters
    ----------
    outcomes : DataFrame
        Outcomes frame of one regime and role, 2 to 8 design points.
    labels : mapping, optional
        Point -> label, such as ``population.victim.priority.weight=400``.
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
        If fewer than 2 design points have guests with a finite stretch.
    ValueError
        If there are more than 8 design points, or several regimes or roles.
    """
    frames = point_frames(outcomes)
    names = read_design(frames, labels).names
    ax = style.axes(ax, 6.9, 1.2 + 0.6 * len(frames))
    shade = style.regime_look(str(outcomes["regime"].iloc[0])).colour
    looks = [style.numbered_look(names[point], shade, 0) for point in frames]
    draw_boxes(ax, list(zip(looks, frames.values(), strict=True)), thresholds)
    ax.set_title(f"Stretch by design point\n{group_name(outcomes)}", pad=15)
    return ax


class PointPanels:
    """Places for the design points of a figure: one for all, or one each when there are many.

    Parameters
    ----------
    ax : Axes
        Made by a subplot function; panels take its place if there are more than 4 points.
    frames : mapping
        Design point -> its rows.
    labels : mapping, optional
        Point -> label.

    Attributes
    ----------
    shown : list of (Axes, list of int)
        Panels with the points to draw in each; the first point is in all of them.
    looks : dict
        Point -> appearance.
    narrow : bool
        Whether there are several panels.
    """

    def __init__(
        self,
        ax: Axes,
        frames: Mapping[int, pd.DataFrame],
        labels: Mapping[int, str] | None = None,
    ) -> None:
        first, *others = frames
        names = read_design(frames, labels).names
        shades = style.ladder(len(frames))
        self.looks = {
            point: style.numbered_look(names[point], shades[rank], rank)
            for rank, point in enumerate(frames)
        }
        self.narrow = len(frames) > _MOST_TOGETHER
        if not self.narrow:
            self.shown = [(ax, [first, *others])]
            return
        cells = ax.get_subplotspec()
        if cells is None:
            raise ValueError(f"ax must come from subplots, got {ax} placed by hand")
        figure = ax.figure
        assert figure is not None
        ax.remove()
        lines = -(-len(others) // _COLUMNS)
        grid = cells.subgridspec(lines + 1, _COLUMNS, height_ratios=[1.0] * lines + [0.5])
        self.looks[first] = replace(self.looks[first], colour=style.QUIET)
        self._below = figure.add_subplot(grid[lines, :])
        self.shown = []
        for place, point in enumerate(others):
            shared = self.shown[0][0] if self.shown else None
            cell = grid[divmod(place, _COLUMNS)]
            panel = figure.add_subplot(cell, sharex=shared, sharey=shared)
            self.shown.append((panel, [first, point]))

    def finish(self, title: str, xlabel: str, ylabel: str, explain: str, columns: int = 1) -> Axes:
        """Write titles, labels and the legend; return the first axes."""
        lead = self.shown[0][0]
        if not self.narrow:
            lead.set(xlabel=xlabel, ylabel=ylabel)
            lead.set_title(title, pad=15)
            style.legend_below(lead, explain, columns)
            return lead
        style.headline(lead.figure, title)
        count = len(self.shown)
        for place, (panel, points) in enumerate(self.shown):
            name = self.looks[points[-1]].label
            panel.set_title(name, fontsize=7.0, fontweight="normal", pad=11)
            if place + _COLUMNS >= count:
                panel.set_xlabel(_short(xlabel))
            else:
                panel.tick_params(labelbottom=False)
            if place % _COLUMNS == 0:
                panel.set_ylabel(_short(ylabel))
            else:
                panel.tick_params(labelleft=False)
        self._below.axis("off")
        handles, _ = lead.get_legend_handles_labels()
        self._below.legend(
            handles=handles[:1],
            title=f"{xlabel};\n{explain}",
            loc="upper left",
            alignment="left",
            borderaxespad=0.0,
            handlelength=3.4,
        )
        return lead


def _short(label: str) -> str:
    return label.partition(" (virtual")[0].partition(" (LP")[0].partition(",")[0]


def group_name(outcomes: pd.DataFrame) -> str:
    """Return the name of the one regime and role in a frame.

    Raises
    ------
    ValueError
        If there are several.
    """
    pairs = outcomes[["regime", "role"]].drop_duplicates()
    if len(pairs) != 1:
        raise ValueError(
            f"outcomes must hold one regime and role, got {pairs.to_numpy().tolist()}; "
            "select one, for instance with outcomes[outcomes.role == 'victim']"
        )
    return split_groups(outcomes)[0].look.label


def point_frames(outcomes: pd.DataFrame, needs: Sequence[str] = ()) -> dict[int, pd.DataFrame]:
    """Active rows of one regime and role by design point, in order.

    Parameters
    ----------
    outcomes : DataFrame
        Outcomes frame of one regime and role.
    needs : sequence of str
        Further columns read.

    Raises
    ------
    CannotDrawError
        If fewer than 2 design points have guests with a finite stretch.
    ValueError
        If there are more design points than can be told apart, or several regimes or roles.
    """
    group_name(outcomes)
    rows = active(outcomes, needs=needs)
    frames = {int(point): part for point, part in rows.groupby("point", sort=True)}
    if len(frames) < 2:
        raise CannotDrawError(
            f"{len(frames)} design point has guests with a finite stretch; comparing needs 2"
        )
    if len(frames) > MOST_CURVES:
        raise ValueError(
            f"outcomes must hold at most {MOST_CURVES} design points for curves, got "
            f"{len(frames)}; use hvmc.plots.sweep_percentiles or sweep_map"
        )
    return frames
