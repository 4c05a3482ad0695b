r"""When an open queue has a steady state.

With arrival rate :math:`\lambda` and service rate :math:`\mu` of one busy server the offered load
is :math:`a = \lambda / \mu` (Erlang: the mean number of busy servers). Work arrives at rate
:math:`a` and c servers do at most c, so every formula for an open queue here needs :math:`a < c`;
the utilisation is then :math:`\rho = a / c`.
"""

from hvmc.theory._inputs import require_count, require_nonnegative, require_positive


class NoSteadyStateError(ValueError):
    """An open queue is offered as much work as its servers can do, or more.

    Attributes
    ----------
    offered_load : float
        Mean number of servers the arriving work needs (Erlang).
    servers : int
        Servers there are.
    """

    def __init__(self, offered_load: float, servers: int) -> None:
        super().__init__(offered_load, servers)
        self.offered_load = offered_load
        self.servers = servers

    def __str__(self) -> str:
        return (
            f"offered load must be < {self.servers} (the number of servers), "
            f"got {self.offered_load:g}; lower the arrival rate, shorten the service or add servers"
        )


def steady_offered_load(
    arrival_rate_per_s: float, service_rate_per_s: float, servers: int = 1
) -> float:
    r"""Offered load :math:`a = \lambda / \mu`, refused unless below the number of servers.

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
        Erlang, in [0, servers).

    Raises
    ------
    NoSteadyStateError
        If the offered load is not below ``servers``.
    ValueError
        If a rate or the number of servers is out of range.

    References
    ----------
    L. Kleinrock, Queueing Systems I: Theory, 1975, section 2.1.

    Examples
    --------
    >>> steady_offered_load(3.0, 2.0, servers=2)
    1.5
    """
    require_nonnegative("arrival_rate_per_s", arrival_rate_per_s, "give arrivals per second")
    require_positive(
        "service_rate_per_s", service_rate_per_s, "give completions per second of one busy server"
    )
    require_count("servers", servers, "give the number of parallel servers")
    offered_load = arrival_rate_per_s / service_rate_per_s
    if offered_load >= servers:
        raise NoSteadyStateError(offered_load, servers)
    return offered_load
