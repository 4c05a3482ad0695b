"""Table files: the Parquet files of a results folder.

Each table is a subfolder. A *table file* is one file of it; its name is the box of units it lies in
and its metadata lists the spans it holds, each with the hash of its design point. A file of
outcomes is written after its twins (the same name in the other tables) and deleted before them, so
that it counts exactly where outcomes has it. Files may overlap after a run was killed; a unit's
rows are the same wherever they were computed, and readers take each unit once.
"""

import contextlib
import errno
import os
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hvmc.experiment.errors import DamagedError, ResultsError
from hvmc.experiment.files import make_folder, replace_file, write_errors
from hvmc.experiment.schema import SCHEMA_VERSION, TABLES
from hvmc.experiment.seal import noted, read_note, sealed
from hvmc.experiment.spans import Span, remainders

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "TableFile",
    "copy_table_files",
    "delete_table_files",
    "drop_orphans",
    "list_boxes",
    "list_table_files",
    "read_errors",
    "set_aside",
    "stored_spans",
    "stored_units",
    "table_file_name",
    "while_files_move",
    "write_table_files",
]

_NAME = re.compile(r"p(\d+)-(\d+)_t(\d+)-(\d+)_r(\d+)-(\d+)\.parquet")
_TABLES_LAST_FIRST = ("outcomes", "inputs", "counters")
_ATTEMPTS = 500
_PAUSE_S = 0.02
# in a results folder, where damaged files go
ASIDE = "damaged"


@dataclass(frozen=True)
class TableFile:
    """One Parquet file.

    Parameters
    ----------
    path : Path
        Where it is.
    spans : tuple of Span
        The units it holds, each of one point.
    digests : dict of int to str
        Point to the hash of its design and seed.
    """

    path: Path
    spans: tuple[Span, ...]
    digests: Mapping[int, str]


def table_file_name(box: Span) -> str:
    """Return the name of the file whose units lie in a box; bounds inclusive."""
    p, t, r = box.points, box.trials, box.replications
    return (
        f"p{p.start:05d}-{p.stop - 1:05d}_t{t.start:09d}-{t.stop - 1:09d}"
        f"_r{r.start:06d}-{r.stop - 1:06d}.parquet"
    )


def _box(name: str, within: Span | None) -> Span | None:
    found = _NAME.fullmatch(name)
    if not found:
        return None
    p0, p1, t0, t1, r0, r1 = map(int, found.groups())
    if within is not None:  # without a Span of each name, of which there may be many thousands
        p, t, r = within.points, within.trials, within.replications
        if not (p0 < p.stop and p1 >= p.start and t0 < t.stop and t1 >= t.start):
            return None
        if not (r0 < r.stop and r1 >= r.start):
            return None
    return Span(range(p0, p1 + 1), range(t0, t1 + 1), range(r0, r1 + 1))


def list_boxes(
    folder: Path, table: str = "outcomes", within: Span | None = None
) -> Iterator[tuple[Path, Span]]:
    """Yield the files of a table by name, with the boxes their names tell; none is opened.

    Parameters
    ----------
    folder : Path
        A results folder.
    table : str
        outcomes, inputs or counters.
    within : Span, optional
        Those alone whose boxes share units with it.

    Raises
    ------
    ResultsError
        If the table's folder can't be read.
    """
    try:
        with os.scandir(folder / table) as entries:
            names = sorted(entry.name for entry in entries)
    except FileNotFoundError:
        return
    except OSError as error:
        raise ResultsError(
            f"{folder / table} can't be read ({error.strerror}): give access to it"
        ) from error
    for name in names:
        box = _box(name, within)
        if box is not None:
            yield folder / table / name, box


@contextlib.contextmanager
def read_errors(path: Path) -> Iterator[None]:
    """Turn whatever is wrong with a Parquet file into a `ResultsError` that names it.

    Raises
    ------
    FileNotFoundError
        If it is gone: see `while_files_move`.
    DamagedError
        If it is not what was written.
    ResultsError
        If it can't be read.
    """
    import pyarrow as pa

    try:
        yield
    except FileNotFoundError as error:
        raise FileNotFoundError(errno.ENOENT, "is gone", str(path)) from error
    except PermissionError as error:
        raise ResultsError(f"{path} can't be read ({error.strerror}): give access to it") from error
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError) as error:
        if isinstance(error, ResultsError):
            raise
        reason = "a folder, no file" if path.is_dir() else str(error).split("\n")[0]
        raise DamagedError(path, reason) from error


def _read_table_file(path: Path) -> TableFile:
    with read_errors(path):
        about = path.stat()
        return _described(path, about.st_ino, about.st_size, about.st_mtime_ns)


@lru_cache(maxsize=16384)
def _described(path: Path, *_state: int) -> TableFile:
    import pyarrow.parquet as pq

    with read_errors(path):
        schema = pq.read_schema(path)
        content = read_note(schema.metadata)
        if content is None:
            raise ResultsError(f"{path} was not written by hvmc: move it out of the results folder")
        if content["schema_version"] != SCHEMA_VERSION:
            raise ResultsError(
                f"{path} has schema version {content['schema_version']}, this hvmc reads "
                f"{SCHEMA_VERSION}: use the hvmc that wrote it, or move the folder away and run "
                "the experiment again"
            )
        table = next((name for name in TABLES if schema.names == list(TABLES[name])), "")
        if table != path.parent.name:
            raise DamagedError(path, f"it holds {table or 'other columns'}, and belongs elsewhere")
        spans = tuple(
            Span.at(p, range(t0, t1), range(r0, r1)) for p, t0, t1, r0, r1 in content["spans"]
        )
        return TableFile(path, spans, {int(p): digest for p, digest in content["points"].items()})


def list_table_files(
    folder: Path, digests: Mapping[int, str], table: str = "outcomes", within: Span | None = None
) -> list[TableFile]:
    """Return the table files of a table that count and may hold units of a box.

    Parameters
    ----------
    folder : Path
        A results folder.
    digests : mapping of int to str
        Design point to the hash of its design and seed; of those in the box at least.
    table : str
        outcomes, inputs or counters.
    within : Span, optional
        Parts whose names lie outside this box are not opened.

    Raises
    ------
    DamagedError
        If one is not what was written.
    ResultsError
        If one is of another schema version, or belongs to another design point.
    FileNotFoundError
        If one is gone: see `while_files_move`.
    """
    table_files = [
        _read_table_file(folder / table / path.name)
        for path, _ in list_boxes(folder, "outcomes", within)
    ]
    for table_file in table_files:
        _check_points(table_file, digests, within)
    return table_files


def _check_points(table_file: TableFile, digests: Mapping[int, str], within: Span | None) -> None:
    for point, digest in table_file.digests.items():
        wanted = within is None or point in within.points
        if wanted and digests.get(point) != digest:
            raise ResultsError(
                f"{table_file.path} holds another design point ({digest}) than this folder's point "
                f"{point}: move it back to where it came from"
            )


def while_files_move[T](read: Callable[[], T], folder: Path) -> T:
    """Call ``read`` again when a running experiment merges files under its hands.

    Parameters
    ----------
    read : callable
        Lists and reads files of ``folder``.
    folder : Path
        A results folder.

    Raises
    ------
    DamagedError
        If a file is lost, not moved: its twin in outcomes is still there at the next attempt.
    """
    lost = None
    for _ in range(_ATTEMPTS):
        try:
            return read()
        except FileNotFoundError as error:
            gone = Path(error.filename)
            if gone == lost:
                break
            twin = folder / "outcomes" / gone.name
            lost = gone if twin.exists() and not gone.exists() else None
            time.sleep(_PAUSE_S)
    raise DamagedError(gone, "it is missing")


def stored_units(folder: Path, digests: Mapping[int, str]) -> list[Span]:
    """Return the units stored in a folder, each once, as single-point spans.

    Parameters
    ----------
    folder : Path
        A results folder; it need not exist.
    digests : mapping of int to str
        Point to hash.

    Raises
    ------
    ResultsError
        If a file is corrupt, of another schema version or another design point.
    """
    return while_files_move(lambda: stored_spans(list_table_files(folder, digests)), folder)


def stored_spans(table_files: Iterable[TableFile]) -> list[Span]:
    """Return the units some table files hold, each once."""
    spans = [span for table_file in table_files for span in table_file.spans]
    return [piece for pieces in remainders(spans) for piece in pieces]


def write_table_files(
    folder: Path, box: Span, spans: Sequence[Span], digests: Mapping[int, str], tables: Any
) -> None:
    """Write the table files of one box in all tables, outcomes last.

    Parameters
    ----------
    folder : Path
        A results folder.
    box : Span
        Names the files.
    spans : sequence of Span
        Units held.
    digests : mapping of int to str
        Point to hash.
    tables : mapping of str to pyarrow.Table
        By table name.

    Raises
    ------
    ResultsError
        If the disk is full or refuses.
    """
    note = {
        "schema_version": SCHEMA_VERSION,
        "points": {str(point): digests[point] for point in sorted({s.point for s in spans})},
        "spans": [
            [s.point, s.trials.start, s.trials.stop, s.replications.start, s.replications.stop]
            for s in spans
        ],
    }
    for name in reversed(_TABLES_LAST_FIRST):
        make_folder(folder / name)
        path = folder / name / table_file_name(box)
        replace_file(path, _parquet(name, noted(tables[name], {**note, "table": name})))


def copy_table_files(folder: Path, name: str, contents: Mapping[str, bytes]) -> None:
    """Write table files of a name in all tables as they were read elsewhere, outcomes last.

    Raises
    ------
    ResultsError
        If the disk is full or refuses.
    """
    for table in reversed(_TABLES_LAST_FIRST):
        make_folder(folder / table)
        replace_file(folder / table / name, contents[table])


def _parquet(name: str, table: "pa.Table") -> bytearray:
    import pyarrow as pa
    import pyarrow.parquet as pq

    types = TABLES[name]
    floats = [column for column, kind in types.items() if kind == "float64"]
    sink = pa.BufferOutputStream()
    pq.write_table(
        table,
        sink,
        compression="zstd",
        use_dictionary=[column for column in types if column not in floats],
        column_encoding=dict.fromkeys(floats, "BYTE_STREAM_SPLIT"),
        write_page_checksum=True,
    )
    return sealed(memoryview(sink.getvalue()))


def delete_table_files(folder: Path, name: str) -> None:
    """Delete a table file in all tables, outcomes first."""
    for table in _TABLES_LAST_FIRST:
        path = folder / table / name
        with write_errors(path):
            path.unlink(missing_ok=True)


def set_aside(folder: Path, name: str) -> None:
    """Move a table file out of all tables, outcomes first, into the folder ``damaged``."""
    for table in _TABLES_LAST_FIRST:
        path = folder / table / name
        if path.exists():
            make_folder(folder / ASIDE / table)
            with write_errors(path):
                path.replace(folder / ASIDE / table / name)


def drop_orphans(folder: Path) -> None:
    """Delete table files without a twin in outcomes, left by a writer that was killed."""
    counted = {path.name for path, _ in list_boxes(folder, "outcomes")}
    for table in _TABLES_LAST_FIRST[1:]:
        for path, _ in list_boxes(folder, table):
            if path.name not in counted:
                delete_table_files(folder, path.name)
