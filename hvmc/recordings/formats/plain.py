"""A plain table with a header: ``time,cpu_percent[,memory_mib]``, one VM a file or a ``vm`` column.

Columns are found by what they are called, in any order and case; `_COLUMNS` has the words. CPU is
per cent of all the VM's VPs together (``cpu_percent``) or a share of them (``cpu_share``). Memory
is in use (``memory_mib``, ``memory_gb``) or given (``memory_provisioned_mib``); without a unit it
is MiB. KB, MB and GB are KiB, MiB and GiB. Times as `hvmc.recordings.stamps` has them.
"""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvmc.recordings.content import Content
from hvmc.recordings.format import Format, ReadingOptions
from hvmc.recordings.grouped import by_vm, codes_of
from hvmc.recordings.log import FileLog
from hvmc.recordings.recording import VmRecording
from hvmc.recordings.series import in_order, segment_starts
from hvmc.recordings.stamps import FORMS, is_number, seconds_of_numbers, seconds_of_texts
from hvmc.recordings.table import FIX_ROW, RecordedRows, excerpt, layout_of, read_rows

__all__ = ["Plain"]

_INTERVAL_S = 300.0
_MOST_PERCENT = 110.0
_UNITS = {"": 1.0, "b": 2.0**-20, "kb": 2.0**-10, "mb": 1.0, "gb": 1024.0, "tb": 1024.0**2}
_UNIT = r"(?:_(?P<unit>bytes|b|[kmgt]i?b))?"
_COLUMNS = {
    "time": r"(time|timestamp|date|datetime|date_time|time_?stamp|zeit|t)(_(utc|local|s|ms|sec))?",
    "vm": r"(vm|vm_?name|vm_?id|guest|machine|instance|host|name|server)",
    "cpu_share": r"(cpu|processor)(_(usage|used|use|load|utili[sz]ation))?_(share|fraction|ratio)",
    "cpu_percent": (
        r"(percent_)?(avg_|mean_|average_)?(cpu|processor|utili[sz]ation)"
        r"(_(usage|used|use|load|time|utili[sz]ation|busy|total))?(_(percent|pct|avg|mean|average))*"
    ),
    "cores": r"(virtual_processors|vps?|v?cpus|v?cores|cpu_cores|n?v?cpu_?count|num_?cpus?)",
    "provisioned": (
        r"mem(ory)?_(provisioned|total|capacity|assigned|size|allocated)(_capacity)?" + _UNIT
    ),
    "active": r"mem(ory)?(_(used|usage|use|active|demand|in_use|consumed))?" + _UNIT,
}
_RATES = (
    "disk_read_kib_per_s",
    "disk_write_kib_per_s",
    "network_received_kib_per_s",
    "network_sent_kib_per_s",
)

type _Numbers = NDArray[np.float64]


class _Column(NamedTuple):
    at: int
    written: str
    unit: str


class Plain(Format):
    """A plain table."""

    name = "plain"
    looks = "a header such as 'time,cpu_percent,memory_mib', one VM a file"
    place = 90

    def recognises(self, content: Content) -> bool:
        """Say whether the header names a time and a CPU column."""
        found, _ = _columns(content)
        return "time" in found and bool({"cpu_percent", "cpu_share"} & found.keys())

    def read_file(
        self, content: Content, log: FileLog, options: ReadingOptions
    ) -> Sequence[VmRecording]:
        """Return the VMs of a file; see `Format`."""
        columns, twice = _columns(content)
        rates = _rates(content) if options.rates else {}
        if "time" not in columns or not {"cpu_percent", "cpu_share"} & columns.keys():
            given = excerpt(content.lines[0]) if content.lines else "nothing"
            rule = f"must name columns such as time and cpu_percent, got {given}: add this header"
            raise content.problem(rule, line=1)
        if twice:
            rule = f"must be the only column for {twice[0]}, got another: leave one out"
            raise content.problem(rule, line=1, column=twice[1])
        dated = not is_number(_first(content, columns["time"].at))
        words = [name for name in ("vm", "time") if name in columns and (dated or name == "vm")]
        at = {name: column.at for name, column in columns.items()} | rates
        rows = read_rows(
            content,
            layout_of(content.lines[:50]),
            log,
            numbers={name: at[name] for name in at if name not in words},
            texts={name: at[name] for name in words},
        )
        times_s, absolute = _times(rows, columns["time"].written, log, dated=dated)
        log.clock = "absolute" if absolute else "relative"
        share = _share(rows, columns, log)
        for name in ("cores", "provisioned", "active"):
            if name in columns:
                rows.need(name)
        log.settle()
        if not rows.keep.any():
            raise content.problem("must hold at least one row that can be used, got none: add rows")
        return _vms(_PlainTable(content, rows, columns, times_s, share), rates, options, log)


class _PlainTable(NamedTuple):
    content: Content
    rows: RecordedRows
    columns: dict[str, _Column]
    times_s: _Numbers
    share: _Numbers


def _word(text: str) -> str:
    word = text.casefold().replace("%", " percent ")
    return re.sub(r"[^a-z0-9]+", "_", word).strip("_")


def _columns(content: Content) -> tuple[dict[str, _Column], tuple[str, str] | None]:
    """Return the columns by what they hold, and one that is there twice."""
    found: dict[str, _Column] = {}
    twice: tuple[str, str] | None = None
    for at, written in enumerate(layout_of(content.lines[:50]).columns):
        for name, pattern in _COLUMNS.items():
            match = re.fullmatch(pattern, _word(written))
            if match is None:
                continue
            unit = match.groupdict().get("unit") or ""
            if name in found:
                twice = (name, written)
            found.setdefault(
                name, _Column(at, written, unit.replace("i", "").replace("bytes", "b"))
            )
            break
    return found, twice


def _rates(content: Content) -> dict[str, int]:
    words = [_word(cell) for cell in layout_of(content.lines[:50]).columns]
    return {name: words.index(name) for name in _RATES if name in words}


def _first(content: Content, at: int) -> str:
    layout = layout_of(content.lines[:50])
    for line in content.lines[1:]:
        cells = line.split(layout.delimiter)
        if len(cells) > at and cells[at].strip().strip('"'):
            return cells[at].strip().strip('"')
    return "0"


def _times(rows: RecordedRows, written: str, log: FileLog, *, dated: bool) -> tuple[_Numbers, bool]:
    if not dated:
        rows.need("time")
        return seconds_of_numbers(rows.numbers["time"])
    texts = rows.texts["time"].to_pylist()
    times_s = seconds_of_texts(texts, log)
    rows.reject(
        np.isnan(times_s),
        written,
        lambda at: f"must be a time ({FORMS}), got {excerpt(texts[at] or '')}: {FIX_ROW}",
    )
    return times_s, True


def _share(rows: RecordedRows, columns: dict[str, _Column], log: FileLog) -> _Numbers:
    name = "cpu_share" if "cpu_share" in columns else "cpu_percent"
    rows.need(name)
    values, most = rows.numbers[name], 1.0 if name == "cpu_share" else 100.0
    with np.errstate(invalid="ignore"):
        rows.reject(
            values > most * _MOST_PERCENT / 100.0,
            columns[name].written,
            lambda at: (
                f"must be at most {most:g} of all its VPs together, got {values[at]:g}: divide by "
                "its number of VPs or correct the row"
            ),
        )
    kept = values[rows.keep]
    if name == "cpu_percent" and len(kept) and 0.0 < kept.max() <= 1.0:
        log.note(f"{columns[name].written!r} taken as per cent, at most 1 %: call shares cpu_share")
    return values / most


def _vms(
    table: _PlainTable, rates: dict[str, int], options: ReadingOptions, log: FileLog
) -> list[VmRecording]:
    rows, content = table.rows, table.content
    if "vm" in rows.texts:
        vm, ids = codes_of(rows.texts["vm"])
        vm = np.where(rows.keep, vm, -1)
    else:
        vm, ids = np.where(rows.keep, 0, -1).astype(np.int64), [content.written]
        in_order(table.times_s[rows.keep], log)
    found = []
    for code, index, doubles in by_vm(vm, table.times_s):
        if doubles:
            log.note("rows of a time that was there before dropped")
        found.append(_vm(table, rates, ids[code], index, options, log))
    log.kept = sum(len(one.times_s) for one in found)
    return found


def _vm(
    table: _PlainTable,
    rates: dict[str, int],
    written: str,
    index: NDArray[np.intp],
    options: ReadingOptions,
    log: FileLog,
) -> VmRecording:
    numbers, columns = table.rows.numbers, table.columns
    times_s = table.times_s[index]
    # nothing is documented here: a reading alone holds for five minutes
    steps = np.diff(times_s)
    interval_s = float(np.median(steps)) if len(steps) else _INTERVAL_S
    dated = log.clock == "absolute"
    known: dict[str, Any] = {name: np.nan_to_num(numbers[name][index]) for name in rates}
    for name, field in (("provisioned", "memory_provisioned_mib"), ("active", "memory_active_mib")):
        if name in columns:
            if not columns[name].unit:
                log.note(f"{columns[name].written!r} taken as MiB")
            known[field] = numbers[name][index] * _UNITS[columns[name].unit]
    if "cores" in columns and numbers["cores"][index].max() >= 1:
        known["virtual_processors"] = int(numbers["cores"][index].max())
    return VmRecording(
        name=written,
        written=written,
        file=str(table.content.path),
        interval_s=interval_s,
        times_s=times_s,
        cpu_share=table.share[index],
        segment_starts=segment_starts(times_s, interval_s, options.hold_rows, log, dated=dated),
        **known,
    )
