"""Which fits are made: where they start and what is free in each.

Starts only save time; at fixed assumptions the solution is a point.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from family import Assumptions, Parameters
from fit import NAMES, WITH_SERIAL, WITHOUT_SERIAL, Fit, Problem, elapsed

from hvmc.scenario.contention import Interference, Locks

# (workers, nominal burst in s): where fits start, (sleep ratio, serial s, parallel s, CPU tax,
# slope) with threads that never sleep, and without serial work
STARTS = {
    (4, 0.02): ((0, 17.5, 181.0, 0.1667, 0.600), (0.322, 0, 211.2, 0.1945, 0.470)),
    (6, 0.02): ((0, 17.4, 181.0, 0.1667, 0.600), (1.132, 0, 202.7, 0.2310, 0.486)),
    (8, 0.02): ((0, 17.2, 181.0, 0.1667, 0.602), (2.002, 0, 197.1, 0.2590, 0.496)),
    (16, 0.02): ((0, 17.2, 181.0, 0.1667, 0.602), (5.3, 0, 185.0, 0.38, 0.53)),
    (4, 0.1): ((0, 14.9, 184.1, 0.1667, 0.618), (0.287, 0, 209.3, 0.1890, 0.505)),
    (6, 0.1): ((0, 14.9, 184.2, 0.1667, 0.618), (1.029, 0, 201.2, 0.2160, 0.536)),
    (8, 0.1): ((0, 14.9, 184.2, 0.1667, 0.618), (1.875, 0, 196.1, 0.2430, 0.541)),
    (16, 0.1): ((0, 14.9, 184.2, 0.1667, 0.618), (5.30, 0, 183.6, 0.2836, 0.595)),
}
SLOPES = (0.0, Interference().slope, 0.25, 0.5)
LOCK_SHARES = (0.0, Locks().share, 1e-3, 3e-3, 1e-2)


@dataclass(frozen=True)
class Case:
    """A fit to make: where it starts and what is free."""

    name: str
    assumed: Assumptions
    start: Parameters
    free: tuple[str, ...] = WITH_SERIAL

    def fit(self) -> Fit:
        """Fit it."""
        return Problem(self.assumed, self.start, self.free).solve()


def series(key: tuple[int, float]) -> dict[str, Fit]:
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


def variants(ridge: dict[str, Fit]) -> Iterator[Case]:
    """Refits of a point under other assumptions."""
    changes = {
        "fair_queue": {"rule": "fair_queue"},
        "steady_bursts": {"burst_cv": 0.3},
        "wild_bursts": {"burst_cv": 2.0},
        "40_iterations": {"iterations": 40},
        "refill_500us": {"refill_s": 500e-6},
        "no_hint": {"enlightened": False},
    }
    name = "w4_20ms_between"
    for change, how in changes.items():
        assumed = replace(ridge[name].assumed, **how)
        yield Case(f"{name}_{change}", assumed, ridge[name].fitted)


def three_figures(ridge: dict[str, Fit]) -> Iterator[tuple[str, Fit]]:
    """Fit native, one_4vp and one_2vp at plausible slopes; predict the fourth figure."""
    ends = {"no_serial": WITHOUT_SERIAL, "no_sleep": WITH_SERIAL}
    for end, free in ends.items():
        start = ridge[f"w4_20ms_{end}"]
        for slope in SLOPES:
            held = replace(start.fitted, slope=slope)
            fit = Problem(start.assumed, held, free[:3], NAMES[:3]).solve()
            yield f"w4_20ms_{end}, slope {slope:g}", fit


def beyond(ridge: dict[str, Fit]) -> Iterator[tuple[str, Fit]]:
    """Fits that fail, each for a reason of its own; the nearest in least squares."""
    start = ridge["w4_20ms_no_sleep"].fitted
    asleep = replace(start, sleep_ratio=1.0, serial_s=1.0, parallel_s=200.0, cpu_tax=0.3)
    small = replace(start, slope=0.25)
    problems = {
        "w2: two workers": Problem(Assumptions(2), start),
        "w3: three workers": Problem(Assumptions(3), start),
        "w4: sleep = burst": Problem(Assumptions(4), asleep),
        "w4: tax <= 12 %": Problem(Assumptions(4), start, highest={"cpu_tax": 0.12}),
        "w4: slope <= 0.25": Problem(Assumptions(4), small, highest={"slope": 0.25}),
    }
    for name, problem in problems.items():
        yield name, problem.solve(only_nearest=True)


def locks(fit: Fit) -> Iterator[tuple[str, Fit]]:
    """Give a fit other shares of locked work, with and without the hint, and fit nothing anew."""
    for enlightened in (True, False):
        for share in LOCK_SHARES:
            assumed = replace(fit.assumed, enlightened=enlightened)
            fitted = replace(fit.fitted, lock_share=share)
            runs = elapsed(assumed, fitted, fit.tasks)
            errors = runs.std(axis=0, ddof=1) / np.sqrt(len(runs))
            name = f"{'hint' if enlightened else 'no hint'}, share {share:g}"
            yield name, replace(
                fit, assumed=assumed, fitted=fitted, figures=runs.mean(axis=0), errors=errors,
                met=False,
            )  # fmt: skip
