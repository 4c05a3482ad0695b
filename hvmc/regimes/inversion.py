"""From how busy a guest's processors are to threads that keep them so busy.

A guest of V virtual processors that uses U LPs runs N threads, each of which needs c seconds of
CPU a request and is off the CPU for r c seconds between. Undisturbed, that is the machine
repairman M/M/V//N: its busy servers are

    U(N, r) = sum over n of min(n, V) p(n),    p(n) / p(n - 1) = (N - n + 1) / (min(n, V) r).

With N <= V no thread waits and U = N / (1 + r) whatever the laws. Inverted: of the wanted ratio r
the number of threads is N = round(U (1 + r)), at least what U takes, and r is then solved for so
that U is met exactly. U falls as r grows, so there is one such r.

References
----------
L. Kleinrock, "Queueing Systems", vol. 1, Wiley 1975, section 3.8 (`hvmc.theory.closed`).
"""

import math
from functools import lru_cache

import numpy as np

from hvmc.theory.closed import customers_at_servers

__all__ = ["FULLEST", "busy", "queueing_for", "ratio_for", "threads_for"]

FULLEST = 0.98
"""Largest use of a guest's VPs that is taken at its word: above, its demand is not known."""

MOST_DEMAND = 2.0
"""Largest demand, over its VPs, that such a guest may have. Assumption."""

_LONGEST, _SHORTEST = 1e7, 1e-6
_MOST_THREADS = 100_000


def busy(threads: int, ratio: float, processors: int) -> float:
    """Return the mean number of busy processors of M/M/V//N.

    Examples
    --------
    >>> busy(2, 3.0, 2), round(busy(8, 3.0, 2), 3)
    (0.5, 1.697)
    """
    if threads <= processors:
        return threads / (1.0 + ratio)
    there = customers_at_servers(threads, ratio, 1.0, processors)
    return float(np.minimum(np.arange(threads + 1), processors) @ there)


@lru_cache(maxsize=4096)
def ratio_for(used: float, threads: int, processors: int) -> float:
    """Return off-CPU time over CPU time with which so many threads keep ``used`` LPs busy.

    Parameters
    ----------
    used : float
        Above 0 and below both numbers.
    threads, processors : int
        N and V.
    """
    from scipy.optimize import brentq

    if threads <= processors:
        return threads / used - 1.0

    def excess(log_ratio: float) -> float:
        return busy(threads, math.exp(log_ratio), processors) - used

    # U <= N / (1 + r): beyond this r there is too little load; where r is 0 all are busy
    return math.exp(brentq(excess, math.log(_SHORTEST), math.log(threads / used), xtol=1e-9))


def threads_for(
    used: float, processors: int, wanted: float, least: float = 0.0
) -> tuple[int, float]:
    """Return threads and off-CPU ratio that keep ``used`` LPs busy.

    Parameters
    ----------
    used : float
        LPs, above 0; more than 98 % of the VPs counts as that.
    processors : int
        V.
    wanted : float
        Ratio aimed at; the number of threads is whole, so it is met only nearly.
    least : float
        Smallest ratio that will do, such as that of the I/Os alone: threads are added until
        it is reached.

    Examples
    --------
    >>> threads, ratio = threads_for(1.4, 4, wanted=9.0)
    >>> threads, round(ratio, 2), round(busy(threads, ratio, 4), 9)
    (14, 8.99, 1.4)
    """
    used = min(used, FULLEST * processors)
    threads = max(round(used * (1.0 + max(wanted, least))), math.floor(used) + 1)
    ratio = ratio_for(used, threads, processors)
    while ratio < least and threads < _MOST_THREADS:
        threads += max(1, math.ceil(0.02 * threads))
        ratio = ratio_for(used, threads, processors)
    return threads, min(ratio, _LONGEST)


def queueing_for(
    used: float, processors: int, wanted: float, u: float, least: float = 0.0
) -> tuple[int, float]:
    """Return threads and off-CPU ratio of a guest whose VPs are always taken.

    Threads then wait inside it, and no counter tells how many. To keep all V of its VPs taken while
    ``used`` run takes V + r U threads, with r the ratio wanted; the guest may demand more, up to
    twice its VPs: U is drawn from ``used`` to that, on a logarithmic scale.

    Parameters
    ----------
    used : float
        LPs on which its VPs run.
    processors : int
        V.
    wanted, least : float
        As in `threads_for`, over the time that they run.
    u : float
        Uniform.

    Examples
    --------
    >>> queueing_for(0.9, 4, wanted=9.0, u=0.0), queueing_for(0.9, 4, wanted=9.0, u=1.0)
    ((12, 9.0), (76, 9.0))
    """
    ratio = max(wanted, least)
    demand = used * (MOST_DEMAND * processors / used) ** u
    return min(round(processors + ratio * demand), _MOST_THREADS), ratio
