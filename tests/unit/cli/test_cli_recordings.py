"""``hvmc recordings`` and what ``hvmc run`` does with recordings of any format."""

from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[3] / "experiments" / "own_host" / "recordings"
SMALL = ("trials=2", "jobs=1", "trace.guests=3", "host.logical_processors=2", "horizon_s=3")
POPULATION = ("run", "experiment=trace_population", *SMALL, "warmup_s=1")


def test_files_are_told_one_by_one(hvmc):
    told = hvmc("recordings", EXAMPLES / "gwa_t_12", "--vms")
    assert (told.code, told.err) == (0, "")
    lines = told.out.splitlines()
    assert lines[0].endswith("2 VMs from 2 of 3 files (gwa_t_12)")
    assert "names made valid for guests: 'sql 01' is sql_01, 'web.prod' is web_prod" in lines[1]
    assert any("about.txt: must be of a known format" in line for line in lines)
    assert lines[-3].split()[:2] == ["name", "VPs"]
    assert lines[-1].split()[:2] == ["web_prod", "2"]


def test_what_can_not_be_read_is_bad_input(hvmc):
    told = hvmc("recordings", "nowhere")
    assert told.code == 2
    assert told.err.startswith("hvmc recordings: nowhere: must be a file or folder that can be")
    named = hvmc("recordings", EXAMPLES / "planetlab", "--format", "azure")
    assert named.code == 2
    assert "node_a" in named.err


@pytest.mark.parametrize("name", sorted(path.name for path in EXAMPLES.iterdir() if path.is_dir()))
def test_every_format_would_run_with_and_without_its_name(hvmc, name):
    path = f"trace.path={EXAMPLES / name}"
    for given in ((), (f"trace.format={name}",)):
        told = hvmc(*POPULATION, path, *given, "--dry-run")
        assert (told.code, told.err) == (0, "")
        assert f"({name})" in told.out
        assert "a reading is a mean over" in told.out


def test_a_run_tells_the_recording_and_stores_nothing_of_its_place(hvmc, tmp_path, undrawn):
    told = hvmc(*POPULATION, f"trace.path={EXAMPLES / 'gwa_t_12'}", "trace.guests=3")
    assert told.code == 0, told.err
    assert "hvmc run: a reading is a mean over 300 s; assumed inside it: trace.burst_s" in told.err
    assert "sql 01.csv: gwa_t_12, 30 of 52 rows; 22 doubled rows dropped" in told.err
    again = hvmc(*POPULATION, f"trace.path={EXAMPLES / 'gwa_t_12'}", "trace.guests=3", "--dry-run")
    assert "done       2 of 2" in again.out


def test_a_format_is_one_of_those_there_are(hvmc):
    told = hvmc(*POPULATION, f"trace.path={EXAMPLES / 'azure'}", "trace.format=csv")
    assert told.code == 2
    assert "trace.format must be one of auto, opendc, materna, gwa_t_12, azure" in told.err
