"""Finite places: a ring of one message, and threads between a disk and an adapter.

- K threads that go to and fro between a disk and an adapter, each one exponential server, see at
  the disk what an M/M/1/K sees: while all are there none arrives (the cyclic queue; Gordon and
  Newell 1967). Requests finish at the rate mu (1 - p_K), mu the adapter's, p_K the blocking.
- A message of a Poisson process finds a ring of one message full with the probability that it is
  (PASTA): rate x time in the ring.

False-alarm rate of the module: 1e-6, over the choice of the seeds.
"""

import numpy as np
import pytest

from hvmc import theory
from hvmc.kernel.codes import DISK
from hvmc.scenario.distributions import Deterministic, Exponential
from hvmc.scenario.guest import Guest
from hvmc.scenario.io import Attachment, Device, IoPath
from hvmc.scenario.overheads import Overheads
from hvmc.scenario.workload import Closed, Open

COMPARISONS = 7
REPLICATIONS = 40
SUBMIT_S = 1e-3
MU_PER_S = 250.0


@pytest.fixture(scope="module")
def ends(machine):
    """Records of the replications at the horizon."""

    def run(scenario):
        return [
            machine(scenario, seed=11, trial=trial).to(scenario.horizon_s).look()
            for trial in range(REPLICATIONS)
        ]

    return run


@pytest.mark.parametrize("places", [1, 2, 5])
@pytest.mark.parametrize("load", [0.7, 1.4])
def test_threads_between_a_disk_and_an_adapter_are_mm1k(bare, ends, agree, places, load):
    work = Closed(
        threads=places,
        cpu=Deterministic(3e-9),  # a nanosecond a burst: a millionth of the services
        think=Deterministic(0.0),
        io=Exponential(load / MU_PER_S),
        ios=1,
        transfer=Exponential(1.0 / MU_PER_S),
        transfers=1,
    )
    direct = Attachment("direct"), Attachment("direct", "nic")
    guest = Guest(
        name="a", virtual_processors=places, workload=work, io=direct[0], network=direct[1]
    )
    devices = (Device(servers=1), Device("nic", "adapter", 1))
    scenario = bare(guest, lps=places, host={"devices": devices}, horizon_s=100.0, warmup_s=5.0)
    rates = np.array([look["load"]["completed"][0] / 95.0 for look in ends(scenario)])
    truth = MU_PER_S * (1.0 - theory.blocking_mm1k(load, 1.0, places))
    assert agree(rates, truth, COMPARISONS)
    more = MU_PER_S * (1.0 - theory.blocking_mm1k(load, 1.0, places + 1))
    assert not agree(rates, more, COMPARISONS)


def test_a_message_finds_a_ring_of_one_full_as_often_as_it_is(bare, ends, agree):
    rate_per_s = 600.0
    work = Open(
        interarrival=Exponential(1.0 / rate_per_s),
        cpu=Exponential(1e-3),
        io=Exponential(1e-4),
        ios=1,
        threads=512,
    )
    path = IoPath(path_s=0.0, vsp_submit_s=SUBMIT_S, vsp_complete_s=0.0, mib_s=0.0, signal_s=0.0)
    overheads = Overheads(io=path.replace(ring_messages=1)).only("io")
    guest = Guest(name="a", virtual_processors=16, workload=work)
    scenario = bare(guest, lps=16, overheads=overheads, horizon_s=60.0)
    found = [look["way"][DISK] for look in ends(scenario)]
    shares = np.array([way["ring_full"] / way["ios_done"] for way in found])
    assert agree(shares, rate_per_s * SUBMIT_S, COMPARISONS)
    assert not agree(shares, rate_per_s * SUBMIT_S * 0.98, COMPARISONS)
