"""Long-run stretch from replications: the jackknife and the frame it returns."""

import math

import numpy as np
import pytest

from hvmc.analysis.replications import jackknife_ratio, long_run, variance_split
from hvmc.analysis.summary import summarise


def test_jackknife_by_hand():
    # ratio 6/4; without each: 5/3, 4/2, 3/3 -> mean 14/9; 3 * 3/2 - 2 * 14/9
    found = jackknife_ratio([1.0, 2.0, 3.0], [1.0, 2.0, 1.0])
    without = np.array([5 / 3, 2.0, 1.0])
    assert found.ratio[0] == pytest.approx(4.5 - 2 * without.mean(), rel=1e-12)
    error = math.sqrt(2 / 3 * ((without - without.mean()) ** 2).sum())
    assert found.standard_error[0] == pytest.approx(error, rel=1e-12)


def test_groups_are_kept_apart_and_rows_that_are_not_finite_left_out():
    found = jackknife_ratio(
        [1.0, 4.0, 2.0, np.nan, 3.0, np.nan], [1.0, 2.0, 2.0, 1.0, 1.0, 1.0], [0, 1, 0, 0, 0, 2]
    )
    assert found.replications.tolist() == [3, 1, 0]
    assert found.ratio[0] == jackknife_ratio([1.0, 2.0, 3.0], [1.0, 2.0, 1.0]).ratio[0]
    assert found.ratio[1] == 2.0
    assert np.isnan(found.ratio[2])
    assert np.isnan(found.standard_error[1:]).all()


def test_the_jackknife_removes_the_bias_of_order_one_over_r():
    """Normal numerators over exponential denominators: E ratio = mu (1 + 1 / (R - 1)).

    With R = 4 the plain ratio is 33 % too high, the jackknifed one 4/3 * 4 - 3 * 3/2 = 0.8333 of
    mu, since R - 1 = 3 runs give 1 + 1 / 2. False-alarm rate 1e-6: z = 4.9.
    """
    rng = np.random.default_rng(20261122)
    groups, runs, mu = 100_000, 4, 3.0
    bottom = rng.standard_exponential((groups, runs))
    top = mu + 0.1 * rng.standard_normal((groups, runs))
    codes = np.repeat(np.arange(groups), runs)
    found = jackknife_ratio(top.ravel(), bottom.ravel(), codes).ratio
    plain = top.sum(axis=1) / bottom.sum(axis=1)
    for sample, truth in ((plain, 4 / 3), (found, 4 * 4 / 3 - 3 * 3 / 2)):
        error = sample.std() / math.sqrt(groups)
        assert abs(sample.mean() / mu - truth) <= 4.9 * error / mu
    assert abs(found.mean() - mu) < abs(plain.mean() - mu)


def test_long_run_is_one_row_per_scenario_and_guest(make_outcomes):
    table = make_outcomes(30, replications=4, regimes=("over_committed",))
    found = long_run(table)
    assert len(found) == len(table) // 4
    assert not found.duplicated(["point", "trial", "guest"]).any()
    one = table[(table.trial == 7) & (table.guest == "guest03")]
    native = one.measured * one.native_response_mean_s
    expected = jackknife_ratio(native * one.stretch, native)
    row = found[(found.trial == 7) & (found.guest == "guest03")].iloc[0]
    assert (row.stretch, row.stretch_se) == pytest.approx(
        (expected.ratio[0], expected.standard_error[0]), rel=1e-12
    )
    assert row.sizing == pytest.approx(one.sizing.iloc[0])  # native: the same in every run here
    assert row.measured == one.measured.sum()
    assert row.throughput_per_s == pytest.approx(one.throughput_per_s.mean())


def test_long_run_keeps_the_product_and_has_less_noise_than_one_run(make_outcomes):
    table = make_outcomes(60, replications=5, regimes=("over_provisioned",))
    found = long_run(table)
    active = found[np.isfinite(found.stretch)]
    assert (active.sizing * active.hosting).to_numpy() == pytest.approx(active.stretch.to_numpy())
    assert active.stretch.std() < table.stretch.std()


def test_one_replication_is_handed_through(outcomes):
    found = long_run(outcomes)
    both = np.isfinite(outcomes.stretch)
    assert found.stretch[both].to_numpy() == pytest.approx(outcomes.stretch[both].to_numpy())
    assert found.stretch[~both].isna().all()
    assert found.stretch_se.isna().all()
    assert (found.suffers == (found.stretch > 1.25)).all()


def test_the_summary_takes_the_long_run_frame(make_outcomes):
    table = make_outcomes(60, replications=3)
    found = summarise(long_run(table))
    assert found["clusters"].max() == 60
    medians = found[found.metric == "stretch_p50"].set_index(["regime", "role"]).estimate
    assert medians["over_committed", "guest"] > medians["over_provisioned", "guest"]


def test_a_missing_column_is_named(outcomes):
    with pytest.raises(KeyError, match=r"\['measured'\] for the long-run stretch"):
        long_run(outcomes.drop(columns="measured"))


def drawn(hosts_sd, luck_sd, seed, trials=60, runs=3, guests=2):
    """Log stretch of guests that share their host's level and each run's luck."""
    rng = np.random.default_rng(seed)
    level = rng.normal(0.0, hosts_sd, (trials, 1, 1))
    luck = rng.normal(0.0, luck_sd, (trials, runs, 1))
    values = np.broadcast_to(level + luck, (trials, runs, guests)).ravel()
    trial, run = np.divmod(np.arange(trials * runs).repeat(guests), runs)
    return values, trial, run


@pytest.mark.parametrize(("hosts_sd", "luck_sd", "truth"), [(2.0, 1.0, 0.8), (1.0, 2.0, 0.2)])
def test_the_split_of_the_variance_is_found_and_covered(hosts_sd, luck_sd, truth):
    found = [variance_split(*drawn(hosts_sd, luck_sd, seed)) for seed in range(200)]
    assert np.mean([one.estimate for one in found]) == pytest.approx(truth, abs=0.02)
    covered = np.mean([one.low <= truth <= one.high for one in found])
    assert 0.91 <= covered <= 0.99  # 200 of nominally 95 %: standard error 1.5 %


def test_luck_alone_is_no_difference_between_hosts():
    found = [variance_split(*drawn(0.0, 1.0, seed)) for seed in range(200)]
    assert np.mean([one.low == 0.0 for one in found]) > 0.93
    assert np.median([one.estimate for one in found]) < 0.03


def test_a_split_needs_replications():
    values, trial, run = drawn(1.0, 1.0, 1, runs=1)
    assert np.isnan(variance_split(values, trial, run).estimate)
    with_gap = np.array([1.0, 1.1, 2.0, np.nan, 3.0, 3.2])
    found = variance_split(with_gap, [0, 0, 1, 1, 2, 2], [0, 1] * 3)
    assert (found.clusters, found.excluded) == (2, 1)
