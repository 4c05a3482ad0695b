"""Preferred guests: who an administrator would favour, and the settings both sides get.

Who is preferred is luck of the guest's own, named by seed, trial and guest, so that it is the same
under every setting, beside whatever other guests. Guests of the role ``role`` (a regime's victim)
are the preferred ones where there are any; roles then keep their names. Elsewhere each guest in
its turn is preferred with chance ``share``, as long as the VPs of the preferred stay within
``lp_share`` of the host's LPs: more could not be reserved.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hvmc.scenario.guest import Guest, Priority
from hvmc.scenario.host import Host
from hvmc.scenario.keys import preference_uniform
from hvmc.scenario.memory import Memory
from hvmc.scenario.settings import Settings, nested, number, text, whole

__all__ = ["OTHER", "PREFERRED", "Preferred", "prefer"]

PREFERRED, OTHER = "preferred", "other"


@dataclass(frozen=True)
class Preferred(Settings):
    """Which guests are preferred, and the priority settings of them and of the others.

    Parameters
    ----------
    share : float
        Chance of a guest to be preferred, 0..1. Assumption.
    lp_share : float
        Most VPs of all preferred guests over the host's LPs, above 0, at most 1. Assumption.
    role : str
        Guests of this role are preferred instead, where there are any.
    priority : Priority
        CPU priority settings of preferred guests.
    others : Priority
        CPU priority settings of all others.
    memory : int, optional
        Memory priority 0..100 of preferred guests (row M09); without it they keep their own.
    others_memory : int, optional
        Memory priority of all others.
    """

    share: float = number(0.25, low=0.0, high=1.0)
    lp_share: float = number(0.5, low=0.0, above=True, high=1.0)
    role: str = text("victim")
    priority: Priority = nested(Priority)
    others: Priority = nested(Priority)
    memory: int | None = whole(None, low=0, high=100, optional=True)
    others_memory: int | None = whole(None, low=0, high=100, optional=True)


def prefer(
    preferred: Preferred, guests: Sequence[Guest], host: Host, seed: int, trial: int
) -> tuple[Guest, ...]:
    """Return the guests with the settings, and where roles do not say it the role, of their side.

    Parameters
    ----------
    preferred : Preferred
        Who is, and what settings it brings.
    guests : sequence of Guest
        Guests of the host.
    host : Host
        Its LPs bound the number of preferred VPs.
    seed, trial : int
        Names of the random stream.
    """
    named = any(guest.role == preferred.role for guest in guests)
    if named:
        sides = [guest.role == preferred.role for guest in guests]
    else:
        sides = list(_lucky(preferred, guests, host, seed, trial))
    return tuple(
        guest.replace(
            priority=preferred.priority if side else preferred.others,
            memory=_prioritised(
                guest.memory, preferred.memory if side else preferred.others_memory
            ),
            role=guest.role if named else (PREFERRED if side else OTHER),
        )
        for guest, side in zip(guests, sides, strict=True)
    )


def _prioritised(memory: Memory, priority: int | None) -> Memory:
    return memory if priority is None else memory.replace(priority=priority)


def _lucky(
    preferred: Preferred, guests: Sequence[Guest], host: Host, seed: int, trial: int
) -> Iterator[bool]:
    room = preferred.lp_share * host.logical_processors
    for guest in guests:
        wanted = preference_uniform(seed, trial, guest.name) < preferred.share
        fits = wanted and guest.virtual_processors <= room
        room -= guest.virtual_processors if fits else 0
        yield fits
