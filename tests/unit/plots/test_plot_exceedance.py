"""The curves drawn are the empirical ones, and the legend says what the band covers."""

import numpy as np
import pytest
from drawn import axes

from hvmc.analysis.bands import exceedance, steps


def curves(ax):
    """Vertices of the curves by the start of their legend entry, the last fall to 0 left out."""
    found = {}
    for line in ax.lines:
        if line.get_drawstyle() == "steps-post":
            assert line.get_ydata()[-1] < ax.get_ylim()[0], "the curve leaves at the bottom"
            found[line.get_label().split(" (")[0]] = (line.get_xdata()[:-1], line.get_ydata()[:-1])
    return found


def by_hand(stretch, x):
    return sum(value > x for value in stretch) / len(stretch)


def test_curve_of_four_guests_by_hand(build_outcomes):
    outcomes = build_outcomes(trials=4, guests=1, regimes=["over_committed"])
    outcomes["stretch"] = [3.0, 1.5, 6.0, 1.5]
    ax = axes(outcomes, "exceedance")
    x, share = curves(ax)["over-committed host"]
    assert x[1:].tolist() == [1.5, 2.0, 3.0]
    assert share.tolist() == [1.0, 0.5, 0.5, 0.25]


def test_curves_equal_the_empirical_ones(outcomes):
    ax = axes(outcomes, "exceedance")
    drawn = curves(ax)
    labels = {
        "over-committed host": ("over_committed", "guest"),
        "efficiently provisioned host": ("efficiently_provisioned", "guest"),
        "over-provisioned host": ("over_provisioned", "guest"),
        "under-provisioned guest: victim": ("under_provisioned_guest", "victim"),
        "under-provisioned guest: neighbour": ("under_provisioned_guest", "neighbour"),
    }
    assert set(drawn) == set(labels)
    for label, (regime, role) in labels.items():
        rows = outcomes[(outcomes["regime"] == regime) & (outcomes["role"] == role)]
        stretch = rows["stretch"].tolist()
        x, share = drawn[label]
        assert set(stretch) - set(x) <= {max(stretch)}
        np.testing.assert_allclose(share, [by_hand(stretch, at) for at in x], rtol=1e-12)


def test_thinned_curve_is_exact_where_it_is_drawn(build_outcomes):
    outcomes = build_outcomes(trials=300, guests=10, regimes=["over_committed"])
    ax = axes(outcomes, "exceedance")
    x, share = curves(ax)["over-committed host"]
    assert 150 < x.size < 320
    assert 2.0 in x
    np.testing.assert_allclose(share, [by_hand(outcomes["stretch"], at) for at in x], rtol=1e-12)
    assert share[-1] == pytest.approx(1 / 3000)


def test_band_is_that_of_the_analysis_and_named(build_outcomes):
    outcomes = build_outcomes(trials=40, guests=3, regimes=["over_committed"])
    ax = axes(outcomes, "exceedance")
    assert "95 % simultaneous band" in ax.get_legend().get_title().get_text()
    grid = steps(outcomes["stretch"].to_numpy(), (1.25, 2.0))
    expected = exceedance(outcomes, grid, band="simultaneous")
    corners = ax.collections[0].get_paths()[0].vertices
    floor = ax.get_ylim()[0]
    for row in expected[expected["estimate"] > 0].itertuples():
        at_x = corners[corners[:, 0] == row.x, 1]
        assert np.isclose(at_x, max(row.low, floor), rtol=1e-12).any()
        assert np.isclose(at_x, row.high, rtol=1e-12).any()


def test_one_trial_has_no_band(build_outcomes):
    outcomes = build_outcomes(trials=1, guests=5, regimes=["over_committed"])
    ax = axes(outcomes, "exceedance")
    assert len(ax.collections) == 0
    assert ax.get_legend().get_title().get_text() == "no band: one trial"


def test_cut_off_requests_mark_where_the_curve_is_a_lower_bound(build_outcomes):
    outcomes = build_outcomes(trials=30, guests=3, regimes=["over_committed"])
    stretch = outcomes["stretch"].sort_values()
    outcomes.loc[stretch.index[-9], "censored"] = 4
    ax = axes(outcomes, "exceedance")
    (marker,) = [line for line in ax.lines if "at least" in str(line.get_label())]
    assert marker.get_xdata().tolist() == [stretch.iloc[-9]]
    assert marker.get_ydata().tolist() == pytest.approx([8 / 90])


def test_thresholds_are_marked_and_written(outcomes):
    ax = axes(outcomes, "exceedance")
    marked = [line.get_xdata()[0] for line in ax.lines if len(set(line.get_xdata())) == 1]
    assert [x for x in marked if x in (1.25, 2.0)] == [1.25, 2.0]
    assert {"1.25", "2"} <= {text.get_text() for text in ax.texts}


def test_points_are_named_by_what_was_swept(build_outcomes):
    outcomes = build_outcomes(trials=5, guests=2, points=2, regimes=["over_committed"])
    levels = {0: {"a.weight": 100, "a.limit": 1}, 1: {"a.weight": 200, "a.limit": 1}}
    ax = axes(outcomes, "points_exceedance", levels=levels)
    assert set(curves(ax)) == {"weight=100", "weight=200"}
