r"""A server that is not always there: CPU limits and interruptions.

**Quota.** In every period of length Q a VP may run for at most P (limit = P/Q); when the quota is
used up it is capped until the period ends, and nothing is carried over. A VP with an LP to itself
that starts work w at phase x with u of the quota used runs first for
:math:`f = \min(P - u,\ Q - x)`. What remains, :math:`r = w - f`, is served P per period:

.. math::
    T(w) = w \ \ (w \le f), \qquad
    T(w) = (Q - x) + nQ + (r - nP), \quad n = \lceil r / P \rceil - 1 \ \ (w > f).

For a VP that is always busy this is an on/off server, on for P and off for Q - P: start with
u = min(x, P). Its long-run stretch is Q/P = 1/limit. A burst that is no longer than P and finds
its quota untouched is never delayed: the stretch of an interactive guest is not 1/limit.

**Interruptions.** A service of length S is interrupted by a Poisson process of rate r per second
of service for pauses D and resumed where it stopped (an intercept handled by the root). The
completion time C has

.. math::
    E[C] = E[S] (1 + r E[D]), \qquad
    \operatorname{Var}[C] = \operatorname{Var}[S] (1 + r E[D])^2 + r E[S] E[D^2],

and can be put in the place of the service time in M/G/1.

References
----------
D. P. Gaver, A waiting line with interrupted service, including priorities, Journal of the
Royal Statistical Society B 24(1), 1962, pages 73-90 (completion times; interruptions).
"""

import math
from typing import NamedTuple

from hvmc.theory._inputs import require, require_nonnegative, require_positive


class CompletionTime(NamedTuple):
    """Mean (seconds) and coefficient of variation of a service with its interruptions."""

    mean_s: float
    cv: float


def limit_stretch(limit: float) -> float:
    r"""Long-run stretch of work that never pauses under a CPU limit, :math:`Q / P = 1 / limit`.

    Parameters
    ----------
    limit : float
        Fraction of one LP, 0 < limit <= 1.

    Returns
    -------
    float
        Elapsed time over undisturbed time.

    Raises
    ------
    ValueError
        If the limit is out of range.

    Examples
    --------
    >>> limit_stretch(0.25)
    4.0
    """
    require(0.0 < limit <= 1.0, "limit", "> 0 and <= 1", limit, "give a fraction of one LP")
    return 1.0 / limit


def completion_time(
    work: float, quota: float, period: float, phase: float = 0, used: float = 0
) -> float:
    """Elapsed time of work that starts at a given phase of the limit period.

    All times in one unit. The answer jumps where work is a multiple of the quota, so give whole
    numbers (nanoseconds): they are computed exactly.

    Parameters
    ----------
    work : float
        CPU time needed w, >= 0.
    quota : float
        CPU time allowed per period P, 0 < quota <= period.
    period : float
        Length Q.
    phase : float
        Time x since the period began, 0 <= phase < period.
    used : float
        Quota u already used in this period, 0 <= used <= min(phase, quota).

    Returns
    -------
    float
        Time from the start of the work to its end; an int if every argument is one.

    Raises
    ------
    ValueError
        If an argument is out of range.

    Examples
    --------
    >>> completion_time(work=5, quota=2, period=10)
    21
    >>> completion_time(work=5, quota=2, period=10, phase=9)
    13
    """
    _require_quota(work, quota, period)
    in_period, possible = 0 <= phase < period, 0 <= used <= min(phase, quota)
    require(in_period, "phase", f">= 0 and < {period}", phase, "take it modulo the period")
    rule = f">= 0 and <= {min(phase, quota)}"
    require(possible, "used", rule, used, "give the time run since the period began")
    first = min(quota - used, period - phase)
    if work <= first:
        return work
    rest = work - first
    full_periods = -(-rest // quota) - 1
    return (period - phase) + full_periods * period + (rest - full_periods * quota)


def mean_completion_time(work: float, quota: float, period: float) -> float:
    r"""Mean elapsed time over a uniform phase, for a VP that finds its quota untouched.

    With :math:`w = mP + \delta`, :math:`0 < \delta \le P`, integrating `completion_time` gives w
    for m = 0 and otherwise

    .. math:: E[T] = mQ + \delta - \frac{Q - P}{Q} \left(\frac{Q + P}{2} - \delta\right).

    Parameters
    ----------
    work, quota, period : float
        As in `completion_time`.

    Returns
    -------
    float
        In the unit of the arguments.

    Raises
    ------
    ValueError
        If an argument is out of range.

    Examples
    --------
    >>> mean_completion_time(work=5, quota=2, period=10)
    17.0
    >>> mean_completion_time(work=2, quota=2, period=10)
    2
    """
    _require_quota(work, quota, period)
    if work <= quota:
        return work
    full_quotas = -(-work // quota) - 1
    rest = work - full_quotas * quota
    start_gain = (period - quota) * ((period + quota) / 2 - rest) / period
    return full_quotas * period + rest - start_gain


def interrupted_service(
    mean_service_s: float,
    service_cv: float,
    interruptions_per_service_s: float,
    mean_pause_s: float,
    pause_cv: float = 1.0,
) -> CompletionTime:
    """Mean and variation of a service that is interrupted and resumed.

    Parameters
    ----------
    mean_service_s : float
        Undisturbed service, seconds, > 0.
    service_cv : float
        Its standard deviation over its mean, >= 0.
    interruptions_per_service_s : float
        Rate r per second of service received, >= 0.
    mean_pause_s : float
        Length of an interruption, seconds, >= 0.
    pause_cv : float
        Its standard deviation over its mean, >= 0; 1 is exponential.

    Returns
    -------
    CompletionTime
        ``mean_s`` and ``cv``; as arguments of `mean_wait_mg1` they give the wait of an M/G/1 queue
        whose server is interrupted while it serves.

    Raises
    ------
    ValueError
        If an argument is out of range.

    References
    ----------
    Gaver 1962, see the module; a compound Poisson sum of pauses, given the service.

    Examples
    --------
    >>> interrupted_service(1.0, 1.0, 2.0, 0.5, pause_cv=1.0)
    CompletionTime(mean_s=2.0, cv=1.118033988749895)
    """
    require_positive("mean_service_s", mean_service_s, "give the undisturbed mean")
    for path, value in (
        ("service_cv", service_cv),
        ("interruptions_per_service_s", interruptions_per_service_s),
        ("mean_pause_s", mean_pause_s),
        ("pause_cv", pause_cv),
    ):
        require_nonnegative(path, value, "0 means none")
    inflation = 1.0 + interruptions_per_service_s * mean_pause_s
    mean_s = mean_service_s * inflation
    pause_square_s2 = mean_pause_s**2 * (1.0 + pause_cv**2)
    variance_s2 = (service_cv * mean_s) ** 2 + (
        interruptions_per_service_s * mean_service_s * pause_square_s2
    )
    return CompletionTime(mean_s, math.sqrt(variance_s2) / mean_s)


def _require_quota(work: float, quota: float, period: float) -> None:
    require_nonnegative("work", work, "give the CPU time needed")
    require_positive("period", period, "give the length of the limit period")
    rule = f"> 0 and <= the period {period}"
    require(0 < quota <= period, "quota", rule, quota, "give limit x period")
