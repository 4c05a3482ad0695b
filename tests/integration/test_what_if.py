"""What if: variants of a host of one's own, from the file to the conclusion."""

import re

import pytest

from hvmc.answers.registry import Answer
from hvmc.cli.main import main
from hvmc.experiment.results import load

HOST = """
horizon_s: 2.5
warmup_s: 0.5
trials: 6
host: {logical_processors: 4, threads_per_core: 2}
guests:
  app: &app
    virtual_processors: 2
    workload:
      kind: closed
      threads: 4
      cpu: {kind: exponential, mean: 0.01}
      think: {kind: exponential, mean: 0.03}
  web: *app
  idle:
    virtual_processors: 1
    workload:
      kind: closed
      threads: 1
      cpu: {kind: exponential, mean: 0.002}
      think: {kind: exponential, mean: 0.5}
variants:
  double: [host.logical_processors*=2]
  idle_away: {changes: [~guests.idle], price: 3}
"""


@pytest.fixture
def here(folder_with):
    return folder_with(HOST)


def test_what_must_help_helps_and_what_must_hurt_hurts(here, capsys):
    """Two busy guests on two cores: SMT off takes capacity from them, twice the LPs give it.

    Without a victim it is found by a run of the present, whose trials are not simulated again.
    """
    assert main(["run", "mine.yaml", "what_if=double,smt_off,idle_away", "jobs=1"]) == 0
    told = capsys.readouterr()
    assert re.search("most likely to suffer at present: (app|web)\n", told.err)
    assert max(map(len, told.out.splitlines()[:-3])) <= 80
    assert "- smt_off: app (x" in told.out
    folder = max(here.glob("results/mine/*"), key=lambda path: len(load(path).settings.points))
    results = load(folder)
    assert results.provenance["runs"][-1]["reused"] == 6
    frames = Answer(results).kinds["WhatIf"].frames
    changes = frames["guests"].set_index(["metric", "setting", "role"])
    for name in ("app", "web"):
        assert changes.loc[("response_s", "smt_off", name), "low"] > 1.05
        assert changes.loc[("response_s", "double", name), "high"] < 0.8
    ranked = frames["variants"].set_index("variant")
    assert ranked.loc["double", "removed_low"] > 0
    assert ranked.loc["double", "cost"] == pytest.approx(1 + 2)  # its price, two cores
    moved = results.settings.points[0].design.draw(seed=1, trial=0).guest("idle").lp_demand
    assert ranked.loc["idle_away", "cost"] == pytest.approx(3 + moved / 1.2)
    assert main(["run", str(folder / "settings.yaml"), "jobs=1"]) == 0
    again = capsys.readouterr().out
    start = "Most suffering per cost is removed by "
    assert again[again.index(start) :] == told.out[told.out.index(start) :]


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (["what_if=wieghts"], "what_if must name variants, got 'wieghts': did you mean weights?"),
        (["what_if=weights", "victim=ap"], "victim must be a guest of this host, got 'ap': did"),
        (["what_if=all", "regime=over_committed"], "what_if needs a host whose guests are named"),
        (
            ["packing=app", "-m", "host.logical_processors=4,8"],
            "packing needs one design point to start from",
        ),
        (
            ["what_if=x", "+variants.x=['guests.app.priority.wieght=3']"],
            "variants.x.changes (guests.app.priority.wieght=3) names no setting, wieght is unkn",
        ),
        (["what_if=x", "+variants.x=[nonsense]"], "variants.x.changes[0] must be changes such as"),
        (["what_if=x", "+variants.x=3"], "variants.x must be a list of changes, or a mapping"),
        (
            ["what_if=all", "-m", "host.logical_processors=4,8"],
            "what_if needs one design point to start from, got 2: sweep nothing beside it",
        ),
        (["what_if=[smt_on]", "victim=app"], "what_if has no variant for this host: smt_on: it is"),
    ],
)
def test_a_wrong_question_is_told_before_anything_runs(more, told, here, capsys):
    assert main(["run", "mine.yaml", *more, "--dry-run"]) == 2
    assert told in " ".join(capsys.readouterr().err.split())
    assert not (here / "results").exists()
