"""hvmc constants: every constant with what is known of it, generated from the declarations."""

import re

from hvmc.cli.constants import known_constants
from hvmc.cli.main import main


def printed(capsys, *words):
    assert main(["constants", *words]) == 0
    return capsys.readouterr().out


def test_every_constant_is_told_in_80_columns(capsys):
    text = printed(capsys)
    assert max(map(len, text.splitlines())) <= 80
    paths = [constant.path for constant in known_constants()]
    assert re.findall(r"^([a-z][\w.*]+)=", text, flags=re.MULTILINE | re.IGNORECASE)[1:] == paths
    assert "interference.slope=0.1\n  assumed, drawn, 0.004..0.5: what cloud VMs" in text


def test_what_is_not_drawn_does_not_say_so(capsys):
    text = printed(capsys, "population", "dispatch")
    assert "population.ROLE.intensity_cv=1.01\n  assumed, drawn, 0.5..1.92: the median VM" in text
    assert "population.ROLE.memory.startup_mib=2048 MiB\n  measured: M27" in text
    assert "dispatch.rule=boost\n  assumed, drawn if named: published" in text
    assert "\n  - boost, fitted: waits" in text
    assert "overheads" not in text


def test_a_path_of_nothing_is_refused(capsys):
    assert main(["constants", "dispach"]) == 2
    assert "begins with dispach: they begin with host, dispatch," in capsys.readouterr().err


def test_markdown(capsys):
    lines = printed(capsys, "--markdown").splitlines()
    assert {line.count(" | ") for line in lines if not line.startswith("|---")} == {5}
    (rule,) = (line for line in lines if "`dispatch.rule`" in line)
    assert "| boost |  | credit or boost or fair_queue | assumed, drawn if named |" in rule
