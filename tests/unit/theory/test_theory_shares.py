"""Shares of saturated VPs: published and hand-computed splits, optimality, invariances."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from hvmc.theory import saturated_shares
from hvmc.theory.shares import ReserveRule

Vector = NDArray[np.float64]
Host = tuple[float, Vector, Vector, Vector]
rules: tuple[ReserveRule, ...] = ("floor", "first")
both_rules = pytest.mark.parametrize("rule", rules)
TOLERANCE = 1e-12  # algebra in float64, shares of order 1


@st.composite
def hosts(draw: st.DrawFn, most: int = 12) -> Host:
    """A capacity and VPs whose reserves fit into it; ties, zeros and equal bounds are common."""
    count = draw(st.integers(1, most))
    fractions = st.one_of(st.sampled_from([0.0, 0.25, 0.5, 1.0]), st.floats(0.0, 1.0))

    def column(values: st.SearchStrategy[float]) -> Vector:
        return np.array(draw(st.lists(values, min_size=count, max_size=count)))

    bounds = np.sort(np.stack([column(fractions), column(fractions)]), axis=0)
    weight = column(st.integers(1, 10_000).map(float))
    least = max(math.fsum(bounds[0]), 0.1)
    return draw(st.floats(least, max(least, count + 1.0))), bounds[0], bounds[1], weight


def is_fair(shares: Vector, host: Host, rule: ReserveRule) -> bool:
    """Whether all capacity is used and none who could give is above one who could take."""
    capacity, low, high, weight = host
    granted = shares if rule == "floor" else shares - low
    level = granted / weight
    can_fall = shares > low + TOLERANCE
    can_rise = shares < high - TOLERANCE
    sums = math.isclose(math.fsum(shares), min(capacity, math.fsum(high)), rel_tol=TOLERANCE)
    richest = np.max(level[can_fall], initial=0.0)
    poorest = np.min(level[can_rise], initial=math.inf)
    full = math.fsum(high) <= capacity
    return sums and (full or bool(richest <= poorest + TOLERANCE))


def test_published_split_of_6000_mhz() -> None:
    # Denneman 2010 (reference row B18), the host as one LP of 6000 MHz: VM1 wants 500 (1000
    # shares), VM2 has a reserve of 2250 (1000 shares), VM3 none (2000 shares)
    shares = saturated_shares(
        1, reserve=[0, 2250 / 6000, 0], limit=[500 / 6000, 1, 1], weight=[1000, 1000, 2000]
    )
    np.testing.assert_allclose(6000 * shares, [500, 2250, 3250], rtol=TOLERANCE)


def test_published_split_when_the_third_wants_less() -> None:
    # the same text's second case: VM3 levels out at 2000, the rest goes to VM2
    shares = saturated_shares(
        1, [0, 2250 / 6000, 0], [500 / 6000, 1, 2000 / 6000], [1000, 1000, 2000]
    )
    np.testing.assert_allclose(6000 * shares, [500, 3500, 2000], rtol=TOLERANCE)


def test_control_the_other_rule_does_not_give_the_published_split() -> None:
    shares = saturated_shares(
        1, [0, 2250 / 6000, 0], [500 / 6000, 1, 1], [1000, 1000, 2000], rule="first"
    )
    # 3250 beyond demand and reserve, shared 1 : 2
    expected = [500, 2250 + 3250 / 3, 2 * 3250 / 3]
    np.testing.assert_allclose(6000 * shares, expected, rtol=TOLERANCE)


@both_rules
def test_four_two_vp_guests_on_four_lps(rule: ReserveRule) -> None:
    shares = saturated_shares(4, [0] * 8, [1] * 8, [200] * 4 + [100] * 4, rule=rule)
    np.testing.assert_allclose(shares, [2 / 3] * 4 + [1 / 3] * 4, rtol=TOLERANCE)


@both_rules
def test_more_lps_than_vps_can_use(rule: ReserveRule) -> None:
    shares = saturated_shares(16, [0.5, 0, 0], [1, 0.25, 0.75], [1, 9, 100], rule=rule)
    assert shares.tolist() == [1.0, 0.25, 0.75]


@both_rules
def test_reserves_that_fill_the_host_are_the_shares(rule: ReserveRule) -> None:
    reserve = [0.75, 0.25, 0.5, 0.5]
    assert saturated_shares(2, reserve, [1] * 4, [1, 100, 5, 7], rule=rule).tolist() == reserve


@both_rules
def test_reserves_that_fill_the_host_up_to_rounding(rule: ReserveRule) -> None:
    assert math.fsum([7 / 25] * 25) > 7.0
    shares = saturated_shares(7, [7 / 25] * 25, [1] * 25, range(1, 26), rule=rule)
    np.testing.assert_allclose(shares, 7 / 25, rtol=TOLERANCE)


def test_a_capped_vp_hands_its_surplus_on() -> None:
    # 2 LPs, weights 4:1:1; the first is held to one LP, the others split the second
    assert saturated_shares(2, [0, 0, 0], [1, 1, 1], [4, 1, 1]).tolist() == [1.0, 0.5, 0.5]


@given(host=hosts(), rule=st.sampled_from(rules))
def test_shares_keep_bounds_and_use_the_capacity(host: Host, rule: ReserveRule) -> None:
    capacity, low, high, weight = host
    shares = saturated_shares(capacity, low, high, weight, rule=rule)
    assert np.all(shares >= low)
    assert np.all(shares <= high)
    used = min(capacity, math.fsum(high))
    assert math.fsum(shares) == pytest.approx(used, rel=TOLERANCE)


@given(host=hosts(), rule=st.sampled_from(rules))
def test_shares_are_weighted_max_min_fair(host: Host, rule: ReserveRule) -> None:
    capacity, low, high, weight = host
    assert is_fair(saturated_shares(capacity, low, high, weight, rule=rule), host, rule)


def test_control_the_fairness_check_refuses_other_splits() -> None:
    host = (2.0, np.zeros(3), np.ones(3), np.array([4.0, 1.0, 1.0]))
    assert is_fair(np.array([1.0, 0.5, 0.5]), host, "floor")
    assert not is_fair(np.array([2 / 3] * 3), host, "floor")  # weights ignored
    assert not is_fair(np.array([1.0, 1 / 3, 1 / 3]), host, "floor")  # surplus wasted
    assert not is_fair(np.array([1.0, 0.6, 0.4]), host, "first")


@given(host=hosts(), rule=st.sampled_from(rules), seed=st.integers(0, 2**32 - 1))
def test_order_of_vps_does_not_change_a_bit(host: Host, rule: ReserveRule, seed: int) -> None:
    capacity, low, high, weight = host
    order = np.random.default_rng(seed).permutation(low.size)
    shares = saturated_shares(capacity, low, high, weight, rule=rule)
    permuted = saturated_shares(capacity, low[order], high[order], weight[order], rule=rule)
    assert permuted.tolist() == shares[order].tolist()


@given(host=hosts(), rule=st.sampled_from(rules), power=st.integers(-6, 6))
def test_only_ratios_of_weights_matter(host: Host, rule: ReserveRule, power: int) -> None:
    capacity, low, high, weight = host
    shares = saturated_shares(capacity, low, high, weight, rule=rule)
    scaled = saturated_shares(capacity, low, high, 2.0**power * weight, rule=rule)
    assert scaled.tolist() == shares.tolist()


@given(host=hosts(), rule=st.sampled_from(rules), factor=st.floats(1.0, 100.0))
def test_more_weight_helps_its_owner_alone(host: Host, rule: ReserveRule, factor: float) -> None:
    capacity, low, high, weight = host
    before = saturated_shares(capacity, low, high, weight, rule=rule)
    heavier = weight * np.where(np.arange(weight.size) == 0, factor, 1.0)
    after = saturated_shares(capacity, low, high, heavier, rule=rule)
    assert after[0] >= before[0] - TOLERANCE
    assert np.all(after[1:] <= before[1:] + TOLERANCE)


@given(host=hosts(), rule=st.sampled_from(rules), more=st.floats(0.0, 4.0))
def test_more_lps_take_from_nobody(host: Host, rule: ReserveRule, more: float) -> None:
    capacity, low, high, weight = host
    before = saturated_shares(capacity, low, high, weight, rule=rule)
    after = saturated_shares(capacity + more, low, high, weight, rule=rule)
    assert np.all(after >= before - TOLERANCE)


@given(host=hosts())
def test_rules_agree_without_reserves(host: Host) -> None:
    capacity, low, high, weight = host
    none = np.zeros_like(low)
    floor = saturated_shares(capacity, none, high, weight, rule="floor")
    assert floor.tolist() == saturated_shares(capacity, none, high, weight, rule="first").tolist()


@given(host=hosts())
def test_a_reserve_is_worth_more_when_granted_first(host: Host) -> None:
    capacity, low, high, weight = host
    lone = np.where(np.arange(low.size) == 0, low, 0.0)
    floor = saturated_shares(capacity, lone, high, weight, rule="floor")
    first = saturated_shares(capacity, lone, high, weight, rule="first")
    assert first[0] >= floor[0] - TOLERANCE


def test_input_is_left_alone() -> None:
    limit = np.ones(2)
    saturated_shares(4, [0, 0], limit, [1, 1])[0] = 7.0
    assert limit.tolist() == [1.0, 1.0]


def test_refusals() -> None:
    with pytest.raises(
        ValueError, match=r"^sum of reserve must be <= 1 \(logical_processors\), got 1.5"
    ):
        saturated_shares(1, [0.75, 0.75], [1, 1], [1, 1])
    with pytest.raises(
        ValueError, match=r"^limit must be >= reserve, got limit\[1\] = 0.25 \(reser"
    ):
        saturated_shares(1, [0, 0.5], [1, 0.25], [1, 1])
    with pytest.raises(
        ValueError, match=r"^limit must be <= 1, got limit\[0\] = 1.5; a VP runs on "
    ):
        saturated_shares(1, [0, 0], [1.5, 1], [1, 1])
    with pytest.raises(
        ValueError, match=r"^reserve must be >= 0, got reserve\[0\] = -0.1, reserve\["
    ):
        saturated_shares(1, [-0.1, math.nan], [1, 1], [1, 1])
    with pytest.raises(
        ValueError, match=r"^weight must be finite and > 0, got weight\[1\] = 0.0; "
    ):
        saturated_shares(1, [0, 0], [1, 1], [1, 0])
    with pytest.raises(
        ValueError, match=r"^reserve, limit, weight must be as long as each other, "
    ):
        saturated_shares(1, [0, 0], [1], [1, 1])
    with pytest.raises(ValueError, match=r"^logical_processors must be finite and > 0, got 0; "):
        saturated_shares(0, [0], [1], [1])
    with pytest.raises(
        ValueError, match=r"^rule must be 'floor' or 'first', got 'last'; choose one"
    ):
        saturated_shares(1, [0], [1], [1], rule="last")  # type: ignore[arg-type]
