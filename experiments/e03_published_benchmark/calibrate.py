"""Calibrate the published thread benchmark: find the ridge of models that meet its four figures.

    python experiments/e03_published_benchmark/calibrate.py STORE

Prints the ridge, what it depends on, where nothing fits, and what interference and locks do;
writes e03_published_benchmark/ (each table as CSV, of which `analyse.py` makes those of the README,
and the figure) there, and conf/experiment/published_benchmark.yaml. Reads nothing.
"""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from cases import STARTS, beyond, locks, series, three_figures, variants
from draw import draw_ridge
from fit import NAMES, WITH_SERIAL, WITHOUT_SERIAL, Fit, Problem, elapsed, polish
from settings_file import write_settings

sys.path.insert(0, str(Path(__file__).parents[1]))
from commands import ROOT, Store

POLISHED = 20  # trials behind the chosen points
CHOSEN = (
    *("w4_20ms_no_sleep", "w4_20ms_between", "w4_20ms_no_serial", "w6_20ms_between"),
    *("w8_20ms_no_sleep", "w8_20ms_no_serial", "w16_20ms_between", "w4_100ms_no_sleep"),
    *("w16_100ms_between", "w4_20ms_between_fair_queue"),
)


def main(store: Store) -> None:
    """Calibrate, print and write."""
    if store.smoke:
        print("the calibration has no smaller size: the points stay as they are")
        return
    started = time.perf_counter()
    folder = store.path / "e03_published_benchmark"
    folder.mkdir(parents=True, exist_ok=True)
    pd.set_option("display.width", 200, "display.max_rows", None, "display.max_columns", None)
    ridge = {name: fit for names in map(series, STARTS) for name, fit in names.items()}
    _print("The ridge: rule boost, exponential bursts, 10 iterations", ridge)
    others = {case.name: case.fit() for case in variants(ridge)}
    _print("Refitted under other assumptions", others)
    held = dict(three_figures(ridge))
    tables = {
        "ridge": _table(ridge | others),
        "held": _print("Slope held: three figures fitted, four_2vp_best not", held),
    }
    locked = []
    for fit in (held["w4_20ms_no_serial, slope 0.25"], ridge["w4_20ms_no_serial"]):
        title = f"w4_20ms_no_serial, slope {fit.fitted.slope:.2f}, and locks: nothing fitted anew"
        locked.append(_print(title, dict(locks(fit))))
    tables["locks"] = pd.concat(locked)
    tables["beyond"] = _print("Where nothing fits", dict(beyond(ridge)))
    draw_ridge(tables["ridge"], folder)
    chosen = {name: _polished(name, (ridge | others)[name]) for name in CHOSEN}
    _print(f"Chosen points on {POLISHED} trials", chosen)
    write_settings(chosen, ROOT / "conf" / "experiment" / "published_benchmark.yaml")
    tables |= _print_shares(chosen)
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index=False)
    _print_slopes(chosen["w4_20ms_between"])
    print(f"\n{time.perf_counter() - started:.0f} s")


def _free(name: str) -> tuple[str, ...]:
    return WITHOUT_SERIAL if "no_serial" in name else WITH_SERIAL


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
        "slope": round(found.slope, 3),
        "lock_share": found.lock_share,
        "hint": assumed.enlightened,
        **dict(zip(NAMES, fit.figures.round(1).tolist(), strict=True)),
        "se_best": round(float(fit.errors[-1]), 1),
        "fits": "yes" if fit.met else "no",
        "stopped_by": " ".join(fit.at_bound),
    }


def _table(fits: dict[str, Fit]) -> pd.DataFrame:
    return pd.DataFrame([_row(name, fit) for name, fit in fits.items()])


def _print(title: str, fits: dict[str, Fit]) -> pd.DataFrame:
    table = _table(fits)
    shown = table if table["stopped_by"].any() else table.drop(columns="stopped_by")
    print(f"\n{title}\n{shown.to_string(index=False)}", flush=True)
    return table


def _print_shares(chosen: dict[str, Fit]) -> dict[str, pd.DataFrame]:
    """Print and return how much of each figure interference and locks make."""
    tables = {}
    for what, none in (("interference", {"slope": 0.0}), ("locks", {"lock_share": 0.0})):
        rows = []
        for name, fit in chosen.items():
            without = elapsed(fit.assumed, replace(fit.fitted, **none), fit.tasks)
            change = elapsed(fit.assumed, fit.fitted, fit.tasks).mean(axis=0) - without.mean(axis=0)
            rows.append({"point": name, **dict(zip(NAMES, change.round(1).tolist(), strict=True))})
        tables[f"minutes_{what}"] = table = pd.DataFrame(rows)
        print(
            f"\nMinutes that {what} add to each figure\n{table.to_string(index=False)}", flush=True
        )
    return tables


def _print_slopes(fit: Fit) -> None:
    """Print what each figure gains from more of each unknown."""
    problem = Problem(fit.assumed, fit.fitted)
    x = problem.coordinates(fit.fitted)
    units = np.array([1.0, 1.0, 0.01, 0.1]) / problem.scale
    minutes = problem.slopes(x) * units * fit.figures[:, None]
    table = pd.DataFrame(
        minutes.T.round(2),
        index=["minute of serial work", "minute of parallel work", "% of tax", "0.1 of slope"],
        columns=list(NAMES),
    )
    print(f"\nMinutes that each figure gains per ... at w4_20ms_between\n{table.to_string()}")


if __name__ == "__main__":
    main(Store.asked())
