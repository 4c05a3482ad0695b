"""Synchronous IPIs: the sender spins until each VP it addressed has run."""

import pytest

from hvmc.kernel.codes import PARTS
from hvmc.scenario.contention import Ipis, Locks
from hvmc.scenario.distributions import Exponential
from hvmc.scenario.guest import Guest, Priority
from hvmc.scenario.overheads import Overheads
from hvmc.scenario.workload import Closed

SPIN = PARTS.index("spin")
RATE = 1000.0


def sending(rate=RATE):
    return Overheads(ipis=Ipis(enlightened_per_cpu_s=rate, unenlightened_per_cpu_s=rate)).only(
        "ipis"
    )


def run(machine, bare, *guests, lps, overheads=None, **settings):
    scenario = bare(*guests, lps=lps, overheads=overheads or sending(), **settings)
    return machine(scenario).to(10.0).look()


def spun_s(look):
    return look["lp"]["spin_ns"][: int(look["n_lp"])].sum() / 1e9


def test_vps_that_all_run_answer_at_once(machine, bare, saturated):
    look = run(machine, bare, saturated("a", vps=4), lps=4)
    assert look["load"]["ipis"][0] == pytest.approx(4 * 10.0 * RATE, rel=0.05)
    assert look["load"]["ipis_waited"][0] == 0
    assert spun_s(look) == 0.0


def test_idle_vps_are_not_waited_for(machine, bare, job):
    look = run(machine, bare, job("a", 9.0, vps=4), lps=1)
    assert look["load"]["ipis"][0] == pytest.approx(9.0 * RATE, rel=0.05)
    assert look["load"]["ipis_waited"][0] == 0


def test_a_single_vp_sends_none(machine, bare, saturated):
    look = run(machine, bare, saturated("a"), saturated("b"), lps=1)
    assert look["load"]["ipis"][:2].tolist() == [0, 0]


def test_a_sender_without_hint_spins_to_the_end_of_its_slice(machine, bare, saturated):
    """Two VPs take turns of 10 ms on one LP: each works up to its first IPI, 1 ms on average."""
    guest = saturated("a", vps=2).replace(enlightened=False)
    look = run(machine, bare, guest, lps=1)
    # work in a slice: an exponential of mean 1 ms cut off at the slice's 10 ms
    assert look["load"]["work_ns"][0] / 10e9 == pytest.approx(0.1, rel=0.1)
    assert spun_s(look) == pytest.approx(9.0, rel=0.02)
    assert look["partition"]["long_spin_waits"][0] == 0
    assert int(look["vp"]["dispatches"][:2].sum()) == pytest.approx(1000, abs=2)


def test_the_hint_hands_the_lp_to_the_addressed_vp(machine, bare, saturated):
    """After 50 us of spinning the other VP runs, takes the IPI, and works up to its own."""
    look = run(machine, bare, saturated("a", vps=2), lps=1)
    sent = look["load"]["ipis_waited"][0]
    assert look["partition"]["long_spin_waits"][0] == pytest.approx(sent, abs=2)
    assert spun_s(look) == pytest.approx(sent * 50e-6, rel=0.01)
    # each turn: work of mean 1 ms, then 50 us
    assert look["load"]["work_ns"][0] / 10e9 == pytest.approx(1000 / 1050, rel=0.02)


def test_every_ns_is_booked_and_spinning_is_part_of_the_response(machine, bare):
    work = Closed(threads=6, cpu=Exponential(0.02), think=Exponential(1e-3))
    crowd = [Guest(name=f"g{i}", virtual_processors=3, workload=work) for i in range(3)]
    look = run(machine, bare, *crowd, lps=4)
    parts = ("guest_ns", "hypervisor_ns", "switch_ns", "refill_ns", "slowed_ns", "spin_ns")
    booked = sum(look["lp"][name][:4] for name in parts)
    assert (booked == look["lp"]["busy_ns"][:4]).all()
    assert look["load"]["part_ns"][:3, SPIN].sum() > 0
    assert (look["load"]["part_ns"][:3].sum(axis=1) == look["load"]["response_ns"][:3]).all()


@pytest.mark.parametrize("rule", ["credit", "fair_queue"])
def test_nobody_waits_for_ever(machine, bare, rule):
    """Everything at once that may stop a VP: limits, cores, locks, emulation, other guests."""
    work = Closed(threads=8, cpu=Exponential(0.01), think=Exponential(1e-3))
    some = {"virtual_processors": 4, "workload": work}
    guests = [
        Guest(name="a", priority=Priority(limit=0.5), **some),
        Guest(name="b", enlightened=False, **some),
        Guest(name="c", priority=Priority(weight=10), **some),
    ]
    overheads = Overheads(
        ipis=Ipis(enlightened_per_cpu_s=RATE, unenlightened_per_cpu_s=RATE), locks=Locks(share=0.2)
    )
    host = {"threads_per_core": 2, "scheduler": "core"}
    dispatch = {"rule": rule, "wake_preemption": rule == "fair_queue"}
    look = run(machine, bare, *guests, lps=4, host=host, dispatch=dispatch, overheads=overheads)
    assert look["load"]["ipis_waited"][:3].min() > 0
    answered = look["load"]["ipis"][:3]
    half = (
        machine(bare(*guests, lps=4, host=host, dispatch=dispatch, overheads=overheads))
        .to(5.0)
        .look()
    )
    assert (answered > 1.5 * half["load"]["ipis"][:3]).all()


def test_two_large_guests_fare_as_published(machine, bare):
    """Row B08 in kind: two guests of 32 VPs on 32 LPs, 2.36 with and 15.7 times without hint."""
    work = Closed(threads=32, cpu=Exponential(0.02), think=Exponential(1e-4))
    ratio = {}
    for hint in (True, False):
        some = {"virtual_processors": 32, "workload": work, "enlightened": hint}
        guests = [Guest(name=name, **some) for name in ("a", "b")]
        scenario = bare(*guests, lps=32, overheads=sending(900.0))
        look = machine(scenario).to(4.0).look()
        ratio[hint] = 32 * 4e9 / look["load"]["work_ns"][:2].mean()
    assert 2.0 < ratio[True] < 3.0
    assert 12.0 < ratio[False] < 20.0
