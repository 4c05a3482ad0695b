"""Atomic writes: a file is there whole or not at all, whatever happens to the process."""

import contextlib
import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hvmc.experiment.errors import ResultsError

__all__ = ["check_writable", "make_folder", "remove_leftovers", "replace_file", "write_errors"]

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@contextmanager
def write_errors(path: Path, *, trials: bool = True) -> Iterator[None]:
    """Turn an operating system's refusal to write ``path`` into a `ResultsError`.

    Parameters
    ----------
    path : Path
        What is written.
    trials : bool
        Whether finished trials lie beside it, so that running again goes on from there.
    """
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        fault = _at_fault(path)
        if fault.exists() and not fault.is_dir() and fault != path:
            raise ResultsError(
                f"{fault} is not a folder: move it away or choose another folder with results_dir="
            ) from error
        if not path.parent.exists():
            path = fault
        if error.errno in _FULL:
            remedy = "free some space and run the same command again"
            if trials:
                remedy += "; finished trials are kept and are not simulated again"
        else:
            remedy = "make it writable or choose another folder with results_dir="
        raise ResultsError(f"{path} can't be written ({reason}): {remedy}") from error


def _at_fault(path: Path) -> Path:
    """Return the first part of a path that is no folder: another file, or not there."""
    return next((part for part in (*path.parents[::-1], path) if not part.is_dir()), path)


def make_folder(path: Path, *, trials: bool = True) -> None:
    """Make a folder and its parents.

    Parameters
    ----------
    path : Path
        The folder.
    trials : bool
        As of `write_errors`.

    Raises
    ------
    ResultsError
        If that is refused; the part of the path at fault is named.
    """
    if path.exists() and not path.is_dir():
        raise ResultsError(f"{path} is not a folder: move it away")
    with write_errors(path, trials=trials):
        path.mkdir(parents=True, exist_ok=True)


def check_writable(folder: Path) -> None:
    """Check that files can be made in a folder, which need not exist; nothing stays behind.

    Raises
    ------
    ResultsError
        As `make_folder` and `replace_file` would.
    """
    if folder.is_dir():
        probe = folder / f".{os.getpid()}.tmp"
        with write_errors(folder):
            probe.touch()
            probe.unlink()
        return
    first = _at_fault(folder)
    with write_errors(folder):
        first.mkdir()
    with contextlib.suppress(OSError):  # another run has begun to use it
        first.rmdir()


def replace_file(
    path: Path, content: bytes | bytearray | memoryview, *, trials: bool = True
) -> None:
    """Write a file so that it holds its old content or all of the new, never a part.

    Parameters
    ----------
    path : Path
        The file.
    content : bytes-like
        Its new content, on disk (synced) before it takes the name.
    trials : bool
        As of `write_errors`.

    Raises
    ------
    ResultsError
        If the disk is full or refuses; no partial file stays behind.
    """
    new = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with write_errors(path, trials=trials):
        try:
            with new.open("wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            new.replace(path)
        finally:
            new.unlink(missing_ok=True)


def remove_leftovers(folder: Path) -> None:
    """Delete what writers that were killed left in a folder nobody writes to now."""
    if folder.is_dir():
        for path in folder.glob(".*.tmp"):
            with write_errors(path):
                path.unlink(missing_ok=True)
