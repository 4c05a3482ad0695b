"""What the counters of a host are taken from: an interval between two snapshots."""

import numpy as np
from numpy.typing import NDArray

from hvmc.counters.tally import WAYS, Counts
from hvmc.kernel.codes import DISK, RUNNING
from hvmc.kernel.elapsed import Elapsed
from hvmc.scenario.scenario import Scenario

__all__ = ["SampleInterval"]


class SampleInterval(Elapsed):
    """What happened on a host between two snapshots.

    Parameters
    ----------
    scenario : Scenario
        What is simulated.
    before, after : ndarray, shape (1,)
        As of `Elapsed`.
    """

    def __init__(self, scenario: Scenario, before: np.ndarray, after: np.ndarray) -> None:
        super().__init__(before, after)
        self.scenario = scenario
        self._counts = Counts(scenario, before), Counts(scenario, after)
        self._io: dict[tuple[int, int], dict[str, int]] = {}

    @property
    def lps(self) -> slice:
        """Rows of the logical processors."""
        return slice(0, int(self.after["n_lp"][0]))

    def vps(self, partition: int) -> slice:
        """Rows of a partition's virtual processors."""
        first = int(self.after["partition"]["first_vp"][0][partition])
        return slice(first, first + int(self.after["partition"]["vps"][0][partition]))

    @property
    def root(self) -> int | None:
        """The root partition's number; None where it is left out."""
        guests = len(self.scenario.guests)
        return guests if int(self.after["n_partition"][0]) > guests else None

    @property
    def parts(self) -> range:
        """Numbers of all partitions, guests' first, in the scenario's order."""
        return range(int(self.after["n_partition"][0]))

    def tally(self, load: int) -> dict[str, int]:
        """Return a guest's counts in the interval, under the names of their rates."""
        before, after = (counts.guest(load) for counts in self._counts)
        return {name: after[name] - before[name] for name in after}

    def io(self, load: int, to: int = DISK) -> dict[str, int]:
        """Return a guest's I/Os of a device in the interval; outstanding ones are at its end."""
        key = (load, to)
        if key not in self._io:
            before, after = (counts.io(load, to) for counts in self._counts)
            grown = {name: after[name] - before[name] for name in after}
            self._io[key] = grown | {"outstanding": after["outstanding"]}
        return self._io[key]

    def messages(self, name: str) -> int:
        """Return all guests' VMBus messages in the interval: ``sent`` or ``received``."""
        loads = range(len(self.scenario.guests))
        return sum(self.io(load, to)[name] for load in loads for to in WAYS)

    def running_ns(self, partition: int) -> NDArray[np.float64]:
        """Return how long each virtual processor of a partition ran."""
        return self.change("vp", "ns", self.vps(partition))[:, RUNNING]

    def hypervisor_ns(self, partition: int) -> NDArray[np.float64]:
        """Return the hypervisor time of each virtual processor: intercepts and switches."""
        vps = self.vps(partition)
        return self.change("vp", "hypervisor_ns", vps) + self.change("vp", "switch_ns", vps)
