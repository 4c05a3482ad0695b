"""Delimited text as columns of numbers, parsed by Arrow.

A file in which Arrow finds a cell that is no number or a row of another width is read once more,
row by row, so that each such row can be told with its line.
"""

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hvmc.recordings.content import Content
from hvmc.recordings.errors import FileProblem
from hvmc.recordings.log import FileLog
from hvmc.recordings.words import amount

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["FIX_ROW", "Layout", "RecordedRows", "excerpt", "layout_of", "read_rows"]

FIX_ROW = "correct or remove the row"
_BLANKS = ["", " ", "\t", "NA", "N/A", "#N/A", "NaN", "nan", "null", "NULL", "-"]
_SHOWN = 20


def excerpt(text: str) -> str:
    """Return a cell as shown in messages."""
    return repr(text.strip() if len(text) <= 60 else f"{text[:60].strip()}...")


@dataclass(frozen=True)
class Layout:
    """How a delimited file is written.

    Parameters
    ----------
    columns : tuple of str
        Cells of the header, or made-up names where there is none.
    delimiter, decimal : str
        Between cells, and in numbers.
    has_header : bool
        Whether the first line that holds something names the columns.
    """

    columns: tuple[str, ...]
    delimiter: str = ","
    decimal: str = "."
    has_header: bool = True


def layout_of(lines: Sequence[str]) -> Layout:
    """Return the layout of a file with a header, from its first lines."""
    head = lines[0] if lines else ""
    outside = re.sub(r'"[^"]*"', "", head)
    delimiter = max((";", "\t", ",", "|"), key=outside.count)
    cells = _cells(lines[:50], delimiter)
    columns = tuple(cell.strip() for cell in cells[0]) if cells else ()
    values = [cell.strip() for row in cells[1:] for cell in row]
    comma = delimiter != "," and any(re.fullmatch(r"-?\d+,\d+", cell) for cell in values)
    return Layout(columns, delimiter, "," if comma else ".")


def _cells(lines: Sequence[str], delimiter: str) -> list[list[str]]:
    try:
        return list(csv.reader(lines, delimiter=delimiter, skipinitialspace=True))
    except csv.Error:  # a cell beyond all bounds: no table
        return []


@dataclass
class RecordedRows:
    """Columns of a file, one value per row that could be read.

    Parameters
    ----------
    numbers : dict of str to ndarray
        float64, shape (n,); nan where a cell is blank.
    texts : dict of str to Array
        Arrow dictionary of strings, of n rows.
    keep : ndarray
        Rows that break no rule, bool, shape (n,).
    """

    content: Content
    log: FileLog
    data: bytes = field(repr=False)
    layout: Layout
    numbers: dict[str, NDArray[np.float64]]
    texts: dict[str, "pa.DictionaryArray"]
    known_lines: NDArray[np.int64] | None = None
    keep: NDArray[np.bool_] = field(init=False)

    def __post_init__(self) -> None:
        count = max(map(len, (*self.numbers.values(), *self.texts.values())), default=0)
        self.keep = np.ones(count, dtype=bool)

    @cached_property
    def lines(self) -> NDArray[np.int64]:
        """Line of each row, from 1."""
        if self.known_lines is not None:
            return self.known_lines
        lines = self.data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        found = [number for number, line in enumerate(lines, 1) if line.strip()]
        return np.array(found[self.layout.has_header :], dtype=np.int64)

    def reject(self, broken: NDArray[np.bool_], column: str, rule: Callable[[int], str]) -> None:
        """Leave out the rows where a rule is broken.

        Parameters
        ----------
        broken : ndarray
            bool, shape (n,).
        column : str
            Column to name.
        rule : callable
            Index of a row to rule, value and remedy.
        """
        bad = np.flatnonzero(broken & self.keep)
        if not len(bad):
            return
        self.keep[bad] = False
        self.log.leave_out(len(bad), *(self.problem(at, column, rule(at)) for at in bad[:_SHOWN]))

    def need(self, column: str) -> None:
        """Leave out the rows whose number in a column is blank, below 0 or without bound."""
        values = self.numbers[column]
        with np.errstate(invalid="ignore"):
            broken = (values < 0) | (values == np.inf)
        self.reject(
            broken,
            column,
            lambda at: f"must be a number >= 0, got '{values[at]:.15g}': {FIX_ROW}",
        )
        blank = np.flatnonzero(np.isnan(values) & self.keep)
        if len(blank):
            self.keep[blank] = False
            many = amount(len(blank), "row")
            self.log.note(f"{many} blank in {column!r} left out, first line {self.lines[blank[0]]}")

    def problem(self, at: int, column: str, message: str) -> FileProblem:
        """Return the problem of one row."""
        return FileProblem(str(self.content.path), message, int(self.lines[at]), column)

    def kept(self, column: str) -> NDArray[np.float64]:
        """Return the numbers of a column in the rows kept."""
        return self.numbers[column][self.keep]


def read_rows(
    content: Content,
    layout: Layout,
    log: FileLog,
    *,
    numbers: Mapping[str, int],
    texts: Mapping[str, int] | None = None,
) -> RecordedRows:
    """Return the columns of a file.

    Parameters
    ----------
    content : Content
        The file.
    layout : Layout
        How it is written.
    log : FileLog
        Gets rows, problems and notes.
    numbers, texts : mapping
        Name of a column to its position.

    Raises
    ------
    RecordingError
        If the file can't be read.
    """
    import pyarrow as pa

    data, encoding = content.data()
    if encoding not in ("utf-8", "utf-8-sig"):
        log.note(f"read as {encoding}")
    wanted = {**numbers, **(texts or {})}
    try:
        table = _by_arrow(data, layout, numbers, wanted)
    except pa.ArrowInvalid:
        return _by_row(content, data, layout, log, numbers, texts or {})
    log.rows = table.num_rows
    return RecordedRows(
        content,
        log,
        data,
        layout,
        {name: _array(table.column(f"c{at}")) for name, at in numbers.items()},
        {name: _words(table.column(f"c{at}")) for name, at in (texts or {}).items()},
    )


def _words(column: "pa.ChunkedArray") -> "pa.DictionaryArray":
    import pyarrow as pa

    whole = column.combine_chunks()
    # without rows there is no chunk, and older Arrows then return one that holds none
    return whole.chunk(0) if isinstance(whole, pa.ChunkedArray) else whole


def _array(column: "pa.ChunkedArray") -> NDArray[np.float64]:
    values: NDArray[np.float64] = column.to_numpy()
    return values


def _by_arrow(
    data: bytes, layout: Layout, numbers: Mapping[str, int], wanted: Mapping[str, int]
) -> "pa.Table":
    import pyarrow as pa
    from pyarrow import csv as arrow

    names = [f"c{at}" for at in range(len(layout.columns))]
    words = pa.dictionary(pa.int32(), pa.string())
    types = {f"c{at}": pa.float64() if n in numbers else words for n, at in wanted.items()}
    skipped = 0
    if layout.has_header:
        # lines without content before the header are no rows to Arrow, but they are to skip_rows
        body = data.lstrip(b"\r\n\t ")
        data, skipped = body, 1
    table = arrow.read_csv(
        pa.BufferReader(data if data.strip() else b"\n"),
        read_options=arrow.ReadOptions(use_threads=False, column_names=names, skip_rows=skipped),
        parse_options=arrow.ParseOptions(delimiter=layout.delimiter),
        convert_options=arrow.ConvertOptions(
            column_types=types,
            include_columns=list(types),
            null_values=_BLANKS,
            decimal_point=layout.decimal,
        ),
    )
    return table.unify_dictionaries()


def _by_row(
    content: Content,
    data: bytes,
    layout: Layout,
    log: FileLog,
    numbers: Mapping[str, int],
    texts: Mapping[str, int],
) -> RecordedRows:
    import pyarrow as pa

    width = len(layout.columns)
    source = io.StringIO(data.decode("utf-8", errors="replace"), newline=None)
    reader = csv.reader(source, delimiter=layout.delimiter, skipinitialspace=True)
    cells: list[list[str]] = []
    lines: list[int] = []
    begun = not layout.has_header
    for row in _whole(reader, content):
        if not any(cell.strip() for cell in row):
            continue
        if not begun:
            begun = True
            continue
        log.rows += 1
        if len(row) == width:
            cells.append(row)
            lines.append(reader.line_num)
            continue
        rule = f"must be {width} fields separated by {layout.delimiter!r}, got {len(row)} in"
        text = f"{rule} {excerpt(layout.delimiter.join(row))}: {FIX_ROW}"
        log.leave_out(1, FileProblem(str(content.path), text, reader.line_num))
    columns = {n: [row[at].strip() for row in cells] for n, at in {**numbers, **texts}.items()}
    parsed = {name: _parsed(columns[name], layout.decimal) for name in numbers}
    strings = {name: pa.array(columns[name], pa.string()).dictionary_encode() for name in texts}
    rows = RecordedRows(
        content, log, data, layout, parsed, strings, np.array(lines, dtype=np.int64)
    )
    for name in numbers:
        given = np.array([cell not in _BLANKS for cell in columns[name]], dtype=bool)
        rows.reject(
            np.isnan(parsed[name]) & given,
            name,
            lambda at, name=name: (  # type: ignore[misc]
                f"must be a number >= 0, got {excerpt(columns[name][at])}: {FIX_ROW}"
            ),
        )
    return rows


def _whole(reader: Any, content: Content) -> Iterator[list[str]]:
    try:
        yield from reader
    except csv.Error as error:
        rule = f"must be delimited text, got what is none ({error}): correct or remove the file"
        raise content.problem(rule, line=reader.line_num) from error


def _parsed(cells: Sequence[str], decimal: str) -> NDArray[np.float64]:
    return np.array([_number(cell.replace(decimal, ".")) for cell in cells], dtype=np.float64)


def _number(text: str) -> float:
    try:
        return float(text) if text.isascii() and "_" not in text else np.nan
    except ValueError:
        return np.nan
