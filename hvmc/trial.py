"""One trial: a scenario and a key in, outcomes virtual and native out.

The virtual run measures the requests that start in [warmup, horizon). The native runs are the same
kernel with the hypervisor, root partition and limits off; they measure the same requests. A
guest's stretch is the ratio of mean response times (Batch: elapsed times), virtual over adequate,
and is exactly sizing (same_size / adequate) times hosting (virtual / same_size). Requests cut off
at the end of the drain count with the age they had: they make a mean a lower bound.
"""

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hvmc.kernel.layout import STATES
from hvmc.kernel.load import nanoseconds
from hvmc.kernel.responses import Responses, advance_to, ages_of_unfinished
from hvmc.kernel.start import make_native
from hvmc.model.host import HyperVHost
from hvmc.scenario.guest import Guest
from hvmc.scenario.scenario import Scenario
from hvmc.scenario.workload import Batch

__all__ = [
    "ConservationError",
    "GuestResult",
    "Measured",
    "Result",
    "adequate_processors",
    "outcome_rows",
    "simulate",
]

ADEQUATE_UTILISATION = 0.7


class ConservationError(RuntimeError):
    """Accounts of a trial that do not add up: a defect of hvmc, never of the input."""


@dataclass(frozen=True)
class ResponseTimes:
    """Response times of the measured requests of one guest in one run.

    Parameters
    ----------
    finished_ns : ndarray of int64, shape (finished,)
        Response times of those that finished, nanoseconds.
    unfinished_ns : ndarray of int64, shape (censored,)
        Ages of those that were cut off, lower bounds of their response times.
    """

    finished_ns: NDArray[np.int64]
    unfinished_ns: NDArray[np.int64]

    @property
    def count(self) -> int:
        """Requests measured, finished or not."""
        return len(self.finished_ns) + len(self.unfinished_ns)

    @property
    def censored(self) -> int:
        """Requests cut off; with any, `mean` is a lower bound."""
        return len(self.unfinished_ns)

    @cached_property
    def mean(self) -> float:
        """Mean response time, seconds; nan without requests."""
        if self.count == 0:
            return math.nan
        total = int(self.finished_ns.sum()) + int(self.unfinished_ns.sum())
        return total * 1e-9 / self.count

    def quantile(self, q: float) -> float:
        """Quantile ``q`` of the response time, seconds: the smallest x with F(x) >= q.

        Raises
        ------
        ValueError
            If q is not in (0, 1), or there are no requests.
        """
        if not 0.0 < q < 1.0:
            raise ValueError(f"q must be between 0 and 1, got {q!r}")
        if self.count == 0:
            raise ValueError("quantile needs at least one measured request, got none")
        rank = math.ceil(q * self.count) - 1
        times = np.concatenate([self.finished_ns, self.unfinished_ns])
        return float(np.partition(times, rank)[rank]) * 1e-9

    def supports(self, q: float) -> bool:
        """Say whether the run has the 10 / (1 - q) requests that quantile q asks for."""
        return self.count * (1.0 - q) >= 10.0 - 1e-9


@dataclass(frozen=True)
class Measured:
    """What one run shows of one guest.

    Parameters
    ----------
    name : str
        Guest.
    response_s : ResponseTimes
        Of the measured requests; Batch: its one elapsed time.
    throughput_per_s : float
        Requests finished per second of the window; Batch: runs per second.
    processors : int
        VPs, or processors of the bare machine.
    """

    name: str
    response_s: ResponseTimes
    throughput_per_s: float
    processors: int

    @property
    def elapsed_s(self) -> float:
        """Elapsed time of a Batch workload, seconds (mean response otherwise)."""
        return self.response_s.mean


@dataclass(frozen=True)
class NativeRun:
    """One native baseline: every guest on its bare machine."""

    name: str
    guests: tuple[Measured, ...]

    def guest(self, name: str) -> Measured:
        """Return what the run shows of a guest."""
        return _by_name(self.guests, name)


@dataclass(frozen=True)
class GuestResult(Measured):
    """A guest's virtual run beside its native baselines.

    Attributes
    ----------
    native : dict
        Baseline name to `Measured`.
    lp_used : float
        Mean number of LPs its VPs ran on in the window.
    wait_per_dispatch_s : float
        Mean seconds a VP was ready before a dispatch; nan without dispatches.
    time_shares : dict
        Fraction of its VPs' time in each state.
    cpu_work_s : float
        Guest work completed in the window, seconds of an undisturbed LP.
    counters : dict
        Name to count in the window.
    """

    role: str
    native: dict[str, Measured]
    lp_used: float
    wait_per_dispatch_s: float
    time_shares: dict[str, float]
    cpu_work_s: float
    counters: dict[str, float]

    def _ratio(self, over: str) -> float:
        return _over(self, self.native.get(over))

    @property
    def stretch(self) -> float:
        """Mean response time, virtual over adequate; nan without requests."""
        return self._ratio("adequate")

    @property
    def hosting(self) -> float:
        """Virtual over same_size."""
        return self._ratio("same_size")

    @property
    def sizing(self) -> float:
        """Same_size over adequate."""
        return _over(self.native["same_size"], self.native["adequate"])

    @property
    def stretch_full_host(self) -> float:
        """Virtual over full_host; nan where that baseline was not run."""
        return self._ratio("full_host")

    @property
    def stretch_together(self) -> float:
        """Virtual over together; nan where that baseline was not run."""
        return self._ratio("together")

    @property
    def cycle_stretch(self) -> float:
        """Throughput, adequate over virtual; nan without finished requests."""
        if not self.throughput_per_s > 0:
            return math.nan
        return self.native["adequate"].throughput_per_s / self.throughput_per_s

    def quantile_ratio(self, q: float) -> float:
        """Return the ratio of response time quantiles, virtual over adequate.

        nan where either run has fewer than 10 / (1 - q) requests.
        """
        native = self.native["adequate"].response_s
        if not (self.response_s.supports(q) and native.supports(q)):
            return math.nan
        return self.response_s.quantile(q) / native.quantile(q)


@dataclass(frozen=True)
class Result:
    """Outcomes of one trial.

    Attributes
    ----------
    scenario : Scenario
        What was simulated.
    guests : tuple of GuestResult
        In the scenario's order.
    window_s : float
        Length of the measured window.
    lp_busy : float
        Mean busy LPs in the window, root included.
    events : int
        Fine-clock events, native runs included.
    """

    scenario: Scenario
    guests: tuple[GuestResult, ...]
    window_s: float
    lp_busy: float
    events: int
    _native: dict[str, NativeRun] = field(repr=False)

    def guest(self, name: str) -> GuestResult:
        """Return the guest of that name.

        Raises
        ------
        KeyError
            If there is none.
        """
        return _by_name(self.guests, name)

    def native(self, baseline: str) -> NativeRun:
        """Return a native baseline.

        Raises
        ------
        KeyError
            If it was not run: name it in ``scenario.baselines``.
        """
        try:
            return self._native[baseline]
        except KeyError:
            raise KeyError(
                f"baseline {baseline!r} was not run; there are {sorted(self._native)}: "
                "name it in scenario.baselines"
            ) from None


def _over(run: Measured, native: Measured | None) -> float:
    """Return the ratio of mean response times; nan unless both measured the same requests."""
    if native is None or native.response_s.censored or not native.response_s.mean > 0:
        return math.nan
    if run.response_s.count != native.response_s.count:
        return math.nan
    return run.response_s.mean / native.response_s.mean


def _by_name[T: Measured](guests: tuple[T, ...], name: str) -> T:
    for guest in guests:
        if guest.name == name:
            return guest
    raise KeyError(f"no guest {name!r}; there are {[guest.name for guest in guests]}")


def adequate_processors(guest: Guest, scenario: Scenario) -> int:
    """Return min(L, max(V, ceil(D / 0.7))), D the guest's LP demand."""
    wanted = math.ceil(guest.lp_demand / ADEQUATE_UTILISATION - 1e-9)
    return min(scenario.host.logical_processors, max(guest.virtual_processors, wanted))


class _NativeRuns:
    """Runs bare machines in a copy of the host's record, each size once.

    They go on until every measured request has finished, which under ``together`` can take longer
    than virtually; ten times the virtual run's longest duration cuts off what never would.
    """

    def __init__(self, scenario: Scenario, state: np.ndarray) -> None:
        self.scenario = scenario
        self._state = state.copy()
        self._end_ns = 10 * int(state["end_ns"][0])
        self._state["end_ns"][0] = self._end_ns
        self._done: dict[tuple[int, int, int, bool], tuple[Measured, ...]] = {}
        self.events = 0

    def machine(
        self, first: int, last: int, processors: int, as_host: bool = False
    ) -> tuple[Measured, ...]:
        smt = self.scenario.host.threads_per_core == 2
        key = (first, last, processors, as_host and smt)
        if key not in self._done:
            self._done[key] = self._run(*key)
        return self._done[key]

    def _run(self, first: int, last: int, processors: int, as_host: bool) -> tuple[Measured, ...]:
        state, responses = self._state, Responses()
        make_native(state, first, last, processors, as_host)
        scenario = self.scenario
        batch_only = _all_batch(scenario)
        if not batch_only:
            advance_to(state, nanoseconds(scenario.horizon_s), responses)
        advance_to(state, self._end_ns, responses, stop_when_measured=True)
        self.events += int(state["events"][0])
        return tuple(
            _measure(scenario, state, responses, load, processors) for load in range(first, last)
        )

    def baseline(self, name: str) -> NativeRun:
        guests = self.scenario.guests
        lps = self.scenario.host.logical_processors
        if name == "together":
            return NativeRun(name, self.machine(0, len(guests), lps, as_host=True))
        measured: list[Measured] = []
        for load, guest in enumerate(guests):
            processors = {
                "adequate": adequate_processors(guest, self.scenario),
                "same_size": guest.virtual_processors,
                "full_host": lps,
            }[name]
            measured += self.machine(load, load + 1, processors, name == "full_host")
        return NativeRun(name, tuple(measured))


def _all_batch(scenario: Scenario) -> bool:
    return all(isinstance(guest.workload, Batch) for guest in scenario.guests)


def _measure(
    scenario: Scenario, state: np.ndarray, responses: Responses, load: int, processors: int
) -> Measured:
    guest = scenario.guests[load]
    times = ResponseTimes(responses.of(load), ages_of_unfinished(state, load))
    if isinstance(guest.workload, Batch):
        throughput = 1.0 / times.mean if times.censored == 0 else 0.0
    else:
        window = scenario.horizon_s - scenario.warmup_s
        throughput = float(state["load"]["completed"][0][load]) / window
    return Measured(guest.name, times, throughput, processors)


def _check(state: np.ndarray) -> None:
    """Conservation laws: VP time, LP time and their sum, to the nanosecond; requests."""
    vps, lps, now = int(state["n_vp"][0]), int(state["n_lp"][0]), int(state["now"][0])
    vp_ns = state["vp"]["ns"][0][:vps]
    busy = state["lp"]["busy_ns"][0][:lps]
    booked = sum(
        state["lp"][name][0][:lps]
        for name in (
            "guest_ns",
            "hypervisor_ns",
            "switch_ns",
            "refill_ns",
            "smt_ns",
        )
    )
    loads = slice(0, int(state["n_load"][0]))
    checks = {
        "times of a VP's states must sum to the elapsed time": bool((vp_ns.sum(1) == now).all()),
        "uses of an LP must sum to its busy time": bool((booked == busy).all()),
        "running time of VPs must equal busy time of LPs": int(vp_ns[:, 2].sum())
        == int(busy.sum()),
        "guest time of LPs must equal work done": int(state["lp"]["guest_ns"][0][:lps].sum())
        == int(state["load"]["work_ns"][0][loads].sum()),
    }
    broken = [law for law, holds in checks.items() if not holds]
    if broken:
        raise ConservationError("; ".join(broken))


def _guest_result(
    host: HyperVHost, load: int, natives: dict[str, NativeRun], window_s: float
) -> GuestResult:
    scenario, state = host.scenario, host.window[-1]
    guest = scenario.guests[load]
    before, after = host.window[0], host.window[-1]
    first = int(state["part"]["first_vp"][0][load])
    vps = slice(first, first + guest.virtual_processors)
    in_state = (after["vp"]["ns"][0][vps] - before["vp"]["ns"][0][vps]).sum(axis=0) * 1e-9
    dispatches = int((after["vp"]["dispatches"][0][vps] - before["vp"]["dispatches"][0][vps]).sum())
    work_ns = [state["load"]["work_ns"][0][load] for state in (before, after)]
    measured = _measure(scenario, host.final_state, host.responses, load, guest.virtual_processors)
    if len(measured.response_s.finished_ns) + measured.response_s.censored != int(
        host.final_state["load"]["measured"][0][load]
    ):
        raise ConservationError("requests measured must equal those finished and cut off")
    return GuestResult(
        **vars(measured),
        role=guest.role,
        native={name: run.guests[load] for name, run in natives.items()},
        lp_used=float(in_state[2] / window_s),
        wait_per_dispatch_s=float(in_state[1] / dispatches) if dispatches else math.nan,
        time_shares=dict(zip(STATES, (in_state / in_state.sum()).tolist(), strict=True)),
        cpu_work_s=float(work_ns[1] - work_ns[0]) * 1e-9,
        counters={"dispatches": dispatches, "wait_s": float(in_state[1])},
    )


def simulate(scenario: Scenario, *, seed: int = 1, trial: int = 0, replication: int = 0) -> Result:
    """Run a scenario virtually and natively.

    Parameters
    ----------
    scenario : Scenario
        What to simulate.
    seed, trial, replication : int
        Names of the random streams; the same names give the same bits.

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
    host = HyperVHost(scenario, seed=seed, trial=trial, replication=replication)
    host.run()
    return result_of(host)


def result_of(host: HyperVHost) -> Result:
    """Return the outcomes of a host that has been run to its end."""
    _check(host.window[-1])
    runs = _NativeRuns(host.scenario, host.final_state)
    natives = {name: runs.baseline(name) for name in host.scenario.baselines}
    before, after = host.window[0], host.window[-1]
    window_s = float(after["now"][0] - before["now"][0]) * 1e-9
    lps = host.scenario.host.logical_processors
    busy_ns = int((after["lp"]["busy_ns"][0][:lps] - before["lp"]["busy_ns"][0][:lps]).sum())
    guests = tuple(_guest_result(host, load, natives, window_s) for load in range(len(host.guests)))
    events = int(host.final_state["events"][0]) + runs.events
    return Result(host.scenario, guests, window_s, busy_ns * 1e-9 / window_s, events, natives)


def outcome_rows(result: Result, suffers_above: float = 1.25) -> list[dict[str, Any]]:
    """Return one plain row per guest, the columns of the outcomes table without its keys."""
    scenario = result.scenario
    all_vps = sum(guest.virtual_processors for guest in scenario.guests)
    all_memory = sum(guest.memory.maximum_mib for guest in scenario.guests)
    rows = []
    for guest, found in zip(scenario.guests, result.guests, strict=True):
        native = found.native["adequate"]
        stretch = found.stretch
        rows.append(
            {
                "guest": guest.name,
                "role": guest.role,
                "virtual_processors": guest.virtual_processors,
                "logical_processors": scenario.host.logical_processors,
                "lp_commitment": scenario.lp_commitment,
                "own_commitment": guest.own_commitment,
                "think_ratio": guest.workload.think_ratio,
                "stretch": stretch,
                "sizing": found.sizing,
                "hosting": found.hosting,
                "stretch_full_host": found.stretch_full_host,
                "stretch_together": found.stretch_together,
                "cycle_stretch": found.cycle_stretch,
                "response_p50_ratio": found.quantile_ratio(0.50),
                "response_p95_ratio": found.quantile_ratio(0.95),
                "response_p99_ratio": found.quantile_ratio(0.99),
                "suffers": bool(stretch > suffers_above),
                "response_mean_s": found.response_s.mean,
                "native_response_mean_s": native.response_s.mean,
                "throughput_per_s": found.throughput_per_s,
                "native_throughput_per_s": native.throughput_per_s,
                "measured": found.response_s.count,
                "censored": found.response_s.censored,
                "lp_used": found.lp_used,
                "wait_per_dispatch_s": found.wait_per_dispatch_s,
                **{f"share_{name}": share for name, share in found.time_shares.items()},
                "provisioned_lp_s": scenario.host.logical_processors
                * result.window_s
                * (guest.virtual_processors / all_vps),
                "provisioned_gib_s": scenario.host.memory_mib
                / 1024.0
                * result.window_s
                * (guest.memory.maximum_mib / all_memory),
                "native_cpu_s": found.cpu_work_s,
            }
        )
    return rows
