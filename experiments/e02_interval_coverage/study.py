"""Coverage of 95 % intervals on clustered, heavy-tailed stretches with known truth.

    python experiments/e02_interval_coverage/study.py STORE [size=smoke]

Writes ``interval_coverage.parquet`` there: coverage and misses on either side by estimand and
method, of which `analyse.py` makes the tables.
"""

from __future__ import annotations

import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import candidates as other
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from populations import MECHANISMS, Mechanism

from hvmc.analysis.bands import exceedance
from hvmc.analysis.intervals import mean, ratio
from hvmc.analysis.quantiles import quantiles
from hvmc.analysis.shares import share

sys.path.insert(0, str(Path(__file__).parents[1]))
from commands import Store

STORED = "interval_coverage.parquet"
SMOKE_PART = 0.005  # of the experiments
SEED = 20261122
HOSTS = (50, 200, 1000)
EXPERIMENTS = 1000
BOOTSTRAPPED = 150  # experiments that also get the bootstrap (it costs 100 times the rest)
BANDS = 250
QUANTILES = (0.5, 0.9, 0.95, 0.99)
SHARES = (0.5, 0.1, 0.02, 0.005)
ADOPTED = "hvmc.analysis"

Found = tuple[str, str, float, float, float, float]  # estimand, method, truth, low, high, seconds


def main(store: Store) -> None:
    """Run the study and store its table."""
    part = SMOKE_PART if store.smoke else 1.0
    rows = [
        row for mechanism in MECHANISMS for hosts in HOSTS for row in _cell(mechanism, hosts, part)
    ]
    store.path.mkdir(parents=True, exist_ok=True)
    pd.DataFrame(rows).to_parquet(store.path / STORED)


def _cell(mechanism: Mechanism, hosts: int, part: float) -> Iterator[dict[str, object]]:
    """Rows of the result for one mechanism and number of hosts, of a part of the experiments."""
    experiments, bootstrapped, bands = (
        round(part * all_of_them) for all_of_them in (EXPERIMENTS, BOOTSTRAPPED, BANDS)
    )
    streams = np.random.SeedSequence([SEED, MECHANISMS.index(mechanism), hosts]).spawn(2)
    truth = {f"p{100 * q:g}": mechanism.quantile(q) for q in QUANTILES}
    cuts = {f"{p:g}": mechanism.quantile(1 - p) for p in SHARES}
    centre = mechanism.mean_log()
    misses: dict[tuple[str, str, str], list[tuple[bool, bool, float, bool]]] = defaultdict(list)

    def note(kind: str, found: Found, supported: bool = True) -> None:
        estimand, method, value, low, high, seconds = found
        misses[kind, estimand, method].append((value < low, value > high, seconds, supported))

    rng, resampling = (np.random.default_rng(stream) for stream in streams)
    for experiment in range(experiments):
        values, codes = mechanism.draw(rng, hosts)
        data = other.Sorted.of(values, codes, hosts)
        for found, supported in _adopted_quantiles(values, codes, truth):
            note("quantile", found, supported)
        for found in _other_quantiles(data, truth):
            note("quantile", found)
        if experiment < bootstrapped:
            for found in _bootstrapped(data, truth, resampling):
                note("quantile", found)
        for found in _shares(values, codes, data.sizes, cuts):
            note("share", found)
        for found in _means(values, codes, centre, rng):
            note("mean and ratio of sums", found)
        if experiment < bands and hosts < max(HOSTS):
            note("band", _band(mechanism, values, codes, truth, experiment))
    for (kind, estimand, method), cases in misses.items():
        below, above, seconds, supported = np.array(cases, dtype=float).T
        yield {
            "kind": kind,
            "mechanism": mechanism.name,
            "hosts": hosts,
            "method": method,
            "estimand": estimand,
            "coverage": 1.0 - below.mean() - above.mean(),
            "below": below.mean(),
            "above": above.mean(),
            "seconds": np.median(seconds),
            "supported": supported.mean(),
        }


def _timed(
    estimand: str, method: str, truth: float, limits: Callable[[], tuple[float, float]]
) -> Found:
    started = time.process_time()
    low, high = limits()
    return estimand, method, truth, low, high, time.process_time() - started


def _adopted_quantiles(
    values: NDArray, codes: NDArray, truth: dict[str, float]
) -> Iterator[tuple[Found, bool]]:
    started = time.process_time()
    found = quantiles(values, codes, QUANTILES)
    seconds = (time.process_time() - started) / len(found)
    for (name, value), one in zip(truth.items(), found, strict=True):
        yield (name, ADOPTED, value, one.low, one.high, seconds), one.supported


def _other_quantiles(data: other.Sorted, truth: dict[str, float]) -> Iterator[Found]:
    methods = (other.woodruff, other.woodruff_logit, other.inversion, other.iid_quantile)
    for (name, value), q in zip(truth.items(), QUANTILES, strict=True):
        for method in methods:
            yield _timed(name, method.__name__, value, lambda m=method, q=q: m(data, q))


def _bootstrapped(
    data: other.Sorted, truth: dict[str, float], rng: np.random.Generator
) -> Iterator[Found]:
    started = time.process_time()
    resampled = other.bootstrap(data, QUANTILES, rng)
    shared = (time.process_time() - started) / len(QUANTILES)
    for (name, value), q, sample in zip(truth.items(), QUANTILES, resampled, strict=True):
        yield name, "percentile", value, *other.percentile(sample), shared
        yield name, "bca", value, *other.bca(sample, data, q), shared


def _shares(
    values: NDArray, codes: NDArray, sizes: NDArray, cuts: dict[str, float]
) -> Iterator[Found]:
    methods = (other.wald, other.logit, other.wilson_effective, other.iid_share)
    for name, cut in cuts.items():
        exceeds = values > cut
        found = share(exceeds, codes)
        yield name, ADOPTED, float(name), found.low, found.high, np.nan
        counts = np.bincount(codes, exceeds, minlength=sizes.size)
        constant = found.estimate in (0.0, 1.0)  # the others have no answer: lend them ours
        for method in methods:
            low, high = (found.low, found.high) if constant else method(counts, sizes)
            yield name, method.__name__, float(name), low, high, np.nan


def _means(
    values: NDArray, codes: NDArray, centre: float, rng: np.random.Generator
) -> Iterator[Found]:
    found = mean(np.log(values), codes)
    yield "mean log", ADOPTED, centre, found.low, found.high, np.nan
    processors = 2.0 ** rng.integers(0, 4, codes.size)
    host = 0.5 * rng.standard_normal(codes.max() + 1)[codes]
    used = processors * np.exp(host + 0.9 * rng.standard_normal(codes.size) - 1.5)
    truth = float(np.exp(1.5 - (0.5**2 + 0.9**2) / 2))
    found = ratio(processors, used, codes)
    yield "provisioned / used", ADOPTED, truth, found.low, found.high, np.nan


def _band(
    mechanism: Mechanism, values: NDArray, codes: NDArray, truth: dict[str, float], seed: int
) -> Found:
    """Largest violation over the curve: 0 inside [-inf, 0] if the whole curve is covered."""
    grid = np.geomspace(mechanism.quantile(0.02), truth["p99"], 40)
    frame = pd.DataFrame(
        {"all": 0, "trial": codes, "stretch": values, "censored": np.zeros(codes.size, int)}
    )
    curve = exceedance(frame, grid, by=("all",), band="simultaneous", seed=seed)
    above = np.array([1.0 - mechanism.cdf(x) for x in grid])
    low, high = (curve.low - above).max(), (above - curve.high).max()
    return "whole curve", ADOPTED, 0.0, low, np.inf if high <= 0 else -high, np.nan


if __name__ == "__main__":
    main(Store.asked())
