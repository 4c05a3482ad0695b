"""One trial: a scenario and a key in, outcomes virtual and native out.

The virtual run measures the requests that start in [warmup, horizon). The native runs are the same
kernel with the hypervisor, root partition and limits off; they measure the same requests. A
guest's stretch is the ratio of mean response times (Batch: elapsed times), virtual over adequate,
and is exactly sizing (same_size / adequate) times hosting (virtual / same_size). Requests cut off
at the end of the drain count with the age they had: they make a mean a lower bound.
"""

from hvmc.trial.accounts import ConservationError
from hvmc.trial.coalitions import PLAYERS
from hvmc.trial.measured import GuestResult, GuestRun, NativeRun, ResponseTimes, Result
from hvmc.trial.native import adequate_processors
from hvmc.trial.rows import outcome_rows
from hvmc.trial.series import counter_series
from hvmc.trial.simulation import result_of, simulate

__all__ = [
    "PLAYERS",
    "ConservationError",
    "GuestResult",
    "GuestRun",
    "NativeRun",
    "ResponseTimes",
    "Result",
    "adequate_processors",
    "counter_series",
    "outcome_rows",
    "result_of",
    "simulate",
]
