"""Times of Perfmon files: as Windows writes them, and as spreadsheets save them again.

PDH-CSV has MM/dd/yyyy HH:mm:ss.fff in local time. Saved by a spreadsheet, it may be dd/MM/yyyy,
dd.MM.yyyy or yyyy-MM-dd, with or without seconds. Where month and day could change places, that
order is taken in which all stamps are dates and the log is the shortest.

Local time comes twice in the hour in which summer time ends: a step back of half an hour to one
hour is taken for that, and all that follows is one hour later.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

__all__ = ["HOUR_S", "TimeForm", "form_of", "is_autumn", "seconds_since"]

HOUR_S = 3600.0

_STAMP = re.compile(
    r"\s*(\d{1,4})([/.-])(\d{1,2})\2(\d{1,4})[ T]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?"
    r"\s*([AaPp][Mm])?\s*"
)
_ORDERS = {"/": ("mdy", "dmy"), ".": ("dmy",), "-": ("dmy", "mdy")}

type TimeForm = str
"""Order of the parts of a date: mdy, dmy or ymd."""


def _stamp(text: str, order: TimeForm) -> datetime | None:
    found = _STAMP.fullmatch(text)
    if found is None:
        return None
    first, _, second, third = found.groups()[:4]
    parts = dict(zip(order, map(int, (first, second, third)), strict=True))
    hour, minute, second_of = int(found[5]), int(found[6]), int(found[7] or 0)
    if found[9]:
        hour = hour % 12 + (12 if found[9].lower() == "pm" else 0)
    micro = int((found[8] or "0")[:6].ljust(6, "0"))
    year = parts["y"] + (2000 if parts["y"] < 100 else 0)
    try:
        return datetime(year, parts["m"], parts["d"], hour, minute, second_of, micro)
    except ValueError:
        return None


def form_of(stamps: Iterable[str]) -> TimeForm:
    """Return the order of the parts of dates.

    Parameters
    ----------
    stamps : iterable of str
        Times of a log, in its order; at best all, or the first and last ones.

    Examples
    --------
    >>> form_of(["09/08/2002 12:35:45.166"]), form_of(["13.01.2024 10:00"])
    ('mdy', 'dmy')
    >>> form_of(["09/11/2024 23:59:00", "10/11/2024 00:01:00"])
    'dmy'
    """
    some = list(stamps)
    first = _STAMP.fullmatch(some[0]) if some else None
    if first is None:
        return "mdy"
    if len(first[1]) > 2:
        return "ymd"
    best, shortest = "mdy", np.inf
    for order in _ORDERS[first[2]]:
        times = [time for text in some if (time := _stamp(text, order))]
        if len(times) < len(some):
            continue
        span = (max(times) - min(times)).total_seconds()
        if span < shortest:
            best, shortest = order, span
    return best if shortest < np.inf else _ORDERS[first[2]][0]


def seconds_since(stamps: Sequence[str], form: TimeForm, epoch: datetime) -> NDArray[np.float64]:
    """Return seconds since an epoch, nan where a stamp is no time.

    Returns
    -------
    ndarray of float64, shape (len(stamps),)
    """
    times = [_stamp(text, form) for text in stamps]
    return np.array([(time - epoch).total_seconds() if time else np.nan for time in times])


def is_autumn(step_s: float) -> bool:
    """Say whether a step from one sample to the next is the end of summer time."""
    return -HOUR_S <= step_s < -HOUR_S / 2
