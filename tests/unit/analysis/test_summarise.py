"""The summary frame: every metric against its definition, groups, settings, speed."""

import math
import time

import numpy as np
import pandas as pd
import pytest

from hvmc.analysis.intervals import mean, ratio
from hvmc.analysis.quantiles import quantile
from hvmc.analysis.shares import share, wilson
from hvmc.analysis.summary import summarise

METRICS = [
    *("stretch_p50", "stretch_p90", "stretch_p95", "stretch_p99"),
    *("p_stretch_over_1.25", "p_stretch_over_2", "sizing", "hosting"),
    *("throughput_ratio", "cost_per_work", "suffers_any", "guests_inactive", "guests_censored"),
]


@pytest.fixture
def over_committed(outcomes):
    return outcomes[outcomes.regime == "over_committed"]


@pytest.fixture
def metrics(over_committed):
    return summarise(over_committed).set_index("metric")


def test_the_frame_is_tidy(outcomes):
    table = summarise(outcomes)
    assert list(table.columns) == [
        *("regime", "role", "metric", "estimate", "low", "high"),
        *("at_least", "supported", "clusters", "guests"),
    ]
    for _, part in table.groupby(["regime", "role"]):
        assert part["metric"].tolist() == METRICS
    assert list(table.groupby(["regime", "role"], sort=False).groups) == [
        ("over_committed", "guest"),
        ("efficiently_provisioned", "guest"),
        ("over_provisioned", "guest"),
        ("under_provisioned_guest", "victim"),
        ("under_provisioned_guest", "neighbour"),
    ]


def test_every_interval_holds_its_estimate(outcomes):
    table = summarise(outcomes).dropna(subset="low")
    assert (table.low <= table.estimate).all()
    assert (table.estimate <= table.high).all()


def test_estimates_equal_their_definitions(over_committed, metrics):
    active = over_committed[np.isfinite(over_committed.stretch)]
    late = active.censored > 0
    p95 = quantile(active.stretch, active.trial, 0.95, censored=late)
    over = share(active.stretch > 2, active.trial, censored=late)
    kept = mean(active.throughput_per_s / active.native_throughput_per_s, active.trial)
    for name, found in {
        "stretch_p95": p95,
        "p_stretch_over_2": over,
        "throughput_ratio": kept,
    }.items():
        row = metrics.loc[name]
        assert (row.estimate, row.low, row.high) == (found.estimate, found.low, found.high)
        assert (row.clusters, row.guests) == (found.clusters, found.observations)
        assert row.at_least == found.at_least
    assert metrics.loc["sizing", "estimate"] == pytest.approx(np.exp(np.log(active.sizing).mean()))
    product = metrics.loc["sizing", "estimate"] * metrics.loc["hosting", "estimate"]
    assert product == pytest.approx(np.exp(np.log(active.stretch).mean()), rel=1e-12)


def test_cost_counts_inactive_guests_and_both_prices(over_committed):
    table = summarise(over_committed, prices=(2.0, 0.5)).set_index("metric")
    paid = 2.0 * over_committed.provisioned_lp_s + 0.5 * over_committed.provisioned_gib_s
    found = ratio(paid, over_committed.native_cpu_s, over_committed.trial)
    assert found.estimate == pytest.approx(paid.sum() / over_committed.native_cpu_s.sum())
    row = table.loc["cost_per_work"]
    assert (row.estimate, row.low, row.high) == (found.estimate, found.low, found.high)
    assert row.guests == len(over_committed)


def test_counts_of_inactive_and_censored_guests(over_committed, metrics):
    inactive, late = over_committed.stretch.isna(), over_committed.censored > 0
    assert inactive.any()
    assert late.any()
    assert metrics.loc["guests_inactive", "estimate"] == inactive.sum()
    assert metrics.loc["guests_inactive", "guests"] == len(over_committed)
    assert metrics.loc["guests_censored", "estimate"] == late.sum()
    assert metrics.loc["guests_censored", "guests"] == (~inactive).sum()
    assert (
        metrics.loc[["guests_inactive", "guests_censored"], ["low", "high"]].isna().all(axis=None)
    )


def test_an_unfinished_guest_makes_its_stretch_at_least_and_leaves_sizing_exact(metrics):
    assert metrics.loc[["hosting", "stretch_p99"], "at_least"].tolist() == [True, True]
    assert metrics.loc[["sizing", "throughput_ratio"], "at_least"].tolist() == [False, False]


def small(**columns):
    """Four trials of two guests."""
    base = {
        "regime": "r",
        "role": "guest",
        "trial": np.repeat(np.arange(4), 2),
        "replication": 0,
        "stretch": [1.0, 1.0, 1.0, 1.5, 1.0, 1.0, np.nan, np.nan],
        "sizing": 1.0,
        "hosting": 1.0,
        "censored": 0,
        "throughput_per_s": 1.0,
        "native_throughput_per_s": 2.0,
        "provisioned_lp_s": 1.0,
        "provisioned_gib_s": 1.0,
        "native_cpu_s": 1.0,
    }
    return pd.DataFrame(base | columns)


def any_row(outcomes, **settings):
    table = summarise(outcomes, **settings).set_index("metric")
    return table.loc["suffers_any"]


def test_suffers_any_is_a_share_of_scenarios_with_an_active_guest():
    row, expected = any_row(small()), wilson(1, 3)
    assert (row.estimate, row.low, row.high) == (1 / 3, expected.low, expected.high)
    assert (row.clusters, row.guests) == (3, 3)
    assert any_row(small(), suffers_above=1.5).estimate == 0.0


def test_suffers_any_reckons_with_censored_guests():
    row = any_row(small(censored=[0, 1, 0, 0, 0, 0, 0, 0]))
    assert (row.estimate, row.high, row.at_least) == (1 / 3, wilson(2, 3).high, True)


def test_suffers_any_keeps_replications_of_a_scenario_together(make_outcomes):
    regimes = ("efficiently_provisioned",)
    table = make_outcomes(80, replications=3, regimes=regimes)
    active = table[np.isfinite(table.stretch)]
    hit = active.assign(hit=active.stretch > 1.25).groupby(["trial", "replication"]).hit.max()
    row, expected = any_row(table), share(hit, hit.index.get_level_values("trial"))
    assert (row.estimate, row.low, row.high) == (expected.estimate, expected.low, expected.high)
    assert row.clusters == 80


def test_suffers_above_joins_the_thresholds(outcomes):
    names = set(summarise(outcomes, suffers_above=1.5, thresholds=(3.0,))["metric"])
    assert {"p_stretch_over_1.5", "p_stretch_over_3"} <= names
    assert "p_stretch_over_1.25" not in names


def test_points_are_kept_apart_on_demand_and_pooled_by_trial_otherwise(make_outcomes):
    table = make_outcomes(60, slowdowns=(0.0, 0.2), regimes=("over_committed",))
    apart = summarise(table, by=("point", "regime", "role"))
    for point in (0, 1):
        alone = summarise(table[table.point == point])
        mine = apart[apart.point == point].drop(columns="point").reset_index(drop=True)
        pd.testing.assert_frame_equal(mine, alone)
    assert summarise(table)["clusters"].max() == 60


def test_the_order_of_rows_does_not_matter(outcomes):
    shuffled = outcomes.sample(frac=1.0, random_state=1)
    key = ["regime", "role", "metric"]
    first, second = (summarise(table).sort_values(key) for table in (outcomes, shuffled))
    pd.testing.assert_frame_equal(
        first.reset_index(drop=True), second.reset_index(drop=True), rtol=1e-12
    )


def test_nothing_active_is_nan_and_nothing_at_all_is_empty():
    row = summarise(small(stretch=np.nan)).set_index("metric").loc["stretch_p50"]
    assert math.isnan(row.estimate)
    assert not row.supported
    assert summarise(small().iloc[:0]).empty


def test_a_missing_column_is_named():
    with pytest.raises(KeyError, match=r"must have the columns \['sizing'\] for a summary"):
        summarise(small().drop(columns="sizing"))


def test_four_regimes_of_1000_trials_take_less_than_two_seconds(make_outcomes):
    table = make_outcomes(1000)
    started = time.perf_counter()
    summarise(table)
    assert time.perf_counter() - started < 2.0
