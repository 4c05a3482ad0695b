"""The experiment on causes from the command to its answer."""

import re

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from hvmc.analysis.causes import PREFIX, cause_columns, summarise_causes
from hvmc.answers.kinds.causes import grid, legend
from hvmc.answers.page import print_blocks
from hvmc.cli.main import main
from hvmc.experiment.results import load
from hvmc.experiment.schema import TABLES
from hvmc.experiment.settings import Experiment, Point
from hvmc.regimes.design import Design
from hvmc.scenario.distributions import Exponential
from hvmc.scenario.guest import Guest
from hvmc.scenario.settings import SettingsError
from hvmc.scenario.workload import Closed
from hvmc.trial import PLAYERS

WORK = Closed(threads=2, cpu=Exponential(0.01))


@pytest.fixture(scope="module")
def told(tmp_path_factory, drawing_only):
    """Folder, exit code and text of a small run."""
    folder = tmp_path_factory.mktemp("causes")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("COLUMNS", "80")
        regimes = "regime=under_provisioned_guest,over_provisioned"
        words = ("experiment=causes", "size=smoke", "horizon_s=1.6", "trials=3", "jobs=1", regimes)
        with drawing_only("causes"):
            code = main(["run", *words])
    return folder, code


def test_report_and_figure(told, monkeypatch, capfd):
    folder, code = told
    assert code == 0
    (results,) = (path.parent for path in folder.rglob("settings.yaml"))
    assert (results / "figures" / "causes.png").stat().st_size > 10_000
    monkeypatch.setenv("COLUMNS", "80")
    capfd.readouterr()
    assert main(["show", str(results)]) == 0
    out = capfd.readouterr().out
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert lines.count("sizing 0 1 0") == 1  # of the three groups only that of host regimes
    assert "guest: victim" in lines
    assert any(re.fullmatch(r"\d+ guests, 3 trials", line) for line in lines)
    assert "contribution: mean over guests of what the cause adds to log stretch" in out
    assert "\N{HORIZONTAL ELLIPSIS}" not in out
    assert "published claim" not in out


def test_shares_of_a_penalty_that_may_be_nothing_are_not_told(capfd):
    rows = pd.DataFrame(
        {
            "regime": "x",
            "role": "guest",
            "trial": [0, 1, 2],
            "stretch": [0.99, 1.0, 1.02],
            "censored": 0,
            "cause_sizing": np.log([0.99, 1.0, 1.02]),
        }
    )
    by = ("regime", "role")
    found = summarise_causes(rows, by=by)
    print_blocks([grid(found, by, lambda key: key["role"])], Console(width=80))
    lines = [line.split() for line in capfd.readouterr().out.splitlines()]
    (sizing,) = (line for line in lines if line[:1] == ["sizing"])
    assert sizing[1:5] == ["0.003", "-0.03", "to", "0.04"]
    assert sizing[5:] == ["1.00", "-"]
    assert "-: the penalty itself may be nothing" in legend(found, by)


def test_stored_contributions_add_up(told):
    frame = load(next(told[0].rglob("settings.yaml")).parent).trials()
    names = cause_columns(frame)
    assert names == [PREFIX + player for player in PLAYERS]
    gap = frame[names].sum(axis=1) - np.log(frame["stretch"])
    assert gap.abs().max() < 1e-12
    short_of_vps = (frame["role"] == "victim") & (frame["own_commitment"] > 1.0)
    assert (frame.loc[short_of_vps, "cause_sizing"] > 0.2).all()
    assert (frame.loc[frame["role"] == "guest", "cause_sizing"] == 0.0).all()


def test_the_schema_has_a_column_for_every_player():
    columns = [name for name in TABLES["outcomes"] if name.startswith(PREFIX)]
    assert columns == [PREFIX + player for player in PLAYERS]


def test_the_report_needs_the_causes():
    design = Design(guests=(Guest(name="web", workload=WORK),))
    with pytest.raises(SettingsError, match=r"report must not be causes .*set causes=true"):
        Experiment(report="causes", points=(Point(design=design),))
    Experiment(report="causes", points=(Point(design=design.replace(causes=True)),))
