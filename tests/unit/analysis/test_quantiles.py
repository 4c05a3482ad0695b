"""Quantiles over guests: order statistics, clusters, censoring, support."""

import math
import time

import numpy as np
import pytest
from scipy.stats import binom

from hvmc.analysis.quantiles import quantile, quantiles

LADDER = np.arange(1.0, 1001.0)


def test_the_estimate_is_the_smallest_value_with_enough_below():
    shuffled = np.random.default_rng(1).permutation(LADDER)
    found = quantiles(shuffled, np.arange(1000), [0.001, 0.25, 0.5, 0.95, 0.999])
    assert [one.estimate for one in found] == [1.0, 250.0, 500.0, 950.0, 999.0]


@pytest.mark.parametrize("q", [0.1, 0.5, 0.9, 0.99])
def test_independent_rows_get_the_exact_order_statistic_limits(q):
    """The ranks r with P(Bin(n, q) < r) <= 2.5 % and >= 97.5 %, up to rounding and Student's t."""
    found = quantile(LADDER, np.arange(1000), q)
    assert found.low == pytest.approx(binom.ppf(0.025, 1000, q), abs=1.5)
    assert found.high == pytest.approx(binom.ppf(0.975, 1000, q) + 1, abs=1.5)


def test_identical_guests_on_a_host_count_once():
    once = quantile(LADDER, np.arange(1000), 0.9)
    tenfold = quantile(np.repeat(LADDER, 10), np.repeat(np.arange(1000), 10), 0.9)
    assert (tenfold.low, tenfold.estimate, tenfold.high) == pytest.approx(
        (once.low, once.estimate, once.high), abs=1.0
    )
    assert tenfold.effective == pytest.approx(once.effective, rel=1e-9)


def test_a_limit_beyond_the_data_is_infinite_and_the_quantile_marked():
    found = quantile(LADDER[:50], np.arange(50), 0.99)
    assert (found.high, found.supported) == (math.inf, False)
    low = quantile(LADDER[:50], np.arange(50), 0.01)
    assert (low.low, low.supported) == (-math.inf, False)


def test_limits_of_two_hosts_lie_either_side_of_the_estimate():
    rng = np.random.default_rng(5)
    for q in (0.5, 0.9, 0.95, 0.99):
        found = quantiles(rng.lognormal(size=42), np.repeat([0, 1], 21), [q])[0]
        assert found.low <= found.estimate <= found.high


@pytest.mark.parametrize(("clusters", "supported"), [(99, False), (100, True)])
def test_p90_needs_a_hundred_clusters_however_many_guests(clusters, supported):
    codes = np.repeat(np.arange(clusters), 20)
    values = np.random.default_rng(3).lognormal(size=codes.size)
    assert quantile(values, codes, 0.9).supported is supported


def test_rows_that_are_not_finite_are_excluded_and_counted():
    values = np.concatenate([LADDER, [np.nan, np.inf, -np.inf]])
    found = quantile(values, np.arange(1003), 0.5)
    assert (found.estimate, found.observations, found.excluded) == (500.0, 1000, 3)


def test_no_data_and_one_cluster_have_no_bounds():
    nothing = quantile([np.nan], [0], 0.5)
    assert math.isnan(nothing.estimate)
    assert (nothing.low, nothing.high, nothing.excluded) == (-math.inf, math.inf, 1)
    single = quantile(LADDER, np.zeros(1000, int), 0.5)
    assert (single.estimate, single.low, single.high) == (500.0, -math.inf, math.inf)
    assert not single.supported


def test_ties_collapse_the_interval_without_dividing_by_zero():
    assert quantile(np.ones(100), np.arange(100), 0.9).estimate == 1.0
    found = quantile(np.where(LADDER < 700, 1.0, LADDER), np.arange(1000), 0.5)
    assert (found.low, found.estimate, found.high) == (1.0, 1.0, 1.0)


def test_a_quantile_below_every_censored_value_is_exact():
    exact = quantile(LADDER, np.arange(1000), 0.5)
    found = quantile(LADDER, np.arange(1000), 0.5, censored=LADDER > 900)
    assert found == exact


def test_a_quantile_in_or_above_the_censored_region_is_at_least():
    censored = (LADDER >= 950) & (LADDER < 960)
    below, at, above = quantiles(LADDER, np.arange(1000), [0.949, 0.95, 0.98], censored=censored)
    assert (below.at_least, at.at_least, above.at_least) == (False, True, True)
    assert (at.estimate, above.estimate) == (950.0, 980.0)


def test_the_upper_limit_holds_whatever_the_censored_values_are():
    censored = np.isin(LADDER, [10.0, 20.0, 30.0])
    found = quantile(LADDER, np.arange(1000), 0.5, censored=censored)
    worst = np.where(censored, 1e9, LADDER)
    assert found.low == quantile(LADDER, np.arange(1000), 0.5).low
    assert found.high == quantile(worst, np.arange(1000), 0.5).high
    assert quantile(LADDER, np.arange(1000), 0.9, censored=LADDER > 899).high == math.inf


@pytest.mark.parametrize("q", [0.0, 1.0, 95])
def test_probabilities_outside_the_unit_interval_are_refused(q):
    with pytest.raises(ValueError, match=r"qs must lie inside \(0, 1\), got .*write 0.95"):
        quantile(LADDER, np.arange(1000), q)


def test_20000_guests_cost_less_than_30_ms():
    rng = np.random.default_rng(4)
    clusters, values = rng.integers(0, 1000, 20_000), rng.lognormal(size=20_000)
    seconds = []
    for _ in range(5):
        started = time.perf_counter()
        quantile(values, clusters, 0.95, censored=values > 8)
        seconds.append(time.perf_counter() - started)
    assert min(seconds) < 0.030
