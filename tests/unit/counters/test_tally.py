"""Counts by category: whole, complete, never falling, and those of the record."""

import itertools

import numpy as np
import pytest

import hvmc
from hvmc.counters import SampleInterval
from hvmc.counters.tally import HYPERCALLS, INTERCEPTS, WAYS, Counts, apportion
from hvmc.kernel.codes import DISK, NETWORK

WEIGHTS = [np.array([6200.0, 100, 300, 300, 800, 800, 500, 300, 300, 200, 100, 100, 64])]
WEIGHTS += [np.array([1.0]), np.array([1.0, 1.0, 1.0]), np.array([1e9, 1.0])]


def divided_one_by_one(total, weights):
    """Webster's method as its definition has it: each goes to the highest weight / (2 n + 1)."""
    parts = np.zeros(len(weights), dtype=np.int64)
    for _ in range(total):
        parts[np.argmax(weights / (2 * parts + 1))] += 1
    return parts


@pytest.mark.parametrize("weights", WEIGHTS, ids=len)
def test_apportion_follows_its_definition_and_never_takes_away(weights):
    before = np.zeros(len(weights), dtype=np.int64)
    for total in range(700):
        parts = np.array(apportion(total, weights))
        assert parts.sum() == total
        assert (parts >= before).all()
        before = parts
    assert (before == divided_one_by_one(699, weights)).all()


def test_apportion_keeps_proportions_of_large_totals():
    weights = WEIGHTS[0]
    parts = np.array(apportion(123_456_789, weights))
    assert parts.sum() == 123_456_789
    assert np.abs(parts - 123_456_789 * weights / weights.sum()).max() < len(weights)


def record(state, field, load):
    return int(state["load"][field][0][load])


def on_way(state, field, load, to=DISK):
    return int(state["way"][field][0][2 * load + to])


def at(scenario, seconds):
    """The record of a scenario after some time."""
    host = hvmc.HyperVHost(scenario, seed=5)
    host.run_until(seconds)
    return host.observed


def changed(scenario, **overheads):
    return scenario.replace(overheads=scenario.overheads.replace(**overheads))


@pytest.mark.parametrize("load", range(4))
def test_total_intercepts_are_the_records_and_the_sum_of_categories(mixed, looks, load):
    state = looks[-1]
    tally = Counts(mixed, state).guest(load)
    categories = [tally[name] for name in (*INTERCEPTS.values(), "Hypercalls/sec")]
    assert tally["Total Intercepts/sec"] == sum(categories)
    assert tally["Hypercalls/sec"] == sum(tally[name] for name in HYPERCALLS.values())
    counted = record(state, "intercepts", load) + record(state, "root_intercepts", load)
    signals = sum(Counts(mixed, state).io(load, to)["sent"] for to in WAYS)
    halts = int(state["partition"]["halts"][0][load])
    spins = int(state["partition"]["long_spin_waits"][0][load])
    assert tally["Long Spin Wait Hypercalls/sec"] == spins
    assert tally["Total Intercepts/sec"] == counted + signals + halts + spins
    assert tally["HLT Instructions/sec"] == halts > 0
    assert tally["Synthetic Interrupt Hypercalls/sec"] == signals


def test_io_instructions_are_those_that_the_root_handles(mixed, looks):
    for load in range(4):
        tally = Counts(mixed, looks[-1]).guest(load)
        assert tally["IO Instructions/sec"] == record(looks[-1], "root_intercepts", load)
    ports = mixed.overheads.io.port_accesses
    done = Counts(mixed, looks[-1]).io(1)["completed"]
    assert Counts(mixed, looks[-1]).guest(1)["IO Instructions/sec"] >= ports * done > 0


def test_messages_go_to_the_root_and_come_back(mixed, looks):
    for state in looks:
        for load, guest in enumerate(mixed.guests):
            for to, attachment in ((DISK, guest.io), (NETWORK, guest.network)):
                io = Counts(mixed, state).io(load, to)
                messages = on_way(state, "messages", load, to)
                assert io["sent"] + io["received"] == messages
                assert io["completed"] == on_way(state, "ios_done", load, to)
                if attachment.kind == "synthetic":
                    assert io["completed"] <= io["received"] <= io["sent"]
                else:
                    assert messages == 0
    assert Counts(mixed, looks[-1]).io(0)["completed"] > 100
    assert Counts(mixed, looks[-1]).io(0, NETWORK)["sent"] == 0
    assert Counts(mixed, looks[-1]).io(3, NETWORK)["completed"] > 100


def test_a_full_ring_holds_messages_back(mixed):
    """With room for one message, at most that one is sent and not yet taken by the root."""
    scenario = changed(mixed, io=mixed.overheads.io.replace(ring_messages=1, vsp_submit_s=2e-3))
    host = hvmc.HyperVHost(scenario, seed=5)
    waited = 0
    for step in range(1, 200):
        host.run_until(0.01 * step)
        state = host.observed
        io = Counts(mixed, state).io(0)
        waiting = int(state["way"]["ring_line"]["length"][0][DISK])
        waited += waiting
        assert io["sent"] >= io["received"] >= io["completed"]
        assert io["sent"] - io["completed"] == io["outstanding"] - waiting
    assert waited > 0
    assert on_way(state, "ring_full", 0) > 0


def test_pending_interrupts_are_a_share_of_virtual_ones(mixed, looks):
    for share in (0.0, 0.5, 1.0):
        interrupts = mixed.overheads.interrupts.replace(pending_share=share)
        tally = Counts(changed(mixed, interrupts=interrupts), looks[-1]).guest(0)
        virtual = tally["Virtual Interrupts/sec"]
        assert virtual > record(looks[-1], "interrupts", 0)
        assert tally["Pending Interrupts/sec"] == int(virtual * share)


def test_synthetic_interrupts_end_ios_of_synthetic_devices(mixed, looks):
    counts = [Counts(mixed, looks[-1]).guest(i)["Synthetic Interrupts/sec"] for i in range(4)]
    done = [sum(Counts(mixed, looks[-1]).io(i, to)["completed"] for to in WAYS) for i in range(4)]
    assert counts == [done[0], 0, 0, done[3]]
    assert counts[0] > 0


def test_what_is_off_is_not_counted(mixed):
    scenario = mixed.replace(overheads=hvmc.Overheads.none())
    tally = Counts(scenario, at(scenario, 1.0)).guest(0)
    assert {name for name, count in tally.items() if count} == {
        "HLT Instructions/sec",
        "Total Intercepts/sec",
    }


def test_categories_of_ones_own_count_as_other(mixed):
    own = (
        hvmc.Category("sgx", 1000.0, 1e-6),
        hvmc.Category("hypercall_mine", 500.0, 1e-6),
        hvmc.Category("msr", 250.0, 15e-6, 0.5, "root"),
    )
    scenario = changed(mixed, intercepts=mixed.overheads.intercepts.replace(enlightened=own))
    state = at(scenario, 1.0)
    tally = Counts(scenario, state).guest(2)
    others, hypercalls = tally["Other Intercepts/sec"], tally["Other Hypercalls/sec"]
    assert abs(others - 2 * hypercalls) <= 2  # whole numbers
    assert hypercalls > 50
    assert tally["MSR Accesses/sec"] == record(state, "root_intercepts", 2) > 0
    assert tally["IO Instructions/sec"] == 0


def test_intervals_add_up(mixed, looks, whole):
    pieces = [SampleInterval(mixed, *pair) for pair in itertools.pairwise(looks)]
    for load in range(4):
        for name, count in whole.tally(load).items():
            counts = [piece.tally(load)[name] for piece in pieces]
            assert sum(counts) == count
            assert min(counts) >= 0
