"""The world of a coalition: a scenario in which only some causes of the penalty exist.

=======================  =====================================================================
player                   what is taken away where it is absent
=======================  =====================================================================
sizing                   every guest has adequate processors instead of its own VPs; it keeps
                         its total reserve
sharing                  every guest runs alone: on a host with an LP for each of its VPs and no
                         shared cores, without limit, reserve and weight, the root's background
                         load and the cost of switching between VPs
intercepts               intercepts and hypercalls
interrupts_and_io        virtual interrupts and the virtual I/O path
memory                   hard faults and nested paging: memory is no constraint. A working set
                         above the guest's own maximum counts here, not as sizing
interference_and_locks   interference through cache and memory bandwidth, spin locks, IPIs
=======================  =====================================================================

What bare machines have too (the cache refill, a plain delay of an I/O) is no player: how much of
it a guest meets depends on the others.
"""

from collections.abc import Iterable
from typing import Any

from hvmc.scenario.guest import Guest, Priority
from hvmc.scenario.overheads import MECHANISMS, Overheads
from hvmc.scenario.scenario import Scenario
from hvmc.trial.native import adequate_processors

__all__ = ["PLAYERS", "SWITCHES", "alone", "is_bare", "with_players"]

SWITCHES = {
    cause: tuple(name for name in MECHANISMS if getattr(Overheads(), name).cause == cause)
    for cause in dict.fromkeys(getattr(Overheads(), name).cause for name in MECHANISMS)
    if cause
}
"""Player -> its mechanisms of `Overheads`, each of which says what cause it is."""

PLAYERS = ("sizing", "sharing", *SWITCHES)
"""Bit i of a coalition's number says whether player i is in it."""


def _switches(players: Iterable[str]) -> list[str]:
    return [name for player in players for name in SWITCHES.get(player, ())]


def with_players(scenario: Scenario, present: frozenset[str]) -> Scenario:
    """Return the scenario with the players of a coalition alone, all guests on their host.

    Whether ``sharing`` is present changes nothing here: see `alone`.

    Parameters
    ----------
    scenario : Scenario
        With every player; returned as it is where none that it has is absent.
    present : frozenset of str
        Some of `PLAYERS`.

    Raises
    ------
    SettingsError
        If the guests with adequate processors break a rule of `Scenario`.
    """
    absent = [player for player in PLAYERS if player not in present]
    changes: dict[str, Any] = {"overheads": scenario.overheads.without(*_switches(absent))}
    if "sizing" in absent:
        changes["guests"] = tuple(_adequate(guest, scenario) for guest in scenario.guests)
    return scenario.replace(**changes)


def _adequate(guest: Guest, scenario: Scenario) -> Guest:
    processors = adequate_processors(guest, scenario)
    if processors == guest.virtual_processors:
        return guest
    reserve = guest.priority.reserve * (guest.virtual_processors / processors)
    return guest.replace(
        virtual_processors=processors, priority=guest.priority.replace(reserve=reserve)
    )


def alone(scenario: Scenario, guest: Guest) -> Scenario:
    """Return the scenario of one of its guests without anybody to share with.

    Parameters
    ----------
    scenario : Scenario
        As of `with_players`.
    guest : Guest
        One of its guests.
    """
    lps = max(scenario.host.logical_processors, guest.virtual_processors)
    return scenario.replace(
        host=scenario.host.replace(logical_processors=lps, threads_per_core=1),
        guests=(guest.replace(priority=Priority()),),
        root=scenario.root.replace(background_load=0.0),
        overheads=scenario.overheads.without("switch"),
    )


def is_bare(overheads: Overheads) -> bool:
    """Say whether no mechanism of a player is on, so that a guest alone runs as natively."""
    return not any(getattr(overheads, name).enabled for name in _switches(PLAYERS))
