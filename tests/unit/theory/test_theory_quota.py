"""CPU limits walked period by period, and interrupted service as an absorbing Markov chain."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hvmc.theory import (
    completion_time,
    interrupted_service,
    limit_stretch,
    mean_completion_time,
    mean_response_mg1,
    mean_response_mm1,
)


@st.composite
def quotas(draw: st.DrawFn) -> tuple[int, int]:
    """Quota and period in whole units."""
    period = draw(st.integers(1, 40))
    return draw(st.integers(1, period)), period


def walk(work: int, quota: int, period: int, phase: int, used: int) -> int:
    """Elapsed time, one unit at a time."""
    now = phase
    while work:
        if now % period == 0 and now > phase:
            used = 0
        if used < quota:
            used, work = used + 1, work - 1
        now += 1
    return now - phase


@given(quota_period=quotas(), work=st.integers(0, 200), data=st.data())
def test_completion_is_the_walk(
    quota_period: tuple[int, int], work: int, data: st.DataObject
) -> None:
    quota, period = quota_period
    phase = data.draw(st.integers(0, period - 1))
    used = data.draw(st.integers(0, min(phase, quota)))
    elapsed = completion_time(work, quota, period, phase, used)
    assert elapsed == walk(work, quota, period, phase, used)
    assert isinstance(elapsed, int)


def test_quota_of_5_in_20_ms_by_hand() -> None:
    # 12 ms of work from the start of a period: 5 + 5 + 2, capped for 15 ms twice
    assert completion_time(12, quota=5, period=20) == 42
    # 2 ms before its end with an untouched quota: 2, then 5, then 5: no cap at the first boundary
    assert completion_time(12, quota=5, period=20, phase=18) == 27
    # capped already: waits for the boundary
    assert completion_time(1, quota=5, period=20, phase=18, used=5) == 3


@given(quota_period=quotas(), data=st.data())
def test_a_burst_within_an_untouched_quota_is_never_delayed(
    quota_period: tuple[int, int], data: st.DataObject
) -> None:
    quota, period = quota_period
    work = data.draw(st.integers(0, quota))
    phase = data.draw(st.integers(0, period - 1))
    assert completion_time(work, quota, period, phase) == work


@given(quota_period=quotas(), periods=st.integers(1, 1000))
def test_long_run_stretch_is_one_over_the_limit(
    quota_period: tuple[int, int], periods: int
) -> None:
    quota, period = quota_period
    elapsed = completion_time(quota * periods, quota, period)
    assert elapsed == (periods - 1) * period + quota
    stretch = limit_stretch(quota / period)
    assert elapsed / (quota * periods) == pytest.approx(stretch, abs=stretch / periods)


def test_control_a_short_burst_has_not_the_long_run_stretch() -> None:
    assert completion_time(5, quota=5, period=20) / 5 == 1.0
    assert limit_stretch(5 / 20) == 4.0


@given(quota_period=quotas(), work=st.integers(0, 200))
def test_mean_is_the_integral_over_the_phase(quota_period: tuple[int, int], work: int) -> None:
    quota, period = quota_period
    # in half units the elapsed time is linear between whole phases: midpoints integrate exactly
    halves = [completion_time(2 * work, 2 * quota, 2 * period, 2 * x + 1) for x in range(period)]
    mean = mean_completion_time(work, quota, period)
    assert mean == pytest.approx(sum(halves) / (2 * period), rel=1e-12)


def test_whole_machine_is_not_delayed() -> None:
    assert completion_time(7.5, quota=2.0, period=2.0, phase=1.5) == 7.5
    assert mean_completion_time(7.5, quota=2.0, period=2.0) == 7.5


def absorbing_chain_moments(
    service: float, interruption: float, pause: float
) -> tuple[float, float]:
    """Mean and cv of an exponential service with exponential pauses, as a phase-type time."""
    leave = np.array([[-(service + interruption), interruption], [pause, -pause]])
    inverse = np.linalg.inv(-leave)
    mean = float(inverse[0].sum())
    square = 2.0 * float((inverse @ inverse)[0].sum())
    return mean, float(np.sqrt(square - mean**2) / mean)


@given(service=st.floats(0.1, 10.0), interruption=st.floats(0.0, 10.0), pause=st.floats(0.1, 100.0))
def test_interrupted_exponential_service_is_phase_type(
    service: float, interruption: float, pause: float
) -> None:
    mean, cv = absorbing_chain_moments(service, interruption, pause)
    completion = interrupted_service(1.0 / service, 1.0, interruption, 1.0 / pause, 1.0)
    assert completion.mean_s == pytest.approx(mean, rel=1e-9)
    assert completion.cv == pytest.approx(cv, rel=1e-6)


def test_without_interruptions_service_is_itself() -> None:
    completion = interrupted_service(0.25, 0.7, 0.0, 1.0)
    assert completion.mean_s == 0.25
    assert completion.cv == pytest.approx(0.7, rel=1e-12)


def test_interrupted_mm1_by_hand() -> None:
    # S = 1, r d = 2 * 0.25: mean 1.5; Var = 2.25 + 2*1*2*0.0625 = 2.5; lambda = 0.4, rho = 0.6
    # wait = lambda E[C^2] / (2 (1 - rho)) = 0.4 * 4.75 / 0.8
    completion = interrupted_service(1.0, 1.0, 2.0, 0.25)
    response_s = mean_response_mg1(0.4, 1.0 / completion.mean_s, completion.cv)
    assert response_s == pytest.approx(1.5 + 2.375, rel=1e-12)
    assert response_s > mean_response_mm1(0.4, 1.0 / 1.5)  # control: not just a slower server


def test_refusals() -> None:
    with pytest.raises(ValueError, match=r"^limit must be > 0 and <= 1, got 0; give a fraction"):
        limit_stretch(0)
    with pytest.raises(ValueError, match=r"^quota must be > 0 and <= the period 10, got 11; "):
        completion_time(1, 11, 10)
    with pytest.raises(ValueError, match=r"^phase must be >= 0 and < 10, got 10; "):
        completion_time(1, 5, 10, phase=10)
    with pytest.raises(ValueError, match=r"^used must be >= 0 and <= 3, got 4; "):
        completion_time(1, 5, 10, phase=3, used=4)
    with pytest.raises(ValueError, match=r"^work must be finite and >= 0, got -1; "):
        mean_completion_time(-1, 5, 10)
    with pytest.raises(ValueError, match=r"^pause_cv must be finite and >= 0, got -1.0; "):
        interrupted_service(1.0, 1.0, 1.0, 1.0, -1.0)
