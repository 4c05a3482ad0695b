"""hvmc constants: a row per constant, generated from the declarations."""

from hvmc.cli.main import main
from hvmc.regimes.traces import TraceSource
from hvmc.scenario.constants import constants, model_constants


def test_a_row_for_every_constant(capsys):
    assert main(["constants"]) == 0
    head, *rows = capsys.readouterr().out.splitlines()
    assert head.split() == ["path", "value", "unit", "range", "standing", "source"]
    of_traces = constants(TraceSource(path="recording"), "trace")
    paths = [constant.path for constant in (*model_constants(), *of_traces)]
    assert [row.split()[0] for row in rows] == paths
    (slope,) = (row.split() for row in rows if row.startswith("overheads.interference.slope"))
    assert slope[1:4] == ["0.1", "0.004..0.5", "assumed"]


def test_markdown(capsys):
    assert main(["constants", "--markdown"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert {line.count(" | ") for line in lines if not line.startswith("|---")} == {5}
    (rule,) = (line for line in lines if "`dispatch.rule`" in line)
    assert "| boost |  | credit or boost or fair_queue | assumed |" in rule
