"""Relief of a drawn host: guests moved away, LPs added.

Both happen after the draw. The host is drawn as it was, so those who stay keep their names, their
demands and their luck, and can be compared with themselves.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from hvmc.regimes.preferred import PREFERRED
from hvmc.scenario.guest import Guest
from hvmc.scenario.host import Host
from hvmc.scenario.settings import Problem, Settings, SettingsError, whole

__all__ = ["Relief", "relieved_guests", "relieved_host"]


@dataclass(frozen=True)
class Relief(Settings):
    """What takes load off a host after it was drawn.

    Parameters
    ----------
    remove_guests : int
        Guests moved away, those of the largest LP demand first, preferred guests last. What
        becomes of them elsewhere is not simulated.
    add_logical_processors : int
        LPs added.
    """

    remove_guests: int = whole(0, low=0, high=10_000)
    add_logical_processors: int = whole(0, low=0, high=1023)


def relieved_guests(relief: Relief, guests: Sequence[Guest]) -> tuple[Guest, ...]:
    """Return the guests that stay, in their order.

    Raises
    ------
    SettingsError
        If none would stay.
    """
    if relief.remove_guests == 0:
        return tuple(guests)
    if relief.remove_guests >= len(guests):
        raise SettingsError(
            [
                Problem(
                    "Design.relief.remove_guests",
                    f"must leave a guest on the host, got {relief.remove_guests} of "
                    f"{len(guests)}: remove fewer",
                )
            ]
        )
    order = sorted(guests, key=lambda guest: (guest.role == PREFERRED, -guest.lp_demand))
    gone = {guest.name for guest in order[: relief.remove_guests]}
    return tuple(guest for guest in guests if guest.name not in gone)


def relieved_host(relief: Relief, host: Host) -> Host:
    """Return the host with the added LPs, and the devices it had."""
    if relief.add_logical_processors == 0:
        return host
    lps = host.logical_processors
    devices = [item.replace(servers=item.servers_on(lps)) for item in host.devices]
    return host.replace(logical_processors=lps + relief.add_logical_processors, devices=devices)
