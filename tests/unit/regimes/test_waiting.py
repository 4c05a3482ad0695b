"""Fitted hosts whose guests were seen to wait for an adapter, or for page-ins, do so again."""

import pytest

import hvmc
from hvmc.regimes.design import Design
from hvmc.regimes.fitted import FittedGuest, FittedMemory
from hvmc.regimes.inversion import busy
from hvmc.regimes.stations import service_s

USES = {"web": 0.3, "db": 0.1}
DEVICES = (hvmc.Device(), hvmc.Device("nic", "adapter", servers=4))
WINDOW = {"horizon_s": 32.0, "warmup_s": 2.0}


def simulated(guests, **settings):
    """Return the LPs used over those wanted, and the mean stretch."""
    memory_mib = settings.pop("memory_mib", 65536.0)
    host = hvmc.Host(logical_processors=8, memory_mib=memory_mib, devices=DEVICES)
    found = Design(host=host, fitted=tuple(guests), **WINDOW, **settings)
    result = hvmc.simulate(found.draw(seed=3, trial=0), seed=3, trial=0)
    use = sum(guest.lp_used for guest in result.guests)
    wanted = sum(guest.use * guest.virtual_processors for guest in guests)
    return use / wanted, sum(guest.stretch for guest in result.guests) / len(guests)


@pytest.mark.parametrize("each_s", [0.011, 0.05, 0.2])
def test_a_closed_queue_serves_as_many_as_were_seen(each_s):
    serving_s = service_s(200, 700.0, each_s, 8)
    elsewhere_s = 200 / 700.0 - each_s
    assert busy(200, elsewhere_s / serving_s, 8) == pytest.approx(700.0 * serving_s, rel=1e-4)


def test_waiting_for_an_adapter_is_found_again():
    def guests(**waits):
        rates = {"iops": 150.0, "transfers_per_s": 300.0, "io_s": 1e-3, "transfer_s": 5e-3}
        return [
            FittedGuest(name, 4, use=use, peak=1.0, **rates, **waits) for name, use in USES.items()
        ]

    use, stretch = simulated(guests(transfer_wait_s=0.05))
    assert use == pytest.approx(1.0, abs=0.06)
    assert stretch > 1.8  # alone each makes the adapter busy too
    assert simulated(guests())[1] < 1.5


def test_waiting_for_page_ins_is_found_again():
    def guests(**seen):
        memory = FittedMemory(
            maximum_mib=8192.0,
            minimum_mib=512.0,
            startup_mib=1024.0,
            demand_mib=6000.0,
            assigned_mib=4000.0,
            committed=1.0,
            noise_cv=0.0,
        )
        rates = {"iops": 800.0, "transfers_per_s": 10.0, "io_s": 1e-3}
        return [
            FittedGuest(name, 4, use=use, peak=1.0, memory=memory, **rates, **seen)
            for name, use in USES.items()
        ]

    balancer = hvmc.Balancer()
    room = balancer.host_memory_mib(8000.0, [hvmc.Memory(maximum_mib=8192.0)] * 2)
    use, stretch = simulated(guests(outstanding=60.0), memory_mib=room)
    assert use == pytest.approx(1.0, abs=0.06)
    assert stretch > 8.0
    assert simulated(guests(), memory_mib=room)[1] < 5.0
