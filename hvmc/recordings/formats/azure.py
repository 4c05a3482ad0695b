"""Azure Public Dataset V1 and V2: a table of VMs, and CPU readings of many VMs in each file.

Neither has a header. Readings: timestamp (s from the trace's own start), VM id, smallest, largest
and mean CPU per cent within 300 s. Table: VM id, subscription, deployment, created, deleted, CPU
maximum, mean and 95th percentile, category, cores, memory in GiB. V2 gives cores and memory as
buckets (``>24``), taken at their bound. A VM without a row in the table has unknown cores and
memory. All readings given are held in memory: a few of the 125 files, not all.

References
----------
E. Cortez et al., "Resource Central: Understanding and Predicting Workloads for Improved Resource
Management in Large Cloud Platforms", SOSP 2017, doi:10.1145/3132747.3132772; Azure Public Dataset.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvmc.recordings.content import Content
from hvmc.recordings.errors import RecordingError
from hvmc.recordings.format import Format, ReadingOptions
from hvmc.recordings.grouped import by_vm, codes_of
from hvmc.recordings.log import FileLog
from hvmc.recordings.recording import VmRecording
from hvmc.recordings.series import segment_starts, usual_step_s
from hvmc.recordings.table import FIX_ROW, Layout, read_rows
from hvmc.recordings.words import amount

__all__ = ["Azure"]

_INTERVAL_S = 300.0
_READINGS = Layout(("timestamp", "vm id", "min cpu", "max cpu", "avg cpu"), has_header=False)
_VMS = Layout(
    (
        *("vm id", "subscription id", "deployment id", "vm created", "vm deleted", "max cpu"),
        *("avg cpu", "p95 max cpu", "vm category", "vm core count", "vm memory"),
    ),
    has_header=False,
)
_ID = re.compile(r"[A-Za-z0-9+/=]{16,}")
_NUMBER = re.compile(r"\d+(\.\d+)?([eE][+-]?\d+)?")


class _VmSize(NamedTuple):
    cores: int
    memory_mib: float


class Azure(Format):
    """Azure Public Dataset."""

    name = "azure"
    looks = "no header, rows of 'timestamp,vm id,min,max,avg' and the vmtable of 11 columns"
    clock = "relative"
    place = 30

    def recognises(self, content: Content) -> bool:
        """Say whether the first line is a reading or a row of the table of VMs."""
        cells = [cell.strip() for cell in content.lines[0].split(",")] if content.lines else []
        return _is_reading(cells) or _is_vm(cells)

    def read(
        self, files: Sequence[tuple[Content, FileLog]], options: ReadingOptions
    ) -> list[VmRecording]:
        """Return the VMs of all readings, sized by all tables; see `Format`."""
        sizes: dict[str, _VmSize] = {}
        parts: list[_Part] = []
        for content, log in files:
            try:
                cells = content.lines[0].split(",") if content.lines else []
                if len(cells) == len(_VMS.columns):
                    sizes |= _sizes(content, log)
                else:
                    parts.append(_part(content, log))
            except RecordingError as error:
                log.refuse(error)
        return list(_vms(parts, sizes, options)) if parts else []


def _is_reading(cells: Sequence[str]) -> bool:
    numbers = [*cells[:1], *cells[2:]]
    return (
        len(cells) == 5 and bool(_ID.fullmatch(cells[1])) and all(map(_NUMBER.fullmatch, numbers))
    )


def _is_vm(cells: Sequence[str]) -> bool:
    return (
        len(cells) == 11
        and bool(_ID.fullmatch(cells[0]))
        and all(map(_NUMBER.fullmatch, cells[3:8]))
    )


def _sizes(content: Content, log: FileLog) -> dict[str, _VmSize]:
    at = {name: place for place, name in enumerate(_VMS.columns)}
    words = {name: at[name] for name in ("vm id", "vm core count", "vm memory")}
    rows = read_rows(content, _VMS, log, numbers={}, texts=words)
    columns = {name: rows.texts[name].to_pylist() for name in words}
    found: dict[str, _VmSize] = {}
    bound = [re.sub(r"^\s*>\s*", "", text or "") for text in columns["vm core count"]]
    memory = [re.sub(r"^\s*>\s*", "", text or "") for text in columns["vm memory"]]
    bad = np.array(
        [
            not (_NUMBER.fullmatch(cores) and float(cores) >= 1 and _NUMBER.fullmatch(gib))
            for cores, gib in zip(bound, memory, strict=True)
        ],
        dtype=bool,
    )
    rows.reject(
        bad,
        "vm core count",
        lambda i: f"must be cores >= 1 and GiB, got {bound[i]!r} and {memory[i]!r}: {FIX_ROW}",
    )
    log.settle()
    for i in np.flatnonzero(rows.keep):
        found[columns["vm id"][i]] = _VmSize(int(float(bound[i])), float(memory[i]) * 1024.0)
    log.kept = len(found)
    log.note(f"sizes of {amount(len(found), 'VM')}")
    return found


class _Part(NamedTuple):
    """The readings of one file; ``vm`` counts in ``ids``."""

    log: FileLog
    ids: list[str]
    vm: NDArray[np.int64]
    times_s: NDArray[np.float64]
    mean: NDArray[np.float64]
    most: NDArray[np.float64]


def _part(content: Content, log: FileLog) -> _Part:
    rows = read_rows(
        content,
        _READINGS,
        log,
        numbers={"timestamp": 0, "max cpu": 3, "avg cpu": 4},
        texts={"vm id": 1},
    )
    for name in rows.numbers:
        rows.need(name)
    mean = rows.numbers["avg cpu"]
    with np.errstate(invalid="ignore"):
        rows.reject(
            mean > 110.0,
            "avg cpu",
            lambda i: f"must be at most 100 % of the VM's cores, got {mean[i]:g}: {FIX_ROW}",
        )
    log.settle()
    vm, ids = codes_of(rows.texts["vm id"])
    kept = rows.keep
    log.kept = int(np.count_nonzero(kept))
    log.vms = len(np.unique(vm[kept]))
    columns = (rows.kept(name) for name in ("timestamp", "avg cpu", "max cpu"))
    return _Part(log, ids, vm[kept], *columns)


def _vms(
    parts: Sequence[_Part], sizes: dict[str, _VmSize], options: ReadingOptions
) -> Iterator[VmRecording]:
    number = {vm: at for at, vm in enumerate(dict.fromkeys(i for part in parts for i in part.ids))}
    codes = [np.array([number[i] for i in part.ids], dtype=np.int64)[part.vm] for part in parts]
    vm = np.concatenate(codes)
    times_s, mean, most = (
        np.concatenate([getattr(part, name) for part in parts])
        for name in ("times_s", "mean", "most")
    )
    ids = list(number)
    log, files = parts[0].log, np.repeat(np.arange(len(parts)), [len(part.vm) for part in parts])
    unknown = 0
    for code, index, doubles in by_vm(vm, times_s):
        if doubles:
            log.note("doubled readings of one VM and time dropped")
        size = sizes.get(ids[code])
        unknown += size is None
        known: dict[str, Any] = {}
        if size is not None:
            known = {
                "virtual_processors": size.cores,
                "memory_provisioned_mib": np.full(len(index), size.memory_mib),
            }
        quiet = FileLog("")
        interval_s = usual_step_s(times_s[index], _INTERVAL_S)
        yield VmRecording(
            name=ids[code],
            written=ids[code],
            file=parts[files[index[0]]].log.file,
            interval_s=interval_s,
            times_s=times_s[index],
            cpu_share=mean[index] / 100.0,
            cpu_share_most=most[index] / 100.0,
            segment_starts=segment_starts(times_s[index], interval_s, options.hold_rows, quiet),
            **known,
        )
    if unknown:
        log.note(f"{amount(unknown, 'VM')} of {len(ids)} in no vmtable: cores and memory unknown")
