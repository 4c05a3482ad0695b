"""Running a trial: the host to its end, then its native baselines."""

import math
from dataclasses import replace

import numpy as np

from hvmc.counters.interval import SampleInterval
from hvmc.counters.sample import guest_counters
from hvmc.kernel.codes import REASONS
from hvmc.model.host import HyperVHost
from hvmc.policies.priority import PriorityPolicy
from hvmc.scenario.scenario import Scenario
from hvmc.trial.accounts import ConservationError, check_accounts
from hvmc.trial.causes import coalition_log_stretches
from hvmc.trial.devices import device_utilisation
from hvmc.trial.host_memory import mean_memory
from hvmc.trial.measured import Deferral, GuestResult, NativeRun, Result
from hvmc.trial.native import NativeRuns, measure

__all__ = ["result_of", "simulate"]


def _guest_result(
    host: HyperVHost, load: int, natives: dict[str, NativeRun], window: SampleInterval
) -> GuestResult:
    scenario = host.scenario
    guest = scenario.guests[load]
    vps = window.vps(load)
    in_state = {state: ns * 1e-9 for state, ns in window.ns_by_state(vps).items()}
    total = float(np.sum(list(in_state.values())))
    dispatches = int(window.change("vp", "dispatches", vps).sum())
    measured = measure(scenario, host.machine, load, guest.virtual_processors)
    if len(measured.response_s.finished_ns) + measured.response_s.censored != int(
        host.final_state["load"]["measured"][0][load]
    ):
        raise ConservationError("requests measured must equal those finished and cut off")
    assigned_mib, pressure, smart_paged_mib = mean_memory(host, load)
    return GuestResult(
        **vars(measured),
        role=guest.role,
        native={name: run.guests[load] for name, run in natives.items()},
        lp_used=in_state["running"] / window.seconds,
        wait_per_dispatch_s=in_state["ready"] / dispatches if dispatches else math.nan,
        time_shares={state: seconds / total for state, seconds in in_state.items()},
        cpu_work_s=float(window.change("load", "work_ns", load)) * 1e-9,
        counters=guest_counters(window, load),
        deferrals=_deferrals(window, load),
        started=host.balancer.started[load],
        assigned_mib=assigned_mib,
        pressure=pressure,
        smart_paged_mib=smart_paged_mib,
        device_utilisation=device_utilisation(window, load),
    )


def _deferrals(window: SampleInterval, load: int) -> dict[str, Deferral]:
    fields = ("deferred", "deferred_ns", "delays")
    found = (window.change("load", name, load) for name in fields)
    return {
        reason: Deferral(int(count), float(delay_ns) * 1e-9, tuple(map(int, histogram)))
        for reason, count, delay_ns, histogram in zip(REASONS, *found, strict=True)
    }


def simulate(
    scenario: Scenario,
    *,
    seed: int = 1,
    trial: int = 0,
    replication: int = 0,
    policy: PriorityPolicy | None = None,
    causes: bool = False,
) -> Result:
    """Run a scenario virtually and natively.

    Parameters
    ----------
    scenario : Scenario
        What to simulate.
    seed, trial, replication : int
        Names of the random streams; the same names give the same bits.
    policy : function, optional
        ``decide(view) -> {guest: Priority}`` in place of what ``scenario.policy`` names.
    causes : bool
        Whether to run every coalition of causes too (`hvmc.trial.causes`): many runs more, which
        change nothing else.

    Returns
    -------
    Result
        Outcomes by guest.

    Raises
    ------
    ConservationError
        If time or requests do not add up: a defect of hvmc.

    Examples
    --------
    >>> import hvmc
    >>> web = hvmc.Guest(name="web", workload=hvmc.Closed(threads=4, cpu=hvmc.Exponential(0.01)))
    >>> scenario = hvmc.Scenario(host=hvmc.Host(logical_processors=1), guests=[web], horizon_s=20.0)
    >>> hvmc.simulate(scenario, seed=1).guest("web").stretch > 1
    True
    """
    host = HyperVHost(scenario, seed=seed, trial=trial, replication=replication, policy=policy)
    host.run()
    result = result_of(host)
    if not causes:
        return result
    found = coalition_log_stretches(host, result, seed=seed, trial=trial, replication=replication)
    return replace(result, coalitions=found)


def result_of(host: HyperVHost) -> Result:
    """Return the outcomes of a host that has been run to its end."""
    check_accounts(host.window[-1])
    runs = NativeRuns(host.scenario, host.machine, host.working_sets)
    natives = {name: runs.baseline(name) for name in host.scenario.baselines}
    window = SampleInterval(host.scenario, host.window[0], host.window[-1])
    busy_ns = float(window.change("lp", "busy_ns", window.lps).sum())
    guests = tuple(_guest_result(host, load, natives, window) for load in range(len(host.guests)))
    events = int(host.final_state["events"][0]) + runs.events
    busy = busy_ns * 1e-9 / window.seconds
    return Result(host.scenario, guests, window.seconds, busy, events, natives)
