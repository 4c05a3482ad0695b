"""Policies on the running host: named in the scenario, or a user's own function."""

import pytest

import hvmc
from hvmc.model.host import HyperVHost
from hvmc.scenario.settings import SettingsError
from hvmc.trial import outcome_rows, simulate

CLOSED = hvmc.Closed(threads=4, cpu=hvmc.Exponential(0.020), think=hvmc.Exponential(0.020))
OFTEN = hvmc.BoostStarved(wait_above_s=0.015, wait_below_s=0.005)


@pytest.fixture
def crowded():
    """Web of weight 10 between two hogs on one LP: it starves until it is boosted."""
    hogs = [
        hvmc.Guest(name=name, virtual_processors=2, workload=CLOSED.replace(threads=8))
        for name in ("hog", "pig")
    ]
    web = hvmc.Guest(name="web", workload=CLOSED, priority=hvmc.Priority(weight=10))
    return hvmc.Scenario(
        host=hvmc.Host(logical_processors=1),
        guests=(*hogs, web),
        horizon_s=20.0,
        warmup_s=2.0,
        drain_s=5.0,
        policy=OFTEN.replace(wait_above_s=0.060, wait_below_s=0.030, boost_max=64.0),
    )


def rows(result):
    return [{k: v for k, v in row.items() if v == v} for row in outcome_rows(result)]


def test_the_starved_guest_is_boosted_and_gains(crowded):
    host = HyperVHost(crowded)
    host.run_for(0.999)
    assert host.guest("web").priority.weight == 10
    host.run_for(9.0)
    assert host.guest("web").priority.weight > 10
    assert host.guest("web").configured.weight == 10
    left_alone = simulate(crowded.replace(policy=hvmc.Static())).guest("web")
    assert simulate(crowded).guest("web").stretch < 0.8 * left_alone.stretch


def test_weights_go_back_when_the_crowd_is_gone(crowded):
    host = HyperVHost(crowded)
    host.run_for(10)
    boosted = host.guest("web").priority.weight
    for name in ("hog", "pig"):
        host.guest(name).priority.settings = hvmc.Priority(limit=0.05)
    host.run_for(20)
    assert host.guest("web").priority.weight == 10 < boosted


def test_a_threshold_out_of_reach_changes_no_bit(crowded):
    """Deciding, and so stopping the fine clock every second, leaves no trace."""
    idle = crowded.replace(policy=OFTEN.replace(wait_above_s=1e6, wait_below_s=0.0))
    left_alone = crowded.replace(policy=hvmc.Static())
    assert rows(simulate(idle)) == rows(simulate(left_alone))


def test_a_function_is_used_in_place_of_what_the_scenario_names(crowded):
    def favour(view):
        return {
            guest.name: guest.priority.replace(weight=5000)
            for guest in view.guests
            if guest.name == "web"
        }

    host = HyperVHost(crowded, policy=favour)
    host.run()
    assert host.guest("web").priority.weight == 5000
    assert host.guest("hog").priority.weight == 100
    own = simulate(crowded, policy=favour)
    assert own.guest("web").stretch < simulate(crowded).guest("web").stretch


def test_without_contention_a_weight_is_without_effect_virtually_and_natively(crowded):
    """To the bit, although it differs from second to second."""

    def restless(view):
        weight = 100 + 700 * (round(view.time_s) % 3)
        return {guest.name: guest.priority.replace(weight=weight) for guest in view.guests}

    alone = crowded.replace(
        guests=crowded.guests[:1],
        host=hvmc.Host(logical_processors=4),
        root=hvmc.Root(background_load=0.0),
        policy=hvmc.Static(),
    )
    found = rows(simulate(alone, policy=restless))
    assert found == rows(simulate(alone))
    assert found[0]["native_response_mean_s"] > 0


def test_the_root_scheduler_refuses_a_policy(crowded):
    with pytest.raises(SettingsError, match=r"policy.kind must be static under host.scheduler"):
        crowded.replace(host=crowded.host.replace(scheduler="root"))


def test_designs_hand_the_policy_on(crowded):
    design = hvmc.Design(guests=crowded.guests, policy=OFTEN)
    assert design.draw(seed=1, trial=0).policy == OFTEN
