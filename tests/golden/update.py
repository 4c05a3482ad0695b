"""Recompute the golden bits after a deliberate change: python tests/golden/update.py.

Bump MODEL_VERSION in hvmc/experiment/settings.py and say why in CHANGELOG.md: results of the old
and the new model must not be mixed.
"""

import hashlib
import json
import platform
import sys
from pathlib import Path
from typing import Any

import hvmc
from hvmc.experiment.settings import MODEL_VERSION
from hvmc.trial import outcome_rows

BASELINE = Path(__file__).with_name("baseline.json")


def _guest(name: str, workload: Any, **settings: Any) -> hvmc.Guest:
    return hvmc.Guest(name=name, workload=workload, **settings)


def scenarios() -> dict[str, hvmc.Scenario]:
    """Return small scenarios that together touch every mechanism."""
    closed = hvmc.Closed(
        threads=12, cpu=hvmc.Lognormal(0.004, 1.0), think=hvmc.Exponential(0.02),
        io=hvmc.Gamma(0.001, 0.5), ios=2,
    )  # fmt: skip
    open_ = hvmc.Open(interarrival=hvmc.Exponential(0.004), cpu=hvmc.Pareto(0.003, 2.5), threads=8)
    batch = hvmc.Batch(
        workers=4, tasks=9, iterations=3, bursts=2, cpu=hvmc.Uniform(0.001, 0.02),
        sleep=hvmc.Deterministic(0.001), dispatch=hvmc.Empirical((0.001, 0.002, 0.004)),
    )  # fmt: skip
    trace = hvmc.Trace(demand_lps=(0.2, 1.5, 0.0), interval_s=0.4, threads=2)
    limited = hvmc.Priority(reserve=0.1, limit=0.6, weight=300)
    guests = (
        _guest("a", closed, virtual_processors=3),
        _guest("b", open_, virtual_processors=2, priority=limited),
        _guest("c", batch, virtual_processors=2),
        _guest("d", trace, virtual_processors=2),
    )
    base = hvmc.Scenario(
        host=hvmc.Host(logical_processors=4), guests=guests, horizon_s=3.0, warmup_s=0.5,
        baselines=("adequate", "same_size", "full_host", "together"),
    )  # fmt: skip
    fair = hvmc.Dispatch(rule="fair_queue", wake_preemption=True, reserve_rule="first")
    networked = closed.replace(transfer=hvmc.Exponential(0.0005), transfers=3)
    both = (guests[0].replace(workload=networked), *guests[1:])
    core = hvmc.Host(logical_processors=4, threads_per_core=2, scheduler="core")
    return {
        "credit": base,
        "fair_queue": base.replace(dispatch=fair),
        "core_scheduler": base.replace(host=core),
        "disk_and_network": base.replace(guests=both),
        "no_overheads": base.replace(
            overheads=hvmc.Overheads.none(), root=hvmc.Root(background_load=0.0)
        ),
    }


def digest(scenario: hvmc.Scenario) -> str:
    """Return a hash of all outcomes of two trials, floats by their exact value."""
    rows = [
        {key: value.hex() if isinstance(value, float) else value for key, value in row.items()}
        for trial in range(2)
        for row in outcome_rows(hvmc.simulate(scenario, seed=7, trial=trial))
    ]
    return hashlib.sha256(json.dumps(rows, sort_keys=True).encode()).hexdigest()


def here() -> str:
    """Name what the last bit may depend on: the processor and the C library's log and exp."""
    return f"{platform.machine()} {' '.join(platform.libc_ver())}"


def compute() -> dict[str, Any]:
    """Return the content of the baseline file for this machine."""
    return {
        "model_version": MODEL_VERSION,
        "platform": here(),
        "digests": {name: digest(scenario) for name, scenario in scenarios().items()},
    }


if __name__ == "__main__":
    BASELINE.write_text(json.dumps(compute(), indent=2) + "\n")
    sys.stdout.write(f"wrote {BASELINE.name}\n")
