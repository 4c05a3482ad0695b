"""Perfmon CSV: what is written is read again, by hvmc and by pandas; Windows' own is read."""

from datetime import datetime

import numpy as np
import pandas as pd
import pytest

from hvmc.counters import read_pdh_csv, write_pdh_csv

NAMES = [
    ("Hyper-V Hypervisor Logical Processor", "Hv LP 0", "% Idle Time"),
    ("Hyper-V Hypervisor Virtual Processor", "web:Hv VP 1", "MSR Accesses/sec"),
    ("Hyper-V Virtual IDE Controller (Emulated)", "old:Ide Controller", "Read Sectors/sec"),
    ("Hyper-V Virtual Machine Bus", "", "Interrupts Sent/sec"),
    ("hvmc Interrupts", "web", "Deferral Delay (ready)"),
    ("Network Interface", "Intel(R) PRO _2", "Packets/sec"),
]
HEAD = '"(PDH-CSV 4.0) (UTC)(0)","\\\\H\\Memory\\Pages/sec"\n'


@pytest.fixture
def samples():
    values = np.random.default_rng(3).exponential(size=(3, len(NAMES)))
    values[1, 4] = np.nan
    rows = [
        (time_s, *name, value)
        for time_s, row in zip((1.0, 2.0, 2.5), values, strict=True)
        for name, value in zip(NAMES, row, strict=True)
    ]
    return pd.DataFrame(rows, columns=["time_s", "object", "instance", "counter", "value"])


def test_round_trip_is_exact(tmp_path, samples):
    file = tmp_path / "trace.csv"
    write_pdh_csv(samples, file, host="BOX")
    found = read_pdh_csv(file)
    assert set(found["host"]) == {"BOX"}
    found = found.astype(dict.fromkeys(["object", "instance", "counter"], str))
    samples = samples.astype(dict.fromkeys(["object", "instance", "counter"], str))
    pd.testing.assert_frame_equal(found.drop(columns="host"), samples, check_exact=True)


def test_the_file_is_what_windows_writes(tmp_path, samples):
    file = tmp_path / "trace.csv"
    write_pdh_csv(samples, file, epoch=datetime(2026, 3, 9, 23, 59, 58))
    lines = file.read_bytes().decode("ascii").split("\r\n")
    assert lines[0].startswith('"(PDH-CSV 4.0) (Coordinated Universal Time)(0)","\\\\HVMC\\Hyper-V')
    assert '"\\\\HVMC\\Hyper-V Virtual Machine Bus\\Interrupts Sent/sec"' in lines[0]
    assert lines[1].startswith('"03/09/2026 23:59:59.000","')
    assert lines[3].startswith('"03/10/2026 00:00:00.500","')
    assert lines[2].split(",")[5] == '" "'
    assert lines[4:] == [""]


def test_pandas_opens_it(tmp_path, samples):
    file = tmp_path / "trace.csv"
    write_pdh_csv(samples, file)
    frame = pd.read_csv(
        file, index_col=0, parse_dates=True, date_format="%m/%d/%Y %H:%M:%S.%f", na_values=" "
    )
    assert frame.shape == (3, len(NAMES))
    assert (frame.index - pd.Timestamp(2000, 1, 1)).total_seconds().tolist() == [1.0, 2.0, 2.5]
    column = frame["\\\\HVMC\\Hyper-V Hypervisor Logical Processor(Hv LP 0)\\% Idle Time"]
    assert column.tolist() == pytest.approx(samples["value"][:: len(NAMES)].tolist(), rel=1e-15)


def test_a_file_of_windows_is_read(tmp_path):
    file = tmp_path / "windows.csv"
    file.write_bytes(
        b'"(PDH-CSV 4.0) (Mitteleurop\xe4ische Zeit)(-60)",'
        b'"\\\\SQL01\\Memory\\Pages/sec","\\\\SQL01\\PhysicalDisk(0 C: D:)\\% Disk Time"\r\n'
        b'"09/08/2002 12:35:45.166","11.296813511113458"," "\r\n'
        b'"09/08/2002 12:36:00.167","0.26679653905997197","2.8829087316668804"\r\n'
    )
    found = read_pdh_csv(file, epoch=datetime(2002, 9, 8, 12, 35, 45))
    assert found["time_s"].tolist() == [0.166, 0.166, 15.167, 15.167]
    assert found["object"].tolist()[:2] == ["Memory", "PhysicalDisk"]
    assert found["instance"].tolist()[:2] == ["", "0 C: D:"]
    assert found["value"].isna().tolist() == [False, True, False, False]


def test_a_head_alone_is_an_empty_table(tmp_path):
    file = tmp_path / "head.csv"
    file.write_text(HEAD)
    assert read_pdh_csv(file).empty


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("time,a,b\n1,2,3\n", r"bad.csv must begin with a \(PDH-CSV 4.0\) line: save it in"),
        ("", r"must begin with a \(PDH-CSV 4.0\) line"),
        ('"(PDH-CSV 4.0)","Pages"\n', r"line 1: 'Pages' must be a path like"),
        (HEAD + '"09/08/2002 12:35:45.166","1","2"\n', "line 2: must hold a time and 1 values"),
        (HEAD + '"2002 09 08","1"\n', "line 2: is no time: '2002 09 08'"),
        *(
            (
                f'{HEAD}"09/08/2002 12:35:45.166","{value}"\n',
                f"line 2: field 2 must be a finite number or blank, got '{value}'",
            )
            for value in ("many", "inf", "-Infinity", "nan", "1e999", "1_000", "\u0661")
        ),
        (
            HEAD.rstrip() + ',"\\\\X\\Memory\\Pages/sec","\\\\x\\memory\\PAGES/sec"\n',
            r"line 1: \\\\x\\memory\\PAGES/sec is there twice: remove one of the columns",
        ),
    ],
)
def test_other_files_are_refused(tmp_path, content, message):
    file = tmp_path / "bad.csv"
    file.write_text(content)
    with pytest.raises(ValueError, match=message):
        read_pdh_csv(file)


def test_two_values_at_one_time_are_refused(tmp_path, samples):
    twice = pd.concat([samples, samples[:1]])
    with pytest.raises(ValueError, match=r"% Idle Time has two values at time_s=1: give one"):
        write_pdh_csv(twice, tmp_path / "trace.csv")
