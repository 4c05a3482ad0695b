"""GWA-T-12 files: hand-computed values, what is mended, and the text of refusals."""

import copy
import pickle

import numpy as np
import pytest

from hvmc.recordings import read_recording

HEADER = (
    "Timestamp [ms];\tCPU cores;\tCPU capacity provisioned [MHZ];\tCPU usage [MHZ];\t"
    "CPU usage [%];\tMemory capacity provisioned [KB];\tMemory usage [KB];\t"
    "Disk read throughput [KB/s];\tDisk write throughput [KB/s];\t"
    "Network received throughput [KB/s];\tNetwork transmitted throughput [KB/s]"
)
COLUMNS = [name.strip() for name in HEADER.split(";")]
START = 1376438456


def row(stamp=START, cores=2, capacity=5000.0, usage=1250.0, provisioned=2048, active=512.0):
    values = (stamp, cores, capacity, usage, 25.0, provisioned, active, 0, 3, 0, 0)
    return ";\t".join(map(str, values))


def only(path, **options):
    recording = read_recording(path, **options)
    assert len(recording.vms) == 1
    return recording.vms[0], recording.files[0]


def test_values_are_those_of_the_file_in_shares_and_mib(write):
    vm, report = only(
        write("7.csv", HEADER, row(), row(START + 300, usage=5200.0, active=1024)), rates=True
    )
    assert (vm.name, vm.written, vm.interval_s) == ("vm_7", "7", 300.0)
    assert vm.virtual_processors == 2
    assert vm.times_s.tolist() == [START, START + 300]
    assert vm.cpu_share.tolist() == [0.25, 1.04]  # above capacity, as recorded
    assert vm.memory_provisioned_mib.tolist() == [2.0, 2.0]
    assert vm.memory_active_mib.tolist() == [0.5, 1.0]
    assert vm.disk_write_kib_per_s.tolist() == [3.0, 3.0]
    assert vm.segments.tolist() == [[START, START + 600]]
    assert (report.format, report.rows, report.kept, report.notes) == ("gwa_t_12", 2, 2, ())


@pytest.mark.parametrize(
    "remake", [lambda vm: vm, copy.deepcopy, lambda vm: pickle.loads(pickle.dumps(vm))]
)
def test_arrays_stay_read_only_through_copies_and_pickles(write, remake):
    vm = remake(only(write("7.csv", HEADER, row()))[0])
    with pytest.raises(ValueError, match="read-only"):
        vm.cpu_share[0] = 1.0


def test_milliseconds_are_detected_by_magnitude(write):
    vm, _ = only(write("7.csv", HEADER, row(START * 1000), row(START * 1000 + 300_000)))
    assert vm.times_s.tolist() == [START, START + 300]


def test_columns_are_found_by_name_in_any_order_and_case(write):
    kept = [COLUMNS[at] for at in (6, 5, 3, 2, 1, 0)]
    vm, _ = only(write("7.csv", ";".join(kept).upper(), f"512;2048;1250;5000;2;{START}"))
    assert vm.cpu_share.tolist() == [0.25]
    assert vm.memory_active_mib.tolist() == [0.5]


def test_a_gap_begins_a_segment_and_missing_rows_before_it_hold(write):
    path = write("7.csv", HEADER, row(), row(START + 13 * 300), row(START + 30 * 300))
    vm, report = only(path)
    assert vm.segments.tolist() == [
        [START, START + 14 * 300],
        [START + 30 * 300, START + 31 * 300],
    ]
    assert "12 missing readings held" in report.notes
    assert any(note.startswith("gap of 1.4 h after 2013-08-14 01:05:56") for note in report.notes)
    assert len(only(path, hold_rows=16)[0].segments) == 1
    assert vm.lengths_s.tolist() == [13 * 300, 300, 300]


def test_a_restart_off_the_grid_begins_a_segment(write):
    stamps = [START + 300 * i for i in range(4)]
    stamps += [stamps[-1] + 679 + 300 * i for i in range(4)]
    vm, report = only(write("7.csv", HEADER, *map(row, stamps)))
    assert vm.segment_starts == (0, 4)
    assert vm.times_s.tolist() == stamps
    assert "restart +79 s off the 300 s grid" in report.notes[0]


def test_a_twin_without_capacity_is_dropped_and_a_switched_off_vm_is_kept(write):
    twin = row(cores=0, capacity=0.0, usage=0.0, provisioned=0, active=0)
    off = row(START + 300, cores=0, capacity=0.0, usage=0.0)
    vm, report = only(write("7.csv", HEADER, twin, row(), off, row(START + 600)))
    assert vm.cpu_share.tolist() == [0.25, 0.0, 0.25]
    assert "1 doubled row dropped, 1 of them without capacity (a twin registration)" in report.notes


def test_a_resized_vm_is_a_share_of_the_most_it_had(write):
    large = row(START + 300, cores=4, capacity=10000.0, usage=10000.0)
    vm, _ = only(write("7.csv", HEADER, row(), large))
    assert vm.virtual_processors == 4
    assert vm.cpu_share.tolist() == [0.125, 1.0]


def test_rows_out_of_order_are_sorted(write):
    vm, report = only(write("7.csv", HEADER, row(START + 300, usage=5000.0), row()))
    assert vm.cpu_share.tolist() == [0.25, 1.0]
    assert report.notes == ("not in order of time (1 step back): sorted",)


@pytest.mark.parametrize(
    ("bad", "place"),
    [
        ("x" + row(START + 300), "3: column 'Timestamp' must be a number >= 0, got 'x1376438756'"),
        (row(START + 300, usage=-1), "3: column 'CPU usage [MHZ]' must be a number >= 0, got '-1'"),
        (row(START + 300, cores=1.5), "3: column 'CPU cores' must be a whole number <= 65536"),
        (row(START + 300, cores=0), "3: column 'CPU cores' must be >= 1 where the CPU capacity"),
        (
            row(START + 300, usage=50001),
            "3: column 'CPU usage [MHZ]' must be at most 10 x the CPU capacity (5000 MHz), got",
        ),
        ("1376;2", "3: must be 11 fields separated by ';', got 2 in '1376;2'"),
    ],
)
def test_one_row_that_breaks_a_rule_is_left_out_with_line_and_column(write, bad, place):
    vm, report = only(write("7.csv", HEADER, row(), bad, row(START + 600)))
    assert vm.times_s.tolist() == [START, START + 600]
    note = next(note for note in report.notes if "left out" in note)
    assert note.startswith(f"1 row left out, first line {place}")
    assert note.endswith(("correct or remove the row", "bring both to MHz"))


@pytest.mark.parametrize("bad", ["abc", "inf", "1e999", "1_0", "٣"])
def test_what_is_no_number_is_left_out(write, bad):
    _, report = only(write("7.csv", HEADER, row(), row(START + 300, active=bad)))
    assert "first line 3: column 'Memory usage [KB]' must be a number >= 0, got" in report.notes[0]


@pytest.mark.parametrize("blank", ["", " ", "NaN", "null", "-"])
def test_a_blank_field_leaves_its_row_out(write, blank):
    vm, report = only(write("7.csv", HEADER, row(), row(START + 300, usage=blank)))
    assert vm.times_s.tolist() == [START]
    assert report.notes == ("1 row blank in 'CPU usage [MHZ]' left out, first line 3",)


def test_a_file_of_mistakes_is_refused_with_twenty_and_the_rest_counted(write, refusal):
    bad = [row(START + 300 * i, usage="x") for i in range(27)]
    error = refusal(write("7.csv", HEADER, *bad))
    lines = str(error).splitlines()
    assert len(lines) == 20 + 1
    assert "7.csv:2: column 'CPU usage [MHZ]' must be a number >= 0, got 'x': correct" in lines[0]
    assert lines[-1].endswith("7.csv: and 7 more bad rows")
    assert (error.problems[0].line, error.problems[0].column) == (2, "CPU usage [MHZ]")
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


def test_lines_are_counted_with_the_blank_ones(write):
    _, report = only(write("7.csv", "", HEADER, "", row(), "", row(START + 300, usage=-1)))
    assert "first line 6:" in report.notes[0]


def test_a_header_is_refused_with_all_its_problems(write, refusal):
    header = HEADER.replace("CPU cores", "vCPUs").replace("Memory usage [KB]", "CPU usage [MHZ]")
    problems = refusal(write("7.csv", header, row())).problems
    assert [(problem.line, problem.column) for problem in problems] == [
        (1, "CPU cores"),
        (1, "CPU usage [MHZ]"),
    ]
    assert "got it missing" in problems[0].message
    assert "got it repeated" in problems[1].message


@pytest.mark.parametrize("lines", [(), (row(cores=0, capacity=0, usage=0),)])
def test_a_file_without_any_capacity_is_refused(write, refusal, lines):
    assert str(refusal(write("7.csv", HEADER, *lines))).endswith(
        ": column 'CPU capacity provisioned [MHZ]' must be > 0 in at least one row, got none: "
        "add rows or leave this VM out"
    )


def test_the_bitbrains_sample_is_read_whole(shared):
    recording = read_recording(shared("data", "bitbrains-2013-08"))
    assert len(recording.vms) == 60
    assert [vm.written for vm in recording.vms][:4] == ["1", "4", "5", "10"]
    assert {vm.times_s.size for vm in recording.vms} == {288}
    for vm in recording.vms:
        percent = np.loadtxt(vm.file, delimiter=";", skiprows=1, usecols=4)
        # The archive's own percentages, which the reader does not look at.
        np.testing.assert_allclose(vm.cpu_share, percent / 100.0, rtol=1e-12)
