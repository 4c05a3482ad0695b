r"""Mean value analysis of a closed network with one class of customers.

N customers think for Z on average, visit stations with several exponential servers each, first come
first served, and think again. A customer who arrives at a station finds it as it is, on average,
with one customer less in the network (arrival theorem). With total demand :math:`D_k` per
interaction and :math:`c_k` servers,

.. math::
    R_k(n) = D_k \sum_{j=1}^{n} \frac{j}{\min(j, c_k)}\, p_k(j - 1 \mid n - 1), \qquad
    X(n) = \frac{n}{Z + \sum_k R_k(n)},

.. math::
    p_k(j \mid n) = \frac{D_k X(n)}{\min(j, c_k)}\, p_k(j - 1 \mid n - 1), \qquad
    p_k(0 \mid n) = 1 - \sum_j p_k(j \mid n).

Thinking may follow any law, and so may any other stage at which nobody waits.

References
----------
M. Reiser, S. S. Lavenberg, Mean-value analysis of closed multichain queuing networks,
Journal of the ACM 27(2), 1980.
"""

from collections.abc import Sequence

import numpy as np

from hvmc.theory._inputs import (
    require,
    require_count,
    require_each,
    require_nonnegative,
    vector,
)

__all__ = ["mean_value_response"]


def mean_value_response(
    customers: int, think_s: float, demands_s: Sequence[float], servers: Sequence[int]
) -> float:
    """Mean time from the end of thinking to the end of the interaction.

    Parameters
    ----------
    customers : int
        Population N, >= 1.
    think_s : float
        Mean think time Z, and mean time at stages where nobody waits, seconds, >= 0.
    demands_s : sequence of float
        Shape (stations,): mean service per interaction at each station, seconds, > 0.
    servers : sequence of int
        Shape (stations,): servers of each station, >= 1.

    Returns
    -------
    float
        Seconds, thinking excluded.

    Raises
    ------
    ValueError
        If an argument is out of range or the shapes differ.

    References
    ----------
    Reiser and Lavenberg 1980, see the module.

    Examples
    --------
    >>> round(mean_value_response(2, think_s=1.0, demands_s=[1.0], servers=[1]), 12)
    1.5
    """
    require_count("customers", customers, "give the number of customers in the system")
    require_nonnegative("think_s", think_s, "give the mean think time, 0 for none")
    demand = vector("demands_s", demands_s)
    count = np.asarray(servers)
    same = count.shape == demand.shape
    require(same, "servers", f"of shape {demand.shape}", count.shape, "match demands_s")
    for station, its in enumerate(count):
        require_count(f"servers[{station}]", its, "give the servers of each station")
    positive = np.isfinite(demand) & (demand > 0.0)
    require_each(positive, "demands_s", "finite and > 0", demand, "leave out unused stations")
    present = np.arange(1, customers + 1)
    at_work = np.minimum(present, count[:, None])
    chance = np.zeros((demand.size, customers + 1))
    chance[:, 0] = 1.0
    response_s = 0.0
    for population in range(1, customers + 1):
        found = demand[:, None] * chance[:, :-1] / at_work
        response_s = float((found * present).sum())
        chance[:, 1:] = found * population / (think_s + response_s)
        chance[:, 0] = 1.0 - chance[:, 1:].sum(axis=1)
    return response_s
