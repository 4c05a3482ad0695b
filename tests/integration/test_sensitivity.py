"""Sensitivity: from redrawn design points to indices, text, figure and replay."""

import pytest

import hvmc
from hvmc.answers.registry import Answer
from hvmc.experiment.replaying import compared, replay_unit, unit_of
from hvmc.experiment.run import run
from hvmc.experiment.settings import Experiment, Point
from hvmc.plots.write import svg_texts
from hvmc.regimes.assumptions import Assumptions
from hvmc.regimes.design import Design
from hvmc.regimes.population import Role
from hvmc.regimes.regime import Regime
from hvmc.scenario.settings import SettingsError

PARTS = ("none", "luck", "all", "hosts", "lp_commitment", "scarce", "overheads.refill")
WINDOW = {"horizon_s": 1.0, "warmup_s": 0.2, "drain_s": 1.0}


def asked(parts=PARTS, compare="redrawn", trials=4):
    drawn = Design(
        regime=Regime(),
        population=(Role(),),
        host=hvmc.Host(logical_processors=2),
        assumptions=Assumptions(mode="drawn"),
        sampling="iid",
        **WINDOW,
    )
    points = tuple(Point(drawn.replace(redrawn=part), {"redrawn": part}) for part in parts)
    return Experiment(name="s", report="sensitivity", compare=compare, trials=trials, points=points)


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    return run(asked(), results_dir=tmp_path_factory.mktemp("results"), jobs=1)


def of_point(results, point, name="trials"):
    rows = getattr(results, name)()
    return rows[rows["point"] == point].drop(columns="point").reset_index(drop=True)


def test_luck_alone_keeps_the_host_and_changes_the_outcome(results):
    assert of_point(results, 0, "inputs").equals(of_point(results, 1, "inputs"))
    assert not of_point(results, 0).equals(of_point(results, 1))


def test_a_part_that_is_drawn_nowhere_changes_no_bit_and_has_no_index(results):
    """No host of this regime is over-committed, so that what is does not matter."""
    assert of_point(results, 1).equals(of_point(results, PARTS.index("scarce")))
    kind = Answer(results).kinds["Sensitivity"]
    found = kind.frames["sensitivity"].set_index("part")
    scarce = found.loc[["scarce"]]
    assert scarce["idle"].all()
    assert not scarce[["estimate", "low", "high"]].to_numpy().any()
    assert not found.loc["hosts", "idle"].any()
    (grid,) = (block for block in kind.text() if not isinstance(block, str))
    row = list(grid.stub.cells).index("what is over-committed")
    assert {column.cells[row] for group in grid.groups for column in group} == {"-"}


def test_a_redrawn_trial_is_replayed_to_the_same_bits(results):
    unit = unit_of(results, point=PARTS.index("hosts"), trial=3, replication=0)
    rows, different = compared(unit, replay_unit(unit))
    assert rows
    assert not different


def test_other_answers_see_hosts_as_they_were_drawn(results):
    answer = Answer(results)
    assert set(answer.asked.outcomes["point"]) == set(answer.asked.summary["point"]) == {0}
    drawings = [one for one in answer.figures() if one.name == "distribution"]
    assert svg_texts(drawings)[0]


def test_the_answer_is_told_and_drawn(results):
    kind = Answer(results).kinds["Sensitivity"]
    (sentence,) = kind.sentences()
    assert sentence.about == "guest"
    (drawing,) = kind.figures()
    panels = [ax for ax in drawing.make().axes if ax.get_visible()]
    names = [label.get_text() for label in panels[0].get_yticklabels()]
    assert names == [
        *("all host inputs", "luck", "LP commitment", "what is over-committed", "refill"),
    ]


def test_what_indices_need_is_asked_for():
    with pytest.raises(SettingsError, match="redrawn must hold none, luck, all and parts"):
        asked(("none", "hosts"))
    with pytest.raises(SettingsError, match="compare must be redrawn where the report is sensi"):
        asked(compare="")
