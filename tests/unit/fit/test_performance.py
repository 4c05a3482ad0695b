"""Performance Monitor logs: what is read of them, and what follows."""

import numpy as np
import pandas as pd
import pytest

from hvmc.counters import write_pdh_csv
from hvmc.fit.fit import read_sources
from hvmc.fit.registry import FitOptions

VP = "Hyper-V Hypervisor Virtual Processor"
DYNAMIC = "Hyper-V Dynamic Memory VM"
DISK = "Hyper-V Virtual Storage Device"
LP = "Hyper-V Hypervisor Logical Processor"


@pytest.fixture
def log(tmp_path):
    """Write a log of (object, instance, counter): values, a sample each 15 s."""

    def written(series, *, host="HV1", name="log.csv", step_s=15.0):
        rows = [
            (number * step_s, object_, instance, counter, value)
            for (object_, instance, counter), values in series.items()
            for number, value in enumerate(np.atleast_1d(values), start=1)
        ]
        frame = pd.DataFrame(rows, columns=["time_s", "object", "instance", "counter", "value"])
        file = tmp_path / name
        write_pdh_csv(frame, file, host=host)
        return file

    return written


def vps(name, *runs, counter="% Total Run Time", object_=VP):
    return {(object_, f"{name}:Hv VP {vp}", counter): run for vp, run in enumerate(runs)}


LPS = {(LP, f"Hv LP {lp}", "% Total Run Time"): 20.0 for lp in range(8)}


def values(found, name="web"):
    return {path: fact.value for path, fact in found.guests[name].items()}


def test_guests_by_the_run_times_of_their_processors(log):
    found, _ = read_sources([log(LPS | vps("web", 10.0, 30.0) | vps("db 1", 50.0))])
    assert found.host["host.logical_processors"].value == 8
    assert values(found)["virtual_processors"] == 2
    assert values(found)["use"] == pytest.approx(0.2)
    assert found.guests["web"]["use"].words.startswith(
        "measured: log.csv, mean % Total Run Time 20 % of its VPs"
    )
    assert values(found, "db_1")["use"] == pytest.approx(0.5)


def test_waits_are_what_held_a_guest_up(log):
    waits = {
        **vps("web", 40.0),
        **vps("web", 100e3, counter="CPU Wait Time Per Dispatch"),
        **vps("web", 2000.0, counter="Logical Processor Dispatches/sec"),
    }
    found, _ = read_sources([log(LPS | waits)])
    assert values(found)["use"] == pytest.approx(0.4)
    assert values(found)["ready"] == pytest.approx(0.2)


def test_contention_and_wake_up_of_windows_server_2025(log):
    found, _ = read_sources(
        [
            log(
                LPS
                | vps("web", 40.0)
                | vps("web", 100e3, counter="CPU Wait Time Per Dispatch")
                | vps("web", 0.0, counter="CPU Contention Time Per Dispatch")
                | vps("web", 5000.0, counter="CPU Wake Up Time Per Dispatch")
                | vps("web", 2000.0, counter="Logical Processor Dispatches/sec")
            )
        ]
    )
    assert values(found)["use"] == pytest.approx(0.4)
    assert found.host["overheads.switch.latency_s"].value == pytest.approx(5e-6)


def test_load_that_moves_over_the_day(log):
    rng = np.random.default_rng(1)
    common = rng.gamma(4.0, 5.0, 600).repeat(4)
    own = [0.5 * common + 0.5 * rng.gamma(4.0, 5.0, 600).repeat(4) for _ in range(2)]
    file = log(LPS | vps("web", own[0]) | vps("db", own[1]))
    found, _ = read_sources([file])
    minutes = own[0].reshape(-1, 4).mean(axis=1)
    # minutes of the log begin one sample off those of the series
    assert values(found)["peak"] == pytest.approx(
        np.quantile(minutes, 0.95) / minutes.mean(), rel=0.05
    )
    assert values(found)["correlation"] == pytest.approx(np.corrcoef(*own)[0, 1], abs=0.05)


def test_dynamic_memory_and_the_host_s(log):
    memory = {
        (DYNAMIC, "web", "Physical Memory"): [2000.0, 4000.0],
        (DYNAMIC, "web", "Current Pressure"): [80.0, 90.0],
        (DYNAMIC, "db", "Physical Memory"): [8000.0, 8000.0],
        ("Hyper-V Dynamic Memory Balancer", "System Balancer", "Available Memory"): [900.0, 700.0],
    }
    found, _ = read_sources([log(LPS | vps("web", [9.0, 9.0]) | vps("db", [9.0, 9.0]) | memory)])
    web, db = values(found), values(found, "db")
    assert (web["memory.minimum_mib"], web["memory.maximum_mib"]) == (2000.0, 4000.0)
    assert web["memory.demand_mib"] == pytest.approx((1600.0 + 3600.0) / 2)
    assert db["memory.maximum_mib"] == 8000.0
    assert "memory.minimum_mib" not in db
    assert found.host["host.memory_mib"].value > 11_800.0


def test_disks_are_known_by_the_name_in_their_path(log):
    disks = {
        (DISK, "--?-D:-VMs-web-web.vhdx", "Read Operations/Sec"): 100.0,
        (DISK, "--?-D:-VMs-web-web.vhdx", "Write Operations/Sec"): 20.0,
        (DISK, "--?-D:-VMs-web-data.vhdx", "Read Operations/Sec"): 30.0,
        (DISK, "--?-D:-VMs-web2-os.vhdx", "Read Operations/Sec"): 7.0,
        (DISK, "--?-D:-old.vhdx", "Read Operations/Sec"): 9.0,
        (DISK, "--?-D:-VMs-web-web.vhdx", "Latency"): 0.00206,
    }
    found, _ = read_sources([log(LPS | vps("web", 10.0) | vps("web2", 10.0) | disks)])
    assert values(found)["iops"] == pytest.approx(150.0)
    assert values(found)["io_s"] == pytest.approx(0.002)
    assert values(found, "web2")["iops"] == pytest.approx(7.0)
    assert any("name no VM are left out: --?-D:-old.vhdx" in note for note in found.notes)


def test_a_failed_counter_is_no_value(log):
    found, _ = read_sources([log(LPS | vps("web", [30.0, -1.0, 10.0]))])
    assert values(found)["use"] == pytest.approx(0.2)


def test_names_in_another_language_are_told(log):
    german = "Hyper-V-Hypervisor \u2013 virtueller Prozessor"
    file = log(LPS | vps("web", 25.0, object_=german, counter="% Gesamtausführungszeit"))
    found, _ = read_sources([file])
    assert values(found)["use"] == pytest.approx(0.25)
    assert f"{file}: names of counters in German" in found.notes


def test_several_hosts_in_one_log(log, tmp_path, refused):
    first = log(LPS | vps("web", 10.0), host="HV1").read_text().splitlines()
    second = log(LPS | vps("db", 20.0), host="HV2", name="two.csv").read_text().splitlines()
    both = tmp_path / "both.csv"
    both.write_text(
        "\n".join(one + "," + two.partition(",")[2] for one, two in zip(first, second, strict=True))
    )
    assert refused(both) == ["both.csv: holds guests of 2 hosts, HV1, HV2: choose with --host HV1"]
    found, _ = read_sources([both], FitOptions(host="hv2"))
    assert list(found.guests) == ["db"]


def test_a_log_without_guests(log, refused):
    (told,) = refused(log({("Processor", "_Total", "% Processor Time"): 10.0}))
    assert told.startswith(
        "log.csv: holds no guests: record \\Hyper-V Hypervisor Virtual Processor"
    )


def test_an_inventory_beside_a_log(log, write):
    inventory = write(
        "vms.csv",
        "kind,name,lps,vps,memory,weight,cpu\nhost,hv,8,,32 GB,,\nvm,web,,2,4 GB,400,50 %\n"
        "vm,off,,2,2 GB,100,\n",
    )
    found, told = read_sources([log(LPS | vps("web", 10.0, 30.0)), inventory])
    assert values(found)["use"] == pytest.approx(0.2)
    assert values(found)["priority.weight"] == 400
    assert found.host["host.memory_mib"].value == 32768.0
    assert "off" in found.guests
    assert any(note.startswith("use of web: 0.2 (log.csv") for note in found.notes)
    assert len(told) == 2


def test_the_hour_that_comes_twice_is_told_once(tmp_path):
    head = (
        '"(PDH-CSV 4.0) (W. Europe Standard Time)(-60)",'
        rf'"\\HV1\{VP}(web:Hv VP 0)\% Total Run Time","\\HV1\{LP}(Hv LP 0)\% Total Run Time"'
    )
    clock = ["02:30", "02:45", "02:00", "02:15", "02:30", "02:45", "03:00"]
    lines = [f'"10/27/2024 {stamp}:00.000","10","20"' for stamp in clock]
    file = tmp_path / "autumn.csv"
    file.write_text("\n".join([head, *lines]))
    found, _ = read_sources([file])
    assert found.notes[0] == "autumn.csv, 7 samples over 105 min"
    assert sum("summer time ends" in note for note in found.notes) == 1


ADAPTER = "Hyper-V Virtual Network Adapter"
WEB = {(ADAPTER, "web", "Bytes/sec"): 819_200.0}


@pytest.mark.parametrize(("queue", "told"), [(30.0, 0.03), (2.0, None), (4e6, None)])
def test_a_queue_at_the_adapter_tells_how_long_transfers_wait(log, queue, told):
    physical = {
        ("Network Interface", "nic", "Output Queue Length"): queue,
        ("Network Interface", "nic", "Packets/sec"): 1000.0,
    }
    found, _ = read_sources([log(LPS | vps("web", 10.0) | vps("db", 10.0) | WEB | physical)])
    assert values(found).get("transfer_wait_s") == (told and pytest.approx(told))
    assert values(found)["transfers_per_s"] == pytest.approx(100.0)
    # the log has adapters, and none of this guest
    assert values(found, "db")["transfers_per_s"] == 0.0
    assert "transfer_wait_s" not in values(found, "db")


def test_of_a_guest_short_of_memory_ios_under_way_are_kept(log):
    series = {
        (DYNAMIC, "web", "Physical Memory"): [2000.0, 2000.0],
        (DYNAMIC, "web", "Current Pressure"): [150.0, 160.0],
        (DISK, "web", "Queue Length"): [20.0, 40.0],
        (DISK, "web", "Normalized Throughput"): 900.0,
    }
    found, _ = read_sources([log(LPS | vps("web", [9.0, 9.0]) | series)])
    assert values(found)["outstanding"] == pytest.approx(30.0)
    assert values(found)["memory.noise_cv"] == pytest.approx(5.0 / 155.0)
