"""Design points of one regime and role beside each other, in figures; the summary tells them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from hvmc.answers.figures import one_axes
from hvmc.answers.kind import Drawing, Kind

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Points"]

_MOST_ROWS = 60


class Points(Kind):
    """Curves, boxes and knees of a few design points; percentiles or maps of a sweep."""

    place = 80

    def figures(self) -> Iterator[Drawing]:
        """Yield the figures of each regime and role with several design points."""
        for group in self.asked.compared:
            suffix = re.sub(r"\W+", "_", f"{group.regime}_{group.role}")
            marks = self.asked.marks(group.rows)
            for found in _drawings(group.rows, marks, self.asked.labels, self.asked.note):
                yield Drawing(f"points_{found.name}_{suffix}", found.make)


def _drawings(
    rows: "pd.DataFrame", marks: Sequence[float], labels: Mapping[int, str], note: str
) -> Iterator[Drawing]:
    from hvmc.plots.knee import points_knee
    from hvmc.plots.percentiles import MEDIAN, P95
    from hvmc.plots.points import MOST_CURVES, points_distribution, points_exceedance
    from hvmc.plots.sweep import LINES_SIZE_IN, one_numeric_axis, rows_height_in, sweep_percentiles
    from hvmc.plots.sweepmap import map_size_in, ordered, sweep_map
    from hvmc.plots.swept import read_design

    one = partial(one_axes, rows=rows, note=note, pooled=False, labels=labels)
    points = sorted(rows["point"].unique())
    design = read_design(points, labels)
    count = len(points)
    if count <= MOST_CURVES:
        height = 4.0 + sum(0.2 * (1 + name.count("\n")) for name in design.names.values())
        curves = one(points_exceedance, size_in=(5.4, height), thresholds=marks)
        yield Drawing("exceedance", curves)
        boxes = one(points_distribution, size_in=(6.9, 1.6 + 0.6 * count), thresholds=marks)
        yield Drawing("distribution", boxes)
        if _varies(rows):
            knee = one(points_knee, size_in=(5.4, height + 0.6), thresholds=marks)
            yield Drawing("knee", knee)
    if len(design.axes) == 2:
        size = map_size_in(*(len(ordered(design, axis)) for axis in design.axes))
        for percentile, name in ((MEDIAN, "p50"), (P95, "p95")):
            yield Drawing(f"map_{name}", one(sweep_map, size_in=size, percentile=percentile))
    elif count > MOST_CURVES or one_numeric_axis(design):
        lines = one_numeric_axis(design) is not None
        size = LINES_SIZE_IN if lines else (6.4, rows_height_in(min(count, _MOST_ROWS)))
        yield Drawing("percentiles", one(sweep_percentiles, size_in=size, thresholds=marks))


def _varies(rows: "pd.DataFrame") -> bool:
    """Whether the trials of some design point differ in the commitment that can stretch a role."""
    from hvmc.plots.knee import commitment_of

    commitment = commitment_of(str(rows["role"].iloc[0]))
    return commitment in rows and bool((rows.groupby("point")[commitment].nunique() > 1).any())
