"""The root's own load, from how much its virtual processors were seen to run."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

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


def root_seen(
    use: float, guests: "Sequence[FittedGuest]", host: Host, overheads: Overheads
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
    """
    path, own = overheads.io, max(use, 2.0 * _LEAST)
    io = sum(_io_lps(guests, path)) / host.logical_processors if path.enabled else 0.0
    if io + _LEAST > own:
        factor = (own - _LEAST) / io
        network = path.network.replace(packet_s=path.network.packet_s * factor)
        costs = {name: factor * getattr(path, name) for name in _COSTS}
        overheads = overheads.replace(io=path.replace(network=network, **costs))
        io *= factor
    return min(own - io, _MOST), overheads


def _io_lps(guests: "Sequence[FittedGuest]", path: IoPath) -> Iterator[float]:
    for guest in guests:
        for way, rate, kib, kind in (
            (guest.io, guest.iops, guest.io_kib, "disk"),
            (guest.network, guest.transfers_per_s, guest.transfer_kib, "adapter"),
        ):
            if rate is not None and way.kind != "direct":
                yield drawn(rate, _MIDDLE) * sum(path.root_cost_s(kind, kib))
