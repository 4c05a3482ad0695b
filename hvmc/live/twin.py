"""The native twin: the requests of each guest on a bare machine of its own, as the host runs.

Each has the processors and the memory of the baseline `adequate`, so that the ratio of mean
response times is the stretch as it stands. Requests are the same by their index, draw for draw.
"""

from hvmc.kernel.machine import Machine
from hvmc.live.heard import LatestResponses
from hvmc.model.host import HyperVHost
from hvmc.model.loading import Workloads
from hvmc.model.pace import advance
from hvmc.trial import adequate_processors

__all__ = ["NativeTwin"]

_EVERY_INDEX = 1 << 40


class NativeTwin:
    """Bare machines, one per guest, that run what the host's guests run.

    Parameters
    ----------
    host : HyperVHost
        At time zero.

    Attributes
    ----------
    machines : list of Machine
        In the order of the guests.
    processors : list of int
        Of each machine.
    workloads : Workloads
        What they run; changed by whoever changes the host's.
    """

    def __init__(self, host: HyperVHost) -> None:
        guests, scenario = host.scenario.guests, host.scenario
        self.processors = [adequate_processors(guest, scenario) for guest in guests]
        self.machines = [self._bare(host, load) for load in range(len(guests))]
        self.workloads = Workloads(self.machines, scenario)

    def _bare(self, host: HyperVHost, load: int) -> Machine:
        machine = host.machine.copy()
        machine.state["thread"]["measure_from"][0] = 0
        machine.state["thread"]["measure_until"][0] = _EVERY_INDEX
        machine.set_fault_rates([0.0], load)
        machine.start_bare(load, load + 1, self.processors[load])
        machine.responses = LatestResponses()
        return machine

    def advance(self, until_ns: int) -> None:
        """Advance all of them to a time."""
        for machine in self.machines:
            advance(machine, until_ns)
