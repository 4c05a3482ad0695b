"""What virtualization adds to the guests' own work, mechanism by mechanism."""

from dataclasses import dataclass, fields
from typing import ClassVar, Self

from hvmc.scenario.contention import Interference, Ipis, Locks
from hvmc.scenario.evidence import Assumed, Fitted
from hvmc.scenario.intercepts import Intercepts
from hvmc.scenario.io import Interrupts, IoPath
from hvmc.scenario.mechanism import Mechanism
from hvmc.scenario.paging import Faults, NestedPaging
from hvmc.scenario.settings import Settings, flag, nested, number

__all__ = ["MECHANISMS", "Overheads", "Refill", "Switch"]


@dataclass(frozen=True)
class Switch(Mechanism):
    """Direct cost of running another VP on an LP, and how long it takes to begin.

    Parameters
    ----------
    enabled : bool
        Off: no cost.
    cost_s : float
        Seconds, charged to the incoming VP.
    latency_s : float
        Seconds from the choice of a VP, of a guest or the root, to its first instruction.
    """

    enabled: bool = flag(True)
    cost_s: float = number(
        2.5e-6,
        low=0.0,
        high=1.0,
        known=Assumed(
            "a guest's own thread switch through idle, 2.5 us, 1.2-1.5 us with idle polling (A24), "
            "taken for a VP switch; twice that at most",
            1e-6,
            5e-6,
        ),
    )
    latency_s: float = number(
        3e-6,
        low=0.0,
        high=1.0,
        known=Fitted(
            "R28, the root's wait without contention, 3.1-3.3 us: chosen near it; a guest's on "
            "that client is 1.2 (R27), on a server 7-10 (R29). R27 and R28 are totals: per VP less "
            "by up to their number, 4 of the guest, if these are sums",
            1.163e-6,
            10e-6,
        ),
    )


@dataclass(frozen=True)
class Refill(Mechanism):
    """Cache refill of a thread whose LP ran others since, or that moved to another LP.

    cost = cost_s x (1 - exp(-foreign / tau_s)), foreign = busy time of others on that LP since
    the thread last ran there (infinite on another LP). It is the memory hierarchy's, not the
    hypervisor's: native baselines pay it too.

    Parameters
    ----------
    enabled : bool
        Off: no cost.
    cost_s : float
        Seconds for a wholly cold cache.
    tau_s : float
        Foreign running time that displaces 63 % of the cached data, seconds.
    """

    native: ClassVar[bool] = True

    enabled: bool = flag(True)
    cost_s: float = number(
        50e-6,
        low=0.0,
        high=1.0,
        known=Assumed(
            "512 KiB at 10 GB/s; from work without cached data to 2 MiB, no source",
            0.0,
            200e-6,
            "linear",
        ),
    )
    tau_s: float = number(
        1e-3,
        low=0.0,
        above=True,
        known=Assumed("no source, a factor of 4 either side", 0.25e-3, 4e-3),
    )


@dataclass(frozen=True)
class Overheads(Settings):
    """All overhead mechanisms; each can be switched off by name.

    Examples
    --------
    >>> Overheads().without("refill").refill.enabled
    False
    """

    switch: Switch = nested(Switch)
    refill: Refill = nested(Refill)
    intercepts: Intercepts = nested(Intercepts)
    interrupts: Interrupts = nested(Interrupts)
    io: IoPath = nested(IoPath)
    nested_paging: NestedPaging = nested(NestedPaging)
    faults: Faults = nested(Faults)
    interference: Interference = nested(Interference)
    locks: Locks = nested(Locks)
    ipis: Ipis = nested(Ipis)

    @classmethod
    def none(cls) -> Self:
        """Return overheads with every mechanism off."""
        return cls().without(*MECHANISMS)

    def only(self, *mechanisms: str) -> Self:
        """Return a copy with all but the named mechanisms off."""
        return self.without(*(name for name in MECHANISMS if name not in mechanisms))

    def without(self, *mechanisms: str) -> Self:
        """Return a copy with the named mechanisms off."""
        off = {name: getattr(self, name).replace(enabled=False) for name in mechanisms}
        return self.replace(**off)

    def uses(self, mechanism: str) -> bool:
        """Say whether the settings of a mechanism have an effect: it, or one it serves, is on."""
        users = (mechanism, *getattr(self, mechanism).serves)
        return any(getattr(self, user).enabled for user in users)

    def native(self) -> Self:
        """Return what a bare machine pays too."""
        return self.only(*(name for name in MECHANISMS if getattr(self, name).native))


MECHANISMS = tuple(item.name for item in fields(Overheads))
