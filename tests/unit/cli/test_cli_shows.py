"""What shows without simulating: help, version, Hydra's own flags, tab completion."""

import os
import shutil
import subprocess
import sys

import pytest

from hvmc.cli.completion import completed_line

HEAVY = {"hydra", "omegaconf", "numpy", "pandas", "mesa", "numba", "rich", "scipy", "matplotlib"}


def test_help_and_version_import_nothing_heavy():
    program = (
        "import sys; from hvmc.cli.main import main; codes = main(['--help']), main(['--version']);"
        "print(codes, sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    *told, last = done.stdout.splitlines()
    assert told[0] == "usage: hvmc VERB ..."
    assert told[-1].startswith("hvmc ")
    assert last.startswith("(0, 0)")
    assert not [name for name in HEAVY if f"'{name}'" in last]


def test_no_verb(hvmc):
    told = hvmc()
    assert told.code == 2
    assert told.err.startswith("usage: hvmc VERB")


@pytest.mark.parametrize("verb", ["show", "plot", "counters", "reproduce"])
def test_help_of_a_verb(hvmc, verb):
    told = hvmc(verb, "--help")
    assert told.code == 0
    assert told.out.startswith(f"usage: hvmc {verb} [-h]")


def test_help_of_run_lists_groups_and_settings(hvmc):
    told = hvmc("run", "--help")
    assert told.code == 0
    assert "\nsize: full, pilot, smoke\n" in told.out
    assert "\nsuffers_above: 1.25\n" in told.out
    assert "--dry-run" in told.out


def test_job_configuration(hvmc):
    told = hvmc("run", "regime=over_committed", "--cfg", "job", "trials=7", "-p", "regime")
    assert told.code == 0
    assert told.out.startswith("# @package regime\nname: over_committed\n")
    assert told.err == ""


def test_job_configuration_of_a_grid_is_that_of_its_first_point(hvmc):
    told = hvmc("run", "-m", "host.logical_processors=4,8", "--cfg", "job")
    assert "name: over_committed\n" in told.out
    assert "logical_processors: 4\n" in told.out
    assert told.err == (
        "# the first of 8 design points: regime=over_committed host.logical_processors=4\n"
    )


def test_job_configuration_with_a_key_absent_from_the_files(hvmc):
    told = hvmc("run", "regime=null", "trace.path=x", "experiment=null", "-c", "job", "-p", "trace")
    assert told.out == "# @package trace\npath: x\n"


def test_job_configuration_resolved(hvmc):
    arguments = (
        "regime=over_committed",
        "horizon_s=${warmup_s}",
        "--cfg",
        "job",
        "-p",
        "horizon_s",
    )
    assert hvmc("run", *arguments).out == "2.0\n"


def test_unknown_package(hvmc):
    told = hvmc("run", "--cfg", "job", "--package", "nope")
    assert told.code == 2
    assert "package 'nope' not found in config" in told.err


def test_info(hvmc, experiment_file):
    flag = experiment_file("mine", "name: mine\n")
    told = hvmc("run", "--info", "searchpath", *flag)
    assert told.code == 0
    assert "/own" in told.out
    assert "regime/over_committed" in hvmc("run", "--info", "defaults").out


def test_hydra_help(hvmc):
    assert hvmc("run", "--hydra-help").out.startswith("Hydra (1.")


@pytest.fixture
def completed(hvmc, monkeypatch):
    """Words that complete a line, as a shell asks."""

    def ask(line):
        monkeypatch.setenv("COMP_LINE", line)
        monkeypatch.setenv("COMP_POINT", str(len(line)))
        told = hvmc("-sc", "query=bash")
        assert (told.code, told.err) == (0, "")
        return told.out.split()

    return ask


VERBS = [
    "run",
    "init",
    "fit",
    "plot",
    "show",
    "constants",
    "recordings",
    "counters",
    "validate",
    "reproduce",
]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("hvmc ", VERBS),
        ("hvmc counters regime=under", ["regime=under_provisioned_guest"]),
        ("hvmc trace regime=under", ["regime=under_provisioned_guest"]),
        ("hvmc r", ["run", "recordings", "reproduce"]),
        ("hvmc show ", []),
        ("hvmc run regime=over", ["regime=over_committed", "regime=over_provisioned"]),
        ("hvmc run -n size=", ["size=full", "size=pilot", "size=smoke"]),
        ("hvmc run --dry-run -m host=smt host.sch", ["host.scheduler="]),
        ("hvmc run trials=5 dispatch.ru", ["dispatch.rule="]),
        ("hvmc run suffers_above=", ["suffers_above=1.25"]),
    ],
)
def test_completion(completed, line, words):
    assert completed(line) == words


def test_completion_of_ones_own_experiment(completed, experiment_file):
    experiment_file("my_own", "name: my_own\n")
    assert completed("hvmc run --config-dir own experiment=my") == ["experiment=my_own"]


def test_completion_at_the_cursor(hvmc, monkeypatch):
    monkeypatch.setenv("COMP_LINE", "hvmc r trials=5")
    monkeypatch.setenv("COMP_POINT", "6")
    assert hvmc("-sc", "query=bash").out.split() == ["run", "recordings", "reproduce"]


def test_line_without_verb_and_own_flags():
    assert completed_line("hvmc run --dry-run -m regime=") == (None, "hvmc -m regime=")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_installation(hvmc, shell):
    told = hvmc("-sc", f"install={shell}")
    assert told.code == 0
    assert "hvmc" in told.out
    assert hvmc("run", "-sc", f"uninstall={shell}").code == 0


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_in_a_real_shell(tmp_path):
    program = tmp_path / "hvmc"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m hvmc "$@"\n')
    program.chmod(0o755)
    script = """
        eval "$(hvmc -sc install=bash)"
        COMP_LINE="hvmc run regime=over_c"; COMP_POINT=${#COMP_LINE}; COMP_CWORD=2
        hydra_bash_completion; echo "${COMPREPLY[@]}"
        complete -p hvmc
    """
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", script],
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    words, rule = done.stdout.splitlines()
    assert words == "regime=over_committed"
    assert rule.endswith("-F hydra_bash_completion hvmc")
