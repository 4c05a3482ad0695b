"""Coverage of the interval of a quantile's ratio, with guests that share hosts.

log stretch = host + guest, both normal; at the second point a host's own effect comes on top. The
quantiles are known in closed form. 150 experiments each; the number of intervals that hold the
truth is binomial, and its lower limit has a false-alarm rate of 1e-6 for a coverage of 93 %. The
control ignores that guests share hosts and must fall below.
"""

import math

import numpy as np
import pytest
from scipy.stats import binom, norm

from hvmc.analysis.quantile_ratios import quantile_ratios

EXPERIMENTS, TRIALS, GUESTS = 150, 60, 8
HOST, GUEST, EXTRA, SHIFT = 0.5, 0.3, 0.4, -0.4
LEAST = binom.ppf(1e-6, EXPERIMENTS, 0.93)


def truth(q):
    spread = [math.hypot(HOST, GUEST), math.hypot(math.hypot(HOST, EXTRA), GUEST)]
    return math.exp(SHIFT + norm.ppf(q) * (spread[1] - spread[0]))


def held(q, seed, *, clustered):
    """How many of the intervals hold the truth."""
    rng = np.random.default_rng(seed)
    trial = np.repeat(np.arange(TRIALS), GUESTS)
    count = 0
    for _ in range(EXPERIMENTS):
        host, extra = rng.standard_normal((2, TRIALS))
        base = HOST * host[trial] + GUEST * rng.standard_normal(trial.size)
        values = base + SHIFT + EXTRA * extra[trial]
        labels = trial if clustered else np.arange(trial.size)
        found = quantile_ratios(np.exp(values), np.exp(base), labels, [q], resamples=200)[0]
        count += found.low <= truth(q) <= found.high
    return count


@pytest.mark.parametrize("q", [0.5, 0.8])
def test_intervals_hold_the_truth(q):
    assert held(q, 11, clustered=True) >= LEAST


def test_control_without_clusters_does_not():
    assert held(0.5, 11, clustered=False) < LEAST
