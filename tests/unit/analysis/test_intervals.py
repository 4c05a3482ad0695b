"""Shares, means and ratios of sums against hand-computed values."""

import math
import subprocess
import sys

import numpy as np
import pytest

from hvmc.analysis.clusters import Clusters
from hvmc.analysis.intervals import geometric_mean, mean, ratio
from hvmc.analysis.shares import rule_of_three, share, share_limits, wilson

# Student with 2 degrees of freedom has the closed quantile (2 p - 1) / sqrt(2 p (1 - p))
T_95_DF2 = 0.95 / math.sqrt(2 * 0.975 * 0.025)


def test_mean_uses_the_variance_between_clusters():
    # cluster sums 2, 4, 9 of 2, 2, 2 rows: mean 2.5, residuals -3, -1, 4, variance 1.5 * 26 / 36
    found = mean([1, 1, 2, 2, 4, 5], [0, 0, 1, 1, 2, 2])
    assert found.estimate == 2.5
    spread = T_95_DF2 * math.sqrt(1.5 * 26 / 36)
    assert found.high - found.estimate == pytest.approx(spread, rel=1e-12)
    assert found.estimate - found.low == pytest.approx(spread, rel=1e-12)
    assert (found.clusters, found.observations, found.excluded) == (3, 6, 0)


def test_one_row_per_cluster_is_the_ordinary_student_interval():
    found = mean([1.0, 2.0, 6.0], ["a", "b", "c"])
    spread = T_95_DF2 * math.sqrt(7.0 / 3.0)  # sample variance 7
    assert found.high == pytest.approx(3.0 + spread, rel=1e-12)


def test_ratio_of_sums_with_unequal_denominators():
    # R = 6 / 4; residuals 1 - 1.5, 5 - 4.5, 0 - 0
    found = ratio([1.0, 5.0, 0.0], [1.0, 3.0, 0.0], [0, 1, 2])
    assert found.estimate == 1.5
    assert found.high - 1.5 == pytest.approx(T_95_DF2 * math.sqrt(1.5 * 0.5 / 16), rel=1e-12)


def test_rows_that_are_not_finite_are_excluded_and_counted():
    found = ratio([1.0, np.nan, np.inf, 3.0], [1.0, 1.0, 1.0, np.nan], [0, 1, 2, 3])
    assert (found.estimate, found.observations, found.excluded) == (1.0, 1, 3)


def test_one_cluster_has_no_bounds():
    found = mean([1.0, 2.0], [5, 5])
    assert (found.low, found.high, found.supported) == (-math.inf, math.inf, False)


def test_geometric_mean_is_the_mean_of_logs_taken_back():
    values, clusters = [1.0, 2.0, 4.0, 16.0], [0, 0, 1, 2]
    logs, found = mean(np.log(values), clusters), geometric_mean(values, clusters)
    assert found.estimate == pytest.approx(128 ** (1 / 4), rel=1e-12)
    assert (math.log(found.low), math.log(found.high)) == pytest.approx((logs.low, logs.high))


def test_geometric_mean_excludes_zeros_and_says_so():
    found = geometric_mean([0.0, -1.0, np.nan, 3.0], [0, 1, 2, 3])
    assert found.estimate == pytest.approx(3.0, rel=1e-12)
    assert found.excluded == 3


def test_no_data_is_nan_without_a_warning():
    for found in (mean([], []), geometric_mean([], [])):
        assert math.isnan(found.estimate)
        assert not found.supported


def test_wilson_against_brown_cai_dasgupta():
    # 10 of 50: centre (10 + z^2 / 2) / (50 + z^2), z = 1.959964
    found = wilson(10, 50)
    assert (found.low, found.high) == pytest.approx((0.1124376, 0.3303714), abs=1e-6)
    mirrored = wilson(40, 50)
    assert (1 - mirrored.high, 1 - mirrored.low) == pytest.approx((found.low, found.high))


def test_zero_events_give_three_over_n():
    assert (wilson(0, 1000).low, wilson(0, 1000).high) == (0.0, 0.003)
    assert wilson(1000, 1000).low == 0.997
    assert wilson(0, 2).high == 1.0
    assert (wilson(0, 0).low, wilson(0, 0).high) == (0.0, 1.0)


@pytest.mark.parametrize("level", [0.8, 0.9, 0.95, 0.99])
def test_rule_of_three_keeps_its_level(level):
    """None of n seen at p = bound has probability at most 1 - level; 3 is 2.996 rounded up."""
    n = 500
    assert (1 - rule_of_three(n, level)) ** n <= 1 - level
    assert (1 - 0.99 * rule_of_three(n, level)) ** n > 1 - level


def test_share_with_one_guest_a_host_is_clopper_pearson_up_to_students_factor():
    # Clopper-Pearson for 30 of 1000: 0.020329, 0.042547; a t quantile with 999 df is 0.1 % wider
    events = np.arange(1000) < 30
    found = share(events, np.arange(1000))
    assert (found.low, found.high) == pytest.approx((0.020329, 0.042547), rel=3e-3)
    assert found.effective == pytest.approx(999.0)


def test_identical_guests_on_a_host_count_once():
    events = np.arange(1000) < 300
    once = share(events, np.arange(1000))
    tenfold = share(np.repeat(events, 10), np.repeat(np.arange(1000), 10))
    assert (tenfold.low, tenfold.high) == pytest.approx((once.low, once.high), rel=1e-12)
    assert tenfold.effective == pytest.approx(once.effective, rel=1e-12)


def test_hosts_that_all_agree_carry_no_more_than_their_guests():
    """The variance between clusters is zero: the interval is that of independent guests."""
    found = share(np.tile([True, False], 500), np.repeat(np.arange(500), 2))
    assert found.effective == 1000.0
    # Clopper-Pearson for 500 of 1000: 0.468549, 0.531451
    assert (found.low, found.high) == pytest.approx((0.468549, 0.531451), abs=2e-4)


def test_share_mirrors():
    rng = np.random.default_rng(1)
    clusters = np.repeat(np.arange(60), rng.integers(1, 9, 60))
    events = rng.random(clusters.size) < 0.04
    seen, other = share(events, clusters), share(~events, clusters)
    assert (1 - other.high, 1 - other.low) == pytest.approx((seen.low, seen.high), abs=1e-12)


def test_no_event_is_bounded_by_clusters_not_by_guests():
    clusters = np.repeat(np.arange(100), 20)
    found = share(np.zeros(2000, bool), clusters)
    assert (found.estimate, found.low, found.high) == (0.0, 0.0, 0.03)
    unequal = np.repeat(np.arange(2), [10, 30])  # 40^2 / (10^2 + 30^2) = 1.6 clusters
    assert share(np.zeros(40, bool), unequal).high == 1.0
    assert share(np.ones(2000, bool), clusters).low == 0.97


def test_one_event_is_never_reported_as_rarer_than_none():
    clusters = np.repeat(np.arange(1000), 15)
    highs = [share(np.arange(15000) < events, clusters).high for events in (0, 1, 2, 5, 15, 60)]
    assert highs == sorted(highs)


def test_share_limits_agree_with_single_shares():
    rng = np.random.default_rng(2)
    clusters = np.repeat(np.arange(40), rng.integers(1, 9, 40))
    events = rng.random((clusters.size, 4)) < [0.0, 0.02, 0.6, 1.1]
    counts = np.stack([np.bincount(clusters, column) for column in events.T], axis=1)
    estimate, low, high, effective = share_limits(counts, Clusters.of(clusters), 0.9)
    for i in range(4):
        one = share(events[:, i], clusters, level=0.9)
        assert (one.estimate, one.low, one.high, one.effective) == pytest.approx(
            (estimate[i], low[i], high[i], effective[i]), rel=1e-12
        )


def test_censored_rows_raise_only_the_upper_limit():
    events, clusters = np.arange(200) < 40, np.arange(200)
    censored = (np.arange(200) >= 40) & (np.arange(200) < 50)
    plain, found = share(events, clusters), share(events, clusters, censored=censored)
    assert (found.estimate, found.low, found.at_least) == (plain.estimate, plain.low, True)
    assert found.high == share(np.arange(200) < 50, clusters).high
    assert not share(events, clusters, censored=events).at_least  # they show the event already


@pytest.mark.parametrize("level", [0.0, 1.0, 95, -0.1, math.nan])
def test_levels_outside_the_unit_interval_are_refused(level):
    with pytest.raises(ValueError, match=r"level must lie inside \(0, 1\), got .*write 0.95"):
        mean([1.0, 2.0], [0, 1], level=level)


def test_impossible_counts_are_refused():
    with pytest.raises(ValueError, match=r"events must lie in 0 .. trials = 3, got 4"):
        wilson(4, 3)


def test_importing_the_package_and_its_intervals_is_light():
    code = "import sys, hvmc.analysis, hvmc.analysis.quantiles; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert "hvmc.analysis.quantiles" in loaded
    assert not {"pandas", "scipy", "scipy.special", "scipy.stats"} & set(loaded)
