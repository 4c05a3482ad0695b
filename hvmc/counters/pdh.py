"""Perfmon CSV files (PDH-CSV 4.0), written and read.

The first line names the format, a time zone with its minutes west of UTC, and one counter path a
column. Each further line is one sample: the local time at its end, then the values, all quoted; a
value that a counter did not give is a blank. Windows' Performance Monitor, relog and
``pandas.read_csv`` open such files.
"""

import csv
import io
import math
import warnings
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from hvmc.counters.names import path_of
from hvmc.counters.pdh_head import open_log

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["EPOCH", "pdh_csv", "read_pdh_csv", "write_pdh_csv"]

EPOCH = datetime(2000, 1, 1)

_HEAD = "(PDH-CSV 4.0) (Coordinated Universal Time)(0)"
_TIME = "%m/%d/%Y %H:%M:%S.%f"
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
    """Read a Perfmon CSV file, of hvmc or of Windows, as people have them.

    Parameters
    ----------
    path : Path or str
        The file; what may differ from PDH-CSV 4.0 says `hvmc.counters.pdh_log`, which also reads
        logs in chunks.
    epoch : datetime
        When time_s is 0, in the file's local time.

    Returns
    -------
    DataFrame
        Columns time_s (float64, seconds since the epoch), host, object, instance, counter
        (categories) and value (float64, nan where the file has a blank or -1), one row per sample
        and counter. Names are those of the file.

    Raises
    ------
    ValueError
        If the file is not PDH-CSV 4.0, a counter is named twice, times run back, or a line can't
        be read; the file and the line are named.

    Warns
    -----
    UserWarning
        Once for each thing that was repaired or left out.
    """
    import numpy as np
    import pandas as pd

    log = open_log(path)
    chunks = list(log.chunks(epoch=epoch))
    for note in log.notes:
        warnings.warn(note, stacklevel=2)
    times = np.concatenate([chunk.time_s for chunk in chunks]) if chunks else np.empty(0)
    count = len(log.counters)
    values = [chunk.values.ravel() for chunk in chunks]
    frame = {"time_s": np.repeat(times, count)}
    for place, name in enumerate(["host", *_KEYS]):
        codes, levels = pd.factorize(np.array([row[place] for row in log.counters], object))
        frame[name] = pd.Categorical.from_codes(np.tile(codes, len(times)), levels)
    return pd.DataFrame({**frame, "value": np.concatenate(values) if values else np.empty(0)})
