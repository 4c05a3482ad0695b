"""One writer per results folder.

The operating system's lock on ``.lock`` is what counts: it is gone with the process that held it,
however that ended, so that a lock is never stale. The file's text says who holds it.
"""

import json
import os
import platform
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from hvmc.experiment.errors import ResultsError
from hvmc.experiment.files import write_errors

__all__ = ["FILE", "locked"]

FILE = ".lock"
# beyond the text: Windows doesn't let others read a locked range
_RANGE_START = 1 << 20

if sys.platform == "win32":
    import msvcrt

    def _acquire(stream: IO[str]) -> None:
        os.lseek(stream.fileno(), _RANGE_START, os.SEEK_SET)
        msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _acquire(stream: IO[str]) -> None:
        fcntl.flock(stream.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder's lock.

    Parameters
    ----------
    folder : Path
        An existing results folder.

    Raises
    ------
    ResultsError
        If another process holds it (says which), or the folder can't be written.
    """
    path = folder / FILE
    with write_errors(path):
        stream = path.open("a+", encoding="utf-8")
    with stream:
        try:
            _acquire(stream)
        except (BlockingIOError, PermissionError) as error:
            raise ResultsError(
                f"{folder} is in use by {_owner(path)}: wait until it is done, or stop it"
            ) from error
        except OSError as error:
            raise ResultsError(
                f"{folder} is on a file system without locks ({error.strerror}): choose another "
                "one with results_dir="
            ) from error
        _sign(stream)
        try:
            yield
        finally:
            stream.truncate(0)


def _sign(stream: IO[str]) -> None:
    owner = {
        "pid": os.getpid(),
        "host": platform.node(),
        "since": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    stream.truncate(0)
    stream.write(json.dumps(owner))
    stream.flush()


def _owner(path: Path) -> str:
    try:
        owner = json.loads(path.read_text(encoding="utf-8"))
        return f"process {owner['pid']} on {owner['host']} since {owner['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"
