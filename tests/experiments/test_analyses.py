"""Every experiment's README is written from stored results by its analyse.py."""

import importlib.util
import re
import shutil
import sys
from pathlib import Path

import pandas as pd
import pytest

import hvmc
from hvmc.experiment.settings import MODEL_VERSION

EXPERIMENTS = Path(__file__).parents[2] / "experiments"
sys.path.insert(0, str(EXPERIMENTS))
commands = importlib.import_module("commands")
renewal = importlib.import_module("renew")
tables = importlib.import_module("tables")

FOLDERS = sorted(EXPERIMENTS.glob("e[0-9][0-9]_*"))
BLOCK = re.compile(r"(?m)^<!-- result: (\w+) -->\n((?:.*\n)*?)<!-- end -->$")


@pytest.fixture
def analysis(monkeypatch):
    """Import an experiment's analyse.py as Python finds it beside its own modules."""

    def load(name):
        (folder,) = (found for found in FOLDERS if found.name.startswith(name))
        monkeypatch.syspath_prepend(str(folder))
        spec = importlib.util.spec_from_file_location(folder.name, folder / "analyse.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load


@pytest.fixture
def readme(tmp_path):
    """Copy a README with its blocks emptied."""

    def copy(module):
        target = tmp_path / "README.md"
        text = module.README.read_text()
        target.write_text(BLOCK.sub(r"<!-- result: \1 -->\n<!-- end -->", text))
        return target

    return copy


def written(readme):
    return dict(BLOCK.findall(readme.read_text()))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_readme_has_the_commands_of_its_analysis_and_results(folder, analysis):
    module = analysis(folder.name)
    found = written(folder / "README.md")
    expected = commands.shown(module.COMMANDS.values(), folder / "analyse.py")
    assert found.pop("commands") == f"{expected}\n"
    assert found
    assert all(found.values())


def test_changes_replace_those_of_a_command(monkeypatch):
    store = commands.Store(Path("s"), ("size=smoke", "seed=2"))
    command = "hvmc run -m experiment=relief trials=40 seed=1 relief=none,weights"
    words = ["-m", "experiment=relief", "relief=none,weights", "size=smoke", "seed=2"]
    assert store.arguments(command) == words
    monkeypatch.setenv("TRACES", "folder")
    assert "trace.path=folder" in store.arguments("hvmc run trace.path=$TRACES")
    monkeypatch.delenv("TRACES")
    with pytest.raises(ValueError, match="must be given"):
        store.arguments("hvmc run trace.path=$TRACES")
    with pytest.raises(ValueError, match="must begin with hvmc run"):
        store.arguments("python study.py")


def test_renewing_calls_every_command_and_then_the_analysis(tmp_path):
    analyse = EXPERIMENTS / "e08_relief" / "analyse.py"
    calls = dict(renewal.calls(analyse, commands.Store(tmp_path, ("size=smoke",)), jobs=1))
    assert list(calls) == ["all", "lps", "analyse"]
    assert calls["all"][:4] == ["-m", "hvmc", "run", "experiment=relief"]
    assert calls["all"][-3:] == ["size=smoke", f"results_dir={tmp_path}", "jobs=1"]
    assert calls["analyse"] == ["experiments/e08_relief/analyse.py", str(tmp_path), "size=smoke"]
    script = dict(
        renewal.calls(EXPERIMENTS / "e11_io_path" / "analyse.py", commands.Store(tmp_path), None)
    )
    assert script["io_path"] == ["experiments/e11_io_path/simulate_io.py", str(tmp_path)]


def test_the_table_of_experiments_tells_the_model_version(tmp_path):
    table = tmp_path / "README.md"
    table.write_text("| `e07_one` | which? | answered | 4 |\n| `e08_two` | | | 4 |\n")
    renewal.mark(table, "e07_one")
    assert table.read_text().splitlines() == [
        f"| `e07_one` | which? | answered | {MODEL_VERSION} |",
        "| `e08_two` | | | 4 |",
    ]
    with pytest.raises(ValueError, match="one row of e09"):
        renewal.mark(table, "e09_three")


def test_what_was_not_run_is_told(tmp_path, analysis):
    module = analysis("e09")
    with pytest.raises(LookupError, match="lacks trials of: hvmc run experiment=scale_out"):
        module.main(commands.Store(tmp_path), shutil.copy(module.README, tmp_path / "README.md"))


def test_small_runs_fill_every_block(tmp_path, analysis, readme):
    module = analysis("e05")
    store = commands.Store(tmp_path, ("size=smoke", "trials=2"))
    for command in module.COMMANDS.values():
        hvmc.run(store.experiment(command), results_dir=tmp_path, jobs=1)
    target = readme(module)
    module.main(store, target)
    found = written(target)
    assert all(found.values())
    assert found["timeline"].splitlines()[2].startswith("| 0 | 2048 (")
    assert len(found["stretch"].splitlines()) == 2 + 5


def test_a_small_study_of_coverage_fills_every_block(tmp_path, analysis, readme):
    module = analysis("e02")
    store = commands.Store(tmp_path, ("size=smoke",))
    for study in ("study", "spread"):
        importlib.import_module(study).main(store)
    target = readme(module)
    module.main(store, target)
    found = written(target)
    assert all(found.values())
    assert len(found["quantiles"].splitlines()) == 2 + 9


def test_settings_are_compared_by_host_setting_and_role(monkeypatch):
    rows = [
        {
            "context": "regime=over_committed",
            "setting": setting,
            "role": role,
            "metric": metric,
            "point": point,
            "baseline": 0,
            "level": 0.5,
            "level_low": 0.4,
            "level_high": 0.6,
            "change": change,
            "low": 0.9 * change,
            "high": 1.1 * change,
            "supported": metric != "stretch_p50",
        }
        for point, setting in enumerate(["none", "weights"])
        for role in ("other", "preferred")
        for metric, change in (("suffers", 0.1), ("stretch_p50", 2.0), ("response_s", 0.5))
    ]
    monkeypatch.setattr(tables, "changes", lambda _: pd.DataFrame(rows))
    assert tables.compared(None, roles=("other",)).splitlines() == [
        "| host | setting | role | P suffers, %, points | stretch p50 | response, ms |  |",
        "| --- | --- | --- | --- | --- | --- | --- |",
        "| over-committed | none | other | 50 (40..60) | 0.50 (0.40..0.60) | 500 (400..600) |  |",
        "|  | weights | other | +10.0 (+9.0..+11.0) | x2.00* (1.80..2.20) | x0.50 (0.45..0.55) "
        "| gains |",
        "",
        "First rows of a host: levels. Others: changes against them. "
        "\\*: too few hosts for the interval to hold as stated.",
    ]


def test_numbers_are_aligned_right():
    frame = pd.DataFrame({"name": ["a", "b"], "value": ["1.0", "-2"]})
    assert tables.markdown(frame).splitlines() == [
        "| name | value |",
        "| --- | ---: |",
        "| a | 1.0 |",
        "| b | -2 |",
    ]


def test_cases_of_the_io_path_fill_every_block(tmp_path, analysis, readme):
    module = analysis("e11")
    disk = [
        {"test": "disk", "workers": workers, "computing": busy, "wake": "queue", "machine": machine}
        | {"write_ms": ms, "read_ms": 10 * ms, "mean_ms": 5 * ms, "per_s": 100 / ms}
        for workers, busy in ((1, 0), (4, 3))
        for machine, ms in (("native", 1.0), ("virtual", 1.25))
    ]
    waits = [
        {"test": "waits", "computing": busy, "wake": wake}
        | {"root_us": busy, "guests_us": 0.5, "busy_lps": 1.0}
        for busy in (0, 1)
        for wake in ("preempt", "queue")
    ]
    cpu = [
        {"test": "cpu", "guest": guest, "intercepts": on, "lost": 0.05 * on + 0.01}
        for guest in ("lab", "enlightened", "unenlightened")
        for on in (True, False)
    ]
    network = [
        {"test": "network", "workers": workers, "kib": kib, "added_ms": 0.1}
        for workers in (1, 4)
        for kib in (1.5, 64.0)
    ]
    pd.DataFrame([*disk, *waits, *cpu, *network]).to_parquet(tmp_path / "io_path.parquet")
    target = readme(module)
    module.main(commands.Store(tmp_path), target)
    found = written(target)
    assert "| cached write, ms (C24) | +0.117 | +0.250 | +0.250 |" in found["disk"]
    assert "| -7.1 % | -20.0 % | -20.0 % |" in found["disk"]
    assert "| + 1 computing thread | 1.00 | 1.00 | 1.00 |" in found["waits"]
    assert "the lab (C20) | 9-12 % | 6.0 % |" in found["others"]
