"""What the README shows runs: Python blocks are executed, `hvmc` lines at least parsed."""

import re
import shlex
from pathlib import Path

import pytest

README = (Path(__file__).parents[2] / "README.md").read_text()
PYTHON = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
SHELL = re.findall(r"```(?:bash|sh)\n(.*?)```", README, flags=re.DOTALL)
COMMANDS = [
    line.split("#")[0].strip().removeprefix("uv run ")
    for block in SHELL
    for line in block.splitlines()
    if re.match(r"\s*(uv run )?hvmc ", line)
]


def test_readme_has_examples():
    assert PYTHON
    assert COMMANDS


@pytest.mark.parametrize("block", range(len(PYTHON)))
def test_python_blocks_run(block, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code = "\n".join(PYTHON[: block + 1])
    exec(compile(code, f"README.md block {block}", "exec"), {})


@pytest.mark.parametrize(
    "command", [line for line in COMMANDS if line.startswith("hvmc run") and "--" not in line]
)
def test_run_commands_are_valid(command, tmp_path, monkeypatch, capsys):
    from hvmc.cli.main import main
    from hvmc.config.assembly import assemble
    from hvmc.config.sources import Source, conf_dir

    if "trace.path" in command or "my_host" in command:
        pytest.skip("names a file or folder that the reader supplies")
    monkeypatch.chdir(tmp_path)
    words = shlex.split(command)[1:]
    if "-m" in words:
        assert main([*words, "--dry-run"]) == 0, capsys.readouterr().err
    else:
        assert assemble(words[1:], Source(conf_dir())).experiment.points


@pytest.mark.parametrize("command", [line for line in COMMANDS if "hvmc run" not in line])
def test_other_commands_name_existing_verbs(command):
    from hvmc.cli.main import main

    verb = shlex.split(command)[1]
    assert main([verb, "--help"]) == 0
