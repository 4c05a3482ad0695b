"""What a format of recordings supplies, and all formats there are."""

import pkgutil
from abc import ABC, abstractmethod
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from os import cpu_count
from typing import ClassVar

from hvmc.recordings import formats
from hvmc.recordings.content import Content
from hvmc.recordings.errors import RecordingError
from hvmc.recordings.log import FileLog
from hvmc.recordings.recording import VmRecording
from hvmc.recordings.series import HOLD_ROWS

__all__ = ["Format", "ReadingOptions", "all_formats"]


@dataclass(frozen=True)
class ReadingOptions:
    """How recordings are read.

    Parameters
    ----------
    hold_rows : int
        Most missing readings in succession for which the one before holds, >= 0.
    rates : bool
        Whether throughput of disks and network is read as well.
    """

    hold_rows: int = HOLD_ROWS
    rates: bool = True


class Format(ABC):
    """A format; subclasses say what it is called, looks like and holds.

    A subclass supplies `recognises` and either `read_file`, where each file stands for itself, or
    `read`, where files belong together.
    """

    name: ClassVar[str]
    """Word for settings and messages."""
    looks: ClassVar[str]
    """What a file of it looks like, for messages."""
    clock: ClassVar[str] = "absolute"
    """As of `Recording`, unless a file says otherwise."""
    place: ClassVar[int] = 50
    """Formats are tried in this order: the more particular first."""

    @abstractmethod
    def recognises(self, content: Content) -> bool:
        """Say from a file's first bytes whether it is of this format."""

    def read_file(
        self, content: Content, log: FileLog, options: ReadingOptions
    ) -> Sequence[VmRecording]:
        """Return the VMs of one file, named as written.

        Raises
        ------
        RecordingError
            If nothing of the file can be used.
        """
        raise NotImplementedError

    def read(
        self, files: Sequence[tuple[Content, FileLog]], options: ReadingOptions
    ) -> list[VmRecording]:
        """Return the VMs of all files, named as written; a file that is refused says so in its log.

        Parameters
        ----------
        files : sequence of tuple
            Files of this format, each with its log.
        options : ReadingOptions
            How they are read.
        """

        def one(file: tuple[Content, FileLog]) -> Sequence[VmRecording]:
            content, log = file
            try:
                vms = self.read_file(content, log, options)
            except RecordingError as error:
                log.refuse(error)
                return ()
            log.vms = len(vms)
            return vms

        with ThreadPoolExecutor(min(4, cpu_count() or 1)) as pool:
            return [vm for vms in pool.map(one, files) for vm in vms]


@cache
def all_formats() -> dict[str, Format]:
    """Return every format in ``hvmc/recordings/formats`` by name, in the order they are tried."""
    homes = [
        import_module(f"{formats.__name__}.{found.name}")
        for found in pkgutil.iter_modules(formats.__path__)
    ]
    found = [
        value()
        for home in homes
        for value in vars(home).values()
        if isinstance(value, type)
        and issubclass(value, Format)
        and value.__module__ == home.__name__
    ]
    return {one.name: one for one in sorted(found, key=lambda one: one.place)}
