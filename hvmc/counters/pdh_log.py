"""Perfmon CSV files as people have them, read in chunks: memory does not grow with their length.

Beside what Performance Monitor, relog and ``typeperf -o`` write (PDH-CSV 4.0), that is: tabs or
semicolons between fields; UTF-16 and code pages; what typeperf prints, with a blank line before and
closing words behind; the description of a collector set as last head; decimal commas and other
orders of dates (`hvmc.counters.pdh_times`). A blank is nan, and so is -1, which Windows writes for
a counter that failed: the counters read here have no negative values. A last line that is cut off
is left out. What was repaired is told in `PdhLog.notes`.

Whole chunks are converted by pyarrow; a file with a line that it refuses is read field by field, to
name line and field.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvmc.counters.pdh_times import HOUR_S, TimeForm, is_autumn, seconds_since

if TYPE_CHECKING:
    import pyarrow.csv

__all__ = ["MOST_PROBLEMS", "Counter", "LogPiece", "PdhError", "PdhLog"]

_BLANKS = ("", " ", "-1.#IND", "-1.#INF", "1.#QNAN", "1.#INF")
_BLOCK = 1 << 22
MOST_PROBLEMS = 20
_FAILED = -1.0


class PdhError(ValueError):
    """A file that can't be read; ``problems`` holds (line or None, message)."""

    def __init__(self, file: Path, problems: Sequence[tuple[int | None, str]]) -> None:
        self.file, self.problems = file, tuple(problems)
        super().__init__("\n".join(self._told()))

    def _told(self) -> Iterator[str]:
        for line, message in self.problems:
            at = f", line {line}:" if line is not None else ""
            yield f"{self.file}{at} {message}"


class Counter(NamedTuple):
    """A counter of a log, as it names it."""

    host: str
    object: str
    instance: str
    counter: str


class LogPiece(NamedTuple):
    """Some samples: time_s (n,), seconds since the epoch; values (n, counters), nan for blanks."""

    time_s: NDArray[np.float64]
    values: NDArray[np.float64]


@dataclass
class PdhLog:
    """A log of which the head is read.

    Parameters
    ----------
    path : Path
        The file.
    counters : tuple of Counter
        Its columns.
    notes : list of str
        What was repaired or left out; complete when all chunks were read.
    """

    path: Path
    counters: tuple[Counter, ...]
    _skipped: int
    _encoding: str
    _delimiter: str
    _decimal: str
    _form: TimeForm
    _width: int
    notes: list[str] = field(default_factory=list)

    def chunks(
        self, columns: Sequence[int] | None = None, *, epoch: datetime = datetime(2000, 1, 1)
    ) -> Iterator[LogPiece]:
        """Yield the samples, in the order of time.

        Parameters
        ----------
        columns : sequence of int, optional
            Which counters, by number; all without.
        epoch : datetime
            When time_s is 0, in the log's local time.

        Raises
        ------
        PdhError
            If lines can't be read, or times run back.
        """
        wanted = list(range(len(self.counters)) if columns is None else columns)
        clock = _Clock(self, epoch)
        noted, given = len(self.notes), 0
        try:
            for stamps, values in self._fast(wanted):
                chunk = LogPiece(clock.read(stamps), _failed_left_out(values))
                given += len(stamps)
                yield chunk
        except _SlowError:
            del self.notes[noted:]
            numbers, stamps, values = self._slow(wanted)
            times = _Clock(self, epoch).read(stamps, numbers)
            yield LogPiece(times[given:], _failed_left_out(values[given:]))

    def _fast(self, wanted: list[int]) -> Iterator[tuple[list[str], NDArray[np.float64]]]:
        """Yield chunks that pyarrow converts; raise where it meets what it does not know."""
        import pyarrow as pa

        try:
            with self.path.open("rb") as raw:
                reader = self._reader(raw, wanted)
                for batch in reader:
                    if batch.num_rows:
                        arrays = [column.to_numpy(False) for column in batch.columns[1:]]
                        values = (
                            np.column_stack(arrays) if arrays else np.empty((batch.num_rows, 0))
                        )
                        if any(_is_odd(column) for column in batch.columns[1:]):
                            raise _SlowError
                        yield batch.column(0).to_pylist(), values
        except pa.ArrowInvalid as error:
            raise _SlowError from error

    def _reader(self, raw: Any, wanted: list[int]) -> "pyarrow.csv.CSVStreamingReader":
        import pyarrow as pa
        from pyarrow import csv as arrow

        names = [str(number) for number in range(-1, self._width - 1)]
        kept = [str(number) for number in (-1, *wanted)]

        def of_other_length(row: Any) -> str:
            if re.match(r'\s*"?\d', row.text):
                return "error"
            self._note_words(row.text)
            return "skip"

        return arrow.open_csv(
            raw,
            arrow.ReadOptions(
                use_threads=False,
                block_size=_BLOCK,
                skip_rows=self._skipped,
                column_names=names,
                encoding=self._encoding,
            ),
            arrow.ParseOptions(delimiter=self._delimiter, invalid_row_handler=of_other_length),
            arrow.ConvertOptions(
                column_types={name: pa.float64() for name in names[1:]} | {"-1": pa.string()},
                include_columns=kept,
                null_values=_BLANKS,
                decimal_point=self._decimal,
            ),
        )

    def _note_words(self, text: str) -> None:
        told = f"{self.path}: closing words are not read: {text.strip()}"
        if told not in self.notes:
            self.notes.append(told)

    def _slow(self, wanted: list[int]) -> tuple[list[int], list[str], NDArray[np.float64]]:
        """Return lines, stamps and values of all samples, read field by field.

        Raises
        ------
        PdhError
            With the first problems of the file.
        """
        problems: list[tuple[int | None, str]] = []
        numbers, stamps, rows = [], [], []
        cut: tuple[int, str] | None = None
        for number, row in self._rows():
            if not re.match(r"\s*\d", row[0]):
                self._note_words(self._delimiter.join(row))
                continue
            if cut is not None:
                problems.append(cut)
                cut = None
            too_long = any(cell.strip() for cell in row[self._width :])
            if too_long or len(row) < len(self.counters) + 1:
                text = f"must hold a time and {len(self.counters)} values, got {len(row) - 1}"
                cut = (number, text)
                if too_long:
                    problems.append(cut)
                    cut = None
                continue
            values = list(self._values(row, wanted, number, problems))
            numbers.append(number)
            stamps.append(row[0])
            rows.append(values)
            if len(problems) >= MOST_PROBLEMS:
                break
        if problems:
            raise PdhError(self.path, problems)
        if cut is not None and len(rows) > 0:
            self.notes.append(f"{self.path}, line {cut[0]}: is cut off and was left out")
        elif cut is not None:
            raise PdhError(self.path, [cut])
        return numbers, stamps, np.array(rows, float).reshape(len(rows), len(wanted))

    def _rows(self) -> Iterator[tuple[int, list[str]]]:
        with self.path.open(encoding=self._encoding, errors="replace", newline="") as text:
            for _ in range(self._skipped):
                text.readline()
            reader = csv.reader(text, delimiter=self._delimiter)
            number = self._skipped + 1
            while True:
                try:
                    row = next(reader, None)
                except csv.Error as error:
                    raise PdhError(self.path, [(number, f"can't be read ({error})")]) from error
                if row is None:
                    return
                if any(cell.strip() for cell in row):
                    yield number, row
                number = self._skipped + reader.line_num + 1

    def _values(
        self, row: list[str], wanted: list[int], line: int, problems: list[tuple[int | None, str]]
    ) -> Iterator[float]:
        for place in wanted:
            text = row[place + 1].strip()
            value = np.nan if text in _BLANKS else self._number(text)
            if value is None:
                problems.append(
                    (
                        line,
                        f"field {place + 2} must be a finite number or blank, got {text[:40]!r}",
                    )
                )
            yield np.nan if value is None else value

    def _number(self, text: str) -> float | None:
        plain = text.replace(",", ".") if self._decimal == "," else text
        if not re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", plain, re.ASCII):
            return None
        value = float(plain)
        return value if np.isfinite(value) else None


class _SlowError(Exception):
    """Something that is read field by field."""


class _Clock:
    """Turns stamps into seconds that never run back."""

    def __init__(self, log: PdhLog, epoch: datetime) -> None:
        self._log, self._epoch = log, epoch
        self._added = 0.0
        self._last, self._last_text = -np.inf, ""

    def read(self, stamps: list[str], numbers: list[int] | None = None) -> NDArray[np.float64]:
        """Return seconds since the epoch of a chunk.

        ``numbers`` are the lines; without them, problems are left to those who know them.
        """
        times = seconds_since(stamps, self._log._form, self._epoch)
        bad = np.flatnonzero(np.isnan(times))
        if len(bad):
            self._raise(numbers, [(at, f"is no time: {stamps[at]!r}") for at in map(int, bad)])
        times += self._added
        steps = np.diff(times, prepend=self._last)
        back = np.flatnonzero(steps <= 0)
        while len(back):
            at = int(back[0])
            if not is_autumn(float(steps[at])):
                before = stamps[at - 1] if at else self._last_text
                self._raise(
                    numbers,
                    [
                        (
                            at,
                            f"the time must be later than that before it ({before}), got "
                            f"{stamps[at]}: sort the lines and drop repeats, or split the file "
                            "there",
                        )
                    ],
                )
            self._added += HOUR_S
            times[at:] += HOUR_S
            self._log.notes.append(
                f"{self._log.path}: the clock goes back one hour at {stamps[at]}, as summer time "
                "ends: later times are one hour later"
            )
            steps = np.diff(times, prepend=self._last)
            back = np.flatnonzero(steps <= 0)
        if len(times):
            self._last, self._last_text = float(times[-1]), stamps[-1]
        return times

    def _raise(self, numbers: list[int] | None, found: list[tuple[int, str]]) -> None:
        if numbers is None:
            raise _SlowError
        problems = [(numbers[at], text) for at, text in found[:MOST_PROBLEMS]]
        raise PdhError(self._log.path, problems)


def _is_odd(column: Any) -> bool:
    """Say whether a column has a nan or infinity that was written so, and is no blank."""
    from pyarrow import compute

    finite = compute.is_finite(column)
    return len(column) > 0 and not compute.all(finite, skip_nulls=True, min_count=0).as_py()


def _failed_left_out(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(values == _FAILED, np.nan, values)
