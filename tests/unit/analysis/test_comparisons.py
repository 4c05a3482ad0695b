"""Settings compared with a baseline: levels, paired changes, services, and the claim."""

import numpy as np
import pandas as pd
import pytest

from hvmc.analysis.claims import priority_claim
from hvmc.analysis.comparisons import Comparison, compare, comparisons, effect
from hvmc.analysis.intervals import geometric_mean
from hvmc.analysis.paired import paired
from hvmc.analysis.quantile_ratios import quantile_ratios
from hvmc.analysis.services import by_service

LEVELS = [{"regime": r, "priority": p} for r in ("busy", "idle") for p in ("none", "weights")]


def two_points(trials=30, guests=4, factor=0.5, seed=3):
    """Every second guest is preferred; at point 1 its times are ``factor`` of those at point 0."""
    rng = np.random.default_rng(seed)
    rows = trials * guests
    base = pd.DataFrame(
        {
            "point": 0,
            "regime": "busy",
            "trial": np.repeat(np.arange(trials), guests),
            "replication": 0,
            "guest": np.tile([f"guest{g}" for g in range(guests)], trials),
            "role": np.tile(["preferred", "other"] * (guests // 2), trials),
            "stretch": np.exp(0.8 * rng.standard_normal(rows) + 0.7),
            "censored": 0,
            "native_response_mean_s": 0.01,
            "measured": 100,
            "throughput_per_s": 10.0,
        }
    )
    base["response_mean_s"] = base["stretch"] * base["native_response_mean_s"]
    changed = base.assign(point=1)
    favoured = changed["role"] == "preferred"
    for column in ("stretch", "response_mean_s"):
        changed.loc[favoured, column] *= factor
    return pd.concat([base, changed], ignore_index=True)


def row(table, metric, role="preferred", point=1):
    (found,) = table[
        (table.metric == metric) & (table.role == role) & (table.point == point)
    ].to_dict("records")
    return found


WANTED = [Comparison(0, 0, "", "none"), Comparison(1, 0, "", "weights")]


def test_each_point_is_compared_with_the_first_of_its_context():
    found = comparisons(LEVELS, "priority")
    assert [(one.point, one.baseline) for one in found] == [(0, 0), (1, 0), (2, 2), (3, 2)]
    assert [one.context for one in found] == ["regime=busy"] * 2 + ["regime=idle"] * 2
    assert [one.setting for one in found] == ["none", "weights"] * 2
    numbered = comparisons(
        [{"population.large.clones": n} for n in (1, 4)], "population.large.clones"
    )
    assert [(one.context, one.setting) for one in numbered] == [("", "clones=1"), ("", "clones=4")]


def test_changes_are_those_within_pairs():
    outcomes = two_points()
    table = compare(outcomes, WANTED)
    for metric in ("stretch_p50", "stretch_p95", "stretch", "response_s"):
        assert row(table, metric)["change"] == pytest.approx(0.5)
        assert row(table, metric, role="other")["change"] == 1.0
    assert row(table, "throughput")["change"] == 1.0
    suffers = outcomes.assign(suffers=outcomes["stretch"] > 1.25)
    expected = paired(suffers, 1, 0, column="suffers", scale="difference").set_index("role")
    found = row(table, "suffers")
    assert (found["change"], found["low"], found["high"]) == pytest.approx(
        tuple(expected.loc["preferred", ["estimate", "low", "high"]])
    )
    assert found["change"] < 0 < row(table, "suffers", point=0)["level"]


def test_levels_are_those_at_the_point_itself():
    outcomes = two_points()
    table = compare(outcomes, WANTED)
    own = outcomes[(outcomes.point == 1) & (outcomes.role == "preferred")]
    found = row(table, "response_s")
    expected = geometric_mean(own["response_mean_s"], own["trial"])
    assert (found["level"], found["level_low"]) == pytest.approx((expected.estimate, expected.low))
    assert row(table, "suffers")["level"] == pytest.approx((own["stretch"] > 1.25).mean())


def test_no_guest_changing_sides_is_not_certainty():
    found = row(compare(two_points(factor=1.0), WANTED), "suffers")
    assert found["change"] == 0.0
    # of 30 trials none differs: exact upper limit of the share of trials that do
    assert found["high"] == -found["low"] == pytest.approx(1.0 - 0.05 ** (1 / 30))
    assert (found["discordant"], found["clusters"]) == (0, 30)


def test_trials_in_which_a_guest_changes_sides_are_counted():
    outcomes = two_points(factor=1.0)
    at = (outcomes.point == 1) & outcomes.trial.isin([3, 7]) & (outcomes.role == "preferred")
    outcomes.loc[at, "stretch"] = np.where(outcomes.loc[at, "stretch"] > 1.25, 1.0, 2.0)
    table = compare(outcomes, WANTED)
    assert row(table, "suffers")["discordant"] == 2
    assert row(table, "suffers", role="other")["discordant"] == 0
    assert row(table, "suffers", point=0)["discordant"] == 0


def test_all_guests_changing_sides_is_not_certainty():
    outcomes = two_points(trials=20)
    favoured = outcomes.role == "preferred"
    outcomes.loc[favoured, "stretch"] = np.where(outcomes.loc[favoured, "point"] == 0, 3.0, 1.1)
    found = row(compare(outcomes, WANTED), "suffers")
    assert (found["change"], found["low"]) == (-1.0, -1.0)
    assert -0.99 < found["high"] < 0.0


def test_no_share_changes_by_more_than_all_of_it():
    outcomes = two_points(trials=3, guests=2)
    favoured = outcomes.role == "preferred"
    outcomes.loc[favoured, "stretch"] = [3.0, 3.0, 1.1, 1.1, 1.1, 1.1]
    found = row(compare(outcomes, WANTED), "suffers")
    assert found["change"] == pytest.approx(-2 / 3)
    assert (found["low"], found["high"] <= 1.0) == (-1.0, True)


def test_guests_of_one_point_alone_are_counted_and_left_out():
    outcomes = two_points()
    gone = (outcomes.point == 1) & (outcomes.guest == "guest0")
    outcomes.loc[(outcomes.point == 0) & (outcomes.guest == "guest2"), "stretch"] = np.nan
    table = compare(outcomes[~gone], WANTED)
    found = row(table, "response_s")
    assert (found["pairs"], found["unpaired"]) == (0, 90)
    assert np.isnan(found["change"])
    assert row(table, "response_s", role="other")["pairs"] == 60


def test_unsupported_with_few_trials():
    found = row(compare(two_points(trials=30), WANTED), "stretch_p95")
    assert not found["supported"]
    assert row(compare(two_points(trials=220), WANTED), "stretch_p95")["supported"]


def test_a_missing_column_is_named():
    with pytest.raises(KeyError, match=r"\['measured'\] for a comparison of settings"):
        compare(two_points().drop(columns="measured"), WANTED)


def test_clones_are_one_service_of_all_their_requests():
    rows = two_points(trials=1, guests=2)
    rows = rows[rows.point == 0].reset_index(drop=True)
    clones = pd.concat([rows.iloc[[0]]] * 2, ignore_index=True).assign(
        guest=["large-1of2", "large-2of2"],
        role="large",
        response_mean_s=[0.010, 0.040],
        native_response_mean_s=[0.010, 0.020],
        stretch=[1.0, 2.0],
        measured=[300, 100],
        censored=[0, 2],
        throughput_per_s=[30.0, 10.0],
    )
    found = by_service(pd.concat([clones, rows], ignore_index=True)).set_index("guest")
    assert list(found.index) == ["guest0", "guest1", "large"]
    large = found.loc["large"]
    assert large["response_mean_s"] == pytest.approx((3 * 0.010 + 0.040) / 4)
    assert large["stretch"] == pytest.approx(0.0175 / 0.0125)
    assert (large["measured"], large["censored"], large["throughput_per_s"]) == (400, 2, 40.0)
    pd.testing.assert_frame_equal(by_service(rows), rows)
    idle = clones.assign(measured=0, response_mean_s=np.nan, stretch=np.nan)
    assert np.isnan(by_service(idle)["stretch"]).all()


def test_effects_by_the_margin():
    found = [effect(low, high) for low, high in ((0.5, 0.95), (0.953, 1.05), (1.051, 2), (0.9, 1))]
    assert found == ["gains", "same", "pays", "open"]


def claims(**limits):
    """The verdict on one setting from intervals by regime and role, all else leaving alone."""
    roles = [("over_committed", "preferred"), ("over_committed", "other")]
    roles += [("over_provisioned", "preferred"), ("over_provisioned", "other")]
    columns = ("regime", "role", "point", "low", "high")
    rows = [
        (*key, point, *limits.get("_".join(key), (0.99, 1.01))) for key in roles for point in (0, 1)
    ]
    table = pd.DataFrame(rows, columns=columns).assign(metric="response_s", baseline=0)
    table["setting"] = table["point"].map({0: "none", 1: "weights"})
    return priority_claim(table.assign(change=(table["low"] + table["high"]) / 2))


@pytest.mark.parametrize(
    ("protects", "elsewhere", "verdict"),
    [
        ((0.5, 0.6), (0.99, 1.01), "holds"),
        ((0.5, 0.6), (0.80, 0.90), "fails"),
        ((0.5, 0.6), (1.10, 1.20), "fails"),
        ((0.5, 0.6), (0.94, 1.00), "undecided"),
        ((0.96, 1.1), (0.99, 1.01), "fails"),
        ((0.9, 1.1), (0.99, 1.01), "undecided"),
    ],
)
def test_the_claim_on_priorities(protects, elsewhere, verdict):
    found = claims(over_committed_preferred=protects, over_provisioned_preferred=elsewhere)
    assert found["setting"].tolist() == ["weights"]
    assert found["verdict"].tolist() == [verdict]
    assert found["reason"].str.len().gt(10).all()


def test_what_the_others_pay_on_the_busy_host_is_no_objection():
    found = claims(over_committed_preferred=(0.5, 0.6), over_committed_other=(1.1, 1.3))
    assert found["verdict"].tolist() == ["holds"]


def test_no_verdict_without_both_sides_of_the_claim():
    table = compare(two_points(), WANTED)
    assert priority_claim(table).empty


def test_quantile_ratios_of_few_clusters():
    assert np.isnan(quantile_ratios([], [], [], [0.5])[0].estimate)
    one = quantile_ratios([2.0, 4.0, 6.0], [1.0, 2.0, 3.0], [0, 0, 0], [0.5])[0]
    assert (one.estimate, one.low, one.high, one.supported) == (2.0, 0.0, np.inf, False)
    assert quantile_ratios([2.0, np.nan, 0.0], [1.0, 1.0, 1.0], [0, 1, 2], [0.5])[0].excluded == 2


def test_quantile_ratio_is_that_of_the_quantiles():
    rng = np.random.default_rng(1)
    first, second = rng.lognormal(size=(2, 400))
    trial = np.repeat(np.arange(100), 4)
    for q in (0.5, 0.95):
        found = quantile_ratios(first, second, trial, [q])[0]
        inverted = [np.quantile(side, q, method="inverted_cdf") for side in (first, second)]
        assert found.estimate == inverted[0] / inverted[1]
        assert found.low < found.estimate < found.high
        assert found == quantile_ratios(first, second, trial, [q])[0]
