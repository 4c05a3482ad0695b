"""`hvmc counters`: what it writes, and what it refuses."""

import errno
import os

import pandas as pd
import pytest
import yaml

SMALL = ("horizon_s=2", "warmup_s=0.5", "host.logical_processors=2")


@pytest.fixture
def sampled(hvmc, tmp_path):
    """Sample a small host; return what was told and the folder."""

    def run(*arguments):
        told = hvmc("counters", *SMALL, *arguments)
        assert told.code == 0, told.err
        assert told.err == ""
        files = [tmp_path / line for line in told.out.splitlines() if line.startswith("results")]
        return told.out, files[0].parent

    return run


def test_counters_of_the_chosen_host(sampled):
    line = ("regime=over_committed", "trial=3", "interval_s=0.5")
    out, folder = sampled(*line)
    assert out.startswith("trial 3: ")
    assert " counters at 4 times, 0.5 simulated s apart\n" in out
    assert folder.name == "trial-3-replication-0-every-0.5s"
    names = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    figures = [
        f"figures/{name}.{kind}"
        for name in ("memory", "rates", "run_times", "wait")
        for kind in ("png", "svg")
    ]
    assert names == ["counters.csv", "counters.parquet", *figures, "scenario.yaml"]
    frame = pd.read_parquet(folder / "counters.parquet")
    assert frame["time_s"].unique().tolist() == [0.5, 1.0, 1.5, 2.0]
    assert (folder / "counters.csv").read_bytes().startswith(b'"(PDH-CSV 4.0) (')
    about = yaml.safe_load((folder / "scenario.yaml").read_text())
    assert about["command"].startswith("hvmc counters horizon_s=2")
    assert (about["trial"], about["replication"], about["interval_s"]) == (3, 0, 0.5)
    assert about["scenario"]["host"]["logical_processors"] == 2
    before = {path: path.read_bytes() for path in folder.rglob("*.*") if path.is_file()}
    _, again = sampled(*line)
    assert {path: path.read_bytes() for path in again.rglob("*.*") if path.is_file()} == before


def test_memory_is_drawn_where_the_balancer_is_on(sampled):
    _, folder = sampled("regime=over_provisioned", "balancer.enabled=false")
    drawn = sorted(path.stem for path in (folder / "figures").glob("*.png"))
    assert drawn == ["rates", "run_times", "wait"]


def test_a_full_disk_speaks_of_no_trials(hvmc, monkeypatch):
    def refuse(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", refuse)
    told = hvmc("counters", *SMALL, "regime=over_provisioned")
    assert told.code != 0
    assert told.err.endswith("): free some space and run the same command again\n")


def test_one_of_several_design_points(sampled, undrawn):
    out, _ = sampled()
    assert out.startswith("design point 0 of 4: regime=over_committed\ntrial 0: ")
    other, _ = sampled("point=3")
    assert other.startswith("design point 3 of 4: regime=under_provisioned_guest\n")


def test_help(hvmc):
    told = hvmc("counters", "--help")
    assert told.code == 0
    assert told.out.startswith("usage: hvmc counters [-h]")
    assert "interval_s=S" in told.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["trial=x"], "trial must be a whole number 0..999999999, got x"),
        (["replication="], "replication must be a whole number 0..999999999, got nothing"),
        (["interval_s=soon"], "interval_s must be a number of seconds, got soon"),
        (["interval_s=-1"], "interval_s must be above 0 and finite, got -1"),
        (["interval_s=1e-9"], "interval_s must be at least 1e-06 s, got 1e-09"),
        (["point=4"], "point must be below the number of design points (4), got 4"),
        (["host.logical_processors=0"], "host.logical_processors must be 1..1024, got 0"),
        (["nowhere.yaml"], "nowhere.yaml is not there: give a saved settings.yaml, or key=value"),
        (["--config-dir", "nowhere"], "is not a folder"),
    ],
)
def test_bad_input_is_told_and_nothing_written(hvmc, tmp_path, arguments, message):
    told = hvmc("counters", *arguments)
    assert told.code == 2
    assert message in told.err
    assert told.err.endswith("Nothing was run or written.\n")
    assert told.out == ""
    assert not list(tmp_path.iterdir())


def test_an_unknown_flag(hvmc):
    told = hvmc("counters", "--every=1")
    assert told.code == 2
    assert "--every=1" in told.err


def test_the_old_name_of_the_verb(hvmc):
    told = hvmc("trace", "--help")
    assert told.out == hvmc("counters", "--help").out
    assert told.err == "hvmc: trace is now counters: hvmc counters\n"
