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
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from hvmc.counters.names import path_of

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
        If the file is not PDH-CSV 4.0, or a line of it can't be read.
    """
    import pandas as pd

    file = Path(path)
    lines = csv.reader(io.StringIO(_text(file), newline=""))
    head = next(lines, [])
    if not head or not head[0].lstrip().startswith("(PDH-CSV 4.0)"):
        raise ValueError(
            f"{file} must begin with a (PDH-CSV 4.0) line: save it in Performance Monitor as "
            "comma separated, or convert it with relog FILE -f csv -o OUT"
        )
    names = [_parsed(column, file) for column in head[1:]]
    frames = [
        pd.DataFrame(names, columns=["host", *_KEYS]).assign(time_s=time_s, value=values)
        for time_s, values in (
            _row(line, number, len(names), file, epoch)
            for number, line in enumerate(lines, start=2)
            if line
        )
    ]
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
        values = [float(text) if text.strip() else math.nan for text in line[1:]]
    except ValueError as error:
        raise ValueError(f"{file}, line {number}: {error}") from error
    return (at - epoch).total_seconds(), values
