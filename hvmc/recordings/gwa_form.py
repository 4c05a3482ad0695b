"""The columns that recordings of the Grid Workloads Archive share, one VM a file.

- Columns are found by name, in any order and case; other columns are not looked at.
- Share in use = CPU usage / CPU capacity of the same row, x its cores over the most the VM had, so
  that a VM which was resized fits. Usage somewhat above capacity (turbo clocks) stays as recorded;
  above ten times the capacity it is an error of units.
- A VM switched off has capacity 0 and uses nothing. A file with capacity 0 throughout is refused.
- Where a VM was registered twice, two rows have one time: that without capacity is dropped.
- KB are KiB.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hvmc.recordings.content import Content
from hvmc.recordings.errors import FileProblem, RecordingError
from hvmc.recordings.format import ReadingOptions
from hvmc.recordings.log import FileLog
from hvmc.recordings.recording import VmRecording
from hvmc.recordings.series import in_order, segment_starts, usual_step_s, without_doubles
from hvmc.recordings.table import FIX_ROW, Layout, RecordedRows, layout_of, read_rows

__all__ = ["TIME", "gwa_columns", "has_gwa_columns", "read_gwa_file"]

TIME = "Timestamp"
CORES = "CPU cores"
CAPACITY = "CPU capacity provisioned [MHZ]"
USAGE = "CPU usage [MHZ]"
PROVISIONED = "Memory capacity provisioned [KB]"
ACTIVE = "Memory usage [KB]"
NEEDED = (TIME, CORES, CAPACITY, USAGE)
MEMORY = {PROVISIONED: "memory_provisioned_mib", ACTIVE: "memory_active_mib"}
RATES = {
    "Disk read throughput [KB/s]": "disk_read_kib_per_s",
    "Disk write throughput [KB/s]": "disk_write_kib_per_s",
    "Network received throughput [KB/s]": "network_received_kib_per_s",
    "Network transmitted throughput [KB/s]": "network_sent_kib_per_s",
}
INTERVAL_S = 300.0
_MOST_USAGE_PER_CAPACITY = 10.0
_MOST_CORES = 65536

type _Numbers = NDArray[np.float64]


def gwa_columns(layout: Layout) -> dict[str, list[int]]:
    """Return the positions of each known column; one that is there twice has two."""
    known = {name.casefold(): name for name in (*NEEDED, *MEMORY, *RATES)}
    found: dict[str, list[int]] = {}
    for at, cell in enumerate(layout.columns):
        word = cell.casefold()
        name = TIME if word.partition("[")[0].strip() == TIME.casefold() else known.get(word)
        if name is not None:
            found.setdefault(name, []).append(at)
    return found


def has_gwa_columns(layout: Layout) -> bool:
    """Say whether a header is of this form, though perhaps not whole."""
    return len({CORES, CAPACITY, USAGE} & gwa_columns(layout).keys()) >= 2


def read_gwa_file(
    content: Content,
    log: FileLog,
    options: ReadingOptions,
    times_of: Callable[[RecordedRows], _Numbers],
    *,
    texts: bool,
) -> VmRecording:
    """Return the VM of one file.

    Parameters
    ----------
    content, log, options
        As of `Format.read_file`.
    times_of : callable
        Returns the times of the rows, seconds since 1970, nan where there is none.
    texts : bool
        Whether time stamps are written dates.

    Raises
    ------
    RecordingError
        If nothing of the file can be used.
    """
    layout = layout_of(content.lines)
    at = _positions(content, layout)
    rates = [name for name in RATES if name in at and options.rates]
    memory = [name for name in MEMORY if name in at]
    numbers = {name: at[name] for name in (*NEEDED, *memory, *rates) if name != TIME or not texts}
    rows = read_rows(
        content, layout, log, numbers=numbers, texts={TIME: at[TIME]} if texts else None
    )
    for name in (*NEEDED, *memory):
        if name in rows.numbers:
            rows.need(name)
    times_s = times_of(rows)
    _check_cpu(rows)
    log.settle()
    if not rows.keep.any() or not np.any(rows.kept(CAPACITY) > 0):
        rule = "must be > 0 in at least one row, got none: add rows or leave this VM out"
        raise content.problem(rule, column=CAPACITY)
    return _vm(content, rows, times_s, rates, options, log)


def _positions(content: Content, layout: Layout) -> dict[str, int]:
    found = gwa_columns(layout)
    problems = [
        FileProblem(
            str(content.path),
            f"must be in the header once, got it {'repeated' if name in found else 'missing'}: "
            "correct the header",
            1,
            name,
        )
        for name in (*NEEDED, *MEMORY, *RATES)
        if len(found.get(name, () if name in NEEDED else (0,))) != 1
    ]
    if problems:
        raise RecordingError(*problems)
    return {name: places[0] for name, places in found.items()}


def _check_cpu(rows: RecordedRows) -> None:
    cores, capacity, usage = (rows.numbers[name] for name in (CORES, CAPACITY, USAGE))
    with np.errstate(invalid="ignore"):
        rows.reject(
            (cores > _MOST_CORES) | (cores % 1.0 > 0.0),
            CORES,
            lambda i: f"must be a whole number <= {_MOST_CORES}, got {cores[i]:g}: {FIX_ROW}",
        )
        rows.reject(
            (cores == 0.0) & (capacity > 0.0),
            CORES,
            lambda _: f"must be >= 1 where the CPU capacity is > 0, got 0: {FIX_ROW}",
        )
        rows.reject(
            usage > _MOST_USAGE_PER_CAPACITY * capacity,
            USAGE,
            lambda i: (
                f"must be at most {_MOST_USAGE_PER_CAPACITY:g} x the CPU capacity "
                f"({capacity[i]:g} MHz), got {usage[i]:g}: bring both to MHz"
            ),
        )


def _vm(
    content: Content,
    rows: RecordedRows,
    times_s: _Numbers,
    rates: list[str],
    options: ReadingOptions,
    log: FileLog,
) -> VmRecording:
    index = np.flatnonzero(rows.keep)
    index = index[in_order(times_s[index], log)]
    idle = rows.numbers[CAPACITY][index] == 0.0
    index = index[without_doubles(times_s[index], idle, log)]
    kept = {name: values[index] for name, values in rows.numbers.items()}
    times_s = times_s[index]
    interval_s = usual_step_s(times_s, INTERVAL_S)
    most = int(kept[CORES].max())
    capacity = kept[CAPACITY]
    off = capacity == 0.0
    share = kept[USAGE] / np.where(off, 1.0, capacity) * (kept[CORES] / most)
    share[off] = 0.0
    log.kept = len(index)
    known: dict[str, Any] = {RATES[name]: np.nan_to_num(kept[name]) for name in rates}
    known |= {MEMORY[name]: kept[name] / 1024.0 for name in MEMORY if name in kept}
    return VmRecording(
        name=content.written,
        written=content.written,
        file=str(content.path),
        interval_s=interval_s,
        times_s=times_s,
        cpu_share=share,
        virtual_processors=most,
        segment_starts=segment_starts(times_s, interval_s, options.hold_rows, log),
        **known,
    )
