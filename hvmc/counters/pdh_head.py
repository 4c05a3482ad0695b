"""The head of a Perfmon CSV file: counters, and how lines, numbers and times are written."""

import csv
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from hvmc.counters.encoding import encoding_of
from hvmc.counters.pdh_log import MOST_PROBLEMS, Counter, PdhError, PdhLog
from hvmc.counters.pdh_times import form_of

__all__ = ["open_log"]

_HEAD = re.compile(r'\s*"?\s*\(PDH-[CT]SV 4\.0\)')
_FIRST = re.compile(r'\s*(?:"[^"]*"|[^,;\t]*)\s*([,;\t])')
_PATH = re.compile(
    r"(?:\\\\(?P<host>[^\\]+))?"
    r"\\(?P<object>[^\\]+?)(?:\((?P<instance>(?:[^()]|\([^()]*\))*)\))?"
    r"\\(?P<counter>[^\\]+)"
)
_START = 1 << 16
_HEAD_WITHIN = 20
_LOOKED_AT = 200
_LONGEST_FIELD = 1 << 24


def open_log(path: Path | str) -> PdhLog:
    """Read the head of a log.

    Raises
    ------
    PdhError
        If it is no PDH-CSV 4.0, or its head can't be read.
    """
    file = Path(path)
    csv.field_size_limit(max(csv.field_size_limit(), _LONGEST_FIELD))
    with file.open("rb") as raw:
        encoding = encoding_of(raw.read(_START))
    with file.open(encoding=encoding, errors="replace", newline="") as text:
        head_line, skipped, head = _find_head(text, file)
        found = _FIRST.match(head)
        delimiter = found[1] if found else ","
        names = next(csv.reader([head], delimiter=delimiter))
        rows = list(islice(csv.reader(text, delimiter=delimiter), _LOOKED_AT))
    notes: list[str] = []
    counters = tuple(_counters(names, file, head_line, notes))
    data = [row for row in rows if row and re.match(r"\s*\d", row[0])]
    widths = {len(row) for row in data[:1]}
    width = widths.pop() if widths else len(names)
    width = width if width in (len(counters) + 1, len(names)) else len(names)
    return PdhLog(
        path=file,
        counters=counters,
        _skipped=skipped,
        _encoding=encoding,
        _delimiter=delimiter,
        _decimal="," if any(map(_has_comma, data)) else ".",
        _form=form_of(_some_stamps(file, encoding, delimiter, data)),
        _width=width,
        notes=notes,
    )


def _find_head(text: Any, file: Path) -> tuple[int, int, str]:
    """Return number of the head's line, how many lines end with it, and the line."""
    for number in range(1, _HEAD_WITHIN + 1):
        line = text.readline()
        if not line:
            break
        if "\0" in line:
            raise PdhError(
                file, [(number, "holds a NUL, which no text does: save it as UTF-8 or ANSI")]
            )
        if _HEAD.match(line):
            return number, number, line.rstrip("\r\n")
    raise PdhError(
        file,
        [
            (
                None,
                "must begin with a (PDH-CSV 4.0) line: save it in Performance Monitor as comma "
                "separated, or convert it with relog FILE -f csv -o OUT",
            )
        ],
    )


def _counters(names: list[str], file: Path, line: int, notes: list[str]) -> Iterator[Counter]:
    columns = names[1:]
    while columns and not columns[-1].strip():
        columns.pop()
    seen: set[tuple[str, ...]] = set()
    problems: list[tuple[int | None, str]] = []
    for place, column in enumerate(columns):
        found = _PATH.fullmatch(column.strip())
        if found is None and place == len(columns) - 1 and place > 0:
            notes.append(f"{file}: the last head is no counter and is not read: {column.strip()}")
            continue
        if found is None:
            text = rf"{column!r} must be a path like \\HOST\Object(Name)\Counter"
            problems.append((line, text))
            continue
        counter = Counter(*(found[name] or "" for name in Counter._fields))
        folded = tuple(part.casefold() for part in counter)
        if folded in seen:
            problems.append((line, f"{column} is there twice: remove one of the columns"))
        seen.add(folded)
        yield counter
    if problems:
        raise PdhError(file, problems[:MOST_PROBLEMS])


def _has_comma(row: list[str]) -> bool:
    return any(re.fullmatch(r"\s*-?\d+,\d+\s*", cell) for cell in row[1:])


def _some_stamps(file: Path, encoding: str, delimiter: str, data: list[list[str]]) -> list[str]:
    """Return the stamps of the first lines and those of the last."""
    first = [row[0] for row in data]
    with file.open("rb") as raw:
        raw.seek(0, 2)
        size = raw.tell()
        begin = max(size - _START, 0) // 2 * 2
        raw.seek(begin)
        end = raw.read().decode(encoding.replace("-sig", ""), errors="ignore")
    last = []
    for line in end.splitlines()[1:]:
        cell = next(csv.reader([line], delimiter=delimiter), [""])
        if cell and re.match(r"\s*\d+[/.-]\d+[/.-]\d+\s", cell[0]):
            last.append(cell[0])
    return first + last
