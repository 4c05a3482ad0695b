r"""The M/M/c queue: c parallel servers, one queue, first come first served.

Offered load :math:`a = \lambda / \mu < c`. An arrival waits with Erlang's probability
:math:`C(c, a)`, and then exponentially with rate :math:`c\mu - \lambda`; so with
:math:`\theta = c\mu - \lambda`

.. math::
    P(W > t) = C e^{-\theta t}, \qquad
    P(T > t) = e^{-\mu t} + C \mu \frac{e^{-\mu t} - e^{-\theta t}}{\theta - \mu}.

In hvmc's words: one guest with c VPs, its threads taken first come first served, on a host with at
least c LPs free and overheads off.

References
----------
L. Kleinrock, Queueing Systems I: Theory, 1975, section 3.5 (Erlang's C formula).
D. Gross, J. F. Shortle, J. M. Thompson, C. M. Harris, Fundamentals of Queueing Theory,
4th ed., 2008, chapter 2 (M/M/c waiting times, Erlang's loss formula).
"""

import math

from hvmc.theory._inputs import require_count, require_nonnegative, require_probability
from hvmc.theory.steady_state import NoSteadyStateError, steady_offered_load


def erlang_b(offered_load: float, servers: int) -> float:
    r"""Share of arrivals lost by M/M/c/c: Erlang's B formula, by its recursion.

    :math:`B_0 = 1` and :math:`B_c = a B_{c-1} / (c + a B_{c-1})`.

    Parameters
    ----------
    offered_load : float
        Erlang, >= 0; may exceed ``servers``.
    servers : int
        Servers c, >= 0.

    Returns
    -------
    float
        Probability in [0, 1].

    References
    ----------
    Gross et al. 2008, see the module; the recursion follows by dividing successive terms.

    Examples
    --------
    >>> erlang_b(1.0, 1)
    0.5
    """
    require_nonnegative("offered_load", offered_load, "give arrival rate / service rate")
    require_count("servers", servers, "give the number of parallel servers", minimum=0)
    blocked = 1.0
    for count in range(1, servers + 1):
        blocked = offered_load * blocked / (count + offered_load * blocked)
    return blocked


def erlang_c(offered_load: float, servers: int) -> float:
    r"""Probability that an arrival waits in M/M/c, :math:`C = B / (1 - \rho (1 - B))`.

    Parameters
    ----------
    offered_load : float
        Erlang, >= 0 and < ``servers``.
    servers : int
        Parallel servers c, >= 1.

    Returns
    -------
    float
        Probability in [0, 1].

    Raises
    ------
    NoSteadyStateError
        If ``offered_load`` is not below ``servers``.

    References
    ----------
    Kleinrock 1975, see the module; the form in B follows by dividing the two formulas.

    Examples
    --------
    >>> round(erlang_c(2.0, 3), 6)
    0.444444
    """
    blocked = erlang_b(offered_load, servers)
    if offered_load >= servers:
        raise NoSteadyStateError(offered_load, servers)
    return blocked / (1.0 - offered_load / servers * (1.0 - blocked))


def mean_wait_mmc(arrival_rate_per_s: float, service_rate_per_s: float, servers: int) -> float:
    r"""Mean time in queue of M/M/c, :math:`W_q = C(c, a) / (c\mu - \lambda)`.

    Parameters
    ----------
    arrival_rate_per_s : float
        Arrivals per second, >= 0.
    service_rate_per_s : float
        Completions per second of one busy server, > 0.
    servers : int
        Parallel servers c, >= 1.

    Returns
    -------
    float
        Seconds, service excluded.

    Raises
    ------
    NoSteadyStateError
        If the offered load is not below ``servers``.

    References
    ----------
    Gross et al. 2008, see the module.

    Examples
    --------
    >>> mean_wait_mmc(0.5, 1.0, 1)
    1.0
    """
    load = steady_offered_load(arrival_rate_per_s, service_rate_per_s, servers)
    return erlang_c(load, servers) / (servers * service_rate_per_s - arrival_rate_per_s)


def mean_response_mmc(arrival_rate_per_s: float, service_rate_per_s: float, servers: int) -> float:
    r"""Mean response time of M/M/c, :math:`W_q + 1 / \mu`, in seconds.

    Parameters, errors and source as in `mean_wait_mmc`.

    Examples
    --------
    >>> mean_response_mmc(0.5, 1.0, 1)
    2.0
    """
    wait_s = mean_wait_mmc(arrival_rate_per_s, service_rate_per_s, servers)
    return wait_s + 1.0 / service_rate_per_s


def wait_tail_mmc(
    time_s: float, arrival_rate_per_s: float, service_rate_per_s: float, servers: int
) -> float:
    r"""Probability that an M/M/c wait is longer, :math:`P(W > t) = C e^{-(c\mu - \lambda) t}`.

    Parameters
    ----------
    time_s : float
        The time t, seconds, >= 0.
    arrival_rate_per_s, service_rate_per_s, servers
        As in `mean_wait_mmc`.

    Returns
    -------
    float
        Probability; at t = 0 Erlang's C.

    Raises
    ------
    NoSteadyStateError
        If the offered load is not below ``servers``.

    References
    ----------
    Gross et al. 2008, see the module.

    Examples
    --------
    >>> wait_tail_mmc(0.0, 0.5, 1.0, 1)
    0.5
    """
    require_nonnegative("time_s", time_s, "give a time since the arrival")
    load = steady_offered_load(arrival_rate_per_s, service_rate_per_s, servers)
    drain_rate_per_s = servers * service_rate_per_s - arrival_rate_per_s
    return erlang_c(load, servers) * math.exp(-drain_rate_per_s * time_s)


def response_tail_mmc(
    time_s: float, arrival_rate_per_s: float, service_rate_per_s: float, servers: int
) -> float:
    r"""Probability that an M/M/c response (first come first served) is longer than t.

    The fraction in the module's formula is symmetric in :math:`\mu` and :math:`\theta`; written
    with the slower of the two it neither overflows nor loses digits where they meet.

    Parameters
    ----------
    time_s : float
        The time t, seconds, >= 0.
    arrival_rate_per_s, service_rate_per_s, servers
        As in `mean_wait_mmc`.

    Returns
    -------
    float
        P(T > t).

    Raises
    ------
    NoSteadyStateError
        If the offered load is not below ``servers``.

    References
    ----------
    Gross et al. 2008, see the module.

    Examples
    --------
    >>> response_tail_mmc(0.0, 1.5, 1.0, 2)
    1.0
    """
    require_nonnegative("time_s", time_s, "give a time since the arrival")
    load = steady_offered_load(arrival_rate_per_s, service_rate_per_s, servers)
    drain_rate_per_s = servers * service_rate_per_s - arrival_rate_per_s
    gap_per_s = abs(drain_rate_per_s - service_rate_per_s)
    spread_s = -math.expm1(-gap_per_s * time_s) / gap_per_s if gap_per_s else time_s
    both_s = math.exp(-min(drain_rate_per_s, service_rate_per_s) * time_s) * spread_s
    waited = erlang_c(load, servers) * service_rate_per_s * both_s
    return math.exp(-service_rate_per_s * time_s) + waited


def response_quantile_mmc(
    probability: float, arrival_rate_per_s: float, service_rate_per_s: float, servers: int
) -> float:
    """Quantile of the M/M/c response time, by bisection of `response_tail_mmc` at 1 - q.

    Parameters
    ----------
    probability : float
        The share q of responses that are not longer, 0 <= q < 1.
    arrival_rate_per_s, service_rate_per_s, servers
        As in `mean_wait_mmc`.

    Returns
    -------
    float
        Seconds: the interval is halved until no number lies inside it.

    Raises
    ------
    NoSteadyStateError
        If the offered load is not below ``servers``.

    Examples
    --------
    >>> round(response_quantile_mmc(0.95, 0.5, 1.0, 1), 4)
    5.9915
    """
    require_probability(probability)
    arguments = (arrival_rate_per_s, service_rate_per_s, servers)
    below_s, above_s = 0.0, mean_response_mmc(*arguments)
    if probability == 0.0:
        return 0.0
    while response_tail_mmc(above_s, *arguments) > 1.0 - probability:
        below_s, above_s = above_s, 2.0 * above_s
    middle_s = 0.5 * (below_s + above_s)
    while below_s < middle_s < above_s:
        if response_tail_mmc(middle_s, *arguments) > 1.0 - probability:
            below_s = middle_s
        else:
            above_s = middle_s
        middle_s = 0.5 * (below_s + above_s)
    return above_s
