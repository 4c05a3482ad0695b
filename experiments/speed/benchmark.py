"""Events a second of every implementation: ``python experiments/speed/benchmark.py [--quick]``.

All timings of one table come from one run. In each round every implementation simulates one trial
of every size, or as many as it takes to use MIN_CPU_S; the next round begins with another one. What
is shown is the median over rounds of the CPU time of the event loop alone. Ratios are taken within
a round before the median, so that a machine that slows down for a while slows both sides.

Trials have different seeds and the same draws come again only after VARIED_S simulated seconds: a
branch predictor learns a short trial that is repeated by heart (6 s of 1x4 over and over: C at 68
million events a second instead of 41).
"""

import argparse
import gc
import os
import platform
import sys
from collections import defaultdict
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from itertools import cycle, islice
from math import ceil
from statistics import median

from case import Case, Run, Tables, draw_tables, first_difference, standard_cases
from implementations import BASELINES, REFERENCE, Implementation, everything, warmed_up

MIN_CPU_S = 0.1
VARIED_S = 60.0
MIN_TRIALS = 3

Trials = list[tuple[Case, Tables]]  # of one size

# (implementation, size) -> CPU seconds an event, one entry a round
Timings = dict[tuple[Implementation, str], list[float]]


def timed_trials(horizon_s: float, seed: int) -> dict[str, Trials]:
    """Draw the trials of each size."""
    trials = max(MIN_TRIALS, ceil(VARIED_S / horizon_s))
    loads: dict[str, Trials] = defaultdict(list)
    for trial in range(trials):
        for case in standard_cases(horizon_s, seed + trial):
            loads[case.name].append((case, draw_tables(case)))
    return dict(loads)


def seconds_per_event(run: Run, trials: Iterator[tuple[Case, Tables]]) -> float:
    """Time one implementation on one size."""
    gc.collect()
    cpu_s, events = 0.0, 0
    while cpu_s < MIN_CPU_S:
        case, tables = next(trials)
        outcome = run(case, *tables)
        cpu_s += outcome.loop_cpu_s
        events += outcome.events
    return cpu_s / events


def measure(present: dict[Implementation, Run], loads: dict[str, Trials], rounds: int) -> Timings:
    """Time everything, interleaved."""
    timings: Timings = defaultdict(list)
    rows = list(present)
    for turn in range(rounds):
        first = turn % len(rows)
        for size, trials in loads.items():
            for row in rows[first:] + rows[:first]:
                endless = islice(cycle(trials), turn % len(trials), None)
                timings[row, size].append(seconds_per_event(present[row], endless))
    return timings


def disagreements(present: dict[Implementation, Run], loads: dict[str, Trials]) -> list[str]:
    """Hold those that can be compared on the first of the timed trials against the reference."""
    found = []
    for case, tables in (trials[0] for trials in loads.values()):
        expected = present[REFERENCE](case, *tables)
        for row, run in present.items():
            difference = row.takes_tables and first_difference(expected, run(case, *tables))
            if difference:
                found.append(f"{row.name}, {case.name}: {difference}")
    return found


def print_rates(timings: Timings, rows: list[Implementation], sizes: list[str]) -> None:
    """Print thousands of events a second, and how far the rounds were apart."""
    print("\nThousand events per CPU second of the event loop, median of the rounds")
    print_head(sizes, "range/median")
    for row in rows:
        rates = [f"{1e-3 / median(timings[row, size]):,.0f}" for size in sizes]
        spread = max(
            (max(times) - min(times)) / median(times)
            for times in (timings[row, size] for size in sizes)
        )
        print_row(row.name, [*rates, f"{spread:.0%}"])


def print_ratios(
    timings: Timings, rows: list[Implementation], sizes: list[str], baseline: Implementation
) -> None:
    """Print how many times as fast as `baseline` each implementation is."""
    print(f"\nTimes as fast as: {baseline.name}")
    print_head(sizes)
    for row in rows:
        ratios = (
            median(
                base / own
                for base, own in zip(timings[baseline, size], timings[row, size], strict=True)
            )
            for size in sizes
        )
        print_row(row.name, [f"{ratio:.3g}" for ratio in ratios])


def print_head(sizes: list[str], *more: str) -> None:
    print("| guests x VPs | " + " | ".join([*sizes, *more]) + " |")
    print("|---|" + "---:|" * len([*sizes, *more]))


def print_row(name: str, cells: list[str]) -> None:
    print(f"| {name} | " + " | ".join(cells) + " |")


def installed(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "absent"


def describe_machine() -> str:
    """Name what the figures depend on."""
    packages = ", ".join(f"{name} {installed(name)}" for name in ("numpy", "mesa", "simpy"))
    load = f", load average {os.getloadavg()[0]:.2f}" if hasattr(os, "getloadavg") else ""
    return (
        f"{platform.python_implementation()} {platform.python_version()}, {packages}; "
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors{load}"
    )


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; return the exit code."""
    parser = argparse.ArgumentParser(description="Events a second of every implementation.")
    parser.add_argument("--quick", action="store_true", help="6 simulated seconds, 3 rounds")
    parser.add_argument("--horizon-s", type=float, help="simulated seconds (default 60)")
    parser.add_argument("--rounds", type=int, help="repetitions (default 7)")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    horizon_s = options.horizon_s or (6.0 if options.quick else 60.0)
    rounds = options.rounds or (3 if options.quick else 7)

    print(describe_machine())
    warm_up = standard_cases(1.0)[0]
    present, absent = warmed_up(everything(), warm_up, draw_tables(warm_up))
    loads = timed_trials(horizon_s, options.seed)
    different = disagreements(present, loads)
    if different:
        print(
            "The implementations do not agree, so their times mean nothing:", *different, sep="\n"
        )
        return 1
    timings = measure(present, loads, rounds)

    rows, sizes = list(present), list(loads)
    print(
        f"{horizon_s:g} simulated seconds a trial, {rounds} rounds, {len(loads[sizes[0]])} trials "
        f"with seeds from {options.seed}"
    )
    print_rates(timings, rows, sizes)
    for baseline in BASELINES:
        if baseline in present:
            print_ratios(timings, rows, sizes, baseline)
    for row, reason in absent.items():
        print(f"\nabsent: {row.name}: {reason}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
