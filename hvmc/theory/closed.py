r"""Closed systems: a fixed number of customers who think and then ask for service.

**Machine repairman** (finite-source M/M/c//N). N customers think for Z on average, then need
exponential service of mean S from one of c servers, first come first served. With n at the
servers the birth rate is :math:`(N - n) / Z` and the death rate :math:`\min(n, c) / S`, so

.. math::
    \frac{p_n}{p_{n-1}} = \frac{(N - n + 1)\, S}{\min(n, c)\, Z}, \qquad
    X = \frac{1}{S} \sum_n \min(n, c)\, p_n, \qquad R = \frac{\sum_n n\, p_n}{X}

(response by Little's law). The think time's distribution does not matter, its mean does. At Z = 0
all N are always at the servers.

**Operational bounds** for any closed system of stations with total demand D per interaction,
demand :math:`D_k` at station k with :math:`c_k` servers:

.. math::
    \frac{N}{N D + Z} \le X \le \min\left(\frac{N}{D + Z},\ \min_k \frac{c_k}{D_k}\right), \qquad
    \max\left(D,\ N \max_k \frac{D_k}{c_k} - Z\right) \le R \le N D.

In hvmc's words: a `Closed` workload of N threads on c VPs, overheads off; think includes I/O that
no other thread waits for.

References
----------
L. Kleinrock, Queueing Systems I: Theory, 1975, chapter 3 (finite customer population).
P. J. Denning, J. P. Buzen, The operational analysis of queueing network models,
ACM Computing Surveys 10(3), 1978.
E. D. Lazowska, J. Zahorjan, G. S. Graham, K. C. Sevcik, Quantitative System Performance,
1984, chapter 5 (asymptotic bounds).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hvmc.theory._inputs import (
    require,
    require_count,
    require_each,
    require_nonnegative,
    require_positive,
    vector,
)


@dataclass(frozen=True, slots=True)
class ClosedQueue:
    """Long-run means of a machine-repairman system.

    Attributes
    ----------
    mean_response_s : float
        Wait and service, seconds.
    mean_wait_s : float
        Time in queue, seconds.
    throughput_per_s : float
        Services completed per second.
    utilisation : float
        Mean share of busy servers, 0..1.
    """

    mean_response_s: float
    mean_wait_s: float
    throughput_per_s: float
    utilisation: float


@dataclass(frozen=True, slots=True)
class ClosedBounds:
    """Operational bounds of a closed system.

    Attributes
    ----------
    throughput_low_per_s, throughput_high_per_s : float
        Interactions per second.
    response_low_s, response_high_s : float
        Seconds from the end of thinking to the end of the interaction.
    saturation_customers : float
        The number of customers N* at which the two upper bounds of throughput cross.
    """

    throughput_low_per_s: float
    throughput_high_per_s: float
    response_low_s: float
    response_high_s: float
    saturation_customers: float


def customers_at_servers(
    customers: int, think_s: float, service_s: float, servers: int
) -> NDArray[np.float64]:
    """Distribution of the number of customers waiting or in service.

    Parameters
    ----------
    customers : int
        Population N, >= 1.
    think_s : float
        Mean think time Z, seconds, >= 0.
    service_s : float
        Mean service time S, seconds, > 0.
    servers : int
        Parallel servers c, >= 1.

    Returns
    -------
    ndarray
        float64, shape (customers + 1,): probability of n = 0 .. N.

    Raises
    ------
    ValueError
        If an argument is out of range.

    References
    ----------
    Kleinrock 1975, see the module; products are summed as logarithms, so
    large populations do not overflow.

    Examples
    --------
    >>> customers_at_servers(2, think_s=1.0, service_s=1.0, servers=1).round(12).tolist()
    [0.2, 0.4, 0.4]
    """
    require_count("customers", customers, "give the number of customers in the system")
    require_nonnegative("think_s", think_s, "give the mean think time, 0 for none")
    require_positive("service_s", service_s, "give the mean service time")
    require_count("servers", servers, "give the number of parallel servers")
    n = np.arange(1, customers + 1)
    if think_s == 0.0:
        return np.append(np.zeros(customers), 1.0)
    log_ratios = np.log((customers - n + 1) / np.minimum(n, servers)) + np.log(service_s / think_s)
    log_weights = np.append(0.0, np.cumsum(log_ratios))
    weights = np.exp(log_weights - log_weights.max())
    return np.asarray(weights / weights.sum())


def machine_repairman(
    customers: int, think_s: float, service_s: float, servers: int = 1
) -> ClosedQueue:
    """Exact means of the finite-source M/M/c//N queue.

    Parameters
    ----------
    customers, think_s, service_s, servers
        As in `customers_at_servers`.

    Returns
    -------
    ClosedQueue

    Raises
    ------
    ValueError
        If an argument is out of range.

    References
    ----------
    Kleinrock 1975, see the module.

    Examples
    --------
    >>> two = machine_repairman(2, think_s=1.0, service_s=1.0)
    >>> round(two.throughput_per_s, 12), round(two.mean_response_s, 12)
    (0.8, 1.5)
    """
    chance = customers_at_servers(customers, think_s, service_s, servers)
    n = np.arange(customers + 1)
    busy = float(chance @ np.minimum(n, servers))
    waiting = float(chance @ np.maximum(n - servers, 0))
    throughput_per_s = busy / service_s
    return ClosedQueue(
        mean_response_s=service_s + waiting / throughput_per_s,
        mean_wait_s=waiting / throughput_per_s,
        throughput_per_s=throughput_per_s,
        utilisation=busy / servers,
    )


def asymptotic_bounds(
    customers: int,
    think_s: float,
    demands_s: Sequence[float],
    servers: Sequence[int] | None = None,
) -> ClosedBounds:
    """Bounds of throughput and response from demands alone, whatever the distributions.

    Parameters
    ----------
    customers : int
        Population N, >= 1.
    think_s : float
        Mean think time Z, seconds, >= 0.
    demands_s : sequence of float
        Shape (stations,): mean service per interaction at each station, seconds, > 0.
    servers : sequence of int, optional
        Shape (stations,): servers of each station, >= 1; one each by default.

    Returns
    -------
    ClosedBounds

    Raises
    ------
    ValueError
        If an argument is out of range or the shapes differ.

    References
    ----------
    Denning and Buzen 1978; Lazowska et al. 1984 (there with one server a station).

    Examples
    --------
    >>> bounds = asymptotic_bounds(10, think_s=4.0, demands_s=[0.5, 0.5])
    >>> bounds.throughput_high_per_s, bounds.response_low_s, bounds.saturation_customers
    (2.0, 1.0, 10.0)
    """
    require_count("customers", customers, "give the number of customers in the system")
    require_nonnegative("think_s", think_s, "give the mean think time, 0 for none")
    demand = vector("demands_s", demands_s)
    count = np.ones(demand.size, dtype=np.int64) if servers is None else np.asarray(servers)
    same = count.shape == demand.shape
    require(same, "servers", f"of shape {demand.shape}", count.shape, "match demands_s")
    for station, station_servers in enumerate(count):
        require_count(f"servers[{station}]", station_servers, "give the servers of each station")
    positive = np.isfinite(demand) & (demand > 0.0)
    require_each(positive, "demands_s", "finite and > 0", demand, "leave out unused stations")
    total_s = float(demand.sum())
    bottleneck_s = float((demand / count).max())
    return ClosedBounds(
        throughput_low_per_s=customers / (customers * total_s + think_s),
        throughput_high_per_s=min(customers / (total_s + think_s), 1.0 / bottleneck_s),
        response_low_s=max(total_s, customers * bottleneck_s - think_s),
        response_high_s=customers * total_s,
        saturation_customers=(total_s + think_s) / bottleneck_s,
    )
