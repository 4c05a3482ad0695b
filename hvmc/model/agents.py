"""Mesa agents: what lives on the modelled host.

An agent's attributes are read from the record the kernel works on at the moment they are asked
for; nothing is copied. Reading brings the fine clock up to the model's time first.
"""

from collections.abc import Iterator
from typing import Any

import mesa
import numpy as np

from hvmc.kernel.clock import nanoseconds
from hvmc.kernel.codes import STATES
from hvmc.kernel.machine import Machine
from hvmc.model.loading import Workloads
from hvmc.model.memory import DynamicMemoryBalancer
from hvmc.model.pace import advance
from hvmc.scenario.guest import Priority
from hvmc.scenario.memory import Memory
from hvmc.scenario.scenario import Scenario
from hvmc.scenario.settings import Problem, SettingsError, nearest
from hvmc.scenario.workload import Workload

__all__ = ["GuestPartition", "RootPartition", "SchedulerPriority", "VirtualProcessor"]


class _OnMachine(mesa.Agent):
    """An agent whose attributes are read from a machine's record, at the model's time."""

    def __init__(self, model: mesa.Model, machine: Machine) -> None:
        super().__init__(model)
        self._machine = machine

    @property
    def _state(self) -> np.ndarray:
        advance(self._machine, nanoseconds(self.model.time))
        return self._machine.state

    @property
    def _observed(self) -> np.ndarray:
        advance(self._machine, nanoseconds(self.model.time))
        return self._machine.observe()


class VirtualProcessor(_OnMachine):
    """One virtual processor of a partition.

    Parameters
    ----------
    model : Model
        The host.
    machine : Machine
        Its fine clock.
    index : int
        The VP's number in the state record.
    """

    def __init__(self, model: mesa.Model, machine: Machine, index: int) -> None:
        super().__init__(model, machine)
        self.index = index

    @property
    def state(self) -> str:
        """Idle, ready, running, capped or blocked."""
        return STATES[self._state["vp"]["state"][0][self.index]]

    @property
    def logical_processor(self) -> int | None:
        """The LP it runs on, if any."""
        lp = int(self._state["vp"]["lp"][0][self.index])
        return lp if lp >= 0 else None

    @property
    def dispatches(self) -> int:
        """How often it was given an LP."""
        return int(self._state["vp"]["dispatches"][0][self.index])

    @property
    def time_s(self) -> dict[str, float]:
        """Seconds spent in each state since time zero."""
        times = self._observed["vp"]["ns"][0][self.index]
        return {name: float(ns) * 1e-9 for name, ns in zip(STATES, times, strict=True)}

    @property
    def wait_per_dispatch_s(self) -> float:
        """Mean seconds it was ready before each dispatch; nan before the first."""
        return self.time_s["ready"] / self.dispatches if self.dispatches else float("nan")


class SchedulerPriority(_OnMachine):
    """The priority settings of one guest; assign to change them while the host runs.

    A change takes effect at the model's present time: weights and reserves from the next grant of
    shares on, limits from each VP's next stay on.

    Parameters
    ----------
    model : Model
        The host.
    machine : Machine
        Its fine clock.
    scenario : Scenario
        What is simulated: new settings must keep its rules.
    load : int
        The guest's number.
    """

    def __init__(self, model: mesa.Model, machine: Machine, scenario: Scenario, load: int) -> None:
        super().__init__(model, machine)
        self.guest = scenario.guests[load].name
        self._scenario, self._load = scenario, load
        self._vps = vps_of(machine.state, load)
        self._sealed = True

    def __setattr__(self, name: str, value: Any) -> None:
        known = name in self.__dict__ or hasattr(type(self), name) or name.startswith("_")
        if "_sealed" in self.__dict__ and not known:
            remedy = nearest(name, ["limit", "reserve", "settings", "weight"])
            raise AttributeError(f"guests.{self.guest}.priority.{name} is not a setting: {remedy}")
        super().__setattr__(name, value)

    @property
    def settings(self) -> Priority:
        """The settings in force."""
        return _priority(self._state, self._vps)

    @settings.setter
    def settings(self, priority: Priority) -> None:
        self._check_applicable(priority)
        record = self._state
        record["vp"]["weight"][0][self._vps] = priority.weight
        record["vp"]["reserve"][0][self._vps] = priority.reserve
        record["vp"]["limit"][0][self._vps] = priority.limit
        self._machine.apply()

    @property
    def weight(self) -> int:
        """Weight of each VP, 1..10000."""
        return int(self._state["vp"]["weight"][0][self._vps.start])

    @weight.setter
    def weight(self, value: int) -> None:
        self._change(weight=value)

    @property
    def reserve(self) -> float:
        """Fraction of an LP guaranteed to each VP."""
        return float(self._state["vp"]["reserve"][0][self._vps.start])

    @reserve.setter
    def reserve(self, value: float) -> None:
        self._change(reserve=value)

    @property
    def limit(self) -> float:
        """Fraction of an LP each VP may use."""
        return float(self._state["vp"]["limit"][0][self._vps.start])

    @limit.setter
    def limit(self, value: float) -> None:
        self._change(limit=value)

    def _change(self, **values: Any) -> None:
        try:
            self.settings = self.settings.replace(**values)
        except SettingsError as error:
            raise SettingsError([self._located(problem) for problem in error.problems]) from None

    def _located(self, problem: Problem) -> Problem:
        """Return the problem with the path a user of the scenario knows."""
        owner = problem.path.partition(".")[0]
        return problem.below(f"guests.{self.guest}.priority" if owner == "Priority" else "")

    def _check_applicable(self, priority: Priority) -> None:
        state = self._state
        in_force = [_priority(state, vps_of(state, i)) for i in range(len(self._scenario.guests))]
        in_force[self._load] = priority
        guests = (
            guest.replace(priority=own)
            for guest, own in zip(self._scenario.guests, in_force, strict=True)
        )
        self._scenario.replace(guests=tuple(guests))
        if self._scenario.host.scheduler == "root":
            raise SettingsError(
                [
                    Problem(
                        "Priority",
                        "does not apply under host.scheduler root: choose classic or core",
                    )
                ]
            )


def vps_of(state: np.ndarray, partition: int) -> slice:
    """Return the rows of a partition's virtual processors."""
    first = int(state["partition"]["first_vp"][0][partition])
    return slice(first, first + int(state["partition"]["vps"][0][partition]))


def _priority(state: np.ndarray, vps: slice) -> Priority:
    own = state["vp"][0][vps.start]
    return Priority(
        reserve=float(own["reserve"]), limit=float(own["limit"]), weight=int(own["weight"])
    )


class _Partition(_OnMachine):
    """A partition: its VPs and the processor time they have used."""

    def __init__(self, model: mesa.Model, machine: Machine, name: str, partition: int) -> None:
        super().__init__(model, machine)
        self.name = name
        self.vps = vps_of(machine.state, partition)
        self.virtual_processors = [
            VirtualProcessor(model, machine, index)
            for index in range(self.vps.start, self.vps.stop)
        ]

    def __iter__(self) -> Iterator[VirtualProcessor]:
        return iter(self.virtual_processors)

    @property
    def time_s(self) -> dict[str, float]:
        """Seconds of all its VPs in each state since time zero."""
        times = self._observed["vp"]["ns"][0][self.vps].sum(axis=0)
        return {name: float(ns) * 1e-9 for name, ns in zip(STATES, times, strict=True)}

    @property
    def dispatches(self) -> int:
        """How often its VPs were given an LP."""
        return int(self._state["vp"]["dispatches"][0][self.vps].sum())

    @property
    def wait_per_dispatch_s(self) -> float:
        """Mean seconds a VP was ready before each dispatch; nan before the first."""
        return self.time_s["ready"] / self.dispatches if self.dispatches else float("nan")


class RootPartition(_Partition):
    """The root partition: one VP per LP, running the root's own background work."""


class GuestPartition(_Partition):
    """A guest partition with its workload, priority and memory settings.

    Memory is as of the last decision. Assign to `memory` to change its settings while the host
    runs; they take effect at the next decision. Assign to `workload` to change the CPU time of its
    requests; that acts on those that begin from then on.

    Parameters
    ----------
    model : Model
        The host.
    machine : Machine
        Its fine clock.
    balancer : DynamicMemoryBalancer
        Who has how much memory.
    workloads : Workloads
        What guests do.
    scenario : Scenario
        What is simulated.
    load : int
        The guest's number.

    Attributes
    ----------
    priority : SchedulerPriority
        Priority settings in force.
    configured : Priority
        Priority settings the scenario gave it.
    """

    def __init__(
        self,
        model: mesa.Model,
        machine: Machine,
        balancer: DynamicMemoryBalancer,
        workloads: Workloads,
        scenario: Scenario,
        load: int,
    ) -> None:
        guest = scenario.guests[load]
        super().__init__(model, machine, guest.name, load)
        self.configured = guest.priority
        self.priority = SchedulerPriority(model, machine, scenario, load)
        self._balancer, self._workloads, self._load = balancer, workloads, load

    @property
    def workload(self) -> Workload:
        """The workload in force."""
        return self._workloads.of(self._load)

    @workload.setter
    def workload(self, workload: Workload) -> None:
        self._machine.advance(nanoseconds(self.model.time))
        self._workloads.change(self._load, workload)

    @property
    def measured(self) -> int:
        """Requests measured so far, finished or not."""
        return int(self._state["load"]["measured"][0][self._load])

    @property
    def finished(self) -> int:
        """Measured requests finished so far."""
        return int(self._state["load"]["finished"][0][self._load])

    @property
    def mean_response_s(self) -> float:
        """Mean response time of the finished ones, seconds; nan before the first."""
        if self.finished == 0:
            return float("nan")
        return float(self._state["load"]["response_ns"][0][self._load]) * 1e-9 / self.finished

    @property
    def queued_threads(self) -> int:
        """Threads that wait for a VP of the guest."""
        partition = self._state["load"]["partition"][0][self._load]
        return int(self._state["partition"]["line"]["length"][0][partition])

    @property
    def cpu_work_s(self) -> float:
        """Guest work done, seconds of an undisturbed LP."""
        return float(self._observed["load"]["work_ns"][0][self._load]) * 1e-9

    @property
    def started(self) -> bool:
        """Whether its startup memory was available; if not, it does nothing."""
        return self._balancer.started[self._load]

    @property
    def memory(self) -> Memory:
        """The memory settings in force."""
        return self._balancer.settings[self.name]

    @memory.setter
    def memory(self, settings: Memory) -> None:
        self._balancer.change(self.name, settings)

    @property
    def assigned_mib(self) -> float:
        """Memory it has, MiB; 0 if it was not started."""
        return float(self._balancer.assigned_mib[self._load])

    @property
    def demand_mib(self) -> float:
        """Memory it has committed, MiB."""
        return float(self._balancer.demand_mib[self._load])

    @property
    def working_set_mib(self) -> float:
        """Memory it touches, MiB."""
        return float(self._balancer.working_set_mib[self._load])

    @property
    def smart_paged_mib(self) -> float:
        """Startup memory that it boots without, MiB; 0 unless it has restarted."""
        return float(self._balancer.smart_paged_mib[self._load])

    @property
    def pressure(self) -> float:
        """100 x demand / assigned; nan if it was not started."""
        return float(self._balancer.pressure[self._load])
