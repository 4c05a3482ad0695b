"""The folder's text files: settings, provenance, failures, the lock; refusals to write."""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from hvmc.experiment import failures, provenance
from hvmc.experiment.errors import ResultsError
from hvmc.experiment.files import (
    check_writable,
    make_folder,
    remove_leftovers,
    replace_file,
    write_errors,
)
from hvmc.experiment.folder import (
    build_settings,
    folder_of,
    read_mapping,
    settings_mapping,
    update_settings,
)
from hvmc.experiment.lock import locked
from hvmc.experiment.results import load
from hvmc.experiment.schema import SCHEMA_VERSION
from hvmc.experiment.settings import Experiment, Point
from hvmc.experiment.spans import Span

FAILURE = dict.fromkeys(failures.FAILURE_FIELDS, 0)


def test_settings_come_back_as_they_were(tmp_path, experiment):
    update_settings(tmp_path, experiment, "hvmc run experiment=small")
    assert build_settings(tmp_path, read_mapping(tmp_path)) == experiment


def test_the_settings_file_composes_and_says_what_it_is_for(tmp_path, experiment):
    update_settings(tmp_path, experiment, "hvmc run\n  experiment=small")
    lines = (tmp_path / "settings.yaml").read_text().splitlines()
    assert lines[:3] == ["# @package _global_", "# How?", "# hvmc run experiment=small"]
    content = yaml.safe_load("\n".join(lines))
    assert [point["levels"] for point in content["points"]] == [
        {"host.memory_mib": 131072.0},
        {"host.memory_mib": 65536.0},
    ]
    assert content["points"][0]["design"]["guests"]["web"]["workload"]["kind"] == "closed"


def test_numbers_survive_yaml_exactly(tmp_path, design):
    odd = design.replace(drain_s=0.1 + 0.2, horizon_s=1e-05 + 1, suffers_above=1 + 1e-15)
    experiment = Experiment(points=(Point(design=odd),))
    update_settings(tmp_path, experiment, "")
    assert build_settings(tmp_path, read_mapping(tmp_path)).digest == experiment.digest


def test_a_level_of_any_kind_is_written_plain(tmp_path, design):
    import numpy as np

    levels = {"a": np.float64(0.5), "b": Path("x"), "c": None, "d": True, "e": (1, 2)}
    experiment = Experiment(points=(Point(design=design, levels=levels),))
    assert settings_mapping(experiment)["points"][0]["levels"] == {
        "a": 0.5,
        "b": "x",
        "c": None,
        "d": True,
        "e": "(1, 2)",
    }
    update_settings(tmp_path, experiment, "")


@pytest.mark.parametrize(
    ("asked", "kept"), [((10, 1), (10, 1)), ((2, 1), (4, 2)), ((3, 3), (3, 3)), ((8, 2), (8, 2))]
)
def test_a_folder_keeps_the_larger_of_comparable_sizes(tmp_path, experiment, asked, kept):
    update_settings(tmp_path, experiment.replace(trials=4, replications=2), "")
    update_settings(tmp_path, experiment.replace(trials=asked[0], replications=asked[1]), "")
    content = read_mapping(tmp_path)
    assert (content["trials"], content["replications"]) == kept


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("points: [", "can't be read"),
        ("just words", "not a mapping"),
        ("trials: many\nreplications: 1", "trials must be a whole number >= 1, got 'many'"),
        ("trials: 1\nreplications: 1\npoints: 3", "points must be a list"),
        ("trials: 1\nreplications: 1\npoints: [3]", r"points\[0\] must be a mapping"),
    ],
)
def test_garbled_settings_are_named_with_the_remedy(tmp_path, text, what):
    (tmp_path / "settings.yaml").write_text(text)
    with pytest.raises(ResultsError, match=rf"(?s)settings\.yaml .*{what}.*delete it and run"):
        read_mapping(tmp_path)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("trials: [" + "[" * 500, "settings.yaml, line 1: is nested more than 32 deep"),
        ("trials: &t\n  - *t\n", "settings.yaml, line 2: *t stands inside what it stands for"),
        ("trials: " + "9" * 400, "settings.yaml, line 1: holds a number of 400 digits"),
        (
            f"trials: 1{'0' * 250}\nreplications: 1\npoints: [{{}}]",
            "settings.yaml is corrupt (trials must be 1..1000000000, got a number of 251 digits)",
        ),
    ],
)
def test_harmful_settings_are_named_with_the_remedy(tmp_path, text, what):
    (tmp_path / "settings.yaml").write_text(text)
    with pytest.raises(ResultsError) as caught:
        load(tmp_path)
    assert f"{tmp_path}/{what}" in str(caught.value)
    assert "delete it and run the experiment again" in str(caught.value)


def test_every_broken_setting_is_named(tmp_path, experiment):
    content = settings_mapping(experiment)
    content["seed"] = -1
    content["points"][1]["design"]["host"]["logical_processors"] = 0
    with pytest.raises(ResultsError) as caught:
        build_settings(tmp_path, content)
    message = str(caught.value)
    assert "settings.yaml can't be used" in message
    assert "seed must be" in message
    assert "points[1].design.host.logical_processors must be 1..1024, got 0" in message


def test_the_folder_is_named_by_experiment_and_digest(experiment):
    assert folder_of(experiment, "out") == Path("out") / "small" / experiment.digest
    assert folder_of(experiment.replace(trials=9), "out") == folder_of(experiment, "out")


def test_provenance_tells_what_made_the_results(tmp_path, experiment):
    provenance.append_run(tmp_path, experiment, "hvmc run", 3)
    provenance.finish_run(tmp_path, simulated=7)
    provenance.append_run(tmp_path, experiment, "", 1)
    content = provenance.read_provenance(tmp_path)
    assert content["points"] == [point.digest(1) for point in experiment.points]
    assert content["digest"] == experiment.digest
    first, second = content["runs"]
    assert (first["command"], first["jobs"], first["simulated"]) == ("hvmc run", 3, 7)
    assert first["started"] <= first["finished"]
    assert second["finished"] is None
    assert second["command"]
    environment = second["environment"]
    assert environment["python"] == ".".join(map(str, sys.version_info[:3]))
    assert all(environment["packages"][name] for name in ("mesa", "numpy", "numba", "joblib"))


def test_git_state_of_a_tracked_a_changed_and_an_installed_package(tmp_path):
    def git(*arguments):
        identity = ["-c", "user.name=a", "-c", "user.email=a@b"]
        subprocess.run(["git", "-C", str(tmp_path), *identity, *arguments], check=True)

    package = tmp_path / "package"
    package.mkdir()
    (package / "__init__.py").write_text("")
    git("init", "-q")
    assert provenance.git_state(package) is None
    git("add", ".")
    git("commit", "-qm", "first")
    state = provenance.git_state(package)
    assert len(state["commit"]) == 40
    assert state["dirty"] is False
    (package / "new.py").write_text("")
    assert provenance.git_state(package)["dirty"] is True


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("{", "can't be read"),
        ("[]", "is corrupt"),
        ('{"schema_version": 1}', "is corrupt"),
        ('{"runs": ' + "[" * 100_000, "can't be read (it is nested too deep)"),
        ("9" * 5000, "can't be read"),
    ],
)
def test_garbled_provenance_is_named(tmp_path, text, what):
    (tmp_path / "provenance.json").write_text(text)
    with pytest.raises(ResultsError) as caught:
        provenance.read_provenance(tmp_path)
    assert f"provenance.json {what}" in str(caught.value)
    assert "delete it and run" in str(caught.value)


@pytest.mark.parametrize(
    "change",
    [
        {"runs": [3]},
        {"runs": [{}]},
        {"runs": [None, "x"]},
        {"points": [{}]},
        {"environment": 3},
        {"environment": {"packages": ["numpy"]}},
        {"environment": {"git": {"commit": 3, "dirty": True}}},
        {"started": None},
        {"finished": 3},
        {"command": ["hvmc"]},
    ],
)
def test_provenance_whose_runs_are_none_is_named(tmp_path, experiment, change):
    provenance.append_run(tmp_path, experiment, "", 1)
    path = tmp_path / "provenance.json"
    content = json.loads(path.read_text())
    del content["checksum"]
    (content if {"runs", "points"} & {*change} else content["runs"][0]).update(change)
    path.write_text(json.dumps(content))
    with pytest.raises(ResultsError, match=r"provenance\.json is corrupt .*: delete it and run"):
        provenance.read_provenance(tmp_path)


def test_provenance_of_another_schema_is_refused(tmp_path, experiment):
    provenance.append_run(tmp_path, experiment, "", 1)
    path = tmp_path / "provenance.json"
    now = f'"schema_version": {SCHEMA_VERSION}'
    path.write_text(path.read_text().replace(now, '"schema_version": 0'))
    match = f"has schema version 0, this hvmc reads {SCHEMA_VERSION}: use the hvmc"
    with pytest.raises(ResultsError, match=match):
        provenance.read_provenance(tmp_path)


def test_failures_are_kept_once_and_forgotten_when_stored(tmp_path):
    for trial in (4, 1, 4):
        failures.record(tmp_path, [{**FAILURE, "trial": trial}])
    assert [failure["trial"] for failure in failures.read_failures(tmp_path)] == [1, 4]
    failures.forget(tmp_path, [Span.at(0, range(3))])
    assert [failure["trial"] for failure in failures.read_failures(tmp_path)] == [4]
    failures.forget(tmp_path, [Span.at(0, range(9))])
    assert list(tmp_path.iterdir()) == []


def test_a_torn_last_failure_is_left_out_and_a_corrupt_one_named(tmp_path):
    failures.record(tmp_path, [FAILURE])
    path = tmp_path / "failures.jsonl"
    with path.open("a") as stream:
        stream.write('{"point": 0, "tri')
    assert len(failures.read_failures(tmp_path)) == 1
    failures.forget(tmp_path, [])
    assert path.read_text() == json.dumps(FAILURE) + "\n"
    path.write_text("nonsense\n")
    with pytest.raises(ResultsError, match=r"failures\.jsonl, line 1 is corrupt .*delete the line"):
        failures.read_failures(tmp_path)


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("[1, 2]", "it is no mapping"),
        ('{"point": "a"}', "point must be a whole number >= 0, got 'a'"),
        (json.dumps({**FAILURE, "trial": None}), "trial must be a whole number >= 0, got None"),
        (json.dumps({**FAILURE, "trial": [3]}), "trial must be a whole number >= 0, got [3]"),
        (json.dumps({**FAILURE, "replication": 0.5}), "replication must be a whole number"),
        (
            json.dumps({**FAILURE, "message": {"a": 1}}),
            "message must be a single value, got a dict",
        ),
        ("[" * 100_000, "recursion"),
        (f'{{"point": {"9" * 5000}}}', "Exceeds the limit"),
    ],
)
def test_failures_of_no_unit_are_named(tmp_path, line, what):
    failures.record(tmp_path, [FAILURE])
    with (tmp_path / "failures.jsonl").open("a") as stream:
        stream.write(line + "\n")
    with pytest.raises(ResultsError) as caught:
        failures.read_failures(tmp_path)
    assert str(caught.value).startswith(f"{tmp_path}/failures.jsonl, line 2 is corrupt (")
    assert what in str(caught.value)
    assert str(caught.value).endswith("): delete the line")


def test_one_writer_at_a_time(tmp_path):
    with (
        locked(tmp_path),
        pytest.raises(ResultsError, match=rf"is in use by process {os.getpid()} on .*: wait"),
        locked(tmp_path),
    ):
        pass
    with locked(tmp_path):
        owner = json.loads((tmp_path / ".lock").read_text())
    assert owner["pid"] == os.getpid()
    assert (tmp_path / ".lock").read_text() == ""


def test_the_lock_of_a_killed_process_is_free(tmp_path):
    program = (
        "import os, signal, sys; from pathlib import Path\n"
        "from hvmc.experiment.lock import locked\n"
        "with locked(Path(sys.argv[1])): os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=False)
    assert done.returncode == -9
    assert (tmp_path / ".lock").read_text()
    with locked(tmp_path):
        assert json.loads((tmp_path / ".lock").read_text())["pid"] == os.getpid()


def test_a_file_is_replaced_whole(tmp_path):
    path = tmp_path / "a"
    replace_file(path, b"old")
    replace_file(path, b"new")
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("a", b"new")]


@pytest.mark.parametrize(
    ("code", "remedy"),
    [(errno.ENOSPC, "free some space and run"), (errno.EROFS, "choose another folder with")],
)
def test_a_refused_write_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch, code, remedy):
    path = tmp_path / "a"
    replace_file(path, b"old")

    def refuse(descriptor):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(ResultsError, match=rf"{path} can't be written \({os.strerror(code)}\).*"):
        replace_file(path, b"new")
    with pytest.raises(ResultsError, match=remedy):
        replace_file(path, b"new")
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("a", b"old")]


@pytest.mark.parametrize("trials", [True, False])
def test_trials_are_kept_only_where_there_are_any(tmp_path, trials):
    refused = pytest.raises(ResultsError, match="free some space")
    with refused as caught, write_errors(tmp_path / "a", trials=trials):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert ("finished trials are kept" in str(caught.value)) == trials


def test_a_folder_that_can_not_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ResultsError, match=r"/file is not a folder: .*results_dir="):
        make_folder(tmp_path / "file" / "inner" / "more")
    with pytest.raises(ResultsError, match=r"/file is not a folder: move it away$"):
        make_folder(tmp_path / "file")
    if Path("/proc/self").exists():
        with pytest.raises(ResultsError, match=r"^/proc/none can't be written .*results_dir="):
            make_folder(Path("/proc/none/inner/more"))


def test_a_check_for_writing_leaves_nothing_behind(tmp_path):
    check_writable(tmp_path / "a" / "b")
    check_writable(tmp_path)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").write_text("")
    with pytest.raises(ResultsError, match=r"/file is not a folder"):
        check_writable(tmp_path / "file" / "inner")


def test_leftovers_of_killed_writers_go(tmp_path):
    (tmp_path / ".a.parquet.77.tmp").write_text("")
    (tmp_path / "a.parquet").write_text("")
    remove_leftovers(tmp_path)
    remove_leftovers(tmp_path / "nowhere")
    assert [path.name for path in tmp_path.iterdir()] == ["a.parquet"]


def test_the_package_is_light():
    program = "import sys, hvmc.experiment, hvmc.experiment.settings; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"pandas", "pyarrow", "joblib", "mesa", "scipy", "hydra"} & set(loaded)


def test_how_long_a_guest_boots_counts_where_something_may_restart_it(design):
    def digests(boot_s, changes):
        use = design.guests[0].memory.use.replace(boot_s=boot_s)
        memory = design.guests[0].memory.replace(use=use)
        guests = (design.guests[0].replace(memory=memory), *design.guests[1:])
        return Point(design=design.replace(guests=guests, changes=changes)).digest(1)

    restarts = (f"guests.{design.guests[0].name}.memory.use.restart_s=1",)
    assert digests(1.0, ()) == digests(60.0, ())
    assert digests(1.0, restarts) != digests(60.0, restarts)
