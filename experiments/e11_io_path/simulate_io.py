"""The I/O path against published lab figures (rows C20-C26, R28).

    python experiments/e11_io_path/simulate_io.py STORE [size=smoke]

Writes ``io_path.parquet`` there: a row per case, of which `analyse.py` makes the tables.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

import hvmc
from hvmc.counters.names import LOGICAL, ROOT, TOTAL, VIRTUAL
from hvmc.trial.measured import GuestRun
from hvmc.validation.bench import design_of

sys.path.insert(0, str(Path(__file__).parents[1]))
from commands import Store

STORED = "io_path.parquet"
SEED = 1
WINDOW_S, SMOKE_S = 60.0, 2.0
WARMUP_S = 2.0
READ_S, WRITE_S, MEAN_S = 5.4066e-3, 0.2544e-3, 3.7066e-3  # physical: rows C23, C24, C25
READ_SHARE = (MEAN_S - WRITE_S) / (READ_S - WRITE_S)  # 0.670, the published 66/33
BETWEEN_S = 2e-3  # a request shorter than this wrote
WAKES = ("preempt", "queue")
WORKERS = 4
CPU_S = 20e-6  # two bursts of 10 us around an I/O: assumption
BACKGROUND = 0.01  # of each LP: the default
LPS = 8  # of the host: assumption
LAB_2008 = design_of("overheads=lab_2008").overheads
GUESTS = {  # that only compute: overheads, and whether enlightened
    "lab": (LAB_2008, True),
    "enlightened": (hvmc.Overheads(), True),
    "unenlightened": (hvmc.Overheads(), False),
}


def main(store: Store) -> None:
    """Run all cases and store what they found."""
    window_s = SMOKE_S if store.smoke else WINDOW_S
    cases = (case for test in (disk, waits, cpu, network) for case in test(window_s))
    store.path.mkdir(parents=True, exist_ok=True)
    pd.DataFrame(cases).to_parquet(store.path / STORED)


def mixture() -> hvmc.Empirical:
    """Reads and writes in the published share, as one law of a device's service time."""
    values = 3000
    reads = round(READ_SHARE * values)
    return hvmc.Empirical((WRITE_S,) * (values - reads) + (READ_S,) * reads)


def io_guest(
    workers: int = WORKERS,
    service: hvmc.Empirical | hvmc.Deterministic | None = None,
    network_kib: float = 0.0,
) -> hvmc.Guest:
    """A guest like IOMeter: every worker keeps one I/O under way and needs hardly any CPU.

    The I/Os are transfers of ``network_kib`` where it is given.
    """
    law = service or mixture()
    used = (
        {"transfer": law, "transfers": 1, "transfer_kib": network_kib}
        if network_kib
        else {"io": law, "ios": 1, "io_kib": 2.0}
    )
    work = hvmc.Closed(
        threads=workers, cpu=hvmc.Deterministic(CPU_S), think=hvmc.Deterministic(1e-9), **used
    )
    return hvmc.Guest("tester", virtual_processors=4, workload=work)


def calculator(threads: int, pause_s: float = 1e-3, enlightened: bool = True) -> hvmc.Guest:
    """A guest that computes: bursts of 1 ms, pauses between them; of four VPs or more."""
    work = hvmc.Closed(threads, cpu=hvmc.Exponential(1e-3), think=hvmc.Exponential(pause_s))
    vps = max(threads, 4)
    return hvmc.Guest("calculator", virtual_processors=vps, workload=work, enlightened=enlightened)


def scenario(
    *guests: hvmc.Guest,
    window_s: float,
    wake: str = "preempt",
    overheads: hvmc.Overheads = LAB_2008,
) -> hvmc.Scenario:
    """A host with these guests."""
    return hvmc.Scenario(
        host=hvmc.Host(logical_processors=LPS),
        guests=list(guests),
        root=hvmc.Root(wake=wake, background_load=BACKGROUND),
        horizon_s=WARMUP_S + window_s,
        warmup_s=WARMUP_S,
        drain_s=5.0,
        overheads=overheads,
    )


@dataclass(frozen=True)
class Disk:
    """What IOMeter would report of a run: milliseconds, I/Os per second of one worker."""

    read_ms: float
    write_ms: float
    mean_ms: float
    per_s: float

    @classmethod
    def of(cls, run: GuestRun, workers: int = WORKERS) -> Disk:
        """Split a run's requests by length."""
        times = run.response_s.finished_ns * 1e-9 - CPU_S
        writes = times < BETWEEN_S
        parts = (times[~writes], times[writes], times)
        read, write, mean = (1e3 * float(part.mean()) for part in parts)
        return cls(read, write, mean, run.throughput_per_s / workers)


type Case = dict[str, Any]


def disk(window_s: float) -> Iterator[Case]:
    """The disk test, by how a waking root VP gets its LP and by what else runs."""
    for workers, busy, wake in [(1, 0, "preempt")] + [
        (WORKERS, busy, wake) for busy in (0, 3, 16) for wake in WAKES
    ]:
        others = [calculator(busy)] if busy else []
        case = scenario(io_guest(workers), *others, wake=wake, window_s=window_s)
        result = hvmc.simulate(case, seed=SEED)
        found = result.guest("tester")
        for machine, run in (("native", found.native["same_size"]), ("virtual", found)):
            yield {
                "test": "disk",
                "workers": workers,
                "computing": busy,
                "wake": wake,
                "machine": machine,
                **asdict(Disk.of(run, workers)),
            }


def waits(window_s: float) -> Iterator[Case]:
    """Waits per dispatch, by how a waking root VP gets its LP."""
    for busy in (0, 1, 3, 16):
        others = [calculator(busy)] if busy else []
        for wake in WAKES:
            case = scenario(io_guest(), *others, wake=wake, window_s=window_s)
            counters = hvmc.counter_series(case, seed=SEED, interval_s=(WARMUP_S + window_s) / 2.0)
            last = counters[counters["time_s"] == counters["time_s"].max()]
            total = last[last["instance"] == TOTAL].set_index(["object", "counter"])["value"]
            root, guests = (total[of, "CPU Wait Time Per Dispatch"] for of in (ROOT, VIRTUAL))
            yield {
                "test": "waits",
                "computing": busy,
                "wake": wake,
                "root_us": root / 1e3,
                "guests_us": guests / 1e3,
                "busy_lps": LPS * total[LOGICAL, "% Total Run Time"] / 100,
            }


def cpu(window_s: float) -> Iterator[Case]:
    """What a guest that only computes lacks of a bare machine's CPU, intercepts on and off."""
    for name, (whole, enlightened) in GUESTS.items():
        for overheads in (whole, whole.without("intercepts")):
            guest = calculator(4, 1e-9, enlightened)
            case = scenario(guest, window_s=window_s, overheads=overheads)
            found = hvmc.simulate(case, seed=SEED).guest("calculator")
            lost = 1 - found.throughput_per_s / found.native["same_size"].throughput_per_s
            of = {"guest": name, "intercepts": overheads.intercepts.enabled}
            yield {"test": "cpu", **of, "lost": lost}


def network(window_s: float) -> Iterator[Case]:
    """Latency that the path adds to one packet, and to 64 KiB."""
    for workers in (1, WORKERS):
        for kib in (1.5, 64.0):
            guest = io_guest(workers, hvmc.Deterministic(1e-4), kib)
            found = hvmc.simulate(scenario(guest, window_s=window_s), seed=SEED).guest("tester")
            added = found.response_s.mean - found.native["same_size"].response_s.mean
            yield {"test": "network", "workers": workers, "kib": kib, "added_ms": 1e3 * added}


if __name__ == "__main__":
    main(Store.asked())
