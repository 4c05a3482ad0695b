"""A made-up outcomes frame with the shape of real results: heavy tails, a knee at commitment 1."""

import numpy as np
import pandas as pd
import pytest

REGIMES = {  # LP commitment of the host, guests' own commitment
    "over_committed": ((1.25, 2.5), (0.1, 0.7)),
    "efficiently_provisioned": ((0.40, 0.75), (0.1, 0.7)),
    "over_provisioned": ((0.05, 0.40), (0.1, 0.7)),
    "under_provisioned_guest": ((0.05, 0.40), (1.25, 2.0)),
}


def _roles(regime, guests):
    if regime == "under_provisioned_guest":
        return ["victim"] + ["neighbour"] * (guests - 1)
    return ["guest"] * guests


def _hosting(rng, commitment, think_ratio):
    """Virtual / same size: overhead, queueing towards commitment 1, saturation beyond it."""
    overhead = 1.02 + 0.02 * rng.random(commitment.size)
    queueing = 0.06 * np.minimum(commitment, 0.95) ** 4 / (1.0 - np.minimum(commitment, 0.95))
    saturated = np.maximum(commitment - 1.0, 0.0) * (1.0 + think_ratio)
    tail = rng.lognormal(0.0, 0.9, commitment.size)
    return overhead + queueing * tail + saturated * np.sqrt(tail)


def one_regime(regime, trials, guests, point, rng, shift):
    rows = trials * guests
    host_range, own_range = REGIMES[regime]
    role = np.tile(_roles(regime, guests), trials)
    commitment = np.repeat(rng.uniform(*host_range, trials) + shift, guests)
    own = rng.uniform(0.1, 0.7, rows)
    squeezed = role == "victim"
    own[squeezed] = rng.uniform(*own_range, squeezed.sum())
    think_ratio = rng.choice([1.0, 10.0, 100.0], rows)
    host_luck = np.repeat(rng.lognormal(0.0, 0.15, trials), guests)
    hosting = 1.0 + (_hosting(rng, commitment, think_ratio) - 1.0) * host_luck
    sizing = np.where(squeezed, 1.0 + (own - 0.9) * np.sqrt(think_ratio), 1.0)
    virtual_processors = rng.choice([1, 2, 4, 8], rows)
    return pd.DataFrame(
        {
            "point": np.int32(point),
            "regime": regime,
            "trial": np.repeat(np.arange(trials, dtype=np.int32), guests),
            "replication": np.int32(0),
            "guest": np.tile([f"guest{g}" for g in range(guests)], trials),
            "role": role,
            "virtual_processors": virtual_processors.astype(np.int32),
            "logical_processors": np.int32(16),
            "lp_commitment": commitment,
            "own_commitment": own,
            "think_ratio": think_ratio,
            "stretch": sizing * hosting,
            "sizing": sizing,
            "hosting": hosting,
            "measured": np.int64(500),
            "censored": np.int64(0),
            "throughput_per_s": 10.0,
            "native_throughput_per_s": 10.0,
            "provisioned_lp_s": 60.0,
            "provisioned_gib_s": 60.0,
            "native_cpu_s": 30.0,
            "suffers": sizing * hosting > 1.25,
        }
    )


def build(*, trials=1000, guests=12, regimes=tuple(REGIMES), points=1, seed=1):
    """Draw the frame of the contract (the columns that figures read)."""
    frames = [
        one_regime(regime, trials, guests, point, np.random.default_rng([seed, point, k]), shift)
        for point, shift in enumerate(np.linspace(0.0, 0.5, points))
        for k, regime in enumerate(regimes)
    ]
    return pd.concat(frames, ignore_index=True)


def with_causes(outcomes):
    """Divide log stretch: three tenths less a constant to intercepts, the rest to the host."""
    log_stretch = np.log(outcomes["stretch"])
    sizing = np.log(outcomes["sizing"])
    return outcomes.assign(
        cause_sizing=sizing,
        cause_sharing=0.7 * (log_stretch - sizing) + 0.001,
        cause_intercepts=0.3 * (log_stretch - sizing),
        cause_interrupts_and_io=-0.001,
        cause_memory=0.0,
        cause_interference_and_locks=0.0,
    )


@pytest.fixture(scope="session")
def divide():
    """Return the function that adds causes to an outcomes frame."""
    return with_causes


@pytest.fixture(scope="session")
def build_outcomes():
    """Return the function that draws an outcomes frame."""
    return build


@pytest.fixture(scope="session")
def outcomes():
    """Four regimes, 40 hosts each, 6 guests a host; read only."""
    return build(trials=40, guests=6)
