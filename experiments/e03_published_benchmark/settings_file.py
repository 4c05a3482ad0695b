"""Writing the chosen ridge points as conf/experiment/published_benchmark.yaml."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import yaml
from family import GUESTS, design
from fit import Fit
from published_figures import FIGURES, PUBLISHED, STRUCTURE_SOURCE

from hvmc.experiment.settings import Experiment
from hvmc.scenario.distributions import Gamma
from hvmc.scenario.settings import read
from hvmc.scenario.workload import Batch

HEADER = """\
# @package _global_
# hvmc run experiment=published_benchmark
# hvmc run experiment=published_benchmark trials=200
# Written by experiments/e03_published_benchmark/calibrate.py, where the ridge is explained.
#
# Published (rows F01-F04, structure F13):
{sources}
#
# FITTED here, none of it a default anywhere else: dispatch (serial work of an iteration), the
# number of tasks (parallel work), nested_paging.fraction (CPU tax), interference.slope. Rows
# C20 (tax) and B23 (slope at its worst) say what was measured elsewhere.
# Assumed: workers, sleep over burst, burst length and law, iterations, bursts of a task; refill
# and locks.share are the defaults, guests enlightened. The root's background load is 0, so that
# nothing else mixes in. One published minute is one simulated second of work; bursts, sleeps,
# slices and costs keep their real length.
name: published_benchmark
question: >-
  Which models of the published thread benchmark on a 4-processor host meet its four elapsed times,
  and what do they say of what was not measured?
report: points
trials: 50
points:
"""


def write_settings(chosen: dict[str, Fit], path: Path) -> None:
    """Write the chosen points and make sure that reading them gives the designs that were fitted.

    Parameters
    ----------
    chosen : dict of str to Fit
        Name of the ridge point to its fit.
    path : Path
        Replaced if it exists.

    Raises
    ------
    ValueError
        If what was written does not read as what was fitted.
    """
    blocks = [_block(name, fit) for name, fit in chosen.items()]
    path.write_text(HEADER.format(sources="\n".join(_sources())) + "".join(blocks))
    problems: list[object] = []
    experiment = read(Experiment, yaml.safe_load(path.read_text()), "", problems)
    if problems:
        raise ValueError("\n".join(map(str, problems)))
    wanted = [
        design(key, fit.assumed, fit.fitted, fit.tasks) for fit in chosen.values() for key in GUESTS
    ]
    if [point.design for point in experiment.points] != wanted:
        raise ValueError(f"{path} must read as the designs that were fitted")


def _sources() -> Iterator[str]:
    for one in PUBLISHED:
        if one.quantity in FIGURES:
            yield f"#   {one.row} {one.quantity} {one.value:g} min: {one.source}"
    yield f"#   F13: {STRUCTURE_SOURCE}"


def _block(name: str, fit: Fit) -> str:
    plan = design("one_4vp", fit.assumed, fit.fitted, fit.tasks)
    costs = plan.overheads
    return f"""\
- levels: {{ridge: {name}, configuration: one_4vp}}
  design: &{name}
    host: {{logical_processors: 4}}
    root: {{background_load: 0.0}}
    dispatch: {{rule: {plan.dispatch.rule}}}
    overheads:
      nested_paging: {{fraction: {_number(costs.nested_paging.fraction)}}}
      intercepts: {{enabled: false}}
      interrupts: {{enabled: false}}
      io: {{enabled: false}}
      faults: {{enabled: false}}
      ipis: {{enabled: false}}
      interference: {{slope: {_number(costs.interference.slope)}}}
      locks: {{share: {_number(costs.locks.share)}}}
      refill: {{cost_s: {_number(costs.refill.cost_s)}}}
    horizon_s: {plan.horizon_s:g}
    warmup_s: 0.0
    baselines: [adequate, same_size, full_host]
    guests:
      run1:
        virtual_processors: 4
        workload: &{name}_job
{_job(plan.guests[0].workload)}
- levels: {{ridge: {name}, configuration: one_2vp}}
  design:
    <<: *{name}
    guests:
      run1: &{name}_guest {{virtual_processors: 2, workload: *{name}_job}}
- levels: {{ridge: {name}, configuration: four_2vp}}
  design:
    <<: *{name}
    guests: {{run1: *{name}_guest, run2: *{name}_guest, run3: *{name}_guest, run4: *{name}_guest}}
"""


def _number(value: float) -> str:
    """Write nine decimals at most, without an exponent that YAML would take for text."""
    return f"{value:.9f}".rstrip("0").removesuffix(".")


def _job(job: Batch) -> str:
    spread = f", cv: {job.cpu.cv:g}" if isinstance(job.cpu, Gamma) else ""
    lines = [
        "kind: batch",
        f"workers: {job.workers}",
        f"tasks: {job.tasks}",
        f"iterations: {job.iterations}",
        f"bursts: {job.bursts}",
        f"cpu: {{kind: {job.cpu.kind}, mean: {_number(job.cpu.mean)}{spread}}}",
    ]
    for key in ("sleep", "dispatch"):
        pause = getattr(job, key)
        if pause is not None:
            lines.append(f"{key}: {{kind: deterministic, value: {_number(pause.mean)}}}")
    return "\n".join(f"          {line}" for line in lines)
