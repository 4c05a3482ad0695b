"""Spans of time in which enough VMs of a recording are covered.

A window may begin at t where at least a share of the most VMs ever covered at once are covered from
t to its end without a break. VMs that share a window share the time of day.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil

import numpy as np
from numpy.typing import NDArray

from hvmc.recordings.recording import VmRecording

__all__ = ["Windows", "windows_of"]

_ROUNDING_S = 1e-3


@dataclass(frozen=True)
class Windows:
    """Where windows of one length may begin.

    Parameters
    ----------
    length_s : float
        What of a window must be covered, seconds: its length, or the longest segment where no VM
        is covered for so long.
    begins_s : ndarray
        First and last begin of each span, float64, shape (k, 2), k >= 1.
    most : int
        VMs that the best-covered windows have.
    needed : int
        VMs that every window has at least.
    spans_s, owners : ndarray
        All segments, float64, shape (m, 2), and the index of each one's VM, int64, shape (m,).
    """

    length_s: float
    begins_s: NDArray[np.float64]
    most: int
    needed: int
    spans_s: NDArray[np.float64] = field(repr=False)
    owners: NDArray[np.int64] = field(repr=False)

    def begin(self, u: float) -> float:
        """Return the begin of a window at a quantile ``u`` of all of them, seconds."""
        lengths = self.begins_s[:, 1] - self.begins_s[:, 0]
        into = u * float(lengths.sum())
        passed = np.cumsum(lengths)
        at = min(int(np.searchsorted(passed, into, side="right")), len(lengths) - 1)
        return float(self.begins_s[at, 0] + into - (passed[at] - lengths[at]))

    def covered(self, begin_s: float) -> list[int]:
        """Return the indices of the VMs that are covered in a window, in order."""
        end_s = begin_s + self.length_s
        whole = (self.spans_s[:, 0] <= begin_s) & (end_s <= self.spans_s[:, 1] + _ROUNDING_S)
        found: list[int] = self.owners[whole].tolist()
        return found


def windows_of(vms: Sequence[VmRecording], length_s: float, share: float) -> Windows:
    """Return where windows may begin.

    Parameters
    ----------
    vms : sequence of VmRecording
        At least one.
    length_s : float
        Length of a window, seconds.
    share : float
        Least VMs covered over the most VMs ever covered at once, 0..1.
    """
    spans = np.concatenate([vm.segments for vm in vms])
    owners = np.repeat(np.arange(len(vms)), [len(vm.segments) for vm in vms])
    needed_s = min(length_s, float((spans[:, 1] - spans[:, 0]).max()))
    fit = spans[spans[:, 1] - spans[:, 0] >= needed_s]
    times = np.concatenate([fit[:, 0], fit[:, 1] - needed_s])
    # at one time VMs come before others go: a window may begin at that very moment
    steps = np.repeat([1, -1], len(fit))
    order = np.lexsort((-steps, times))
    times, count = times[order], np.cumsum(steps[order])
    most = int(count.max())
    needed = max(1, ceil(share * most - 1e-9))
    good = count[:-1] >= needed
    edges = np.diff(np.concatenate([[0], good.astype(np.int8), [0]]))
    first, last = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    begins_s = np.column_stack([times[first], times[last]])
    return Windows(needed_s, begins_s, most, needed, spans, owners)
