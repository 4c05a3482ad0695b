"""Machine repairman against hand computation, mean value analysis and its limits; bounds."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hvmc.theory import (
    asymptotic_bounds,
    customers_at_servers,
    machine_repairman,
    mean_response_mmc,
)

populations = st.integers(1, 60)
times = st.floats(1e-4, 1e2)
counts = st.integers(1, 8)


def test_two_customers_by_hand() -> None:
    # Z = S = 1, c = 1: weights 1, 2, 2; X = 0.8, mean inside 1.2, R = 1.5 = N/X - Z
    two = machine_repairman(2, think_s=1.0, service_s=1.0)
    assert two.throughput_per_s == pytest.approx(0.8, rel=1e-12)
    assert two.mean_response_s == pytest.approx(1.5, rel=1e-12)
    assert two.mean_wait_s == pytest.approx(0.5, rel=1e-12)
    assert two.utilisation == pytest.approx(0.8, rel=1e-12)


def test_two_servers_three_customers_by_hand() -> None:
    # Z = S = 1, c = 2: weights 1, 3, 3, 3/2 -> busy = (3 + 6 + 3)/8.5, waiting 1.5/8.5
    three = machine_repairman(3, think_s=1.0, service_s=1.0, servers=2)
    assert three.throughput_per_s == pytest.approx(24 / 17, rel=1e-12)
    assert three.mean_wait_s == pytest.approx(1 / 8, rel=1e-12)


def mean_value_analysis(customers: int, think_s: float, service_s: float) -> float:
    """Mean response of one station by the arrival theorem, customer by customer."""
    inside = response_s = 0.0
    for population in range(1, customers + 1):
        response_s = service_s * (1.0 + inside)
        inside = population * response_s / (think_s + response_s)
    return response_s


@given(customers=populations, think_s=times, service_s=times)
def test_one_server_is_mean_value_analysis(
    customers: int, think_s: float, service_s: float
) -> None:
    exact = machine_repairman(customers, think_s, service_s)
    by_arrival_theorem = mean_value_analysis(customers, think_s, service_s)
    assert exact.mean_response_s == pytest.approx(by_arrival_theorem, rel=1e-9)


@given(customers=populations, think_s=times, service_s=times, servers=counts)
def test_operational_laws(customers: int, think_s: float, service_s: float, servers: int) -> None:
    chance = customers_at_servers(customers, think_s, service_s, servers)
    queue = machine_repairman(customers, think_s, service_s, servers)
    assert chance.shape == (customers + 1,)
    assert math.fsum(chance) == pytest.approx(1.0, rel=1e-12)
    cycle_s = think_s + queue.mean_response_s
    assert queue.throughput_per_s * cycle_s == pytest.approx(customers, rel=1e-9)
    assert queue.utilisation * servers == pytest.approx(
        queue.throughput_per_s * service_s, rel=1e-12
    )
    assert queue.mean_response_s == pytest.approx(queue.mean_wait_s + service_s, rel=1e-12)


@given(customers=populations, think_s=times, service_s=times, servers=counts)
def test_exact_values_lie_within_the_bounds(
    customers: int, think_s: float, service_s: float, servers: int
) -> None:
    queue = machine_repairman(customers, think_s, service_s, servers)
    bounds = asymptotic_bounds(customers, think_s, [service_s], [servers])
    slack = 1.0 + 1e-9
    assert bounds.throughput_low_per_s <= queue.throughput_per_s * slack
    assert queue.throughput_per_s <= bounds.throughput_high_per_s * slack
    assert bounds.response_low_s <= queue.mean_response_s * slack
    assert queue.mean_response_s <= bounds.response_high_s * slack


def test_enough_servers_leave_no_wait() -> None:
    assert machine_repairman(4, 1.0, 1.0, servers=4).mean_response_s == 1.0


def test_without_thinking_all_are_always_inside() -> None:
    queue = machine_repairman(6, think_s=0.0, service_s=2.0, servers=3)
    assert queue.mean_response_s == 4.0
    assert queue.utilisation == 1.0
    assert customers_at_servers(6, 0.0, 2.0, 3).tolist() == [0.0] * 6 + [1.0]


def test_large_population_tends_to_the_open_queue() -> None:
    open_s = mean_response_mmc(2.4, 1.0, 3)
    gaps = []
    for customers in (1_000, 10_000, 100_000):
        queue = machine_repairman(customers, customers / 2.4, service_s=1.0, servers=3)
        gaps.append(abs(queue.mean_response_s - open_s))
    # the difference is of order 1/N: each tenfold population leaves about a tenth of it
    np.testing.assert_allclose(np.diff(np.log10(gaps)), -1.0, atol=0.05)


def test_saturated_response_is_the_heavy_load_asymptote() -> None:
    queue = machine_repairman(200, think_s=10.0, service_s=1.0, servers=4)
    assert queue.mean_response_s == pytest.approx(200 * 1.0 / 4 - 10.0, rel=1e-12)


def test_bounds_of_three_stations_by_hand() -> None:
    # D = 0.5 + 0.8 + 0.2, bottleneck 0.8 over 2 servers and 0.5 over 1: 0.5
    bounds = asymptotic_bounds(10, 6.0, [0.5, 0.8, 0.2], [1, 2, 1])
    assert bounds.throughput_low_per_s == pytest.approx(10 / 21, rel=1e-12)
    assert bounds.throughput_high_per_s == pytest.approx(10 / 7.5, rel=1e-12)
    assert bounds.response_low_s == pytest.approx(1.5, rel=1e-12)
    assert bounds.response_high_s == pytest.approx(15.0, rel=1e-12)
    assert bounds.saturation_customers == pytest.approx(15.0, rel=1e-12)


def test_bounds_meet_for_one_customer() -> None:
    bounds = asymptotic_bounds(1, 6.0, [0.5, 1.0])
    assert bounds.throughput_low_per_s == bounds.throughput_high_per_s
    assert bounds.response_low_s == bounds.response_high_s == 1.5


def test_control_throughput_without_queueing_breaks_the_bound() -> None:
    bounds = asymptotic_bounds(40, 10.0, [1.0])
    assert bounds.throughput_high_per_s < 40 / (10.0 + 1.0)


def test_refusals() -> None:
    with pytest.raises(ValueError, match=r"^customers must be a whole number >= 1, got 0; "):
        machine_repairman(0, 1.0, 1.0)
    with pytest.raises(ValueError, match=r"^think_s must be finite and >= 0, got -1.0; "):
        machine_repairman(1, -1.0, 1.0)
    with pytest.raises(ValueError, match=r"^service_s must be finite and > 0, got 0.0; "):
        machine_repairman(1, 1.0, 0.0)
    with pytest.raises(ValueError, match=r"got demands_s\[1\] = 0.0, demands_s\[2\] = nan; leave"):
        asymptotic_bounds(1, 1.0, [1.0, 0.0, math.nan])
    with pytest.raises(ValueError, match=r"^servers must be of shape \(2,\), got \(1,\); match"):
        asymptotic_bounds(1, 1.0, [1.0, 1.0], [1])
    with pytest.raises(ValueError, match=r"^servers\[1\] must be a whole number >= 1, got 0; "):
        asymptotic_bounds(1, 1.0, [1.0, 1.0], [1, 0])
    with pytest.raises(ValueError, match=r"^demands_s must be of shape \(n,\), n >= 1, got \(0,\)"):
        asymptotic_bounds(1, 1.0, [])
