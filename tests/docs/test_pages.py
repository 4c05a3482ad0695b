"""What README and site show runs: Python is executed, commands are parsed or run dry."""

import ast
import contextlib
import io
import re
import shlex
import sys
from pathlib import Path

import pandas as pd
import pytest

import hvmc
from hvmc.cli.main import VERBS, main

sys.path.insert(0, str(Path(__file__).parent))
from pages import DOCS, PAGES, ROOT

COMMANDS = sorted(
    {(page.name, command) for page in PAGES for command in page.commands},
    key=lambda pair: (pair[1], pair[0]),
)
WITH_PYTHON = [page for page in PAGES if page.python]
HVMC = sorted({command for _, command in COMMANDS if command.startswith("hvmc ")})
RUNS = [command for command in HVMC if command.startswith("hvmc run")]
SUPPLIED = ("DIR", "my_host.yaml", "settings.yaml", "vms.csv", "DIGEST")


@pytest.fixture
def project(tmp_path, monkeypatch):
    """An empty folder with what a copy of the project has."""
    for name in ("experiments", "conf", "docs"):
        (tmp_path / name).symlink_to(ROOT / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def printed_and_said(code):
    """Execute a page's Python; yield what a line prints beside what its comment says."""
    space = {}
    lines = code.splitlines()
    for node in ast.parse(code).body:
        stream = io.StringIO()
        with contextlib.redirect_stdout(stream):
            module = ast.Module([node], type_ignores=[])
            exec(compile(module, "page", "exec"), space)
        said = re.search(r"  # (.+)$", lines[node.end_lineno - 1])
        if said and lines[node.lineno - 1].startswith("print("):
            yield stream.getvalue().strip(), said[1]


@pytest.mark.parametrize(
    "page", [page for page in PAGES if page.python], ids=lambda page: page.name
)
def test_python_runs_and_prints_what_it_says(page, project):
    for printed, said in printed_and_said("\n".join(page.python)):
        assert printed == said


def test_what_is_printed_is_compared():
    assert list(printed_and_said("x = 1\nprint(x + 1)  # 3\n")) == [("2", "3")]


@pytest.mark.parametrize("command", RUNS)
def test_runs_are_valid(command, project, capsys):
    from hvmc.config.assembly import assemble
    from hvmc.config.sources import Source, conf_dir

    words = shlex.split(command)[1:]
    if any(name in command for name in SUPPLIED):
        pytest.skip("names what the reader supplies")
    named = re.fullmatch(r"run experiment=(\w+)( trials=\d+)?", " ".join(words))
    if named:  # that it would run is shown of every experiment, in tests/configs
        assert (conf_dir() / "experiment" / f"{named[1]}.yaml").exists()
    elif any(word.startswith("-") for word in words):
        dry = [] if {"--dry-run", "--cfg"} & set(words) else ["--dry-run"]
        assert main([*words, *dry]) == 0, capsys.readouterr().err
    else:
        assert assemble(words[1:], Source(conf_dir())).experiment.points


@pytest.mark.parametrize("command", [command for command in HVMC if command not in RUNS])
def test_other_commands_are_known_and_run_where_they_can(command, project, capsys):
    verb, *words = shlex.split(command)[1:]
    assert main([verb, "--help"]) == 0
    told = capsys.readouterr().out
    assert [word for word in words if word.startswith("-") and word not in told] == []
    if verb in ("fit", "recordings") and not any(name in command for name in SUPPLIED):
        assert main([verb, *words]) == 0, capsys.readouterr().err


def test_other_programs_are_there():
    """Commands that are not hvmc's are of a few programs, and the scripts that they name exist."""
    others = [command for _, command in COMMANDS if not command.startswith("hvmc ")]
    known = {"python", "pip", "pytest", "sphinx-build", "source", "eval"}
    assert {shlex.split(command)[0] for command in others} <= known
    scripts = re.findall(r"\b[\w/]+\.py\b", "\n".join(others))
    assert [script for script in scripts if not (ROOT / script).exists()] == []


def test_verbs_that_are_named_exist():
    named = {verb for page in PAGES for verb in re.findall(r"`hvmc ([a-z]+)", page.text)}
    assert named - set(VERBS) == set()
    assert {"run", "fit", "plot", "validate", "reproduce"} <= named


def test_paths_that_are_named_exist():
    named = {
        (page.name, path)
        for page in PAGES
        for path in re.findall(r"`((?:hvmc|conf|experiments|docs|tests)/[\w./]+)`", page.text)
    }
    assert len(named) > 20
    assert [pair for pair in named if not (ROOT / pair[1].rstrip("/")).exists()] == []


def test_every_public_name_is_in_the_api_once():
    text = "".join(page.text for page in PAGES if "/api/" in page.name)
    found = re.findall(r":: hvmc\.(\w+)$", text, flags=re.MULTILINE)
    assert sorted(found) == hvmc.__all__


def test_every_source_of_a_constant_is_on_the_page_of_sources(capsys):
    main(["constants", "--markdown"])
    cited = set(re.findall(r"\b[A-GMRS]\d\d\b", capsys.readouterr().out))
    sources = pd.read_csv(DOCS / "sources.csv")
    assert len(cited) > 30
    assert cited - set(sources["id"]) == set()
