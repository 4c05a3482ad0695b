"""Drawn constants: their own streams, within their ranges, the same at every design point."""

import numpy as np
import pytest
from scipy import stats

import hvmc
from hvmc.config.assembly import assemble
from hvmc.config.sources import Source, conf_dir
from hvmc.regimes.assumptions import (
    assumed_constants,
    draw_constants,
    drawn_constants,
    is_place,
)
from hvmc.regimes.luck import Luck
from hvmc.scenario.constants import replaced, value_at
from hvmc.scenario.evidence import Assumed

SLOPE, REFILL = "overheads.interference.slope", "overheads.refill.cost_s"


def design(**settings):
    guests = (hvmc.Guest(name="a", workload=hvmc.Closed()),)
    settings = {"assumptions": hvmc.Assumptions(mode="drawn"), **settings}
    return hvmc.Design(guests=guests, **settings)


def paths(made):
    return {constant.path for constant in drawn_constants(made)}


def designs(*texts):
    asked = assemble(["experiment=four_regimes", *texts], Source(conf_dir()), multirun=True)
    return [point.design for point in asked.experiment.points]


def test_fixed_is_the_default_and_draws_nothing():
    fixed = design(assumptions=hvmc.Assumptions())
    assert paths(fixed) == set()
    assert fixed.draw(seed=1, trial=3).overheads == hvmc.Overheads()


def test_drawn_constants_reach_the_scenario():
    made = design()
    values, scenario = draw_constants(made, Luck(7, 3, made.sampling)), made.draw(seed=7, trial=3)
    assert {SLOPE, REFILL, "host.devices.disk.servers_per_lp", "dispatch.slice_s"} <= set(values)
    assert all(value_at(scenario, path) == value for path, value in values.items())


@pytest.mark.parametrize("path", [SLOPE, "overheads.nested_paging.fraction"])
def test_the_law_is_uniform_on_its_scale(path):
    made, known = design(), assumed_constants()[path].known
    values = np.array([draw_constants(made, Luck(1, trial))[path] for trial in range(400)])
    assert known.low <= values.min() < values.max() <= known.high
    ends = (known.low, known.high)
    if known.law == "log":
        values, ends = np.log(values), np.log(ends)
    # false alarm 1e-4
    assert stats.kstest(values, "uniform", (ends[0], ends[1] - ends[0])).pvalue > 1e-4


def test_whole_numbers_stay_whole():
    value = draw_constants(design(), Luck(1, 0))["overheads.io.ring_messages"]
    assert isinstance(value, int)


def test_streams_are_apart():
    made = design()
    some = np.array([list(draw_constants(made, Luck(1, trial)).values()) for trial in range(300)])
    ranks = stats.spearmanr(some).statistic
    off = ranks[~np.eye(len(ranks), dtype=bool)]
    # 34 constants: 561 pairs at 300 trials; false alarm about 0.01
    assert np.abs(off).max() < 0.26


def test_the_same_at_every_design_point_and_whatever_else_is_drawn():
    wide, narrow = (
        design(),
        design(assumptions=hvmc.Assumptions(mode="drawn", known=("overheads.io",))),
    )
    wider = design(host=hvmc.Host(logical_processors=4, threads_per_core=2))
    assert "host.smt_speed" in paths(wider) - paths(wide)
    for other in (narrow, wider):
        values, others = draw_constants(wide, Luck(1, 5)), draw_constants(other, Luck(1, 5))
        assert all(values[path] == others[path] for path in values.keys() & others.keys())


def test_what_is_known_is_not_drawn():
    known = hvmc.Assumptions(mode="drawn", known=(SLOPE, "overheads.io", "dispatch"))
    left = paths(design()) - paths(design(assumptions=known))
    assert SLOPE in left
    assert {path for path in left if not path.startswith(("overheads.io.", "dispatch."))} == {SLOPE}


def test_another_value_than_the_default_is_known():
    overheads = replaced(hvmc.Overheads(), {"refill.cost_s": 60e-6})
    made = design(overheads=overheads)
    assert REFILL not in paths(made)
    assert made.draw(seed=1, trial=0).overheads.refill.cost_s == 60e-6


def test_without_effect_is_not_drawn():
    off = paths(design(overheads=hvmc.Overheads().without("refill", "io")))
    assert not {path for path in off if path.startswith(("overheads.refill", "overheads.io."))}
    static = paths(design(balancer=hvmc.Balancer(enabled=False)))
    assert not {path for path in static if path.startswith("balancer")}
    assert not {path for path in paths(design()) if "unenlightened" in path or "port_s" in path}


def test_choices_are_drawn_where_asked():
    rule = "dispatch.rule"
    assert rule not in paths(design())
    made = design(assumptions=hvmc.Assumptions(mode="drawn", choices=(rule,)))
    drawn = [draw_constants(made, Luck(1, trial))[rule] for trial in range(400)]
    # equal probabilities: false alarm 1e-4
    assert stats.binomtest(drawn.count("credit"), 400, 1 / 3).pvalue > 1e-4
    assert set(drawn) == {"credit", "boost", "fair_queue"}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"known": ("overheads.refil",)}, "assumed constant"),
        ({"known": ("host.logical_processors",)}, "assumed constant"),
        ({"choices": (SLOPE,)}, "assumed choice"),
        ({"mode": "some"}, "fixed, drawn"),
    ],
)
def test_mistakes(settings, message):
    with pytest.raises(hvmc.SettingsError, match=message):
        hvmc.Assumptions(**settings)


def test_the_four_regimes_draw():
    assert all(paths(made) >= {SLOPE, REFILL} for made in designs())


def test_what_is_given_is_known():
    (made,) = designs(
        "regime=over_committed", "overheads.refill.cost_s=5e-5", "overheads.switch={cost_s: 2e-6}"
    )
    assert made.assumptions.known == (REFILL, "overheads.switch.cost_s")
    assert SLOPE in paths(made)
    assert not {REFILL, "overheads.switch.cost_s"} & paths(made)


def test_what_is_swept_is_known_at_every_level():
    swept = designs("regime=over_committed", f"{SLOPE}=0.1,0.3")
    assert [SLOPE in paths(made) for made in swept] == [False, False]


def test_a_group_makes_all_below_it_known():
    (none,) = designs("regime=over_committed", "overheads=none")
    assert not {path for path in paths(none) if path.startswith("overheads")}
    (fair,) = designs("regime=over_committed", "dispatch=fair_queue")
    assert not {path for path in paths(fair) if path.startswith("dispatch")}


def test_places():
    assert is_place("overheads")
    assert is_place(SLOPE)
    assert not is_place("overheads.inter")
    assert all(isinstance(constant.known, Assumed) for constant in assumed_constants().values())


def test_a_range_that_changes_changes_the_digest(monkeypatch):
    from hvmc.experiment.settings import Point

    drawn, fixed = (
        Point(design=made) for made in (design(), design(assumptions=hvmc.Assumptions()))
    )
    before = drawn.digest(1), fixed.digest(1)
    known = assumed_constants()[SLOPE].known
    monkeypatch.setitem(known.__dict__, "high", 0.7)
    assert drawn.digest(1) != before[0]
    assert fixed.digest(1) == before[1]
