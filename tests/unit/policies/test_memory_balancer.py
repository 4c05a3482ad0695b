"""The balancer: against a slow reference, conservation, fixed points, monotonicity, admission."""

import dataclasses
import importlib.util
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hvmc.policies.memory import (
    GuestMemoryView,
    MemoryView,
    admitted,
    approach,
    decide,
    free_at_once,
    wanted,
    with_startup,
)
from hvmc.scenario.memory import Balancer, Memory

_SPEC = importlib.util.spec_from_file_location(
    "balancer_reference", Path(__file__).with_name("balancer_reference.py")
)
assert _SPEC is not None
assert _SPEC.loader is not None
reference = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(reference)

GRAIN_MIB = 2.0


def total(assigned):
    return sum(assigned.values())


def held(view):
    return {guest.name: guest.assigned_mib for guest in view.guests}


def with_assigned(view, assigned, time_s=None):
    guests = tuple(
        dataclasses.replace(guest, assigned_mib=assigned[guest.name]) for guest in view.guests
    )
    return dataclasses.replace(view, guests=guests, time_s=time_s or view.time_s)


@st.composite
def views(draw):
    guests = []
    for i in range(draw(st.integers(1, 6))):
        least = draw(st.integers(32, 200))
        most = least + draw(st.integers(0, 400))
        memory = Memory(
            startup_mib=least,
            minimum_mib=least,
            maximum_mib=most,
            buffer=draw(st.sampled_from([0.05, 0.2, 1.0])),
            priority=draw(st.sampled_from([0, 50, 50, 100])),
        )
        bottom, top = reference.bounds(memory, GRAIN_MIB)
        demand = draw(st.one_of(st.floats(0.0, 800.0), st.sampled_from([0.0, 100.0, 200.0])))
        assigned = draw(st.integers(bottom, top)) * GRAIN_MIB
        guests.append(GuestMemoryView(f"g{i}", memory, assigned, demand))
    holding = sum(guest.assigned_mib for guest in guests)
    balancer = Balancer(
        removal_mib_per_s=draw(st.sampled_from([1.0, 33.0, 1e4])),
        addition_mib_per_s=draw(st.sampled_from([1.0, 65.0, 1e4])),
    )
    spare = draw(st.floats(0.0, 300.0))
    return MemoryView(draw(st.integers(1, 9)) * 1.0, 1.0, holding + spare, balancer, tuple(guests))


@settings(max_examples=300, deadline=None)
@given(views())
def test_it_wishes_and_decides_as_the_slow_reference(view):
    assert wanted(view) == reference.reference_wanted(view)
    assert held(view) | decide(view) == reference.reference_decide(view)


def test_a_wrong_balancer_would_be_noticed():
    """The reference tells equal pressure from equal memory."""
    guests = tuple(
        GuestMemoryView(f"g{i}", Memory(maximum_mib=4096.0), 2048.0, demand)
        for i, demand in enumerate((3000.0, 1500.0))
    )
    view = MemoryView(1.0, 1.0, 3000.0, Balancer(), guests)
    assert reference.reference_wanted(view) == {"g0": 2000.0, "g1": 1000.0} == wanted(view)


@settings(max_examples=150, deadline=None)
@given(views())
def test_memory_is_conserved_within_bounds_in_every_step_down_to_the_fixed_point(view):
    goal = wanted(view)
    for _ in range(2000):
        changes = decide(view)
        after = held(view) | changes
        assert total(after) <= view.available_mib + 1e-6
        for guest in view.guests:
            bottom, top = reference.bounds(guest.memory, GRAIN_MIB)
            assert bottom * GRAIN_MIB <= after[guest.name] <= top * GRAIN_MIB
            moved = after[guest.name] - guest.assigned_mib
            assert -view.balancer.removal_mib_per_s <= moved + GRAIN_MIB
            assert moved <= view.balancer.addition_mib_per_s + GRAIN_MIB
        view = with_assigned(view, after, time_s=view.time_s + 1.0)
        if after == goal:
            break
    assert after == goal
    assert decide(view) == {}


@settings(max_examples=150, deadline=None)
@given(views(), st.floats(1.0, 200.0))
def test_more_demand_or_priority_never_gets_less(view, more):
    first, *others = view.guests
    before = wanted(view)[first.name]
    needier = dataclasses.replace(first, demand_mib=first.demand_mib + more)
    assert wanted(dataclasses.replace(view, guests=(needier, *others)))[first.name] >= before
    memory = first.memory.replace(priority=100)
    preferred = dataclasses.replace(first, memory=memory)
    assert wanted(dataclasses.replace(view, guests=(preferred, *others)))[first.name] >= before


@settings(max_examples=150, deadline=None)
@given(views(), st.floats(0.0, 300.0))
def test_a_larger_host_takes_from_nobody(view, more):
    larger = wanted(dataclasses.replace(view, available_mib=view.available_mib + more))
    assert all(larger[name] >= mib for name, mib in wanted(view).items())


def host(available_mib, *guests):
    seen = tuple(
        GuestMemoryView(name, memory, memory.startup_mib, demand) for name, memory, demand in guests
    )
    return MemoryView(1.0, 1.0, available_mib, Balancer(), seen)


def test_with_enough_memory_pressure_is_that_of_the_buffer():
    """Row M14: a buffer of 20 % makes it 83.3; priority has no effect (row M13)."""
    low = ("low", Memory(priority=0), 3000.0)
    high = ("high", Memory(priority=100), 3000.0)
    assert wanted(host(20_000.0, low, high)) == {"low": 3600.0, "high": 3600.0}
    seen = GuestMemoryView("low", Memory(), 3600.0, 3000.0)
    assert seen.pressure == pytest.approx(100.0 / 1.2)


def test_short_memory_goes_to_the_high_priority_first():
    low = ("low", Memory(priority=49), 3000.0)
    high = ("high", Memory(priority=50), 3000.0)
    assert wanted(host(4000.0, low, high)) == {"low": 1000.0, "high": 3000.0}
    assert wanted(host(2000.0, low, high)) == {"low": 512.0, "high": 1488.0}


def test_no_buffer_is_kept_while_a_demand_is_not_met():
    big = ("big", Memory(buffer=2.0, priority=100), 1000.0)
    small = ("small", Memory(priority=0), 1000.0)
    assert wanted(host(2000.0, big, small)) == {"big": 1000.0, "small": 1000.0}
    assert wanted(host(2100.0, big, small)) == {"big": 1100.0, "small": 1000.0}


def test_guests_that_give_and_take_do_so_at_their_rates():
    taker = GuestMemoryView("taker", Memory(), 2048.0, 6000.0)
    giver = GuestMemoryView("giver", Memory(), 4096.0, 1000.0)
    view = MemoryView(1.0, 1.0, 6144.0, Balancer(), (taker, giver))
    assert decide(view) == {"taker": 2304.0, "giver": 3840.0}
    later = dataclasses.replace(view, available_mib=8192.0)
    assert decide(later) == {"taker": 2560.0, "giver": 3840.0}


def test_short_intervals_move_as_much_as_long_ones():
    balancer = Balancer(removal_mib_per_s=30.0)
    view = MemoryView(0.0, 0.01, 9000.0, balancer, (GuestMemoryView("a", Memory(), 4096.0, 100.0),))
    for k in range(1, 101):
        view = with_assigned(view, held(view) | decide(view), time_s=k * 0.01)
        view = dataclasses.replace(view, time_s=(k + 1) * 0.01)
    assert view.guests[0].assigned_mib == 4096.0 - 30.0


def test_a_wish_beyond_what_there_is_is_met_as_far_as_it_goes():
    view = host(4000.0, ("a", Memory(startup_mib=1000.0, minimum_mib=512.0), 100.0))
    assert approach(view, {"a": 1e9}) == {"a": 1512.0}
    assert approach(view, {}) == {}


def test_minima_that_do_not_fit_are_an_error():
    with pytest.raises(
        ValueError, match=r"minima of all guests \(1024 MiB\), got 1000: start fewer"
    ):
        wanted(host(1000.0, ("a", Memory(), 1.0), ("b", Memory(), 1.0)))


def test_startup_memory_decides_who_is_started():
    """Running guests can be taken down to their minimum; the first come first."""
    balancer = Balancer(
        root_reserve_mib=0.0,
        root_reserve_per_gib_mib=0.0,
        hypervisor_mib=0.0,
        guest_overhead_mib=0.0,
        guest_overhead_per_gib_mib=0.0,
    )
    large = Memory(startup_mib=2048.0, minimum_mib=1024.0)
    small = Memory(startup_mib=512.0, minimum_mib=512.0)
    assert admitted(3072.0, [large, large], balancer) == (True, True)
    assert admitted(3071.0, [large, large, small], balancer) == (True, False, True)
    static = balancer.replace(enabled=False)
    assert admitted(8192.0 + 8191.0, [large, large], static) == (True, False)


def restarting(view):
    """The view with startup memory above what guests have."""
    guests = tuple(
        dataclasses.replace(
            guest, memory=guest.memory.replace(startup_mib=guest.memory.maximum_mib)
        )
        for guest in view.guests
    )
    return dataclasses.replace(view, guests=guests)


@settings(max_examples=150, deadline=None)
@given(views(), st.integers(0, 63))
def test_guests_that_boot_get_what_is_free_and_what_minima_leave_and_no_more(view, which):
    view = restarting(view)
    booting = {guest.name for i, guest in enumerate(view.guests) if which >> i & 1}
    given_at_once = free_at_once(view, booting)
    assert set(given_at_once) <= booting
    after = held(view) | given_at_once
    assert total(after) <= view.available_mib + 1e-6
    starved = False
    for guest in view.guests:
        bottom, top = (mib * GRAIN_MIB for mib in reference.bounds(guest.memory, GRAIN_MIB))
        assert bottom <= guest.assigned_mib <= after[guest.name] <= top
        starved |= guest.name in booting and after[guest.name] < top
    if starved:
        assert total(after) > view.available_mib - GRAIN_MIB
    raised = with_startup(view, booting)
    least = {guest.name: reference.bounds(guest.memory, GRAIN_MIB)[0] for guest in raised.guests}
    assert sum(least.values()) * GRAIN_MIB <= view.available_mib
    goal = wanted(raised)
    for before, guest in zip(view.guests, raised.guests, strict=True):
        assert goal[guest.name] >= least[guest.name] * GRAIN_MIB
        if guest.name not in booting:
            assert guest == before


def test_of_two_that_boot_the_higher_priority_has_its_startup_memory_first():
    low, high = (Memory(startup_mib=2048.0, priority=priority) for priority in (40, 60))
    guests = tuple(
        GuestMemoryView(name, memory, 512.0, 2048.0) for name, memory in (("a", low), ("b", high))
    )
    view = MemoryView(1.0, 1.0, 3000.0, Balancer(), guests)
    assert free_at_once(view, {"a", "b"}) == {"b": 2048.0, "a": 952.0}
    assert wanted(with_startup(view, {"a", "b"})) == {"a": 952.0, "b": 2048.0}
    assert free_at_once(view, set()) == {}
    assert with_startup(view, set()) == view


def test_startup_memory_of_no_whole_grains_is_a_rule_kept():
    odd = Memory(startup_mib=1025.0, minimum_mib=512.0, maximum_mib=1025.0)
    view = MemoryView(1.0, 1.0, 4000.0, Balancer(), (GuestMemoryView("a", odd, 512.0, 512.0),))
    assert free_at_once(view, {"a"}) == {"a": 1024.0}
    assert with_startup(view, {"a"}).guests[0].memory.minimum_mib == 1024.0


def test_what_a_policy_has_given_in_no_whole_grains_is_not_given_twice():
    memory = Memory(startup_mib=4096.0)
    guests = tuple(GuestMemoryView(name, memory, 513.9, 512.0) for name in "abc")
    view = MemoryView(1.0, 1.0, 3 * 513.9, Balancer(), guests)
    assert free_at_once(view, set("abc")) == {}
