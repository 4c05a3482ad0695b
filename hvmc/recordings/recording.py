"""A recording: VMs with readings at the times they were taken, and what became of each file.

A reading at time t is a mean over [t, t + `interval_s`) and holds until the next reading of its
segment. Segments are separated by gaps and by restarts of the recorder; nothing is known between
them. Readings keep the times of the file, so that VMs of one recording stay aligned on the clock
however their recorders drift.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hvmc.recordings.words import amount

__all__ = ["FileReport", "Recording", "VmRecording"]

_SERIES = (
    "memory_provisioned_mib",
    "memory_active_mib",
    "cpu_share_most",
    "disk_read_kib_per_s",
    "disk_write_kib_per_s",
    "network_received_kib_per_s",
    "network_sent_kib_per_s",
)


@dataclass(frozen=True, eq=False)
class VmRecording:
    """What one VM was recorded to use. Arrays are float64, shape (n,), read-only.

    Parameters
    ----------
    name : str
        Name valid for a guest, unique in its recording.
    written : str
        Name in the source: of the file without ending, or the VM's id.
    file : str
        Where its readings are from (the first file, where they are from several).
    interval_s : float
        Usual time between readings, seconds.
    times_s : ndarray
        Start of each reading, seconds since the epoch or since the recording's own zero
        (`Recording.clock`), increasing.
    cpu_share : ndarray
        Share of its VPs in use, >= 0; somewhat above 1 under turbo clocks.
    virtual_processors : int, optional
        The most it had; None where the source does not tell.
    memory_provisioned_mib, memory_active_mib : ndarray, optional
        Memory given to the VM, and the part of it in use, MiB.
    cpu_share_most : ndarray, optional
        Largest share within each reading's interval.
    disk_read_kib_per_s, disk_write_kib_per_s : ndarray, optional
        Disk throughput.
    network_received_kib_per_s, network_sent_kib_per_s : ndarray, optional
        Network throughput.
    segment_starts : tuple of int
        Indices at which segments begin; the first is 0.
    end_s : float, optional
        When the last reading ends, by default `interval_s` after it.
    """

    name: str
    written: str
    file: str
    interval_s: float
    times_s: NDArray[np.float64] = field(repr=False)
    cpu_share: NDArray[np.float64] = field(repr=False)
    virtual_processors: int | None = None
    memory_provisioned_mib: NDArray[np.float64] | None = field(default=None, repr=False)
    memory_active_mib: NDArray[np.float64] | None = field(default=None, repr=False)
    cpu_share_most: NDArray[np.float64] | None = field(default=None, repr=False)
    disk_read_kib_per_s: NDArray[np.float64] | None = field(default=None, repr=False)
    disk_write_kib_per_s: NDArray[np.float64] | None = field(default=None, repr=False)
    network_received_kib_per_s: NDArray[np.float64] | None = field(default=None, repr=False)
    network_sent_kib_per_s: NDArray[np.float64] | None = field(default=None, repr=False)
    segment_starts: tuple[int, ...] = (0,)
    end_s: float | None = None

    def __post_init__(self) -> None:
        for name in ("times_s", "cpu_share", *_SERIES):
            given = getattr(self, name)
            if given is None:
                continue
            values = np.asarray(given, dtype=np.float64)
            if values.shape != (max(1, np.size(self.times_s)),):
                rule = "must hold n >= 1 values, n the same in all arrays"
                raise ValueError(f"VmRecording.{name} {rule}, got shape {values.shape}")
            if not np.all((values >= 0) & (values < np.inf)):
                raise ValueError(f"VmRecording.{name} must hold finite numbers >= 0")
            values = values.copy() if values.flags.writeable else values
            values.setflags(write=False)
            object.__setattr__(self, name, values)
        if np.any(np.diff(self.times_s) <= 0):
            raise ValueError("VmRecording.times_s must increase")
        if not 0 < self.interval_s < np.inf:
            raise ValueError(f"VmRecording.interval_s must be > 0, got {self.interval_s!r}")

    def __reduce__(self) -> tuple[Any, ...]:
        return VmRecording, tuple(getattr(self, item.name) for item in fields(self))

    @cached_property
    def segments(self) -> NDArray[np.float64]:
        """Begin and end of each segment, seconds, float64, shape (k, 2)."""
        first = np.asarray(self.segment_starts)
        ends = self.times_s[np.append(first[1:], len(self.times_s)) - 1] + self.interval_s
        if self.end_s is not None:
            ends[-1] = self.end_s
        return np.column_stack([self.times_s[first], ends])

    @cached_property
    def lengths_s(self) -> NDArray[np.float64]:
        """How long each reading holds, seconds: weights for means in time."""
        ends = np.append(self.times_s[1:], 0.0)
        last = np.append(np.asarray(self.segment_starts[1:], dtype=np.intp), len(ends)) - 1
        ends[last] = self.segments[:, 1]
        return np.maximum(ends - self.times_s, 0.0)

    @property
    def mean_cpu_share(self) -> float:
        """Mean share of its VPs in use, over the time that was recorded."""
        return float(np.average(self.cpu_share, weights=self.lengths_s))

    def at(self, series: NDArray[np.float64], times_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the values of a series that hold at given times, those before it the first."""
        found: NDArray[np.float64] = series[
            np.maximum(np.searchsorted(self.times_s, times_s, side="right") - 1, 0)
        ]
        return found


@dataclass(frozen=True)
class FileReport:
    """What became of one file.

    Parameters
    ----------
    file : str
        Path.
    format : str
        Name of its format; empty where none was recognised.
    rows, kept : int
        Rows found, and those of them that became readings.
    vms : int
        VMs read from it.
    notes : tuple of str
        What was mended, left out or assumed, a sentence each, with line and column where it is of
        one place.
    refused : str
        Why nothing of it is used: rule, value and remedy; empty where it is.
    """

    file: str
    format: str = ""
    rows: int = 0
    kept: int = 0
    vms: int = 0
    notes: tuple[str, ...] = ()
    refused: str = ""

    def __str__(self) -> str:
        if self.refused:
            return self.refused
        read = f"{self.file}: {self.format}, {self.kept} of {self.rows} rows"
        return "; ".join((read, *self.notes))


@dataclass(frozen=True, eq=False)
class Recording:
    """What `read_recording` found.

    Parameters
    ----------
    path : str
        As given.
    vms : tuple of VmRecording
        Sorted by name as people count (vm2 before vm10), at least one.
    files : tuple of FileReport
        One per file looked at.
    notes : tuple of str
        What was done to the recording as a whole, such as names changed.
    clock : str
        ``absolute``: times are seconds since 1970 on the recorder's clock; ``relative``: since a
        zero of the recording's own, the same for all VMs.
    """

    path: str
    vms: tuple[VmRecording, ...] = field(repr=False)
    files: tuple[FileReport, ...] = field(repr=False)
    notes: tuple[str, ...] = ()
    clock: str = "absolute"

    @property
    def formats(self) -> tuple[str, ...]:
        """Names of the formats read, each once."""
        return tuple(dict.fromkeys(file.format for file in self.files if file.vms))

    @property
    def span_s(self) -> tuple[float, float]:
        """Begin of the first and end of the last reading of any VM, seconds."""
        edges = [(vm.segments[0, 0], vm.segments[-1, 1]) for vm in self.vms]
        return float(min(a for a, _ in edges)), float(max(b for _, b in edges))

    def vm(self, name: str) -> VmRecording:
        """Return a VM by its name.

        Raises
        ------
        KeyError
            If there is none.
        """
        for vm in self.vms:
            if vm.name == name:
                return vm
        raise KeyError(f"{self.path} holds no VM {name!r}: {', '.join(vm.name for vm in self.vms)}")

    def told(self) -> Iterator[str]:
        """Yield what a user should know: a sentence on the whole, then a line a noted file."""
        refused = [file for file in self.files if file.refused]
        used = len(self.files) - len(refused)
        yield (
            f"{self.path}: {amount(len(self.vms), 'VM')} from {used} of {len(self.files)} files "
            f"({', '.join(self.formats)})"
        )
        yield from self.notes
        yield from (str(file) for file in refused)
        yield from (str(file) for file in self.files if file.notes and not file.refused)
