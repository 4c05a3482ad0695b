"""The forest plot: marks and intervals at the numbers of the table."""

import numpy as np
import pandas as pd
import pytest
from drawn import drawings
from matplotlib.figure import Figure

from hvmc.plots.forest import paired_forest
from hvmc.plots.groups import CannotDrawError

SETTINGS = {"none": (1.0, 0.0), "weights": (0.5, -0.25), "limits": (1.2, 0.1)}


def table(regimes=("over_committed", "over_provisioned"), roles=("other", "preferred")):
    """Changes of the preferred as in SETTINGS; the others unchanged."""
    rows = []
    for place, regime in enumerate(regimes):
        for number, (setting, changes) in enumerate(SETTINGS.items()):
            for role in roles:
                for metric, own, none in zip(
                    ("response_s", "suffers"), changes, (1.0, 0.0), strict=True
                ):
                    change = own if role in ("preferred", "victim") else none
                    rows.append(
                        {
                            "context": f"regime={regime}",
                            "setting": setting,
                            "point": 3 * place + number,
                            "baseline": 3 * place,
                            "regime": regime,
                            "role": role,
                            "metric": metric,
                            "change": change,
                            "low": change - 0.05,
                            "high": change + 0.1,
                            "supported": setting != "limits",
                            "pairs": 10,
                        }
                    )
    return pd.DataFrame(rows)


def marks(ax):
    """Points drawn: (x, colour, filled) from top to bottom."""
    found = [line for line in ax.lines if line.get_marker() in "os^D"]
    found = sorted(found, key=lambda line: line.get_ydata()[0])
    return [
        (
            round(float(line.get_xdata()[0]), 9),
            line.get_color(),
            line.get_markerfacecolor() == line.get_color(),
        )
        for line in found
    ]


ORANGE, BLUE = "#D55E00", "#0072B2"


def test_points_stand_at_the_changes_of_each_role():
    left, right = paired_forest(table(regimes=["over_committed"]), "title").axes
    assert marks(left) == [
        *((0.5, ORANGE, True), (1.0, BLUE, True)),
        *((1.2, ORANGE, False), (1.0, BLUE, False)),
    ]
    assert [mark[0] for mark in marks(right)] == [-25.0, 0.0, 10.0, 0.0]


def test_intervals_reach_from_low_to_high():
    left, _ = paired_forest(table(regimes=["over_committed"]), "title").axes
    drawn = {
        tuple(np.round(line.get_xdata(), 9))
        for line in left.lines
        if len(line.get_xdata()) == 2 and line.get_color() in (ORANGE, BLUE)
    }
    assert drawn == {(0.45, 0.6), (0.95, 1.1), (1.15, 1.3)}


def test_settings_stand_below_their_regime():
    left, _ = paired_forest(table(), "title").axes
    assert [label.get_text() for label in left.get_yticklabels()] == ["weights", "limits"] * 2
    heads = [text for text in left.texts if text.get_fontweight() == "bold"]
    assert [text.get_text() for text in heads] == ["over-committed host", "over-provisioned host"]
    places = [*left.get_yticks(), *(text.xy[1] for text in heads)]
    assert sorted(places) == [places[4], *places[:2], places[5], *places[2:4]]


def test_a_victim_and_its_neighbours_look_like_preferred_and_others():
    both = pd.concat([table(["over_committed"]), table(["x"], ("victim", "neighbour", "guest"))])
    (legend,) = paired_forest(both, "title").legends
    assert [text.get_text() for text in legend.get_texts()] == [
        "preferred, victim",
        "other, neighbour",
        "guest",
    ]


def test_roles_without_a_preference_have_looks_of_their_own():
    (legend,) = paired_forest(table(roles=("large", "guest")), "title").legends
    assert [text.get_text() for text in legend.get_texts()] == ["large", "guest"]


def test_nothing_to_compare_is_said():
    alone = table()
    with pytest.raises(CannotDrawError, match="second level of the compared factor"):
        paired_forest(alone[alone.setting == "none"], "title")


def test_it_is_drawn_first(outcomes):
    first, *others = drawings(outcomes, paired=table())
    assert first.name == "paired"
    assert "paired" not in {other.name for other in others}
    assert isinstance(first.make(), Figure)
    assert "paired" not in {other.name for other in drawings(outcomes)}
