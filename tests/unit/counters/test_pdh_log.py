"""Perfmon files as people have them."""

from datetime import datetime

import numpy as np
import pytest

from hvmc.counters import read_pdh_csv
from hvmc.counters.localised import english
from hvmc.counters.pdh_head import open_log
from hvmc.counters.pdh_log import PdhError

HEAD = '"(PDH-CSV 4.0) (W. Europe Standard Time)(-60)","\\\\H\\Memory\\Pages/sec","\\\\H\\A\\B"'
EPOCH = datetime(2024, 10, 27)


@pytest.fixture
def log(tmp_path):
    def opened(*lines, encoding="utf-8", head=HEAD, end="\r\n"):
        file = tmp_path / "log.csv"
        file.write_bytes(end.join([head, *lines, ""]).encode(encoding))
        return open_log(file)

    return opened


def rows(found):
    chunks = list(found.chunks(epoch=EPOCH))
    times = np.concatenate([chunk.time_s for chunk in chunks])
    return times.tolist(), np.concatenate([chunk.values for chunk in chunks]).tolist()


def line(stamp, *values):
    return ",".join(f'"{cell}"' for cell in (stamp, *values))


PLAIN = [line("10/27/2024 01:00:00.500", "1.5", "2"), line("10/27/2024 01:00:15.500", "3", "4")]
READ = ([3600.5, 3615.5], [[1.5, 2.0], [3.0, 4.0]])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings(log, encoding):
    head = HEAD.replace("Memory", "Größe")
    found = log(*PLAIN, encoding=encoding, head=head)
    assert found.counters[0].object == "Größe"
    assert rows(found) == READ


def test_what_typeperf_prints(log):
    found = log(
        *PLAIN, "Exiting, please wait...     ", "The command completed.", head="\r\n" + HEAD
    )
    assert rows(found) == READ
    assert [note.rpartition(": ")[2] for note in found.notes] == [
        "Exiting, please wait...",
        "The command completed.",
    ]


def test_one_counter_and_closing_words_of_two_fields(log):
    head = HEAD.rpartition(",")[0]
    found = log(line("10/27/2024 01:00:00", "1"), "Exiting, please wait...", head=head)
    assert rows(found) == ([3600.0], [[1.0]])


def test_the_description_of_a_collector_set_is_no_counter(log):
    found = log(*PLAIN, head=f'{HEAD},"All of it, every day"')
    assert len(found.counters) == 2
    assert rows(found) == READ
    assert found.notes[0].endswith(
        "the last head is no counter and is not read: All of it, every day"
    )


@pytest.mark.parametrize(
    "stamps",
    [
        ("27.10.2024 01:00:00,500", "27.10.2024 01:00:15,500"),
        ("2024-10-27 01:00:00.5", "2024-10-27 01:00:15.5"),
        ("27/10/2024 1:00:00.5", "27/10/2024 1:00:15.5"),
        ("10/27/2024 1:00:00.5 AM", "10/27/2024 1:00:15.5 AM"),
    ],
)
def test_orders_of_dates(log, stamps):
    assert rows(log(line(stamps[0], "1.5", "2"), line(stamps[1], "3", "4"))) == READ


def test_spreadsheet_with_semicolons_and_decimal_commas(log):
    head = HEAD.replace('","', '";"')
    found = log(
        '27.10.2024 01:00:00,5;1,5;"2"', "27.10.2024 01:00:15,5;3,0;4", head=head, encoding="cp1252"
    )
    assert rows(found) == READ


def test_blanks_and_failed_counters_are_nan(log):
    found = log(line("10/27/2024 01:00:00", " ", "-1"), line("10/27/2024 01:00:15", "", "-1.#IND"))
    assert np.isnan(rows(found)[1]).all()


def test_the_hour_that_comes_twice(log):
    stamps = [
        f"10/27/2024 {hour}:{minute:02}:00" for hour in ("02", "02", "03") for minute in (0, 59)
    ]
    found = log(*(line(stamp, 1, 2) for stamp in stamps))
    times, _ = rows(found)
    assert np.diff(times).tolist() == [3540.0, 60.0, 3540.0, 60.0, 3540.0]
    (note,) = found.notes
    assert "the clock goes back one hour at 10/27/2024 02:00:00, as summer time ends" in note


def test_a_line_that_is_cut_off_at_the_end_is_left_out(log):
    found = log(*PLAIN, '"10/27/2024 01:00:30.500","5', end="\r\n")
    assert rows(found) == READ
    assert found.notes[0].endswith("line 4: is cut off and was left out")


def test_all_bad_lines_are_named(log):
    found = log(
        line("10/27/2024 01:00:00", "1", "many"),
        line("10/27/2024 01:00:15", "1"),
        line("10/27/2024 01:00:30", "1_0", "inf"),
        line("10/27/2024 01:00:45", "1", "2"),
    )
    with pytest.raises(PdhError) as refused:
        rows(found)
    assert [(number, text.partition(",")[0]) for number, text in refused.value.problems] == [
        (2, "field 3 must be a finite number or blank"),
        (3, "must hold a time and 2 values"),
        (4, "field 2 must be a finite number or blank"),
        (4, "field 3 must be a finite number or blank"),
    ]


def test_times_that_run_back_otherwise_are_refused(log):
    found = log(PLAIN[1], PLAIN[0])
    with pytest.raises(PdhError, match="line 3: the time must be later than that before it"):
        rows(found)


def test_long_logs_come_in_chunks_that_join(log, monkeypatch):
    monkeypatch.setattr("hvmc.counters.pdh_log._BLOCK", 2000)
    lines = [line(f"10/27/2024 01:{n // 60:02}:{n % 60:02}", n, 2 * n) for n in range(1, 600)]
    found = log(*lines, "Fin.")
    assert len(list(found.chunks())) > 5
    times, values = rows(found)
    assert np.diff(times).tolist() == [1.0] * 598
    assert values == [[n, 2 * n] for n in range(1, 600)]


def test_a_bad_line_late_in_a_long_log(log, monkeypatch):
    monkeypatch.setattr("hvmc.counters.pdh_log._BLOCK", 2000)
    lines = [line(f"10/27/2024 01:{n // 60:02}:{n % 60:02}", n, 2) for n in range(1, 600)]
    found = log(*lines, line("10/27/2024 01:59:59", "1", "x"))
    with pytest.raises(PdhError, match="line 601: field 3"):
        rows(found)


def test_notes_are_warnings_of_the_simple_reader(log):
    found = log(*PLAIN, "Fin.")
    with pytest.warns(UserWarning, match=r"closing words are not read: Fin\."):
        frame = read_pdh_csv(found.path)
    assert frame["value"].tolist() == [1.5, 2.0, 3.0, 4.0]


GERMAN = "Hyper-V-Hypervisor \u2013 virtueller Prozessor"
GERMAN_ROOT = "Hyper-V-Hypervisor \u2013 Stamm des virtuellen Prozessors"
FRENCH = "Processeur virtuel de l\u2019hyperviseur Hyper-V"
SPANISH = "Procesador virtual del hipervisor de Hyper-V"
ITALIAN = "Processore virtuale hypervisor Hyper-V"
JAPANESE = "Hyper-V ハイパーバイザー仮想プロセッサ"
TOTAL, GUEST = "% Total Run Time", "% Guest Run Time"


@pytest.mark.parametrize(
    ("object_", "counter", "name", "language"),
    [
        (GERMAN, "% Gesamtausführungszeit", TOTAL, "German"),
        ("Hyper-V Hypervisor: virtueller Prozessor", "% Gesamtlaufzeit", TOTAL, "German"),
        (GERMAN, "CPU-Wartezeit pro Verteilung", "CPU Wait Time Per Dispatch", "German"),
        (GERMAN_ROOT, "% Gastausführungszeit", GUEST, "German"),
        (FRENCH, "% de la durée d\u2019exécution totale", TOTAL, "French"),
        (SPANISH, "% Total de tiempo de ejecución", TOTAL, "Spanish"),
        ("VM de Memoria dinámica de Hyper-V", "Presión actual (%)", "Current Pressure", "Spanish"),
        (ITALIAN, "% tempo di esecuzione guest", GUEST, "Italian"),
        (JAPANESE, "% 合計実行時間", TOTAL, "Japanese"),
        ("Hyper-V Hypervisor Virtual Processor", TOTAL, TOTAL, ""),
    ],
)
def test_localised_names(object_, counter, name, language):
    found = english(object_, counter)
    assert (found.counter, found.language) == (name, language)


@pytest.mark.parametrize(
    ("object_", "counter"),
    [
        ("Prozessor", "Prozessorzeit (%)"),
        (GERMAN_ROOT, "% Gesamtausführungszeit des Kerns"),
        ("Hyper-V-Hypervisorstammpartition", "Virtuelle Prozessoren"),
    ],
)
def test_other_counters_are_none_of_those(object_, counter):
    assert english(object_, counter) is None
