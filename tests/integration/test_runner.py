"""The runner: whatever happens on the way, what is stored in the end is the same bits."""

import errno
import hashlib
import os
import pickle
import signal
import subprocess
import sys
import threading
import time

import pandas as pd
import pytest

import hvmc.trial
from hvmc.experiment import folder as folder_module
from hvmc.experiment import table_files
from hvmc.experiment.errors import Interrupted, ResultsError
from hvmc.experiment.lock import locked
from hvmc.experiment.plan import plan
from hvmc.experiment.results import load
from hvmc.experiment.run import run
from hvmc.trial import simulate

TABLES = ("trials", "inputs", "counters")


def same(one, other):
    for table in TABLES:
        pd.testing.assert_frame_equal(
            getattr(one, table)(), getattr(other, table)(), check_exact=True
        )


def files(results):
    return {
        path.relative_to(results.path).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for table in table_files.TABLES
        for path in (results.path / table).iterdir()
    }


def counts(results, what="simulated"):
    return [entry.get(what) for entry in results.provenance["runs"]]


def test_parallel_equals_serial(undisturbed, weights, tmp_path, processes):
    found = run(weights(100, 400), results_dir=tmp_path, jobs=2)
    same(found, undisturbed)
    assert files(found) == files(undisturbed)


def test_other_chunks_give_the_same_files(undisturbed, weights, tmp_path, small_chunks):
    found = run(weights(100, 400), results_dir=tmp_path, jobs=1)
    same(found, undisturbed)
    assert files(found) == files(undisturbed)


PROGRAM = """
import pickle, sys
from hvmc.experiment import schedule
from hvmc.experiment.errors import Interrupted
from hvmc.experiment.run import run
schedule.CHUNK_S = 0.004
schedule.HANDLING_S = schedule.HERE_S = 0.0
experiment, results_dir, jobs = pickle.load(sys.stdin.buffer)
def tell(done, total, failed, left_s):
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


@pytest.mark.parametrize(("number", "jobs"), [(signal.SIGINT, 1), (signal.SIGTERM, 2)])
def test_an_interruption_keeps_finished_chunks(
    long_experiment, long_results, tmp_path, number, jobs
):
    code, said = interrupted_by(number, long_experiment, tmp_path, jobs, at_least=20)
    before = load(folder_module.folder_of(long_experiment, tmp_path))
    kept = before.units
    assert (code, said) == (1, f"kept {kept} of 160")
    assert 20 <= kept < 160
    assert not list(before.path.rglob("*.tmp"))
    found = run(long_experiment, results_dir=tmp_path, jobs=1)
    assert counts(found) == [None, 160 - kept]
    assert files(found) == files(long_results)


def test_an_interruption_in_this_process_carries_where_and_how_far(weights, tmp_path, small_chunks):
    def stop(done, total, failed, left_s):
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


def test_a_failing_trial_is_recorded_and_the_rest_go_on(
    weights, tmp_path, third_trial_fails, monkeypatch, undisturbed
):
    told = []
    found = run(
        weights(100, 400), results_dir=tmp_path, jobs=1, progress=lambda *now: told.append(now)
    )
    assert told[0][:3] == (0, 36, 0)
    assert told[-1] == (33, 36, 3, 0.0)
    assert not found.complete
    failed = found.failures()
    assert failed["trial"].tolist() == [3, 3, 3]
    first = failed.iloc[0].to_dict()
    where = first.pop("where")
    assert where.endswith(" failing")
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
    with pytest.raises(ResultsError, match=r"/file is not a folder: .*results_dir="):
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
            time.sleep(0.03)

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
