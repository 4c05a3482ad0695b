"""The way of an I/O against queueing networks.

Open requests come as a Poisson process to a guest with an LP and a VP for each: a delay stage,
which sends them on as a Poisson process whatever the law of the work. Then (Jackson 1963; Baskett,
Chandy, Muntz, Palacios 1975):

- a device with c servers and exponential service is M/M/c, also when requests come back to it;
- so are a disk and an adapter that the same requests visit in turn, each for itself;
- root VPs on LPs that are never all busy are a delay stage before and after it;
- a ring of one message, whose root VP takes the same time for each, is M/D/1;
- mean number in the system = throughput x mean response (Little), for each guest, whatever it does.

False-alarm rate of the module: 1e-6, over the choice of the seeds.
"""

from zlib import crc32

import numpy as np
import pytest

from hvmc import theory
from hvmc.kernel.codes import P_DEVICE, P_PATH, PARKED
from hvmc.scenario.distributions import Deterministic, Exponential, Lognormal
from hvmc.scenario.guest import Guest
from hvmc.scenario.io import Attachment, Device, IoPath
from hvmc.scenario.overheads import Overheads
from hvmc.scenario.plain import plain
from hvmc.scenario.workload import Open

COMPARISONS = 21
REPLICATIONS = 24
WARMUP_S = 5.0
NS = 1e9
SUBMIT_S, COMPLETE_S = 300e-6, 200e-6
PATH = IoPath(
    path_s=0.0,
    vsp_submit_s=SUBMIT_S,
    vsp_complete_s=COMPLETE_S,
    mib_s=0.0,
    signal_s=0.0,
    ring_messages=64,
)
COSTS = Overheads(io=PATH).only("io")


def disk_user(rate, service, ios=1, cpu=None, kind="synthetic", name="a", vps=16):
    work = Open(
        interarrival=Exponential(1.0 / rate),
        cpu=cpu or Lognormal(0.002, 1.5),
        io=service,
        ios=ios,
        threads=512,
    )
    return Guest(name=name, virtual_processors=vps, workload=work, io=Attachment(kind))


@pytest.fixture(scope="module")
def times(machine):
    """Means per request, s, shape (replications, 3): response, at the device, on the way."""

    def run(scenario, load=0):
        rows = []
        seed = crc32(repr(plain(scenario)).encode())
        for trial in range(REPLICATIONS):
            one = machine(scenario, seed=seed, trial=trial).to(scenario.horizon_s + 10.0)
            row = one.state["load"][0][load]
            assert row["measured"] == row["finished"] > 0
            assert row["part_ns"].sum() == row["response_ns"]
            parts = (row["response_ns"], row["part_ns"][P_DEVICE], row["part_ns"][P_PATH])
            rows.append([part / NS / row["finished"] for part in parts])
        return np.array(rows)

    return run


def with_servers(servers):
    return {"devices": (Device(servers=servers),)}


@pytest.mark.parametrize("servers", [1, 2, 8])
@pytest.mark.parametrize("kind", ["direct", "synthetic"])
def test_a_device_is_mmc(bare, times, agree, servers, kind):
    rate, service_s = 200.0, 0.8 * servers / 200.0
    guest = disk_user(rate, Exponential(service_s), kind=kind)
    scenario = bare(
        guest,
        lps=16,
        host=with_servers(servers),
        overheads=COSTS,
        warmup_s=WARMUP_S,
        horizon_s=200.0,
    )
    found = times(scenario)
    truth = theory.mean_response_mmc(rate, 1.0 / service_s, servers)
    assert agree(found[:, 1], truth, COMPARISONS)
    path_s = SUBMIT_S + COMPLETE_S if kind == "synthetic" else 0.0
    # the root's stage is a delay: root VPs share LPs with VPs only if all 16 are busy
    assert np.allclose(found[:, 2], path_s, rtol=1e-3)
    # the mean work converges slowly; what the network adds to it is compared without it
    added = found[:, 0] - found[:, 1] - found[:, 2]
    assert agree(added, 0.002, COMPARISONS)
    other = theory.mean_response_mmc(rate, 1.0 / service_s, servers + 1)
    assert not agree(found[:, 1], other, COMPARISONS)


def test_a_device_that_requests_come_back_to(bare, times, agree):
    """Three visits each: the flow into the device is not Poisson, the product form holds."""
    rate, service_s, servers = 60.0, 0.008, 2
    guest = disk_user(rate, Exponential(service_s), ios=3)
    scenario = bare(
        guest,
        lps=16,
        host=with_servers(servers),
        overheads=COSTS,
        warmup_s=WARMUP_S,
        horizon_s=300.0,
    )
    found = times(scenario)[:, 1]
    assert agree(found, 3 * theory.mean_response_mmc(3 * rate, 125.0, servers), COMPARISONS)
    assert not agree(found, 3 * theory.mean_response_mmc(rate, 125.0, servers), COMPARISONS)


@pytest.mark.parametrize("network", ["synthetic", "direct"])
def test_an_adapter_is_mmc_while_the_disk_is_used_too(bare, times, agree, network):
    """One visit to the disk and two to the adapter; the product form gives the sum."""
    rate, disk_s, nic_s = 60.0, 0.010, 0.012
    guest = disk_user(rate, Exponential(disk_s))
    work = guest.workload.replace(transfer=Exponential(nic_s), transfers=2, transfer_kib=0.0)
    guest = guest.replace(workload=work, network=Attachment(network, "nic"))
    host = {"devices": (Device(servers=1), Device("nic", "adapter", 2))}
    scenario = bare(guest, lps=16, host=host, overheads=COSTS, warmup_s=WARMUP_S, horizon_s=300.0)
    found = times(scenario)[:, 1]
    disk = theory.mean_response_mm1(rate, 1.0 / disk_s)
    assert agree(found, disk + 2 * theory.mean_response_mmc(2 * rate, 1.0 / nic_s, 2), COMPARISONS)
    # what one device of three servers for all visits would give
    merged = 3 * theory.mean_response_mmc(3 * rate, 3.0 / (disk_s + 2 * nic_s), 3)
    assert not agree(found, merged, COMPARISONS)


@pytest.mark.parametrize("isolated", [False, True])
def test_guests_share_a_device_or_do_not(bare, times, agree, isolated):
    rates, service = (100.0, 60.0), Exponential(0.005)
    guests = [
        disk_user(rate, service, name=name, vps=8) for name, rate in zip("ab", rates, strict=True)
    ]
    host = {"devices": (Device(servers=1, isolated=isolated),)}
    scenario = bare(*guests, lps=16, host=host, overheads=COSTS, warmup_s=WARMUP_S, horizon_s=200.0)
    shared = theory.mean_response_mm1(sum(rates), 200.0)
    own = [theory.mean_response_mm1(rate, 200.0) for rate in rates]
    for load in (0, 1):
        found = times(scenario, load)[:, 1]
        assert agree(found, own[load] if isolated else shared, COMPARISONS)
        assert not agree(found, shared if isolated else own[load], COMPARISONS)


def on_the_way(bare, times, ring):
    """Mean time on the way of messages that each take the root 1 ms, seconds."""
    path = PATH.replace(vsp_submit_s=1e-3, ring_messages=ring)
    guest = disk_user(800.0, Deterministic(0.005))
    scenario = bare(
        guest,
        lps=16,
        host=with_servers(0),
        overheads=Overheads(io=path).only("io"),
        warmup_s=WARMUP_S,
        horizon_s=50.0,
    )
    return times(scenario)[:, 2]


def test_a_ring_of_one_message_is_md1(bare, times, agree):
    truth = theory.mean_response_mg1(800.0, 1000.0, 0.0) + COMPLETE_S
    # all 16 LPs are busy, and a root VP displaces a guest, with a probability below 1e-6
    assert agree(on_the_way(bare, times, 1), truth, COMPARISONS)
    assert not agree(on_the_way(bare, times, 2), truth, COMPARISONS)


def test_a_large_ring_is_a_delay(bare, times):
    assert np.allclose(on_the_way(bare, times, 64), 1e-3 + COMPLETE_S, rtol=1e-3)


def loaded(bare, kind, **window):
    """Two guests and a device that all have to wait, and every mechanism."""
    guests = [
        disk_user(80.0, Exponential(0.006), ios=2, kind=kind, name="a", vps=1),
        disk_user(40.0, Exponential(0.006), ios=1, kind="synthetic", name="b", vps=2),
    ]
    return bare(
        *guests,
        host=with_servers(3),
        overheads=Overheads(),
        root={"background_load": 0.01},
        lps=1,
        **window,
    )


def number_in_system(run, load):
    """Requests that wait for a thread and threads that have one."""
    row = run.plain["load"][load]
    threads = slice(int(row["first_thread"]), int(row["first_thread"] + row["threads"]))
    at_work = run.plain["thread"]["phase"][threads] != PARKED
    return int(row["arrived"] - row["served"] + at_work.sum())


@pytest.mark.parametrize("kind", ["synthetic", "emulated", "direct"])
def test_little_s_law_is_exact_on_a_path(machine, bare, kind):
    """From empty to empty the area under the number in the system is the sum of response times."""
    run = machine(loaded(bare, kind, horizon_s=2.0))
    area, since, number = [0, 0], 0, [0, 0]
    for now in run.instants(4.0):
        rows = run.state["load"][0][:2]
        for load in (0, 1):
            area[load] += number[load] * (now - since)
            # those that have come before the horizon and not finished
            number[load] = int(rows[load]["measured"] - rows[load]["finished"])
        since = now
    assert number == [0, 0]
    for load in (0, 1):
        assert run.responses_ns(load).size > 50
        assert area[load] == run.responses_ns(load).sum()


def test_little_s_law_in_the_steady_state(machine, bare, agree):
    scenario = loaded(bare, "synthetic", warmup_s=WARMUP_S, horizon_s=65.0)
    differences, without_device = [], []
    for trial in range(REPLICATIONS):
        run = machine(scenario, seed=91, trial=trial)
        samples = [number_in_system(run.to(WARMUP_S + 0.06 * i), 0) for i in range(1000)]
        run.to(75.0)
        row = run.state["load"][0][0]
        rate = row["finished"] / 60.0
        mean_s = row["response_ns"] / row["finished"] / NS
        device_s = row["part_ns"][P_DEVICE] / row["finished"] / NS
        differences.append(np.mean(samples) - rate * mean_s)
        without_device.append(np.mean(samples) - rate * (mean_s - device_s))
    assert agree(differences, 0.0, COMPARISONS)
    assert not agree(without_device, 0.0, COMPARISONS)
