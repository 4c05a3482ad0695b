"""Workloads: what the threads of a guest do.

A request is a sequence of CPU bursts separated by I/Os of a disk and network transfers, which are
spread evenly among them; its CPU time is drawn once and split evenly over its bursts. Laws are in
seconds on one undisturbed LP.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from hvmc.scenario.distributions import DISTRIBUTIONS, Distribution, Exponential
from hvmc.scenario.settings import Settings, choice, number, numbers, variant, whole

__all__ = ["WORKLOADS", "Batch", "Closed", "Open", "Trace", "Workload"]

_COUNT = 1_000_000


def _law(default: object = None, *, optional: bool = False) -> object:
    return variant(DISTRIBUTIONS, default, optional=optional, what="distribution")


def _positive_cpu(law: Distribution) -> Iterator[tuple[str, str]]:
    if not law.mean > 0:
        yield "cpu", f"must have a mean > 0, got {law.mean:g}: a request needs some CPU time"


def _io_rules(work: "Closed | Open") -> Iterator[tuple[str, str]]:
    """Yield what is wrong with a request's I/Os and transfers: a law and no number, or no law."""
    for name, what in (("io", "I/O"), ("transfer", "transfer")):
        law, count, counts = getattr(work, name), getattr(work, f"{name}s"), f"{name}s"
        if count > 0 and law is None:
            text = f"must be given when {counts} > 0 ({counts} is {count}): name the {what} time's"
            yield name, f"{text} distribution"
        if count == 0 and law is not None:
            text = f"must be >= 1 when {name} is given, got 0: say how many {what}s a request has"
            yield counts, text


def _io_s(work: "Closed | Open") -> float:
    """Return the mean seconds of a request's I/Os and transfers where none waits."""
    io_s = work.io.mean * work.ios if work.io else 0.0
    return io_s + work.transfer.mean * work.transfers if work.transfer else io_s


@dataclass(frozen=True)
class Closed(Settings):
    """A fixed population of threads that think and request.

    Parameters
    ----------
    threads : int
        Threads.
    cpu : Distribution
        CPU seconds of a request.
    think : Distribution
        Seconds between the end of a request and the start of the thread's next one.
    io : Distribution, optional
        Seconds of one I/O at its device, once it is served.
    ios : int
        I/Os per request; it has ios + transfers + 1 bursts.
    io_kib : float
        KiB of one I/O.
    transfer : Distribution, optional
        Seconds of one network transfer at the adapter, once it is served.
    transfers : int
        Network transfers per request.
    transfer_kib : float
        KiB of one transfer.
    """

    kind: ClassVar[str] = "closed"
    threads: int = whole(1, low=1, high=_COUNT)
    cpu: Distribution = _law(Exponential(0.010))  # type: ignore[assignment]
    think: Distribution = _law(Exponential(0.100))  # type: ignore[assignment]
    io: Distribution | None = _law(None, optional=True)  # type: ignore[assignment]
    ios: int = whole(0, low=0, high=10_000)
    io_kib: float = number(8.0, low=0.0, high=1e6)
    transfer: Distribution | None = _law(None, optional=True)  # type: ignore[assignment]
    transfers: int = whole(0, low=0, high=10_000)
    transfer_kib: float = number(8.0, low=0.0, high=1e6)

    def rules(self) -> Iterator[tuple[str, str]]:
        """Yield broken rules."""
        yield from _positive_cpu(self.cpu)
        yield from _io_rules(self)

    @property
    def off_cpu_s(self) -> float:
        """Mean seconds off the CPU in a request cycle: think, I/Os, transfers."""
        return self.think.mean + _io_s(self)

    @property
    def lp_demand(self) -> float:
        """Threads x cpu / (cpu + I/O + think)."""
        return self.threads * self.cpu.mean / (self.cpu.mean + self.off_cpu_s)

    @property
    def think_ratio(self) -> float:
        """Off-CPU time over CPU time of a request cycle."""
        return self.off_cpu_s / self.cpu.mean


@dataclass(frozen=True)
class Open(Settings):
    """Requests that arrive from outside, whatever the state of the guest.

    Parameters
    ----------
    interarrival : Distribution
        Seconds between arrivals (a renewal process; exponential: Poisson).
    cpu, io, ios, io_kib, transfer, transfers, transfer_kib
        As in `Closed`.
    threads : int
        Worker threads; requests beyond them wait, first come first served.
    """

    kind: ClassVar[str] = "open"
    interarrival: Distribution = _law(Exponential(0.100))  # type: ignore[assignment]
    cpu: Distribution = _law(Exponential(0.010))  # type: ignore[assignment]
    io: Distribution | None = _law(None, optional=True)  # type: ignore[assignment]
    ios: int = whole(0, low=0, high=10_000)
    io_kib: float = number(8.0, low=0.0, high=1e6)
    threads: int = whole(64, low=1, high=_COUNT)
    transfer: Distribution | None = _law(None, optional=True)  # type: ignore[assignment]
    transfers: int = whole(0, low=0, high=10_000)
    transfer_kib: float = number(8.0, low=0.0, high=1e6)

    def rules(self) -> Iterator[tuple[str, str]]:
        """Yield broken rules."""
        yield from _positive_cpu(self.cpu)
        yield from _io_rules(self)
        if not self.interarrival.mean > 0:
            yield "interarrival", f"must have a mean > 0, got {self.interarrival.mean:g}"

    @property
    def lp_demand(self) -> float:
        """Arrival rate x CPU time."""
        return self.cpu.mean / self.interarrival.mean

    @property
    def threads_needed(self) -> float:
        """Threads that requests occupy on a machine that never holds them up: CPU, I/O, network."""
        return (self.cpu.mean + _io_s(self)) / self.interarrival.mean

    @property
    def think_ratio(self) -> float:
        """Not defined without thinking threads: nan."""
        return float("nan")


@dataclass(frozen=True)
class Batch(Settings):
    """A dispatcher and a pool of workers over a fixed number of tasks and iterations.

    In each iteration the dispatcher runs its serial part, then releases all tasks; workers take
    them in order; a task is ``bursts`` times a CPU burst followed by a sleep. The iteration ends
    with its last task. Elapsed time is the outcome (structure: row F13).

    Parameters
    ----------
    workers, tasks, iterations, bursts : int
        Pool size, tasks per iteration, iterations, bursts per task.
    cpu : Distribution
        Seconds of one burst.
    sleep : Distribution
        Seconds of one sleep.
    dispatch : Distribution, optional
        Seconds of the dispatcher's serial part in each iteration.
    at_end : str
        ``stop``, or ``repeat``: start again (only the first run counts).
    """

    kind: ClassVar[str] = "batch"
    workers: int = whole(4, low=1, high=_COUNT)
    tasks: int = whole(16, low=1, high=_COUNT)
    iterations: int = whole(10, low=1, high=_COUNT)
    bursts: int = whole(1, low=1, high=_COUNT)
    cpu: Distribution = _law(Exponential(0.010))  # type: ignore[assignment]
    sleep: Distribution | None = _law(None, optional=True)  # type: ignore[assignment]
    dispatch: Distribution | None = _law(None, optional=True)  # type: ignore[assignment]
    at_end: str = choice("stop", ("stop", "repeat"))

    def rules(self) -> Iterator[tuple[str, str]]:
        """Yield broken rules."""
        yield from _positive_cpu(self.cpu)

    @property
    def sleep_s(self) -> float:
        """Mean seconds of one sleep."""
        return self.sleep.mean if self.sleep else 0.0

    @property
    def lp_demand(self) -> float:
        """LPs the workers would use side by side."""
        threads = min(self.workers, self.tasks)
        return threads * self.cpu.mean / (self.cpu.mean + self.sleep_s)

    @property
    def think_ratio(self) -> float:
        """Sleep over CPU time."""
        return self.sleep_s / self.cpu.mean


@dataclass(frozen=True)
class Trace(Settings):
    """Threads whose CPU demand follows a recorded utilisation.

    Each thread alternates between a burst and a pause. The pause is a draw of unit mean stretched
    so that the threads together demand the recorded mean number of LPs in each interval; where
    the level changes during a pause, the rest of it is stretched by the new level (the pause runs
    on operational time). A recording tells only means over its interval: how bursts inside are
    drawn is the law ``cpu`` and the unit law ``pause``.

    Parameters
    ----------
    demand_lps : tuple of float
        Recorded mean number of busy processors in each interval; repeated when it ends.
    interval_s : float
        Seconds of one interval.
    offset_s : float
        Where in the recording the simulation begins.
    threads : int
        Threads; natively they never wait when the guest has as many VPs.
    cpu, pause : Distribution
        Seconds of one burst; pause of unit mean.
    """

    kind: ClassVar[str] = "trace"
    demand_lps: tuple[float, ...] = numbers()
    interval_s: float = number(300.0, low=1e-3)
    offset_s: float = number(0.0, low=0.0)
    threads: int = whole(1, low=1, high=_COUNT)
    cpu: Distribution = _law(Exponential(0.005))  # type: ignore[assignment]
    pause: Distribution = _law(Exponential(1.0))  # type: ignore[assignment]

    def rules(self) -> Iterator[tuple[str, str]]:
        """Yield broken rules."""
        yield from _positive_cpu(self.cpu)
        if not self.demand_lps:
            yield "demand_lps", "must hold at least one interval, got none"
        elif max(self.demand_lps) > self.threads:
            yield (
                "threads",
                f"must be >= the largest demand ({max(self.demand_lps):g} LPs), got {self.threads}",
            )
        if abs(self.pause.mean - 1.0) > 1e-9:
            yield "pause", f"must have mean 1, got {self.pause.mean:g}: its scale is the trace's"

    @property
    def lp_demand(self) -> float:
        """Mean of the recording, LPs."""
        return sum(self.demand_lps) / len(self.demand_lps)

    @property
    def think_ratio(self) -> float:
        """Pause over burst at the mean demand; infinite for an idle guest."""
        demand = self.lp_demand
        return self.threads / demand - 1.0 if demand > 0 else float("inf")


Workload = Closed | Open | Batch | Trace
WORKLOADS: dict[str, type] = {cls.kind: cls for cls in (Closed, Open, Batch, Trace)}
