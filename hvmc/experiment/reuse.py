"""Units of the same design point in a sibling folder: a longer axis reuses what exists."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hvmc.experiment import provenance
from hvmc.experiment.blocks import BlockGrid
from hvmc.experiment.errors import ResultsError
from hvmc.experiment.reader import read_table
from hvmc.experiment.schema import KEYS, TABLES
from hvmc.experiment.seal import is_sealed
from hvmc.experiment.shard import SHARDS
from hvmc.experiment.spans import Span, without
from hvmc.experiment.table_files import (
    copy_table_files,
    list_table_files,
    stored_units,
    table_file_name,
    write_table_files,
)

__all__ = ["Reusable", "copy", "find_reusable", "missing_units"]


@dataclass(frozen=True)
class Reusable:
    """Units of a sibling folder that are missing here.

    Parameters
    ----------
    sibling : Path
        Where they are.
    there : int
        The point's number there.
    span : Span
        The units here.
    """

    sibling: Path
    there: int
    span: Span


def missing_units(asked: Sequence[Span], done: Sequence[Span]) -> list[Span]:
    """Return units that are not done; all spans are of single points, one of each in ``asked``."""
    by_point: dict[int, list[Span]] = {span.point: [] for span in asked}
    for span in sorted(done, key=lambda s: s.order):
        if span.point in by_point:
            by_point[span.point].append(span)
    return [left for span in asked for left in without(span, by_point[span.point])]


def find_reusable(
    folder: Path,
    digests: Mapping[int, str],
    missing: Sequence[Span],
    grid: BlockGrid,
    among: Sequence[Path] | None = None,
) -> Iterator[Reusable]:
    """Yield missing units that a sibling folder holds, each once and inside one block.

    Parameters
    ----------
    folder : Path
        The results folder.
    digests : mapping of int to str
        Of the folder's points.
    missing : sequence of Span
        Units wanted.
    grid : BlockGrid
        The folder's blocks.
    among : sequence of Path, optional
        Results folders that are searched; by default its siblings, its shards, and of a shard those
        of the whole experiment.
    """
    left: dict[int, list[Span]] = {}
    for span in missing:
        left.setdefault(span.point, []).append(span)
    for sibling in _siblings(folder) if among is None else among:
        if not any(left.values()):
            return
        for here, there, done in _same_points(sibling, digests, left):
            for span in done:
                for wanted in left[here]:
                    common = wanted.common(span)
                    if common is not None:
                        for piece in grid.split(common):
                            yield Reusable(sibling, there, piece)
            left[here] = [rest for wanted in left[here] for rest in without(wanted, done)]


def _siblings(folder: Path) -> list[Path]:
    whole = folder.parent.parent if folder.parent.name == SHARDS else folder
    files = [
        *whole.glob(provenance.FILE),
        *whole.glob(f"{SHARDS}/*/{provenance.FILE}"),
        *whole.parent.glob(f"*/{provenance.FILE}"),
    ]
    found = dict.fromkeys(file.parent for file in sorted(files))
    return [path for path in found if path != folder]


def _same_points(
    sibling: Path, digests: Mapping[int, str], left: Mapping[int, Sequence[Span]]
) -> list[tuple[int, int, list[Span]]]:
    """Points of the sibling with the hash of one that misses units: (here, there, units here)."""
    try:
        content = provenance.read_provenance(sibling)
        of_sibling = dict(enumerate(content["points"]))
        there = {digest: point for point, digest in of_sibling.items()}
        pairs = [(here, there[digests[here]]) for here in left if digests[here] in there]
        spans = stored_units(sibling, of_sibling) if pairs else []
    except ResultsError:
        # a damaged sibling is not this experiment's concern: its units are simulated here
        return []
    return [
        (here, point, [Span.at(here, s.trials, s.replications) for s in spans if s.point == point])
        for here, point in pairs
    ]


def copy(folder: Path, found: Reusable, digest: str) -> bool:
    """Copy units of a sibling under this folder's point number.

    Parameters
    ----------
    folder : Path
        The results folder.
    found : Reusable
        What to copy.
    digest : str
        The point's.

    Returns
    -------
    bool
        False where the sibling's files turn out to be corrupt: nothing is copied.

    Raises
    ------
    ResultsError
        If the copy can't be written.
    """
    import pyarrow as pa

    span = found.span
    there = Span.at(found.there, span.trials, span.replications)
    contents = _whole_files(found, digest)
    if contents is not None:
        copy_table_files(folder, table_file_name(span), contents)
        return True
    try:
        tables = {
            table: read_table(found.sibling, table, {found.there: digest}, within=[there])
            for table in TABLES
        }
    except ResultsError:
        return False
    for name, rows in tables.items():
        number = pa.array([span.point] * len(rows), pa.int32())
        index = rows.schema.get_field_index(KEYS[0])
        tables[name] = rows.set_column(index, KEYS[0], number)
    write_table_files(folder, span, (span,), {span.point: digest}, tables)
    return True


def _whole_files(found: Reusable, digest: str) -> dict[str, bytes] | None:
    """Return the contents of files that hold just these units under the same number, by table."""
    span, contents = found.span, {}
    if found.there != span.point:
        return None
    for table in TABLES:
        path = found.sibling / table / table_file_name(span)
        try:
            held = list_table_files(found.sibling, {found.there: digest}, table, span)
            contents[table] = path.read_bytes()
        except (OSError, ResultsError):
            return None
        holds_these = [one.spans for one in held if one.path == path] == [(span,)]
        if not holds_these or not is_sealed(contents[table]):
            return None
    return contents
