"""Design points of one regime and role beside each other: exceedance curves, and boxes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hvmc.plots import style
from hvmc.plots.design import read_design
from hvmc.plots.distribution import draw_boxes
from hvmc.plots.exceedance import draw_curves
from hvmc.plots.groups import CannotDrawError, active, split_groups

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from matplotlib.axes import Axes

    from hvmc.analysis.bands import Band

MOST_CURVES = 8
"""Design points beyond which curves can't be told apart; `hvmc.plots.sweep` draws more."""


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

    Parameters
    ----------
    outcomes : DataFrame
        Outcomes frame of one regime and role, 2 to 8 design points.
    labels : mapping, optional
        Point -> label, such as ``population.victim.priority.weight=400``.
    ax : Axes, optional
        Where to draw; a new figure if omitted.
    thresholds : sequence of float
        Stretches to mark with a labelled line, dimensionless.
    band : {"simultaneous", "pointwise"}
        What the band covers; the legend says which.
    level : float
        Coverage of the band, inside (0, 1).

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
    shades = style.ladder(len(frames))
    looks = [
        style.numbered_look(names[point], shades[rank], rank) for rank, point in enumerate(frames)
    ]
    ax = style.axes(ax, 5.4, 3.9 + 0.3 * len(frames))
    curves = list(zip(looks, frames.values(), strict=True))
    draw_curves(ax, curves, thresholds=thresholds, band=band, level=level)
    ax.set_title(f"Exceedance by design point\n{group_name(outcomes)}", pad=15)
    return ax


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
