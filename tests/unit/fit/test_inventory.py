"""Inventories: as people write them, and what is told where they can't be read."""

import pytest

from hvmc.fit.fit import fit, read_sources
from hvmc.scenario.span import DrawnRange

HOST = "kind,name,vps,memory,cpu\nhost,hv,16,128 GB,\n"


def facts(found, name):
    return {path: fact.value for path, fact in found.guests[name].items()}


@pytest.mark.parametrize(
    "content",
    [
        "kind,name,vps,memory,cpu\nhost,hv,16,128 GB,\nvm,web,4,16 GB,35 %\n",
        "Type;Name;vCPU;RAM (GB);CPU %\nhost;hv;16;128;\nvm;web;4;16,0;35\n",
        "Kind\tVM\tProcessors\tMemory_MB\tAvg CPU\nHost\thv\t16\t131072\t\n"
        'VM\tweb\t4\t"16,384"\t35%\n',
        "# my hosts\n\nkind,name,vps,memory,cpu\nhost,hv,16,0.125 TiB,\nvm,web,4,16GiB,3.5e1 %\n",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-8-sig"])
def test_one_inventory_in_many_hands(write, content, encoding):
    found, _ = read_sources([write("vms.csv", content, encoding)])
    assert found.host["host.logical_processors"].value == 16
    assert found.host["host.memory_mib"].value == 131072.0
    assert facts(found, "web") == {
        "virtual_processors": 4,
        "use": 0.35,
        "memory.maximum_mib": 16384.0,
    }


def test_yaml_says_the_same(write):
    file = write(
        "vms.yaml",
        "host: {sockets: 2, cores: 4, threads: 2, memory: 64 GB}\n"
        "vms:\n  web: {vps: 2, memory: 4 GB, cpu: 10 %, count: 3}\n  db 1:\n    vps: 4\n",
    )
    found, _ = read_sources([file])
    assert found.host["host.logical_processors"].value == 16
    assert found.host["host.logical_processors"].words == (
        "derived: vms.yaml line 1, 2 sockets x 4 cores x 2 threads"
    )
    assert found.host["host.threads_per_core"].value == 2
    assert found.counts == {"web": 3}
    assert facts(found, "db_1") == {"virtual_processors": 4}
    assert found.notes == ["names of VMs as names of guests: 'db 1' is db_1"]


def test_what_powershell_exports(write):
    file = write(
        "vms.csv",
        "#TYPE Microsoft.HyperV.PowerShell.VirtualMachine\n"
        '"Name","State","CPUUsage","ProcessorCount","MemoryStartup","MemoryMinimum",'
        '"MemoryMaximum","MemoryDemand"\n'
        '"web","Running","10","4","2147483648","536870912","8589934592","3221225472"\n',
    )
    host = write("host.yaml", "host: {lps: 16}\nvms: {}\n")
    found, _ = read_sources([file, host])
    assert facts(found, "web") == {
        "virtual_processors": 4,
        "use": pytest.approx(0.4),
        "memory.maximum_mib": 8192.0,
        "memory.minimum_mib": 512.0,
        "memory.startup_mib": 2048.0,
        "memory.demand_mib": 3072.0,
    }


def test_what_is_missing_is_a_range_that_trials_draw(write):
    file = write("vms.csv", HOST + "vm,web,4,,\n")
    fitted = fit([file], "mine")
    (guest,) = fitted.file.design.fitted
    assert isinstance(guest.use, DrawnRange)
    assert isinstance(guest.memory.maximum_mib, DrawnRange)
    drawn = {fitted.file.design.draw(seed=1, trial=trial).lp_commitment for trial in range(5)}
    assert len(drawn) == 5


def test_every_value_says_what_is_known_of_it(write):
    text = fit([write("vms.csv", HOST + "vm,web,4,16 GB,35 %\n")], "mine").file.text
    below = text.partition("\nhost:")[2].splitlines()[1:]
    for line in below:
        assert (
            line.endswith(":")
            or "# measured: " in line
            or "# derived" in line
            or ("# assumed: " in line)
        )
    assert "use: 0.35 # measured: vms.csv line 3, cpu 35 %" in text


def test_all_problems_at_once(write, refused):
    file = write(
        "vms.csv",
        "kind,name,count,vps,memory,minimum,maximum,weight,reserve,cpu,cpu p95,latency\n"
        "host,hv,,,128,,,,,,,\n"
        "vm,web,0,4,16 GB,,,0,,35,,\n"
        "vm,web,1,4,16 GB,8 GB,4 GB,,150 %,40 %,30 %,5\n"
        "vm,,1,x,16 parsecs,,,,,,,\n"
        "vm,db,1,2,1 GB,,,,,,,,99\n",
    )
    assert refused(file) == [
        "vms.csv, line 2, column 'memory': must be an amount of memory with its unit, got '128': "
        "write 16 GB, or the unit into the column's head: Memory (GB)",
        "vms.csv, line 3, column 'count': must be 1 to 10000, got '0'",
        "vms.csv, line 3, column 'weight': must be 1 to 10000, got '0'",
        "vms.csv, line 3, column 'cpu': must be written in per cent, got '35': write 35 % (or "
        "3500 %), or % into the column's head",
        "vms.csv, line 4, column 'reserve': must be 0 % to 100 %, got '150 %'",
        "vms.csv, line 4, column 'latency': must be a time with its unit, got '5': write 0.5 ms",
        "vms.csv, line 5, column 'vps': must be a number with its unit, got 'x'",
        "vms.csv, line 5, column 'memory': must be an amount of memory with its unit, got "
        "'16 parsecs': write 16 GB, or the unit into the column's head: Memory (GB)",
        "vms.csv, line 6: must have 12 fields, got 13: put quotes around fields that hold ','",
        "vms.csv, line 2: must say how many LPs the host has: lps, or sockets, cores and threads",
        "vms.csv, line 4, column 'name': must be unique, is also in line 3: rename one, or use "
        "count",
        "vms.csv, line 4, column 'cpu p95': must be at least the mean (40 %), got 30 %",
        "vms.csv, line 4, column 'memory': must be between minimum (8192 MiB) and maximum "
        "(4096 MiB), got 16384 MiB",
        "vms.csv, line 5: must have a name",
    ]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("a,b\n1,2\n", "vms.csv: is no source that hvmc fit knows."),
        ("name,vps\nweb,2\n", "no source says how many LPs the host has"),
        (HOST, "no source names a VM"),
        (
            "kind,name,vps,memory,reserve\nhost,hv,4,8 GB,\nvm,web,4,1 GB,100 %\n"
            "vm,db,1,1 GB,1 %\n",
            "guests must not reserve more than the host's 4 LPs",
        ),
    ],
)
def test_what_does_not_make_a_host(write, refused, content, problem):
    (found,) = refused(write("vms.csv", content))
    assert found.startswith(problem)


def test_a_broken_yaml_is_named_with_its_line(write, refused):
    (found,) = refused(write("vms.yaml", "vms:\n  web: {vps: 2\n"))
    assert found.startswith("vms.yaml, line 3: is not valid YAML")


def test_unused_columns_are_told_with_what_was_meant(write):
    found, _ = read_sources(
        [write("vms.csv", "kind,name,vps,wieght,owner\nhost,h,4,,\nvm,w,1,9,me")]
    )
    assert [note.rpartition(": ")[2] for note in found.notes] == [
        "did you mean 'weight'?",
        "column 'owner' is not used",
    ]


def test_a_file_that_is_there_is_not_replaced(write, refused, tmp_path, capsys):
    from hvmc.cli.main import main

    file = write("vms.csv", HOST + "vm,web,4,16 GB,35 %\n")
    mine = write("mine.yaml", "precious: 1\n")
    assert main(["fit", str(file), "-o", str(mine)]) == 2
    assert "is there already: --force replaces it" in capsys.readouterr().err
    assert mine.read_text() == "precious: 1\n"
    assert main(["fit", str(file), "-o", str(mine), "--force"]) == 0
    assert "fitted:" in mine.read_text()
