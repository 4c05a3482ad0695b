"""Design points of one regime and role beside each other, in figures; the summary tells them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from hvmc.answers.asked import MOST_CURVES
from hvmc.answers.figures import one_axes
from hvmc.answers.kind import Drawing, Kind

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from hvmc.plots.groups import Group

__all__ = ["Points"]


class Points(Kind):
    """Curves, boxes and knees of a few design points; percentiles or maps of a sweep."""

    place = 80
    figure_chapters: ClassVar[Mapping[str, str]] = {"points_exceedance": "curves"}

    def figures(self) -> Iterator[Drawing]:
        """Yield the figures of each regime and role with several design points."""
        for group in self.asked.compared:
            suffix = re.sub(r"\W+", "_", "_".join(map(str, group.key.values())))
            for found in self._drawings(group):
                yield found._replace(name=f"points_{found.name}_{suffix}")

    def _drawings(self, group: "Group") -> Iterator[Drawing]:
        from hvmc.analysis.quantiles import spread
        from hvmc.plots import maps, sweep
        from hvmc.plots.distribution import PROBABILITIES, stretch_distribution
        from hvmc.plots.groups import split_points
        from hvmc.plots.multiples import height_in
        from hvmc.plots.percentiles import MEDIAN, P95
        from hvmc.plots.swept import read_design

        asked, rows = self.asked, group.rows
        marks, name = asked.marks(rows), group.look.label
        design = read_design({int(p): asked.levels[int(p)] for p in sorted(rows["point"].unique())})
        summary = group.of(asked.summary)
        summary = summary[summary["point"].isin(rows["point"])]
        one = partial(one_axes, rows=rows, note=asked.note, pooled=False)
        count = len(design.names)
        if count <= MOST_CURVES:
            points = split_points(group, design.names)
            height = height_in(design.names.values())
            curves = partial(self._exceedance, group=group, points=points)
            yield Drawing("exceedance", one(curves, size_in=(5.4, height)))
            title = f"Stretch by design point\n{name}"
            shaded = [replace(p, look=replace(p.look, colour=group.look.colour)) for p in points]
            boxes = partial(
                stretch_distribution,
                groups=shaded,
                summary=summary,
                spread=spread(rows, "stretch", PROBABILITIES, by=("point",)),
                thresholds=marks,
                title=title,
            )
            yield Drawing("distribution", one(boxes, size_in=(6.9, 1.6 + 0.6 * count)))
            if _varies(group):
                knee = partial(self._knee, group=group, points=points)
                yield Drawing("knee", one(knee, size_in=(5.4, height + 0.6)))
        if len(design.axes) == 2:
            for look in (MEDIAN, P95):
                title = f"Stretch by design point\n{look.name}, {name}"
                cells = partial(
                    maps.sweep_map, summary=summary, design=design, percentile=look, title=title
                )
                file = f"map_{look.metric.removeprefix('stretch_')}"
                yield Drawing(file, one(cells, size_in=maps.sweep_map_size_in(design)))
        elif count > MOST_CURVES or design.only_numbers:
            title = f"Stretch by design point\n{name}"
            lines = partial(
                sweep.sweep_percentiles,
                summary=summary,
                design=design,
                thresholds=marks,
                title=title,
                guests=len(rows),
            )
            yield Drawing("percentiles", one(lines, size_in=sweep.sweep_size_in(design)))

    def _exceedance(self, ax: "Axes", group: "Group", points: "list[Group]") -> None:
        from hvmc.plots.exceedance import exceedance_curves

        marks, found = self.asked.marks(group.rows), group.of(self.asked.exceedance)
        title = f"Exceedance by design point\n{group.look.label}"
        exceedance_curves(ax, points, found, marks, title, apart=True)

    def _knee(self, ax: "Axes", group: "Group", points: "list[Group]") -> None:
        import pandas as pd

        from hvmc.analysis.bins import quantiles_in_bins
        from hvmc.plots.groups import active
        from hvmc.plots.knee import points_knee

        commitment = _commitment(group)
        found = pd.concat(
            quantiles_in_bins(active(own, [commitment], 0), commitment, (0.5, 0.95)).assign(point=p)
            for p, own in group.rows.groupby("point", sort=True)
        )
        title = f"Stretch against commitment by design point\n{group.look.label}"
        points_knee(ax, points, found, commitment, self.asked.marks(group.rows), title)


def _commitment(group: "Group") -> str:
    """Return the column of the commitment that can stretch a role: its own a victim's."""
    return "own_commitment" if group.key["role"] == "victim" else "lp_commitment"


def _varies(group: "Group") -> bool:
    """Whether the trials of some design point differ in the commitment that can stretch a role."""
    points: pd.DataFrame = group.rows.groupby("point")
    return bool((points[_commitment(group)].nunique() > 1).any())
