"""Running cases, in several processes."""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hvmc.experiment.pool import count_jobs, each
from hvmc.experiment.run import warm_up
from hvmc.validation.registry import all_cases, find_case
from hvmc.validation.verdicts import Finding, findings

__all__ = ["Progress", "validate"]

type Progress = Callable[[int, int, int, float], None]


@dataclass(frozen=True)
class _Task:
    family: str
    name: str
    trials: int
    seed: int


def _values(task: _Task) -> tuple[_Task, NDArray[np.float64]]:
    return task, find_case(task.family, task.name).values(task.trials, task.seed)


def validate(
    families: Sequence[str],
    *,
    seed: int = 1,
    jobs: int | None = None,
    long: bool = False,
    progress: Progress = lambda *_: None,
) -> Mapping[str, Sequence[Finding]]:
    """Simulate all cases of some families and judge their claims.

    Parameters
    ----------
    families : sequence of str
        Names of families.
    seed : int
        Names the random streams.
    jobs : int, optional
        Processes; all processors by default. Never changes a value.
    long : bool
        Whether each case has its longer number of trials.
    progress : callable
        Called with (cases done, cases, 0, seconds left).

    Returns
    -------
    mapping
        Family to findings, in the order of its cases.
    """
    tasks = [
        _Task(family, case.name, case.long if long else case.trials, seed)
        for family in families
        for case in all_cases(family)
    ]
    warm_up()
    values: dict[tuple[str, str], NDArray[np.float64]] = {}
    started = time.monotonic()
    progress(0, len(tasks), 0, math.nan)
    for done, (task, found) in enumerate(each(_values, tasks, count_jobs(jobs)), 1):
        values[task.family, task.name] = found
        left_s = (time.monotonic() - started) / done * (len(tasks) - done)
        progress(done, len(tasks), 0, left_s)
    return {family: _judged(family, values) for family in families}


def _judged(
    family: str, values: Mapping[tuple[str, str], NDArray[np.float64]]
) -> Sequence[Finding]:
    cases = all_cases(family)
    compared = sum(claim.bound > 0.0 for case in cases for claim in case.claims)
    return [
        finding
        for case in cases
        for finding in findings(case, values[family, case.name], max(compared, 1))
    ]
