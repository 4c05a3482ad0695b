"""Traces on disk: one host's counters over time, as Parquet and as Perfmon CSV.

A trace's folder is named by what it shows, so that the same command writes the same files.
"""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml  # type: ignore[import-untyped]

from hvmc.experiment.files import make_folder, replace_file
from hvmc.experiment.settings import Point
from hvmc.scenario.scenario import Scenario
from hvmc.scenario.settings import plain

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["trace_folder", "write_trace"]


def trace_folder(
    results_dir: str | Path,
    point: Point,
    *,
    seed: int,
    trial: int,
    replication: int,
    interval_s: float,
) -> Path:
    """Return where a trace lies: ``results_dir/traces/DIGEST/trial-T-replication-R-every-Ss``."""
    name = f"trial-{trial}-replication-{replication}-every-{interval_s:.12g}s"
    return Path(results_dir) / "traces" / point.digest(seed) / name


def write_trace(
    trace: "pd.DataFrame", scenario: Scenario, folder: Path, about: Mapping[str, Any]
) -> tuple[Path, ...]:
    """Write a trace and what it is a trace of.

    Parameters
    ----------
    trace : DataFrame
        As `hvmc.trace` returns it.
    scenario : Scenario
        What was simulated.
    folder : Path
        Made if it is not there; files of the same name are replaced.
    about : mapping
        Plain settings that name the trace: seed, trial, ...

    Returns
    -------
    tuple of Path
        ``trace.parquet``, ``trace.csv`` and ``scenario.yaml``.

    Raises
    ------
    ResultsError
        If they can't be written.
    """
    from hvmc.counters.pdh import pdh_csv

    parquet = io.BytesIO()
    trace.to_parquet(parquet, index=False, compression="zstd")
    settings = yaml.safe_dump({**about, "scenario": plain(scenario)}, sort_keys=False)
    files = {
        "trace.parquet": parquet.getvalue(),
        "trace.csv": pdh_csv(trace),
        "scenario.yaml": settings.encode(),
    }
    make_folder(folder, trials=False)
    for name, content in files.items():
        replace_file(folder / name, content, trials=False)
    return tuple(folder / name for name in files)
