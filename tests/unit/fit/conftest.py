from pathlib import Path

import pytest

from hvmc.cli.main import main


@pytest.fixture
def write(tmp_path):
    def written(name, content, encoding="utf-8"):
        file = tmp_path / name
        file.write_text(content, encoding=encoding)
        return file

    return written


@pytest.fixture
def refused(tmp_path, capsys):
    """Fit files, expect exit code 2, and return the problems told, without the folder."""

    def told(*files):
        output = tmp_path / "out.yaml"
        assert main(["fit", *map(str, files), "-o", str(output)]) == 2
        assert not output.exists()
        lines = capsys.readouterr().err.replace(f"{tmp_path}/", "").splitlines()
        assert lines[-1] == "Nothing was run or written."
        head, *rest = lines[:-1]
        return [line.strip() for line in rest] or [head.removeprefix("hvmc fit: ")]

    return told


@pytest.fixture
def examples():
    return Path(__file__).parents[3] / "experiments" / "own_host"
