"""Named starting points: small hosts that each show one thing."""

from collections.abc import Callable
from dataclasses import dataclass

from hvmc.scenario.distributions import Deterministic, Exponential
from hvmc.scenario.guest import Guest
from hvmc.scenario.host import Host, Root
from hvmc.scenario.overheads import Overheads
from hvmc.scenario.scenario import Scenario
from hvmc.scenario.workload import Closed

__all__ = ["STARTS", "Start", "deferred_interrupt", "odd_one"]


@dataclass(frozen=True)
class Start:
    """A host to begin with.

    Parameters
    ----------
    title : str
        What it is called.
    look : str
        What there is to see and what to try.
    scenario : function
        Makes it.
    step_s : float
        Simulated seconds of a frame that suit it.
    follow : str
        The guest to follow at first; without, `odd_one`.
    seed, trial : int
        Names of the random streams.
    tour : bool
        Whether the guided tour begins here.
    """

    title: str
    look: str
    scenario: Callable[[], Scenario]
    step_s: float
    follow: str = ""
    seed: int = 1
    trial: int = 0
    tour: bool = False


def odd_one(scenario: Scenario) -> str:
    """Return the guest whose role is the rarest, the first of them."""
    roles = [guest.role for guest in scenario.guests]
    return scenario.guests[roles.index(min(roles, key=roles.count))].name


def _web(name: str, threads: int, **settings: object) -> Guest:
    """Return a guest with short requests that read from the disk twice."""
    work = Closed(
        threads=threads,
        cpu=Exponential(0.003),
        think=Exponential(0.030),
        io=Exponential(0.0005),
        ios=2,
    )
    return Guest(name=name, workload=work, **settings)  # type: ignore[arg-type]


def _crunch(name: str, threads: int, **settings: object) -> Guest:
    """Return a guest that computes all the time."""
    work = Closed(threads=threads, cpu=Deterministic(0.050), think=Deterministic(0.0))
    return Guest(name=name, workload=work, **settings)  # type: ignore[arg-type]


def deferred_interrupt() -> Scenario:
    """Return the tour's host: one LP, a guest that waits for its disk, another that computes."""
    work = Closed(
        threads=1,
        cpu=Deterministic(0.006),
        think=Deterministic(0.001),
        io=Deterministic(0.0008),
        ios=2,
    )
    return Scenario(
        host=Host(logical_processors=1),
        guests=(Guest(name="web", workload=work), _crunch("crunch", 1)),
        root=Root(background_load=0.0),
    )


def _noisy_neighbour() -> Scenario:
    quiet = [_web(f"web{i}", 4) for i in (1, 2, 3)]
    noisy = _crunch("noisy", 6, virtual_processors=6)
    return Scenario(host=Host(logical_processors=4), guests=(*quiet, noisy))


def _reserve_helps() -> Scenario:
    database = _web("database", 12, virtual_processors=2)
    others = [_crunch(f"batch{i}", 2, virtual_processors=2) for i in (1, 2, 3, 4)]
    return Scenario(host=Host(logical_processors=4), guests=(database, *others))


def _lock_holder() -> Scenario:
    overheads = Overheads()
    locks = overheads.locks.replace(share=0.05, section_s=20e-6)
    build = Closed(threads=4, cpu=Exponential(0.005), think=Exponential(0.001))
    guests = [
        Guest(name=name, virtual_processors=4, workload=build, enlightened=enlightened)
        for name, enlightened in (("old", False), ("enlightened", True))
    ]
    return Scenario(
        host=Host(logical_processors=4),
        guests=(*guests, _crunch("other", 2, virtual_processors=2)),
        overheads=overheads.replace(locks=locks),
    )


STARTS = {
    "deferred_interrupt": Start(
        "Deferred interrupts, a tour of a minute",
        "One logical processor, two guests. Press Next in the tour.",
        deferred_interrupt,
        1e-4,
        "web",
        tour=True,
    ),
    "noisy_neighbour": Start(
        "One noisy neighbour",
        "Three quiet guests share four LPs with one that computes on six VPs. Lower the weight or "
        "the limit of noisy and see the stretch of the others fall.",
        _noisy_neighbour,
        1e-2,
        "web1",
    ),
    "reserve_helps": Start(
        "A reserve that helps",
        "The database competes with four batch guests. Raise its reserve to 1 and see its stretch "
        "fall, and theirs rise.",
        _reserve_helps,
        1e-2,
        "database",
    ),
    "lock_holder": Start(
        "A lock holder preempted",
        "Both guests hold a lock for part of their work. Where the VP that holds it waits for an "
        "LP, others burn time waiting for it. The enlightened guest gives up its LP, the old one "
        "does not.",
        _lock_holder,
        1e-4,
        "old",
    ),
}
