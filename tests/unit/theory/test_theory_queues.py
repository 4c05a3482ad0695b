"""One-server queues: textbook values, limits, refusals."""

import math
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hvmc.theory import (
    NoSteadyStateError,
    blocking_mm1k,
    mean_response_mg1,
    mean_response_mm1,
    mean_wait_mg1,
    mean_wait_mm1,
    response_quantile_mm1,
    response_tail_mm1,
    steady_offered_load,
)

loads = st.floats(0.01, 0.95)
rates = st.floats(1e-3, 1e3)


def test_mm1_at_load_three_quarters() -> None:
    # lambda = 3, mu = 4: response 1/(4-3), wait 3/4, and L = rho/(1-rho) = 3 = lambda T
    assert mean_response_mm1(3.0, 4.0) == 1.0
    assert mean_wait_mm1(3.0, 4.0) == 0.75


def test_mm1_without_arrivals_is_bare_service() -> None:
    assert mean_response_mm1(0.0, 4.0) == 0.25
    assert mean_wait_mm1(0.0, 4.0) == 0.0


@given(load=loads, service=rates)
def test_mm1_response_is_wait_plus_service(load: float, service: float) -> None:
    arrival = load * service
    total = mean_wait_mm1(arrival, service) + 1.0 / service
    assert mean_response_mm1(arrival, service) == pytest.approx(total, rel=1e-12)


def test_mm1_median_is_ln_two_means() -> None:
    assert response_quantile_mm1(0.5, 3.0, 4.0) == pytest.approx(math.log(2.0), rel=1e-15)


@given(load=loads, service=rates, probability=st.floats(0.0, 0.999))
def test_mm1_tail_inverts_quantile(load: float, service: float, probability: float) -> None:
    time_s = response_quantile_mm1(probability, load * service, service)
    tail = response_tail_mm1(time_s, load * service, service)
    assert tail == pytest.approx(1.0 - probability, rel=1e-12)


def test_deterministic_service_halves_the_wait() -> None:
    assert mean_wait_mg1(3.0, 4.0, service_cv=0.0) == 0.375
    assert mean_response_mg1(3.0, 4.0, service_cv=0.0) == 0.625


def test_wait_of_hyperexponential_service_by_second_moment() -> None:
    # service 1 or 3 with chance 1/2 each: mean 2, E[S^2] = 5, cv^2 = 1/4; lambda = 0.3
    # Pollaczek-Khinchine in moments: lambda E[S^2] / (2 (1 - rho)) = 0.3*5/(2*0.4)
    assert mean_wait_mg1(0.3, 0.5, service_cv=0.5) == pytest.approx(1.875, rel=1e-12)


@given(load=loads, service=rates)
def test_mg1_with_exponential_service_is_mm1(load: float, service: float) -> None:
    wait_s = mean_wait_mg1(load * service, service, service_cv=1.0)
    assert wait_s == mean_wait_mm1(load * service, service)


def test_control_mg1_with_other_variability_is_not_mm1() -> None:
    assert mean_wait_mg1(3.0, 4.0, service_cv=2.0) == 2.5 * mean_wait_mm1(3.0, 4.0)


@pytest.mark.parametrize("load", [0.3, 0.999999, 1.0, 1.0000001, 2.5])
@pytest.mark.parametrize("places", [1, 4, 20])
def test_blocking_is_the_last_of_the_geometric_weights(load: float, places: int) -> None:
    weights = [load**n for n in range(places + 1)]
    assert blocking_mm1k(load, 1.0, places) == pytest.approx(
        weights[-1] / math.fsum(weights), rel=1e-9
    )


def test_blocking_with_one_place_is_busy_share() -> None:
    assert blocking_mm1k(1.0, 3.0, places=1) == pytest.approx(0.25, rel=1e-12)


def test_blocking_limits_do_not_overflow() -> None:
    assert blocking_mm1k(0.0, 1.0, places=3) == 0.0
    assert blocking_mm1k(0.5, 1.0, places=100_000) == 0.0
    assert blocking_mm1k(4.0, 1.0, places=100_000) == pytest.approx(0.75, rel=1e-12)


@given(load=st.floats(0.1, 5.0), places=st.integers(1, 50))
def test_lost_and_served_add_up(load: float, places: int) -> None:
    blocked = blocking_mm1k(load, 1.0, places)
    idle = blocking_mm1k(1.0, load, places)  # the chain read backwards: p_0 is its mirror's p_K
    assert load * (1.0 - blocked) == pytest.approx(1.0 - idle, rel=1e-9)


@pytest.mark.parametrize("arrival", [1.0, 1.2])
def test_overload_is_refused_with_its_load(arrival: float) -> None:
    with pytest.raises(NoSteadyStateError, match=r"offered load must be < 1 .*; lower") as caught:
        mean_wait_mm1(arrival, 1.0)
    assert caught.value.offered_load == arrival
    assert caught.value.servers == 1


def test_the_error_survives_a_process_boundary() -> None:
    error = pickle.loads(pickle.dumps(NoSteadyStateError(4.5, 4)))
    assert (error.offered_load, error.servers) == (4.5, 4)
    assert str(error) == (
        "offered load must be < 4 (the number of servers), got 4.5; "
        "lower the arrival rate, shorten the service or add servers"
    )


def test_out_of_range_input_names_path_rule_value_and_remedy() -> None:
    with pytest.raises(ValueError, match=r"^service_rate_per_s must be finite and > 0, got 0.0; g"):
        mean_wait_mm1(0.5, 0.0)
    with pytest.raises(ValueError, match=r"^arrival_rate_per_s must be finite and >= 0, got nan; "):
        mean_wait_mm1(math.nan, 1.0)
    with pytest.raises(ValueError, match=r"^service_cv must be finite and >= 0, got -1.0; "):
        mean_wait_mg1(0.5, 1.0, -1.0)
    with pytest.raises(ValueError, match=r"^probability must be >= 0 and < 1, got 1.0; "):
        response_quantile_mm1(1.0, 0.5, 1.0)
    with pytest.raises(ValueError, match=r"^places must be a whole number >= 1, got 0; "):
        blocking_mm1k(0.5, 1.0, 0)
    with pytest.raises(ValueError, match=r"^servers must be a whole number >= 1, got 1.5; "):
        steady_offered_load(0.5, 1.0, 1.5)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"^time_s must be finite and >= 0, got -0.1; "):
        response_tail_mm1(-0.1, 0.5, 1.0)
