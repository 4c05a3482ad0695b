"""The curves drawn are the empirical ones, and the legend says what the band covers."""

import numpy as np
import pytest

from hvmc.analysis.bands import exceedance
from hvmc.plots import exceedance_curves, points_exceedance, style
from hvmc.plots.exceedance import steps
from hvmc.plots.groups import CannotDrawError


@pytest.fixture
def ax():
    return style.new_figure(5.4, 5.0).subplots()


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


def test_curve_of_four_guests_by_hand(build_outcomes, ax):
    outcomes = build_outcomes(trials=4, guests=1, regimes=["over_committed"])
    outcomes["stretch"] = [3.0, 1.5, 6.0, 1.5]
    exceedance_curves(outcomes, ax=ax)
    x, share = curves(ax)["over-committed host"]
    assert x[1:].tolist() == [1.5, 2.0, 3.0]
    assert share.tolist() == [1.0, 0.5, 0.5, 0.25]


def test_curves_equal_the_empirical_ones(outcomes, ax):
    exceedance_curves(outcomes, ax=ax)
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


def test_thinned_curve_is_exact_where_it_is_drawn(build_outcomes, ax):
    outcomes = build_outcomes(trials=300, guests=10, regimes=["over_committed"])
    exceedance_curves(outcomes, ax=ax, band="pointwise")
    x, share = curves(ax)["over-committed host"]
    assert 150 < x.size < 320
    assert 2.0 in x
    np.testing.assert_allclose(share, [by_hand(outcomes["stretch"], at) for at in x], rtol=1e-12)
    assert share[-1] == pytest.approx(1 / 3000)


@pytest.mark.parametrize("band", ["pointwise", "simultaneous"])
def test_band_is_that_of_the_analysis_and_named(band, build_outcomes, ax):
    outcomes = build_outcomes(trials=40, guests=3, regimes=["over_committed"])
    exceedance_curves(outcomes, ax=ax, band=band, level=0.9)
    assert f"90 % {band} band" in ax.get_legend().get_title().get_text()
    grid = steps(outcomes["stretch"].to_numpy(), (1.25, 2.0))
    expected = exceedance(outcomes, grid, band=band, level=0.9)
    corners = ax.collections[0].get_paths()[0].vertices
    floor = ax.get_ylim()[0]
    for row in expected[expected["estimate"] > 0].itertuples():
        at_x = corners[corners[:, 0] == row.x, 1]
        assert np.isclose(at_x, max(row.low, floor), rtol=1e-12).any()
        assert np.isclose(at_x, row.high, rtol=1e-12).any()


def test_one_trial_has_no_band(build_outcomes, ax):
    exceedance_curves(build_outcomes(trials=1, guests=5, regimes=["over_committed"]), ax=ax)
    assert len(ax.collections) == 0
    assert ax.get_legend().get_title().get_text() == "no band: one trial"


def test_cut_off_requests_mark_where_the_curve_is_a_lower_bound(build_outcomes, ax):
    outcomes = build_outcomes(trials=30, guests=3, regimes=["over_committed"])
    stretch = outcomes["stretch"].sort_values()
    outcomes.loc[stretch.index[-9], "censored"] = 4
    exceedance_curves(outcomes, ax=ax)
    (marker,) = [line for line in ax.lines if "at least" in str(line.get_label())]
    assert marker.get_xdata().tolist() == [stretch.iloc[-9]]
    assert marker.get_ydata().tolist() == pytest.approx([8 / 90])


def test_thresholds_are_marked_and_written(outcomes, ax):
    exceedance_curves(outcomes, ax=ax, thresholds=[1.25, 2.0])
    marked = [line.get_xdata()[0] for line in ax.lines if len(set(line.get_xdata())) == 1]
    assert [x for x in marked if x in (1.25, 2.0)] == [1.25, 2.0]
    assert {"1.25", "2"} <= {text.get_text() for text in ax.texts}


def test_points_are_named_by_what_was_swept(build_outcomes, ax):
    outcomes = build_outcomes(trials=5, guests=2, points=2, regimes=["over_committed"])
    labels = {0: "a.weight=100, a.limit=1", 1: "a.weight=200, a.limit=1"}
    points_exceedance(outcomes, labels=labels, ax=ax)
    assert set(curves(ax)) == {"weight=100", "weight=200"}


def test_points_refuse_what_they_cannot_show(build_outcomes):
    outcomes = build_outcomes(trials=2, guests=2, points=9, regimes=["over_committed"])
    with pytest.raises(ValueError, match="at most 8 design points for curves, got 9"):
        points_exceedance(outcomes)
    with pytest.raises(CannotDrawError, match="comparing needs 2"):
        points_exceedance(outcomes[outcomes["point"] == 0])
    with pytest.raises(ValueError, match="one regime and role, got"):
        points_exceedance(build_outcomes(trials=2, guests=2, points=2))
