r"""One server shared by everybody present: processor sharing, equal and discriminatory.

**Processor sharing.** n customers are each served at rate 1/n. The mean response given the service
requirement x is :math:`x / (1 - \rho)` for any service distribution; only its mean matters.

**Discriminatory processor sharing.** A class-k customer is served at rate
:math:`g_k / \sum_j g_j n_j`, with weights g. For Poisson arrivals and exponential service the mean
response times T solve

.. math::
    T_k \left[1 - \sum_j \frac{\lambda_j g_j}{g_j \mu_j + g_k \mu_k}\right]
    - \sum_j \frac{\lambda_j g_j T_j}{g_j \mu_j + g_k \mu_k} = \frac{1}{\mu_k} .

In hvmc's words: single-VP guests with short slices on one LP; the weights are those of
`SchedulerPriority`, applied per VP.

References
----------
L. Kleinrock, Queueing Systems II: Computer Applications, 1976, chapter 4.
G. Fayolle, I. Mitrani, R. Iasnogorodski, Sharing a processor among many job classes,
Journal of the ACM 27(3), 1980, pages 519-532.
E. Altman, K. Avrachenkov, U. Ayesta, A survey on discriminatory processor sharing,
Queueing Systems 53, 2006, pages 53-63.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hvmc.theory._inputs import require, require_each, require_nonnegative, vector
from hvmc.theory.queues import mean_response_mm1
from hvmc.theory.steady_state import NoSteadyStateError, steady_offered_load


def mean_response_ps(arrival_rate_per_s: float, service_rate_per_s: float) -> float:
    r"""Mean response time of M/G/1 processor sharing, :math:`1 / (\mu - \lambda)`.

    Parameters
    ----------
    arrival_rate_per_s : float
        Arrivals per second, >= 0.
    service_rate_per_s : float
        Inverse of the mean service requirement, > 0.

    Returns
    -------
    float
        Seconds; the same for every service distribution of that mean.

    Raises
    ------
    NoSteadyStateError
        If the offered load is not below 1.

    References
    ----------
    Kleinrock 1976, see the module.

    Examples
    --------
    >>> mean_response_ps(0.5, 1.0)
    2.0
    """
    return mean_response_mm1(arrival_rate_per_s, service_rate_per_s)


def mean_response_ps_given_size(
    size_s: float, arrival_rate_per_s: float, service_rate_per_s: float
) -> float:
    r"""Mean response of a request that needs x seconds of service, :math:`x / (1 - \rho)`.

    Parameters
    ----------
    size_s : float
        Service requirement x, seconds, >= 0.
    arrival_rate_per_s, service_rate_per_s : float
        As in `mean_response_ps`.

    Returns
    -------
    float
        Seconds.

    Raises
    ------
    NoSteadyStateError
        If the offered load is not below 1.

    References
    ----------
    Kleinrock 1976, see the module.

    Examples
    --------
    >>> mean_response_ps_given_size(3.0, 0.5, 1.0)
    6.0
    """
    require_nonnegative("size_s", size_s, "give the service the request needs")
    return size_s / (1.0 - steady_offered_load(arrival_rate_per_s, service_rate_per_s))


def mean_response_dps(
    arrival_rates_per_s: ArrayLike, service_rates_per_s: ArrayLike, weights: ArrayLike
) -> NDArray[np.float64]:
    """Mean response time of each class under discriminatory processor sharing.

    Parameters
    ----------
    arrival_rates_per_s : array_like
        Shape (classes,): arrivals per second, >= 0. A class with 0 is a lone, tagged customer.
    service_rates_per_s : array_like
        Shape (classes,): inverse mean of the exponential service requirement, > 0.
    weights : array_like
        Shape (classes,): weight of one customer, > 0; only ratios matter.

    Returns
    -------
    ndarray
        float64, shape (classes,), seconds.

    Raises
    ------
    NoSteadyStateError
        If the classes together offer a load of 1 or more.
    ValueError
        If shapes differ or a value is out of range.

    References
    ----------
    Fayolle, Mitrani and Iasnogorodski 1980; in this form in Altman et al. 2006, see the module.

    Examples
    --------
    >>> mean_response_dps([0.25, 0.25], [1.0, 1.0], [1.0, 1.0]).round(12).tolist()
    [2.0, 2.0]
    """
    arrivals, services, weight = _classes(arrival_rates_per_s, service_rates_per_s, weights)
    weighted = weight * services
    coupling = (arrivals * weight) / (weighted[:, None] + weighted[None, :])
    system = np.diag(1.0 - coupling.sum(axis=1)) - coupling
    return np.asarray(np.linalg.solve(system, 1.0 / services))


def mean_response_dps_two_classes(
    arrival_rates_per_s: ArrayLike, service_rates_per_s: ArrayLike, weights: ArrayLike
) -> NDArray[np.float64]:
    r"""Two classes in closed form, the solution of the system of `mean_response_dps`.

    .. math::
        T_1 = \frac{1}{\mu_1 (1 - \rho)}
              \left[1 + \frac{\mu_1 \rho_2 (g_2 - g_1)}
                             {\mu_1 g_1 (1 - \rho_1) + \mu_2 g_2 (1 - \rho_2)}\right]

    and :math:`T_2` with 1 and 2 exchanged.

    Parameters, errors and sources as in `mean_response_dps`, with shape (2,).

    Examples
    --------
    >>> mean_response_dps_two_classes([0.25, 0.25], [1.0, 1.0], [3.0, 1.0]).round(12).tolist()
    [1.666666666667, 2.333333333333]
    """
    arrivals, services, weight = _classes(arrival_rates_per_s, service_rates_per_s, weights)
    require(arrivals.size == 2, "classes", "2", arrivals.size, "use mean_response_dps")
    load = arrivals / services
    scale = float(np.sum(services * weight * (1.0 - load)))
    advantage = services * load[::-1] * (weight[::-1] - weight) / scale
    return np.asarray((1.0 + advantage) / (services * (1.0 - load.sum())))


def _classes(
    arrival_rates_per_s: ArrayLike, service_rates_per_s: ArrayLike, weights: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return checked arrays, shape (classes,) each, of a system with a steady state."""
    arrivals = vector("arrival_rates_per_s", arrival_rates_per_s)
    services = vector("service_rates_per_s", service_rates_per_s)
    weight = vector("weights", weights)
    sizes = (arrivals.size, services.size, weight.size)
    require(len(set(sizes)) == 1, "classes", "as many in each argument", sizes, "match the lengths")
    not_negative = np.isfinite(arrivals) & (arrivals >= 0.0)
    remedy = "give arrivals per second"
    require_each(not_negative, "arrival_rates_per_s", "finite and >= 0", arrivals, remedy)
    for path, values in (("service_rates_per_s", services), ("weights", weight)):
        positive = np.isfinite(values) & (values > 0.0)
        require_each(positive, path, "finite and > 0", values, "leave out classes without any")
    offered_load = float(np.sum(arrivals / services))
    if offered_load >= 1.0:
        raise NoSteadyStateError(offered_load, 1)
    return arrivals, services, weight
