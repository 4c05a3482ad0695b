"""What a trial shows of each guest: response times, ratios to the native baselines."""

import math
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from hvmc.kernel.codes import DELAY_SHIFT
from hvmc.scenario.scenario import Scenario
from hvmc.scenario.small_table import html_table

__all__ = [
    "Deferral",
    "GuestResult",
    "GuestRun",
    "NativeRun",
    "ResponseTimes",
    "Result",
    "mean_ratio",
]


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
class GuestRun:
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
    parts_s : dict
        Where a finished request's time goes, mean seconds; together its mean response time. No
        entry is negative; all are nan without finished requests and for Batch.
    """

    name: str
    response_s: ResponseTimes
    throughput_per_s: float
    processors: int
    parts_s: dict[str, float]

    @property
    def elapsed_s(self) -> float:
        """Elapsed time of a Batch workload, seconds (mean response otherwise)."""
        return self.response_s.mean


@dataclass(frozen=True)
class Deferral:
    """Interrupts that found no virtual processor of the guest running, over the window.

    Parameters
    ----------
    count : int
        Interrupts that a virtual processor took in the window after waiting.
    delay_s : float
        Seconds that they waited, all together.
    histogram : tuple of int
        How many waited less than 2**(DELAY_SHIFT + i) ns, but not less than half of that.
    """

    count: int
    delay_s: float
    histogram: tuple[int, ...]

    @property
    def mean_s(self) -> float:
        """Mean delay, seconds; nan without interrupts."""
        return self.delay_s / self.count if self.count else math.nan

    def quantile_s(self, q: float) -> float:
        """Quantile ``q`` of the delay, seconds, even within a bin; nan without interrupts.

        Bins double in width, so it is right to a factor of two.
        """
        if not self.count:
            return math.nan
        below, wanted = 0, q * self.count
        for index, inside in enumerate(self.histogram):
            if inside and below + inside >= wanted:
                high = 2.0 ** (DELAY_SHIFT + index) * 1e-9
                low = high / 2.0 if index else 0.0
                return low + (high - low) * max(wanted - below, 0.0) / inside
            below += inside
        return math.nan


@dataclass(frozen=True)
class NativeRun:
    """One native baseline: every guest on its bare machine."""

    name: str
    guests: tuple[GuestRun, ...]

    def guest(self, name: str) -> GuestRun:
        """Return what the run shows of a guest."""
        return _by_name(self.guests, name)


def mean_ratio(run: GuestRun, native: GuestRun | None) -> float:
    """Return the ratio of mean response times; nan unless both measured the same requests."""
    if native is None or native.response_s.censored or not native.response_s.mean > 0:
        return math.nan
    if run.response_s.count != native.response_s.count:
        return math.nan
    return run.response_s.mean / native.response_s.mean


def _by_name[T: GuestRun](guests: tuple[T, ...], name: str) -> T:
    for guest in guests:
        if guest.name == name:
            return guest
    raise KeyError(f"no guest {name!r}; there are {[guest.name for guest in guests]}")


@dataclass(frozen=True)
class GuestResult(GuestRun):
    r"""A guest's virtual run beside its native baselines.

    Attributes
    ----------
    native : dict
        Baseline name to `GuestRun`.
    lp_used : float
        Mean number of LPs its VPs ran on in the window.
    wait_per_dispatch_s : float
        Mean seconds a VP was ready before a dispatch; nan without dispatches.
    time_shares : dict
        Fraction of its VPs' time in each state.
    cpu_work_s : float
        Guest work completed in the window, seconds of an undisturbed LP.
    counters : dict
        Value over the window by name, ``object\counter``: Hyper-V's names, see
        `hvmc.counters`. Rates are sums over its VPs, shares of time their means.
    deferrals : dict
        Why an interrupt was deferred (idle, ready, capped, blocked) to how often and how long.
    started : bool
        Whether its startup memory was available; without it nothing is measured.
    assigned_mib : float
        Mean memory it had in the window, MiB; 0 if it was not started.
    pressure : float
        Mean of 100 x demand / assigned in the window; nan if it was not started.
    smart_paged_mib : float
        Mean of the startup memory that it booted without, MiB; 0 unless it restarted in the window.
    device_utilisation : dict
        ``disk``, ``adapter``, ``paging`` to the busy share of that device of the host, 0..1; nan of
        one without a limit, or that the guest has not.
    """

    role: str
    native: dict[str, GuestRun]
    lp_used: float
    wait_per_dispatch_s: float
    time_shares: dict[str, float]
    cpu_work_s: float
    counters: dict[str, float]
    deferrals: dict[str, Deferral]
    started: bool
    assigned_mib: float
    pressure: float
    smart_paged_mib: float
    device_utilisation: dict[str, float]

    def _ratio(self, over: str) -> float:
        return mean_ratio(self, self.native.get(over))

    @property
    def deferred(self) -> Deferral:
        """Deferred interrupts, whatever the reason."""
        every = self.deferrals.values()
        return Deferral(
            sum(item.count for item in every),
            sum(item.delay_s for item in every),
            tuple(map(sum, zip(*(item.histogram for item in every), strict=True))),
        )

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
        return mean_ratio(self.native["same_size"], self.native["adequate"])

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


@dataclass(frozen=True, repr=False)
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
        Fine-clock events, native runs included; those of coalitions are not.
    coalitions : ndarray or None
        float64, shape (guests, 2**players): log stretch of each guest in each coalition of
        mechanisms, see `hvmc.trial.causes`; None where it was not asked for.
    """

    scenario: Scenario
    guests: tuple[GuestResult, ...]
    window_s: float
    lp_busy: float
    events: int
    _native: dict[str, NativeRun] = field(repr=False)
    coalitions: NDArray[np.float64] | None = field(default=None, repr=False)

    def __repr__(self) -> str:
        """Show a small table: a row for each guest."""
        wide = max(len("guest"), *(len(guest.name) for guest in self.guests))
        rows = [
            f"{name:<{wide}} {stretch:>8} {sizing:>7} {hosting:>8} {response:>12} {used:>9}"
            for name, stretch, sizing, hosting, response, used in self._rows()
        ]
        head = f"{'guest':<{wide}}  stretch  sizing  hosting response, ms  LPs used"
        return "\n".join([self._busy(), head, *rows])

    def _repr_html_(self) -> str:
        """Show the same in a notebook."""
        head = ("guest", "stretch", "sizing", "hosting", "response, ms", "LPs used")
        return html_table(self._busy(), head, self._rows())

    def _rows(self) -> list[tuple[str, str, str, str, str, str]]:
        return [
            (
                guest.name,
                f"{guest.stretch:.3g}",
                f"{guest.sizing:.3g}",
                f"{guest.hosting:.3g}",
                f"{1e3 * guest.response_s.mean:.4g}",
                f"{guest.lp_used:.3g}",
            )
            for guest in self.guests
        ]

    def _busy(self) -> str:
        lps = self.scenario.host.logical_processors
        return f"{self.window_s:g} s measured, {self.lp_busy:.3g} of {lps} LPs busy"

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
