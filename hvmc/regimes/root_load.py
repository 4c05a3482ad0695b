"""The root's own load, from how much its virtual processors were seen to run.

They run for their own work, w CPU seconds a second in bursts of c, and for guests' I/Os, i:

    (w + i) / speed + (w / c)(switch + refill (1 - exp(-b g / tau))) + 2 x I/Os a second x switch,

with b the busy share of LPs and g = c L / w the time between the bursts of an LP
(`hvmc.regimes.inflation`); w is solved for. An I/O's own cost has its cache misses.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from hvmc.regimes.inflation import Slowness
from hvmc.scenario.host import Host
from hvmc.scenario.io import IoPath
from hvmc.scenario.overheads import Overheads
from hvmc.scenario.span import drawn

if TYPE_CHECKING:
    from hvmc.regimes.fitted import FittedGuest

__all__ = ["root_seen"]

_LEAST, _MOST = 5e-4, 0.9
_COSTS = ("vsp_submit_s", "vsp_complete_s", "mib_s")
_MIDDLE = 0.5
_ROUNDS = 3


def root_seen(
    use: float,
    guests: "Sequence[FittedGuest]",
    host: Host,
    overheads: Overheads,
    burst_s: float,
) -> tuple[float, Overheads]:
    """Return the share of each LP that the root's own work uses, and overheads that agree with it.

    Of a draw whose I/Os would take the root longer than it was seen to run, they take less.

    Parameters
    ----------
    use : float
        Share of the time that its VPs ran, work for guests' I/Os included.
    guests : sequence of FittedGuest
        Whose I/Os at their mean load are known, or not and then count as none.
    host : Host
        The machine.
    overheads : Overheads
        The trial's: what the root does for an I/O.
    burst_s : float
        Seconds of a burst of its own work.
    """
    lps, path, own = host.logical_processors, overheads.io, max(use, 2.0 * _LEAST)
    guests_lps = sum(drawn(guest.use, _MIDDLE) * guest.virtual_processors for guest in guests)
    slow = Slowness(overheads, host, min(guests_lps + use * lps, lps), use)
    switch_s = overheads.switch.cost_s if overheads.switch.enabled else 0.0
    ios = list(_ios(guests, path)) if path.enabled else []
    io = sum(rate * cost_s for rate, cost_s in ios) / lps / slow.speed
    switching = 2.0 * sum(rate for rate, _ in ios) * switch_s / lps
    own = max(own - switching, 2.0 * _LEAST)
    if io + _LEAST > own:
        factor = (own - _LEAST) / io
        network = path.network.replace(packet_s=path.network.packet_s * factor)
        costs = {name: factor * getattr(path, name) for name in _COSTS}
        overheads = overheads.replace(io=path.replace(network=network, **costs))
        io *= factor
    load = own - io
    for _ in range(_ROUNDS):  # how cold caches are depends on the load itself
        each_s = slow.by_burst_s(burst_s / load)
        load = (own - io) / (1.0 / slow.speed + each_s / burst_s)
    return min(load, _MOST), overheads


def _ios(guests: "Sequence[FittedGuest]", path: IoPath) -> Iterator[tuple[float, float]]:
    """Yield how many I/Os a second there are, and the root's CPU seconds for one."""
    for guest in guests:
        for way, rate, kib, kind in (
            (guest.io, guest.iops, guest.io_kib, "disk"),
            (guest.network, guest.transfers_per_s, guest.transfer_kib, "adapter"),
        ):
            if rate is not None and way.kind != "direct":
                yield drawn(rate, _MIDDLE), sum(path.root_cost_s(kind, kib))
