"""Time stamps as people write them, in seconds."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hvmc.recordings.log import FileLog

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FORMS", "is_number", "seconds_of_numbers", "seconds_of_texts"]

FORMS = "seconds, 2024-03-01 14:05:00, 01.03.2024 14:05 or 03/01/2024 14:05"
_FIRST = {1e17: 1e9, 1e14: 1e6, 1e11: 1e3}
_ABSOLUTE_S = 1e8
_DAY_S = 86400.0
_DOTTED = re.compile(r"\s*(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d{2})\b")
_CLOCK = re.compile(r"[T ,]+\d{1,2}:\d{2}(:\d{2})?(\.\d+)?\s*([AaPp][Mm])?\s*$")


def is_number(text: str) -> bool:
    """Say whether a stamp is a plain number."""
    return bool(re.fullmatch(r"\s*-?\d+([.,]\d+)?([eE][+-]?\d+)?\s*", text))


def seconds_of_numbers(stamps: NDArray[np.float64]) -> tuple[NDArray[np.float64], bool]:
    """Return stamps in seconds, and whether they are since 1970.

    Numbers from 1e11 are milliseconds, from 1e14 microseconds, from 1e17 nanoseconds: 1e11 s is
    the year 5138, 1e11 ms is 1973. Below 1e8 s (1973) they are since a zero of their own.
    """
    first = stamps[np.isfinite(stamps)][:1]
    largest = float(first[0]) if len(first) else 0.0
    per_s = next((unit for least, unit in _FIRST.items() if largest >= least), 1.0)
    return stamps / per_s, largest / per_s >= _ABSOLUTE_S


def seconds_of_texts(
    texts: Sequence[str], log: FileLog, *, day_first: bool | None = None
) -> NDArray[np.float64]:
    """Return written dates in seconds since 1970, nan for those that are none.

    Without a zone they are taken as they stand on the recorder's clock. Where day and month could
    be exchanged, the order under which they are regular is taken, the day first where both are.

    Parameters
    ----------
    texts : sequence of str
        As written.
    log : FileLog
        Told what was assumed.
    day_first : bool, optional
        Whether the day stands before the month; without, it is found out.
    """
    import pandas as pd

    written = pd.Series(texts, dtype="str").str.strip()
    known = written.dropna()
    sample = known.iloc[0] if len(known) else ""
    dotted = _DOTTED.match(sample)
    if dotted is None:
        return _without_the_hour_twice(_iso(written), log)
    if day_first is None:
        day_first = _day_first(written, sample, dotted[2], log)
    return _without_the_hour_twice(_parsed(written, sample, day_first), log)


def _iso(written: "pd.Series") -> NDArray[np.float64]:
    import pandas as pd

    return _seconds(pd.to_datetime(written, format="ISO8601", errors="coerce", utc=True))


def _parsed(written: "pd.Series", sample: str, day_first: bool) -> NDArray[np.float64]:
    import pandas as pd

    found = _DOTTED.match(sample)
    assert found is not None
    mark = found[2]
    date = mark.join(("%d", "%m") if day_first else ("%m", "%d"))
    date += mark + ("%Y" if len(found[4]) == 4 else "%y")
    clock = _CLOCK.search(sample)
    if clock is None:
        return _seconds(pd.to_datetime(written, format=date, errors="coerce", utc=True))
    hour = "%I:%M" if clock[3] else "%H:%M"
    form = hour + (":%S" if clock[1] else "") + (".%f" if clock[2] else "")
    form += " %p" if clock[3] else ""
    plain = written.str.replace(r"[T ,]+", " ", regex=True)
    plain = plain.str.replace(r"(?<=\d)\s*([AaPp][Mm])$", r" \1", regex=True)
    return _seconds(pd.to_datetime(plain, format=f"{date} {form}", errors="coerce", utc=True))


def _seconds(moments: "pd.Series") -> NDArray[np.float64]:
    import pandas as pd

    since = (moments - pd.Timestamp(0, tz="UTC")) / pd.Timedelta(seconds=1)
    values: NDArray[np.float64] = since.to_numpy(dtype=np.float64)
    return values


def _day_first(written: "pd.Series", sample: str, mark: str, log: FileLog) -> bool:
    if mark == ".":
        return True
    parts = written.str.extract(r"^\s*(\d{1,2})[./-](\d{1,2})").astype("float64")
    if (parts[0] > 12).any():
        return True
    if (parts[1] > 12).any():
        return False
    spread = [_spread(_parsed(written, sample, order)) for order in (True, False)]
    if spread[0] != spread[1]:
        return spread[0] < spread[1]
    log.note(f"dates such as {sample!r} taken with the day first")
    return True


def _spread(times_s: NDArray[np.float64]) -> float:
    return float(np.nanmax(times_s) - np.nanmin(times_s)) if np.isfinite(times_s).any() else np.inf


def _without_the_hour_twice(times_s: NDArray[np.float64], log: FileLog) -> NDArray[np.float64]:
    """Let time go on where the clock was set back an hour in autumn."""
    steps = np.diff(times_s)
    usual_s = float(np.nanmedian(steps)) if len(steps) and np.isfinite(steps).any() else 0.0
    back = np.flatnonzero(np.abs(steps + 3600.0 - usual_s) <= 0.5 * usual_s)
    if len(back) != 1 or usual_s <= 0 or usual_s >= 3600 or np.any(np.delete(steps, back) < 0):
        return times_s
    log.note("clock set back an hour (end of summer time): times go on from there")
    shifted = times_s.copy()
    shifted[back[0] + 1 :] += 3600.0
    return shifted
