"""What is said of a host before it is simulated: who can't start, and what would fit, is true."""

import re

import hvmc
from hvmc.answers.outlook import outlook
from hvmc.policies.memory import admitted

WORK = hvmc.Closed(threads=2, cpu=hvmc.Deterministic(0.002), think=hvmc.Exponential(0.018))


def memory(mib):
    return hvmc.Memory(startup_mib=mib, minimum_mib=mib, maximum_mib=mib)


def design(host_mib, sizes, **host):
    guests = [
        hvmc.Guest(name=f"g{number}", workload=WORK, memory=memory(mib))
        for number, mib in enumerate(sizes)
    ]
    machine = hvmc.Host(logical_processors=4, memory_mib=host_mib, **host)
    return hvmc.Design(guests=guests, host=machine, overheads=hvmc.Overheads.none())


def test_what_would_fit_is_the_least_that_does():
    found = design(16384.0, [6144.0, 6144.0, 6144.0, 2048.0])
    text = " ".join(outlook(found))
    assert "1 of 4 guests will not start: g2. " in text
    assert "g2 needs 6 GiB" in text
    memories = [guest.memory for guest in found.guests]
    enough = float(re.search(r"all would start with (\d+) GiB", text)[1]) * 1024
    assert all(admitted(enough, memories, found.balancer))
    assert not all(admitted(enough - 1024, memories, found.balancer))
    most = float(re.search(r"at most ([\d.]+) MiB of startup", text)[1])
    for mib, fits in ((most, True), (most + 4.0, False)):
        dynamic = hvmc.Memory(startup_mib=mib, minimum_mib=mib, maximum_mib=6144.0)
        lowered = [*memories[:2], dynamic, memories[3]]
        assert all(admitted(16384.0, lowered, found.balancer)) == fits


def test_load_is_told_as_commitment_and_busy_share():
    """Two threads that work a tenth of the time, in each of two guests: 0.4 of 4 LPs."""
    told = list(outlook(design(65536.0, [4096.0, 4096.0])))
    assert len(told) == 2
    assert "LP commitment 0.10, LPs busy 1" in told[1]
    smt = list(outlook(design(65536.0, [4096.0, 4096.0], threads_per_core=2, smt_speed=0.5)))
    assert "capacity: 2 undisturbed LPs" in smt[1]
    assert "LP commitment 0.20, LPs busy 1" in smt[2]
