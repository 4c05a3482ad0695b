"""Recordings as a source: what is measured of a VM, what is drawn, and which VMs count."""

import pytest

from hvmc.fit.fit import read_sources
from hvmc.fit.problems import SourceError
from hvmc.scenario.span import DrawnRange

HOST = "kind,name,lps,vps,memory\nhost,,16,,64 GB\n"


@pytest.fixture
def fleet(examples):
    return examples / "recordings" / "gwa_t_12"


def plain(values, interval_s=300):
    rows = [f"{number * interval_s},{value}" for number, value in enumerate(values)]
    return "\n".join(["time,cpu_percent", *rows]) + "\n"


def test_a_vm_by_its_recording_and_the_host_by_an_inventory(fleet, write):
    found, told = read_sources([fleet, write("host.csv", HOST)])
    assert told[0].endswith("gwa_t_12: recorded utilisation")
    sql = found.guests["sql_01"]
    assert sql["virtual_processors"].value == 4
    assert sql["use"].value == pytest.approx(0.513443, abs=1e-6)
    assert sql["memory.maximum_mib"].value == 16384.0
    assert sql["iops"].value == DrawnRange(9.85 / 64, 9.85 / 8, "log")
    assert sql["memory.working_set_mib"].standing == "derived"
    assert set(found.guests) == {"sql_01", "web_prod"}


def test_readings_of_minutes_leave_open_how_load_swings_inside(write, tmp_path):
    values = [5.0, 10.0] * 50
    (tmp_path / "minutes").mkdir()
    (tmp_path / "seconds").mkdir()
    write("minutes/web.csv", plain(values))
    write("seconds/web.csv", plain(values, interval_s=15))
    host = write("host.csv", HOST + ",web,,2,8 GB\n")
    peak = read_sources([host, tmp_path / "minutes"])[0].guests["web"]["peak"].value
    assert peak.low == pytest.approx(4 / 3)
    # of 0.1 and of 0.05, half of the time each, times a gamma variable of mean 1 and variation 1.5
    assert 3.0 < peak.high < 5.0
    steady = read_sources([host, tmp_path / "seconds"])[0].guests["web"]["peak"].value
    assert steady == pytest.approx(4 / 3)


def test_vms_of_other_hosts_are_left_out_where_an_inventory_names_this_ones(fleet, write):
    inventory = write("host.csv", HOST + ",sql 01,,4,\n")
    found, _ = read_sources([inventory, fleet])
    assert list(found.guests) == ["sql_01"]
    assert "use" in found.guests["sql_01"]
    assert found.notes[-2].endswith("are left out: web.prod")
    other = write("other.csv", HOST + ",mail,,4,\n")
    with pytest.raises(SourceError, match=r"it has sql 01, web.prod, the inventory mail; use the"):
        read_sources([other, fleet])


def test_busy_hours_in_common_are_measured(write, tmp_path):
    (tmp_path / "vms").mkdir()
    day = [10.0, 10.0, 50.0, 50.0] * 20
    night = day[2:] + day[:2]
    host = write("host.csv", HOST + "".join(f",{name},,2,8 GB\n" for name in "abc"))
    for name, values in {"a": day, "b": day, "c": night}.items():
        write(f"vms/{name}.csv", plain(values))
    found, _ = read_sources([host, tmp_path / "vms"])
    # one pair moves together, two against each other
    assert found.guests["a"]["correlation"].value == 0.0
    write("vms/c.csv", plain(day))
    found, _ = read_sources([host, tmp_path / "vms"])
    assert found.guests["a"]["correlation"].value == pytest.approx(0.95)
