"""The command in process, in an empty folder."""

from types import SimpleNamespace

import pytest

from hvmc.cli.main import main


@pytest.fixture
def hvmc(tmp_path, monkeypatch, capfd):
    """Run the command; the result has code, out, err."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.delenv("UV", raising=False)

    def run(*arguments):
        capfd.readouterr()
        code = main([str(argument) for argument in arguments])
        told = capfd.readouterr()
        return SimpleNamespace(code=code, out=told.out, err=told.err)

    return run


@pytest.fixture
def refused(hvmc, tmp_path):
    """Run ``hvmc run`` on something wrong; return the problems it tells, one a line.

    Checks what all bad input has in common: exit code 2, nothing written, nothing of Hydra's.
    """

    def problems(*arguments):
        before = sorted(tmp_path.rglob("*"))
        told = hvmc("run", *arguments)
        assert told.code == 2
        assert told.out == ""
        assert sorted(tmp_path.rglob("*")) == before
        for noise in ("Traceback", "HYDRA_FULL_ERROR", "Warning"):
            assert noise not in told.err
        head, *lines = told.err.splitlines()
        assert lines[-1] == "Nothing was run or written."
        if len(lines) == 1:
            return [head.removeprefix("hvmc run: ")]
        assert head == f"hvmc run: {len(lines) - 1} problems"
        return [line.removeprefix("  ") for line in lines[:-1]]

    return problems


@pytest.fixture
def experiment_file(tmp_path):
    """Write an experiment into a folder of one's own; return the flag that names the folder."""

    def write(name, text, *, header="# @package _global_\n"):
        folder = tmp_path / "own" / "experiment"
        folder.mkdir(parents=True, exist_ok=True)
        content = text if isinstance(text, bytes) else (header + text).encode()
        (folder / f"{name}.yaml").write_bytes(content)
        return ("--config-dir", "own")

    return write
