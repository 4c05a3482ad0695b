"""A disk and an adapter for each guest: order, ways, accounts, in cases computed by hand.

A thread pauses for 1 ms and works for 1 ms in each burst, unless a case says otherwise.
"""

import pytest

from hvmc.kernel.codes import DISK, NETWORK, PARTS
from hvmc.kernel.start import make_native
from hvmc.scenario.distributions import Deterministic
from hvmc.scenario.guest import Guest
from hvmc.scenario.io import Attachment, Device, Interrupts, IoPath
from hvmc.scenario.overheads import Faults, Overheads
from hvmc.scenario.workload import Closed

MS, US = 1_000_000, 1_000
SUBMIT, COMPLETE, PORT = 300 * US, 200 * US, 15 * US
DISK_MS, NET_MS = 5, 3
PATH = IoPath(
    path_s=0.0, vsp_submit_s=300e-6, vsp_complete_s=200e-6, mib_s=0.0, signal_s=0.0, port_s=15e-6
)
PATH = PATH.replace(network=PATH.network.replace(packet_s=0.0))


def user(ios, transfers, name="a", threads=1, vps=1, **attachments):
    """A guest that uses both devices; attachments: kinds of ``io`` and ``network``."""
    work = Closed(
        threads=threads,
        cpu=Deterministic(1e-3 * (ios + transfers + 1)),
        think=Deterministic(1e-3),
        io=Deterministic(1e-3 * DISK_MS) if ios else None,
        ios=ios,
        transfer=Deterministic(1e-3 * NET_MS) if transfers else None,
        transfers=transfers,
    )
    io, network = (attachments.get(of, "synthetic") for of in ("io", "network"))
    where = {"io": Attachment(io), "network": Attachment(network, "nic")}
    return Guest(name=name, virtual_processors=vps, workload=work, **where)


def costs(*names, **path):
    return Overheads(io=PATH.replace(**path), interrupts=Interrupts(tick_hz=0.0)).only(*names)


def parts_of(run, load=0):
    values = run.state["load"]["part_ns"][0][load].tolist()
    return {name: value for name, value in zip(PARTS, values, strict=True) if value}


def on_ways(run, field, load=0):
    """A count of the disk's way and of the network's."""
    return tuple(int(run.look()["way"][field][2 * load + to]) for to in (DISK, NETWORK))


def after_first_request(run):
    for _ in run.instants(1.0):
        if run.state["load"]["finished"][0][0]:
            return run
    raise AssertionError("no request has finished")


def order(run, ios):
    """Which I/Os of the first request are transfers, watched millisecond by millisecond."""
    found = []
    for _ in run.instants(1.0):
        done = on_ways(run, "ios_done")
        if sum(done) == len(found) + 1:
            found.append("n" if done[1] > found.count("n") else "d")
        if len(found) == ios:
            return "".join(found)
    raise AssertionError(found)


@pytest.mark.parametrize(
    ("ios", "transfers", "expected"),
    [
        (1, 0, "d"),
        (0, 2, "nn"),
        (1, 1, "dn"),
        (2, 2, "dndn"),
        (3, 1, "dddn"),
        (1, 3, "dnnn"),
        (3, 2, "ddndn"),
        (5, 3, "ddnddndn"),
    ],
)
def test_transfers_are_spread_evenly_among_the_ios(machine, bare, ios, transfers, expected):
    run = machine(bare(user(ios, transfers), overheads=costs()))
    assert order(run, ios + transfers) == expected
    n, t = ios + transfers, transfers
    spread = ["n" if (j + 1) * t // n > j * t // n else "d" for j in range(n)]
    assert "".join(spread) == expected


def test_each_io_is_served_by_its_own_device(machine, bare):
    run = machine(bare(user(2, 1), overheads=costs())).to(0.019)
    assert run.responses_ns().tolist() == [(4 + 2 * DISK_MS + NET_MS) * MS]
    assert on_ways(run, "ios_done") == (2, 1)
    assert on_ways(run, "io_ns") == (2 * DISK_MS * MS, NET_MS * MS)
    stations = [int(run.state["way"]["station"][0][way]) for way in (DISK, NETWORK)]
    served = [run.look()["station"]["busy_ns"][station] for station in stations]
    assert served == [2 * DISK_MS * MS, NET_MS * MS]


KINDS = ("synthetic", "emulated", "direct")
WAY_NS = {"synthetic": SUBMIT + COMPLETE, "emulated": 8 * PORT, "direct": 0}


@pytest.mark.parametrize("io", KINDS)
@pytest.mark.parametrize("network", KINDS)
def test_each_way_costs_what_its_attachment_does(machine, bare, io, network):
    guest = user(2, 1, io=io, network=network)
    run = after_first_request(machine(bare(guest, overheads=costs("io"))))
    net_ns = (4 + 2 * DISK_MS + NET_MS) * MS
    # the instruction that leaves the guest takes a nanosecond each time
    extra = run.responses_ns()[0] - net_ns - 2 * WAY_NS[io] - WAY_NS[network]
    ports = 8 * (2 * (io == "emulated") + (network == "emulated"))
    assert extra == ports
    assert sum(parts_of(run).values()) == run.responses_ns().sum()
    assert on_ways(run, "messages") == (4 * (io == "synthetic"), 2 * (network == "synthetic"))
    assert run.look()["load"]["root_intercepts"][0] == ports
    assert on_ways(run, "ring_used") == (0, 0)


def test_the_two_rings_are_apart(machine, bare):
    """Of two threads the second waits with its I/O for the first's, which never waits.

    The first sends its transfer at 18.2 ms, while the second's message fills the disk's ring.
    """
    overheads = costs("io", ring_messages=1, vsp_submit_s=0.010)
    run = machine(bare(user(1, 1, threads=2, vps=2), lps=4, overheads=overheads))
    after_first_request(run)
    assert on_ways(run, "ring_full")[DISK] == 1
    way_ns = 2 * (10 * MS + COMPLETE)
    assert run.responses_ns().tolist() == [(3 + DISK_MS + NET_MS) * MS + way_ns]


def test_a_page_in_takes_the_disk_s_way(machine, bare):
    """A guest of transfers alone, short of memory: its page-ins are I/Os of the disk."""
    faults = Faults(write_back=0.0, page_in=Deterministic(0.002))
    overheads = Overheads(io=PATH, faults=faults).only("io", "faults")
    run = machine(bare(user(0, 2, network="direct"), overheads=overheads))
    run.state["load"]["fault_rate"][0][0] = 500.0
    run.to(0.3)
    count = int(run.look()["load"]["faults"][0])
    assert count > 10
    sent, network = on_ways(run, "messages")
    assert network == 0
    assert 2 * count - 2 <= sent <= 2 * count
    assert on_ways(run, "ios_done")[0] == 0 < on_ways(run, "ios_done")[1]


def test_the_end_of_a_deferred_interrupt_is_booked_where_its_io_was(machine, bare):
    """An idle guest's interrupts are deferred: each is booked by its own way, for no time."""
    guest = user(1, 1, io="emulated", network="synthetic")
    run = machine(bare(guest, overheads=costs("io", "interrupts"))).to(0.2)
    taken, done = on_ways(run, "ios_taken"), on_ways(run, "ios_done")
    assert min(done) > 5
    assert taken == done
    assert on_ways(run, "taken_ns") == on_ways(run, "io_ns")


def test_without_the_path_a_transfer_is_native(machine, bare):
    off = after_first_request(machine(bare(user(2, 1), overheads=costs())))
    assert off.responses_ns().tolist() == [17 * MS]
    run = after_first_request(machine(bare(user(2, 1), overheads=costs("io"))))
    assert run.responses_ns().tolist() == [17 * MS + 3 * (SUBMIT + COMPLETE)]
    make_native(run.state, 0, 1, 1, False)
    assert after_first_request(run).state["load"]["response_ns"][0][0] == 17 * MS
    assert on_ways(run, "messages") == (0, 0)


def test_a_device_of_its_own_is_apart_from_the_others(machine, bare):
    """Two guests, an adapter of one server: shared, one waits for the other; isolated, none."""
    for isolated, waits in ((False, NET_MS), (True, 0)):
        devices = (Device(), Device("nic", "adapter", 1, isolated))
        scenario = bare(user(1, 1), user(1, 1, name="b"), lps=4, overheads=costs())
        run = machine(scenario.replace(host=scenario.host.replace(devices=devices))).to(0.016)
        times = sorted(int(run.responses_ns(load)[0]) for load in (0, 1))
        assert times[1] - times[0] == waits * MS
