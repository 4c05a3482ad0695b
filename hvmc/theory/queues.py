r"""Open queues with one server, first come first served.

Poisson arrivals at rate :math:`\lambda`, service at rate :math:`\mu`,
:math:`\rho = \lambda / \mu < 1` (except in the finite M/M/1/K).

M/M/1 : the response time is exponential with rate :math:`\mu - \lambda`.
M/G/1 : Pollaczek-Khinchine; the wait depends on the service distribution through its coefficient
    of variation only.
M/M/1/K : at most K customers inside, an arrival that finds K is lost.

In hvmc's words: one guest with one VP on a host with an idle LP for it, overheads off.
"""

import math

from hvmc.theory._inputs import (
    require_count,
    require_nonnegative,
    require_positive,
    require_probability,
)
from hvmc.theory.steady_state import steady_offered_load


def mean_wait_mm1(arrival_rate_per_s: float, service_rate_per_s: float) -> float:
    r"""Mean time in queue of M/M/1, :math:`W_q = \rho / (\mu - \lambda)`.

    Parameters
    ----------
    arrival_rate_per_s : float
        Arrivals per second, >= 0.
    service_rate_per_s : float
        Completions per second of the busy server, > 0.

    Returns
    -------
    float
        Seconds, service excluded.

    Raises
    ------
    NoSteadyStateError
        If the offered load is not below 1.

    References
    ----------
    L. Kleinrock, Queueing Systems I: Theory, 1975, section 3.2.

    Examples
    --------
    >>> mean_wait_mm1(0.5, 1.0)
    1.0
    """
    load = steady_offered_load(arrival_rate_per_s, service_rate_per_s)
    return load / (service_rate_per_s - arrival_rate_per_s)


def mean_response_mm1(arrival_rate_per_s: float, service_rate_per_s: float) -> float:
    r"""Mean response time of M/M/1, :math:`1 / (\mu - \lambda)`, in seconds.

    Parameters, errors and source as in `mean_wait_mm1`.

    Examples
    --------
    >>> mean_response_mm1(0.5, 1.0)
    2.0
    """
    steady_offered_load(arrival_rate_per_s, service_rate_per_s)
    return 1.0 / (service_rate_per_s - arrival_rate_per_s)


def response_tail_mm1(time_s: float, arrival_rate_per_s: float, service_rate_per_s: float) -> float:
    r"""Probability that an M/M/1 response is longer: :math:`e^{-(\mu - \lambda) t}`.

    Parameters
    ----------
    time_s : float
        The time t, seconds, >= 0.
    arrival_rate_per_s, service_rate_per_s : float
        As in `mean_wait_mm1`.

    Returns
    -------
    float
        P(T > t).

    Raises
    ------
    NoSteadyStateError
        If the offered load is not below 1.

    References
    ----------
    D. Gross, J. F. Shortle, J. M. Thompson, C. M. Harris, Fundamentals of Queueing Theory,
    4th ed., 2008, chapter 2.

    Examples
    --------
    >>> response_tail_mm1(0.0, 0.5, 1.0)
    1.0
    """
    require_nonnegative("time_s", time_s, "give a time since the arrival")
    return math.exp(-time_s / mean_response_mm1(arrival_rate_per_s, service_rate_per_s))


def response_quantile_mm1(
    probability: float, arrival_rate_per_s: float, service_rate_per_s: float
) -> float:
    r"""Quantile of the M/M/1 response time, :math:`-\ln(1 - q) / (\mu - \lambda)`.

    Parameters
    ----------
    probability : float
        The share q of responses that are not longer, 0 <= q < 1.
    arrival_rate_per_s, service_rate_per_s : float
        As in `mean_wait_mm1`.

    Returns
    -------
    float
        Seconds.

    Raises
    ------
    NoSteadyStateError
        If the offered load is not below 1.

    Examples
    --------
    >>> round(response_quantile_mm1(0.95, 0.5, 1.0), 4)
    5.9915
    """
    require_probability(probability)
    return -math.log1p(-probability) * mean_response_mm1(arrival_rate_per_s, service_rate_per_s)


def mean_wait_mg1(arrival_rate_per_s: float, service_rate_per_s: float, service_cv: float) -> float:
    r"""Mean time in queue of M/G/1: :math:`W_q = \frac{1 + c_s^2}{2} \frac{\rho}{\mu - \lambda}`.

    Parameters
    ----------
    arrival_rate_per_s : float
        Arrivals per second, >= 0.
    service_rate_per_s : float
        Inverse of the mean service time, > 0.
    service_cv : float
        Standard deviation of the service time over its mean, >= 0: deterministic 0, exponential 1.

    Returns
    -------
    float
        Seconds, service excluded.

    Raises
    ------
    NoSteadyStateError
        If the offered load is not below 1.

    References
    ----------
    Pollaczek-Khinchine mean value formula: L. Kleinrock, Queueing Systems I: Theory, 1975,
    section 5.6.

    Examples
    --------
    >>> mean_wait_mg1(0.5, 1.0, service_cv=0.0)
    0.5
    """
    require_nonnegative("service_cv", service_cv, "give standard deviation / mean, 1 = exponential")
    variability = (1.0 + service_cv * service_cv) / 2.0
    return variability * mean_wait_mm1(arrival_rate_per_s, service_rate_per_s)


def mean_response_mg1(
    arrival_rate_per_s: float, service_rate_per_s: float, service_cv: float
) -> float:
    r"""Mean response time of M/G/1, :math:`W_q + 1 / \mu`, in seconds.

    Parameters, errors and source as in `mean_wait_mg1`.

    Examples
    --------
    >>> mean_response_mg1(0.5, 1.0, service_cv=0.0)
    1.5
    """
    wait_s = mean_wait_mg1(arrival_rate_per_s, service_rate_per_s, service_cv)
    return wait_s + 1.0 / service_rate_per_s


def blocking_mm1k(arrival_rate_per_s: float, service_rate_per_s: float, places: int) -> float:
    r"""Share of arrivals lost by M/M/1/K, :math:`(1-\rho)\rho^K / (1-\rho^{K+1})`.

    It equals :math:`1 / (K + 1)` at :math:`\rho = 1`, and any load has a steady state. Computed as
    :math:`(e^y - 1) / (e^{(K+1) y} - 1)` with :math:`y = -\ln \rho`, which loses no digits near
    :math:`\rho = 1` and does not overflow.

    Parameters
    ----------
    arrival_rate_per_s : float
        Arrivals per second, lost ones included, >= 0.
    service_rate_per_s : float
        Completions per second of the busy server, > 0.
    places : int
        The most customers K that can be inside, the one in service included, >= 1.

    Returns
    -------
    float
        Probability in [0, 1].

    References
    ----------
    L. Kleinrock, Queueing Systems I: Theory, 1975, section 3.6.

    Examples
    --------
    >>> blocking_mm1k(1.0, 1.0, places=4)
    0.2
    """
    require_nonnegative("arrival_rate_per_s", arrival_rate_per_s, "give arrivals per second")
    require_positive("service_rate_per_s", service_rate_per_s, "give completions per second")
    require_count("places", places, "count the customer in service too")
    if arrival_rate_per_s == 0.0:
        return 0.0
    if arrival_rate_per_s == service_rate_per_s:
        return 1.0 / (places + 1)
    y = math.log(service_rate_per_s / arrival_rate_per_s)
    if y < 0.0:
        return math.expm1(y) / math.expm1((places + 1) * y)
    return math.exp(-places * y) * math.expm1(-y) / math.expm1(-(places + 1) * y)
