"""Response times over simulated time, from the first moment on: how a host settles."""

import math
from typing import TYPE_CHECKING

import numpy as np

from hvmc.kernel.responses import Responses
from hvmc.model.host import HyperVHost
from hvmc.scenario.scenario import Scenario
from hvmc.scenario.workload import Batch

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["response_course"]

_STEPS = 4


def response_course(
    scenario: Scenario,
    *,
    seed: int = 1,
    trial: int = 0,
    replication: int = 0,
    interval_s: float = 0.2,
) -> "pd.DataFrame":
    """Run a host without warm-up and return its response times by when requests started.

    The host's events are those of `hvmc.simulate` under the same names; natively nothing is run. A
    request's start is known to an eighth of an interval, since it is reckoned back from a piece of
    the run in which it finished. Requests cut off after the drain, and batches, are left out.

    Parameters
    ----------
    scenario : Scenario
        What to simulate; its warm-up is measured too.
    seed, trial, replication : int
        Names of the random streams.
    interval_s : float
        Length of an interval, simulated seconds; the last one may be shorter.

    Returns
    -------
    DataFrame
        A row per guest and interval in which it started requests: guest, start_s (the interval's
        begin), requests (int) and response_s (their mean response time).

    Examples
    --------
    >>> import hvmc
    >>> web = hvmc.Guest(name="web", workload=hvmc.Closed(threads=4, cpu=hvmc.Exponential(0.01)))
    >>> host = hvmc.Host(logical_processors=1)
    >>> scenario = hvmc.Scenario(host=host, guests=[web], horizon_s=3.0, warmup_s=1.0)
    >>> response_course(scenario, interval_s=1.0)["start_s"].tolist()
    [0.0, 1.0, 2.0]
    """
    import pandas as pd

    whole = scenario.replace(warmup_s=0.0)
    host = HyperVHost(whole, seed=seed, trial=trial, replication=replication)
    count = math.ceil(whole.horizon_s / interval_s - 1e-9)
    guests = [guest.name for guest in whole.guests]
    loads = [n for n, own in enumerate(whole.guests) if not isinstance(own.workload, Batch)]
    requests = np.zeros((len(guests), count), np.int64)
    total_s = np.zeros((len(guests), count))
    step_s, done = interval_s / _STEPS, 0
    while done * step_s < whole.horizon_s or (
        host.machine.unfinished and done * step_s < whole.horizon_s + whole.drain_s
    ):
        done += 1
        host.run_until(done * step_s)
        finished, host.machine.responses = host.responses, Responses()
        for load in loads:
            times_s = finished.of(load) * 1e-9
            starts_s = np.maximum((done - 0.5) * step_s - times_s, 0.0)
            place = np.minimum(starts_s / interval_s + 1e-9, count - 1).astype(np.int64)
            requests[load] += np.bincount(place, minlength=count)
            total_s[load] += np.bincount(place, times_s, minlength=count)
    of, at = np.nonzero(requests)
    return pd.DataFrame(
        {
            "guest": np.array(guests, dtype=object)[of],
            "start_s": at * interval_s,
            "requests": requests[of, at],
            "response_s": total_s[of, at] / requests[of, at],
        }
    )
