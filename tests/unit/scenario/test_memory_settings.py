"""Memory settings: overheads of the host, page costs, checks."""

import numpy as np
import pytest

from hvmc.scenario.memory import Balancer, Memory, MemoryUse
from hvmc.scenario.overheads import Overheads
from hvmc.scenario.paging import Faults, NestedPaging
from hvmc.scenario.settings import SettingsError


def test_overheads_are_the_published_ones():
    """Row M31: 300 + 32 + 8 + 2048 MB for one 2 GB guest; row M30: 384 + 30 per GB of the host."""
    balancer, guest = Balancer(), Memory(maximum_mib=2048.0, startup_mib=2048.0)
    assert balancer.hypervisor_mib + balancer.overhead_mib(guest) + 2048.0 == 2388.0
    root = 384.0 + 30.0 * 12.0
    assert balancer.for_guests_mib(12 * 1024.0, [guest]) == 12288.0 - root - 300.0 - 40.0


def test_host_memory_is_the_inverse_of_what_guests_can_have():
    balancer, guests = Balancer(), [Memory(), Memory(maximum_mib=3000.0)]
    host_mib = balancer.host_memory_mib(10_000.0, guests)
    assert balancer.for_guests_mib(host_mib, guests) == pytest.approx(10_000.0, rel=1e-12)
    assert balancer.for_guests_mib(600.0, guests) == 0.0


@pytest.mark.parametrize(
    ("use", "level"),
    [
        (MemoryUse(working_set=0.25), 2048.0),
        (MemoryUse(working_set_mib=100.0), 100.0),
        (MemoryUse(trace_mib=(100.0, 300.0)), 200.0),
    ],
)
def test_level_is_a_fraction_or_mib_or_a_recording(use, level):
    memory = Memory(maximum_mib=8192.0, use=use)
    assert memory.working_set_mib == level
    assert memory.own_commitment == level / 8192.0


def test_bad_memory_use_is_refused_with_its_path():
    with pytest.raises(SettingsError) as caught:
        MemoryUse(committed=0.5)
    assert str(caught.value) == "MemoryUse.committed must be a number >= 1, got 0.5"


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        (
            {"restart_s": 0.0},
            "MemoryUse.restart_s must be a number above 0, at most 200000, got 0.0",
        ),
        ({"boot_s": 601.0}, "MemoryUse.boot_s must be a number above 0, at most 600, got 601.0"),
    ],
)
def test_a_restart_comes_after_the_start_and_boots_ten_minutes_at_most(settings, told):
    with pytest.raises(SettingsError) as caught:
        MemoryUse(**settings)
    assert str(caught.value) == told


def test_faults_follow_the_lifetime_function():
    """Rate x ((W / m)^k - 1): with k = 2 and half of the working set missing, three times it."""
    faults = Faults(per_cpu_s=100.0, exponent=2.0)
    rates = faults.rates([1000.0, 1000.0, 1000.0, 0.0], [500.0, 1000.0, 2000.0, 100.0])
    assert rates.tolist() == [300.0, 0.0, 0.0, 0.0]
    assert faults.replace(enabled=False).rates([1000.0], [500.0]).tolist() == [0.0]


def test_faults_grow_without_a_jump_as_memory_shrinks():
    memory = np.linspace(200.0, 1000.0, 400)
    rates = Faults().rates(np.full(400, 1000.0), memory)
    assert (np.diff(rates) < 0).all()
    assert rates[-1] == 0.0
    assert rates[-2] < 3.0


def test_mechanisms_are_switched_off_by_name():
    off = Overheads().without("faults", "nested_paging")
    assert (off.faults.enabled, off.nested_paging.enabled) == (False, False)
    assert off.switch.enabled
    none = Overheads.none()
    assert (none.faults.enabled, none.nested_paging.enabled) == (False, False)


def test_a_bare_machine_faults_but_walks_one_page_table():
    native = Overheads().native()
    assert native.faults == Faults()
    assert native.nested_paging == NestedPaging(enabled=False)
