"""Policies for memory: who is started, who gives and who takes.

The balancer's wish is a fixed point of one view. Every started guest has its minimum. Where memory
suffices, every guest gets its target, demand x (1 + buffer) within minimum and maximum. Where it
is short, demands are met before any buffer (row M06: the buffer is not kept when the host is
short), and each of the two by memory priority, the higher first (row M13); guests of one priority
get each grain in turn where the pressure, 100 x demand / assigned, is highest, which takes it from
where the pressure is lowest. Every quantity is a whole number of grains.

`approach` moves towards a wish at finite rates and never assigns more than there is: what guests
give up in a step may be handed on in the same step. `decide` does both. A user's own policy is any
function of a `MemoryView` that returns MiB by guest; it may call `approach` itself.

A guest that restarts needs its startup memory, which it may have given up. What nobody has it gets
at once (`free_at_once`). The rest the policy takes from the others at its finite rates: while the
guest boots, startup memory is its minimum, as far as the minima of the others leave that much
(`with_startup`). What is missing at a time is smart-paged (row M20): the guest touches it, and it
lies on the host's paging device. A guest that has more than its startup memory keeps it. A policy
of one's own may take less from the others, or back from the guest.

>>> def minimum_for_all(view):
...     return approach(view, {guest.name: guest.memory.minimum_mib for guest in view.guests})
>>> from hvmc import Closed, Guest, Host, HyperVHost, Scenario
>>> scenario = Scenario(host=Host(logical_processors=1), guests=[Guest("web", workload=Closed())])
>>> host = HyperVHost(scenario, memory_policy=minimum_for_all)
>>> before = host.guest("web").assigned_mib
>>> host.run_for(30)
>>> before, host.guest("web").assigned_mib
(6144.0, 512.0)
"""

import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hvmc.policies.pressure import equalise
from hvmc.scenario.memory import Balancer, Memory

__all__ = [
    "GuestMemoryView",
    "MemoryPolicy",
    "MemoryView",
    "admitted",
    "approach",
    "decide",
    "free_at_once",
    "moves_every_time",
    "static_mib",
    "wanted",
    "with_startup",
]

type Grains = NDArray[np.int64]

_ROUNDING = 1e-9


@dataclass(frozen=True)
class GuestMemoryView:
    """What a policy sees of a started guest.

    Parameters
    ----------
    name : str
        Guest.
    memory : Memory
        Settings in force.
    assigned_mib : float
        What it has, MiB.
    demand_mib : float
        What it has committed, MiB.
    """

    name: str
    memory: Memory
    assigned_mib: float
    demand_mib: float

    @property
    def pressure(self) -> float:
        """100 x demand / assigned (row M01)."""
        return 100.0 * self.demand_mib / self.assigned_mib


@dataclass(frozen=True)
class MemoryView:
    """What a policy sees of the host.

    Parameters
    ----------
    time_s : float
        The host's time, seconds.
    elapsed_s : float
        Seconds since the last decision.
    available_mib : float
        What can be assigned to these guests in all, MiB.
    balancer : Balancer
        Rates and grain.
    guests : tuple of GuestMemoryView
        The started guests.
    """

    time_s: float
    elapsed_s: float
    available_mib: float
    balancer: Balancer
    guests: tuple[GuestMemoryView, ...]


type MemoryPolicy = Callable[[MemoryView], Mapping[str, float]]


def _up(mib: float, grain_mib: float) -> int:
    return math.ceil(mib / grain_mib - _ROUNDING)


def _down(mib: float, grain_mib: float) -> int:
    return math.floor(mib / grain_mib + _ROUNDING)


def _bounds(memory: Memory, grain_mib: float) -> tuple[int, int]:
    """Return minimum and maximum in grains."""
    most = max(_down(memory.maximum_mib, grain_mib), 1)
    return min(max(_up(memory.minimum_mib, grain_mib), 1), most), most


def admitted(
    host_memory_mib: float, memories: Sequence[Memory], balancer: Balancer
) -> tuple[bool, ...]:
    """Say which guests can be started, one after the other in the order given.

    A guest starts if its startup memory is available once those running have been taken down to
    their minimum (row M27); without dynamic memory, if its maximum is there. Otherwise it stays
    off: a host pages a guest's startup memory itself ("smart paging") only when a guest that runs
    starts again (row M20).

    Examples
    --------
    >>> small = Memory(startup_mib=2048.0, minimum_mib=1024.0)
    >>> admitted(3584.0, [small, small], Balancer())
    (True, False)
    """
    grain = balancer.grain_mib
    started: list[Memory] = []
    held = 0
    answers = []
    for memory in memories:
        least, most = _bounds(memory, grain)
        need = min(_up(memory.startup_mib, grain), most) if balancer.enabled else most
        room = _down(balancer.for_guests_mib(host_memory_mib, [*started, memory]), grain)
        fits = held + need <= room
        answers.append(fits)
        if fits:
            started.append(memory)
            held += least if balancer.enabled else most
    return tuple(answers)


def static_mib(memory: Memory, balancer: Balancer) -> float:
    """Return what a guest holds without dynamic memory: its maximum, in whole grains, MiB."""
    return _bounds(memory, balancer.grain_mib)[1] * balancer.grain_mib


class _GrainView:
    """A view in grains: arrays over its guests, shape (guests,)."""

    def __init__(self, view: MemoryView) -> None:
        grain = self.grain_mib = view.balancer.grain_mib
        memories = [guest.memory for guest in view.guests]
        bounds = np.array([_bounds(memory, grain) for memory in memories], np.int64).reshape(-1, 2)
        self.least, self.most = bounds[:, 0], bounds[:, 1]
        self.demand = np.array([guest.demand_mib for guest in view.guests]) / grain
        self.buffer = np.array([memory.buffer for memory in memories])
        self.priority = np.array([memory.priority for memory in memories], np.int64)
        self.now = np.array([_down(guest.assigned_mib, grain) for guest in view.guests], np.int64)
        self.room = _down(view.available_mib, grain)
        ranks = np.unique(self.priority)[::-1]
        self._turns = [np.flatnonzero(self.priority == rank) for rank in ranks]

    def ceiling(self, demand: NDArray[np.float64]) -> Grains:
        """Return what meets a demand within minimum and maximum."""
        whole = np.ceil(np.minimum(demand, self.most) - _ROUNDING).astype(np.int64)
        return np.clip(whole, self.least, self.most)

    def fill(self, low: Grains, high: Grains) -> tuple[Grains, bool]:
        """Raise ``low`` towards ``high``, priorities in turn; say whether there was enough."""
        level = low.copy()
        left = self.room - int(level.sum())
        for of in self._turns:
            missing = int((high[of] - level[of]).sum())
            if missing <= left:
                level[of] = high[of]
                left -= missing
            else:
                level[of] = equalise(level[of], high[of], self.demand[of], left)
                return level, False
        return level, True


def with_startup(view: MemoryView, booting: Collection[str]) -> MemoryView:
    """Return the view in which startup memory is the minimum of guests that boot.

    As much of it as the minima of all others leave, higher memory priority first.

    Examples
    --------
    >>> memory = Memory(startup_mib=4096.0, minimum_mib=512.0)
    >>> guests = tuple(GuestMemoryView(name, memory, 512.0, 512.0) for name in ("sql", "web"))
    >>> view = MemoryView(1.0, 1.0, 3072.0, Balancer(), guests)
    >>> [guest.memory.minimum_mib for guest in with_startup(view, {"sql"}).guests]
    [2560.0, 512.0]
    """
    grains, guests = _GrainView(view), list(view.guests)
    left = grains.room - int(grains.least.sum())
    for at, more in _towards_startup(view, grains, booting, grains.least, left):
        memory = guests[at].memory
        raised_mib = (int(grains.least[at]) + more) * grains.grain_mib
        least_mib = min(raised_mib, memory.startup_mib)
        guests[at] = replace(guests[at], memory=memory.replace(minimum_mib=least_mib))
    return replace(view, guests=tuple(guests))


def free_at_once(view: MemoryView, booting: Collection[str]) -> dict[str, float]:
    """Return the assignments, MiB, of guests that boot and get of what nobody has.

    Up to their startup memory, higher memory priority first.

    Examples
    --------
    >>> memory = Memory(startup_mib=4096.0, minimum_mib=512.0)
    >>> guests = tuple(GuestMemoryView(name, memory, 512.0, 512.0) for name in ("sql", "web"))
    >>> free_at_once(MemoryView(1.0, 1.0, 3072.0, Balancer(), guests), {"sql"})
    {'sql': 2560.0}
    """
    grains = _GrainView(view)
    held_mib = sum(guest.assigned_mib for guest in view.guests)
    left = _down(view.available_mib - held_mib, grains.grain_mib)
    return {
        view.guests[at].name: (int(grains.now[at]) + more) * grains.grain_mib
        for at, more in _towards_startup(view, grains, booting, grains.now, left)
    }


def _towards_startup(
    view: MemoryView, grains: _GrainView, booting: Collection[str], level: Grains, left: int
) -> Iterator[tuple[int, int]]:
    """Yield guests that boot, and the grains by which what is left raises them from a level."""
    for at in np.argsort(-grains.priority, kind="stable").tolist():
        guest = view.guests[at]
        if guest.name in booting:
            startup = min(_up(guest.memory.startup_mib, grains.grain_mib), int(grains.most[at]))
            more = min(startup - int(level[at]), left)
            if more > 0:
                yield at, more
                left -= more


def wanted(view: MemoryView) -> dict[str, float]:
    """Return what the balancer wishes every guest to have, MiB: the fixed point of a view.

    Raises
    ------
    ValueError
        If not even the minima of the guests fit.
    """
    return _wanted(view, _GrainView(view))


def _wanted(view: MemoryView, grains: _GrainView) -> dict[str, float]:
    level = grains.least
    if int(level.sum()) > grains.room:
        raise ValueError(
            f"available_mib must hold the minima of all guests "
            f"({float(level.sum()) * grains.grain_mib:g} MiB), got {view.available_mib:g}: start "
            "fewer guests"
        )
    level, met = grains.fill(level, grains.ceiling(grains.demand))
    if met:
        level, met = grains.fill(level, grains.ceiling(grains.demand * (1.0 + grains.buffer)))
    return _by_name(view, level)


def _grains_in_step(view: MemoryView, mib_per_s: float) -> int:
    """Return how many grains a rate gives since the last decision; none is lost to rounding."""
    grain = view.balancer.grain_mib
    before = max(view.time_s - view.elapsed_s, 0.0)
    return _down(mib_per_s * view.time_s, grain) - _down(mib_per_s * before, grain)


def approach(view: MemoryView, wishes: Mapping[str, float]) -> dict[str, float]:
    """Return one step towards wishes, at the balancer's rates and within the memory there is.

    Parameters
    ----------
    view : MemoryView
        The present state.
    wishes : mapping of str to float
        Guest to MiB; who is not named keeps what it has.

    Returns
    -------
    dict of str to float
        The assignments that change, MiB.
    """
    return _approach(view, _GrainView(view), wishes)


def _approach(
    view: MemoryView, grains: _GrainView, wishes: Mapping[str, float]
) -> dict[str, float]:
    grain, balancer, now = grains.grain_mib, view.balancer, grains.now
    wish = np.array(
        [_up(wishes.get(guest.name, guest.assigned_mib), grain) for guest in view.guests], np.int64
    )
    wish = np.clip(wish, grains.least, grains.most)
    fall = _grains_in_step(view, balancer.removal_mib_per_s)
    rise = _grains_in_step(view, balancer.addition_mib_per_s)
    low = np.minimum(now, np.maximum(wish, now - fall))
    level, _ = grains.fill(low, np.maximum(low, np.minimum(wish, now + rise)))
    new = _by_name(view, level)
    return {
        guest.name: new[guest.name]
        for guest, a, b in zip(view.guests, now, level, strict=True)
        if a != b
    }


def moves_every_time(balancer: Balancer, interval_s: float) -> bool:
    """Say whether the rates give at least a grain in every interval.

    Then a decision that changes nothing is the last one until demand or settings change.
    """
    slowest = min(balancer.removal_mib_per_s, balancer.addition_mib_per_s)
    return slowest * interval_s >= 2.0 * balancer.grain_mib


def decide(view: MemoryView) -> dict[str, float]:
    """Return the assignments that change, MiB: a step towards `wanted`."""
    grains = _GrainView(view)
    return _approach(view, grains, _wanted(view, grains))


def _by_name(view: MemoryView, level: Grains) -> dict[str, float]:
    grain = view.balancer.grain_mib
    return {
        guest.name: count * grain for guest, count in zip(view.guests, level.tolist(), strict=True)
    }
