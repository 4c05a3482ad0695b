"""From nothing to a host that can be simulated: each step is printed by the one before."""

import shlex

import pytest

from hvmc.cli.main import main
from hvmc.fit.fit import fit


def next_of(out):
    """Return the arguments of the command that was printed as the next one."""
    words = shlex.split(out.rsplit("next: ", 1)[1].splitlines()[0])
    return words[words.index("hvmc") + 1 :]


@pytest.mark.parametrize("file", ["my_vms.csv", "mine.yaml"])
def test_each_step_is_shown_by_the_one_before(file, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["init", *([file] if file != "my_vms.csv" else [])]) == 0
    command = next_of(capsys.readouterr().out)
    assert command == ["fit", file, "-o", "my_host.yaml"]
    assert not fit([tmp_path / file], "mine").found.notes  # every head is known
    assert main(command) == 0
    told = capsys.readouterr()
    assert told.err == ""
    assert "16 LPs, 128 GiB" in told.out
    command = next_of(told.out)
    assert command == ["run", "my_host.yaml"]
    assert main([*command, "--dry-run"]) == 0
    told = capsys.readouterr().out
    assert told.startswith("host: 16 LPs")
    assert "LP commitment 0." in told
    assert main(["init", file]) == 2
    assert f"{file} is there already: --force replaces it" in capsys.readouterr().err
