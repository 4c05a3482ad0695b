"""The policy boost_starved on views made by hand."""

import math

import pytest

from hvmc.policies.boosting import boost_starved
from hvmc.policies.choosing import policy_of
from hvmc.policies.priority import GuestView, HostView, static
from hvmc.scenario.guest import Priority
from hvmc.scenario.policy import BoostStarved, Static
from hvmc.scenario.settings import SettingsError

RULE = BoostStarved(wait_above_s=0.020, wait_below_s=0.005, factor=2.0, boost_max=8.0)


def guest(wait_s, weight=100, own=100, name="web", ready_share=0.1, **settings):
    return GuestView(
        name=name,
        priority=Priority(weight=weight, **settings),
        configured=Priority(weight=own, **settings),
        virtual_processors=2,
        lp_used=0.5,
        ready_share=ready_share,
        wait_per_dispatch_s=wait_s,
    )


def weights(*guests, rule=RULE, interval_s=1.0):
    changes = boost_starved(HostView(7.0, guests, interval_s), rule)
    return {name: priority.weight for name, priority in changes.items()}


@pytest.mark.parametrize(
    ("wait_s", "weight", "expected"),
    [
        (0.030, 100, 200),  # starves
        (0.030, 400, 800),
        (0.030, 500, 800),  # as far as boost_max
        (0.001, 800, 400),  # no longer starves
        (0.001, 150, 100),  # as far as its own
    ],
)
def test_weight_changes_by_the_factor_within_its_bounds(wait_s, weight, expected):
    assert weights(guest(wait_s, weight)) == {"web": expected}


@pytest.mark.parametrize(
    ("wait_s", "weight"),
    [
        (0.030, 800),  # at the most already
        (0.001, 100),  # at its own already
        (0.020, 100),  # thresholds belong to the band between them
        (0.005, 400),
        (0.010, 400),
        (0.001, 50),  # somebody else lowered it below its own
        (0.030, 900),  # somebody else raised it above the most
    ],
)
def test_weight_stays(wait_s, weight):
    assert weights(guest(wait_s, weight)) == {}


def test_weight_never_exceeds_what_hyperv_allows():
    assert weights(guest(0.030, 8000, own=8000)) == {"web": 10000}


def test_other_settings_stay():
    starved = guest(0.030, reserve=0.1, limit=0.5)
    changed = boost_starved(HostView(1.0, (starved,), 1.0), RULE)["web"]
    assert changed == Priority(weight=200, reserve=0.1, limit=0.5)


def test_a_guest_never_dispatched_starves_by_what_it_waited():
    """Ready for 10 % of a second, and no dispatch to divide by."""
    assert weights(guest(math.nan, ready_share=0.1)) == {"web": 200}
    assert weights(guest(math.nan, ready_share=0.1), interval_s=0.1) == {}
    assert weights(guest(math.nan, 400, ready_share=0.0)) == {"web": 200}


def test_guests_are_judged_one_by_one():
    view = (guest(0.030, name="a"), guest(0.001, name="b"), guest(0.001, 200, name="c"))
    assert weights(*view) == {"a": 200, "c": 100}


def test_it_comes_to_rest_at_its_own_weight():
    weight, seen = 100, []
    for wait_s in [0.030] * 5 + [0.001] * 5:
        weight = weights(guest(wait_s, weight)).get("web", weight)
        seen.append(weight)
    assert seen == [200, 400, 800, 800, 800, 400, 200, 100, 100, 100]


def test_settings_name_the_function():
    assert policy_of(Static()) is static
    view = HostView(1.0, (guest(0.030),), 1.0)
    assert policy_of(RULE)(view) == boost_starved(view, RULE)
    assert static(view) == {}


def test_thresholds_in_the_wrong_order_are_refused():
    with pytest.raises(SettingsError, match=r"wait_below_s must be <= wait_above_s \(0.02\)"):
        BoostStarved(wait_above_s=0.020, wait_below_s=0.021)
