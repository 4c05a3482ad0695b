"""Numbers shown by the other figures, against numbers computed by hand."""

import numpy as np
import pandas as pd
import pytest
from drawn import axes, figure

from hvmc.analysis.bins import bin_of, centres, choose_edges
from hvmc.analysis.quantiles import quantile
from hvmc.analysis.shares import share
from hvmc.analysis.suffering import classes
from hvmc.plots import style
from hvmc.plots.groups import CannotDrawError, remarks


def line(ax, label):
    """Vertices of the line that is drawn like the legend entry `label`."""
    (entry,) = [one for one in ax.lines if one.get_label() == label]
    return next(
        one.get_xydata()
        for one in ax.lines
        if one.get_color() == entry.get_color()
        and one.get_linestyle() == entry.get_linestyle()
        and len(one.get_xdata()) > 1
    )


def test_distribution_writes_percentiles_of_each_group(build_outcomes):
    outcomes = build_outcomes(trials=100, guests=1, regimes=["over_committed"])
    outcomes["stretch"] = np.arange(1.0, 101.0)
    ax = axes(outcomes, "distribution")
    written = [text.get_text() for text in ax.texts]
    assert written[written.index("p50") + 1] == "50"
    assert written[written.index("p95") + 1] == "95"
    assert written[written.index("p99") + 1] == "99.0"
    (box,) = ax.patches
    assert set(box.get_path().vertices[:, 0]) == {25.0, 75.0}


def test_distribution_says_at_least_where_requests_were_cut_off(build_outcomes):
    outcomes = build_outcomes(trials=100, guests=1, regimes=["over_committed"])
    outcomes["stretch"] = np.arange(1.0, 101.0)
    outcomes.loc[outcomes["stretch"] == 90.0, "censored"] = 1
    ax = axes(outcomes, "distribution")
    written = [text.get_text() for text in ax.texts]
    assert {"50", ">=95", ">=99.0"} <= set(written)
    assert "requests of 1 guests were cut off" in remarks(outcomes)


def test_suffering_cells_are_shares_with_their_interval(outcomes):
    ax = axes(outcomes, "suffering_by_virtual_processors")
    cells = [text.get_text() for text in ax.texts if "n = " in text.get_text()]
    rows = outcomes[(outcomes["regime"] == "efficiently_provisioned")]
    with_two = rows[rows["virtual_processors"] == 2]
    for cell, own in ((cells[5], rows), (cells[7], with_two)):
        found = share(own["stretch"] > 1.25, own["trial"])
        value, limits, count = cell.split("\n")
        assert float(value.strip("<>*")) == pytest.approx(100 * found.estimate, abs=0.5)
        low, high = (float(end.strip("<>*")) for end in limits.split(" to "))
        assert (low, high) == pytest.approx((100 * found.low, 100 * found.high), abs=1.0)
        assert count == f"n = {len(own)}"
    heads = [tick.get_text() for tick in ax.get_xticklabels()]
    assert heads == ["all guests", "1", "2", "4", "8"]


def test_suffering_uses_the_threshold_it_is_given(build_outcomes):
    outcomes = build_outcomes(trials=4, guests=1, regimes=["over_committed"])
    outcomes["stretch"] = [1.1, 1.3, 1.6, 1.6]
    ax = axes(outcomes, "suffering", 1.5)
    assert ax.collections[0].get_array().tolist() == [[0.5]]
    assert "stretch > 1.5" in ax.get_title(loc="right")


def test_classes_of_many_values_are_decades():
    codes, names = classes(pd.Series([0.1, 0.5, 2.0, 3.0, 5.0, 20.0, 150.0, np.nan]))
    assert names == ["0-1", "1-10", "10-100", "100 or more", "open"]
    assert codes.tolist() == [0, 0, 1, 1, 1, 2, 3, 4]


def test_knee_percentiles_lie_where_they_were_computed(build_outcomes):
    outcomes = build_outcomes(trials=900, guests=2, regimes=["efficiently_provisioned"])
    outcomes["lp_commitment"] = outcomes["lp_commitment"] + 0.4
    ax = axes(outcomes, "knee")
    drawn = line(ax, "median")
    x = outcomes["lp_commitment"].to_numpy()
    edges = choose_edges(x, outcomes["trial"].to_numpy())
    assert 1.0 in edges
    expected = [
        quantile(rows["stretch"], rows["trial"], 0.5).estimate
        for _, rows in outcomes.groupby(pd.cut(x, edges, right=False), observed=True)
    ]
    assert len(expected) > 10
    np.testing.assert_allclose(drawn[:-1, 1], expected[:-1], rtol=1e-12)  # the last edge is open
    for name in ("90th percentile", "95th percentile"):
        np.testing.assert_array_equal(line(ax, name)[:, 0], centres(x, edges))
    np.testing.assert_array_equal(drawn[:, 0], centres(x, edges))
    assert not any("$" in label.get_text() for label in ax.get_yticklabels())  # plain numbers


@pytest.mark.parametrize("trials", [15, 50, 1000])
def test_bins_hold_enough_trials_and_never_reach_over_1_or_a_gap(trials):
    x = np.random.default_rng(trials).uniform(0.4, 1.2, trials)
    x[x > 1.1] += 0.7
    edges = choose_edges(np.repeat(x, 3), np.repeat(np.arange(trials), 3))
    count = np.bincount(bin_of(x, edges), minlength=edges.size - 1)
    sides = [(x < 1.0).sum(), ((x >= 1.0) & (x < 1.5)).sum(), (x > 1.5).sum()]
    assert count[count > 0].min() >= min(5, *sides)
    assert count.sum() == trials
    assert 1.0 in edges
    gap = np.flatnonzero(count == 0)
    assert len(gap) == 1
    assert edges[gap[0]] > x[x < 1.5].max()
    assert edges[gap[0] + 1] < x[x > 1.5].min()


def test_knee_says_which_bins_show_no_percentile(build_outcomes):
    outcomes = build_outcomes(trials=40, guests=2, regimes=["efficiently_provisioned"])
    outcomes.loc[outcomes["trial"] < 3, "lp_commitment"] = 1.5
    ax = axes(outcomes, "knee")
    told = ax.get_legend().get_title().get_text()
    assert "1 of 4 bins: fewer than 5 trials (6 of 80 guests)" in told


def test_points_have_a_knee_each(build_outcomes):
    outcomes = build_outcomes(trials=60, guests=2, points=2, regimes=["over_committed"])
    ax = axes(outcomes, "points_knee", levels={0: {"host.lps": 4}, 1: {"host.lps": 8}})
    for point, name in enumerate(("lps=4", "lps=8")):
        rows = outcomes[outcomes["point"] == point]
        x = rows["lp_commitment"].to_numpy()
        bins = bin_of(x, choose_edges(x, rows["trial"].to_numpy()))
        drawn = line(ax, name)
        assert len(drawn) == 6
        inside = bins == 1
        median = quantile(rows["stretch"][inside], rows["trial"][inside], 0.5).estimate
        assert drawn[1, 1] == pytest.approx(median, rel=1e-12)
        assert x[inside].min() < drawn[1, 0] < x[inside].max()


def test_equal_commitments_of_points_stand_side_by_side(build_outcomes):
    one = build_outcomes(trials=60, guests=2, regimes=["over_committed"])
    ax = axes(pd.concat([one, one.assign(point=1)]), "points_knee")
    both = [line(ax, f"point={point}") for point in (0, 1)]
    assert (both[0][:, 0] < both[1][:, 0]).all()
    np.testing.assert_array_equal(both[0][:, 1], both[1][:, 1])


@pytest.mark.parametrize("draw", ["points_knee", "points_exceedance"])
def test_more_than_four_points_have_a_panel_each_beside_the_first(draw, build_outcomes):
    outcomes = build_outcomes(trials=40, guests=2, points=6, regimes=["over_committed"])
    drawn_figure = figure(outcomes, draw, levels={k: {"host.lps": 2**k} for k in range(6)})
    panels = [panel for panel in drawn_figure.axes if panel.get_title("left")]
    assert [panel.get_title("left") for panel in panels] == [f"lps={2**k}" for k in range(1, 6)]
    grey = [[one for one in ax.lines if one.get_color() == style.QUIET] for ax in panels]
    drawn = [max(lines, key=lambda one: len(one.get_ydata())).get_ydata() for lines in grey]
    for values in drawn[1:]:
        np.testing.assert_array_equal(values, drawn[0])


@pytest.mark.parametrize("trials", [3, 12])
@pytest.mark.filterwarnings("error")
def test_no_knee_of_fewer_than_three_columns(build_outcomes, trials):
    outcomes = build_outcomes(trials=trials, guests=2, points=2, regimes=["over_committed"])
    with pytest.raises(CannotDrawError, match="and a knee needs 3; add trials"):
        axes(outcomes, "points_knee")
    outcomes["lp_commitment"] = 0.5 + 1e-5 * outcomes["trial"]
    with pytest.raises(CannotDrawError, match="a knee needs a range of it"):
        axes(outcomes, "points_knee")


def test_knee_leaves_victims_out_and_says_so(outcomes):
    ax = axes(outcomes, "knee")
    victims = int((outcomes["role"] == "victim").sum())
    text = ax.get_legend().get_title().get_text()
    assert f"all guests but victims, n = {len(outcomes) - victims}" in text


def test_knee_breaks_where_there_are_no_guests(outcomes):
    ax = axes(outcomes, "knee")
    drawn = line(ax, "median")
    missing = np.isnan(drawn[:, 1])
    assert missing[(drawn[:, 0] > 0.8) & (drawn[:, 0] < 1.2)].all()
    assert not missing.all()


def test_knee_needs_a_range_of_commitments(build_outcomes):
    outcomes = build_outcomes(trials=3, guests=2).assign(lp_commitment=0.5)
    with pytest.raises(CannotDrawError, match="a knee needs a range of it"):
        axes(outcomes, "knee")


def test_split_crosses_lie_at_the_medians(build_outcomes):
    outcomes = build_outcomes(trials=101, guests=1, regimes=["over_committed"])
    (cross,) = axes(outcomes, "split").containers
    middle = cross.lines[0].get_xydata()[0]
    assert middle.tolist() == [outcomes["sizing"].median(), outcomes["hosting"].median()]


def test_split_diagonals_are_lines_of_equal_stretch(outcomes):
    lines = axes(outcomes, "split").lines[:2]
    products = [np.unique(np.round(np.prod(one.get_xydata(), axis=1), 9)) for one in lines]
    assert [p.tolist() for p in products] == [[1.25], [2.0]]


def points(build_outcomes, count, trials=20, guests=2):
    return build_outcomes(trials=trials, guests=guests, points=count, regimes=["over_committed"])


def test_sweep_along_a_numeric_axis(build_outcomes):
    outcomes = points(build_outcomes, 3, trials=50)
    levels = {point: {"g.weight": weight} for point, weight in enumerate((4, 1, 2))}
    ax = axes(outcomes, "points_percentiles", levels=levels)
    assert ax.get_xlabel() == "weight (g.weight)"
    ordered = [outcomes[outcomes["point"] == point] for point in (1, 2, 0)]
    for label, q in (("median", 0.5), ("95th percentile", 0.95)):
        expected = [quantile(rows["stretch"], rows["trial"], q).estimate for rows in ordered]
        drawn = line(ax, label)
        np.testing.assert_allclose(drawn[:, 1], expected, rtol=1e-12)
        np.testing.assert_allclose(drawn[:, 0], [1, 2, 4], rtol=0.02)  # shifted a little apart


def test_sweep_of_words_has_a_row_for_each_point(build_outcomes):
    outcomes = points(build_outcomes, 9, trials=5)
    levels = {k: {"rule": f"rule{k}"} for k in range(9)}
    ax = axes(outcomes, "points_percentiles", levels=levels)
    assert [tick.get_text() for tick in ax.get_yticklabels()] == [f"rule=rule{k}" for k in range(9)]


def test_sweep_refuses_more_rows_than_fit(build_outcomes):
    levels = {k: {"rule": f"rule{k}"} for k in range(61)}
    with pytest.raises(CannotDrawError, match="at most 60 design points for rows, got 61"):
        axes(points(build_outcomes, 61, 2, 1), "points_percentiles", levels=levels)


def test_map_puts_each_point_into_its_cell(build_outcomes):
    outcomes = points(build_outcomes, 3)
    levels = {0: {"a": 1, "b": 20}, 1: {"a": 1, "b": 3}, 2: {"a": 0, "b": 20}}
    ax = axes(outcomes, "points_map_p95", levels=levels)
    p95 = [
        quantile(rows["stretch"], rows["trial"], 0.95).estimate
        for _, rows in outcomes.groupby("point")
    ]
    values = ax.collections[0].get_array().filled(np.nan)
    np.testing.assert_array_equal(values, [[np.nan, p95[2]], [p95[1], p95[0]]])
    assert "none" in [text.get_text() for text in ax.texts]


def test_map_keeps_the_order_of_words_and_explains_unknown_bounds(build_outcomes):
    outcomes = points(build_outcomes, 4, 3, 1)
    levels = {k: {"rule": ["z", "a"][k // 2], "host.lps": [8, 4][k % 2]} for k in range(4)}
    ax = axes(outcomes, "points_map", levels=levels)
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["z", "a"]
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["4", "8"]
    assert ax.get_xlabel().endswith("\n?: too few to bound it")


def test_ticks_of_a_sweep_are_the_values_swept(build_outcomes):
    levels = {k: {"host.logical_processors": v} for k, v in enumerate((4, 16, 32))}
    ax = axes(points(build_outcomes, 3), "points_percentiles", levels=levels)
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["4", "16", "32"]
    assert ax.get_xlabel() == "logical processors (host.logical_processors)"


def test_split_panels_are_filled_by_their_own_guests(outcomes):
    panels = figure(outcomes, "split").axes
    tops = {panel.get_title(loc="left").split("\n")[0]: panel.get_ylim()[1] for panel in panels}
    assert tops["over-committed host"] > 2 * tops["over-provisioned host"]
