"""The core CPU model as data: what every implementation is given and what it must return.

A case is one host: L logical processors (LPs), G guests of V virtual processors (VPs), three
threads a VP. A thread thinks, asks for the CPU, thinks again; its k-th request takes
``think_ns[t, k]`` and then ``cpu_ns[t, k]``, ``t`` the thread's index, guest by guest. Times are
int64 nanoseconds, so that implementations agree to the bit or not at all. README.md has the rules.
"""

from dataclasses import dataclass, field, fields
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

NS_PER_S = 1_000_000_000
CHARGE_SCALE = 10_000  # v grows by used_ns * CHARGE_SCALE // weight, weights are 1..CHARGE_SCALE
SIZES = ((1, 4), (4, 2), (8, 2), (16, 4))  # guests x VPs a guest


class AbsentError(RuntimeError):
    """An implementation cannot run on this machine; the message says what is missing."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """One host and its load; `weights` are dealt to the guests in turn."""

    guests: int
    virtual_processors: int
    horizon_ns: int
    logical_processors: int = 4
    threads_per_virtual_processor: int = 3
    weights: tuple[int, ...] = (100, 200)
    slice_ns: int = 10_000_000
    switch_ns: int = 50_000
    mean_cpu_ns: int = 5_000_000
    offered_load: float = 0.95
    seed: int = 1  # of draw_tables, and of the implementations that draw for themselves

    def __post_init__(self) -> None:
        """Check what the implementations rely on."""
        broken = [
            f"Case.{name} must be >= 1, got {getattr(self, name)}"
            for name in (
                "guests",
                "virtual_processors",
                "horizon_ns",
                "logical_processors",
                "threads_per_virtual_processor",
                "mean_cpu_ns",
            )
            if getattr(self, name) < 1
        ]
        if not 0 <= self.switch_ns < self.slice_ns:
            broken.append(
                "Case.switch_ns must be >= 0 and below slice_ns, so that a slice holds some work, "
                f"got {self.switch_ns} with slice_ns {self.slice_ns}"
            )
        if not self.weights or not all(1 <= weight <= CHARGE_SCALE for weight in self.weights):
            broken.append(
                f"Case.weights must be one or more of 1..{CHARGE_SCALE}, got {self.weights}"
            )
        if broken:
            raise ValueError("; ".join(broken))

    @property
    def name(self) -> str:
        """Guests x VPs, as ``4x2``."""
        return f"{self.guests}x{self.virtual_processors}"

    @property
    def threads_per_guest(self) -> int:
        return self.threads_per_virtual_processor * self.virtual_processors

    @property
    def threads(self) -> int:
        return self.guests * self.threads_per_guest

    @property
    def mean_think_ns(self) -> float:
        """Z, from the offered load: threads * S / (S + Z) = offered_load * LPs."""
        wanted_lps = self.offered_load * self.logical_processors
        return self.mean_cpu_ns * (self.threads / wanted_lps - 1.0)

    def weight(self, guest: int) -> int:
        return self.weights[guest % len(self.weights)]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What one run did. Two outcomes are equal when all but the CPU time is."""

    events: int
    completed: tuple[int, ...]  # requests, one entry a guest
    response_ns: tuple[int, ...]  # sums over completed requests, one entry a guest
    waiting_ns: tuple[int, ...]  # VPs ready but not running, finished waits only, one entry a guest
    dispatches: int
    switches: int
    busy_ns: int  # LP time charged to VPs, switches included
    loop_cpu_s: float = field(compare=False)  # CPU seconds of the event loop, set-up excluded


class Tables(NamedTuple):
    """The draws of all threads: int64, shape (threads, requests), nanoseconds >= 1."""

    think_ns: NDArray[np.int64]
    cpu_ns: NDArray[np.int64]


class Run(Protocol):
    """An implementation of the model."""

    def __call__(
        self, case: Case, think_ns: NDArray[np.int64], cpu_ns: NDArray[np.int64]
    ) -> Outcome:
        """Simulate `case` with these draws."""
        ...


def standard_cases(horizon_s: float, seed: int = 1) -> list[Case]:
    """Build the four sizes of the comparison, all with the same offered load."""
    horizon_ns = round(horizon_s * NS_PER_S)
    return [
        Case(guests=guests, virtual_processors=vps, horizon_ns=horizon_ns, seed=seed)
        for guests, vps in SIZES
    ]


def draw_tables(case: Case, grid_ns: int = 1) -> Tables:
    """Draw exponential think and CPU times, as many as the horizon can need.

    With `grid_ns` above 1 every time is rounded up to a multiple of it: simultaneous timers,
    which nanoseconds make rare, then become the rule, and with them the order that breaks ties.
    """
    cycles = case.horizon_ns / (case.mean_cpu_ns + case.mean_think_ns)
    requests = int(cycles + 10.0 * cycles**0.5) + 20
    rng = np.random.Generator(np.random.Philox(np.random.SeedSequence(case.seed)))
    shape = (case.threads, requests)
    return given_tables(
        case,
        _on_grid(rng.exponential(case.mean_think_ns, shape), grid_ns),
        _on_grid(rng.exponential(case.mean_cpu_ns, shape), grid_ns),
    )


def given_tables(case: Case, think_ns: NDArray[np.int64], cpu_ns: NDArray[np.int64]) -> Tables:
    """Accept tables made elsewhere, or say which rule they break.

    A request lasts at least its own CPU time, so a thread cannot begin request k before the first
    k think and CPU times have passed. If all of a thread's draws together reach the horizon, no
    implementation can run out of them, and none has to check.
    """
    tables = Tables(
        np.ascontiguousarray(think_ns, dtype=np.int64), np.ascontiguousarray(cpu_ns, dtype=np.int64)
    )
    for name, table in zip(Tables._fields, tables, strict=True):
        if table.ndim != 2 or table.shape[0] != case.threads:
            raise ValueError(
                f"{name} must have shape (threads, requests) with {case.threads} threads for case "
                f"{case.name}, got {table.shape}"
            )
        if table.size and table.min() < 1:
            raise ValueError(f"{name} must be >= 1 ns everywhere, got {table.min()}")
    if tables.think_ns.shape != tables.cpu_ns.shape:
        raise ValueError(
            "think_ns and cpu_ns must have the same shape, got "
            f"{tables.think_ns.shape} and {tables.cpu_ns.shape}"
        )
    shortest_ns = (tables.think_ns.sum(axis=1) + tables.cpu_ns.sum(axis=1)).min()
    if shortest_ns < case.horizon_ns:
        raise ValueError(
            f"each thread's draws must last to the horizon, {case.horizon_ns} ns, the shortest "
            f"last {shortest_ns} ns: draw more than {tables.cpu_ns.shape[1]} requests a thread"
        )
    return tables


def first_difference(expected: Outcome, got: Outcome) -> str | None:
    """Name the first compared field in which two outcomes differ; None when they are equal."""
    for entry in fields(Outcome):
        wanted, found = getattr(expected, entry.name), getattr(got, entry.name)
        if not entry.compare or wanted == found:
            continue
        if isinstance(wanted, tuple) and len(wanted) == len(found):
            guest = next(g for g in range(len(wanted)) if wanted[g] != found[g])
            return f"{entry.name}[guest {guest}]: expected {wanted[guest]}, got {found[guest]}"
        return f"{entry.name}: expected {wanted}, got {found}"
    return None


def _on_grid(times_ns: NDArray[np.float64], grid_ns: int) -> NDArray[np.int64]:
    multiples = np.maximum(1, np.ceil(times_ns / grid_ns).astype(np.int64))
    return multiples * np.int64(grid_ns)
