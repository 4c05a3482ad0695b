"""Restarts: who gets startup memory when, what is smart-paged, what it costs."""

import numpy as np
import pytest

import hvmc
from hvmc.cli.main import main
from hvmc.config.assembly import assemble
from hvmc.config.sources import Source, conf_dir
from hvmc.experiment.settings import Point
from hvmc.model.host import HyperVHost
from hvmc.policies.memory import approach
from hvmc.regimes.design import Design
from hvmc.scenario.distributions import Exponential
from hvmc.scenario.guest import Guest
from hvmc.scenario.host import Host
from hvmc.scenario.memory import Balancer, Memory, MemoryUse
from hvmc.scenario.overheads import Overheads
from hvmc.scenario.scenario import Scenario
from hvmc.scenario.workload import Closed
from hvmc.trial import counter_series, outcome_rows, simulate

RESTART_S, BOOT_S, STARTUP_MIB = 5.0, 10.0, 4096.0
OWN = {"root_reserve_mib": 0.0, "root_reserve_per_gib_mib": 0.0, "hypervisor_mib": 0.0} | {
    "guest_overhead_mib": 0.0,
    "guest_overhead_per_gib_mib": 0.0,
}
"""What the host keeps: nothing, so that guests have all its memory."""


def guest(name, used_mib, startup_mib=STARTUP_MIB, minimum_mib=512.0, priority=50, **use):
    """Its demand is what it uses: 1.05 of it is what it wants."""
    memory = Memory(
        startup_mib=startup_mib,
        minimum_mib=minimum_mib,
        maximum_mib=8192.0,
        buffer=0.05,
        priority=priority,
        use=MemoryUse(working_set_mib=used_mib, committed=1.0, **use),
    )
    work = Closed(threads=2, cpu=Exponential(0.010), think=Exponential(0.050))
    return Guest(name, 2, work, memory=memory)


def restarting(name="sql", used_mib=500.0, **more):
    return guest(name, used_mib, restart_s=RESTART_S, boot_s=BOOT_S, **more)


def scenario(memory_mib, *guests, **settings):
    settings = {
        "horizon_s": 20.0,
        "warmup_s": 2.0,
        "drain_s": 20.0,
        "balancer": Balancer(**OWN),
    } | (settings)
    return Scenario(
        host=Host(logical_processors=4, memory_mib=memory_mib), guests=guests, **settings
    )


def history(of):
    """Assigned and smart-paged MiB by instant and guest."""
    host = HyperVHost(of)
    host.run_until(of.horizon_s)
    records = host.balancer.history
    assigned = np.array([record.assigned_mib for record in records])
    assert (assigned.sum(axis=1) <= host.balancer.available_mib).all()
    return assigned, np.array([record.smart_paged_mib for record in records]), host


def held(memory_mib=8000.0, **sql):
    """Neighbours have all that sql does not want, and may not have less."""
    others = (guest(name, 3600.0, 3600.0, 3600.0) for name in ("web", "mail"))
    return scenario(memory_mib, restarting(**sql), *others)


def test_free_memory_is_given_at_once():
    assigned, smart_paged, _ = history(scenario(16384.0, restarting(), guest("web", 2000.0)))
    assert assigned[4, 0] == 526.0
    assert assigned[5, 0] >= STARTUP_MIB
    assert not smart_paged.any()
    assert (assigned[:, 1] == 2100.0).all()


def test_what_cannot_be_reclaimed_is_smart_paged_until_it_has_booted():
    """Of 8000 MiB others may not have less than 7200: 800 are left, 3296 lie on the device."""
    assigned, smart_paged, host = history(held())
    booting = [5 <= k < 15 for k in range(21)]
    assert [record.time_s for record in host.balancer.history] == list(range(21))
    assert assigned[:, 0].tolist()[4:16] == [520.0] + [800.0] * 10 + [544.0]
    assert smart_paged[:, 0].tolist() == [3296.0 if boots else 0.0 for boots in booting]
    assert (smart_paged[:, 0] == np.where(booting, STARTUP_MIB - assigned[:, 0], 0.0)).all()
    assert not smart_paged[:, 1:].any()


def test_rates_are_those_of_the_startup_memory_that_is_missing():
    host = HyperVHost(held())
    for until_s, working_set_mib in ((4.5, 500.0), (5.5, STARTUP_MIB), (15.5, 500.0)):
        host.run_until(until_s)
        sql = host.guest("sql")
        assert sql.working_set_mib == working_set_mib
        share = max(working_set_mib / sql.assigned_mib, 1.0)
        assert host.state["load"]["fault_rate"][0][0] == pytest.approx(500.0 * (share**2 - 1.0))
        assert sql.smart_paged_mib == (3296.0 if working_set_mib == STARTUP_MIB else 0.0)


def test_memory_is_reclaimed_at_the_balancers_rate_down_to_minima():
    """Two neighbours give 100 MiB a second each, 274 MiB are free: 3570 are not had at once."""
    others = (guest(name, 3600.0, 3600.0) for name in ("web", "mail"))
    balancer = Balancer(**OWN, removal_mib_per_s=100.0)
    of = scenario(8300.0, restarting(), *others, balancer=balancer)
    assigned, smart_paged, _ = history(of)
    free = 8300.0 - assigned[4].sum()
    assert 0.0 <= free < 250.0
    expected = np.minimum(assigned[4, 0] + free + 200.0 * np.arange(1, 11), STARTUP_MIB)
    assert assigned[5:15, 0].tolist() == expected.tolist()
    assert smart_paged[5:15, 0].tolist() == (STARTUP_MIB - expected).tolist()
    assert (np.diff(assigned[4:15, 1]) == -100.0).all()


def test_smart_paging_ends_when_memory_becomes_free():
    gives = {"ramp_factor": 0.25, "ramp_from_s": 8.0, "ramp_over_s": 0.0}
    others = (
        guest("web", 3600.0, 3600.0, 512.0, priority=100, **gives),
        guest("mail", 3600.0, 3600.0),
    )
    pinned = others[1].replace(memory=others[1].memory.replace(minimum_mib=3600.0))
    balancer = Balancer(**OWN, removal_mib_per_s=1e-9)
    kept = history(scenario(8300.0, restarting(), others[0], pinned, balancer=balancer))[1][:, 0]
    assert (kept[5:15] > 0.0).all()
    balancer = balancer.replace(removal_mib_per_s=800.0)
    freed = history(scenario(8300.0, restarting(), others[0], pinned, balancer=balancer))[1][:, 0]
    assert freed[5] > 0.0
    assert freed[10:].max() == 0.0


def test_a_guest_that_has_more_than_its_startup_memory_keeps_it():
    same = {"used_mib": 5000.0}
    assigned, smart_paged, _ = history(scenario(16384.0, restarting(**same), guest("web", 2000.0)))
    assert (assigned[:, 0] == 5250.0).all()
    assert not smart_paged.any()


def test_a_guest_short_of_what_it_uses_gets_its_startup_memory_for_the_boot_alone():
    """Neither its demand nor its working set moves; before and after others go before it."""
    others = (guest(name, 3600.0, 3600.0, priority=100) for name in ("web", "mail"))
    sql = restarting(used_mib=5000.0, priority=10, minimum_mib=512.0)
    balancer = Balancer(**OWN, removal_mib_per_s=4000.0, addition_mib_per_s=4000.0)
    assigned, smart_paged, _ = history(scenario(8000.0, sql, *others, balancer=balancer))
    expected = [STARTUP_MIB if 5 <= k < 15 else 800.0 for k in range(21)]
    assert assigned[:, 0].tolist() == expected
    assert not smart_paged.any()


@pytest.mark.parametrize("trial", range(6))
def test_memory_is_never_given_twice_whoever_restarts(trial):
    """Guests' needs move, three of five restart, two at once."""
    luck = np.random.default_rng(trial)
    guests = [
        guest(
            f"g{i}",
            float(luck.uniform(500.0, 3000.0)),
            startup_mib=float(luck.integers(1000, 3000)),
            priority=int(luck.choice([20, 50])),
            amplitude=0.4,
            period_s=float(luck.uniform(4.0, 20.0)),
            noise_cv=0.2,
            restart_s=[4.0, 4.5, 11.0, None, None][i],
            boot_s=6.0,
        )
        for i in range(5)
    ]
    assigned, smart_paged, host = history(scenario(6000.0, *guests, decision_interval_s=0.5))
    startup = np.array([one.memory.startup_mib for one in guests])
    for k, record in enumerate(host.balancer.history):
        boots = host.working_sets.booting_at(k)
        assert (
            smart_paged[k] == np.where(boots, np.maximum(startup - assigned[k], 0.0), 0.0)
        ).all()
        assert (record.working_set_mib >= np.where(boots, startup, 0.0)).all()
    assert (assigned >= 512.0).all()
    assert smart_paged.max() > 0.0
    moved = np.diff(assigned, axis=0)
    assert host.balancer.added_mib == pytest.approx(moved.clip(min=0.0).sum(axis=0))


def outcomes(of):
    return [
        {key: value for key, value in row.items() if key not in ("assigned_mib", "pressure")}
        for row in outcome_rows(simulate(of))
    ]


def test_with_ample_memory_a_restart_changes_no_bit_but_of_memory():
    restarts, never = (
        scenario(32768.0, sql, guest("web", 2000.0)) for sql in (restarting(), guest("sql", 500.0))
    )
    assert str(outcomes(restarts)) == str(outcomes(never))
    more, less = (simulate(of).guest("sql").assigned_mib for of in (restarts, never))
    assert more > less


def test_with_static_memory_a_restart_changes_nothing():
    static = {"balancer": Balancer(enabled=False)}
    restarts, never = (
        scenario(20000.0, sql, guest("web", 2000.0), **static)
        for sql in (restarting(), guest("sql", 500.0))
    )
    assert str(outcomes(restarts)) == str(outcomes(never))
    assert simulate(restarts).guest("sql").smart_paged_mib == 0.0


def test_who_boots_on_pages_is_slow_and_the_slower_the_device():
    def stretch(page_in_s, servers):
        faults = Overheads().faults.replace(page_in=Exponential(page_in_s), servers=servers)
        of = held().replace(overheads=Overheads().replace(faults=faults))
        found = simulate(of)
        assert found.guest("sql").smart_paged_mib == pytest.approx(3296.0 * BOOT_S / 18.0)
        assert found.guest("web").smart_paged_mib == 0.0
        return found.guest("sql").stretch

    never = held().replace(guests=(guest("sql", 500.0), *held().guests[1:]))
    assert simulate(never).guest("sql").stretch < stretch(1e-4, 16) < stretch(8e-3, 1)


def test_a_memory_policy_of_the_users_own_sees_startup_memory_as_the_minimum():
    seen = []

    def minimum_for_all(view):
        seen.append([one.memory.minimum_mib for one in view.guests])
        return approach(view, {one.name: one.memory.minimum_mib for one in view.guests})

    host = HyperVHost(
        scenario(16384.0, restarting(), guest("web", 2000.0)), memory_policy=minimum_for_all
    )
    host.run_until(16.0)
    least = [STARTUP_MIB if 5 <= k < 15 else 512.0 for k in range(1, 17)]
    # at time zero the run begins at the balancer's fixed point, and asks no policy
    assert seen == [[one, 512.0] for one in least[: len(seen)]]
    assert len(seen) >= 15


def test_counters_show_what_the_guest_sees_and_what_it_has():
    rows = counter_series(held())
    own = rows[(rows["object"] == "Hyper-V Dynamic Memory VM") & (rows["instance"] == "sql")]
    shown = own.pivot(index="time_s", columns="counter", values="value")
    while_booting = shown.loc[5.0:14.0]
    assert (while_booting["Smart Paging Working Set Size"] == 3296.0).all()
    assert (while_booting["Guest Visible Physical Memory"] == STARTUP_MIB).all()
    assert (while_booting["Physical Memory"] == 800.0).all()
    others = shown.drop(while_booting.index)
    assert (others["Smart Paging Working Set Size"] == 0.0).all()
    assert (others["Guest Visible Physical Memory"] == others["Physical Memory"]).all()


def test_only_a_design_with_a_restart_has_another_digest():
    """Those of stored results are older than the settings of restarts."""
    never = Design(guests=(guest("sql", 500.0),))
    boots = Design(guests=(guest("sql", 500.0, boot_s=30.0),))
    restarts = Design(guests=(restarting(),))
    later = Design(guests=(guest("sql", 500.0, restart_s=6.0, boot_s=BOOT_S),))
    digests = [Point(design=one).digest(1) for one in (never, boots, restarts, later)]
    assert digests[0] == digests[1]
    assert len(set(digests)) == 3


def test_it_is_set_and_told_on_the_command_line(tmp_path, capsys):
    restart = "guests.guest3.memory.use.restart_s=85"
    asked = assemble(["experiment=memory_case_study", restart], Source(conf_dir()))
    uses = {one.name: one.memory.use for one in asked.experiment.points[0].design.guests}
    assert (uses["guest3"].restart_s, uses["guest3"].boot_s) == (85.0, 60.0)
    assert uses["guest4"].restart_s is None
    text = f"results_dir={tmp_path}"
    small = ("trials=1", "horizon_s=88", "warmup_s=82", "jobs=1", "overheads=none")
    assert main(["run", "experiment=memory_case_study", restart, *small, text]) == 0
    (folder,) = {path.parent for path in tmp_path.rglob("settings.yaml")}
    capsys.readouterr()
    assert main(["replay", str(folder), "--point", "1", "--trial", "0"]) == 0
    told = capsys.readouterr().out
    assert "guest3 restarted: " in told
    assert "equal, bit for bit" in told


def test_it_is_public():
    assert hvmc.MemoryUse(restart_s=1.0).restart_s == 1.0
