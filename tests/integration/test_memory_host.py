"""Memory on the coarse clock: the balancer as an agent, fault rates, guests not started."""

import math

import numpy as np
import pytest

from hvmc.model.host import HyperVHost
from hvmc.policies.memory import approach
from hvmc.scenario.distributions import Exponential
from hvmc.scenario.guest import Guest
from hvmc.scenario.host import Host, Root
from hvmc.scenario.memory import Balancer, Memory, MemoryUse
from hvmc.scenario.overheads import Overheads
from hvmc.scenario.scenario import Scenario
from hvmc.scenario.settings import SettingsError
from hvmc.scenario.workload import Batch, Closed
from hvmc.trial import outcome_rows, result_of, simulate

PIECES = [0.1] * 7 + [1.0 / 3.0, 2.0 / 3.0, 1e-9, 0.7, 4.6, 0.25, 2.749999999]
MOVING = MemoryUse(working_set=0.5, amplitude=0.4, period_s=20.0, noise_cv=0.05)


def guest(name, **memory):
    memory = {"startup_mib": 1024.0, "maximum_mib": 4096.0, "use": MOVING} | memory
    return Guest(
        name=name,
        virtual_processors=2,
        workload=Closed(threads=6, cpu=Exponential(0.010), think=Exponential(0.020)),
        memory=Memory(**memory),
    )


def scenario(memory_mib=8192.0, guests=None, **settings):
    settings = {"horizon_s": 12.0, "warmup_s": 2.0, "drain_s": 10.0} | settings
    return Scenario(
        host=Host(logical_processors=4, memory_mib=memory_mib),
        guests=guests or tuple(guest(name) for name in "abc"),
        **settings,
    )


def history(host):
    """The balancer's decisions as one array."""
    return np.array(
        [
            [record.assigned_mib, record.demand_mib, record.working_set_mib]
            for record in host.balancer.history
        ]
    )


def test_time_in_pieces_is_time_at_once():
    short = scenario(6144.0)
    at_once, pieces = HyperVHost(short), HyperVHost(short)
    at_once.run_for(sum(PIECES))
    for piece in PIECES:
        pieces.run_for(piece)
    assert np.array_equal(history(at_once), history(pieces))
    for name in ("fault_rate", "work_ns", "response_ns"):
        assert np.array_equal(at_once.state["load"][name], pieces.state["load"][name])


@pytest.mark.parametrize("horizon_s", [12.0, 11.3])
def test_a_run_decides_at_multiples_of_the_interval_to_its_end(horizon_s):
    host = HyperVHost(scenario(6144.0, horizon_s=horizon_s, decision_interval_s=0.7))
    host.run()
    times = [record.time_s for record in host.balancer.history]
    assert times == [k * 0.7 for k in range(len(times))]
    assert times[-1] <= host.time < times[-1] + 0.7 + 1e-9


def test_memory_is_conserved_in_every_step():
    host = HyperVHost(scenario(6144.0))
    host.run()
    assigned = history(host)[:, 0]
    assert (assigned.sum(axis=1) <= host.balancer.available_mib).all()
    assert host.balancer.available_mib == pytest.approx(6144 - 384 - 180 - 300 - 3 * (32 + 3 * 8))
    moved = np.diff(assigned, axis=0)
    assert host.balancer.added_mib == pytest.approx(moved.clip(min=0.0).sum(axis=0))
    assert host.balancer.removed_mib == pytest.approx(-moved.clip(max=0.0).sum(axis=0))
    assert (host.balancer.additions == (moved > 0).sum(axis=0)).all()
    assert (host.balancer.removals == (moved < 0).sum(axis=0)).all()
    assert host.balancer.removals.sum() > 0


def test_a_guest_shows_its_memory():
    host = HyperVHost(scenario(100_000.0))
    host.run_for(3.5)
    a, record = host.guest("a"), host.balancer.history[-1]
    assert (record.time_s, a.started) == (3.0, True)
    assert a.working_set_mib == record.working_set_mib[0] == host.working_sets.at(3)[0]
    assert a.demand_mib == 1.25 * a.working_set_mib
    assert a.pressure == 100.0 * a.demand_mib / a.assigned_mib


def test_a_run_starts_at_the_fixed_point_and_stays_there_while_nothing_moves():
    still = tuple(guest(name, use=MemoryUse()) for name in "abc")
    for memory_mib in (5000.0, 100_000.0):
        host = HyperVHost(scenario(memory_mib, still))
        host.run_for(5.0)
        assert np.ptp(history(host), axis=0).max() == 0.0


def test_rates_of_the_record_are_those_of_the_missing_share():
    host = HyperVHost(scenario(6144.0))
    for _ in range(4):
        host.run_for(1.0)
        record = host.balancer.history[-1]
        found = host.state["load"]["fault_rate"][0][:3]
        share = np.maximum(record.working_set_mib / record.assigned_mib, 1.0)
        assert found == pytest.approx(500.0 * (share**2 - 1.0))
        assert found.max() > 0.0


@pytest.mark.parametrize(
    "settings", [{"overheads": Overheads().without("faults")}, {"memory_mib": 100_000.0}]
)
def test_without_faults_or_with_enough_memory_all_rates_are_zero(settings):
    host = HyperVHost(scenario(**({"memory_mib": 6144.0} | settings)))
    host.run()
    assert not host.final_state["load"]["fault_rate"].any()


def test_a_guest_without_startup_memory_is_an_outcome():
    """Its neighbours see the luck they would have without it."""
    alone = simulate(scenario(2500.0, (guest("a"), guest("c"))))
    crowded = simulate(scenario(2500.0, (guest("a"), guest("big", startup_mib=2048.0), guest("c"))))
    rows = {row["guest"]: row for row in outcome_rows(crowded)}
    assert [rows[name]["started"] for name in ("a", "big", "c")] == [True, False, True]
    big = rows["big"]
    assert (big["measured"], big["assigned_mib"], big["share_idle"]) == (0, 0.0, 1.0)
    assert math.isnan(big["stretch"])
    assert math.isnan(big["pressure"])
    for name in "ac":
        assert crowded.guest(name).response_s.mean == alone.guest(name).response_s.mean


def test_a_batch_that_is_not_started_ends_nothing():
    job = Batch(workers=2, tasks=4, cpu=Exponential(0.01))
    large = Guest(name="job", workload=job, memory=Memory(startup_mib=4096.0))
    result = simulate(scenario(4096.0, (guest("a"), large)))
    assert not result.guest("job").started
    assert math.isnan(result.guest("job").elapsed_s)
    assert result.guest("job").throughput_per_s == 0.0


def test_a_host_of_batches_none_of_which_is_started_idles_to_the_horizon():
    job = Batch(workers=2, tasks=4, cpu=Exponential(0.01))
    large = Guest(name="job", workload=job, memory=Memory(startup_mib=4096.0))
    result = simulate(scenario(4096.0, (large,)))
    assert result.window_s == 12.0
    (row,) = outcome_rows(result)
    assert (row["started"], row["measured"], row["throughput_per_s"]) == (False, 0, 0.0)
    assert (row["assigned_mib"], row["share_idle"]) == (0.0, 1.0)
    assert math.isnan(row["stretch"])
    assert math.isnan(row["cycle_stretch"])


def test_outcomes_hold_means_over_the_window():
    host = HyperVHost(scenario(6144.0, warmup_s=2.5))
    host.run()
    assigned, demand, _ = np.moveaxis(history(host), 1, 0)
    found = result_of(host).guest("b")
    weights = np.array([0.5] + [1.0] * 9)
    assert found.assigned_mib == pytest.approx(np.average(assigned[2:12, 1], weights=weights))
    pressure = 100.0 * demand[2:12, 1] / assigned[2:12, 1]
    assert found.pressure == pytest.approx(np.average(pressure, weights=weights))


def test_static_memory_is_the_maximum_for_good():
    host = HyperVHost(scenario(10_000.0, balancer=Balancer(enabled=False)))
    host.run_for(5.0)
    assert host.balancer.started == (True, True, False)
    assert (history(host)[:, 0] == [4096.0, 4096.0, 0.0]).all()


def test_a_memory_policy_of_the_users_own():
    def all_to_a(view):
        wishes = {guest.name: guest.memory.minimum_mib for guest in view.guests}
        return approach(view, wishes | {"a": 4096.0})

    host = HyperVHost(scenario(6200.0), memory_policy=all_to_a)
    host.run_for(20.0)
    assert [host.guest(name).assigned_mib for name in "abc"] == [4096.0, 512.0, 512.0]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"a": 100.0}, "a must have 512..4096 MiB, got 100"),
        (dict.fromkeys("abc", 4096.0), "guests must not have more than"),
        ({"x": 1000.0}, "'x' is not a started guest"),
    ],
)
def test_a_policy_that_assigns_what_it_cannot_is_told(changes, told):
    host = HyperVHost(scenario(6144.0), memory_policy=lambda _view: changes)
    with pytest.raises(ValueError, match=told):
        host.run_for(1.5)


def test_a_policy_needs_dynamic_memory():
    with pytest.raises(SettingsError, match=r"balancer\.enabled must be true for a memory_policy"):
        HyperVHost(scenario(balancer=Balancer(enabled=False)), memory_policy=lambda _view: {})


def test_settings_may_change_while_the_host_runs():
    host = HyperVHost(scenario(5000.0, tuple(guest(name, use=MemoryUse()) for name in "abc")))
    host.run_for(1.5)
    before = host.guest("a").assigned_mib
    host.guest("a").memory = host.guest("a").memory.replace(priority=80)
    host.run_for(3.0)
    assert host.guest("a").assigned_mib > before
    with pytest.raises(SettingsError) as caught:
        host.guest("a").memory = host.guest("a").memory.replace(minimum_mib=1000.0)
    assert str(caught.value) == (
        "guests.a.memory.minimum_mib may only fall while the host runs (512), got 1000"
    )


@pytest.fixture
def native_rates(monkeypatch):
    """Every (memory, instant) that a native run asked rates for, and what it got."""
    from hvmc.trial.bare_memory import BareMemory

    asked = []
    original = BareMemory.rates

    def spy(self, instant):
        rates = original(self, instant)
        asked.append((self.mib, instant, rates.tolist()))
        return rates

    monkeypatch.setattr(BareMemory, "rates", spy)
    return asked


def test_same_size_faults_where_the_maximum_is_too_small_and_adequate_never(native_rates):
    victim = guest("a", use=MemoryUse(working_set=1.5))
    simulate(scenario(100_000.0, (victim,), baselines=("adequate", "same_size", "full_host")))
    asked = {mib: (instant, rates) for mib, instant, rates in native_rates}
    assert asked[math.inf] == (0, [0.0])
    assert asked[4096.0] == (0, [500.0 * (1.5**2 - 1.0)])
    assert len(native_rates) == 3


def test_rates_of_a_bare_machine_move_with_the_working_set(native_rates):
    use = MemoryUse(working_set=1.2, amplitude=0.3, period_s=20.0)
    host = HyperVHost(scenario(100_000.0, (guest("a", use=use),)))
    host.run()
    result_of(host)
    moving = [(instant, rates) for mib, instant, rates in native_rates if mib == 4096.0]
    assert [instant for instant, _ in moving] == list(range(len(moving)))
    assert len(moving) > 12
    for instant, rates in moving:
        share = max(host.working_sets.at(instant)[0] / 4096.0, 1.0)
        assert rates == pytest.approx([500.0 * (share**2 - 1.0)])


def test_together_all_are_short_of_the_same_share(native_rates):
    still = tuple(guest(name, use=MemoryUse(working_set=0.9)) for name in "abc")
    both = ("adequate", "same_size", "together")
    simulate(scenario(8192.0, still, baselines=both))
    share = 3 * 0.9 * 4096.0 / 8192.0
    found = [rates for mib, _, rates in native_rates if mib == 8192.0]
    assert found == [pytest.approx([500.0 * (share**2 - 1.0)] * 3)]


def test_a_bare_machine_in_steps_shows_what_it_shows_at_once():
    """Faults switched on or off cut the runs differently and have no effect without a cost."""
    use = MemoryUse(working_set=1.2, amplitude=0.3, period_s=20.0)
    free = Overheads().faults.replace(per_cpu_s=0.0)
    free_faults = scenario(100_000.0, (guest("a", use=use), guest("b")))
    stepped = simulate(
        free_faults.replace(overheads=Overheads().replace(faults=free), decision_interval_s=0.37)
    )
    at_once = simulate(free_faults.replace(overheads=Overheads().without("faults")))
    for one, other in zip(stepped.guests, at_once.guests, strict=True):
        for baseline in ("adequate", "same_size"):
            mine, its = one.native[baseline].response_s, other.native[baseline].response_s
            assert np.array_equal(mine.finished_ns, its.finished_ns)


def test_a_guest_short_of_memory_gives_up_caches_before_its_working_set():
    """Demand 1.25 x the working set, half of the rest cache: it follows what is assigned down."""
    use = MemoryUse(working_set=0.5, cache=0.5)
    guests = tuple(guest(name, use=use) for name in "abc")
    full = HyperVHost(scenario(100_000.0, guests)).balancer
    short = HyperVHost(scenario(5000.0, guests)).balancer
    least = short.working_set_mib + 0.5 * (full.demand_mib - full.working_set_mib)
    assert full.demand_mib == pytest.approx(1.25 * full.working_set_mib)
    assert short.demand_mib == pytest.approx(np.clip(short.assigned_mib, least, full.demand_mib))
    assert (short.demand_mib < full.demand_mib).any()


def test_the_root_pages_only_where_guests_hold_all_there_is():
    small = guest("a", use=MemoryUse(working_set_mib=1024.0, committed=1.0))
    lavish, full = (
        HyperVHost(scenario(mib, guests=(small,), root=Root(working_set=1.5)))
        for mib in (4096.0, 2048.0)
    )
    assert lavish.balancer.root_fault_rate == 0.0
    # 384 MiB and 30 a GiB are kept; what there is beside them the guest does not take is left
    kept = 384.0 + 2 * 30.0
    left = 2048.0 - kept - 300.0 - (32.0 + 3 * 8.0) - full.balancer.assigned_mib[0]
    shortage = 1.5 * kept / (kept + left)
    assert full.balancer.root_fault_rate == pytest.approx(500.0 * (shortage**2 - 1.0))
    assert full.state["root_fault_rate"][0] == pytest.approx(full.balancer.root_fault_rate * 1e-9)
    assert HyperVHost(scenario(1500.0, guests=(small,))).balancer.root_fault_rate == 0.0
