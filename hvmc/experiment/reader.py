"""Reading the tables of a results folder."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hvmc.experiment.intact import check_units, mask
from hvmc.experiment.schema import KEYS, TABLES, arrow_schema
from hvmc.experiment.seal import check_seal
from hvmc.experiment.spans import Span, around, remainders
from hvmc.experiment.table_files import TableFile, list_table_files, read_errors, while_files_move

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["read_part_of_table", "read_table"]


def read_table(
    folder: Path,
    table: str,
    digests: Mapping[int, str],
    *,
    within: Sequence[Span] | None = None,
    columns: Sequence[str] | None = None,
    filters: Any = None,
) -> "pa.Table":
    """Return the stored rows of a table, ordered by point, trial, replication and guest.

    Parameters
    ----------
    folder : Path
        A results folder.
    table : str
        outcomes, inputs or counters.
    digests : mapping of int to str
        Design point to hash; of those in the box at least.
    within : sequence of Span, optional
        Only units inside these boxes, which are disjoint.
    columns : sequence of str, optional
        Which, in this order; all by default.
    filters : list of tuple, or pyarrow expression, optional
        As in ``pyarrow.parquet.read_table``: ``[("guest", "==", "web"), ("stretch", ">", 2.0)]``.

    Raises
    ------
    DamagedError
        If a file is not what was written.
    ResultsError
        If one is of another schema version or design point.
    KeyError
        If there is no such column.
    """
    names = list(columns) if columns is not None else list(TABLES[table])
    needed = _needed(table, names, filters)

    def read() -> "pa.Table":
        table_files = list_table_files(folder, digests, table, around(within) if within else None)
        return _read_pieces(table_files, table, within, needed, filters)

    return _sorted(while_files_move(read, folder)).select(names)


def read_part_of_table(
    folder: Path,
    table: str,
    digests: Mapping[int, str],
    *,
    within: Sequence[Span],
    columns: Sequence[str],
    filters: Sequence[tuple[str, str, Any]] = (),
) -> "pa.Table":
    """Return some rows and columns of a large table, without reading the rest.

    As `read_table`, but for looking around: of the files only pages that may hold what is asked
    for are read and checked, not every byte of them. Texts are dictionaries.

    Parameters
    ----------
    folder, table, digests
        As of `read_table`.
    within : sequence of Span
        Only units inside these boxes, which are disjoint.
    columns : sequence of str
        Which, beside the keys.
    filters : sequence of tuple
        All of them hold: ``[("guest", "==", "web")]``.

    Raises
    ------
    DamagedError
        If a file is not what was written.
    ResultsError
        If one is of another schema version or design point.
    KeyError
        If there is no such column.
    """
    import pyarrow as pa

    names = _needed(table, columns, list(filters))
    texts = [name for name in names if TABLES[table][name] == "string"]
    schema = pa.schema(
        [
            pa.field(
                one.name, pa.dictionary(pa.int32(), pa.string()) if one.name in texts else one.type
            )
            for one in arrow_schema(table, names)
        ]
    )

    def read() -> "pa.Table":
        table_files = list_table_files(folder, digests, table, around(within))
        pieces = [
            _scanned(table_file, spans, names, texts, filters)
            for table_file, spans, _ in _pieces(table_files, within)
        ]
        return pa.concat_tables([schema.empty_table(), *pieces]).unify_dictionaries()

    return _sorted(while_files_move(read, folder))


def _scanned(
    table_file: TableFile,
    spans: Sequence[Span],
    names: Sequence[str],
    texts: Sequence[str],
    filters: Sequence[tuple[str, str, Any]],
) -> "pa.Table":
    """Read the rows of some units; statistics of row groups say which can be passed over."""
    import pyarrow.parquet as pq

    wanted = [
        [
            ("point", "==", span.point),
            ("trial", ">=", span.trials.start),
            ("trial", "<", span.trials.stop),
            *filters,
        ]
        for span in spans
    ]
    with read_errors(table_file.path):
        rows = pq.read_table(
            table_file.path,
            columns=list(names),
            filters=wanted,
            read_dictionary=list(texts),
            page_checksum_verification=True,
        ).replace_schema_metadata(None)
    return rows.filter(mask(rows, spans))


def _needed(table: str, names: Sequence[str], filters: Any) -> list[str]:
    """Columns to read: those asked for, the keys, those in the filters."""
    wanted = {*names, *KEYS}
    if isinstance(filters, list):
        clauses = [filters] if filters and not isinstance(filters[0], list) else filters
        wanted |= {condition[0] for clause in clauses for condition in clause}
    elif filters is not None:
        wanted |= set(TABLES[table])
    unknown = wanted - set(TABLES[table])
    if unknown:
        raise KeyError(
            f"{table} has no column {', '.join(sorted(unknown))}; it has {', '.join(TABLES[table])}"
        )
    return [name for name in TABLES[table] if name in wanted]


def _read_pieces(
    table_files: Sequence[TableFile],
    table: str,
    within: Sequence[Span] | None,
    names: Sequence[str],
    filters: Any,
) -> "pa.Table":
    import pyarrow as pa
    import pyarrow.parquet as pq

    wanted = pq.filters_to_expression(filters) if isinstance(filters, list) and filters else filters
    pieces = [arrow_schema(table, names).empty_table()]
    for table_file, spans, whole in _pieces(table_files, within):
        with read_errors(table_file.path):
            check_seal(table_file.path)
            with pq.ParquetFile(table_file.path, page_checksum_verification=True) as file:
                rows = file.read(columns=list(names)).replace_schema_metadata(None)
            check_units(table_file, rows)
        if not whole:
            rows = rows.filter(mask(rows, spans))
        pieces.append(rows if wanted is None else rows.filter(wanted))
    return pa.concat_tables(pieces)


def _pieces(
    table_files: Sequence[TableFile], within: Sequence[Span] | None
) -> Iterator[tuple[TableFile, list[Span], bool]]:
    """Yield each file with the units to take from it, and whether these are all it holds."""
    spans = [(span, table_file) for table_file in table_files for span in table_file.spans]
    taken: dict[Path, list[Span]] = {table_file.path: [] for table_file in table_files}
    for (_, table_file), pieces in zip(spans, remainders([span for span, _ in spans]), strict=True):
        for piece in pieces:
            insides = [piece] if within is None else [piece.common(box) for box in within]
            taken[table_file.path] += [inside for inside in insides if inside is not None]
    for table_file in table_files:
        keep = taken[table_file.path]
        if keep:
            units = sum(span.units for span in table_file.spans)
            yield table_file, keep, sum(span.units for span in keep) == units


def _sorted(rows: "pa.Table") -> "pa.Table":
    import numpy as np

    steps = [np.diff(rows.column(key).to_numpy()) for key in KEYS]
    falls = np.zeros(max(len(rows) - 1, 0), bool)
    for step in reversed(steps):
        falls = (step < 0) | ((step == 0) & falls)
    if not falls.any():
        return rows
    return rows.take(np.lexsort([rows.column(key).to_numpy() for key in reversed(KEYS)]))
