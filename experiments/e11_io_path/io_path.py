"""The I/O path against published lab figures (rows C20-C26, R28).

    python experiments/e11_io_path/io_path.py

Prints the tables of README.md. No files are written.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import hvmc
from hvmc.counters.names import LOGICAL, ROOT, TOTAL, VIRTUAL
from hvmc.trial.measured import Measured

SEED = 1
READ_S, WRITE_S, MEAN_S = 5.4066e-3, 0.2544e-3, 3.7066e-3  # physical: rows C23, C24, C25
READ_SHARE = (MEAN_S - WRITE_S) / (READ_S - WRITE_S)  # 0.670, the published 66/33
BETWEEN_S = 2e-3  # a request shorter than this wrote
WAKES = ("preempt", "queue")
WORKERS = 4
CPU_S = 20e-6  # two bursts of 10 us around an I/O: assumption
BACKGROUND = 0.01  # of each LP: the default
LPS = 8  # of the host: assumption


def main() -> None:
    """Print all tables."""
    started = time.perf_counter()
    print_disk()
    print_wake()
    print_cpu()
    print_network()
    print(f"\n{time.perf_counter() - started:.0f} s")


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


def scenario(*guests: hvmc.Guest, wake: str = "preempt") -> hvmc.Scenario:
    """A host with these guests."""
    return hvmc.Scenario(
        host=hvmc.Host(logical_processors=LPS),
        guests=list(guests),
        root=hvmc.Root(wake=wake, background_load=BACKGROUND),
        horizon_s=62.0,
        warmup_s=2.0,
        drain_s=5.0,
    )


@dataclass(frozen=True)
class Disk:
    """What IOMeter would report of a run: milliseconds, I/Os per second of one worker."""

    read_ms: float
    write_ms: float
    mean_ms: float
    per_s: float

    @classmethod
    def of(cls, run: Measured, workers: int = WORKERS) -> Disk:
        """Split a run's requests by length."""
        times = run.response_s.finished_ns * 1e-9 - CPU_S
        writes = times < BETWEEN_S
        parts = (times[~writes], times[writes], times)
        read, write, mean = (1e3 * float(part.mean()) for part in parts)
        return cls(read, write, mean, run.throughput_per_s / workers)


LAB_NATIVE = Disk(5.4066, 0.2544, 3.7066, 269.73)
LAB_VIRTUAL = Disk(5.7797, 0.3716, 3.9904, 250.47)


def row(head: str, cells: Sequence[str]) -> None:
    """Print a line of a table."""
    print(f"| {head} | " + " | ".join(cells) + " |")


def changes(native: Disk, virtual: Disk) -> list[str]:
    """Cells of what virtualization adds."""
    return [
        f"{virtual.write_ms - native.write_ms:+.3f}",
        f"{virtual.read_ms - native.read_ms:+.3f}",
        f"{virtual.mean_ms - native.mean_ms:+.3f}",
        f"{100 * (virtual.per_s / native.per_s - 1):+.1f} %",
    ]


def print_disk() -> None:
    """The disk test, by how a waking root VP gets its LP and by what else runs."""
    print("\nadded by virtualization: | write ms | read ms | mean ms | I/Os per s |")
    row("published, C22-C25", changes(LAB_NATIVE, LAB_VIRTUAL))
    for workers, busy, wake in [(1, 0, "preempt")] + [
        (WORKERS, busy, wake) for busy in (0, 3, 16) for wake in WAKES
    ]:
        others = [calculator(busy)] if busy else []
        result = hvmc.simulate(scenario(io_guest(workers), *others, wake=wake), seed=SEED)
        found = result.guest("tester")
        runs = [Disk.of(run, workers) for run in (found.native["same_size"], found)]
        row(f"{wake}, {workers} workers, {busy} computing threads", changes(*runs))
        if others:
            continue
        print(f"  native  {runs[0]}\n  virtual {runs[1]}")
        busy_lps = result.lp_busy - LPS * BACKGROUND
        each = 1e6 * busy_lps / (workers * runs[1].per_s)
        print(f"  LP time per I/O: native {1e6 * CPU_S:.0f} us, virtual {each:.0f} us")


def print_wake() -> None:
    """Waits per dispatch, by how a waking root VP gets its LP."""
    print("\nwait per dispatch, us: | root (R28: 3.1-3.3) | guests (R27: 1.2; R29: 7-10) | LPs |")
    for busy in (0, 1, 3, 16):
        others = [calculator(busy)] if busy else []
        for wake in WAKES:
            case = scenario(io_guest(), *others, wake=wake)
            counters = hvmc.trace(case, seed=SEED, interval_s=31.0)
            last = counters[counters["time_s"] == counters["time_s"].max()]
            total = last[last["instance"] == TOTAL].set_index(["object", "counter"])["value"]
            waits = [total[of, "CPU Wait Time Per Dispatch"] / 1e3 for of in (ROOT, VIRTUAL)]
            busy_lps = LPS * total[LOGICAL, "% Total Run Time"] / 100
            row(
                f"{wake}, {busy} computing threads",
                [*(f"{wait:.2f}" for wait in waits), f"{busy_lps:.2f}"],
            )


def print_cpu() -> None:
    """CPU overhead of a guest that only computes."""
    print("\nCPU overhead (published: 9-12 %, C20)")
    for enlightened in (True, False):
        guest = calculator(4, 1e-9, enlightened)
        found = hvmc.simulate(scenario(guest), seed=SEED).guest("calculator")
        lost = found.native["same_size"].throughput_per_s / found.throughput_per_s - 1
        row("enlightened" if enlightened else "unenlightened", [f"{100 * lost:.1f} %"])


def print_network() -> None:
    """Latency that the path adds to one packet, and to 64 KiB."""
    print("\nadded to a network I/O (published: < 1 ms, C26)")
    for workers in (1, WORKERS):
        for kib in (1.5, 64.0):
            guest = io_guest(workers, hvmc.Deterministic(1e-4), kib)
            found = hvmc.simulate(scenario(guest), seed=SEED).guest("tester")
            added = found.response_s.mean - found.native["same_size"].response_s.mean
            row(f"{kib:g} KiB, {workers} at once", [f"{1e3 * added:.3f} ms"])


if __name__ == "__main__":
    main()
