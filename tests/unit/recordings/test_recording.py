"""Folders, names, digests, windows: what holds for recordings of any format."""

from pathlib import Path

import numpy as np
import pytest

from hvmc.recordings import RecordingError, VmRecording, read_recording
from hvmc.recordings.files import digest_of
from hvmc.recordings.names import guest_names
from hvmc.recordings.windows import windows_of
from hvmc.scenario.guest import NAME

ROWS = ("time,cpu_percent", "0,10", "60,20", "120,30")


def vm(*segments, step=300.0):
    times = [np.arange(begin, end, step) for begin, end in segments]
    starts = np.cumsum([0, *map(len, times[:-1])])
    whole = np.concatenate(times)
    return VmRecording(
        *("a", "a", "a.csv", step, whole, np.full(len(whole), 0.5)),
        segment_starts=tuple(starts.tolist()),
    )


def test_names_of_files_become_valid_unique_and_are_told_once(write, tmp_path):
    for name in ("sql 01.csv", "sql.01.csv", "web.prod.csv", "VM (2).csv", "7.csv", "web-1.csv"):
        write(name, *ROWS)
    recording = read_recording(tmp_path)
    names = {vm.written: vm.name for vm in recording.vms}
    assert names["sql 01"] == "sql_01"
    assert names["sql.01"] == "sql_01_2"
    assert names["web.prod"] == "web_prod"
    assert names["VM (2)"] == "VM_2"
    assert names["7"] == "vm_7"
    assert names["web-1"] == "web-1"
    assert all(NAME.fullmatch(name) for name in names.values())
    assert len([note for note in recording.notes if "names made valid" in note]) == 1


def test_a_name_that_is_valid_is_kept_whoever_comes_first():
    assert guest_names(["sql 01", "sql_01"]) == {"sql 01": "sql_01_2", "sql_01": "sql_01"}
    assert len(next(iter(guest_names(["x" * 64]).values()))) < 40


def test_files_are_in_the_order_of_their_numbers_and_hidden_ones_left_out(write, tmp_path):
    for name in ("vm10.csv", "vm9.csv", ".vm1.csv", "below/vm2.csv", ".hidden/vm3.csv"):
        write(name, *ROWS)
    written = [vm.written for vm in read_recording(tmp_path).vms]
    assert written == ["below/vm2", "vm9", "vm10"]


def test_one_bad_file_leaves_the_others_and_says_why(write, tmp_path):
    write("good.csv", *ROWS)
    write("bad.csv", "time,cpu_percent", "x,1", "y,2")
    write("notes.txt", "nothing")
    write("empty.csv")
    recording = read_recording(tmp_path)
    refused = {Path(file.file).name: file.refused for file in recording.files}
    assert [vm.name for vm in recording.vms] == ["good"]
    assert refused["good.csv"] == ""
    assert "bad.csv:2: column 'time' must be" in refused["bad.csv"]
    assert "notes.txt: must be of a known format" in refused["notes.txt"]
    assert "empty.csv: must be of a known format" in refused["empty.csv"]
    assert next(iter(recording.told())).endswith(": 1 VM from 1 of 4 files (plain)")


def test_where_nothing_can_be_used_every_reason_is_told(write, tmp_path, refusal):
    write("a.zip", "PK")
    write("b.txt", "nothing")
    assert str(refusal(tmp_path)).splitlines()[0].endswith("a.zip': unpack or remove it")
    assert "b.txt: must be of a known format (opendc, materna, gwa_t_12" in str(refusal(tmp_path))


def test_a_path_without_files_is_refused(tmp_path, refusal):
    assert "got an empty folder: correct the path" in str(refusal(tmp_path))
    assert "got nothing there: correct the path" in str(refusal(tmp_path / "none"))
    with pytest.raises(RecordingError, match="format must be one of"):
        read_recording(tmp_path, format="gwa")


def test_a_digest_is_of_names_and_contents_wherever_they_lie(write, tmp_path):
    first = write("one/a.csv", *ROWS).parent
    second = write("two/a.csv", *ROWS).parent
    digest = digest_of(first)
    assert digest_of(second) == digest
    write("two/a.csv", *ROWS, "180,40")
    assert digest_of(second) != digest
    write("two/a.csv", *ROWS)
    write("two/below/b", *ROWS)  # any ending, any folder below
    assert digest_of(second) not in (digest, digest_of(second / "a.csv"))


def test_windows_begin_where_enough_vms_are_covered():
    vms = [vm((0, 3000)), vm((0, 3000)), vm((600, 1200), (2100, 9000))]
    whole = windows_of(vms, 300.0, 1.0)
    assert whole.begins_s.tolist() == [[600.0, 900.0], [2100.0, 2700.0]]
    assert (whole.most, whole.needed) == (3, 3)
    most = windows_of(vms, 300.0, 0.6)
    assert most.begins_s.tolist() == [[0.0, 2700.0]]
    assert [most.covered(at) for at in (0.0, 700.0, 1500.0)] == [[0, 1], [0, 1, 2], [0, 1]]


def test_begins_of_windows_are_uniform_over_all_spans():
    windows = windows_of([vm((0, 600), (6000, 6900))], 300.0, 1.0)
    assert [windows.begin(u) for u in (0.0, 0.3, 0.5)] == pytest.approx([0.0, 270.0, 6150.0])
    assert windows.begin(1 - 2**-53) == pytest.approx(6600.0)


def test_a_window_longer_than_every_segment_is_as_long_as_the_longest():
    windows = windows_of([vm((0, 600)), vm((0, 1200))], 5000.0, 0.9)
    assert windows.length_s == 1200.0
    assert (windows.begin(0.7), windows.covered(0.0)) == (0.0, [1])


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"interval_s": float("nan")}, "interval_s must be > 0, got nan"),
        ({"times_s": []}, "times_s must hold n >= 1 values"),
        ({"times_s": [300.0, 0.0]}, "times_s must increase"),
        ({"cpu_share": [0.5]}, "cpu_share must hold n >= 1 values, n the same in all arrays"),
        ({"cpu_share": [0.5, -1.0]}, "cpu_share must hold finite numbers >= 0"),
        ({"memory_active_mib": [0.5, np.inf]}, "memory_active_mib must hold finite numbers"),
    ],
)
def test_a_vm_checks_its_own_values(change, text):
    good = {"interval_s": 300.0, "times_s": [0.0, 300.0], "cpu_share": [0.5, 0.5]}
    with pytest.raises(ValueError, match=text):
        VmRecording(name="a", written="a", file="a", **{**good, **change})
