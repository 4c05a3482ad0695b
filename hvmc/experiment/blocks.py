"""Blocks: which units end up in one file.

Small chunk files are merged block by block as their units come in, so that neither the number of
files nor memory grows with the length of a run, and files in the end depend on what is stored,
not on how it was cut into chunks. A block is either many trials of one point, or all trials of
some consecutive points.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from hvmc.experiment.reader import read_table
from hvmc.experiment.schema import TABLES
from hvmc.experiment.spans import Span, coalesce
from hvmc.experiment.table_files import (
    TableFile,
    delete_table_files,
    list_boxes,
    list_table_files,
    stored_spans,
    table_file_name,
    write_table_files,
)

__all__ = ["BLOCK_UNITS", "BlockGrid", "merge", "merge_all"]

BLOCK_UNITS = 2048


@dataclass(frozen=True)
class BlockGrid:
    """How all units of a folder fall into blocks.

    Parameters
    ----------
    region : Span
        All points, trials and replications, from 0.
    """

    region: Span

    @classmethod
    def around(cls, asked: Sequence[Span], stored: Iterable[Span] = ()) -> Self:
        """Return the grid of the units asked for and of what is stored beside them."""
        spans = [*asked, *stored]
        trials = range(max(span.trials.stop for span in spans))
        replications = range(max(span.replications.stop for span in spans))
        return cls(Span(range(len(asked)), trials, replications))

    @property
    def _trials(self) -> int:
        return max(1, BLOCK_UNITS // len(self.region.replications))

    @property
    def _points(self) -> int:
        units = len(self.region.trials) * len(self.region.replications)
        return max(1, BLOCK_UNITS // units)

    def block(self, point: int, trial: int) -> Span:
        """Return the block of a unit, clipped to the region.

        Raises
        ------
        ValueError
            If the unit is outside the region.
        """
        first_point = point - point % self._points
        first_trial = trial - trial % self._trials
        box = Span(
            range(first_point, first_point + self._points),
            range(first_trial, first_trial + self._trials),
            self.region.replications,
        )
        clipped = box.common(self.region)
        if clipped is None or trial not in clipped.trials or point not in clipped.points:
            raise ValueError(f"point {point}, trial {trial} must be inside {self.region}")
        return clipped

    def blocks(self) -> Iterator[Span]:
        """Yield all blocks, earlier trials first."""
        for trial in range(0, len(self.region.trials), self._trials):
            for point in range(0, len(self.region.points), self._points):
                yield self.block(point, trial)

    def count_blocks(self, spans: Iterable[Span]) -> int:
        """Return how many blocks hold units of some spans, without listing them.

        Parameters
        ----------
        spans : iterable of Span
            Each of a single point, inside the region.
        """
        rows: dict[int, list[tuple[int, int]]] = {}
        for span in spans:
            first, last = span.trials.start // self._trials, (span.trials.stop - 1) // self._trials
            rows.setdefault(span.point // self._points, []).append((first, last))
        count = 0
        for stretches in rows.values():
            counted = -1
            for first, last in sorted(stretches):
                count += max(0, last - max(first - 1, counted))
                counted = max(counted, last)
        return count

    def split(self, span: Span) -> Iterator[Span]:
        """Yield the pieces of a single-point span, each inside one block."""
        trial = span.trials.start
        while trial < span.trials.stop:
            start, block = trial, self.block(span.point, trial)
            trial = min(span.trials.stop, block.trials.stop)
            yield Span(span.points, range(start, trial), span.replications)


def merge(folder: Path, block: Span, digests: Mapping[int, str]) -> None:
    """Put all stored units of a block into one file per table, and delete what it replaces.

    Parameters
    ----------
    folder : Path
        A results folder nobody else writes to.
    block : Span
        A block of the folder's grid.
    digests : mapping of int to str
        Point to hash.

    Raises
    ------
    ResultsError
        If a file is corrupt, or the disk is full.
    """
    table_files = list_table_files(folder, digests, within=block)
    spans = _stored_inside(table_files, block)
    if not spans or _is_merged(table_files, block, spans):
        return
    tables = {table: read_table(folder, table, digests, within=[block]) for table in TABLES}
    write_table_files(folder, block, spans, digests, tables)
    for table_file in table_files:
        if table_file.path.name != table_file_name(block) and all(
            block.holds(s) for s in table_file.spans
        ):
            delete_table_files(folder, table_file.path.name)


def _stored_inside(table_files: list[TableFile], block: Span) -> tuple[Span, ...]:
    inside = (span.common(block) for span in stored_spans(table_files))
    return coalesce(span for span in inside if span is not None)


def _is_merged(table_files: list[TableFile], block: Span, spans: tuple[Span, ...]) -> bool:
    return (
        len(table_files) == 1
        and table_files[0].path.name == table_file_name(block)
        and table_files[0].spans == spans
    )


def merge_all(folder: Path, grid: BlockGrid, digests: Mapping[int, str]) -> None:
    """Merge every block, then delete files that lie across blocks (of an earlier, smaller grid).

    Parameters
    ----------
    folder : Path
        A results folder nobody else writes to.
    grid : BlockGrid
        Its blocks.
    digests : mapping of int to str
        Point to hash.

    Raises
    ------
    ResultsError
        If a file is corrupt, or the disk is full.
    """
    blocks = {table_file_name(block): block for block in grid.blocks()}
    boxes = {path.name: box for path, box in list_boxes(folder)}
    others = [box for name, box in boxes.items() if name not in blocks]
    for name, block in blocks.items():
        if name not in boxes or any(block.common(box) for box in others):
            merge(folder, block, digests)
    for box in others:
        delete_table_files(folder, table_file_name(box))
