"""Mesa agents: what lives on the modelled host.

An agent's attributes are read from the record the kernel works on at the moment they are asked
for; nothing is copied. Reading brings the fine clock up to the model's time first.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import mesa

from hvmc.kernel.codes import STATES
from hvmc.scenario.guest import Guest, Priority
from hvmc.scenario.memory import Memory
from hvmc.scenario.settings import Problem, SettingsError, nearest

if TYPE_CHECKING:
    from hvmc.model.host import HyperVHost

__all__ = ["GuestPartition", "RootPartition", "SchedulerPriority", "VirtualProcessor"]


class VirtualProcessor(mesa.Agent):
    """One virtual processor of a partition.

    Parameters
    ----------
    model : HyperVHost
        The host.
    index : int
        Its number in the state record.
    """

    model: "HyperVHost"

    def __init__(self, model: "HyperVHost", index: int) -> None:
        super().__init__(model)
        self.index = index

    @property
    def state(self) -> str:
        """Idle, ready, running, capped or blocked."""
        return STATES[self.model.state["vp"]["state"][0][self.index]]

    @property
    def logical_processor(self) -> int | None:
        """The LP it runs on, if any."""
        lp = int(self.model.state["vp"]["lp"][0][self.index])
        return lp if lp >= 0 else None

    @property
    def dispatches(self) -> int:
        """How often it was given an LP."""
        return int(self.model.state["vp"]["dispatches"][0][self.index])

    @property
    def time_s(self) -> dict[str, float]:
        """Seconds spent in each state since time zero."""
        times = self.model.observed["vp"]["ns"][0][self.index]
        return {name: float(ns) * 1e-9 for name, ns in zip(STATES, times, strict=True)}

    @property
    def wait_per_dispatch_s(self) -> float:
        """Mean seconds it was ready before each dispatch; nan before the first."""
        return self.time_s["ready"] / self.dispatches if self.dispatches else float("nan")


class SchedulerPriority(mesa.Agent):
    """The priority settings of one guest; assign to change them while the host runs.

    A change takes effect at the model's present time: weights and reserves from the next grant of
    shares on, limits from each VP's next stay on.

    Parameters
    ----------
    model : HyperVHost
        The host.
    guest : str
        Name of the guest.
    vps : slice
        Its VPs in the state record.
    """

    model: "HyperVHost"

    def __init__(self, model: "HyperVHost", guest: str, vps: slice) -> None:
        super().__init__(model)
        self.guest = guest
        self._vps = vps
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
        return Priority(reserve=self.reserve, limit=self.limit, weight=self.weight)

    @settings.setter
    def settings(self, priority: Priority) -> None:
        self._check_applicable(priority)
        record = self.model.state
        record["vp"]["weight"][0][self._vps] = priority.weight
        record["vp"]["reserve"][0][self._vps] = priority.reserve
        record["vp"]["limit"][0][self._vps] = priority.limit
        self.model.settings_changed()

    @property
    def weight(self) -> int:
        """Weight of each VP, 1..10000."""
        return int(self.model.state["vp"]["weight"][0][self._vps.start])

    @weight.setter
    def weight(self, value: int) -> None:
        self._change(weight=value)

    @property
    def reserve(self) -> float:
        """Fraction of an LP guaranteed to each VP."""
        return float(self.model.state["vp"]["reserve"][0][self._vps.start])

    @reserve.setter
    def reserve(self, value: float) -> None:
        self._change(reserve=value)

    @property
    def limit(self) -> float:
        """Fraction of an LP each VP may use."""
        return float(self.model.state["vp"]["limit"][0][self._vps.start])

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
        scenario = self.model.scenario
        guests = [
            guest.replace(priority=priority if guest.name == self.guest else self._of(guest))
            for guest in scenario.guests
        ]
        scenario.replace(guests=tuple(guests))
        if scenario.host.scheduler == "root":
            raise SettingsError(
                [
                    Problem(
                        "Priority",
                        "does not apply under host.scheduler root: choose classic or core",
                    )
                ]
            )

    def _of(self, guest: Guest) -> Priority:
        return self.model.guest(guest.name).priority.settings


class _Partition(mesa.Agent):
    """A partition: its VPs and the processor time they have used."""

    model: "HyperVHost"

    def __init__(self, model: "HyperVHost", name: str, vps: slice) -> None:
        super().__init__(model)
        self.name = name
        self.vps = vps
        self.virtual_processors = [
            VirtualProcessor(model, index) for index in range(vps.start, vps.stop)
        ]

    def __iter__(self) -> Iterator[VirtualProcessor]:
        return iter(self.virtual_processors)

    @property
    def time_s(self) -> dict[str, float]:
        """Seconds of all its VPs in each state since time zero."""
        times = self.model.observed["vp"]["ns"][0][self.vps].sum(axis=0)
        return {name: float(ns) * 1e-9 for name, ns in zip(STATES, times, strict=True)}

    @property
    def dispatches(self) -> int:
        """How often its VPs were given an LP."""
        return int(self.model.state["vp"]["dispatches"][0][self.vps].sum())

    @property
    def wait_per_dispatch_s(self) -> float:
        """Mean seconds a VP was ready before each dispatch; nan before the first."""
        return self.time_s["ready"] / self.dispatches if self.dispatches else float("nan")


class RootPartition(_Partition):
    """The root partition: one VP per LP, running the root's own background work."""


class GuestPartition(_Partition):
    """A guest partition with its workload, priority and memory settings.

    Memory is as of the last decision. Assign to `memory` to change its settings while the host
    runs; they take effect at the next decision.

    Parameters
    ----------
    model : HyperVHost
        The host.
    guest : Guest
        Its settings in the scenario.
    load : int
        Its workload's number in the state record.
    vps : slice
        Its VPs in the state record.

    Attributes
    ----------
    priority : SchedulerPriority
        Priority settings in force.
    configured : Priority
        Priority settings the scenario gave it.
    """

    def __init__(self, model: "HyperVHost", guest: Guest, load: int, vps: slice) -> None:
        super().__init__(model, guest.name, vps)
        self.workload = guest.workload
        self.configured = guest.priority
        self.priority = SchedulerPriority(model, guest.name, vps)
        self._load = load

    @property
    def measured(self) -> int:
        """Requests measured so far, finished or not."""
        return int(self.model.state["load"]["measured"][0][self._load])

    @property
    def finished(self) -> int:
        """Measured requests finished so far."""
        return int(self.model.state["load"]["finished"][0][self._load])

    @property
    def mean_response_s(self) -> float:
        """Mean response time of the finished ones, seconds; nan before the first."""
        if self.finished == 0:
            return float("nan")
        return float(self.model.state["load"]["response_ns"][0][self._load]) * 1e-9 / self.finished

    @property
    def queued_threads(self) -> int:
        """Threads that wait for a VP of the guest."""
        part = self.model.state["load"]["part"][0][self._load]
        return int(self.model.state["part"]["line"]["length"][0][part])

    @property
    def cpu_work_s(self) -> float:
        """Guest work done, seconds of an undisturbed LP."""
        return float(self.model.observed["load"]["work_ns"][0][self._load]) * 1e-9

    @property
    def started(self) -> bool:
        """Whether its startup memory was available; if not, it does nothing."""
        return self.model.balancer.started[self._load]

    @property
    def memory(self) -> Memory:
        """The memory settings in force."""
        return self.model.balancer.settings[self.name]

    @memory.setter
    def memory(self, settings: Memory) -> None:
        self.model.balancer.change(self.name, settings)

    @property
    def assigned_mib(self) -> float:
        """Memory it has, MiB; 0 if it was not started."""
        return float(self.model.balancer.assigned_mib[self._load])

    @property
    def demand_mib(self) -> float:
        """Memory it has committed, MiB."""
        return float(self.model.balancer.demand_mib[self._load])

    @property
    def working_set_mib(self) -> float:
        """Memory it touches, MiB."""
        return float(self.model.balancer.working_set_mib[self._load])

    @property
    def pressure(self) -> float:
        """100 x demand / assigned; nan if it was not started."""
        return float(self.model.balancer.pressure[self._load])
