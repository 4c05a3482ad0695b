"""The split of the stretch into sizing and hosting; a figure alone, its means are the summary's."""

from collections.abc import Iterator

from hvmc.answers.figures import panels
from hvmc.answers.kind import Drawing, Kind

__all__ = ["Split"]


class Split(Kind):
    """Sizing against hosting, guest by guest."""

    place = 40

    def figures(self) -> Iterator[Drawing]:
        """Yield the figure ``split``."""
        from hvmc.plots.split import split_panels

        for rows in self.asked.single:
            marks = self.asked.marks(rows)
            yield Drawing("split", panels(split_panels, rows, self.asked.note, thresholds=marks))
