"""Every format: recognised from content, read with and without its name; encodings and dates."""

from pathlib import Path

import numpy as np
import pytest

from hvmc.recordings import format_names, read_recording

ROOT = Path(__file__).parents[3]
EXAMPLES = ROOT / "experiments" / "own_host" / "recordings"
FORMATS = ("gwa_t_12", "materna", "planetlab", "azure", "opendc", "plain")
NOT_ALIGNED = "some files have dates and some times of their own: these are not aligned"


def test_every_format_has_an_example():
    assert set(FORMATS) == set(format_names())
    assert {path.name for path in EXAMPLES.iterdir() if path.is_dir()} == set(FORMATS)


@pytest.mark.parametrize("name", FORMATS)
def test_an_example_is_recognised_and_read_the_same_when_named(name):
    found = read_recording(EXAMPLES / name)
    assert found.formats == (name,)
    if name == "gwa_t_12":  # the folder holds a file that is no recording
        assert [bool(file.refused) for file in found.files] == [True, False, False]
    named = read_recording(EXAMPLES / name, format=name)
    assert [vm.name for vm in named.vms] == [vm.name for vm in found.vms]
    for one, other in zip(found.vms, named.vms, strict=True):
        np.testing.assert_array_equal(one.cpu_share, other.cpu_share)


def test_one_folder_may_hold_several_formats():
    recording = read_recording(EXAMPLES)
    assert set(recording.formats) == set(FORMATS)
    assert len(recording.vms) == 13
    assert len({vm.name for vm in recording.vms}) == 13
    assert NOT_ALIGNED in recording.notes


def test_materna_has_decimal_commas_and_dates():
    vm = read_recording(EXAMPLES / "materna").vms[0]
    assert vm.times_s[:2].tolist() == [1446760800.0, 1446761100.0]  # 5 November 2015, 22:00
    assert vm.cpu_share[0] == pytest.approx(164 / 4788, rel=1e-12)
    assert (vm.virtual_processors, vm.interval_s, vm.times_s.size) == (2, 300.0, 24)


def test_planetlab_is_a_per_cent_a_line_without_size():
    recording = read_recording(EXAMPLES / "planetlab")
    lines = (EXAMPLES / "planetlab" / "node_a").read_text().split()
    vm = recording.vm("node_a")
    assert vm.cpu_share.tolist() == [int(line) / 100 for line in lines]
    assert vm.segments.tolist() == [[0.0, 86400.0]]
    assert (vm.virtual_processors, vm.memory_provisioned_mib) == (None, None)
    assert recording.clock == "relative"


def test_azure_sizes_come_from_the_table_where_it_has_the_vm():
    recording = read_recording(EXAMPLES / "azure")
    sizes = {(vm.virtual_processors, vm.memory_provisioned_mib is None) for vm in recording.vms}
    assert sizes == {(2, False), (8, False), (None, True)}
    for vm in recording.vms:
        assert vm.times_s.tolist() == list(range(0, 3600, 300))
        assert (vm.cpu_share_most > vm.cpu_share).all()
    assert "1 VM of 3 in no vmtable: cores and memory unknown" in recording.files[0].notes


def test_opendc_fragments_follow_each_other_and_mean_what_they_last():
    recording = read_recording(EXAMPLES / "opendc")
    vm = recording.vm("vm_1019")
    assert vm.times_s[0] == 1376314546.0  # its submission
    assert vm.times_s[:4].tolist() == [1376314546.0 + s for s in (0, 300, 600, 1200)]
    assert vm.cpu_share[1] == pytest.approx(11.703998 / 2926.000135, rel=1e-6)
    assert vm.memory_provisioned_mib[0] == pytest.approx(181352 / 1024)
    assert vm.segments[0, 1] - vm.times_s[0] == pytest.approx(vm.lengths_s.sum())


def test_opendc_names_the_columns_that_are_missing(tmp_path, refusal):
    import pyarrow as pa
    from pyarrow import parquet

    parquet.write_table(pa.table({"id": ["1"], "cpu_usage": [1.0]}), tmp_path / "x.parquet")
    assert "got id, cpu_usage: cpu_count, submission_time or start_time lack" in str(
        refusal(tmp_path)
    )
    (tmp_path / "x.parquet").write_bytes(b"PAR1 and nothing else")
    assert "must be a Parquet file that can be read, got" in str(refusal(tmp_path))


PLAIN = ("time,cpu_percent,memory_mib", "0,10,512", "60,30,1024", "120,50,512")


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last_end", [None, ""])
def test_a_plain_table_in_any_encoding_and_line_ends(write, encoding, end, last_end):
    lines = ("time,cpu_percent,memory_mib,Größe", *(f"{line},ü" for line in PLAIN[1:]))
    path = write("a.csv", *lines, encoding=encoding, end=end, last_end=last_end)
    recording = read_recording(path)
    vm = recording.vms[0]
    assert vm.times_s.tolist() == [0.0, 60.0, 120.0]
    assert vm.cpu_share.tolist() == [0.1, 0.3, 0.5]
    assert vm.memory_active_mib.tolist() == [512.0, 1024.0, 512.0]
    assert recording.clock == "relative"


@pytest.mark.parametrize(
    ("header", "row", "field", "value"),
    [
        ("Timestamp;CPU usage [%];Memory (GB)", "0;12,5;1,5", "memory_active_mib", 1536.0),
        ("t\tcpu\tmem_kb", "0\t12.5\t2048", "memory_active_mib", 2.0),
        ("date,CPU %,Memory total GiB", "0,12.5,4", "memory_provisioned_mib", 4096.0),
        ("time,cpu_share,memory", "0,0.125,64", "memory_active_mib", 64.0),
        ("time,avg cpu utilization,vCPUs", "0,12.5,4", "virtual_processors", 4),
    ],
)
def test_columns_are_called_what_people_call_them(write, header, row, field, value):
    vm = read_recording(write("a.csv", header, row, row.replace("0", "60", 1))).vms[0]
    found = getattr(vm, field)
    assert vm.cpu_share[0] == 0.125
    assert (found if field == "virtual_processors" else found[0]) == value


@pytest.mark.parametrize(
    ("stamps", "first_s", "step_s"),
    [
        (("2026-03-02 10:00:00", "2026-03-02 10:05:00"), 1772445600.0, 300.0),
        (("2026-03-02T10:00:00Z", "2026-03-02T10:05:00Z"), 1772445600.0, 300.0),
        (("2026-03-02T11:00:00+01:00", "2026-03-02T11:05:00+01:00"), 1772445600.0, 300.0),
        (("02.03.2026 10:00", "02.03.2026 10:05"), 1772445600.0, 300.0),
        (("3/2/2026 10:00:00 AM", "3/3/2026 10:00:00 AM"), 1772445600.0, 86400.0),
        (("27/02/2026 10:00", "28/02/2026 10:00"), 1772186400.0, 86400.0),
        (("1772445600000", "1772445900000"), 1772445600.0, 300.0),
    ],
)
def test_times_as_people_write_them(write, stamps, first_s, step_s):
    recording = read_recording(write("a.csv", "time,cpu", *(f"{stamp},5" for stamp in stamps)))
    vm = recording.vms[0]
    assert vm.times_s.tolist() == [first_s, first_s + step_s]
    assert recording.clock == "absolute"


def test_the_hour_that_comes_twice_does_not_run_back(write):
    clock = ["01:30", "02:00", "02:30", "02:00", "02:30", "03:00"]
    recording = read_recording(
        write("a.csv", "time,cpu", *(f"25.10.2026 {time},5" for time in clock))
    )
    assert np.diff(recording.vms[0].times_s).tolist() == [1800.0] * 5
    assert recording.files[0].notes == (
        "clock set back an hour (end of summer time): times go on from there",
    )


def test_a_plain_table_may_hold_many_vms(write):
    lines = [f"{60 * i},{vm},{10 * i}" for i in range(3) for vm in ("sql 01", "web")]
    recording = read_recording(write("all.csv", "time,vm,cpu_percent", *lines))
    assert [vm.name for vm in recording.vms] == ["sql_01", "web"]
    assert recording.vm("web").cpu_share.tolist() == [0.0, 0.1, 0.2]


def test_more_than_all_processors_is_refused_with_the_remedy(write, refusal):
    error = refusal(write("a.csv", "time,cpu_percent", "0,350", "60,400"))
    assert "a.csv:2: column 'cpu_percent' must be at most 100 of all its VPs together" in str(error)
    assert "divide by its number of VPs" in str(error)


def test_per_cent_that_look_like_shares_are_told(write):
    recording = read_recording(write("a.csv", "time,cpu", "0,0.2", "60,0.5"))
    assert recording.vms[0].cpu_share.max() == 0.005
    assert "call shares cpu_share" in recording.files[0].notes[0]


@pytest.mark.parametrize(
    ("folder", "vms", "told"),
    [
        ("gwa_t_12_rnd_2013-07", 2, "gap of 30.7 h after 2013-07-16 13:05:37: a new segment"),
        ("gwa_t_12_rnd_2013-08", 1, "restart +79 s off the 300 s grid"),
        ("materna_layout", 1, ""),
        ("azure_v1", 100, "100 VMs of 100 in no vmtable"),
        ("planetlab", 3, ""),
        ("opendc", 50, "sizes of 50 VMs"),
    ],
)
def test_files_from_the_field_are_read(shared, folder, vms, told):
    recording = read_recording(shared("field", "traces", folder))
    assert len(recording.vms) == vms
    assert not any(file.refused for file in recording.files)
    assert told in "\n".join(recording.told())
