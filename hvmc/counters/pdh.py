"""Perfmon CSV files (PDH-CSV 4.0), written and read.

The first line names the format, a time zone with its minutes west of UTC, and one counter path a
column. Each further line is one sample: the local time at its end, then the values, all quoted; a
value that a counter did not give is a blank. Windows' Performance Monitor, relog and
``pandas.read_csv`` open such files.
"""

import csv
import io
import math
import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from hvmc.counters.names import path_of
from hvmc.scenario.problems import shown

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["EPOCH", "pdh_csv", "read_pdh_csv", "write_pdh_csv"]

EPOCH = datetime(2000, 1, 1)

_HEAD = "(PDH-CSV 4.0) (Coordinated Universal Time)(0)"
_TIME = "%m/%d/%Y %H:%M:%S.%f"
_PATH = re.compile(
    r"(?:\\\\(?P<host>[^\\]+))?"
    r"\\(?P<object>[^\\]+?)(?:\((?P<instance>(?:[^()]|\([^()]*\))*)\))?"
    r"\\(?P<counter>[^\\]+)"
)
_KEYS = ["object", "instance", "counter"]


def pdh_csv(samples: "pd.DataFrame", *, host: str = "HVMC", epoch: datetime = EPOCH) -> bytes:
    """Return samples as the content of a Perfmon CSV file.

    Parameters
    ----------
    samples : DataFrame
        Columns time_s (float64, seconds since the epoch), object, instance, counter, value; one
        row per time and counter.
    host : str
        Machine named in the paths.
    epoch : datetime
        When time_s is 0, UTC.

    Raises
    ------
    ValueError
        If a counter has two values at one time.
    """
    twice = samples.duplicated(["time_s", *_KEYS])
    if twice.any():
        row = samples[twice].iloc[0]
        path = path_of(row["object"], row["instance"], row["counter"])
        raise ValueError(f"{path} has two values at time_s={row['time_s']:g}: give one")
    wide = samples.pivot(index="time_s", columns=_KEYS, values="value")
    wide = wide.reindex(columns=samples[_KEYS].drop_duplicates().apply(tuple, axis=1).tolist())
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(
        [
            _HEAD,
            *(
                path_of(object_, instance, counter, host)
                for object_, instance, counter in wide.columns
            ),
        ]
    )
    for time_s, row in zip(wide.index, wide.to_numpy(), strict=True):
        stamp = (epoch + timedelta(seconds=float(time_s))).strftime(_TIME)[:-3]
        writer.writerow(
            [stamp, *(" " if math.isnan(value) else repr(float(value)) for value in row)]
        )
    return text.getvalue().encode("utf-8")


def write_pdh_csv(
    samples: "pd.DataFrame", path: Path | str, *, host: str = "HVMC", epoch: datetime = EPOCH
) -> None:
    """Write samples to a Perfmon CSV file; parameters as of `pdh_csv`.

    Raises
    ------
    ValueError
        If a counter has two values at one time.
    """
    Path(path).write_bytes(pdh_csv(samples, host=host, epoch=epoch))


def read_pdh_csv(path: Path | str, *, epoch: datetime = EPOCH) -> "pd.DataFrame":
    """Read a Perfmon CSV file, of hvmc or of Windows.

    Parameters
    ----------
    path : Path or str
        The file.
    epoch : datetime
        When time_s is 0, in the file's local time.

    Returns
    -------
    DataFrame
        Columns time_s (float64, seconds since the epoch), host, object, instance, counter (str)
        and value (float64, nan where the file has a blank), one row per sample and counter.

    Raises
    ------
    ValueError
        If the file is not PDH-CSV 4.0, a counter is named twice, times do not increase, or a line
        can't be read; the file and the line are named.
    """
    import pandas as pd

    file = Path(path)
    lines = _lines(_text(file), file)
    _, head = next(lines, (1, []))
    if not head or not head[0].lstrip().startswith("(PDH-CSV 4.0)"):
        raise ValueError(
            f"{file} must begin with a (PDH-CSV 4.0) line: save it in Performance Monitor as "
            "comma separated, or convert it with relog FILE -f csv -o OUT"
        )
    names = [_parsed(column, file) for column in head[1:]]
    _check_once(names, head[1:], file)
    frames = []
    last_s, last = -math.inf, ""
    for number, line in lines:
        time_s, values = _row(line, number, len(names), file, epoch)
        if time_s <= last_s:
            raise ValueError(
                f"{file}, line {number}: the time must be later than that before it ({last}), got "
                f"{line[0]}: sort the lines and drop repeats, or split the file there"
            )
        last_s, last = time_s, line[0]
        frame = pd.DataFrame(names, columns=["host", *_KEYS])
        frames.append(frame.assign(time_s=time_s, value=values))
    columns = ["time_s", "host", *_KEYS, "value"]
    if not frames:
        return pd.DataFrame({name: [] for name in columns})
    return pd.concat(frames, ignore_index=True)[columns]


def _text(file: Path) -> str:
    content = file.read_bytes()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:  # Windows writes its own code page
        return content.decode("cp1252", errors="replace")


def _lines(text: str, file: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield the fields of each line that is not empty, with its number."""
    if "\0" in text:
        number = text.count("\n", 0, text.index("\0")) + 1
        raise ValueError(
            f"{file}, line {number}: holds a NUL, which no text does: save it as UTF-8 or ANSI"
        )
    reader = csv.reader(io.StringIO(text, newline=""))
    number = 1
    while True:
        try:
            line = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise ValueError(f"{file}, line {number}: can't be read ({error})") from error
        if line:
            yield number, line
        number = reader.line_num + 1


def _check_once(names: Sequence[tuple[str, ...]], columns: list[str], file: Path) -> None:
    folded = [tuple(part.casefold() for part in name) for name in names]
    seen: set[tuple[str, ...]] = set()
    for name, column in zip(folded, columns, strict=True):
        if name in seen:
            raise ValueError(f"{file}, line 1: {column} is there twice: remove one of the columns")
        seen.add(name)


def _parsed(column: str, file: Path) -> tuple[str, str, str, str]:
    found = _PATH.fullmatch(column)
    if found is None:
        raise ValueError(
            rf"{file}, line 1: {column!r} must be a path like \\HOST\Object(Name)\Counter"
        )
    host, object_, instance, counter = (
        found[name] or "" for name in ("host", "object", "instance", "counter")
    )
    return host, object_, instance, counter


def _row(
    line: list[str], number: int, count: int, file: Path, epoch: datetime
) -> tuple[float, list[float]]:
    if len(line) != count + 1:
        raise ValueError(
            f"{file}, line {number}: must hold a time and {count} values, got {len(line) - 1}"
        )
    try:
        at = datetime.strptime(line[0], _TIME)
    except ValueError as error:
        raise ValueError(f"{file}, line {number}: {error}") from error
    values = [_value(text) if text.strip() else math.nan for text in line[1:]]
    for place, (text, value) in enumerate(zip(line[1:], values, strict=True), start=2):
        if math.isnan(value) and text.strip():
            raise ValueError(
                f"{file}, line {number}: field {place} must be a finite number or blank, got "
                f"{shown(text)}"
            )
    return (at - epoch).total_seconds(), values


def _value(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        return math.nan
    return value if math.isfinite(value) and text.isascii() and "_" not in text else math.nan
