"""The requests of a fitted guest: CPU, I/Os and think time that show what was measured of it.

With U the LPs its VPs run on and S the run time of a request, it makes U / S requests a second. W
VPs that are ready and do not run hold its threads up for S W / U a request, so that to these a VP
is there for S (U + W) / U, and U + W of the VPs are taken. I/Os that are known are divided among
requests: n = rate S / U of each. Where that is no whole number the request's CPU time gives way, so
that the rate is met; rates below five I/Os per CPU second count as none.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from hvmc.regimes.inflation import Slowness
from hvmc.regimes.inversion import FULLEST, queueing_for, threads_for
from hvmc.regimes.shortage import Paging
from hvmc.scenario.distributions import Distribution, Exponential, Lognormal
from hvmc.scenario.workload import Closed

if TYPE_CHECKING:
    from hvmc.regimes.fitted import FittedGuest

__all__ = ["GuestWork", "IoNeeds", "closed_work"]

_LARGEST_CPU_S = 0.2
_MOST = 10_000
_MOST_TO_ONE = 16
_LEAST_S = 1e-9


class IoNeeds(NamedTuple):
    """What is known of a guest's I/Os and transfers; None where a rate is not known.

    ``iops`` holds no page-ins: those are ``paging``. Times are at the device, waiting included.
    """

    iops: float | None
    io_s: float
    transfers_per_s: float | None
    transfer_s: float
    paging: Paging


class GuestWork(NamedTuple):
    """A guest's threads, and how many requests they make.

    Parameters
    ----------
    closed : Closed
        The threads.
    requests_per_s : float
        Requests a second, of all.
    page_ins, paging_s : float
        Page-ins of a request, and how long they take together, waiting included.
    """

    closed: Closed
    requests_per_s: float
    page_ins: float
    paging_s: float


class _Request(NamedTuple):
    cpu_s: float
    ios: int
    transfers: int


def closed_work(
    guest: "FittedGuest",
    used: float,
    held_up: float,
    drawn: Mapping[str, float],
    needs: IoNeeds,
    slow: Slowness,
) -> GuestWork:
    """Return threads whose run time is ``used`` LPs where they are held up as they were.

    Parameters
    ----------
    guest : FittedGuest
        What is known.
    used, held_up : float
        LPs on which its VPs run, and number of VPs that are ready and do not run.
    drawn : mapping of str to float
        Its think_ratio, cpu_s and io_share in this trial, and ``queue``: a uniform for how many
        threads wait in a guest whose VPs are always taken.
    needs : IoNeeds
        Its I/Os at this load.
    slow : Slowness
        What makes run times longer than work.
    """
    known = needs.iops is not None or needs.transfers_per_s is not None
    request = (
        _known_request(guest, used, drawn, needs, slow)
        if known
        else _usual_request(guest, drawn["cpu_s"])
    )
    page_ins = needs.paging.per_cpu_s * request.cpu_s
    bursts = request.ios + request.transfers + 1
    io_s = request.ios * needs.io_s + request.transfers * needs.transfer_s if known else 0.0
    off_s = io_s + page_ins * needs.paging.each_s
    all_bursts, away_s = bursts + page_ins, _away_s(used, request.cpu_s, drawn, off_s)
    run_s = slow.run_s(
        request.cpu_s,
        all_bursts,
        away_s / all_bursts,
        threads=max(used * (1.0 + away_s / request.cpu_s), 1.0),
        enlightened=guest.enlightened,
    )
    paging_s = page_ins * needs.paging.each_s
    if needs.paging.under_way > 0.0:  # as many as were seen
        paging_s = needs.paging.per_s * needs.paging.each_s * run_s / used
    least_s = 1.01 * (io_s + paging_s)
    taken = used + held_up
    if taken >= FULLEST * guest.virtual_processors:
        threads, ratio = queueing_for(
            used,
            guest.virtual_processors,
            drawn["think_ratio"],
            drawn["queue"],
            least_s / run_s,
        )
        off_s = ratio * run_s - paging_s
    else:
        there_s = run_s * taken / used
        wanted = drawn["think_ratio"] * run_s / there_s
        threads, ratio = threads_for(taken, guest.virtual_processors, wanted, least_s / there_s)
        off_s = ratio * there_s - paging_s
    if not known and bursts > 1:
        io_s = drawn["io_share"] * off_s
    closed = Closed(
        threads=threads,
        cpu=_law(request.cpu_s, guest.cpu_cv),
        think=Exponential(max(off_s - io_s, _LEAST_S)),
        io_kib=guest.io_kib,
        transfer_kib=guest.transfer_kib,
        **_devices(request, io_s, needs, known),
    )
    return GuestWork(closed, used / run_s, page_ins, paging_s)


def _away_s(used: float, run_s: float, drawn: Mapping[str, float], off_s: float) -> float:
    """Return for how long a thread is off the CPU in a request that takes at least ``off_s``."""
    # one thread that runs so much of the time is off the CPU for the rest
    return max(drawn["think_ratio"] * run_s, off_s, (1.0 / used - 1.0) * run_s)


def _law(mean: float, cv: float) -> Distribution:
    return Lognormal(mean, cv) if cv > 0 else Exponential(mean)


def _usual_request(guest: "FittedGuest", cpu_s: float) -> _Request:
    """Return a request whose bursts are about as long as wanted, its I/Os not being known."""
    ios = max(round(cpu_s / guest.burst_s), 1) - 1
    transfers = round(ios * guest.network_share)
    return _Request(cpu_s, ios - transfers, transfers)


def _known_request(
    guest: "FittedGuest", used: float, drawn: Mapping[str, float], needs: IoNeeds, slow: Slowness
) -> _Request:
    """Return a request that makes the known rates of I/Os."""
    iops, transfers, cpu_s = needs.iops, needs.transfers_per_s, drawn["cpu_s"]
    share = guest.network_share
    if iops is None:
        assert transfers is not None
        iops = transfers * (1.0 - share) / share if share > 0 else 0.0
    if transfers is None:
        transfers = iops * share / (1.0 - share) if share < 1 else 0.0
    main, other = max(iops, transfers), min(iops, transfers)
    stretched = slow.run_s(1.0, 1, 0.0, enlightened=guest.enlightened)
    wanted = main * cpu_s * stretched / used
    number = max(round(wanted), 1)
    if other > 0 and main <= _MOST_TO_ONE * other:  # so that the rarer ones come at all
        number = max(number, round(main / other))
    fits = number * used / main if main > 0 else cpu_s
    if main == 0 or fits > _LARGEST_CPU_S:
        return _Request(cpu_s, 0, 0)
    counts = [min(round(number * rate / main), _MOST) for rate in (iops, transfers)]
    page_ins = needs.paging.per_s * fits / used
    bursts = sum(counts) + 1 + page_ins
    off_s = counts[0] * needs.io_s + counts[1] * needs.transfer_s + page_ins * needs.paging.each_s
    away_s = _away_s(used, fits, drawn, off_s)
    # of the run time of a request, what its bursts cost beside their work
    extra = slow.run_s(
        0.0,
        bursts,
        away_s / bursts,
        threads=max(used * (1.0 + away_s / fits), 1.0),
        enlightened=guest.enlightened,
    )
    return _Request(max((fits - extra) / stretched, 0.05 * fits), *counts)


def _devices(request: _Request, io_s: float, needs: IoNeeds, known: bool) -> dict[str, Any]:
    """Return laws and numbers of a request's I/Os, which take ``io_s`` together."""
    count = request.ios + request.transfers
    each = (needs.io_s, needs.transfer_s) if known else (io_s / max(count, 1),) * 2
    laws = [Exponential(max(time, _LEAST_S)) for time in each]
    return {
        "io": laws[0] if request.ios else None,
        "ios": request.ios,
        "transfer": laws[1] if request.transfers else None,
        "transfers": request.transfers,
    }
