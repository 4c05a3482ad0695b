"""Reading GWA-T-12 traces: hand-computed values, and the text of every refusal."""

import copy
import os
import pickle
import tracemalloc
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from hvmc.scenario.traces import READ_COLUMNS, TraceError, read_trace, read_traces
from hvmc.scenario.vm_trace import VmTrace

HEADER = (
    "Timestamp [ms];\tCPU cores;\tCPU capacity provisioned [MHZ];\tCPU usage [MHZ];\t"
    "CPU usage [%];\tMemory capacity provisioned [KB];\tMemory usage [KB];\t"
    "Disk read throughput [KB/s];\tDisk write throughput [KB/s];\t"
    "Network received throughput [KB/s];\tNetwork transmitted throughput [KB/s]"
)
START = 1376438456
REAL = Path(__file__).parents[4] / "shared" / "data" / "bitbrains-2013-08"


def row(stamp=START, cores=2, capacity=5000.0, usage=1250.0, provisioned=2048, active=512.0):
    values = (stamp, cores, capacity, usage, 25.0, provisioned, active, 0, 0, 0, 0)
    return ";\t".join(map(str, values))


@pytest.fixture
def write(tmp_path):
    def write_file(*lines, name="7.csv", end="\n", header=HEADER, last_end=None):
        text = end.join((header, *lines)) + (end if last_end is None else last_end)
        path = tmp_path / name
        path.write_bytes(text.encode())
        return path

    return write_file


def refusal(path, **options):
    with pytest.raises(TraceError) as caught:
        read_trace(path, **options)
    return caught.value


def rule(error):
    """Return the message without the path, which `error.file` repeats."""
    assert str(error).startswith(error.file)
    return str(error).removeprefix(error.file)


def test_values_are_those_of_the_file_in_cores_and_mib(write):
    trace = read_trace(write(row(), row(START + 300, usage=5200.0, active=1024)))
    assert (trace.name, trace.interval_s, trace.start_s) == ("7", 300.0, START)
    assert (trace.cores, trace.capacity_mhz, trace.rows_held) == (2, 5000.0, 0)
    assert trace.cpu_cores.tolist() == [0.5, 2.08]  # above capacity, as recorded
    assert trace.utilisation.tolist() == [0.25, 1.04]
    assert trace.memory_provisioned_mib.tolist() == [2.0, 2.0]
    assert trace.memory_active_mib.tolist() == [0.5, 1.0]
    assert trace.cpu_cores.dtype == np.float64


@pytest.mark.parametrize("field", ["cpu_cores", "memory_provisioned_mib", "memory_active_mib"])
@pytest.mark.parametrize(
    "remake", [lambda t: t, copy.deepcopy, lambda t: pickle.loads(pickle.dumps(t))]
)
def test_arrays_stay_read_only_through_copies_and_pickles(write, field, remake):
    trace = read_trace(write(row(), row(START + 300)))
    again = remake(trace)
    assert again == trace
    assert hash(again) == hash(trace)
    assert again not in (read_trace(write(row(), row(START + 300, usage=1251.0))), "7")
    with pytest.raises(ValueError, match="read-only"):
        getattr(again, field)[0] = 1.0


def test_milliseconds_are_detected_by_magnitude(write):
    trace = read_trace(write(row(START * 1000), row(START * 1000 + 300_000)))
    assert trace.start_s == START
    assert trace.cpu_cores.size == 2


def test_columns_are_found_by_name_in_any_order_and_case(write):
    header = ";".join(reversed([*READ_COLUMNS, "CPU usage [%]"])).upper()
    trace = read_trace(write(f"junk;512;2048;1250;5000;2;{START}", header=header))
    assert trace.cpu_cores.tolist() == [0.5]
    assert trace.memory_active_mib.tolist() == [0.5]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
def test_byte_order_mark_crlf_and_blank_lines_are_accepted(write, end, bom):
    path = write(row(), "", row(START + 300), "", "", end=end, header=bom + HEADER)
    assert read_trace(path).cpu_cores.tolist() == [0.5, 0.5]


def test_drift_of_the_recorder_is_dropped(write):
    stamps = [START + 330 * i for i in range(100)]
    trace = read_trace(write(*(row(stamp) for stamp in stamps)))
    assert trace.cpu_cores.size == 100
    assert trace.rows_held == 0


def test_missing_rows_hold_the_row_before_up_to_the_limit(write):
    path = write(row(usage=2500.0), row(START + 13 * 300, active=0), row(START + 15 * 300))
    trace = read_trace(path)
    assert trace.rows_held == 13
    assert trace.cpu_cores.tolist() == [1.0] * 13 + [0.5] * 3
    assert trace.memory_active_mib.tolist() == [0.5] * 13 + [0.0, 0.0, 0.5]
    error = refusal(path, hold_rows=11)
    assert (error.line, error.column) == (3, "Timestamp [ms]")
    assert rule(error) == (
        ":3: column 'Timestamp [ms]' must follow at most 11 missing rows, got 12: "
        "split the file here or raise hold_rows"
    )


LATER = "must be later than in the row before, got {} s: sort, drop repeats"
GRID = "must be n x 300 s (+- 30 s) after the row before, got {} s: resample to that"


@pytest.mark.parametrize(
    ("elapsed", "text"),
    [
        (0, LATER.format("+0")),
        (-300, LATER.format("-300")),
        (331, GRID.format(331)),
        (20, GRID.format(20)),
        (450, GRID.format(450)),
    ],
)
def test_a_row_off_the_grid_is_refused_once(write, elapsed, text):
    error = refusal(write(row(), row(START + elapsed), row(START + elapsed + 300)))
    assert rule(error) == f":3: column 'Timestamp [ms]' {text}"


def test_a_switch_from_seconds_to_milliseconds_is_refused(write):
    error = refusal(write(row(), row((START + 300) * 1000)))
    assert "must be n x 300 s (+- 30 s) after the row before, got 1375" in str(error)
    assert (error.line, error.column) == (3, "Timestamp [ms]")


@pytest.mark.parametrize("bad", ["abc", "", "-1", "nan", "inf", "-inf", "1e999", "1_0", "1,5", "٣"])
@pytest.mark.parametrize("at", range(6))
def test_every_read_value_must_be_a_number(write, bad, at):
    names = ["stamp", "cores", "capacity", "usage", "provisioned", "active"]
    path = write(row(), row(**{"stamp": START + 300, names[at]: bad}), row(START + 600))
    error = refusal(path)
    assert (error.file, error.line, error.column) == (os.fspath(path), 3, READ_COLUMNS[at])
    assert rule(error) == (
        f":3: column {READ_COLUMNS[at]!r} must be a number >= 0, got {bad!r}: "
        "correct or remove the row"
    )


WHOLE = "'CPU cores' must be a whole number <= 65536, got "
MOST = "'CPU usage [MHZ]' must be at most 10 x the CPU capacity "


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"cores": 1.5}, f"{WHOLE}1.5: correct or remove the row"),
        ({"cores": 1e300}, f"{WHOLE}1e+300: correct or remove the row"),
        ({"cores": 0}, "'CPU cores' must be >= 1 where the CPU capacity is > 0, got 0: correct or"),
        ({"usage": 50001}, f"{MOST}(5000 MHz), got 50001: bring both to MHz"),
        ({"capacity": 0}, f"{MOST}(0 MHz), got 1250: bring both to MHz"),
    ],
)
def test_cpu_values_must_fit_together(write, values, text):
    error = refusal(write(row(), row(START + 300, **values)))
    assert rule(error).startswith(f":3: column {text}")
    assert "\n" not in str(error)


def test_a_vm_switched_off_uses_no_cores_and_a_resized_one_its_own(write):
    off, large = row(cores=0, capacity=0, usage=0), row(START + 300, cores=4, capacity=10000)
    trace = read_trace(write(off, large, row(START + 600)))
    assert trace.cpu_cores.tolist() == [0.0, 0.5, 0.5]
    assert (trace.cores, trace.capacity_mhz) == (4, 10000.0)


@pytest.mark.parametrize("lines", [(), (row(cores=0, capacity=0, usage=0),)])
def test_a_file_without_any_capacity_is_refused(write, lines):
    error = refusal(write(*lines))
    assert error.line is None
    assert rule(error) == (
        ": column 'CPU capacity provisioned [MHZ]' must be > 0 in at least one row, got none: "
        "add rows or leave this VM out"
    )


def test_all_rules_of_twenty_rows_are_reported_and_the_rest_counted(write):
    bad = [row(START + 300 * i, usage="x", active="y") for i in range(27)]
    lines = str(refusal(write(*bad))).splitlines()
    assert len(lines) == 2 * 20 + 1
    assert ":2: column 'CPU usage [MHZ]'" in lines[0]
    assert ":21: column 'Memory usage [KB]'" in lines[-2]
    assert lines[-1].endswith("7.csv: and 7 more bad rows")
    assert "more" not in str(refusal(write(*bad[:20])))


@pytest.mark.parametrize(("ending", "fields"), [(b"\n1376", 1), (b"\n1;2;\t3", 3), (b"\xe9\n", 11)])
def test_a_row_cut_short_or_not_in_utf8_is_refused(write, ending, fields):
    path = write(row(), row(START + 300))
    path.write_bytes(path.read_bytes()[:-1] + ending)
    error = refusal(path)
    assert (error.line, error.column) == (4 if fields < 11 else 3, None)
    assert f": must be 11 fields of UTF-8 text separated by ';', got {fields} in " in rule(error)


def test_a_line_without_end_is_refused_without_being_held(write):
    path = write(row(), "1" * 20_000)
    assert [refusal(path).line, len(str(refusal(path)).splitlines())] == [3, 1]


def test_a_last_number_cut_short_is_refused_where_it_is_read(write):
    assert read_trace(write(row(), last_end="")).cpu_cores.tolist() == [0.5]
    header = ";".join(READ_COLUMNS)
    line = f"{START};2;5000;1250;2048;512"
    assert read_trace(write(line, header=header)).memory_active_mib.tolist() == [0.5]
    error = refusal(write(line[:-1], header=header, last_end=""))
    assert rule(error) == ":2: must end in a line break, got none: complete the row, add one"


@pytest.mark.parametrize(
    ("content", "got"),
    [
        (b"", "got ''"),
        (b"\n\n", "got ''"),
        (row().encode(), f"got '{START};"),
        (bytes(range(256)) * 400, "got "),
        (HEADER.encode("utf-16"), "got "),
        (HEADER.replace(";\t", ",").encode() + b"\n", "got 'Timestamp [ms],CPU cores,"),
    ],
    ids=["empty", "blank", "headless", "binary", "utf-16", "commas"],
)
def test_a_file_without_header_is_refused_in_one_line(tmp_path, content, got):
    path = tmp_path / "1.csv"
    path.write_bytes(content)
    error = refusal(path)
    assert error.line == 1
    assert rule(error).startswith(
        ":1: must be UTF-8 text and name columns separated by ';': Timestamp [ms]; CPU cores; "
    )
    assert got in str(error)
    assert "\n" not in str(error)
    assert len(rule(error)) < 400


def test_a_header_is_refused_with_all_its_problems(write):
    header = HEADER.replace("CPU cores", "vCPUs").replace("Memory usage [KB]", "CPU usage [MHZ]")
    assert rule(refusal(write(row(), header=header))).splitlines()[0] == (
        ":1: column 'vCPUs' must be a column of GWA-T-12, got another name: rename or remove it"
    )
    columns = [line.split("'")[1] for line in str(refusal(write(header=header))).splitlines()]
    assert columns == ["vCPUs", "CPU cores", "CPU usage [MHZ]", "Memory usage [KB]"]


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    missing = refusal(tmp_path / "9.csv")
    text = ": must be a file that can be read, got 'No such file or directory': correct the path"
    assert (rule(missing), missing.line, missing.column) == (text, None, None)
    assert "must be a file that can be read, got 'Is a directory'" in str(refusal(tmp_path))


def test_an_error_survives_a_pickle(write):
    error = refusal(write(row(usage="x")))
    again = pickle.loads(pickle.dumps(error))
    assert str(again) == str(error)
    assert (again.file, again.line, again.column) == (error.file, 2, "CPU usage [MHZ]")


def test_a_folder_is_read_in_the_order_of_its_numbers(write, tmp_path):
    for name in ("10.csv", "2.CSV", "vm10.csv", "vm9.csv", ".2.csv", "notes.txt"):
        write(row(), name=name)
    (tmp_path / "old.csv").mkdir()
    traces = read_traces(tmp_path)
    assert isinstance(traces, tuple)
    assert [trace.name for trace in traces] == ["2", "10", "vm9", "vm10"]


def test_hold_rows_reaches_every_file_of_a_folder(write, tmp_path):
    write(row(), row(START + 600))
    assert read_traces(tmp_path)[0].rows_held == 1
    with pytest.raises(TraceError, match="at most 0 missing rows"):
        read_traces(tmp_path, hold_rows=0)


def test_a_folder_without_traces_is_refused(tmp_path):
    with pytest.raises(TraceError, match=r"must hold \*\.csv files in GWA-T-12 form") as caught:
        read_traces(tmp_path)
    assert caught.value.file == os.fspath(tmp_path)
    with pytest.raises(TraceError, match="must be a folder that can be read, got nothing there"):
        read_traces(tmp_path / "none")
    (tmp_path / "file").touch()
    with pytest.raises(TraceError, match="must be a folder that can be read, got a file"):
        read_traces(tmp_path / "file")


def test_reading_holds_the_arrays_and_no_copy_of_the_file(write):
    rows = 30_000
    path = write(*(row(START + 300 * i) for i in range(rows)))
    tracemalloc.start()
    trace = read_trace(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert trace.cpu_cores.size == rows
    assert peak < 2 * 3 * 8 * rows < path.stat().st_size  # twice, since arrays grow by moving


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"cores": 0}, "VmTrace.cores must be > 0, got 0"),
        ({"interval_s": float("nan")}, "VmTrace.interval_s must be > 0, got nan"),
        ({"cpu_cores": []}, "VmTrace.cpu_cores must hold n >= 1 finite numbers"),
        ({"cpu_cores": [[1.0]]}, "VmTrace.cpu_cores must hold n >= 1 finite numbers"),
        ({"cpu_cores": [-1.0]}, "VmTrace.cpu_cores must hold n >= 1 finite numbers"),
        ({"memory_active_mib": [1.0, 2.0]}, "VmTrace.memory_active_mib must hold n >= 1 finite"),
        ({"memory_active_mib": [np.inf]}, "VmTrace.memory_active_mib must hold n >= 1 finite"),
    ],
)
def test_a_trace_checks_its_own_values(change, text):
    names = [field.name for field in fields(VmTrace)]
    values = dict(zip(names, ("1", 300.0, 0.0, 1, 2600.0, [0.5], [1024.0], [100.0]), strict=False))
    VmTrace(**values)
    with pytest.raises(ValueError, match=text):
        VmTrace(**{**values, **change})


def test_a_trace_copies_arrays_that_could_be_written_to():
    used = np.array([0.5])
    trace = VmTrace("1", 300.0, 0.0, 1, 2600.0, used, np.ones(1), np.ones(1))
    used[0] = 9.0
    assert trace.cpu_cores.tolist() == [0.5]


@pytest.mark.skipif(not REAL.is_dir(), reason="the Bitbrains sample is not beside the repository")
def test_the_bitbrains_sample_is_read_whole():
    traces = read_traces(REAL)
    assert len(traces) == 60
    assert [trace.name for trace in traces][:4] == ["1", "4", "5", "10"]
    assert {trace.cpu_cores.size for trace in traces} == {288}
    assert sum(trace.rows_held for trace in traces) == 0
    for trace in traces:
        percent = np.loadtxt(REAL / f"{trace.name}.csv", delimiter=";", skiprows=1, usecols=4)
        # The archive's own percentages, which the reader does not look at.
        np.testing.assert_allclose(trace.utilisation, percent / 100.0, rtol=1e-12)


@pytest.mark.parametrize("length", [8193, 8200, 40_000])
def test_lines_are_numbered_as_in_the_file_after_one_that_is_too_long(write, length):
    error = refusal(write(row(), "x" * length, row(START + 300), row(START + 601, cores=1.5)))
    assert str(error).splitlines() == [
        f"{error.file}:3: must be at most 8192 bytes long: correct or remove the row",
        f"{error.file}:5: column 'CPU cores' must be a whole number <= 65536, got 1.5: correct or "
        "remove the row",
    ]


def test_the_longest_line_is_read(write):
    padded = row(START + 300).ljust(8191)
    assert read_trace(write(row(), padded, row(START + 600))).cpu_cores.size == 3
    error = refusal(write(header=HEADER.ljust(9000)))
    assert rule(error) == ":1: must be at most 8192 bytes long: correct the header"
