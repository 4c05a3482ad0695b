"""Coverage of 95 % intervals between scrambles, and what evenly spread trials save.

    python experiments/e02_interval_coverage/spread.py STORE [size=smoke]

Trials take the uniforms that ``sampling=rqmc`` gives them (`hvmc.regimes.luck`): host, constants
and guests. The log stretch of a guest is a sum of normal quantiles of these and of luck, so that
its distribution is known exactly; where the host's part is of two coordinates together, no one of
them explains anything. Writes ``spread_coverage.parquet``, of which `analyse.py` makes the table.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtri

from hvmc.analysis.clusters import cluster_labels
from hvmc.analysis.intervals import Interval, mean
from hvmc.analysis.quantiles import quantiles
from hvmc.analysis.shares import share
from hvmc.regimes.luck import SCRAMBLES, spread_point

sys.path.insert(0, str(Path(__file__).parents[1]))
from commands import Store

STORED = "spread_coverage.parquet"
SEED = 20261127
TRIALS = (64, 128, 256)
EXPERIMENTS = 1000
SMOKE_EXPERIMENTS = 4
MOST_GUESTS = 8
SPREAD = 0.55  # standard deviation of the log stretch
# shares of its variance; what is left is luck
HOST, CONSTANTS, GUEST = 0.5, 0.15, 0.15
CONSTANT_COORDINATES = slice(8, 41)
GUEST_COORDINATES = range(72, 72 + MOST_GUESTS)
CUT = 0.1  # share of guests above the cut


def _apart(host: NDArray) -> NDArray:
    """Return the host's normal score: of two coordinates, each by itself."""
    return (ndtri(host[:, 0]) + ndtri(host[:, 1])) / np.sqrt(2.0)


def _together(host: NDArray) -> NDArray:
    """Return the host's normal score: of the sum of two coordinates, wrapped into [0, 1)."""
    wrapped = (host[:, 0] + host[:, 1]) % 1.0
    return ndtri(np.clip(wrapped, 1e-12, 1.0 - 1e-12))


MECHANISMS: dict[str, Callable[[NDArray], NDArray]] = {"apart": _apart, "together": _together}


def main(store: Store) -> None:
    """Run the study and store its table."""
    experiments = SMOKE_EXPERIMENTS if store.smoke else EXPERIMENTS
    rows: list[dict[str, object]] = []
    for name, score in MECHANISMS.items():
        found: dict[tuple[int, str, str], list[tuple[float, bool]]] = defaultdict(list)
        for experiment in range(experiments):
            for sampling, points in _points(experiment).items():
                for trials in TRIALS:
                    for method, estimand, one, truth in _judged(
                        _guests(points[:trials], score, experiment), sampling
                    ):
                        case = (one.estimate, one.low <= truth <= one.high)
                        found[trials, estimand, method].append(case)
        for (trials, estimand, method), cases in found.items():
            estimates, covered = np.array(cases).T
            rows.append(
                {
                    "mechanism": name,
                    "trials": trials,
                    "estimand": estimand,
                    "method": method,
                    "variance": estimates.var(ddof=1),
                    "coverage": covered.mean(),
                    "experiments": len(cases),
                }
            )
    store.path.mkdir(parents=True, exist_ok=True)
    pd.DataFrame(rows).to_parquet(store.path / STORED)


def _points(experiment: int) -> dict[str, NDArray]:
    """Return the uniforms of the trials of an experiment, spread evenly and independent."""
    seed = SEED + experiment
    even = np.array([spread_point(seed, trial) for trial in range(max(TRIALS))])
    return {"rqmc": even, "iid": np.random.default_rng(seed).random(even.shape)}


def _guests(
    points: NDArray, score: Callable[[NDArray], NDArray], experiment: int
) -> tuple[NDArray, pd.DataFrame]:
    """Return the log stretch of every guest, and the trial and scramble it belongs to."""
    rng = np.random.default_rng([SEED, experiment])
    sizes = rng.integers(2, MOST_GUESTS + 1, max(TRIALS))[: len(points)]
    luck = rng.standard_normal((max(TRIALS), MOST_GUESTS))[: len(points)]
    inner = np.clip(points, 1e-12, 1.0 - 1e-12)
    constants = ndtri(inner[:, CONSTANT_COORDINATES])
    host = np.sqrt(HOST) * score(inner) + np.sqrt(CONSTANTS / constants.shape[1]) * constants.sum(1)
    own = np.sqrt(GUEST) * ndtri(inner[:, GUEST_COORDINATES])
    logs = SPREAD * (host[:, None] + own + np.sqrt(1.0 - HOST - CONSTANTS - GUEST) * luck)
    there = np.arange(MOST_GUESTS) < sizes[:, None]
    trials = np.repeat(np.arange(len(points)), sizes)
    return logs[there], pd.DataFrame({"trial": trials, "scramble": trials % SCRAMBLES})


def _judged(
    guests: tuple[NDArray, pd.DataFrame], sampling: str
) -> list[tuple[str, str, Interval, float]]:
    """Return (method, estimand, interval, truth); evenly spread trials also as if independent."""
    logs, of = guests
    labels = {"iid": of["trial"].to_numpy()}
    if sampling == "rqmc":
        labels = {"rqmc": cluster_labels(of), "rqmc as if independent": labels["iid"]}
    cut = -SPREAD * ndtri(CUT)
    found = []
    for method, clusters in labels.items():
        median, high = quantiles(logs, clusters, (0.5, 0.95))
        found += [
            (method, "mean log", mean(logs, clusters), 0.0),
            (method, f"share {CUT:g}", share(logs > cut, clusters), CUT),
            (method, "p50", median, 0.0),
            (method, "p95", high, SPREAD * float(ndtri(0.95))),
        ]
    return found


if __name__ == "__main__":
    main(Store.asked())
