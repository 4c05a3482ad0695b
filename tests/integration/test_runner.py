"""The runner: whatever happens on the way, what is stored in the end is the same bits."""

import errno
import hashlib
import json
import os
import pickle
import signal
import subprocess
import sys
import threading
import time

import pandas as pd
import pyarrow.parquet as pq
import pytest

import hvmc.trial
from hvmc.experiment import folder as folder_module
from hvmc.experiment import parts, schedule
from hvmc.experiment.errors import Interrupted, ResultsError
from hvmc.experiment.lock import locked
from hvmc.experiment.plan import plan
from hvmc.experiment.reproduce import reproduce
from hvmc.experiment.results import load
from hvmc.experiment.run import run
from hvmc.trial import outcome_rows, simulate

TABLES = ("trials", "inputs", "counters")


@pytest.fixture(scope="module")
def undisturbed(weights, tmp_path_factory):
    """Twelve trials of three points, run once in this process without a break."""
    return run(weights(100, 400), results_dir=tmp_path_factory.mktemp("serial"), jobs=1)


@pytest.fixture
def small_chunks(monkeypatch):
    monkeypatch.setattr(schedule, "CHUNK_S", 0.004)


@pytest.fixture
def simulated(monkeypatch):
    """Keys of the trials simulated in this process."""
    keys = []

    def counted(scenario, **key):
        if key:  # the warm-up has none
            keys.append((key["trial"], key["replication"]))
        return simulate(scenario, **key)

    monkeypatch.setattr(hvmc.trial, "simulate", counted)
    return keys


def same(one, other):
    for table in TABLES:
        pd.testing.assert_frame_equal(
            getattr(one, table)(), getattr(other, table)(), check_exact=True
        )


def files(results):
    return {
        path.relative_to(results.path).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for table in parts.TABLES
        for path in (results.path / table).iterdir()
    }


def counts(results, what="simulated"):
    return [entry.get(what) for entry in results.provenance["runs"]]


def test_every_unit_has_its_rows(undisturbed, weights):
    frame = undisturbed.trials()
    assert undisturbed.complete
    assert frame.groupby("point")["trial"].nunique().tolist() == [12, 12, 12]
    assert (frame[frame["point"] < 2].groupby(["point", "trial"]).size() == 2).all()
    assert frame["regime"].unique().tolist() == ["guests", "efficiently_provisioned"]
    assert len(undisturbed.inputs()) == len(frame)
    assert undisturbed.settings == weights(100, 400)
    assert undisturbed.labels[1] == "guests.web.priority.weight=400"
    assert undisturbed.failures().empty


def test_parallel_equals_serial(undisturbed, weights, tmp_path):
    found = run(weights(100, 400), results_dir=tmp_path, jobs=2)
    same(found, undisturbed)
    assert files(found) == files(undisturbed)


def test_other_chunks_give_the_same_files(undisturbed, weights, tmp_path, small_chunks):
    found = run(weights(100, 400), results_dir=tmp_path, jobs=1)
    same(found, undisturbed)
    assert files(found) == files(undisturbed)


def test_a_trial_alone_equals_the_trial_among_many(undisturbed):
    settings = undisturbed.settings
    for point, trial in ((0, 7), (2, 7)):
        design = settings.points[point].design
        alone = simulate(design.draw(seed=settings.seed, trial=trial), seed=1, trial=trial)
        rows = pd.DataFrame(outcome_rows(alone, design.suffers_above))
        among = undisturbed.trials(filters=[("point", "==", point), ("trial", "==", trial)])
        pd.testing.assert_frame_equal(
            among[rows.columns].reset_index(drop=True), rows, check_exact=True, check_dtype=False
        )
        assert undisturbed.scenario(point, trial) == alone.scenario


PROGRAM = """
import pickle, sys
from hvmc.experiment import schedule
from hvmc.experiment.errors import Interrupted
from hvmc.experiment.run import run
schedule.CHUNK_S = 0.004
experiment, results_dir, jobs = pickle.load(sys.stdin.buffer)
def tell(done, total, failed):
    print(done, flush=True)
try:
    run(experiment, results_dir=results_dir, jobs=jobs, progress=tell)
except Interrupted as error:
    sys.exit(f"kept {error.done} of {error.total}")
"""


def interrupted_by(number, experiment, results_dir, jobs, at_least):
    """Run in another process and signal it when some units are stored; what it then said."""
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        process.stdin.write(pickle.dumps((experiment, str(results_dir), jobs)))
        process.stdin.close()
        for line in process.stdout:
            if int(line) >= at_least:
                process.send_signal(number)
                break
        process.stdout.read()
        return process.wait(30), process.stderr.read().decode().strip()


@pytest.fixture(scope="module")
def long_experiment(weights):
    return weights(100, name="long", trials=80)


@pytest.fixture(scope="module")
def long_results(long_experiment, tmp_path_factory):
    return run(long_experiment, results_dir=tmp_path_factory.mktemp("long"), jobs=1)


def test_a_killed_run_goes_on_to_the_same_files(long_experiment, long_results, tmp_path):
    code, _ = interrupted_by(signal.SIGKILL, long_experiment, tmp_path, 1, at_least=30)
    assert code == -signal.SIGKILL
    before = load(folder_module.folder_of(long_experiment, tmp_path))
    kept = before.units
    assert not before.complete
    assert 30 <= kept < 160
    assert len(before.trials(["point", "trial"]).drop_duplicates()) == kept
    assert "of 160 done" in repr(before)
    found = run(long_experiment, results_dir=tmp_path, jobs=1)
    assert counts(found) == [None, 160 - kept]
    same(found, long_results)
    assert files(found) == files(long_results)


@pytest.mark.parametrize("jobs", [1, 2])
def test_control_c_keeps_finished_chunks(long_experiment, long_results, tmp_path, jobs):
    code, said = interrupted_by(signal.SIGINT, long_experiment, tmp_path, jobs, at_least=20)
    before = load(folder_module.folder_of(long_experiment, tmp_path))
    kept = before.units
    assert (code, said) == (1, f"kept {kept} of 160")
    assert 20 <= kept < 160
    assert not list(before.path.rglob("*.tmp"))
    found = run(long_experiment, results_dir=tmp_path, jobs=1)
    assert counts(found) == [None, 160 - kept]
    assert files(found) == files(long_results)


def test_an_interruption_in_this_process_carries_where_and_how_far(weights, tmp_path, small_chunks):
    def stop(done, total, failed):
        if done >= 5:
            raise KeyboardInterrupt

    with pytest.raises(Interrupted) as caught:
        run(weights(100), results_dir=tmp_path, jobs=1, progress=stop)
    assert caught.value.folder == load(tmp_path / "weights").path
    assert 5 <= caught.value.done < caught.value.total == 24


def test_more_trials_extend_what_is_there(weights, tmp_path, simulated, undisturbed):
    first = run(weights(100, 400, trials=5), results_dir=tmp_path, jobs=1)
    assert len(simulated) == 15
    found = run(weights(100, 400), results_dir=tmp_path, jobs=1)
    assert found.path == first.path
    assert len(simulated) == 36
    assert sorted(set(simulated[15:])) == [(trial, 0) for trial in range(5, 12)]
    same(found, undisturbed)
    assert files(found) == files(undisturbed)


def test_more_replications_extend_what_is_there(weights, tmp_path, simulated):
    once = run(weights(100, trials=3), results_dir=tmp_path, jobs=1)
    thrice = run(weights(100, trials=3, replications=3), results_dir=tmp_path, jobs=1)
    assert len(simulated) == 18
    frame = thrice.trials()
    first = frame[frame["replication"] == 0].reset_index(drop=True)
    pd.testing.assert_frame_equal(first, once.trials(), check_exact=True)
    assert frame["stretch"].nunique() == len(frame)
    pd.testing.assert_frame_equal(thrice.inputs(), once.inputs())
    assert "replication" not in thrice.inputs()


def test_fewer_trials_show_what_was_asked_and_lose_nothing(weights, tmp_path, simulated):
    many = run(weights(100, trials=6), results_dir=tmp_path, jobs=1)
    few = run(weights(100, trials=2), results_dir=tmp_path, jobs=1)
    assert len(simulated) == 12
    assert few.trials()["trial"].max() == 1
    assert few.settings.trials == 2
    assert few.complete
    same(load(few.path), many)
    wide = run(weights(100, trials=2, replications=2), results_dir=tmp_path, jobs=1)
    assert len(simulated) == 16
    assert wide.trials().groupby(["trial", "replication"]).ngroups == 4
    same(run(weights(100, trials=6), results_dir=tmp_path, jobs=1), many)
    assert len(simulated) == 16


def test_nothing_is_done_when_complete(weights, tmp_path, simulated):
    found = run(weights(100, trials=2), results_dir=tmp_path, jobs=1)
    before = {path: path.stat().st_mtime_ns for path in found.path.rglob("*")}
    again = run(weights(100, trials=2), results_dir=tmp_path, jobs=1)
    assert len(simulated) == 4
    assert {path: path.stat().st_mtime_ns for path in found.path.rglob("*")} == before
    same(again, found)


def test_a_longer_axis_takes_over_points_that_exist(
    weights, tmp_path, simulated, undisturbed, small_chunks
):
    first = run(weights(400), results_dir=tmp_path, jobs=1)
    assert len(simulated) == 24
    foreseen = plan(weights(100, 400), tmp_path)
    assert (foreseen.reusable, foreseen.done) == (24, 0)
    simulated.clear()
    found = run(weights(100, 400), results_dir=tmp_path, jobs=1)
    assert found.path != first.path
    assert simulated == [(trial, 0) for trial in range(12)]
    assert counts(found, "reused") == [24]
    same(found, undisturbed)
    assert files(found) == files(undisturbed)


def test_a_damaged_sibling_is_left_alone(weights, tmp_path, undisturbed):
    first = run(weights(400), results_dir=tmp_path, jobs=1)
    for path in (first.path / "inputs").iterdir():
        path.write_bytes(b"garbage")
    found = run(weights(100, 400), results_dir=tmp_path, jobs=1)
    assert counts(found, "reused") == [0]
    same(found, undisturbed)


@pytest.fixture
def third_trial_fails(monkeypatch):
    def failing(scenario, **key):
        if key.get("trial") == 3:
            raise ZeroDivisionError("trial three divides by nought")
        return simulate(scenario, **key)

    monkeypatch.setattr(hvmc.trial, "simulate", failing)


def test_a_failing_trial_is_recorded_and_the_rest_go_on(
    weights, tmp_path, third_trial_fails, monkeypatch, undisturbed
):
    told = []
    found = run(
        weights(100, 400), results_dir=tmp_path, jobs=1, progress=lambda *now: told.append(now)
    )
    assert told[0] == (0, 36, 0)
    assert told[-1] == (33, 36, 3)
    assert not found.complete
    failed = found.failures()
    assert failed["trial"].tolist() == [3, 3, 3]
    first = failed.iloc[0].to_dict()
    where = first.pop("where")
    assert where.startswith("test_runner.py:")
    assert first == {
        "point": 0,
        "label": "guests.web.priority.weight=100",
        "trial": 3,
        "replication": 0,
        "seed": 1,
        "error": "ZeroDivisionError",
        "message": "trial three divides by nought",
    }
    expected = undisturbed.trials(filters=[("trial", "!=", 3)])
    pd.testing.assert_frame_equal(found.trials(), expected, check_exact=True)
    monkeypatch.setattr(hvmc.trial, "simulate", simulate)
    assert plan(weights(100, 400), tmp_path).failed == 3
    mended = run(weights(100, 400), results_dir=tmp_path, jobs=1)
    assert counts(mended) == [33, 3]
    assert not (mended.path / "failures.jsonl").exists()
    assert files(mended) == files(undisturbed)


def test_results_of_nothing_but_failures_can_be_read(weights, tmp_path, monkeypatch):
    def failing(scenario, **key):
        if key:
            raise ValueError("no")
        return simulate(scenario)

    monkeypatch.setattr(hvmc.trial, "simulate", failing)
    found = run(weights(trials=2), results_dir=tmp_path, jobs=1)
    assert found.units == 0
    assert found.trials().empty
    assert found.summary().empty
    assert found.failures()["message"].tolist() == ["no", "no"]


def test_a_full_disk_stops_with_a_remedy_and_keeps_what_is_finished(
    weights, tmp_path, small_chunks, monkeypatch, undisturbed
):
    real, left = os.fsync, [25]

    def fill(descriptor):
        left[0] -= 1
        if left[0] < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(descriptor)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fill)
        with pytest.raises(ResultsError, match=r"No space left on device\): free some space and"):
            run(weights(100, 400), results_dir=tmp_path, jobs=1)
    half = load(tmp_path / "weights")
    kept = half.units
    assert 0 < kept < 36
    assert not [path for path in half.path.rglob(".*") if path.name != ".lock"]
    found = run(weights(100, 400), results_dir=tmp_path, jobs=1)
    assert counts(found) == [None, 36 - kept]
    assert files(found) == files(undisturbed)


def test_a_results_folder_that_can_not_be_written(weights, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ResultsError, match=r"file/weights/\w+ can't be written .*results_dir="):
        run(weights(100), results_dir=tmp_path / "file", jobs=1)


def test_a_second_run_at_the_same_time_is_refused(weights, tmp_path):
    path = folder_module.folder_of(weights(100), tmp_path)
    path.mkdir(parents=True)
    with locked(path), pytest.raises(ResultsError, match=r"is in use by process \d+ on"):
        run(weights(100), results_dir=tmp_path, jobs=1)
    assert [inner.name for inner in path.iterdir()] == [".lock"]


def test_results_can_be_read_while_they_grow(weights, tmp_path, small_chunks):
    experiment, seen, stop = weights(100, trials=40), [], threading.Event()

    def read():
        path = folder_module.folder_of(experiment, tmp_path)
        while not stop.is_set():
            if (path / "provenance.json").exists():
                results = load(path)
                for table in TABLES:
                    keys = getattr(results, table)(columns=["point", "trial"]).drop_duplicates()
                    seen.append(len(keys))
            time.sleep(0.01)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        run(experiment, results_dir=tmp_path, jobs=1)
        time.sleep(0.05)
    finally:
        stop.set()
        reader.join()
    assert seen == sorted(seen)
    assert seen[-1] == 80
    assert any(0 < count < 80 for count in seen)


def test_reproduced_results_are_equal(undisturbed):
    found = reproduce(undisturbed.path, jobs=1)
    assert found.equal
    assert found.first is None
    rows = sum(len(getattr(undisturbed, table)()) for table in TABLES)
    assert (found.units, found.compared) == (36, rows)
    assert found.stored["packages"] == found.now["packages"]


def test_a_fraction_is_spread_over_points_and_trials(undisturbed):
    told = []
    found = reproduce(
        undisturbed.path, fraction=0.25, jobs=2, progress=lambda *now: told.append(now)
    )
    assert found.equal
    assert found.units == 9
    assert told[-1] == (9, 9, 0)
    with pytest.raises(ValueError, match="fraction must be above 0, at most 1, got 0"):
        reproduce(undisturbed.path, fraction=0)


@pytest.fixture
def copied(undisturbed, weights, tmp_path):
    """Another folder with the same results, to be damaged."""
    first = run(weights(100, 400, trials=4), results_dir=tmp_path, jobs=1)
    return first.path


def tamper(path, column, row, value):
    """Change one value of a Parquet file; return its key and what it was."""
    table = pq.read_table(path)
    key = [table.column(name)[row].as_py() for name in ("point", "trial", "guest")]
    values = table.column(column).to_pylist()
    before, values[row] = values[row], value
    index = table.schema.get_field_index(column)
    changed = type(table.column(column).chunk(0))
    assert changed is not None
    field = table.schema.field(index)
    pq.write_table(table.set_column(index, field, [values]), path)
    return key, before


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [("outcomes", "hosting", 1.5), ("inputs", "think_mean_s", 0.5), ("counters", "value", -1.0)],
)
def test_one_changed_value_is_the_one_reported(copied, table, column, value):
    (path,) = (copied / table).iterdir()
    key, before = tamper(path, column, 5, value)
    found = reproduce(copied, jobs=1)
    assert not found.equal
    assert found.differences == 1
    first = found.first
    assert [first.point, first.trial, first.guest] == key
    assert (first.table, first.stored, first.new) == (table, value, before)
    assert first.column == ("wait_s" if table == "counters" else column)
    assert f"stored {value!r}, now {before!r}" in str(first)


def test_a_stored_trial_that_fails_now_is_a_difference(copied, third_trial_fails):
    found = reproduce(copied, jobs=1)
    assert found.differences == 3
    assert (found.first.trial, found.first.column) == (3, "(row)")
    assert found.first.new == "ZeroDivisionError: trial three divides by nought"


def test_damaged_folders_are_refused_with_the_path(copied):
    settings, notes = copied / "settings.yaml", copied / "provenance.json"
    kept = settings.read_text(), notes.read_text()
    notes.unlink()
    with pytest.raises(ResultsError, match=r"provenance\.json is missing: run the experiment"):
        load(copied)
    notes.write_text(kept[1])
    settings.write_text("trials: [")
    with pytest.raises(ResultsError, match=r"settings\.yaml can't be read"):
        load(copied)
    settings.write_text(kept[0].replace("drain_s: 1.0", "drain_s: 2.0", 1))
    with pytest.raises(ResultsError, match=r"settings\.yaml was changed after the run"):
        _ = load(copied).settings
    settings.write_text(kept[0])
    (path,) = (copied / "outcomes").iterdir()
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(ResultsError, match=rf"{path.name} is corrupt"):
        load(copied).trials()


def test_a_run_writes_lost_notes_anew_and_keeps_the_trials(copied, weights, simulated):
    (copied / "settings.yaml").unlink()
    (copied / "provenance.json").unlink()
    found = run(weights(100, 400, trials=4), results_dir=copied.parents[1], jobs=1)
    assert simulated == []
    assert found.complete
    assert counts(found) == [0]


def test_a_corrupt_part_stops_a_run_and_deleting_it_mends(copied, weights, simulated):
    (path,) = (copied / "outcomes").iterdir()
    path.write_bytes(b"garbage")
    experiment = weights(100, 400, trials=4)
    with pytest.raises(ResultsError, match=rf"{path.name} is corrupt .*delete it and run"):
        run(experiment, results_dir=copied.parents[1], jobs=1)
    path.unlink()
    assert run(experiment, results_dir=copied.parents[1], jobs=1).complete
    assert len(simulated) == 12


def test_places_without_results_are_refused(tmp_path, copied):
    with pytest.raises(ResultsError, match="nowhere is not a folder: give the results folder"):
        load(tmp_path / "nowhere")
    with pytest.raises(ResultsError, match=r"settings\.yaml is missing: give the results folder"):
        load(copied / "outcomes")
    other = copied.parent / "other"
    other.mkdir()
    assert load(copied.parent).path == copied
    (other / "settings.yaml").write_text("")
    with pytest.raises(ResultsError, match=r"holds results of several settings .*name one of them"):
        load(copied.parent)


def test_a_plan_writes_nothing_and_foresees_the_run(weights, tmp_path):
    experiment = weights(100, 400)
    foreseen = plan(experiment, tmp_path, jobs=2)
    assert list(tmp_path.iterdir()) == []
    assert (foreseen.points, foreseen.total, foreseen.done, foreseen.to_do) == (3, 36, 0, 36)
    assert foreseen.seconds == pytest.approx(36 * foreseen.unit_s / 2)
    found = run(experiment, results_dir=tmp_path, jobs=1)
    written = {path for path in found.path.rglob("*") if path.is_file() and path.name != ".lock"}
    assert set(foreseen.files) == written
    assert foreseen.bytes > 0
    after = plan(experiment, tmp_path)
    assert (after.done, after.to_do, after.files, after.bytes) == (36, 0, (), 0)


def test_the_summary_is_stored(undisturbed):
    stored = pd.read_parquet(undisturbed.path / "summary.parquet")
    pd.testing.assert_frame_equal(stored, undisturbed.summary(), check_dtype=False)
    assert set(stored["point"]) == {0, 1, 2}
    pooled = undisturbed.summary(by=("regime",))
    assert set(pooled["regime"]) == {"guests", "efficiently_provisioned"}


def test_what_is_shown_is_short(undisturbed):
    assert "3 points x 12 trials, complete" in repr(undisturbed)
    assert len(repr(undisturbed)) < 200
    html = undisturbed._repr_html_()
    assert "<b>weights</b>" in html
    assert len(html) < 160


def test_notes_name_the_command_and_no_machine(undisturbed, weights, tmp_path):
    found = run(weights(100, trials=1), results_dir=tmp_path, jobs=1, command="hvmc run trials=1")
    text = (found.path / "provenance.json").read_text()
    assert json.loads(text)["runs"][0]["command"] == "hvmc run trials=1"
    assert str(tmp_path) not in text
    assert "# hvmc run trials=1" in (found.path / "settings.yaml").read_text().splitlines()
