"""Interference and spin locks."""

import pytest

from hvmc.kernel.codes import PARTS
from hvmc.scenario.contention import Interference, Locks
from hvmc.scenario.distributions import Exponential
from hvmc.scenario.guest import Guest
from hvmc.scenario.overheads import Overheads
from hvmc.scenario.workload import Closed

MS = 1_000_000
SPIN = PARTS.index("spin")


def slowed(slope, **settings):
    return Overheads(interference=Interference(slope=slope, **settings)).only("interference")


def test_an_lp_alone_works_at_full_speed(machine, bare, job):
    run = machine(bare(job("a", 0.006), lps=4, overheads=slowed(0.5))).to(0.01)
    assert run.responses_ns(0).tolist() == [6 * MS]


def test_all_lps_busy_take_one_plus_slope_as_long(machine, bare, job):
    # A is dispatched first, alone, and keeps full speed until its speed is set anew
    scenario = bare(job("a", 0.006), job("b", 0.006), lps=2, overheads=slowed(0.5, update_s=0.001))
    run = machine(scenario).to(0.02)
    # A: 1 ms at full speed, then 5 ms of work in 7.5; B: 6 in 9, the last 0.5 alone but unnoticed
    assert run.responses_ns(0).tolist() == pytest.approx([8.5 * MS], abs=20)
    look = run.look()
    assert look["lp"]["slowed_ns"][0] == pytest.approx(2.5 * MS, abs=20)
    assert look["lp"]["guest_ns"][:2].tolist() == [6 * MS, 6 * MS]


def test_a_bare_machine_is_slowed_by_the_same_slope_per_lp(bare, job):
    from hvmc.trial import simulate

    # four of eight LPs busy: 1 + 0.7 x 3/7
    work = Closed(threads=4, cpu=Exponential(0.002), think=Exponential(1e-6))
    guest = Guest(name="a", virtual_processors=4, workload=work)
    scenario = bare(guest, lps=8, overheads=slowed(0.7))
    found = simulate(scenario.replace(horizon_s=2.0, warmup_s=0.2)).guests[0]
    assert found.hosting == pytest.approx(1.0, abs=0.01)
    share = found.native["same_size"].parts_s
    assert share["slowdown"] / share["service"] == pytest.approx(0.3, abs=0.01)


def busy_guest(name, vps, **settings):
    work = Closed(threads=vps, cpu=Exponential(0.02), think=Exponential(1e-4))
    return Guest(name=name, virtual_processors=vps, workload=work, **settings)


def locked(share, **settings):
    return Overheads(locks=Locks(share=share, **settings)).only("locks")


def crowded(share, *, vps=4, lps=4, guests=2, enlightened=True):
    crowd = [busy_guest(f"g{i}", vps, enlightened=enlightened) for i in range(guests)]
    return {"guests": crowd, "lps": lps, "overheads": locked(share)}


def run_crowd(machine, bare, share, **settings):
    setup = crowded(share, **settings)
    scenario = bare(*setup["guests"], lps=setup["lps"], overheads=setup["overheads"])
    return machine(scenario).to(4.0).look()


def spun(look):
    lps = int(look["n_lp"])
    return look["lp"]["spin_ns"][:lps].sum() / look["lp"]["busy_ns"][:lps].sum()


def test_nobody_spins_where_nobody_is_preempted(machine, bare):
    assert spun(run_crowd(machine, bare, 0.5, guests=1)) == 0.0


def test_guests_with_one_vp_never_spin(machine, bare):
    assert spun(run_crowd(machine, bare, 0.5, vps=1, guests=8)) == 0.0


def test_preempted_holders_make_their_guests_spin(machine, bare):
    look = run_crowd(machine, bare, 0.5, enlightened=False)
    assert spun(look) > 0.1
    assert look["partition"]["long_spin_waits"][:2].sum() == 0
    lps = int(look["n_lp"])
    parts = ("guest_ns", "hypervisor_ns", "switch_ns", "refill_ns", "slowed_ns", "spin_ns")
    booked = sum(look["lp"][name][:lps] for name in parts)
    assert (booked == look["lp"]["busy_ns"][:lps]).all()


def test_the_hint_of_enlightened_guests_lets_others_run(machine, bare):
    look = run_crowd(machine, bare, 0.5)
    assert look["partition"]["long_spin_waits"][:2].sum() > 0
    without = run_crowd(machine, bare, 0.5, enlightened=False)
    assert spun(look) < 0.5 * spun(without)
    assert look["load"]["work_ns"][:2].sum() > without["load"]["work_ns"][:2].sum()
