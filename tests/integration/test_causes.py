"""Coalitions of causes: the native end, the virtual end, and what lies between."""

import math

import numpy as np
import pytest

from hvmc.analysis.causes import shapley
from hvmc.model.host import HyperVHost
from hvmc.model.measuring import measured_requests
from hvmc.scenario.distributions import Deterministic, Exponential, Lognormal
from hvmc.scenario.guest import Guest, Priority
from hvmc.scenario.host import Dispatch, Host, Root
from hvmc.scenario.scenario import Scenario
from hvmc.scenario.workload import Batch, Closed, Open, Trace
from hvmc.trial import PLAYERS, causes, outcome_rows, simulate
from hvmc.trial.coalitions import SWITCHES, alone, is_bare, with_players
from hvmc.trial.native import NativeRuns

FULL = (1 << len(PLAYERS)) - 1
BIT = {player: 1 << number for number, player in enumerate(PLAYERS)}
WINDOW = {"horizon_s": 4.0, "warmup_s": 0.5}

CLOSED = Closed(
    threads=12,
    cpu=Lognormal(0.004, 1.0),
    think=Exponential(0.02),
    io=Exponential(0.001),
    ios=2,
)
GUESTS = (
    Guest(name="web", virtual_processors=2, workload=CLOSED, role="victim"),
    Guest(
        name="queue",
        virtual_processors=3,
        workload=Open(interarrival=Exponential(0.004), cpu=Exponential(0.004), threads=8),
        priority=Priority(limit=0.8),
    ),
    Guest(
        name="job",
        virtual_processors=2,
        workload=Batch(workers=3, tasks=9, iterations=3, cpu=Exponential(0.01)),
    ),
    Guest(
        name="old",
        virtual_processors=2,
        workload=Trace(demand_lps=(0.5, 1.5), interval_s=1.0, threads=4, cpu=Exponential(0.005)),
        priority=Priority(weight=300, reserve=0.1),
    ),
)
MIXED = Scenario(host=Host(logical_processors=4), guests=GUESTS, **WINDOW)


@pytest.fixture(scope="module")
def mixed():
    return simulate(MIXED, seed=3, causes=True)


def contributions(result):
    return dict(zip(PLAYERS, shapley(result.coalitions).T, strict=True))


def test_contributions_add_up_to_the_log_stretch(mixed):
    log_stretch = np.log([guest.stretch for guest in mixed.guests])
    assert np.abs(shapley(mixed.coalitions).sum(axis=1) - log_stretch).max() < 1e-12
    assert (mixed.coalitions[:, FULL] == log_stretch).all()
    assert (mixed.coalitions[:, 0] == 0.0).all()


def test_all_other_outcomes_stay_as_they_were(mixed):
    assert repr(outcome_rows(mixed)) == repr(outcome_rows(simulate(MIXED, seed=3)))


def test_sizing_alone_is_the_sizing_of_the_stretch():
    """Without interference, which bare machines have too but the coalition lacks."""
    overheads = MIXED.overheads.without("interference")
    found = simulate(MIXED.replace(overheads=overheads), seed=3, causes=True)
    sizing = np.log([guest.sizing for guest in found.guests])
    assert (found.coalitions[:, BIT["sizing"]] == sizing).all()
    assert found.coalitions[0, BIT["sizing"]] > 0.1


def test_mechanisms_that_are_off_or_absent_get_exactly_nothing(mixed):
    found = contributions(mixed)
    for player in ("sharing", "intercepts"):
        assert (found[player] > 0.0).all()
    for player in filter(is_absent, SWITCHES):
        assert (found[player] == 0.0).all()
    off = MIXED.replace(overheads=MIXED.overheads.without("intercepts"))
    assert (contributions(simulate(off, causes=True))["intercepts"] == 0.0).all()


def is_absent(player):
    """Say whether the default overheads have no mechanism of a player that is on."""
    return is_bare(with_players(MIXED, frozenset({player})).overheads)


def test_sizing_of_guests_with_adequate_processors_is_nothing():
    enough = Closed(threads=4, cpu=Exponential(0.010), think=Exponential(0.030))
    guests = tuple(
        Guest(name=name, virtual_processors=2, workload=enough) for name in ("one", "two")
    )
    scenario = Scenario(host=Host(logical_processors=2), guests=guests, **WINDOW)
    found = contributions(simulate(scenario, causes=True))
    assert (found["sizing"] == 0.0).all()
    assert (found["sharing"] > 0.1).all()


def test_a_guest_that_has_the_host_to_itself_shares_nothing():
    scenario = Scenario(
        host=Host(logical_processors=2),
        guests=(GUESTS[0],),
        root=Root(background_load=0.0),
        overheads=MIXED.overheads.without("switch"),
        **WINDOW,
    )
    found = contributions(simulate(scenario, causes=True))
    assert found["sharing"].tolist() == [0.0]
    assert found["sizing"] == 0.0  # the host has no more processors than the guest
    assert found["intercepts"] > 0.0


HOSTS = [
    Host(logical_processors=4),
    Host(logical_processors=4, threads_per_core=2, scheduler="core"),
    Host(logical_processors=2),
]


@pytest.mark.parametrize("dispatch", [Dispatch(), Dispatch(rule="fair_queue")])
@pytest.mark.parametrize("host", HOSTS, ids=["plain", "smt", "fewer LPs than VPs"])
def test_alone_without_mechanisms_a_guest_runs_as_natively(host, dispatch):
    """Every response time to the nanosecond, with the guest's own and with adequate processors."""
    light = GUESTS[1].replace(workload=GUESTS[1].workload.replace(interarrival=Exponential(0.012)))
    guests = (GUESTS[0], light, *GUESTS[2:])
    overheads = MIXED.overheads.without("interference")
    scenario = MIXED.replace(host=host, dispatch=dispatch, guests=guests, overheads=overheads)
    full = HyperVHost(scenario, seed=3)
    full.run()
    requests = measured_requests(full.final_state, guests)
    runs = NativeRuns(scenario, full.machine, full.working_sets)
    for present, baseline in ((frozenset({"sizing"}), "same_size"), (frozenset(), "adequate")):
        world = with_players(scenario, present)
        for guest, native in zip(world.guests, runs.baseline(baseline).guests, strict=True):
            run = HyperVHost(alone(world, guest), seed=3, requests=requests)
            run.run()
            assert run.responses.of(0).tolist() == native.response_s.finished_ns.tolist()
            assert native.response_s.count > 0


def test_the_check_above_notices_a_mechanism():
    full = HyperVHost(MIXED, seed=3)
    full.run()
    requests = measured_requests(full.final_state, GUESTS)
    native = NativeRuns(MIXED, full.machine, full.working_sets).baseline("same_size").guests[0]
    world = with_players(MIXED, frozenset({"sizing", "intercepts"}))
    run = HyperVHost(alone(world, GUESTS[0]), seed=3, requests=requests)
    run.run()
    assert len(run.responses.of(0)) == native.response_s.count
    assert run.responses.of(0).tolist() != native.response_s.finished_ns.tolist()


def test_measuring_a_run_by_its_own_requests_changes_nothing():
    by_time = HyperVHost(MIXED, seed=3)
    by_time.run()
    requests = measured_requests(by_time.final_state, GUESTS)
    by_index = HyperVHost(MIXED, seed=3, requests=requests)
    by_index.run()
    for load in range(len(GUESTS)):
        assert by_index.responses.of(load).tolist() == by_time.responses.of(load).tolist()
    with pytest.raises(KeyError, match="queue"):
        HyperVHost(MIXED, seed=3, requests={"web": requests["web"]})


def test_native_runs_of_the_same_requests_are_the_trials_own():
    full = HyperVHost(MIXED, seed=3)
    full.run()
    fresh = HyperVHost(MIXED, seed=3, requests=measured_requests(full.final_state, GUESTS))
    for one, other in zip(
        NativeRuns(MIXED, fresh.machine, fresh.working_sets).baseline("adequate").guests,
        NativeRuns(MIXED, full.machine, full.working_sets).baseline("adequate").guests,
        strict=True,
    ):
        assert one.response_s.finished_ns.tolist() == other.response_s.finished_ns.tolist()


def test_what_bare_machines_pay_too_counts_beyond_that_alone(monkeypatch):
    """A cache refill that is a player is on or off natively as well."""
    monkeypatch.setitem(SWITCHES, "memory", ("refill",))
    overheads = MIXED.overheads.without("nested_paging")
    result = simulate(MIXED.replace(overheads=overheads), seed=3, causes=True)
    found = contributions(result)
    log_stretch = np.log([guest.stretch for guest in result.guests])
    assert np.abs(sum(found.values()) - log_stretch).max() < 1e-12
    assert (result.coalitions[:, 0] == 0.0).all()
    # alone it costs virtually what it costs natively: the first burst of each thread is refilled
    assert np.abs(result.coalitions[:, BIT["memory"]]).max() == 0.0
    assert np.abs(found["memory"]).max() > 1e-4


def test_equal_worlds_are_run_once(monkeypatch):
    runs = []

    class Counted(HyperVHost):
        def run(self):
            runs.append(self.scenario)
            super().run()

    monkeypatch.setattr(causes, "HyperVHost", Counted)
    simulate(MIXED, seed=3, causes=True)
    players = [player for player in SWITCHES if not is_absent(player)]
    together = [world for world in runs if len(world.guests) > 1]
    assert len(together) == 2 ** (1 + len(players)) - 1  # sizing and these; one is the trial's own
    assert len(set(runs)) == len(runs)


def test_adequate_processors_keep_the_total_reserve():
    victim = GUESTS[0].replace(priority=Priority(reserve=1.0))
    scenario = MIXED.replace(guests=(victim, *GUESTS[1:3]))
    (found, *_) = with_players(scenario, frozenset(PLAYERS) - {"sizing"}).guests
    assert found.virtual_processors == 3
    assert found.priority.reserve == pytest.approx(2 / 3)
    assert with_players(scenario, frozenset(PLAYERS)) == scenario


def test_a_guest_without_requests_has_no_contributions():
    rare = Open(interarrival=Deterministic(1e6), cpu=Deterministic(0.001))
    guests = (GUESTS[0], Guest(name="rare", workload=rare))
    found = simulate(MIXED.replace(guests=guests), causes=True).coalitions
    assert np.isfinite(found[0]).all()
    assert np.isnan(found[1]).all()
    assert all(math.isnan(value) for value in shapley(found)[1])
