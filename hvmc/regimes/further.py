"""Further guests of a kind that a host already has: as its present ones, each with its own luck."""

from collections.abc import Mapping, Sequence

from hvmc.regimes.fitted import FittedGuest
from hvmc.scenario.guest import Guest
from hvmc.scenario.settings import Problem, SettingsError, nearest

__all__ = ["further_guests", "of_kind"]

type Named = Guest | FittedGuest


def of_kind(guests: Sequence[Named], kind: str) -> list[Named]:
    """Return the guests of a name, or without one those of a role.

    Raises
    ------
    SettingsError
        If there is none.
    """
    found = [guest for guest in guests if guest.name == kind]
    found = found or [guest for guest in guests if guest.role == kind]
    if not found:
        known = list(dict.fromkeys(word for one in guests for word in (one.role, one.name)))
        text = f"must name a guest or a role of this host, got {kind!r}: {nearest(kind, known)}"
        raise SettingsError([Problem("Design.changes", text)])
    return found


def further_guests(guests: Sequence[Named], more: Mapping[str, int]) -> list[Named]:
    """Return so many further guests of each kind, copies of its present ones in turn.

    Parameters
    ----------
    guests : sequence of Guest or FittedGuest
        Named guests of the host.
    more : mapping of str to int
        Name or role to the number of further guests.

    Returns
    -------
    list
        Named ``KIND-more1``, ``KIND-more2``, ...: the first three are the same of any number.

    Raises
    ------
    SettingsError
        If there is no such guest.
    """
    found = []
    for kind, count in more.items():
        patterns = of_kind(guests, kind)
        for number in range(count):
            pattern = patterns[number % len(patterns)]
            found.append(pattern.replace(name=f"{kind}-more{number + 1}"))
    return found
