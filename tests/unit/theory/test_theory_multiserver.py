"""M/M/c: textbook values, an independent birth-death sum, tails that integrate to the means."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hvmc.theory import (
    NoSteadyStateError,
    erlang_b,
    erlang_c,
    mean_response_mm1,
    mean_response_mmc,
    mean_wait_mm1,
    mean_wait_mmc,
    response_quantile_mm1,
    response_quantile_mmc,
    response_tail_mm1,
    response_tail_mmc,
    wait_tail_mmc,
)

utilisations = st.floats(0.02, 0.97)
counts = st.integers(1, 64)


def test_erlang_b_of_two_erlang_on_three_servers() -> None:
    # (2^3/3!) / (1 + 2 + 2 + 4/3) = 4/19
    assert erlang_b(2.0, 3) == pytest.approx(4 / 19, rel=1e-12)


@pytest.mark.parametrize(("load", "servers"), [(1, 1), (5, 3), (7, 12), (30, 40)])
def test_erlang_b_is_the_truncated_poisson_sum(load: int, servers: int) -> None:
    terms = [Fraction(load**n, math.factorial(n)) for n in range(servers + 1)]
    assert erlang_b(load, servers) == pytest.approx(float(terms[-1] / sum(terms)), rel=1e-12)


def test_eye_clinic() -> None:
    # Gross et al., Fundamentals of Queueing Theory, chapter 2: 6 patients an hour, 3 doctors of
    # 3 an hour each: p0 = 1/9, P(wait) = 4/9, Wq = 4/27 h, W = 13/27 h
    assert erlang_c(2.0, 3) == pytest.approx(4 / 9, rel=1e-12)
    assert mean_wait_mmc(6.0, 3.0, 3) == pytest.approx(4 / 27, rel=1e-12)
    assert mean_response_mmc(6.0, 3.0, 3) == pytest.approx(13 / 27, rel=1e-12)


def test_four_servers_alone_exceed_the_suffering_threshold_at_065() -> None:
    assert 1.25 < mean_response_mmc(0.65 * 4, 1.0, 4) < 1.26


@given(utilisation=utilisations, servers=counts)
def test_wait_equals_the_birth_death_sum(utilisation: float, servers: int) -> None:
    load = utilisation * servers
    steps = servers + int(60 / -math.log(utilisation))  # beyond: less than e^-60 of the mass
    n = np.arange(1, steps + 1)
    log_weights = np.append(0.0, np.cumsum(np.log(load / np.minimum(n, servers))))
    weights = np.exp(log_weights - log_weights.max())
    waiting = np.maximum(np.arange(steps + 1) - servers, 0)
    queued = float(weights @ waiting / weights.sum())
    assert load * mean_wait_mmc(load, 1.0, servers) == pytest.approx(queued, rel=1e-9)


@given(utilisation=utilisations)
def test_one_server_is_mm1(utilisation: float) -> None:
    assert mean_wait_mmc(utilisation, 1.0, 1) == pytest.approx(
        mean_wait_mm1(utilisation, 1.0), rel=1e-12
    )
    assert response_tail_mmc(2.0, utilisation, 1.0, 1) == pytest.approx(
        response_tail_mm1(2.0, utilisation, 1.0), rel=1e-12
    )
    assert response_quantile_mmc(0.9, utilisation, 1.0, 1) == pytest.approx(
        response_quantile_mm1(0.9, utilisation, 1.0), rel=1e-12
    )


@given(utilisation=utilisations, servers=counts)
def test_one_pool_waits_less_than_separate_queues(utilisation: float, servers: int) -> None:
    pooled = mean_wait_mmc(utilisation * servers, 1.0, servers)
    assert pooled <= mean_wait_mm1(utilisation, 1.0) * (1.0 + 1e-12)


def test_control_two_slow_servers_are_not_one_fast() -> None:
    # M/M/2 waits less, but responds later, than M/M/1 of the double speed: 1/(1-rho^2) against 1/2
    # of 1/(1-rho), at rho = 1/2: 4/3 and 1
    assert mean_response_mmc(1.0, 1.0, 2) == pytest.approx(4 / 3, rel=1e-12)
    assert mean_response_mm1(1.0, 2.0) == 1.0


@pytest.mark.parametrize(("load", "servers"), [(0.5, 1), (1.0, 2), (1.9, 2), (3.0, 4), (12.8, 16)])
def test_tails_integrate_to_the_means(load: float, servers: int) -> None:
    from scipy.integrate import quad

    wait_s = quad(wait_tail_mmc, 0.0, math.inf, (load, 1.0, servers))[0]
    response_s = quad(response_tail_mmc, 0.0, math.inf, (load, 1.0, servers))[0]
    assert wait_s == pytest.approx(mean_wait_mmc(load, 1.0, servers), rel=1e-8)
    assert response_s == pytest.approx(mean_response_mmc(load, 1.0, servers), rel=1e-8)


def test_response_tail_where_drain_and_service_rate_meet() -> None:
    # load c - 1: P(T > t) = e^-t (1 + C t), C(2, 1) = 1/3
    expected = math.exp(-3.0) * (1.0 + 1.0)
    assert response_tail_mmc(3.0, 1.0, 1.0, 2) == pytest.approx(expected, rel=1e-12)
    assert response_tail_mmc(3.0, 1.0 + 1e-12, 1.0, 2) == pytest.approx(expected, rel=1e-10)


@given(utilisation=utilisations, servers=counts, probability=st.floats(0.01, 0.999))
def test_quantile_inverts_the_tail(utilisation: float, servers: int, probability: float) -> None:
    arguments = (0.01 * utilisation * servers, 0.01, servers)
    time_s = response_quantile_mmc(probability, *arguments)
    assert response_tail_mmc(time_s, *arguments) == pytest.approx(1.0 - probability, rel=1e-11)


def test_quantile_at_zero() -> None:
    assert response_quantile_mmc(0.0, 1.0, 1.0, 2) == 0.0


def test_many_servers_leave_bare_service() -> None:
    assert mean_wait_mmc(500.0, 1.0, 1000) == pytest.approx(0.0, abs=1e-60)
    assert response_tail_mmc(1.0, 500.0, 1.0, 1000) == pytest.approx(math.exp(-1.0), rel=1e-12)


def test_refusals() -> None:
    with pytest.raises(NoSteadyStateError, match=r"< 4 \(the number of servers\), got 4;"):
        erlang_c(4.0, 4)
    with pytest.raises(NoSteadyStateError, match=r"got 4\.2;"):
        mean_wait_mmc(2.1, 0.5, 4)
    with pytest.raises(ValueError, match=r"^offered_load must be finite and >= 0, got -1.0; "):
        erlang_c(-1.0, 4)
    with pytest.raises(ValueError, match=r"^servers must be a whole number >= 0, got -1; "):
        erlang_b(1.0, -1)
    with pytest.raises(ValueError, match=r"^probability must be >= 0 and < 1, got -0.1; "):
        response_quantile_mmc(-0.1, 1.0, 1.0, 2)
