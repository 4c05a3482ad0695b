"""Recorded demand of virtual machines, read from CSV files in GWA-T-12 form.

One file holds one VM: a line naming the columns, then a row per 300 s, fields separated by ``;``
and white space. Files are read row by row: memory holds three float64 per interval. The rules:

- Columns are found by name, in any order and case. Those of `READ_COLUMNS` must be there; those
  of `IGNORED_COLUMNS` may be, and their values are not looked at.
- Timestamps are seconds since the epoch (whatever the header says), or milliseconds if the first
  is 1e11 or more: the year 5138 in seconds, 1973 in milliseconds.
- A row comes 300 s (+- 30 s) after the row before. Missing rows hold the values of the row before,
  `hold_rows` in succession at most. Rows are laid on a grid of exactly 300 s, so the recorder's
  drift (about 10 s a day) is dropped.
- Used cores = usage / capacity x cores of the same row, which also fits a VM that was resized;
  `VmTrace.cores` and `capacity_mhz` are the largest of the file. Usage somewhat above capacity
  (turbo clocks) is kept as recorded; above ten times the capacity it is an error of units.
- A VM switched off has capacity 0 and used 0 cores. A file with capacity 0 throughout is refused.
- KB are KiB. Blank lines, a byte order mark and CR LF are accepted. A last line without line break
  is refused where its last field is read: a number cut short is still a number.

References
----------
S. Shen, V. van Beek, A. Iosup, "Statistical Characterization of Business-Critical Workloads Hosted
in Cloud Datacenters", CCGrid 2015, doi:10.1109/CCGrid.2015.60; Grid Workloads Archive, GWA-T-12.
"""

import re
from array import array
from collections.abc import Iterator
from functools import partial
from math import inf, isnan, nan
from os import PathLike, fspath
from pathlib import Path
from typing import BinaryIO

import numpy as np

from hvmc.scenario.vm_trace import VmTrace

TIME = "Timestamp [ms]"
CORES = "CPU cores"
CAPACITY = "CPU capacity provisioned [MHZ]"
USAGE = "CPU usage [MHZ]"
PROVISIONED = "Memory capacity provisioned [KB]"
ACTIVE = "Memory usage [KB]"
READ_COLUMNS = (TIME, CORES, CAPACITY, USAGE, PROVISIONED, ACTIVE)
_DEVICES = ("Disk read", "Disk write", "Network received", "Network transmitted")
IGNORED_COLUMNS = ("CPU usage [%]", *(f"{device} throughput [KB/s]" for device in _DEVICES))
INTERVAL_S = 300.0
INTERVAL_TOLERANCE_S = 30.0
HOLD_ROWS = 12
SHOWN_ROWS = 20
_FIRST_MILLISECOND_STAMP = 1e11
_MOST_USAGE_PER_CAPACITY = 10.0
_MOST_CORES = 65536
_LONGEST_LINE_BYTES = 8192
_TOO_LONG = f"must be at most {_LONGEST_LINE_BYTES} bytes long"
_GRID = f"n x {INTERVAL_S:g} s (+- {INTERVAL_TOLERANCE_S:g} s)"
_FIX_ROW = "correct or remove the row"
_UNKNOWN = "must be a column of GWA-T-12, got another name: rename or remove it"
_NOT_ONCE = "must be in the header once, got it missing or repeated: correct the header"

type _Rule = tuple[str | None, str]
type _Problem = tuple[int | None, str | None, str]


class TraceError(ValueError):
    """A trace that cannot be read; the message gives path, rule, value and remedy.

    `file` is the path as given; `line` (from 1) and `column` are of the first problem, or None.
    """

    file: str = ""
    line: int | None = None
    column: str | None = None


def _error(file: str, *problems: _Problem, more: int = 0) -> TraceError:
    report = [
        (file if line is None else f"{file}:{line}")
        + (f": {rule}" if column is None else f": column {column!r} {rule}")
        for line, column, rule in problems
    ]
    report += [f"{file}: and {more} more bad rows"] if more > 0 else []
    error = TraceError("\n".join(report))
    error.file, (error.line, error.column, _) = file, problems[0]
    return error


class _Rows:
    """The rows read so far, as three values per interval."""

    def __init__(self, columns: list[str | None], hold_rows: int) -> None:
        self.width, self.hold_rows = len(columns), hold_rows
        self.positions = {column: columns.index(column) for column in READ_COLUMNS}
        self.ends_in_value = columns[-1] in READ_COLUMNS
        self.ticks_per_s = 1.0
        self.start_s = self.previous_s = nan
        self.cores, self.capacity_mhz, self.rows_held = 0, 0.0, 0
        self.series = (array("d"), array("d"), array("d"))

    def add(self, raw: bytes) -> list[_Rule]:
        """Take one row, or return the rules it breaks."""
        text = raw.decode(errors="replace")
        texts = text.split(";")
        if "\N{REPLACEMENT CHARACTER}" in text or len(texts) != self.width:
            rule = f"must be {self.width} fields of UTF-8 text separated by ';', got {len(texts)}"
            return [(None, f"{rule} in {_excerpt(text)}: {_FIX_ROW}")]
        values = {column: _number(texts[at]) for column, at in self.positions.items()}
        broken: list[_Rule] = [
            (column, f"must be a number >= 0, got {_excerpt(texts[at])}: {_FIX_ROW}")
            for column, at in self.positions.items()
            if isnan(values[column])
        ]
        missing, late = self._missing_before(values[TIME])
        broken += late + _cpu_rules(values[CORES], values[CAPACITY], values[USAGE])
        if self.ends_in_value and not raw.endswith(b"\n"):
            broken.append((None, "must end in a line break, got none: complete the row, add one"))
        if not broken:
            self._append(values, missing)
        return broken

    def _missing_before(self, stamp: float) -> tuple[int, list[_Rule]]:
        """Return the number of rows missing before `stamp`, and the rules it breaks."""
        if isnan(self.start_s):
            self.ticks_per_s = 1000.0 if stamp >= _FIRST_MILLISECOND_STAMP else 1.0
            self.start_s = stamp / self.ticks_per_s
        now_s = stamp / self.ticks_per_s
        elapsed_s, self.previous_s = now_s - self.previous_s, now_s
        if isnan(elapsed_s):
            return 0, []
        intervals = max(1, round(elapsed_s / INTERVAL_S))
        if elapsed_s <= 0.0:
            rule = f"must be later than in the row before, got {elapsed_s:+g} s: sort, drop repeats"
        elif abs(elapsed_s - intervals * INTERVAL_S) > INTERVAL_TOLERANCE_S:
            rule = f"must be {_GRID} after the row before, got {elapsed_s:.15g} s: resample to that"
        elif intervals > self.hold_rows + 1:
            gap = f"at most {self.hold_rows} missing rows, got {intervals - 1}"
            rule = f"must follow {gap}: split the file here or raise hold_rows"
        else:
            return intervals - 1, []
        return 0, [(TIME, rule)]

    def _append(self, values: dict[str, float], missing: int) -> None:
        capacity_mhz = values[CAPACITY]
        used = values[USAGE] / capacity_mhz * values[CORES] if capacity_mhz else 0.0
        row = (used, values[PROVISIONED] / 1024.0, values[ACTIVE] / 1024.0)
        for series, value in zip(self.series, row, strict=True):
            series.extend(series[-1:] * missing)
            series.append(value)
        self.rows_held += missing
        self.cores = max(self.cores, int(values[CORES]))
        self.capacity_mhz = max(self.capacity_mhz, capacity_mhz)

    def trace(self, file: str) -> VmTrace:
        """Return the rows as a `VmTrace`, whose arrays are the ones filled here."""
        if self.capacity_mhz == 0.0:
            rule = "must be > 0 in at least one row, got none: add rows or leave this VM out"
            raise _error(file, (None, CAPACITY, rule))
        used, provisioned, active = (np.frombuffer(memoryview(s).toreadonly()) for s in self.series)
        scale = (INTERVAL_S, self.start_s, self.cores, self.capacity_mhz)
        return VmTrace(Path(file).stem, *scale, used, provisioned, active, self.rows_held)


def _number(text: str) -> float:
    """Return a finite number >= 0 written in plain ASCII, else nan."""
    try:
        value = float(text)
    except ValueError:
        return nan
    return value if 0.0 <= value < inf and "_" not in text and text.isascii() else nan


def _excerpt(text: str) -> str:
    return repr(text.strip() if len(text) <= 60 else f"{text[:60].strip()}...")


def _cpu_rules(cores: float, capacity_mhz: float, usage_mhz: float) -> list[_Rule]:
    """Return the first rule the CPU values of a row break together; a nan breaks none."""
    if cores > _MOST_CORES or cores % 1.0 > 0.0:
        return [(CORES, f"must be a whole number <= {_MOST_CORES}, got {cores:g}: {_FIX_ROW}")]
    if cores == 0.0 and capacity_mhz > 0.0:
        return [(CORES, f"must be >= 1 where the CPU capacity is > 0, got 0: {_FIX_ROW}")]
    if usage_mhz > _MOST_USAGE_PER_CAPACITY * capacity_mhz:
        limit = f"{_MOST_USAGE_PER_CAPACITY:g} x the CPU capacity ({capacity_mhz:g} MHz)"
        return [(USAGE, f"must be at most {limit}, got {usage_mhz:g}: bring both to MHz")]
    return []


def _header(raw: bytes, file: str) -> list[str | None]:
    """Return the columns of the file in its order, None for those not read."""
    text = raw.decode("utf-8-sig", errors="replace")
    known = {column.casefold(): column for column in READ_COLUMNS + IGNORED_COLUMNS}
    names = [name.strip() for name in text.split(";")]
    columns = [known.get(name.casefold()) for name in names]
    if not any(columns):
        rule = f"must be UTF-8 text and name columns separated by ';': {'; '.join(READ_COLUMNS)}"
        raise _error(
            file, (1, None, f"{rule}; got {_excerpt(text)}: add this header or remove the file")
        )
    rules = [(name, _UNKNOWN) for name in names if name.casefold() not in known]
    rules += [(column, _NOT_ONCE) for column in READ_COLUMNS if columns.count(column) != 1]
    if rules:
        raise _error(file, *((1, *rule) for rule in rules))
    return columns


def _lines(handle: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Yield each line with its number, of one that is too long a beginning that is too long."""
    read = partial(handle.readline, _LONGEST_LINE_BYTES + 1)
    for line, start in enumerate(iter(read, b""), 1):
        piece = start
        while piece and len(piece) > _LONGEST_LINE_BYTES and not piece.endswith(b"\n"):
            piece = read()
        yield line, start


def _read(handle: BinaryIO, file: str, hold_rows: int) -> VmTrace:
    lines = _lines(handle)
    _, head = next(lines, (1, b""))
    if len(head) > _LONGEST_LINE_BYTES:
        raise _error(file, (1, None, f"{_TOO_LONG}: correct the header"))
    rows = _Rows(_header(head, file), hold_rows)
    problems: list[_Problem] = []
    bad_rows = 0
    for line, raw in lines:
        broken = rows.add(raw) if raw.strip() else []
        if len(raw) > _LONGEST_LINE_BYTES:
            broken = [(None, f"{_TOO_LONG}: {_FIX_ROW}")]
        bad_rows += len(broken) > 0
        if bad_rows <= SHOWN_ROWS:
            problems += [(line, column, rule) for column, rule in broken]
    if problems:
        raise _error(file, *problems, more=bad_rows - SHOWN_ROWS)
    return rows.trace(file)


def read_trace(path: str | PathLike[str], *, hold_rows: int = HOLD_ROWS) -> VmTrace:
    """Read the trace of one VM; the module's docstring gives the rules.

    Parameters
    ----------
    path : str or path-like
        The VM is named after it, without the ending.
    hold_rows : int
        How many missing rows in succession hold the values of the row before, >= 0.

    Raises
    ------
    TraceError
        If the file cannot be read, or with the broken rules of its first `SHOWN_ROWS` bad rows.
    """
    file = fspath(path)
    try:
        with Path(path).open("rb") as handle:
            return _read(handle, file, hold_rows)
    except OSError as error:
        rule = f"must be a file that can be read, got '{error.strerror}': correct the path"
        raise _error(file, (None, None, rule)) from error


_FOUND: dict[type[OSError], str] = {
    FileNotFoundError: "nothing there",
    NotADirectoryError: "a file",
}


def read_traces(folder: str | PathLike[str], *, hold_rows: int = HOLD_ROWS) -> tuple[VmTrace, ...]:
    """Read every ``*.csv`` of a folder, one VM each, sorted by name (vm2 before vm10).

    Parameters
    ----------
    folder : str or path-like
        Hidden files and folders inside are left out.
    hold_rows : int
        As in `read_trace`.

    Raises
    ------
    TraceError
        If the folder holds no CSV file or `read_trace` refuses one (the first in that order).
    """
    try:
        files = [path for path in Path(folder).iterdir() if not path.is_dir()]
    except OSError as error:
        given = _FOUND.get(type(error), f"'{error.strerror}'")
        rule = f"must be a folder that can be read, got {given}: correct the path"
        raise _error(fspath(folder), (None, None, rule)) from error
    traces = [file for file in files if re.fullmatch(r"[^.].*\.csv", file.name, re.IGNORECASE)]
    if not traces:
        rule = "must hold *.csv files in GWA-T-12 form, one VM each, got none: correct the path"
        raise _error(fspath(folder), (None, None, rule))
    return tuple(read_trace(path, hold_rows=hold_rows) for path in sorted(traces, key=_by_number))


def _by_number(path: Path) -> str:
    return re.sub(r"[0-9]+", lambda digits: digits[0].zfill(255), path.stem)
