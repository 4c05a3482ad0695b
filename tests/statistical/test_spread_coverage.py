"""Intervals between scrambles cover, and are narrower than between trials.

A made-up host has a mean level, smooth in four spread uniforms, and guests with luck of their own:
log stretch = level(u) + noise. Truths come from 2**20 guests drawn evenly. 200 experiments of 128
trials each; the number of intervals that hold the truth is binomial, its lower limit has a
false-alarm rate of 1e-6 for a coverage of 93 %. Controls: intervals between trials, which are too
wide by far, and intervals between guests, which miss too often.
"""

import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtri
from scipy.stats import binom, qmc

from hvmc.analysis.clusters import cluster_labels
from hvmc.analysis.intervals import mean
from hvmc.analysis.quantiles import quantile
from hvmc.analysis.shares import share
from hvmc.regimes.luck import SCRAMBLES, spread_point

EXPERIMENTS, TRIALS, GUESTS, NOISE = 200, 128, 6, 0.15
LEAST = binom.ppf(1e-6, EXPERIMENTS, 0.93)
LIMIT = 1.25


def level(u):
    return 0.3 * u[:, 0] + 0.2 * u[:, 1] ** 2 + 0.2 * u[:, 2] * u[:, 3]


def guests_of(seed):
    """Rows of one experiment."""
    u = np.array([spread_point(seed, trial)[:4] for trial in range(TRIALS)])
    rng = np.random.default_rng(seed)
    log_stretch = np.repeat(level(u), GUESTS) + NOISE * rng.standard_normal(TRIALS * GUESTS)
    trial = np.repeat(np.arange(TRIALS), GUESTS)
    return pd.DataFrame(
        {"trial": trial, "scramble": trial % SCRAMBLES, "stretch": np.exp(log_stretch)}
    )


ESTIMANDS = {
    "share": lambda rows, labels: share(rows["stretch"] > LIMIT, labels),
    "mean": lambda rows, labels: mean(np.log(rows["stretch"]), labels),
    "p90": lambda rows, labels: quantile(rows["stretch"], labels, 0.9),
}


@pytest.fixture(scope="module")
def truths():
    u = qmc.Sobol(5, rng=np.random.default_rng(5)).random(2**20)
    stretch = np.exp(level(u) + NOISE * ndtri(np.clip(u[:, 4], 1e-12, 1.0)))
    return {
        "share": float((stretch > LIMIT).mean()),
        "mean": float(np.log(stretch).mean()),
        "p90": float(np.quantile(stretch, 0.9)),
    }


@pytest.fixture(scope="module")
def found():
    """Intervals by estimand and kind of cluster, each shape (experiments, 2)."""
    limits = {}
    for seed in range(EXPERIMENTS):
        rows = guests_of(seed)
        kinds = {
            "scrambles": cluster_labels(rows),
            "trials": rows["trial"].to_numpy(),
        }
        for name, estimate in ESTIMANDS.items():
            for kind, labels in kinds.items():
                one = estimate(rows, labels)
                limits.setdefault((name, kind), []).append((one.low, one.high))
    return {key: np.array(value) for key, value in limits.items()}


def held(limits, truth):
    return int(((limits[:, 0] <= truth) & (truth <= limits[:, 1])).sum())


@pytest.mark.parametrize("name", ESTIMANDS)
def test_intervals_between_scrambles_hold_the_truth(found, truths, name):
    assert held(found[name, "scrambles"], truths[name]) >= LEAST


@pytest.mark.parametrize("name", ESTIMANDS)
def test_they_are_narrower_than_between_trials(found, name):
    widths = {kind: np.diff(found[name, kind]).mean() for kind in ("scrambles", "trials")}
    assert widths["scrambles"] < 0.85 * widths["trials"]


def test_without_spread_trials_the_same_intervals_between_guests_miss(truths):
    """Control: independent hosts whose guests count as independent."""
    count = 0
    for seed in range(EXPERIMENTS):
        rng = np.random.default_rng(seed)
        host = np.repeat(level(rng.random((TRIALS, 4))), GUESTS)
        log_stretch = host + NOISE * rng.standard_normal(TRIALS * GUESTS)
        one = mean(log_stretch, np.arange(log_stretch.size))
        count += one.low <= truths["mean"] <= one.high
    assert count < LEAST
