"""Readings in order of time: sorted, doubled ones dropped, cut at gaps and restarts."""

from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from hvmc.recordings.log import FileLog
from hvmc.recordings.words import amount

__all__ = ["HOLD_ROWS", "in_order", "segment_starts", "usual_step_s", "without_doubles"]

HOLD_ROWS = 12
_TOLERANCE = 0.1
_IRREGULAR = 0.05
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

type _Indices = NDArray[np.intp]
type _Times = NDArray[np.float64]


def usual_step_s(times_s: _Times, documented_s: float) -> float:
    """Return the usual time between readings, seconds.

    That of the format's documentation where the median step is a multiple of it, as with many
    readings missing; else the median step.
    """
    steps = np.diff(np.sort(times_s))
    steps = steps[steps > 0]
    if not len(steps):
        return documented_s
    median_s = float(np.median(steps))
    multiple = round(median_s / documented_s)
    near = abs(median_s - multiple * documented_s) <= _TOLERANCE * documented_s
    return documented_s if multiple >= 1 and near else median_s


def in_order(times_s: _Times, log: FileLog) -> _Indices:
    """Return the indices of readings in order of time, those of one time as in the file."""
    back = int(np.count_nonzero(np.diff(times_s) < 0))
    if back:
        log.note(f"not in order of time ({amount(back, 'step')} back): sorted")
    order: _Indices = np.argsort(times_s, kind="stable")
    return order


def without_doubles(times_s: _Times, idle: NDArray[np.bool_], log: FileLog) -> _Indices:
    """Return the indices of readings without those of a second registration of the same VM.

    Readings of one time are doubles. Of these one with capacity stays before one without, and an
    earlier row before a later one.

    Parameters
    ----------
    times_s : ndarray
        In order, float64, shape (n,).
    idle : ndarray
        Whether a reading is without capacity, bool, shape (n,).
    log : FileLog
        Told how many were dropped.
    """
    rank = np.lexsort((idle, times_s))
    first = np.append(True, np.diff(times_s[rank]) > 0)
    kept: _Indices = np.sort(rank[first])
    dropped = np.setdiff1d(np.arange(len(times_s)), kept, assume_unique=True)
    if len(dropped):
        twin = int(np.count_nonzero(idle[dropped]))
        what = f", {twin} of them without capacity (a twin registration)" if twin else ""
        log.note(f"{amount(len(dropped), 'doubled row')} dropped{what}")
    return kept


def segment_starts(
    times_s: _Times, interval_s: float, hold_rows: int, log: FileLog, *, dated: bool = True
) -> tuple[int, ...]:
    """Return the indices at which segments begin: the first, after long gaps and restarts.

    A gap is long where more than `hold_rows` readings are missing; in a shorter one the reading
    before holds. A restart is a step more than a tenth of an interval off the grid; a recorder of
    which more than one step in twenty is so is irregular and not cut there.

    Parameters
    ----------
    times_s : ndarray
        Increasing, float64, shape (n,).
    interval_s : float
        Usual step, seconds.
    hold_rows : int
        Most missing readings that are held.
    log : FileLog
        Told of gaps and restarts.
    dated : bool
        Whether times are since 1970.
    """
    steps = np.diff(times_s)
    missing = np.maximum(np.rint(steps / interval_s) - 1, 0)
    off_s = steps - (missing + 1) * interval_s
    gap = missing > hold_rows
    restart = (np.abs(off_s) > _TOLERANCE * interval_s) & ~gap
    if np.count_nonzero(restart) > max(1.0, _IRREGULAR * len(steps)):
        log.note(f"irregular steps of {steps.min():g} to {steps.max():g} s, each reading held")
        restart[:] = False
        gap = steps > (hold_rows + 1) * interval_s
    for at in np.flatnonzero(gap)[:3]:
        hours = f"{steps[at] / 3600:.1f} h"
        log.note(f"gap of {hours} after {_when(times_s[at], dated)}: a new segment")
    if np.count_nonzero(gap) > 3:
        log.note(f"{np.count_nonzero(gap) - 3} more gaps")
    for at in np.flatnonzero(restart)[:3]:
        log.note(
            f"restart {off_s[at]:+.0f} s off the {interval_s:g} s grid after "
            f"{_when(times_s[at], dated)}: grid anchored again"
        )
    if np.count_nonzero(restart) > 3:
        log.note(f"{np.count_nonzero(restart) - 3} more restarts")
    held = int(missing[~(gap | restart)].sum())
    if held:
        log.note(f"{amount(held, 'missing reading')} held")
    return (0, *(int(at) + 1 for at in np.flatnonzero(gap | restart)))


def _when(time_s: float, dated: bool) -> str:
    if not dated:
        return f"{time_s:g} s"
    return f"{_EPOCH + timedelta(seconds=float(time_s)):%Y-%m-%d %H:%M:%S}"
