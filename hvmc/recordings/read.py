"""Reading a recording: its files, each by its format, into VMs on one clock."""

import dataclasses
from collections import Counter
from collections.abc import Sequence
from os import PathLike, fspath
from pathlib import Path

from hvmc.recordings.content import Content
from hvmc.recordings.errors import FileProblem, RecordingError
from hvmc.recordings.files import recording_files
from hvmc.recordings.format import Format, ReadingOptions, all_formats
from hvmc.recordings.log import FileLog
from hvmc.recordings.names import by_number, guest_names, names_told
from hvmc.recordings.recording import Recording, VmRecording
from hvmc.recordings.series import HOLD_ROWS
from hvmc.recordings.table import excerpt

__all__ = ["format_names", "read_recording", "recording_files"]

_SHOWN_REFUSED = 20
_ARCHIVES = (".zip", ".tar", ".tgz", ".tar.gz", ".xz", ".bz2", ".7z", ".zst", ".rar")
_REMEDY = "remove it, or set format to the one it should be, to see what it lacks"


def format_names() -> tuple[str, ...]:
    """Return the names of all formats."""
    return tuple(all_formats())


def read_recording(
    path: str | PathLike[str],
    *,
    format: str = "",
    hold_rows: int = HOLD_ROWS,
    rates: bool = True,
) -> Recording:
    """Read recorded utilisation of VMs.

    Parameters
    ----------
    path : str or path-like
        A file, or a folder with those below it. One file that can't be used leaves the others as
        they are: what became of each is in `Recording.files`.
    format : str
        One of `format_names`, taken for all files; empty: recognised file by file.
    hold_rows : int
        Most missing readings in succession for which the one before holds, >= 0; after more of
        them a new segment begins.
    rates : bool
        Whether throughput of disks and network is read as well, where it is recorded.

    Raises
    ------
    RecordingError
        If there is nothing that can be used, with what is wrong of each file.
    """
    known = all_formats()
    if format and format not in known:
        rule = f"must be one of {', '.join(known)} or empty, got {format!r}"
        raise RecordingError(FileProblem(fspath(path), f"format {rule}"))
    root = Path(path)
    files = [(_content(file, root), FileLog(str(file))) for file in recording_files(root)]
    by_format: dict[str, list[tuple[Content, FileLog]]] = {name: [] for name in known}
    for content, log in files:
        found = known[format] if format else _recognised(content, log)
        if found is not None:
            log.format = found.name
            by_format[found.name].append((content, log))
    options = ReadingOptions(hold_rows=hold_rows, rates=rates)
    vms = [
        vm
        for name, members in by_format.items()
        if members
        for vm in known[name].read(members, options)
    ]
    logs = [log for _, log in files]
    if not vms:
        raise _nothing(fspath(path), logs)
    return _recording(fspath(path), vms, logs)


def _content(file: Path, root: Path) -> Content:
    below = file.relative_to(root) if file != root else Path(file.name)
    name = below.name.removesuffix(".gz")
    stem = name if "." not in name.strip(".") else name.rpartition(".")[0]
    return Content(file, "/".join((*below.parts[:-1], stem)))


def _recognised(content: Content, log: FileLog) -> Format | None:
    try:
        for one in all_formats().values():
            if one.recognises(content):
                return one
    except RecordingError as error:
        log.refuse(error)
        return None
    log.refuse(content.problem(_unknown(content)))
    return None


def _unknown(content: Content) -> str:
    name = content.path.name.casefold()
    if name.endswith(_ARCHIVES):
        return f"must be unpacked, got the archive {content.path.name!r}: unpack or remove it"
    given = excerpt(content.lines[0]) if content.lines else "no text"
    known = ", ".join(all_formats())
    return f"must be of a known format ({known}), got {given} in its first line: {_REMEDY}"


def _nothing(path: str, logs: Sequence[FileLog]) -> RecordingError:
    refusals = [log.refusal for log in logs if log.refusal]
    problems = [problem for refusal in refusals[:_SHOWN_REFUSED] for problem in refusal]
    if len(refusals) > _SHOWN_REFUSED:
        problems.append(FileProblem(path, f"and {len(refusals) - _SHOWN_REFUSED} more such files"))
    if not problems:
        problems = [FileProblem(path, "must hold readings of VMs, got none: correct the path")]
    return RecordingError(*problems)


def _told_apart(vms: Sequence[VmRecording]) -> list[VmRecording]:
    """Return VMs of which no two are written alike, as where two files hold a VM of one name."""
    seen: Counter[str] = Counter()
    found = []
    for vm in vms:
        seen[vm.written] += 1
        count = seen[vm.written]
        written = vm.written if count == 1 else f"{vm.written} ({count})"
        found.append(dataclasses.replace(vm, written=written))
    return found


def _recording(path: str, vms: Sequence[VmRecording], logs: Sequence[FileLog]) -> Recording:
    ordered = _told_apart(sorted(vms, key=lambda vm: by_number(vm.written)))
    names = guest_names(vm.written for vm in ordered)
    clocks = {log.clock or all_formats()[log.format].clock for log in logs if log.vms}
    notes = names_told(names)
    if len(clocks) > 1:
        notes.append("some files have dates and some times of their own: these are not aligned")
    return Recording(
        path=path,
        vms=tuple(dataclasses.replace(vm, name=names[vm.written]) for vm in ordered),
        files=tuple(log.report() for log in logs),
        notes=tuple(notes),
        clock="relative" if "relative" in clocks else "absolute",
    )
