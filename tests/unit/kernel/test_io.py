"""The way of an I/O, to the nanosecond, in cases that can be computed by hand.

A thread pauses for 1 ms, works for 2 ms in two bursts of 1 ms and has one I/O of 5 ms between them,
unless a case says otherwise.
"""

import pytest

from hvmc.kernel.codes import PARTS
from hvmc.scenario.distributions import Deterministic
from hvmc.scenario.guest import Guest
from hvmc.scenario.intercepts import Intercepts
from hvmc.scenario.io import Attachment, Device, Interrupts, IoPath
from hvmc.scenario.overheads import Overheads
from hvmc.scenario.workload import Closed

MS, US = 1_000_000, 1_000
SUBMIT, COMPLETE = 300 * US, 200 * US
PATH = IoPath(
    path_s=0.0, vsp_submit_s=300e-6, vsp_complete_s=200e-6, mib_s=0.0, signal_s=0.0, port_s=15e-6
)
HALT = Intercepts(enlightened=(), halt_s=7e-6)
INJECT = Interrupts(tick_hz=0.0, inject_s=3e-6)


def overheads(*names, **path):
    costs = Overheads(io=PATH.replace(**path), interrupts=INJECT, intercepts=HALT)
    return costs.only(*names)


def disk_user(name="a", kind="synthetic", threads=1, vps=1, io_s=0.005, ios=1, cpu_s=0.002):
    work = Closed(
        threads=threads,
        cpu=Deterministic(cpu_s),
        think=Deterministic(0.001),
        io=Deterministic(io_s),
        ios=ios,
    )
    return Guest(name=name, virtual_processors=vps, workload=work, io=Attachment(kind))


def net_user(name):
    work = disk_user().workload
    return Guest(name=name, workload=work.replace(io=None, ios=0, transfer=work.io, transfers=1))


def parts_of(run, load=0):
    """Return the parts of a workload's response times that are not zero, nanoseconds."""
    values = run.state["load"]["part_ns"][0][load].tolist()
    return {name: value for name, value in zip(PARTS, values, strict=True) if value}


def adds_up(run, load=0):
    return sum(parts_of(run, load).values()) == run.responses_ns(load).sum()


def test_a_synthetic_io_adds_the_root_s_work(machine, bare):
    run = machine(bare(disk_user(), overheads=overheads("io"))).to(0.010)
    assert run.responses_ns().tolist() == [7 * MS + SUBMIT + COMPLETE]
    assert parts_of(run) == {"service": 2 * MS, "device": 5 * MS, "io_path": SUBMIT + COMPLETE}
    look = run.look()
    assert (look["way"]["messages"][0], look["way"]["ios_done"][0]) == (2, 1)
    assert look["way"]["io_ns"][0] == 5 * MS + SUBMIT + COMPLETE


@pytest.mark.parametrize("kind", ["synthetic", "emulated", "direct"])
def test_natively_no_way_costs_anything(machine, bare, kind):
    run = machine(bare(disk_user(kind=kind))).to(0.010)
    assert run.responses_ns().tolist() == [7 * MS]
    assert parts_of(run) == {"service": 2 * MS, "device": 5 * MS}


def test_a_direct_io_adds_nothing(machine, bare):
    run = machine(bare(disk_user(kind="direct"), overheads=overheads("io"))).to(0.010)
    assert run.responses_ns().tolist() == [7 * MS]
    assert run.state["way"]["messages"][0][0] == 0


def test_an_emulated_io_adds_its_port_accesses(machine, bare):
    # after each the VP runs for a nanosecond, in which it comes to the next
    costs = overheads("io", port_accesses=8)
    run = machine(bare(disk_user(kind="emulated"), overheads=costs)).to(0.010)
    assert run.responses_ns().tolist() == [7 * MS + 8 * (15 * US + 1)]
    assert parts_of(run) == {
        "service": 2 * MS,
        "device": 5 * MS,
        "root_wait": 8 * 15 * US,
        "hypervisor": 8,
    }
    assert run.state["load"]["root_intercepts"][0][0] == 8


@pytest.mark.parametrize(
    ("kind", "root_ns", "guest_ns"),
    [("synthetic", SUBMIT + COMPLETE, 2 * US), ("direct", 0, 0)],
)
def test_signals_interrupts_and_halts_are_the_guest_s_time(machine, bare, kind, root_ns, guest_ns):
    # two interrupts, after the pause and after the I/O, each to an idle VP; one signal
    costs = overheads("io", "interrupts", "intercepts", signal_s=2e-6)
    run = machine(bare(disk_user(kind=kind), overheads=costs)).to(0.010)
    guest_ns += 2 * 3 * US + 2 * 7 * US
    assert run.responses_ns().tolist() == [7 * MS + root_ns + guest_ns]
    assert parts_of(run)["hypervisor"] == guest_ns
    assert adds_up(run)


def test_bulk_data_and_packets_cost_the_root(machine, bare):
    # 8 KiB: 1/128 MiB of 128 us; over the adapter also packets of 1024 bytes, 2 us each
    path = PATH.replace(
        mib_s=128e-6, network=PATH.network.replace(packet_bytes=1024.0, packet_s=2e-6)
    )
    guests = disk_user(), net_user("b")
    run = machine(bare(*guests, lps=4, overheads=Overheads(io=path).only("io"))).to(0.010)
    assert parts_of(run, 0)["io_path"] == SUBMIT + COMPLETE + US
    assert parts_of(run, 1)["io_path"] == SUBMIT + COMPLETE + US + 8 * 2 * US


def test_several_ios_each_pay_their_way(machine, bare):
    run = machine(bare(disk_user(ios=3, cpu_s=0.004), overheads=overheads("io"))).to(0.030)
    assert run.responses_ns().tolist() == [4 * MS + 3 * (5 * MS + SUBMIT + COMPLETE)]


def test_an_odd_request_is_split_without_a_remainder(machine, bare):
    # 2,000,001 ns in three bursts: 666,667 each; 2,000,003 ns: the last takes the rest
    run = machine(bare(disk_user(ios=2, cpu_s=0.002000003))).to(0.015)
    assert parts_of(run) == {"service": 2 * MS + 3, "device": 10 * MS}


# Three threads of three VPs on four LPs; all begin their I/O at 2.
@pytest.mark.parametrize(
    ("messages", "submits", "full"), [(1, (1, 2, 3), 2), (2, (1, 1, 2), 1), (3, (1, 1, 1), 0)]
)
def test_senders_wait_for_room_in_the_ring(machine, bare, messages, submits, full):
    guest = disk_user(threads=3, vps=3)
    costs = overheads("io", ring_messages=messages)
    run = machine(bare(guest, lps=4, overheads=costs)).to(0.012)
    fixed = 7 * MS + COMPLETE
    assert run.responses_ns().tolist() == [fixed + count * SUBMIT for count in submits]
    assert run.state["way"]["ring_full"][0][0] == full
    assert parts_of(run)["io_path"] == sum(submits) * SUBMIT + 3 * COMPLETE
    assert adds_up(run)


def test_each_guest_has_a_ring_of_its_own(machine, bare):
    guests = disk_user("a"), disk_user("b")
    run = machine(bare(*guests, lps=4, overheads=overheads("io", ring_messages=1))).to(0.010)
    for load in (0, 1):
        assert run.responses_ns(load).tolist() == [7 * MS + SUBMIT + COMPLETE]


def with_disk(**settings):
    return {"devices": (Device(**settings),)}


# Five threads, each with a VP and an LP, all begin their I/O of 5 ms at 2.
@pytest.mark.parametrize(
    ("servers", "rounds"),
    [(0, (1, 1, 1, 1, 1)), (1, (1, 2, 3, 4, 5)), (2, (1, 1, 2, 2, 3)), (5, (1, 1, 1, 1, 1))],
)
@pytest.mark.parametrize("kind", ["native", "direct"])
def test_a_device_serves_in_order_of_arrival(machine, bare, servers, rounds, kind):
    guest = disk_user(kind="direct", threads=5, vps=5)
    costs = overheads("io") if kind == "direct" else None
    host = with_disk(servers=servers)
    # measured are the first requests alone: threads served early come again, behind the others
    run = machine(bare(guest, lps=5, host=host, overheads=costs, horizon_s=0.0015)).to(0.060)
    assert run.responses_ns().tolist() == [2 * MS + count * 5 * MS for count in rounds]
    assert parts_of(run) == {"service": 10 * MS, "device": sum(rounds) * 5 * MS}


def test_a_later_io_waits_for_the_earlier_ones(machine, bare):
    # A's begins at 2, B's, whose bursts last 2 ms, at 3: it waits for 4 ms
    guests = disk_user("a"), disk_user("b", cpu_s=0.004)
    run = machine(bare(*guests, lps=2, host=with_disk(servers=1))).to(0.0145)
    assert run.responses_ns(0).tolist() == [7 * MS]
    assert run.responses_ns(1).tolist() == [4 * MS + 4 * MS + 5 * MS]
    assert parts_of(run, 1) == {"service": 4 * MS, "device": 9 * MS}
    assert run.look()["station"]["busy_ns"][0] >= 10 * MS


def test_an_isolated_device_is_each_guest_s_own(machine, bare):
    guests = disk_user("a"), disk_user("b", cpu_s=0.004)
    run = machine(bare(*guests, lps=2, host=with_disk(servers=1, isolated=True))).to(0.0145)
    assert run.responses_ns(1).tolist() == [9 * MS]
