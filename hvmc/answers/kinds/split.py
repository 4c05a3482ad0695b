"""The split of the stretch into sizing and hosting; a figure alone, its means are the summary's."""

from collections.abc import Iterator
from functools import partial

from hvmc.answers.figures import several_panels
from hvmc.answers.kind import Drawing, Kind

__all__ = ["Split"]


class Split(Kind):
    """Sizing against hosting, guest by guest."""

    place = 40
    chapter = "causes"

    def figures(self) -> Iterator[Drawing]:
        """Yield the figure ``split``."""
        from hvmc.analysis.quantiles import spread
        from hvmc.plots.split import FACTORS, PROBABILITIES, split_panels

        asked = self.asked
        for rows in asked.single:
            groups = asked.groups(rows, FACTORS)
            title = asked.title("hosting against sizing")
            kept, by = asked.active(rows, FACTORS), ("regime", "role")
            found = {name: spread(kept, name, PROBABILITIES, by=by) for name in FACTORS}
            draw = partial(split_panels, groups, found, asked.marks(rows), title)
            yield Drawing("split", several_panels(draw, rows, asked.note, FACTORS))
