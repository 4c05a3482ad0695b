"""Calibrate the published thread benchmark: find the ridge of models that meet its four figures.

    python experiments/e03_published_benchmark/calibrate.py

Prints the ridge, what it depends on, where nothing fits, and what the effective refill does at the
chosen points; writes results/e03_published_benchmark/ (ridge.csv and the figure) and
conf/experiment/published_benchmark.yaml. Reads nothing.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from draw import draw_ridge
from family import Assumptions, Parameters
from fit import NAMES, WITH_SERIAL, WITHOUT_SERIAL, Fit, Problem, elapsed, polish
from settings_file import write_settings

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "results" / "e03_published_benchmark"
POLISHED = 40  # trials behind the chosen points

# (workers, nominal burst in s): where fits start, (sleep ratio, serial s, parallel s, CPU tax,
# refill s) with threads that never sleep, and without serial work. Starts only save time.
STARTS = {
    (3, 0.02): ((0, 42, 142, 0.167, 0.0041), (0.19, 0, 220, 0.205, 0.0023)),
    (4, 0.02): ((0, 65, 99, 0.167, 0.0056), (0.69, 0, 200, 0.30, 0.0025)),
    (8, 0.02): ((0, 53, 120, 0.180, 0.0048), (3.2, 0, 162, 0.63, 0.0025)),
    (16, 0.02): ((0, 53, 120, 0.180, 0.0048), (9.0, 0, 130, 0.95, 0.0026)),
    (3, 0.1): ((0, 22, 201, 0.167, 0.0030), (0.11, 0, 240, 0.185, 0.0023)),
    (4, 0.1): ((0, 55, 136, 0.167, 0.0045), (0.62, 0, 217, 0.27, 0.0026)),
    (8, 0.1): ((0, 52, 140, 0.170, 0.0044), (2.9, 0, 177, 0.54, 0.0027)),
    (16, 0.1): ((0, 52, 140, 0.170, 0.0044), (8.5, 0, 130, 0.95, 0.0030)),
}
CHOSEN = (
    *("w3_20ms_no_sleep", "w3_20ms_no_serial", "w4_20ms_no_sleep", "w4_20ms_between"),
    *("w4_20ms_no_serial", "w8_20ms_between", "w8_20ms_no_serial", "w4_100ms_no_sleep"),
    *("w16_100ms_between", "w8_20ms_between_fair_queue"),
)


@dataclass(frozen=True)
class Case:
    """A fit to make: where it starts and what is free."""

    name: str
    assumed: Assumptions
    start: Parameters
    free: tuple[str, ...] = WITH_SERIAL

    def fit(self) -> Fit:
        return Problem(self.assumed, self.start, self.free).solve()


def main() -> None:
    """Calibrate, print and write."""
    started = time.perf_counter()
    RESULTS.mkdir(parents=True, exist_ok=True)
    pd.set_option("display.width", 200, "display.max_rows", None, "display.max_columns", None)
    ridge = {name: fit for names in map(_series, STARTS) for name, fit in names.items()}
    _print("The ridge: rule credit, exponential bursts, 10 iterations", ridge)
    others = {case.name: case.fit() for case in _variants(ridge)}
    _print("Refitted under other assumptions", others)
    _print("Without an effective refill (50 us): three figures fitted, four_2vp_best not", _bare())
    _print("Where nothing fits", _beyond())
    table = pd.DataFrame([_row(name, fit) for name, fit in (ridge | others).items()])
    table.to_csv(RESULTS / "ridge.csv", index=False)
    draw_ridge(table, RESULTS)
    chosen = {name: _polished(name, (ridge | others)[name]) for name in CHOSEN}
    _print(f"Chosen points on {POLISHED} trials", chosen)
    _print_refill(chosen)
    _print_slopes(chosen["w4_20ms_between"])
    write_settings(chosen, ROOT / "conf" / "experiment" / "published_benchmark.yaml")
    print(f"\n{time.perf_counter() - started:.0f} s")


def _series(key: tuple[int, float]) -> dict[str, Fit]:
    """Fit one number of workers and burst: no sleep, no serial work, and between the two."""
    workers, burst_s = key
    assumed = Assumptions(workers, burst_s)
    name = f"w{workers}_{1e3 * burst_s:g}ms"
    starts = [Parameters(*start) for start in STARTS[key]]
    awake = Case(f"{name}_no_sleep", assumed, starts[0]).fit()
    parallel = Case(f"{name}_no_serial", assumed, starts[1], WITHOUT_SERIAL).fit()
    ends = [vars(fit.fitted) for fit in (awake, parallel)]
    middle = Parameters(**{name: (ends[0][name] + ends[1][name]) / 2 for name in ends[0]})
    between = Case(f"{name}_between", assumed, middle).fit()
    found = {"no_sleep": awake, "between": between, "no_serial": parallel}
    return {f"{name}_{end}": fit for end, fit in found.items()}


def _variants(ridge: dict[str, Fit]) -> list[Case]:
    changes = {
        "fair_queue": {"rule": "fair_queue"},
        "steady_bursts": {"burst_cv": 0.3},
        "wild_bursts": {"burst_cv": 2.0},
        "40_iterations": {"iterations": 40},
        "tau_3ms": {"tau_s": 3e-3},
    }
    names = ("w4_20ms_between", "w8_20ms_between")
    cases = []
    for change, how in changes.items():
        for name in names:
            assumed = replace(ridge[name].assumed, **how)
            cases.append(Case(f"{name}_{change}", assumed, ridge[name].fitted))
    return cases


def _free(name: str) -> tuple[str, ...]:
    return WITHOUT_SERIAL if "no_serial" in name else WITH_SERIAL


def _bare() -> dict[str, Fit]:
    """Fit native, one_4vp and one_2vp with the default refill; predict the fourth figure."""
    fits = {}
    for workers, sleep_ratio, tax in ((3, 0.09, 0.18), (4, 0.6, 0.27), (8, 2.9, 0.56)):
        start = Parameters(sleep_ratio, 0.0, 220.0, tax, 50e-6)
        fits[f"w{workers}_no_serial"] = _without_fourth(workers, start, WITHOUT_SERIAL)
    for workers, serial_s, parallel_s in ((3, 18.0, 216.0), (4, 54.0, 144.0), (16, 54.0, 144.0)):
        start = Parameters(0.0, serial_s, parallel_s, 0.167, 50e-6)
        fits[f"w{workers}_no_sleep"] = _without_fourth(workers, start, WITH_SERIAL)
    return fits


def _without_fourth(workers: int, start: Parameters, free: tuple[str, ...]) -> Fit:
    return Problem(Assumptions(workers), start, free[:3], NAMES[:3]).solve()


def _beyond() -> dict[str, Fit]:
    """Fits that fail, each for a reason of its own; the nearest in least squares."""
    start = Parameters(*STARTS[4, 0.02][0])
    asleep = replace(start, sleep_ratio=1.0, serial_s=1.0, parallel_s=200.0, cpu_tax=0.3)
    low_tax = {"cpu_tax": 0.12}
    small = {"refill_s": 8 * 2**20 / 10e9}
    problems = {
        "w2: two threads": Problem(Assumptions(2), start, trials=3),
        "w4: sleep = burst": Problem(Assumptions(4), asleep, trials=3),
        "w4: tax <= 12 %": Problem(Assumptions(4), start, trials=3, highest=low_tax),
        "w4: refill <= 8 MiB": Problem(Assumptions(4), start, trials=3, highest=small),
    }
    return {name: problem.solve(only_nearest=True) for name, problem in problems.items()}


def _polished(name: str, fit: Fit) -> Fit:
    fit = polish(fit, _free(name), POLISHED)
    rounded = fit.fitted.rounded()
    runs = elapsed(fit.assumed, rounded, fit.tasks, trials=POLISHED)
    errors = runs.std(axis=0, ddof=1) / np.sqrt(POLISHED)
    return replace(fit, fitted=rounded, figures=runs.mean(axis=0), errors=errors)


def _row(name: str, fit: Fit) -> dict[str, object]:
    assumed, found = fit.assumed, fit.fitted
    return {
        "point": name,
        "workers": assumed.workers,
        "burst_ms": 1e3 * assumed.burst_s,
        "sleep_ratio": round(found.sleep_ratio, 3),
        "serial_min": round(found.serial_s, 1),
        "parallel_min": round(found.parallel_s, 1),
        "serial_share": round(found.serial_share, 3),
        "cpu_tax": round(found.cpu_tax, 3),
        "refill_ms": round(1e3 * found.refill_s, 2),
        **dict(zip(NAMES, fit.figures.round(1).tolist(), strict=True)),
        "se_best": round(float(fit.errors[-1]), 1),
        "fits": "yes" if fit.met else "no",
        "stopped_by": " ".join(fit.at_bound),
    }


def _print(title: str, fits: dict[str, Fit]) -> None:
    table = pd.DataFrame([_row(name, fit) for name, fit in fits.items()])
    if not table["stopped_by"].any():
        table = table.drop(columns="stopped_by")
    print(f"\n{title}\n{table.to_string(index=False)}", flush=True)


def _print_refill(chosen: dict[str, Fit]) -> None:
    """Print how much of each figure the effective refill makes."""
    rows = []
    for name, fit in chosen.items():
        without = elapsed(fit.assumed, replace(fit.fitted, refill_s=0.0), fit.tasks)
        change = elapsed(fit.assumed, fit.fitted, fit.tasks).mean(axis=0) - without.mean(axis=0)
        rows.append({"point": name, **dict(zip(NAMES, change.round(1).tolist(), strict=True))})
    print("\nMinutes that the effective refill adds to each figure")
    print(pd.DataFrame(rows).to_string(index=False))


def _print_slopes(fit: Fit) -> None:
    """Print what each figure gains from more of each unknown."""
    problem = Problem(fit.assumed, fit.fitted)
    x = problem.coordinates(fit.fitted)
    units = np.array([1.0, 1.0, 0.01, 1e-3]) / problem.scale
    minutes = problem.slopes(x) * units * fit.figures[:, None]
    table = pd.DataFrame(
        minutes.T.round(2),
        index=["minute of serial work", "minute of parallel work", "% of tax", "ms of refill"],
        columns=list(NAMES),
    )
    print(f"\nMinutes that each figure gains per ... at w4_20ms_between\n{table.to_string()}")


if __name__ == "__main__":
    main()
