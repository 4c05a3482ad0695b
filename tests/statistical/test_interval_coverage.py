"""Coverage of every interval of ``hvmc.analysis`` on clustered data with known truth.

Guests of host k have stretch exp(s (sqrt(c) b_k + sqrt(1 - c) e)), b and e standard normal: log
normal over guests with spread s, correlation c between guests of a host. Each interval is made on
EXPERIMENTS independent sets; if its coverage is the nominal 95 %, the number that cover is
binomial, and the observed coverage lies within TOLERANCE of 95 %. TOLERANCE is the standard error
times z for a false-alarm rate of 1e-6 over all checks of this module together (Bonferroni). Where
an interval is conservative by construction only the lower side is checked. The larger study, on
heavier tails, is ``experiments/e02_interval_coverage``.
"""

import math

import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtr, ndtri

from hvmc.analysis.bands import exceedance
from hvmc.analysis.intervals import geometric_mean, mean, ratio
from hvmc.analysis.paired import paired
from hvmc.analysis.quantiles import quantiles
from hvmc.analysis.shares import share, wilson

SEED = 20261122
LEVEL = 0.95
EXPERIMENTS = 1000
HOSTS = 250
SPREAD, CORRELATION = 0.55, 0.5
CHECKS = 20  # at least the number of coverage checks below
Z = -float(ndtri(1e-6 / CHECKS / 2))  # 5.45
TOLERANCE = Z * math.sqrt(LEVEL * (1 - LEVEL) / EXPERIMENTS)  # 0.038
QUANTILES = (0.5, 0.9, 0.95)
SHARES = (0.5, 0.1, 0.02)


def draw(rng, hosts=HOSTS):
    """Stretches and host of each guest, 5 to 15 guests a host."""
    clusters = np.repeat(np.arange(hosts), rng.integers(5, 16, hosts))
    between = math.sqrt(CORRELATION) * rng.standard_normal(hosts)[clusters]
    within = math.sqrt(1 - CORRELATION) * rng.standard_normal(clusters.size)
    return np.exp(SPREAD * (between + within)), clusters


def true_quantile(q):
    return math.exp(SPREAD * float(ndtri(q)))


def covers(found, truth):
    return found.low <= truth <= found.high


def coverage(one_experiment, *names, experiments=EXPERIMENTS):
    """Share of experiments in which each of the named intervals covers."""
    hits = np.array(
        [
            one_experiment(np.random.default_rng([SEED, experiment]))
            for experiment in range(experiments)
        ]
    )
    return dict(zip(names, hits.mean(axis=0), strict=True))


def test_quantiles():
    def one(rng):
        values, clusters = draw(rng)
        found = quantiles(values, clusters, QUANTILES)
        assert all(interval.supported for interval in found)
        return [covers(f, true_quantile(q)) for f, q in zip(found, QUANTILES, strict=True)]

    for q, observed in coverage(one, *QUANTILES).items():
        assert abs(observed - LEVEL) <= TOLERANCE, q


def test_shares():
    def one(rng):
        values, clusters = draw(rng)
        return [covers(share(values > true_quantile(1 - p), clusters), p) for p in SHARES]

    for p, observed in coverage(one, *SHARES).items():
        assert abs(observed - LEVEL) <= TOLERANCE, p


def test_rare_shares_cover_at_least_as_stated():
    """Ten effective events or fewer: one more affected cluster makes the interval conservative."""

    def one(rng):
        values, clusters = draw(rng, hosts=100)
        return [covers(share(values > true_quantile(1 - p), clusters), p) for p in (0.01, 0.002)]

    for p, observed in coverage(one, 0.01, 0.002).items():
        assert observed >= LEVEL - TOLERANCE, p


def test_means_and_ratios_of_sums():
    cost = math.exp(0.3**2 / 2 + 0.4**2 / 2)

    def one(rng):
        values, clusters = draw(rng)
        processors = 2.0 ** rng.integers(0, 4, values.size)
        host = 0.3 * rng.standard_normal(HOSTS)[clusters]
        used = processors * np.exp(host + 0.4 * rng.standard_normal(values.size))
        return [
            covers(mean(np.log(values), clusters), 0.0),
            covers(geometric_mean(values, clusters), 1.0),
            covers(ratio(used, processors, clusters), cost),
        ]

    for name, observed in coverage(one, "mean", "geometric mean", "ratio of sums").items():
        assert abs(observed - LEVEL) <= TOLERANCE, name


def test_wilson_over_scenarios():
    def one(rng):
        counts = rng.binomial(400, (0.5, 0.1, 0.03))
        return [
            covers(wilson(int(c), 400), p) for c, p in zip(counts, (0.5, 0.1, 0.03), strict=True)
        ]

    for p, observed in coverage(one, 0.5, 0.1, 0.03).items():
        assert abs(observed - LEVEL) <= TOLERANCE, p


def test_bands_cover_pointwise_and_as_a_whole():
    """At one x the pointwise band covers as stated; the simultaneous one covers the whole curve."""
    grid = np.geomspace(true_quantile(0.03), true_quantile(0.97), 15)
    truth = 1.0 - ndtr(np.log(grid) / SPREAD)
    experiments = 100

    def one(rng):
        values, clusters = draw(rng)
        frame = pd.DataFrame(
            {"regime": "r", "role": "guest", "trial": clusters, "stretch": values, "censored": 0}
        )
        inside = [
            ((curve.low <= truth) & (truth <= curve.high)).to_numpy()
            for curve in (
                exceedance(frame, grid),
                exceedance(frame, grid, band="simultaneous", seed=1),
            )
        ]
        return [inside[0][7], inside[0].all(), inside[1].all()]

    found = coverage(one, "one x", "whole, pointwise", "whole", experiments=experiments)
    tolerance = TOLERANCE * math.sqrt(EXPERIMENTS / experiments)
    assert abs(found["one x"] - LEVEL) <= tolerance
    assert abs(found["whole"] - LEVEL) <= tolerance
    assert found["whole, pointwise"] < LEVEL - tolerance  # why the two are told apart


def test_paired_differences():
    experiments = 150

    def one(rng):
        values, clusters = draw(rng, hosts=60)
        effect = 0.1 + 0.2 * rng.standard_normal(60)[clusters]
        effect += 0.1 * rng.standard_normal(values.size)
        base = {"role": "guest", "replication": 0, "censored": 0}
        base |= {"trial": clusters, "guest": np.arange(values.size)}
        points = [
            pd.DataFrame(base | {"point": 0, "stretch": values}),
            pd.DataFrame(base | {"point": 1, "stretch": values * np.exp(effect)}),
        ]
        return [covers(paired(pd.concat(points), 1, 0).iloc[0], math.exp(0.1))]

    found = coverage(one, "log-ratio", experiments=experiments)["log-ratio"]
    assert abs(found - LEVEL) <= TOLERANCE * math.sqrt(EXPERIMENTS / experiments)


@pytest.mark.parametrize("estimand", ["mean", "share", "quantile"])
def test_negative_control_guests_as_if_independent_do_not_cover(estimand):
    """The same intervals with every guest its own cluster fail by far: the check has teeth."""

    def one(rng):
        values, _ = draw(rng)
        alone = np.arange(values.size)
        if estimand == "mean":
            return [covers(mean(np.log(values), alone), 0.0)]
        if estimand == "share":
            return [covers(share(values > true_quantile(0.9), alone), 0.1)]
        return [covers(quantiles(values, alone, [0.5])[0], true_quantile(0.5))]

    assert coverage(one, estimand)[estimand] < LEVEL - 3 * TOLERANCE
