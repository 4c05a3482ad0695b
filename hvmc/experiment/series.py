"""One host's counters over time on disk, as Parquet and as Perfmon CSV.

Their folder is named by what they show, so that the same command writes the same files.
"""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml  # type: ignore[import-untyped]

from hvmc.experiment.files import make_folder, replace_file
from hvmc.experiment.links import check_links
from hvmc.experiment.settings import Point
from hvmc.scenario.plain import plain
from hvmc.scenario.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["series_folder", "write_series"]


def series_folder(
    results_dir: str | Path,
    point: Point,
    *,
    seed: int,
    trial: int,
    replication: int,
    interval_s: float,
) -> Path:
    """Return where they lie: ``results_dir/counters/DIGEST/trial-T-replication-R-every-Ss``."""
    name = f"trial-{trial}-replication-{replication}-every-{interval_s:.12g}s"
    return Path(results_dir) / "counters" / point.digest(seed) / name


def write_series(
    series: "pd.DataFrame", scenario: Scenario, folder: Path, about: Mapping[str, Any]
) -> tuple[Path, ...]:
    """Write the counters of a host and what host it is.

    Parameters
    ----------
    series : DataFrame
        As `hvmc.counter_series` returns it.
    scenario : Scenario
        What was simulated.
    folder : Path
        Made if it is not there; files of the same name are replaced.
    about : mapping
        Plain settings that name the run: seed, trial, ...

    Returns
    -------
    tuple of Path
        ``counters.parquet``, ``counters.csv`` and ``scenario.yaml``.

    Raises
    ------
    ResultsError
        If they can't be written.
    """
    from hvmc.counters.pdh import pdh_csv

    parquet = io.BytesIO()
    series.to_parquet(parquet, index=False, compression="zstd")
    settings = yaml.safe_dump({**about, "scenario": plain(scenario)}, sort_keys=False)
    files = {
        "counters.parquet": parquet.getvalue(),
        "counters.csv": pdh_csv(series),
        "scenario.yaml": settings.encode(),
    }
    check_links(folder)
    make_folder(folder, trials=False)
    for name, content in files.items():
        replace_file(folder / name, content, trials=False)
    return tuple(folder / name for name in files)
