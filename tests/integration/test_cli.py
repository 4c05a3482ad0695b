"""The command from end to end: run, run again, extend, interrupt, show, plot, reproduce."""

import io
import json
import re
from types import SimpleNamespace

import pandas as pd
import pytest

from hvmc.cli import progress
from hvmc.cli.main import main
from hvmc.experiment.results import load
from hvmc.experiment.seal import sealed
from hvmc.regimes.design import Design

SMALL = ("size=smoke", "trials=2", "jobs=1")
ONE = ("experiment=null", "regime=over_provisioned", "horizon_s=1.5", "warmup_s=0.5", "jobs=1")


@pytest.fixture
def hvmc(tmp_path, monkeypatch, capfd):
    """Run the command in an empty folder; the result has code, out, err."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.delenv("UV", raising=False)

    def run(*arguments):
        capfd.readouterr()
        code = main([str(argument) for argument in arguments])
        told = capfd.readouterr()
        return SimpleNamespace(code=code, out=told.out, err=told.err)

    return run


def folder(root):
    (found,) = (path.parent for path in root.rglob("settings.yaml"))
    return found


def folder_of_notes(root):
    (found,) = (path.parent for path in root.rglob("provenance.json"))
    return found


def test_from_run_to_reproduce(hvmc, tmp_path, drawing_only):
    told = hvmc("run", *SMALL)
    assert told.code == 0
    results = folder(tmp_path / "results")
    where = results.relative_to(tmp_path)
    assert where.parts[:2] == ("results", "four_regimes")
    for words in (
        "4 design points x 2 trials, window of 2 s after 1 s of warm-up, seed 1",
        "p50",
        "> 1.25, %",
        "sizing",
        "hosting",
        "cost per",
        "over-committed:",
        "guest: victim",
        "guest: neighbour",
        "The published claim of who suffers, by criteria fixed beforehand:",
        f"figure files in {where}/figures",
        f"one page to hand over: {where}/report.html",
        f"results, settings and provenance in {where}",
        f"next: hvmc show {where}   hvmc plot {where}",
    ):
        assert words in told.out
    assert len(re.findall(r"the claim that", told.out)) == 5
    figures = {path.name for path in (results / "figures").iterdir()}
    assert {"exceedance.png", "exceedance.svg", "suffering.png", "knee.svg", "split.png"} <= figures
    assert load(results).complete
    runs = json.loads((results / "provenance.json").read_text())["runs"]
    assert [run["command"] for run in runs] == ["hvmc run size=smoke trials=2 jobs=1"]

    shown = hvmc("show", where)
    assert shown.code == 0
    for words in (
        f"results in {where}",
        "factor regime: over_committed, efficiently_provisioned, over_provisioned, ",
        "hvmc run size=smoke trials=2 jobs=1 (8 simulated, 0 reused, 0 failed)",
        "made with Python 3.",
        "host.logical_processors=16",
    ):
        assert words in " ".join(shown.out.split())
    tables = slice(told.out.index("guests, "), told.out.index("The published claim"))
    assert told.out[tables] in shown.out

    for path in (results / "figures").iterdir():
        path.unlink()
    with drawing_only("knee"):
        drawn = hvmc("plot", where)
    assert drawn.code == 0
    assert {path.rpartition("/")[2] for path in drawn.out.split()} == {"knee.png", "knee.svg"}
    assert {path.name for path in (results / "figures").iterdir()} == {"knee.png", "knee.svg"}

    equal = hvmc("reproduce", where, "--fraction", "0.5", "--jobs", "1")
    assert (equal.code, equal.out[:20]) == (0, "equal, bit for bit: ")
    assert "4 trials" in equal.out


def test_the_same_command_again_extends_or_does_nothing(hvmc, tmp_path, undrawn):
    assert hvmc("run", *ONE, "trials=2").code == 0
    results = folder(tmp_path)
    first = load(results).trials()
    before = {path: path.stat().st_mtime_ns for path in results.rglob("*")}
    again = json.loads(hvmc("run", *ONE, "trials=2", "--json").out)
    assert again["units"] == {"asked": 2, "stored": 2, "failed": 0}
    assert {path: path.stat().st_mtime_ns for path in results.rglob("*")} == before
    plan = hvmc("run", *ONE, "trials=5", "--dry-run")
    assert "done       2 of 5\nto do      3\n" in plan.out
    assert hvmc("run", *ONE, "trials=5").code == 0
    extended = load(results).trials()
    assert extended["trial"].nunique() == 5
    assert extended[extended["trial"] < 2].reset_index(drop=True).equals(first)


def test_interrupted_and_continued(hvmc, tmp_path, monkeypatch, undrawn):
    lines = progress._lines

    def interrupting(*words):
        report = lines(*words)

        def stop(done, total, count, left_s):
            report(done, total, count, left_s)
            if done:
                raise KeyboardInterrupt

        return stop

    monkeypatch.setattr(progress, "_lines", interrupting)
    told = hvmc("run", *ONE, "trials=40")
    assert told.code == 130
    where = folder(tmp_path).relative_to(tmp_path)
    kept = re.search(
        r"(?m)^hvmc run: interrupted\. (\d+) of 40 trials are kept in (\S+): ", told.err
    )
    assert kept[2] == str(where)
    assert 0 < int(kept[1]) < 40
    assert told.err.endswith("goes on:\n  hvmc run " + " ".join([*ONE, "trials=40"]) + "\n")
    monkeypatch.setattr(progress, "_lines", lines)
    assert hvmc("run", *ONE, "trials=40").code == 0
    continued = load(where)
    assert continued.complete
    assert continued.provenance["runs"][-1]["simulated"] == 40 - int(kept[1])


def test_saved_experiment_reruns_anywhere(hvmc, tmp_path, undrawn):
    assert hvmc("run", *ONE, "-m", "trials=2", "host.logical_processors=4,8").code == 0
    first = load(folder(tmp_path / "results"))
    text = (first.path / "settings.yaml").read_text()
    (tmp_path / "own" / "experiment").mkdir(parents=True)
    (tmp_path / "own" / "experiment" / "mine.yaml").write_text(text)
    ways = {
        "file": ("own/experiment/mine.yaml",),
        "folder": (first.path,),
        "config": ("--config-dir", "own", "experiment=mine"),
    }
    for place, arguments in ways.items():
        assert hvmc("run", *arguments, f"results_dir={place}", "jobs=1").code == 0
        again = load(folder(tmp_path / place))
        assert again.path.name == first.path.name
        assert again.trials().equals(first.trials())
    assert (
        hvmc("run", "own/experiment/mine.yaml", "trials=3", "results_dir=file", "jobs=1").code == 0
    )
    assert load(folder(tmp_path / "file")).settings.trials == 3


def test_saved_experiment_keeps_its_design_points(hvmc, tmp_path, undrawn):
    assert hvmc("run", *ONE, "trials=2").code == 0
    where = folder(tmp_path).relative_to(tmp_path)
    told = hvmc("run", where, "host.logical_processors=4", "trails=3", "trials=0")
    assert told.code == 2
    complete = (
        "can't be changed, the design points of a saved experiment are complete: what can is name, "
        "question, report, compare, seed, trials, replications, prices, precision, sizes, "
        "victim, variants, packing, target, growth_per_year, jobs, results_dir, "
        "trial_time_limit_s, shard, execution, trace.path"
    )
    assert told.err.splitlines() == [
        "hvmc run: 3 problems",
        f"  host.logical_processors {complete}",
        "  trails is not a setting: did you mean trials?",
        "  trials must be 1..1000000000, got 0",
        "Nothing was run or written.",
    ]
    assert "its design points are complete" in hvmc("run", where, "-m").err
    (tmp_path / "own" / "experiment").mkdir(parents=True)
    (tmp_path / "own" / "experiment" / "mine.yaml").write_text(
        (tmp_path / where / "settings.yaml").read_text()
    )
    told = hvmc("run", "--config-dir", "own", "experiment=mine", "size=smoke")
    assert (told.code, told.err.splitlines()[0]) == (2, f"hvmc run: size {complete}")


def test_a_failing_trial_is_told_and_the_rest_counts(hvmc, tmp_path, monkeypatch, undrawn):
    draw = Design.draw

    def failing(design, *, seed, trial):
        if trial == 1:
            raise ArithmeticError("no such guest")
        return draw(design, seed=seed, trial=trial)

    monkeypatch.setattr(Design, "draw", failing)
    told = hvmc("run", *ONE, "trials=3")
    assert told.code == 0
    assert "1 design point x 3 trials (1 failed)" in told.out
    assert (
        "hvmc: 1 of 3 trials failed, the first at point 0, trial 1: ArithmeticError: no such "
        in (told.err)
    )
    assert f"{folder(tmp_path).relative_to(tmp_path)}/failures.jsonl" in told.err


def test_exit_code_one_where_every_trial_fails(hvmc, tmp_path, monkeypatch):
    draw = Design.draw

    def failing(design, *, seed, trial):
        if seed == 2:
            raise ArithmeticError("no such guest")
        return draw(design, seed=seed, trial=trial)

    monkeypatch.setattr(Design, "draw", failing)
    told = hvmc("run", *ONE, "trials=3", "seed=2")
    assert told.code == 1
    assert told.out == ""
    assert "hvmc: every trial failed, the first at point 0, trial 0: ArithmeticError" in told.err
    shown = hvmc("show", folder(tmp_path))
    assert (shown.code, "No trial is stored." in shown.out) == (0, True)
    for verb in ("plot", "reproduce"):
        told = hvmc(verb, folder(tmp_path))
        assert (told.code, "no trial, all failed: failures.jsonl" in told.err) == (2, True)
    (folder(tmp_path) / "settings.yaml").rename(tmp_path / "kept")
    told = hvmc("show", folder_of_notes(tmp_path))
    assert "settings.yaml is missing: run the same command again" in told.err
    (tmp_path / "kept").rename(folder_of_notes(tmp_path) / "settings.yaml")
    (folder(tmp_path) / "failures.jsonl").unlink()
    for verb in ("show", "plot", "reproduce"):
        told = hvmc(verb, folder(tmp_path))
        assert (told.code, "is missing or empty: run the exp" in told.err) == (2, True)


def test_several_points_of_a_regime_have_a_row_each(hvmc, undrawn):
    told = hvmc("run", *ONE, "-m", "trials=2", "root.weight=100,200", "host=four_lps,default")
    assert told.code == 0
    rows = re.findall(r"over-provisioned:.*\n guest .*\n weight=(\d+) *\n host=(\w+)", told.out)
    assert rows[:4] == [
        ("100", "four_lps"),
        ("100", "default"),
        ("200", "four_lps"),
        ("200", "default"),
    ]
    assert "UNDECIDED at 4 design points (root.weight=100 host=four_lps, " in " ".join(
        told.out.split()
    )


def test_reproduce_tells_the_first_difference(hvmc, tmp_path, undrawn):
    import pyarrow as pa
    import pyarrow.parquet as pq

    assert hvmc("run", *ONE, "trials=2").code == 0
    (file,) = folder(tmp_path).glob("outcomes/*.parquet")
    table = pq.read_table(file)
    place = table.column_names.index("stretch")
    stretch = table["stretch"].to_pylist()
    changed = pa.array([*stretch[:-1], 7.5], type=table.schema.field(place).type)
    sink = io.BytesIO()
    pq.write_table(table.set_column(place, table.schema.field(place), changed), sink)
    file.write_bytes(sealed(sink.getvalue()))
    told = hvmc("reproduce", folder(tmp_path), "--jobs", "1")
    assert told.code == 1
    lines = told.out.splitlines()
    assert lines[0].startswith("different: 1 value of 2 trials, ")
    assert re.match(r"  outcomes: point 0, trial 1, .*: stretch stored 7\.5, now 1\.0", lines[1])
    assert re.search(r"^  numpy +\S+ +\S+$", told.out, re.MULTILINE)


def test_corrupt_results(hvmc, tmp_path, undrawn):
    assert hvmc("run", *ONE, "trials=2").code == 0
    (file,) = folder(tmp_path).glob("outcomes/*.parquet")
    file.write_bytes(b"PAR1 no longer")
    for verb in ("show", "reproduce"):
        told = hvmc(verb, folder(tmp_path))
        assert told.code == 2
        assert told.err.startswith(f"hvmc {verb}: ")
        assert file.name in told.err


def test_results_that_cannot_be_written(hvmc, tmp_path):
    (tmp_path / "taken").write_text("a file")
    told = hvmc("run", *ONE, "trials=2", "results_dir=taken")
    assert told.code == 2
    assert "taken" in told.err
    assert "Traceback" not in told.err


def test_fewer_trials_of_a_finished_folder_are_told_with_all(hvmc, tmp_path, drawing_only):
    with drawing_only("exceedance"):
        assert hvmc("run", *ONE, "trials=4").code == 0
        path = folder(tmp_path)
        before = (path / "figures" / "exceedance.png").read_bytes()
        found = hvmc("run", *ONE, "trials=2")
        again = hvmc("run", *ONE, "trials=4")
    assert found.code == 0
    assert "Of all that is stored there, not only 1 design point x 2 trials" in found.out
    assert "1 design point x 4 trials" in found.out
    assert (path / "figures" / "exceedance.png").read_bytes() == before
    summary = pd.read_parquet(path / "summary.parquet")
    assert summary.set_index("metric").loc["guests_inactive", "clusters"] == 4
    assert "not only" not in again.out
