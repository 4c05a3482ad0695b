"""A synthetic outcomes frame with the columns, clusters and oddities of simulated ones."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

# regime -> (mean and spread of log hosting between hosts, spread within, tail)
HOSTS = {
    "over_committed": (0.9, 0.4, 0.30),
    "efficiently_provisioned": (0.08, 0.05, 0.06),
    "over_provisioned": (0.03, 0.01, 0.02),
    "under_provisioned_guest": (0.03, 0.01, 0.02),
}
MakeOutcomes = Callable[..., pd.DataFrame]


def _host_rows(rng: np.random.Generator, trials: int) -> tuple[np.ndarray, np.ndarray]:
    """Trial and index within the host of each guest; 8 to 22 guests a host."""
    sizes = rng.integers(8, 23, trials)
    starts = np.cumsum(sizes) - sizes
    return np.repeat(np.arange(trials), sizes), np.arange(sizes.sum()) - np.repeat(starts, sizes)


def _regime(
    regime: str, point: int, trials: int, replications: int, seed: int, slowdown: float
) -> pd.DataFrame:
    """One design point; the draws depend on the seed alone, as under common random numbers."""
    rng = np.random.default_rng(seed)
    trial, index = _host_rows(rng, trials)
    rows = trial.size
    victim = (regime == "under_provisioned_guest") & (index == 0)
    centre, between, within = HOSTS[regime]
    level = centre + between * rng.standard_normal(trials)[trial]
    level += within * rng.standard_normal(rows)
    level += slowdown * (1.0 + 0.5 * rng.standard_normal(trials)[trial])
    sizing = np.exp(0.01 * rng.standard_normal(rows) + 0.9 * victim)
    processors = 2 ** rng.integers(0, 4, rows)
    native_cpu = processors * 60.0 * np.exp(-1.5 + 0.7 * rng.standard_normal(rows))
    native_response = 0.01 * np.exp(0.5 * rng.standard_normal(rows))
    frames = []
    for replication in range(replications):
        noise = 0.05 * rng.standard_normal(rows)
        hosting = np.exp(level + noise)
        inactive = rng.random(rows) < 0.004
        late = rng.random(rows) < np.where(hosting > 3.0, 0.03, 0.0)
        stretch = np.where(inactive, np.nan, sizing * hosting)
        native_throughput = np.where(inactive, 0.0, 50.0 * np.exp(noise))
        frames.append(
            pd.DataFrame(
                {
                    "point": np.int32(point),
                    "regime": regime,
                    "trial": trial.astype(np.int32),
                    "replication": np.int32(replication),
                    "guest": [f"guest{i:02d}" for i in index],
                    "role": _roles(regime, victim),
                    "virtual_processors": processors.astype(np.int32),
                    "stretch": stretch,
                    "sizing": np.where(inactive, np.nan, sizing),
                    "hosting": np.where(inactive, np.nan, hosting),
                    "cycle_stretch": np.where(inactive, np.nan, np.sqrt(hosting)),
                    "response_mean_s": stretch * native_response,
                    "native_response_mean_s": np.where(inactive, np.nan, native_response),
                    "throughput_per_s": native_throughput / np.sqrt(hosting),
                    "native_throughput_per_s": native_throughput,
                    "measured": np.where(inactive, 0, rng.integers(50, 5000, rows)),
                    "censored": np.where(late & ~inactive, 3, 0),
                    "suffers": stretch > 1.25,
                    "provisioned_lp_s": processors * 60.0,
                    "provisioned_gib_s": processors * 4.0 * 60.0,
                    "native_cpu_s": np.where(inactive, 0.0, native_cpu),
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


def _roles(regime: str, victim: np.ndarray) -> np.ndarray:
    if regime != "under_provisioned_guest":
        return np.full(victim.size, "guest", dtype=object)
    return np.where(victim, "victim", "neighbour").astype(object)


@pytest.fixture(scope="session")
def make_outcomes() -> MakeOutcomes:
    """Build frames: ``make_outcomes(trials=..., replications=..., slowdowns=(0.0, 0.1))``.

    Every regime gets one design point per slowdown, with common random numbers.
    """

    def make(
        trials: int = 120,
        *,
        replications: int = 1,
        slowdowns: tuple[float, ...] = (0.0,),
        regimes: tuple[str, ...] = tuple(HOSTS),
        seed: int = 20261122,
    ) -> pd.DataFrame:
        cases = [(regime, slowdown) for regime in regimes for slowdown in slowdowns]
        return pd.concat(
            [
                _regime(regime, point, trials, replications, seed, slowdown)
                for point, (regime, slowdown) in enumerate(cases)
            ],
            ignore_index=True,
        )

    return make


@pytest.fixture(scope="session")
def outcomes(make_outcomes: MakeOutcomes) -> pd.DataFrame:
    """Four regimes of 120 trials, with a few inactive and a few censored guests."""
    return make_outcomes()
