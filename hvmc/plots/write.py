"""All figures of an experiment, written into a folder, the same bytes for the same outcomes.

Agg draws them, without pyplot and whatever the user's own settings are; no file carries a date, and
SVG identifiers come from a fixed salt. A file appears whole or not at all.

Design points are never thrown together: where a regime has several, figures compare them.
"""

from __future__ import annotations

import io
import os
import re
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from hvmc.analysis.causes import cause_columns
from hvmc.analysis.parts import has_parts
from hvmc.plots import style
from hvmc.plots.causes import cause_panels
from hvmc.plots.deferral import deferral_delay
from hvmc.plots.distribution import stretch_distribution
from hvmc.plots.exceedance import exceedance_curves
from hvmc.plots.forest import paired_forest
from hvmc.plots.groups import CannotDrawError, active, remarks, split_groups
from hvmc.plots.knee import commitment_knee, commitment_of, points_knee
from hvmc.plots.parts import parts_panels
from hvmc.plots.percentiles import MEDIAN, P95
from hvmc.plots.points import MOST_CURVES, points_distribution, points_exceedance
from hvmc.plots.split import split_panels
from hvmc.plots.suffering import TITLES, classes, map_size, suffering_map
from hvmc.plots.sweep import LINES_SIZE_IN, one_numeric_axis, rows_height_in, sweep_percentiles
from hvmc.plots.sweepmap import map_size_in, ordered, sweep_map
from hvmc.plots.swept import read_design

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_METADATA: dict[str, dict[str, None]] = {
    "png": {"Software": None},
    "svg": {"Date": None},
    "pdf": {"CreationDate": None},
}


class WrittenFigures(list[Path]):
    """Paths of the files written, in order.

    Attributes
    ----------
    skipped : dict
        Figure name -> why it was not drawn.
    """

    def __init__(self) -> None:
        super().__init__()
        self.skipped: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class Plan:
    """One figure that outcomes call for: its name, and what draws it or says why it can't."""

    name: str
    make: Callable[[], Figure]


def write_figures(
    outcomes: pd.DataFrame,
    folder: Path | str,
    *,
    suffers_above: float = 1.25,
    formats: Sequence[str] = ("png", "svg"),
    labels: Mapping[int, str] | None = None,
    paired: pd.DataFrame | None = None,
    note: str = "",
) -> WrittenFigures:
    """Draw every figure the outcomes allow and write it in each format.

    Parameters
    ----------
    outcomes : DataFrame
        Outcomes frame, one row per (point, trial, replication, guest).
    folder : Path or str
        Where the files go; made if it does not exist. Files of the same name are replaced.
    suffers_above : float
        A guest suffers when its stretch exceeds this, dimensionless.
    formats : sequence of str
        Some of ``png``, ``svg``, ``pdf``.
    labels : mapping, optional
        Design point -> label, such as ``population.victim.priority.weight=400``.
    paired : DataFrame, optional
        As of `hvmc.analysis.comparisons.compare`: draws the forest plot too.
    note : str
        Printed in small letters below each figure: window length (s), trials, LPs.

    Returns
    -------
    WrittenFigures
        A list of the paths; its ``skipped`` says which figures were not drawn and why.

    Raises
    ------
    ValueError
        If a format is unknown, or the outcomes lack a column that every figure reads.
    """
    unknown = sorted(set(formats) - set(_METADATA))
    if unknown:
        raise ValueError(f"formats must be among {', '.join(_METADATA)}, got {', '.join(unknown)}")
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    written = WrittenFigures()
    plans = list(plan_figures(outcomes, suffers_above, labels or {}, note))
    if paired is not None:
        plans.insert(0, Plan("paired", partial(paired_forest, paired, note=note)))
    for plan in plans:
        try:
            figure = plan.make()
        except CannotDrawError as reason:
            written.skipped[plan.name] = str(reason)
            continue
        style.settle(figure)
        written += [save(figure, target / f"{plan.name}.{kind}") for kind in formats]
    return written


@style.journal()
def save(figure: Figure, path: Path) -> Path:
    """Write a figure in the format its suffix names, whole or not at all.

    Parameters
    ----------
    figure : Figure
        What to write.
    path : Path
        Target with suffix ``.png``, ``.svg`` or ``.pdf``; replaced if it exists.
    """
    kind = path.suffix.lstrip(".")
    buffer = io.BytesIO()
    figure.savefig(buffer, format=kind, metadata=_METADATA[kind])
    partial_file = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        partial_file.write_bytes(buffer.getvalue())
        partial_file.replace(path)
    finally:
        partial_file.unlink(missing_ok=True)
    return path


def plan_figures(
    outcomes: pd.DataFrame, suffers_above: float, labels: Mapping[int, str], note: str
) -> Iterator[Plan]:
    """List the figures that the columns and design points of a frame call for.

    Parameters
    ----------
    outcomes : DataFrame
        Outcomes frame, one row per (point, trial, replication, guest).
    suffers_above : float
        A guest suffers when its stretch exceeds this, dimensionless.
    labels : mapping
        Design point -> label.
    note : str
        Printed below each figure.

    Yields
    ------
    Plan
        Its ``make`` raises CannotDrawError where the outcomes have too little for it.

    Raises
    ------
    ValueError
        If the outcomes lack a column that every figure reads.
    """
    active(outcomes, least=0)  # refuses a frame without the columns needed
    marks = sorted({suffers_above, 2.0})
    several = outcomes.groupby("regime", observed=True)["point"].transform("nunique") > 1
    if not several.all():
        yield from _regime_plans(outcomes[~several], suffers_above, marks, note)
    for group in split_groups(active(outcomes[several], least=0)):
        if group.rows["point"].nunique() > 1:
            suffix = re.sub(r"\W+", "_", f"{group.regime}_{group.role}")
            yield from _point_plans(group.rows, suffix, marks, labels, note)


def _regime_plans(
    outcomes: pd.DataFrame, suffers_above: float, marks: Sequence[float], note: str
) -> Iterator[Plan]:
    """Figures that compare regimes and roles, of one design point each."""
    rows = active(outcomes, least=0)
    groups = split_groups(rows)
    foot = f"{remarks(outcomes)}\n{note}"
    one = partial(_one_axes, outcomes, foot)
    count = len(groups)
    size = (5.4, 4.1 + 0.2 * count)
    yield Plan("exceedance", one(exceedance_curves, size, thresholds=marks))
    size = (6.9, 1.6 + 0.47 * count)
    yield Plan("distribution", one(stretch_distribution, size, thresholds=marks))
    yield Plan("suffering", one(suffering_map, map_size(count, 1), suffers_above=suffers_above))
    for by in TITLES:
        heads = classes(rows[by])[1] if by in rows.columns else []
        if len(heads) > 1:
            size = map_size(count, 1 + len(heads))
            draw = one(suffering_map, size, by=by, suffers_above=suffers_above)
            yield Plan(f"suffering_by_{by}", draw)
    yield Plan("knee", one(commitment_knee, (5.4, 5.2), thresholds=marks))
    if (rows["role"] == "victim").any():
        draw = one(commitment_knee, (5.4, 5.2), commitment="own_commitment", thresholds=marks)
        yield Plan("knee_own_commitment", draw)
    yield Plan("split", partial(split_panels, outcomes, thresholds=marks, note=foot))
    if cause_columns(outcomes):
        yield Plan("causes", partial(cause_panels, outcomes, note=foot))
    if has_parts(outcomes):
        yield Plan("time_parts", partial(parts_panels, outcomes, note=foot))
        yield Plan("deferral", one(deferral_delay, (5.4, 4.6)))


def _point_plans(
    rows: pd.DataFrame,
    suffix: str,
    marks: Sequence[float],
    labels: Mapping[int, str],
    note: str,
) -> Iterator[Plan]:
    """Figures that compare the design points of one regime and role."""
    one = partial(_one_axes, rows, f"{remarks(rows, pooled=False)}\n{note}")
    points = sorted(rows["point"].unique())
    design = read_design(points, labels)
    count = len(points)
    if count <= MOST_CURVES:
        height = 4.0 + sum(0.2 * (1 + name.count("\n")) for name in design.names.values())
        draw = one(points_exceedance, (5.4, height), labels=labels, thresholds=marks)
        yield Plan(f"points_exceedance_{suffix}", draw)
        size = (6.9, 1.6 + 0.6 * count)
        draw = one(points_distribution, size, labels=labels, thresholds=marks)
        yield Plan(f"points_distribution_{suffix}", draw)
        if _varies(rows):
            draw = one(points_knee, (5.4, height + 0.6), labels=labels, thresholds=marks)
            yield Plan(f"points_knee_{suffix}", draw)
    if len(design.axes) == 2:
        size = map_size_in(*(len(ordered(design, axis)) for axis in design.axes))
        for percentile, name in ((MEDIAN, "p50"), (P95, "p95")):
            draw = one(sweep_map, size, labels=labels, percentile=percentile)
            yield Plan(f"points_map_{name}_{suffix}", draw)
    elif count > MOST_CURVES or one_numeric_axis(design):
        lines = one_numeric_axis(design) is not None
        size = LINES_SIZE_IN if lines else (6.4, rows_height_in(min(count, 60)))
        draw = one(sweep_percentiles, size, labels=labels, thresholds=marks)
        yield Plan(f"points_percentiles_{suffix}", draw)


def _varies(rows: pd.DataFrame) -> bool:
    """Whether the trials of some design point differ in the commitment that can stretch a role."""
    commitment = commitment_of(str(rows["role"].iloc[0]))
    return commitment in rows and bool((rows.groupby("point")[commitment].nunique() > 1).any())


def _one_axes(
    outcomes: pd.DataFrame,
    foot: str,
    draw: Callable[..., Axes],
    size_in: tuple[float, float],
    **settings: object,
) -> Callable[[], Figure]:
    """Return what makes a figure with one axes, drawn by `draw`, and the note below it."""

    @style.journal()
    def make() -> Figure:
        figure = style.new_figure(*size_in)
        draw(outcomes, ax=figure.subplots(), **settings)
        style.footnote(figure, foot)
        return figure

    return make
