"""Memory of the native baselines: which hard faults a bare machine suffers, and when.

``adequate`` has memory for the guests' working sets and never faults; ``same_size`` has the guest's
maximum memory, ``full_host`` and ``together`` that of the host. Guests that share a machine short
of memory are each short of the same share of their working set. Rates move at the decision instants
of the virtual run, with the same working sets; where none can move, or memory always suffices, a
run is advanced in one go.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hvmc.scenario.paging import Faults
from hvmc.scenario.working_sets import WorkingSets

__all__ = ["AMPLE", "BareMemory"]

AMPLE = math.inf


@dataclass(frozen=True)
class BareMemory:
    """Fault rates of workloads ``first..last - 1`` on a bare machine.

    Parameters
    ----------
    sets : WorkingSets
        Of all guests.
    faults : Faults
        The locality law.
    first, last : int
        Which of them run on the machine.
    mib : float
        Its memory, MiB.
    """

    sets: WorkingSets
    faults: Faults
    first: int
    last: int
    mib: float

    @property
    def ample(self) -> bool:
        """Whether no fault is possible."""
        peak = float(self.sets.peak_mib[self.first : self.last].sum())
        return not self.faults.enabled or peak <= self.mib

    @property
    def steady(self) -> bool:
        """Whether rates can't move."""
        return self.ample or self.sets.constant

    def rates(self, instant: int) -> NDArray[np.float64]:
        """Return hard faults per second of CPU, shape (last - first,), from an instant on."""
        working_sets = self.sets.at(instant)[self.first : self.last]
        if self.ample:
            return np.zeros(len(working_sets))
        share = self.mib / max(float(working_sets.sum()), self.mib)
        return self.faults.rates(working_sets, share * working_sets)
