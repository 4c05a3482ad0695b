"""Closed forms that the simulation is tested against; imports nothing of the rest of hvmc.

=================  =================================================================================
module             what it answers
=================  =================================================================================
`steady_state`     offered load, and the error when there is no steady state
`queues`           one server, first come first served: M/M/1, M/G/1, M/M/1/K
`multiserver`      Erlang's B and C, M/M/c: waits, responses, tails, quantiles
`closed`           machine repairman M/M/c//N; operational bounds of a closed system
`mean_value`       closed networks of stations with several servers
`sharing`          processor sharing, discriminatory processor sharing by class
`quota`            CPU limits (P of every Q) and interrupted service
`round_robin`      delay of a VP that wakes at the tail of a round-robin queue
`shares`           long-run LP shares of saturated VPs with reserve, limit and weight
`batch`            serial and parallel work on c processors, barriers
=================  =================================================================================

Times are in seconds unless a function says otherwise; rates per second. Each function cites its
equation's source, and refuses input outside the equation's range.
"""

from hvmc.theory.batch import (
    BatchWork,
    barrier_deterministic_s,
    fit_batch,
    mean_barrier_exponential_s,
)
from hvmc.theory.closed import (
    ClosedBounds,
    ClosedQueue,
    asymptotic_bounds,
    customers_at_servers,
    machine_repairman,
)
from hvmc.theory.mean_value import mean_value_response
from hvmc.theory.multiserver import (
    erlang_b,
    erlang_c,
    mean_response_mmc,
    mean_wait_mmc,
    response_quantile_mmc,
    response_tail_mmc,
    wait_tail_mmc,
)
from hvmc.theory.queues import (
    blocking_mm1k,
    mean_response_mg1,
    mean_response_mm1,
    mean_wait_mg1,
    mean_wait_mm1,
    response_quantile_mm1,
    response_tail_mm1,
)
from hvmc.theory.quota import (
    CompletionTime,
    completion_time,
    interrupted_service,
    limit_stretch,
    mean_completion_time,
)
from hvmc.theory.round_robin import mean_wakeup_delay_s, worst_wakeup_delay_s
from hvmc.theory.shares import saturated_shares
from hvmc.theory.sharing import (
    mean_response_dps,
    mean_response_dps_two_classes,
    mean_response_ps,
    mean_response_ps_given_size,
)
from hvmc.theory.steady_state import NoSteadyStateError, steady_offered_load

__all__ = [
    "BatchWork",
    "ClosedBounds",
    "ClosedQueue",
    "CompletionTime",
    "NoSteadyStateError",
    "asymptotic_bounds",
    "barrier_deterministic_s",
    "blocking_mm1k",
    "completion_time",
    "customers_at_servers",
    "erlang_b",
    "erlang_c",
    "fit_batch",
    "interrupted_service",
    "limit_stretch",
    "machine_repairman",
    "mean_barrier_exponential_s",
    "mean_completion_time",
    "mean_response_dps",
    "mean_response_dps_two_classes",
    "mean_response_mg1",
    "mean_response_mm1",
    "mean_response_mmc",
    "mean_response_ps",
    "mean_response_ps_given_size",
    "mean_value_response",
    "mean_wait_mg1",
    "mean_wait_mm1",
    "mean_wait_mmc",
    "mean_wakeup_delay_s",
    "response_quantile_mm1",
    "response_quantile_mmc",
    "response_tail_mm1",
    "response_tail_mmc",
    "saturated_shares",
    "steady_offered_load",
    "wait_tail_mmc",
    "worst_wakeup_delay_s",
]
