"""Layout: no text is cut off or runs into another, and the axes say what they show."""

import itertools

import numpy as np
import pytest
from drawn import drawings, figure
from matplotlib.text import Text

from hvmc.plots import style

NOTE = "window 60 s after 10 s of warm-up; 40 trials; 16 LPs; seed 1"
SLACK_PX = 2.0


def boxes(figure):
    """Every visible text of a drawn figure with its extent in pixels."""
    figure.draw_without_rendering()
    ticks = _ticks_shown(figure)
    return [
        (text.get_text(), text.get_window_extent())
        for text in figure.findobj(Text)
        if text.get_visible()
        and text.get_text().strip()
        and ticks.get(text, text.axes is None or text.axes.get_visible())
    ]


def _ticks_shown(figure):
    """Each tick label, and whether it is of a place inside the axes, else it is not drawn."""
    shown = {}
    for ax in figure.axes:
        for axis in (ax.xaxis, ax.yaxis):
            low, high = sorted(axis.get_view_interval())
            for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
                inside = low <= tick.get_loc() <= high and ax.get_visible()
                for label in (tick.label1, tick.label2):
                    shown.setdefault(label, inside)
    return shown


def cut_off(figure, texts):
    frame = figure.bbox
    return [
        text
        for text, box in texts
        if box.x0 < frame.x0 - SLACK_PX
        or box.y0 < frame.y0 - SLACK_PX
        or box.x1 > frame.x1 + SLACK_PX
        or box.y1 > frame.y1 + SLACK_PX
    ]


def overlapping(texts):
    found = []
    edges = [(text, box.x0, box.x1, box.y0, box.y1) for text, box in texts]
    for (first, left, right, low, high), other in itertools.combinations(edges, 2):
        second, x0, x1, y0, y1 = other
        wide = min(right, x1) - max(left, x0)
        if wide > SLACK_PX and min(high, y1) - max(low, y0) > SLACK_PX:
            found.append((first, second))
    return found


LONG_LEVELS = {
    point: {
        "population.victim.priority.weight": weight,
        "population.victim.memory.maximum_mib": 1024 * weight,
        "x.y": "a text that goes on until it has to be cut as no page is wide enough"
        * (weight > 2),
    }
    for point, weight in enumerate((1, 2, 20000))
}

CASES = {
    "full": ({"trials": 40, "guests": 6}, {}),
    "tiny": (
        {"trials": 2, "guests": 1, "regimes": ["over_committed", "under_provisioned_guest"]},
        {},
    ),
    "one regime": ({"trials": 30, "guests": 4, "regimes": ["efficiently_provisioned"]}, {}),
    "long labels": (
        {"trials": 40, "guests": 3, "points": 3, "regimes": ["under_provisioned_guest"]},
        LONG_LEVELS,
    ),
    "one axis": (
        {"trials": 40, "guests": 3, "points": 8, "regimes": ["over_committed"]},
        {k: {"population.guest.priority.weight": 100 * 2**k} for k in range(8)},
    ),
    "two axes": (
        {"trials": 10, "guests": 3, "points": 12, "regimes": ["over_committed"]},
        {k: {"host.logical_processors": 4 + k // 4, "guest.weight": k % 4} for k in range(12)},
    ),
    "two long axes": (
        {"trials": 10, "guests": 3, "points": 12, "regimes": ["over_committed"]},
        {
            k: {
                "overheads.intercepts.enlightened.control_register.rate_per_cpu_s": k // 4,
                "overheads.intercepts.unenlightened.control_register.rate_per_cpu_s": k % 4,
            }
            for k in range(12)
        },
    ),
    "many points": ({"trials": 5, "guests": 2, "points": 30, "regimes": ["over_committed"]}, {}),
}


@pytest.mark.parametrize("case", CASES)
def test_no_text_is_cut_off_or_overlaps(case, build_outcomes):
    size, levels = CASES[case]
    outcomes = build_outcomes(**size)
    plans = drawings(outcomes, levels=levels, note=NOTE)
    only_points = [plan for plan in plans if plan.name.startswith("points")]
    for plan in only_points or plans:
        drawn = plan.make()
        texts = boxes(drawn)
        assert cut_off(drawn, texts) == [], plan.name
        assert overlapping(texts) == [], plan.name


@pytest.mark.parametrize("size", [(40, 6), (2, 1)])
@pytest.mark.parametrize("regimes", [4, 2, 1])
def test_causes_fit_too(size, regimes, build_outcomes, divide):
    trials, guests = size
    names = ["efficiently_provisioned", "under_provisioned_guest", "over_committed"]
    chosen = [*names, "over_provisioned"][:regimes]
    outcomes = build_outcomes(trials=trials, guests=guests, regimes=chosen)
    drawn = figure(divide(outcomes), "causes", note=NOTE)
    texts = boxes(drawn)
    assert cut_off(drawn, texts) == []
    assert overlapping(texts) == []


def test_the_check_finds_text_that_is_cut_off_or_overlaps():
    small = style.new_figure(2.0, 1.0)
    small.text(0.9, 0.5, "this runs out on the right")
    small.text(0.88, 0.52, "over it")
    texts = boxes(small)
    assert cut_off(small, texts) == ["this runs out on the right", "over it"]
    assert overlapping(texts) == [("this runs out on the right", "over it")]


def test_axes_carry_names_and_units(outcomes):
    figures = {plan.name: plan.make() for plan in drawings(outcomes, note=NOTE)}
    labels = {name: (f.axes[0].get_xlabel(), f.axes[0].get_ylabel()) for name, f in figures.items()}
    assert labels["exceedance"] == (style.STRETCH, "P(stretch > x), share of guests")
    assert labels["distribution"][0] == style.STRETCH
    assert labels["knee"] == (style.LP_COMMITMENT, style.STRETCH)
    assert labels["knee_own_commitment"] == (style.OWN_COMMITMENT, style.STRETCH)
    assert "virtual processors" in labels["suffering_by_virtual_processors"][0]
    assert "dimensionless" in labels["suffering_by_think_ratio"][0]
    assert labels["split"][1] == "hosting (virtual / same-size)"
    for name, one in figures.items():
        assert NOTE in one.get_supxlabel().replace("\n", " "), name
        title = one.axes[0].get_title(loc="left") + one.axes[0].get_title(loc="right")
        assert "made_up: " in title + one.get_suptitle(), name


@pytest.mark.parametrize("name", ["exceedance", "distribution", "knee", "split"])
def test_log_axes_never_reach_zero(name, build_outcomes):
    outcomes = build_outcomes(trials=3, guests=2)
    plans = {plan.name: plan for plan in drawings(outcomes, note=NOTE)}
    for ax in plans[name].make().axes:
        for axis, limits in ((ax.xaxis, ax.get_xlim()), (ax.yaxis, ax.get_ylim())):
            if axis.get_scale() == "log":
                assert min(limits) > 0
                assert all(place > 0 for place in axis.get_majorticklocs())
        for line in ax.lines:
            values = np.asarray(line.get_ydata(), dtype=float)
            if ax.get_yscale() == "log" and line.get_transform() == ax.transData:
                assert (values > 0).all()


def test_regimes_differ_in_colour_and_in_line_and_marker():
    looks = list(style.REGIMES.values())
    assert len({look.colour for look in looks}) == 4
    assert len({(look.line, look.marker) for look in looks}) == 4
    victim = style.role_look(looks[3], "victim")
    neighbour = style.role_look(looks[3], "neighbour")
    assert victim.colour == looks[3].colour
    assert neighbour.colour not in {look.colour for look in looks}
    assert victim.line != neighbour.line
    assert victim.marker != neighbour.marker
