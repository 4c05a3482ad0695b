"""The dynamic memory balancer as a Mesa agent: the coarse clock's side of memory."""

from collections.abc import Mapping
from dataclasses import dataclass

import mesa
import numpy as np
from numpy.typing import NDArray

from hvmc.model.checks import check_memory_changes
from hvmc.policies.memory import (
    GuestMemoryView,
    MemoryPolicy,
    MemoryView,
    admitted,
    decide,
    free_at_once,
    moves_every_time,
    static_mib,
    wanted,
    with_startup,
)
from hvmc.scenario.memory import Memory
from hvmc.scenario.scenario import Scenario
from hvmc.scenario.settings import Problem, SettingsError
from hvmc.scenario.working_sets import WorkingSets

__all__ = ["DynamicMemoryBalancer", "MemoryRecord"]

type Floats = NDArray[np.float64]

_ROUNDING_MIB = 1e-6
_MOST_STEPS = 100


@dataclass(frozen=True)
class MemoryRecord:
    """Memory from one decision to the next.

    Parameters
    ----------
    time_s : float
        When it was decided.
    assigned_mib, demand_mib, working_set_mib : ndarray of float64, shape (guests,)
        MiB; assigned is 0 of a guest that is not started.
    smart_paged_mib : ndarray of float64, shape (guests,)
        MiB of startup memory that guests boot without.
    """

    time_s: float
    assigned_mib: Floats
    demand_mib: Floats
    working_set_mib: Floats
    smart_paged_mib: Floats


class DynamicMemoryBalancer(mesa.Agent):
    """Moves memory between guests once per decision interval.

    At time zero guests are started one after the other as far as their startup memory is there, and
    the run begins at the balancer's fixed point. At every later instant working sets and demands
    move (guests short of memory give up caches), guests that restart get what startup memory is
    free, the policy decides, and the rates of hard faults that follow, of guests and of the root,
    are written to the record the kernel works on, before the events of that instant.

    Parameters
    ----------
    model : HyperVHost
        The host.
    scenario : Scenario
        Its settings.
    working_sets : WorkingSets
        What guests use.
    policy : function
        ``policy(view) -> {guest: MiB}``; see `hvmc.policies.memory`.

    Attributes
    ----------
    started : tuple of bool
        By guest.
    settings : dict of str to Memory
        Memory settings in force.
    assigned_mib, demand_mib, working_set_mib : ndarray of float64, shape (guests,)
        At the last decision, MiB.
    added_mib, removed_mib : ndarray of float64, shape (guests,)
        Since time zero.
    additions, removals : ndarray of int64, shape (guests,)
        Operations since time zero.
    history : list of MemoryRecord
        One per decision, that at time zero first.
    """

    def __init__(
        self,
        model: mesa.Model,
        scenario: Scenario,
        working_sets: WorkingSets,
        policy: MemoryPolicy = decide,
    ) -> None:
        super().__init__(model)
        memories = [guest.memory for guest in scenario.guests]
        count = len(memories)
        self._limits = scenario.balancer
        self._faults = scenario.overheads.faults
        self._root_reserve_mib = self._limits.root_mib(scenario.host.memory_mib)
        self._root_working_set_mib = scenario.root.working_set * self._root_reserve_mib
        self._interval_s = scenario.decision_interval_s
        self._sets, self._policy, self._instant = working_sets, policy, 0
        self._names = [guest.name for guest in scenario.guests]
        self.started = admitted(scenario.host.memory_mib, memories, self._limits)
        self.settings = dict(zip(self._names, memories, strict=True))
        running = [memory for memory, runs in zip(memories, self.started, strict=True) if runs]
        self.available_mib = self._limits.for_guests_mib(scenario.host.memory_mib, running)
        self.working_set_mib = working_sets.at(0)
        self.demand_mib = working_sets.demand_at(0)
        self.assigned_mib = np.where(self.started, [m.startup_mib for m in memories], 0.0)
        self._settle_in()
        self.added_mib, self.removed_mib = np.zeros(count), np.zeros(count)
        self.additions, self.removals = np.zeros(count, np.int64), np.zeros(count, np.int64)
        self.history = [self._record()]
        self._settled, self._still = not self._limits.enabled, False

    def _settle_in(self) -> None:
        """Go to a state in which neither the policy's targets nor the guests' demands move."""
        for _ in range(_MOST_STEPS):
            before = self.assigned_mib
            self._assign(self._at_start())
            self.demand_mib = self._demands()
            if np.array_equal(before, self.assigned_mib):
                return

    def _demands(self) -> Floats:
        had = np.where(self.started, self.assigned_mib, np.inf)
        return self._sets.demand_at(self._instant, had)

    def _at_start(self) -> Mapping[str, float]:
        if self._limits.enabled:
            return wanted(self.view)
        return {name: static_mib(self.settings[name], self._limits) for name in self.running}

    @property
    def running(self) -> list[str]:
        """Names of the started guests."""
        return [name for name, runs in zip(self._names, self.started, strict=True) if runs]

    @property
    def view(self) -> MemoryView:
        """What the policy sees."""
        guests = (
            GuestMemoryView(name, self.settings[name], assigned, demand)
            for name, runs, assigned, demand in zip(
                self._names,
                self.started,
                self.assigned_mib.tolist(),
                self.demand_mib.tolist(),
                strict=True,
            )
            if runs
        )
        time_s = self._instant * self._interval_s
        seen = MemoryView(time_s, self._interval_s, self.available_mib, self._limits, tuple(guests))
        booting = self.booting
        return with_startup(seen, booting) if booting else seen

    @property
    def booting(self) -> list[str]:
        """Names of the guests that boot after a restart."""
        boots = self._sets.booting_at(self._instant) & np.array(self.started)
        return [self._names[at] for at in np.flatnonzero(boots)]

    @property
    def smart_paged_mib(self) -> Floats:
        """What guests that boot lack of their startup memory, MiB; 0 of all others."""
        grain = self._limits.grain_mib
        most = [grain * (self.settings[name].maximum_mib // grain) for name in self._names]
        needed = np.minimum(self._sets.startup_mib, most)
        missing = np.maximum(needed - self.assigned_mib, 0.0)
        boots = self._sets.booting_at(self._instant) & np.array(self.started)
        return np.where(boots, missing, 0.0)

    @property
    def pressure(self) -> Floats:
        """100 x demand / assigned by guest; nan of a guest that is not started."""
        running = np.array(self.started)
        share = np.full(len(running), np.nan)
        return np.asarray(
            np.divide(100.0 * self.demand_mib, self.assigned_mib, out=share, where=running)
        )

    @property
    def fault_rates(self) -> Floats:
        """Hard faults per second of guest CPU; 0 of a guest that is not started."""
        memory = np.where(self.started, self.assigned_mib, np.inf)
        return self._faults.rates(self.working_set_mib, memory)

    @property
    def root_mib(self) -> float:
        """What the root has: what is kept for it, and what could be assigned to guests but is not.

        MiB.
        """
        return self._root_reserve_mib + max(
            self.available_mib - float(self.assigned_mib.sum()), 0.0
        )

    @property
    def root_fault_rate(self) -> float:
        """Hard faults per second of the root's CPU."""
        return float(self._faults.rates(self._root_working_set_mib, self.root_mib))

    def index(self, name: str) -> int:
        """Return a guest's place in the arrays."""
        return self._names.index(name)

    def decide(self) -> bool:
        """Let demand move to this instant, and memory after it; say whether anything may have."""
        self._instant += 1
        moves = not self._still and self._move()
        self._still = not moves and self._sets.constant
        self.history.append(self._record())
        return moves

    def _move(self) -> bool:
        used = self._sets.at(self._instant), self._demands()
        same = np.array_equal(used, (self.working_set_mib, self.demand_mib))
        self.working_set_mib, self.demand_mib = used
        moves = not (same and self._settled) or bool(self.booting)
        if moves and self._limits.enabled:
            self._follow_policy()
        return moves

    def _follow_policy(self) -> None:
        before, booting = self.assigned_mib, self.booting
        if booting:
            self._assign(free_at_once(self.view, booting))
        changes = self._policy(self.view)
        check_memory_changes(changes)
        self._check(changes)
        self._assign(changes)
        self._count(self.assigned_mib - before)
        steady = self._policy is decide and moves_every_time(self._limits, self._interval_s)
        self._settled = steady and not changes and not booting

    def change(self, name: str, memory: Memory) -> None:
        """Put other memory settings of a guest in force, from the next decision on.

        As on a running guest: buffer and priority may change, the minimum may fall and the maximum
        rise.

        Raises
        ------
        SettingsError
            If another setting would change.
        """
        at = f"guests.{name}.memory"
        held = self.settings[name]
        problems = [
            Problem(f"{at}.{key}", f"can't change while the host runs: it is {getattr(held, key)}")
            for key in ("startup_mib", "use")
            if getattr(memory, key) != getattr(held, key)
        ]
        if memory.minimum_mib > held.minimum_mib:
            rule = f"may only fall while the host runs ({held.minimum_mib:g})"
            problems.append(Problem(f"{at}.minimum_mib", f"{rule}, got {memory.minimum_mib:g}"))
        if memory.maximum_mib < held.maximum_mib:
            rule = f"may only rise while the host runs ({held.maximum_mib:g})"
            problems.append(Problem(f"{at}.maximum_mib", f"{rule}, got {memory.maximum_mib:g}"))
        if problems:
            raise SettingsError(problems)
        self.settings[name] = memory
        self._settled, self._still = not self._limits.enabled, False

    def _check(self, changes: Mapping[str, float]) -> None:
        """Raise ValueError where a policy assigns what it can't."""
        held = dict(zip(self._names, self.assigned_mib.tolist(), strict=True))
        running = set(self.running)
        for name, mib in changes.items():
            if name not in running:
                raise ValueError(
                    f"memory_policy: {name!r} is not a started guest of the host; there are "
                    f"{self.running}"
                )
            most = self.settings[name].maximum_mib
            least = min(self.settings[name].minimum_mib, held[name])
            if not least - _ROUNDING_MIB <= mib <= most + _ROUNDING_MIB:
                raise ValueError(
                    f"memory_policy: {name} must have {least:g}..{most:g} MiB, got {mib:g}: stay "
                    "within its minimum and maximum"
                )
        total = sum((held | dict(changes)).values())
        if total > self.available_mib + _ROUNDING_MIB:
            raise ValueError(
                f"memory_policy: guests must not have more than {self.available_mib:g} MiB "
                f"together, got {total:g}: let approach() make the step"
            )

    def _assign(self, changes: Mapping[str, float]) -> None:
        assigned = self.assigned_mib.copy()
        for name, mib in changes.items():
            assigned[self.index(name)] = mib
        assigned.flags.writeable = False
        self.assigned_mib = assigned

    def _count(self, moved: Floats) -> None:
        self.added_mib += np.maximum(moved, 0.0)
        self.removed_mib += np.maximum(-moved, 0.0)
        self.additions += moved > 0
        self.removals += moved < 0

    def _record(self) -> MemoryRecord:
        time_s = self._instant * self._interval_s
        return MemoryRecord(
            time_s,
            self.assigned_mib,
            self.demand_mib,
            self.working_set_mib,
            self.smart_paged_mib,
        )
