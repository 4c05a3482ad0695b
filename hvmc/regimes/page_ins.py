"""Page-ins that agree with the I/Os that were seen under way.

Of a guest short of memory its disks show i I/Os a second, page-ins among them, L under way, and l
seconds for one that is no page-in. With f page-ins a second (J. Little), L = (i - f) l + P: P are
page-ins under way, and of all guests together

    sum P = A + F m,    A = sum (L - i l),    F = sum f,    m = sum f l / F.

One device serves them all, so that each takes T = A / F + m. A trial draws F by its constants. They
are kept where the page-ins under way that they make agree with those seen within a tenth of the
I/Os, or one. Else F is kept as long as T, and how long the device serves of it, lie in the range of
`hvmc.scenario.paging`, and drawn from all that do where it is not; the constant of how many faults
a shortage makes then follows within its range, and the working sets beyond that.
"""

from collections.abc import Sequence

from hvmc.regimes.assumptions import law_of
from hvmc.regimes.shortage import Paging, page_in_s, served
from hvmc.scenario.paging import Faults

__all__ = ["agreeing"]

_AGREES, _LEAST_TOLD = 0.1, 1.0
# a guest that pages still makes some I/Os of its own
_MOST_OF_IOS = 0.95
# a device that is busier has queues that grow without end within a window
_FULLEST = 0.95
# times an own I/O: page-ins that wait so long are most of what is under way
_LONG = 2.0


def agreeing(pagings: Sequence[Paging], faults: Faults, u: float) -> tuple[list[Paging], Faults]:
    """Return page-ins that agree with what was seen under way, and constants that make them.

    Parameters
    ----------
    pagings : sequence of Paging
        Of all guests, as drawn.
    faults : Faults
        The trial's.
    u : float
        Uniform, for F where it is drawn.

    Examples
    --------
    >>> short = Paging(1.2e3, 1e3, 1.0, 220.0, 5e-3, 1.5e3, 2e3, 1e-3, outstanding=60.0)
    >>> (found,), constants = agreeing([short], Faults(), 0.5)
    >>> round(found.per_s), round(found.per_s * found.each_s), round(constants.per_cpu_s)
    (1249, 59, 2000)
    """
    seen = [paging for paging in pagings if paging.outstanding > 0.0]
    made = sum(paging.per_s for paging in seen)
    under_way = made * page_in_s(faults)
    fits = faults.servers == 0 or under_way <= _FULLEST * faults.servers
    total = sum(paging.outstanding for paging in seen)
    beyond = sum(paging.outstanding - paging.iops * paging.io_s for paging in seen)
    weights = [paging.per_s if made > 0.0 else paging.work for paging in seen]
    io_s = (
        sum(weight * paging.io_s for weight, paging in zip(weights, seen, strict=True))
        / sum(weights)
        if seen
        else 0.0
    )
    told = abs(beyond + made * io_s - under_way) > max(_AGREES * total, _LEAST_TOLD)
    if not seen or not faults.enabled or (fits and not told):
        return served(pagings, faults), faults
    most = _MOST_OF_IOS * sum(paging.iops for paging in seen)
    least = min(_least(beyond, io_s, faults), most)
    rate = made if least <= made <= most else least * (most / least) ** u
    if made > 0.0:
        law = law_of("overheads.faults.per_cpu_s")
        assert law.low is not None
        assert law.high is not None
        wanted = min(max(faults.per_cpu_s * rate / made, law.low), law.high)
        faults = faults.replace(per_cpu_s=wanted)
    each_s = beyond / rate + io_s
    if each_s > _LONG * io_s:  # who waits most then tells who makes most of them
        weights = [
            max(one.outstanding - (one.iops - weight * rate / sum(weights)) * one.io_s, 0.0)
            for one, weight in zip(seen, weights, strict=True)
        ]
    shares = iter([weight / sum(weights) for weight in weights])
    found = [
        _with(paging, next(shares) * rate, each_s, faults) if paging.outstanding > 0.0 else paging
        for paging in pagings
    ]
    return found, faults


def _least(beyond: float, io_s: float, faults: Faults) -> float:
    """Return the fewest page-ins a second that take neither too short nor too long."""
    law = law_of("overheads.faults.page_in.mean")
    assert law.low is not None
    assert law.high is not None
    shortest_s, longest_s = (end * (1.0 + faults.write_back) for end in (law.low, law.high))
    if beyond <= 0.0:
        return max(-beyond, 1e-9) / max(io_s - shortest_s, 1e-2 * io_s)
    always_busy = faults.servers / longest_s if faults.servers else float("inf")
    return min(beyond / (longest_s - io_s) if longest_s > io_s else always_busy, always_busy)


def _with(paging: Paging, per_s: float, each_s: float, faults: Faults) -> Paging:
    allowed = paging.work * float(faults.rates(paging.demand_mib, paging.had_mib))
    made = min(per_s, _MOST_OF_IOS * paging.iops, allowed)
    if made <= 0.0:
        return paging.with_rate(0.0, faults)
    found = paging.with_rate(made / paging.work, faults)
    return found._replace(each_s=each_s, under_way=made * each_s)
