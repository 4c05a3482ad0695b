"""The coarse clock: the modelled host as a Mesa model over the kernel's state record."""

from functools import cached_property

import mesa
import numpy as np
from mesa.time import Priority as EventPriority

from hvmc.kernel.clock import nanoseconds
from hvmc.kernel.elapsed import Elapsed
from hvmc.kernel.machine import Machine
from hvmc.kernel.responses import Responses
from hvmc.model.agents import GuestPartition, RootPartition
from hvmc.model.checks import check_changes, check_host, check_seconds
from hvmc.model.deciding import view_of
from hvmc.model.loading import Workloads
from hvmc.model.measuring import Requests, measure_requests
from hvmc.model.memory import DynamicMemoryBalancer
from hvmc.model.pace import advance
from hvmc.policies.choosing import policy_of
from hvmc.policies.memory import MemoryPolicy
from hvmc.policies.memory import decide as balance
from hvmc.policies.priority import PriorityPolicy, static
from hvmc.scenario.keys import trial_key
from hvmc.scenario.scenario import Scenario
from hvmc.scenario.settings import Problem, SettingsError
from hvmc.scenario.working_sets import WorkingSets
from hvmc.scenario.workload import Batch

__all__ = ["HyperVHost"]


class HyperVHost(mesa.Model):
    """A Hyper-V-like host with its guests.

    Mesa's time is in seconds. Advance it with ``run_for`` or ``run_until``; between Mesa's events
    the compiled fine clock runs everything that takes microseconds. How the time is cut into
    pieces does not change the result.

    Parameters
    ----------
    scenario : Scenario
        What to simulate.
    seed, trial, replication : int
        Names of the random streams.
    policy : function, optional
        ``decide(view) -> {guest: Priority}``, called every ``scenario.decision_interval_s``; see
        `hvmc.policies.priority`. By default what ``scenario.policy`` names.
    memory_policy : function, optional
        ``decide(view) -> {guest: MiB}``, called as often in place of the balancer; see
        `hvmc.policies.memory`.
    requests : mapping, optional
        Requests to measure, by index, instead of those that start in the window: those that
        another run measured (`hvmc.model.measuring`). `run` then waits for them ten times as long,
        as native runs do.

    Attributes
    ----------
    guests : list of GuestPartition
        In the scenario's order.
    root : RootPartition or None
        None where ``scenario.root.background_load`` is 0.
    balancer : DynamicMemoryBalancer
        Who has how much memory.
    machine : Machine
        The fine clock.

    Examples
    --------
    >>> from hvmc import Closed, Exponential, Guest, Host, Scenario
    >>> web = Guest(name="web", workload=Closed(threads=4, cpu=Exponential(0.01)))
    >>> host = HyperVHost(Scenario(host=Host(logical_processors=1), guests=[web]), seed=1)
    >>> host.run_for(10)
    >>> host.guest("web").priority.weight = 400
    >>> host.run_for(10)
    >>> host.time, host.guest("web").priority.weight
    (20.0, 400)
    """

    def __init__(
        self,
        scenario: Scenario,
        *,
        seed: int = 1,
        trial: int = 0,
        replication: int = 0,
        policy: PriorityPolicy | None = None,
        memory_policy: MemoryPolicy = balance,
        requests: Requests | None = None,
    ) -> None:
        check_host(scenario, policy, memory_policy)
        super().__init__(rng=0)
        self._hyperv_scenario = scenario
        self.working_sets = WorkingSets(
            {guest.name: guest.memory for guest in scenario.guests},
            scenario.decision_interval_s,
            seed=seed,
            trial=trial,
            replication=replication,
        )
        self.balancer = self._new_balancer(memory_policy)
        key = trial_key(seed, trial, replication)
        self.machine = Machine.of(scenario, key, self.balancer.started)
        self._tell_faults()
        self._end_s = scenario.horizon_s + scenario.drain_s
        if requests is not None:
            measure_requests(self.final_state, scenario.guests, requests)
            self._end_s *= 10
            self.final_state["end_ns"][0] *= 10
        self.window: list[np.ndarray] = []
        self.machine.start()
        self._add_partitions()
        self._policy = policy_of(scenario.policy) if policy is None else policy
        self._last_decision = self.observed if self._policy is not static else None
        self._instant = 0
        memory_moves = scenario.balancer.enabled or not self.working_sets.constant
        self._decides = memory_moves or self._policy is not static
        if self._decides:
            self.schedule_event(self._decide, at=self._next_decision_s)
        for at_s in (scenario.warmup_s, scenario.horizon_s):
            if at_s > 0 and not self._all_batch:
                self.schedule_event(self._look, at=at_s, priority=EventPriority.HIGH)
            else:
                self.window.append(self.machine.observe())

    def _new_balancer(self, policy: MemoryPolicy) -> DynamicMemoryBalancer:
        scenario = self._hyperv_scenario
        if policy is not balance and not scenario.balancer.enabled:
            raise SettingsError(
                [Problem("balancer.enabled", "must be true for a memory_policy, got False")]
            )
        return DynamicMemoryBalancer(self, scenario, self.working_sets, policy)

    def _add_partitions(self) -> None:
        scenario, machine = self._hyperv_scenario, self.machine
        workloads = Workloads([machine], scenario)
        self.guests = [
            GuestPartition(self, machine, self.balancer, workloads, scenario, load)
            for load in range(len(scenario.guests))
        ]
        root = len(scenario.guests)
        has_root = int(machine.state["n_partition"][0]) > root
        self.root = RootPartition(self, machine, "root", root) if has_root else None

    @property
    def scenario(self) -> Scenario:
        """The scenario being simulated."""
        return self._hyperv_scenario

    @scenario.setter
    def scenario(self, _mesa_scenario: object) -> None:
        """Ignore Mesa's own scenario object: hvmc's is given at construction."""

    @cached_property
    def _all_batch(self) -> bool:
        return all(isinstance(guest.workload, Batch) for guest in self._hyperv_scenario.guests)

    def guest(self, name: str) -> GuestPartition:
        """Return the guest partition of that name.

        Raises
        ------
        KeyError
            If there is none.
        """
        for partition in self.guests:
            if partition.name == name:
                return partition
        raise KeyError(f"no guest {name!r}; there are {[guest.name for guest in self.guests]}")

    @property
    def responses(self) -> Responses:
        """Response times of measured requests."""
        return self.machine.responses

    @property
    def state(self) -> np.ndarray:
        """The kernel's record, brought up to the model's time."""
        advance(self.machine, nanoseconds(self.time))
        return self.machine.state

    @property
    def final_state(self) -> np.ndarray:
        """The record as `run` left it, which may be behind Mesa's time."""
        return self.machine.state

    @property
    def observed(self) -> np.ndarray:
        """A snapshot of the record with all accounts brought up to the model's time."""
        advance(self.machine, nanoseconds(self.time))
        return self.machine.observe()

    @property
    def _next_decision_s(self) -> float:
        return (self._instant + 1) * self._hyperv_scenario.decision_interval_s

    def _decide(self) -> None:
        """Memory first, then priority settings, at exact multiples of the interval."""
        self._instant += 1
        if self.balancer.decide():
            advance(self.machine, nanoseconds(self.time))
            self._tell_faults()
        if self._last_decision is not None:
            now = self.observed
            changes = self._policy(view_of(self.guests, Elapsed(self._last_decision, now)))
            check_changes(changes)
            for name, priority in changes.items():
                self.guest(name).priority.settings = priority
            self._last_decision = now
        self.schedule_event(self._decide, at=self._next_decision_s)

    def _tell_faults(self) -> None:
        self.machine.set_fault_rates(self.balancer.fault_rates)
        self.machine.set_root_fault_rate(self.balancer.root_fault_rate)

    def _look(self) -> None:
        self.window.append(self.observed)

    def run_for(self, duration: float) -> None:
        """Run for some seconds more, a number >= 0."""
        check_seconds("run_for", duration)
        super().run_for(duration)

    def run_until(self, end_time: float) -> None:
        """Run until a time in seconds, a number >= 0; Mesa warns if that is past."""
        check_seconds("run_until", end_time)
        super().run_until(end_time)

    def _advance_time(self, until: float) -> None:
        super()._advance_time(until)
        advance(self.machine, nanoseconds(self.time))

    def run(self) -> None:
        """Run to the horizon, then until every measured request has finished or been cut off.

        A scenario of batches alone ends when the last of them does, at the horizon where memory
        was too short to start any.
        """
        scenario = self._hyperv_scenario
        if not self._all_batch and self.time < scenario.horizon_s:
            self.run_until(scenario.horizon_s)
        end_s = self._end_s
        while self.machine.unfinished and self.time < end_s:
            next_s = self.time + scenario.decision_interval_s
            next_s = min(self._next_decision_s if self._decides else next_s, end_s)
            advance(self.machine, nanoseconds(next_s), stop_when_measured=True)
            if self.machine.unfinished:
                self.run_until(next_s)
        if self._all_batch:
            if not any(self.balancer.started):
                self.run_until(scenario.horizon_s)
            self.window = [self.window[0], self.machine.observe()]
