"""Paired comparison of design points under common random numbers."""

import math

import numpy as np
import pandas as pd
import pytest

from hvmc.analysis.intervals import geometric_mean, mean
from hvmc.analysis.paired import paired


def two_points(first, second, **columns):
    """Guests a, b of trials 0, 1, ... at points 0 and 1."""
    rows = len(first)
    base = {
        "role": "guest",
        "trial": np.tile(np.arange(rows) // 2, 2),
        "replication": 0,
        "guest": np.tile(["a", "b"] * (rows // 2), 2),
        "point": np.repeat([0, 1], rows),
        "stretch": [*first, *second],
        "censored": 0,
    }
    return pd.DataFrame(base | columns)


BASE = np.array([1.0, 2.0, 1.5, 3.0, 1.0, 4.0])
FACTOR = np.array([1.1, 1.3, 1.2, 1.2, 1.0, 1.4])
TRIAL = np.arange(6) // 2


def test_ratio_is_the_geometric_mean_within_pairs():
    row = paired(two_points(BASE, BASE * FACTOR), 1, 0).iloc[0]
    found = geometric_mean(FACTOR, TRIAL)
    assert (row.estimate, row.low, row.high) == pytest.approx(
        (found.estimate, found.low, found.high), rel=1e-12
    )
    assert (row.metric, row.pairs, row.unpaired, row.clusters) == ("stretch_ratio", 6, 0, 3)


def test_difference_is_the_mean_within_pairs_and_changes_sign_with_direction():
    table = two_points(BASE, BASE * FACTOR)
    row = paired(table, 1, 0, scale="difference").iloc[0]
    found = mean(BASE * (FACTOR - 1), TRIAL)
    assert (row.estimate, row.low, row.high) == pytest.approx(
        (found.estimate, found.low, found.high), rel=1e-12
    )
    back = paired(table, 0, 1, scale="difference").iloc[0]
    assert (back.estimate, back.low) == pytest.approx((-row.estimate, -row.high))


def test_pairs_are_matched_by_name_not_by_position():
    table = two_points(BASE, BASE * FACTOR)
    shuffled = paired(table.sample(frac=1.0, random_state=1), 1, 0)
    pd.testing.assert_frame_equal(shuffled, paired(table, 1, 0), rtol=1e-12)


def test_rows_without_a_partner_are_left_out_and_counted():
    table = two_points(BASE, BASE * FACTOR)
    table.loc[0, "stretch"] = np.nan  # inactive at the baseline
    row = paired(table.drop(index=11), 1, 0).iloc[0]  # absent at the point
    assert (row.pairs, row.unpaired) == (4, 2)
    assert row.estimate == pytest.approx(geometric_mean(FACTOR[1:5], TRIAL[1:5]).estimate)


def test_censored_pairs_are_counted():
    censored = np.zeros(12, int)
    censored[[2, 8, 9]] = 5  # guest 2 at both points, guest 3 at one
    assert paired(two_points(BASE, BASE, censored=censored), 1, 0).iloc[0].censored_pairs == 2


def test_a_bool_column_compares_shares():
    suffers = [True, False, False, True, False, False, *[True, True, True, True, False, False]]
    row = paired(
        two_points(BASE, BASE, suffers=suffers), 1, 0, column="suffers", scale="difference"
    ).iloc[0]
    assert row.estimate == pytest.approx(2 / 6)


def test_shares_that_never_differ_are_bounded_by_the_number_of_trials():
    table = two_points(BASE, BASE * FACTOR, suffers=[True, False, True, False, False, True] * 2)
    row = paired(table, 1, 0, column="suffers", scale="difference").iloc[0]
    bound = 1.0 - 0.05 ** (1 / 3)
    assert (row.estimate, row.low, row.high) == pytest.approx((0.0, -bound, bound))
    # the limits enclose the change wherever it can be: at most the share of trials that differ
    assert (1.0 - bound) ** 3 == pytest.approx(0.05)
    assert math.isnan(row.variance_ratio)


def test_common_random_numbers_are_worth_something(make_outcomes):
    table = make_outcomes(100, slowdowns=(0.0, 0.1), regimes=("over_committed",))
    row = paired(table, 1, 0, level=1 - 1e-6).iloc[0]  # false-alarm rate 1e-6
    assert 1.0 < row.low < math.exp(0.1) < row.high
    assert row.variance_ratio > 20


def test_trials_with_other_numbers_cannot_be_paired(make_outcomes):
    table = make_outcomes(40, slowdowns=(0.0, 0.1), regimes=("over_committed",))
    row = paired(table.assign(trial=table.trial + 1000 * table.point), 1, 0).iloc[0]
    assert (row.pairs, row.unpaired, row.supported) == (0, len(table), False)
    assert math.isnan(row.estimate)


def test_groups(make_outcomes):
    table = make_outcomes(40, slowdowns=(0.0, 0.1), regimes=("under_provisioned_guest",))
    found = paired(table, 1, 0, by=("regime", "role"))
    assert sorted(found["role"]) == ["neighbour", "victim"]
    assert list(found.columns[:4]) == ["regime", "role", "point", "baseline"]


def test_what_cannot_be_compared_is_refused():
    table = two_points(BASE, BASE)
    with pytest.raises(ValueError, match=r"point must be one of \[0, 1\], got 7"):
        paired(table, 7, 0)
    with pytest.raises(ValueError, match="scale must be 'ratio' or 'difference', got 'log'"):
        paired(table, 1, 0, scale="log")
    with pytest.raises(KeyError, match=r"\['suffers'\] for a paired comparison"):
        paired(table, 1, 0, column="suffers")
