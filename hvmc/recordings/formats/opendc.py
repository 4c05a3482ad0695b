"""OpenDC workload traces: Parquet tables of VMs (``tasks`` or ``meta``) and of what they use.

- VMs: ``id, cpu_count``, when they begin (``submission_time`` or ``start_time``), and where present
  ``cpu_capacity`` (MHz of all cores together) and ``mem_capacity``.
- Usage (``fragments`` or ``trace``): ``id, duration`` (ms), ``cpu_usage`` (MHz), in order of time
  for each VM; a fragment follows the one before, or begins at its ``timestamp`` where there is one.

Tables are told apart by their columns, not their names. ``mem_capacity`` is documented as MB, but
the collection's own Bitbrains tables hold KB: where the median VM would have more than 128 GiB it
is taken as KB, and told.

References
----------
F. Mastenbroek et al., "OpenDC 2.0: Convenient Modeling and Simulation of Emerging Technologies in
Cloud Datacenters", CCGrid 2021, doi:10.1109/CCGrid51090.2021.00055.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hvmc.recordings.content import Content
from hvmc.recordings.errors import FileProblem, RecordingError
from hvmc.recordings.format import Format, ReadingOptions
from hvmc.recordings.grouped import by_vm, codes_of
from hvmc.recordings.log import FileLog
from hvmc.recordings.recording import VmRecording
from hvmc.recordings.series import segment_starts
from hvmc.recordings.words import amount

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["OpenDc"]

_USED = ("id", "duration", "cpu_usage")
_BEGINS = ("submission_time", "start_time")
_VMS = ("id", "cpu_count", "cpu_capacity", _BEGINS[0])
_MOST_MEDIAN_MIB = 128 * 1024.0


class OpenDc(Format):
    """OpenDC."""

    name = "opendc"
    looks = "Parquet tables: tasks (id, cpu_count, ...) and fragments (id, duration, cpu_usage)"
    place = 0

    def recognises(self, content: Content) -> bool:
        """Say whether it is a Parquet file."""
        return content.is_parquet

    def read(
        self, files: Sequence[tuple[Content, FileLog]], options: ReadingOptions
    ) -> list[VmRecording]:
        """Return the VMs that the tables tell of together; see `Format`."""
        vms: dict[str, dict[str, Any]] = {}
        used: list[tuple[Content, FileLog, pa.Table]] = []
        for content, log in files:
            try:
                table = _table(content)
                log.rows = table.num_rows
                if set(_USED) <= set(table.column_names):
                    used.append((content, log, table))
                else:
                    vms |= _vms(content, log, table)
            except RecordingError as error:
                log.refuse(error)
        found: list[VmRecording] = []
        for content, log, table in used:
            try:
                here = list(_usage(content, log, table, vms, options))
            except RecordingError as error:
                log.refuse(error)
            else:
                log.vms = len(here)
                found += here
        if not used:
            for _, log in files:
                if not log.refusal:
                    rule = f"must stand beside a table with {', '.join(_USED)}, got none: add it"
                    log.refuse(RecordingError(FileProblem(log.file, rule)))
        return found


def _table(content: Content) -> "pa.Table":
    import pyarrow as pa
    from pyarrow import parquet

    try:
        return parquet.read_table(content.path)
    except (pa.ArrowException, OSError) as error:
        rule = f"must be a Parquet file that can be read, got '{str(error).splitlines()[0]}'"
        raise content.problem(f"{rule}: write it again") from error


def _numbers(content: Content, table: "pa.Table", column: str) -> NDArray[np.float64]:
    import pyarrow as pa

    try:
        values: NDArray[np.float64] = table.column(column).cast(pa.float64()).to_numpy()
    except pa.ArrowException as error:
        rule = f"must hold numbers, got {table.schema.field(column).type}: convert it"
        raise content.problem(rule, column=column) from error
    bad = np.flatnonzero(~((values >= 0) & (values < np.inf)))
    if len(bad):
        rule = f"must be numbers >= 0, got {values[bad[0]]:g} in row {bad[0]}: correct it"
        raise content.problem(rule, column=column)
    return values


def _words(table: "pa.Table", column: str) -> list[str]:
    import pyarrow as pa

    words: list[str] = table.column(column).cast(pa.string()).to_pylist()
    return words


def _vms(content: Content, log: FileLog, table: "pa.Table") -> dict[str, dict[str, Any]]:
    """Return what is known of each VM, by id."""
    columns = table.column_names
    begins = next((name for name in _BEGINS if name in columns), None)
    lacking = [name for name in _VMS[:2] if name not in columns]
    lacking += [] if begins else [" or ".join(_BEGINS)]
    if lacking or begins is None:
        both = f"of VMs or usage (id, cpu_count, {_BEGINS[0]}; or {', '.join(_USED)})"
        rule = f"must have the columns {both}, got {', '.join(columns)}: {', '.join(lacking)} lack"
        raise content.problem(rule)
    cores = _numbers(content, table, "cpu_count")
    begin_s = _milliseconds(content, table, begins) / 1000.0
    known: dict[str, NDArray[np.float64]] = {"cores": cores, "begin_s": begin_s}
    if "cpu_capacity" in columns:
        known["capacity_mhz"] = _numbers(content, table, "cpu_capacity")
    if "mem_capacity" in columns:
        memory = _numbers(content, table, "mem_capacity")
        if len(memory) and np.median(memory) > _MOST_MEDIAN_MIB:
            log.note("mem_capacity taken as KB: as MB the median VM would have more than 128 GiB")
            memory = memory / 1024.0
        known["memory_mib"] = memory
    log.kept = table.num_rows
    log.note(f"sizes of {amount(table.num_rows, 'VM')}")
    return {
        vm: {name: float(values[at]) for name, values in known.items()}
        for at, vm in enumerate(_words(table, "id"))
    }


def _milliseconds(content: Content, table: "pa.Table", column: str) -> NDArray[np.float64]:
    import pyarrow as pa

    kind = table.schema.field(column).type
    if not pa.types.is_timestamp(kind):
        return _numbers(content, table, column)
    moments = table.column(column).cast(pa.timestamp("ms", kind.tz)).cast(pa.int64())
    values: NDArray[np.float64] = moments.cast(pa.float64()).to_numpy()
    return values


def _usage(
    content: Content,
    log: FileLog,
    table: "pa.Table",
    vms: dict[str, dict[str, Any]],
    options: ReadingOptions,
) -> Iterator[VmRecording]:
    import pyarrow as pa

    length_s = _numbers(content, table, "duration") / 1000.0
    usage = _numbers(content, table, "cpu_usage")
    words = table.column("id").cast(pa.string()).combine_chunks().dictionary_encode()
    vm, ids = codes_of(words)
    stamped = "timestamp" in table.column_names
    order = (
        _milliseconds(content, table, "timestamp") / 1000.0
        if stamped
        else np.arange(len(vm), dtype=np.float64)
    )
    log.kept = len(vm)
    unknown = [name for name in ids if not vms.get(name, {}).get("cores")]
    if unknown:
        more = f" and {len(unknown) - 3} more" if len(unknown) > 3 else ""
        shown = ", ".join(unknown[:3])
        log.note(f"VMs {shown}{more} left out: no row with cpu_count >= 1 in a table of VMs")
    for code, index, _ in by_vm(vm, order):
        known = vms.get(ids[code], {})
        if not known.get("cores"):
            continue
        lengths = length_s[index]
        ends = np.cumsum(lengths)
        times_s = order[index] if stamped else known["begin_s"] + ends - lengths
        new = np.append(np.diff(times_s) > 0, True)
        times_s, lengths, index = times_s[new], lengths[new], index[new]
        interval_s = float(np.median(lengths[lengths > 0])) if np.any(lengths > 0) else 300.0
        capacity = known.get("capacity_mhz") or float(max(usage[index].max(), 1.0))
        starts = (
            segment_starts(times_s, interval_s, options.hold_rows, FileLog("")) if stamped else (0,)
        )
        memory: dict[str, Any] = {}
        if "memory_mib" in known:
            memory["memory_provisioned_mib"] = np.full(len(index), known["memory_mib"])
        yield VmRecording(
            name=ids[code],
            written=ids[code],
            file=log.file,
            interval_s=interval_s,
            times_s=times_s,
            cpu_share=usage[index] / capacity,
            virtual_processors=int(known["cores"]),
            segment_starts=starts,
            end_s=float(times_s[-1] + lengths[-1]),
            **memory,
        )
