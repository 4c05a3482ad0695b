"""The published case study (rows M21-M26) in kind: who is pinned, who gives, who takes."""

import pytest

from hvmc.config.assembly import assemble
from hvmc.config.sources import Source, conf_dir
from hvmc.model.host import HyperVHost

IDLE, SOAKING = 0, 1


def study(point, horizon_s, *overrides):
    """The host at the end, and its memory second by second."""
    texts = ["experiment=memory_case_study", *overrides]
    design = assemble(texts, Source(conf_dir())).experiment.points[point].design
    host = HyperVHost(design.draw(seed=1, trial=0))
    host.run_for(horizon_s)
    return host, host.balancer.history


@pytest.fixture(scope="module")
def soaking():
    return study(SOAKING, 100.0)


def test_guests_one_and_two_are_pinned_at_their_minimum_far_below_the_others(soaking):
    host, history = soaking
    for name in ("guest1", "guest2"):
        index = host.balancer.index(name)
        assert {record.assigned_mib[index] for record in history} == {2048.0}
        assert host.guest(name).pressure < 0.5 * host.guest("guest3").pressure


def test_guests_three_and_four_give_down_to_their_minimum(soaking):
    host, history = soaking
    for name in ("guest3", "guest4"):
        index = host.balancer.index(name)
        assert history[0].assigned_mib[index] > 600.0
        assert host.guest(name).assigned_mib == 512.0
        assert host.guest(name).working_set_mib < 512.0


def test_guest_five_takes_all_there_is_and_stays_short(soaking):
    host, history = soaking
    index = host.balancer.index("guest5")
    taken = [record.assigned_mib[index] for record in history]
    assert taken == sorted(taken)
    assert host.balancer.available_mib - host.balancer.assigned_mib.sum() < 10.0
    assert host.guest("guest5").pressure > 140.0
    assert host.balancer.fault_rates.argmax() == index
    assert (host.balancer.fault_rates > 0).sum() == 1


def test_it_is_tight_even_in_its_maximum():
    host, _ = study(SOAKING, 100.0, "host.memory_mib=24576")
    guest = host.guest("guest5")
    assert (guest.assigned_mib, host.guest("guest3").assigned_mib > 600.0) == (8192.0, True)
    assert guest.pressure > 100.0


def test_without_the_soaking_nobody_gives():
    """All minima fit many times (row M26: 5.5 GB of 12)."""
    host, _ = study(IDLE, 100.0)
    assert host.balancer.available_mib - host.balancer.assigned_mib.sum() > 4096.0
    assert not host.balancer.fault_rates.any()
    assert max(guest.pressure for guest in host.guests) < 90.0
