"""The files of a recording, and the digest of what they hold."""

import hashlib
from collections.abc import Iterator
from functools import lru_cache
from os import fspath, scandir
from pathlib import Path

from hvmc.recordings.errors import FileProblem, RecordingError
from hvmc.recordings.names import by_number

__all__ = ["Signature", "digest_of", "recording_files", "signature_of"]

type Signature = tuple[tuple[str, int, int], ...]
"""Path, size in bytes and time of change in ns of each file."""


def recording_files(path: str | Path) -> tuple[Path, ...]:
    """Return the files of a recording: one file, or all in a folder and in the folders below it.

    Those that begin with a dot are left out. Sorted by name as people count.

    Raises
    ------
    RecordingError
        If there is no file.
    """
    root = Path(path)
    try:
        if root.is_file():
            return (root,)
        found = list(_below(root)) if root.is_dir() else []
        if not found and not root.is_dir():
            rule = "must be a file or folder that can be read, got nothing there: correct the path"
            raise RecordingError(FileProblem(str(path), rule))
    except OSError as error:
        rule = f"must be a file or folder that can be read, got '{error.strerror}'"
        raise RecordingError(FileProblem(str(path), f"{rule}: correct the path")) from error
    if not found:
        rule = "must hold recordings of VMs, got an empty folder: correct the path"
        raise RecordingError(FileProblem(str(path), rule))
    return tuple(sorted(found, key=lambda file: by_number(file.as_posix())))


def _below(folder: Path) -> Iterator[Path]:
    with scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if entry.is_dir():
                yield from _below(Path(entry.path))
            elif entry.is_file():
                yield Path(entry.path)


def signature_of(path: str | Path) -> Signature:
    """Return what changes when a file of the recording does.

    Raises
    ------
    RecordingError
        If there is no file.
    """
    stats = [(fspath(file), file.stat()) for file in recording_files(path)]
    return tuple((name, stat.st_size, stat.st_mtime_ns) for name, stat in stats)


def digest_of(path: str | Path) -> str:
    """Return a hash of the names and contents of a recording's files, wherever they lie.

    Raises
    ------
    RecordingError
        If there is no file, or one can't be read.
    """
    return _digest(str(path), signature_of(path))


@lru_cache(maxsize=16)
def _digest(path: str, signature: Signature) -> str:
    root = Path(path)
    digest = hashlib.sha256()
    for name, _, _ in signature:
        file = Path(name)
        below = file.name if file == root else file.relative_to(root).as_posix()
        try:
            with file.open("rb") as content:
                inside = hashlib.file_digest(content, "sha256").digest()
        except OSError as error:
            rule = f"must be a file that can be read, got '{error.strerror}': correct or remove it"
            raise RecordingError(FileProblem(name, rule)) from error
        digest.update(below.encode() + b"\0" + inside)
    return digest.hexdigest()
