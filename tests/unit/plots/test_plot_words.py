"""Labels of design points, names of groups, ticks of log axes."""

import numpy as np
import pytest

from hvmc.plots import style
from hvmc.plots.groups import active, remarks, split_groups
from hvmc.plots.swept import read_design, shorten


def test_shared_settings_are_dropped_and_keys_cut():
    levels = {
        3: {"host.lps": 16, "web.priority.weight": 1},
        7: {"host.lps": 16, "web.priority.weight": 2},
    }
    design = read_design(levels)
    assert design.names == {3: "weight=1", 7: "weight=2"}
    assert design.keys == {"weight": "web.priority.weight"}
    assert design.only_numbers == {3: 1.0, 7: 2.0}


def test_axis_of_words_is_not_numeric():
    assert read_design({0: {"rule": "credit"}, 1: {"rule": "fair"}}).only_numbers is None


def test_points_without_levels_are_numbered():
    assert read_design({0: {}, 1: {}}).names == {0: "point 0", 1: "point 1"}


def test_counts_say_of_what_and_long_keys_break_between_their_parts():
    keys = ["population.sql.count", "population.web.priority.maximum_weight"]
    levels = {k: dict.fromkeys(keys, 10 + k) for k in range(2)}
    assert "sql.count=10" in read_design(levels).names[0]
    lines = shorten("population.preferred.priority.weight=20000").splitlines()
    assert lines == ["population.preferred.priority.", "weight=20000"]


def test_names_cut_to_the_same_text_are_numbered():
    levels = {0: {"a": "word " * 50 + "one"}, 1: {"a": "word " * 50 + "two"}}
    names = read_design(levels).names
    assert names[0].startswith("0: a=word")
    assert names[1].startswith("1: a=word")
    assert max(map(len, shorten("word " * 50).splitlines())) <= 34


def test_groups_come_in_the_order_of_regimes_and_of_roles_as_given(outcomes):
    extra = outcomes[outcomes["regime"] == "over_provisioned"].assign(regime="my_mix", role="db")
    rows = active(outcomes.sort_values(["point", "trial", "role"], kind="stable"))
    labels = [group.look.label for group in split_groups(rows, ["victim", "neighbour"])]
    assert labels == [
        "over-committed host",
        "efficiently provisioned host",
        "over-provisioned host",
        "under-provisioned guest: victim",
        "under-provisioned guest: neighbour",
    ]
    assert [group.look.label for group in split_groups(extra)] == ["my mix: db"]


def test_remarks_count_guests_left_out_and_pooled_points(build_outcomes):
    outcomes = build_outcomes(trials=3, guests=2, points=2, regimes=["over_committed"])
    outcomes.loc[:2, "stretch"] = np.nan
    text = remarks(outcomes)
    assert text.startswith("12 guests, 6 hosts; 2 design points pooled; 3 guests without")


def test_roles_that_are_not_built_in_have_colours_of_their_own_in_the_order_they_appear(outcomes):
    rows = outcomes[outcomes["regime"] == "over_committed"].copy()
    rows["role"] = np.resize(["web", "sql", "batch", "cache"], len(rows))
    groups = split_groups(rows)
    assert [group.key["role"] for group in groups] == ["web", "sql", "batch", "cache"]
    assert len({group.look.colour for group in groups}) == 4
    assert len({group.look.line for group in groups}) == 4
    assert [group.key["role"] for group in split_groups(rows, ["cache"])][:2] == ["cache", "web"]


def test_a_role_has_one_colour_and_a_line_for_each_regime(outcomes):
    looks = [group.look for group in split_groups(outcomes.assign(role="sql"))]
    assert len({look.colour for look in looks}) == 1
    assert len({look.line for look in looks}) == 4


@pytest.mark.parametrize(
    ("low", "high"), [(0.9, 1.1), (0.99, 1.013), (1.0, 9.0), (0.9, 700.0), (1e-5, 1.0), (1, 1e9)]
)
def test_ticks_of_log_axes_are_few_and_inside(low, high):
    ax = style.new_figure(5.0, 4.0).subplots()
    style.log_axis(ax, "x", low, high)
    inside = [tick for tick in ax.get_xticks() if low <= tick <= high]
    assert 3 <= len(inside) <= 13
    assert all(label.get_text() for label in ax.get_xticklabels())


def test_a_single_value_still_has_a_range():
    low, high = style.log_limits([1.0])
    assert low < 1.0 < high
