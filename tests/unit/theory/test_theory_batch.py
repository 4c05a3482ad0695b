"""Batch arithmetic: the published benchmark's own times, fits, barriers as Markov chains."""

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hvmc.theory import (
    BatchWork,
    barrier_deterministic_s,
    fit_batch,
    mean_barrier_exponential_s,
)

parts = st.floats(0.1, 1e4)
counts = st.integers(1, 32)


def test_published_batch_on_two_and_four_processors() -> None:
    # Friedman's benchmark: 147 min on 2 VPs, 105 on 4; halving the VPs costs 1.4, not 2
    work = fit_batch(processors=(2, 4), elapsed_s=(147.0, 105.0))
    assert (work.serial_s, work.parallel_s) == (63.0, 168.0)
    assert work.elapsed_s(2) / work.elapsed_s(4) == pytest.approx(1.4, rel=1e-12)
    # a CPU tax of 1/6 on the native 90 min would explain the 105 on 4 processors
    native = BatchWork(work.serial_s * 6 / 7, work.parallel_s * 6 / 7)
    assert native.elapsed_s(4) == pytest.approx(90.0, rel=1e-12)
    assert native.elapsed_s(4, cpu_tax=1 / 6) == pytest.approx(105.0, rel=1e-12)


def test_tax_spares_pauses() -> None:
    work = BatchWork(serial_s=10.0, parallel_s=80.0, pause_s=5.0)
    assert work.elapsed_s(4) == 35.0
    assert work.elapsed_s(4, cpu_tax=0.5) == 50.0


def test_speedup_is_bounded_by_the_serial_part() -> None:
    work = BatchWork(serial_s=10.0, parallel_s=90.0)
    assert work.speedup(1) == 1.0
    assert work.speedup(9) == 5.0
    assert work.speedup(10**9) == pytest.approx(10.0, rel=1e-6)


@given(serial_s=parts, parallel_s=parts, first=counts, second=counts)
def test_fit_recovers_the_parts(
    serial_s: float, parallel_s: float, first: int, second: int
) -> None:
    if first == second:
        second += 1
    work = BatchWork(serial_s, parallel_s)
    fitted = fit_batch((first, second), (work.elapsed_s(first), work.elapsed_s(second)))
    # differences of elapsed times lose up to (1 + s/p) c^2 of the 2^-53 of each
    assert fitted.serial_s == pytest.approx(serial_s, rel=1e-6)
    assert fitted.parallel_s == pytest.approx(parallel_s, rel=1e-6)


def test_deterministic_barrier_goes_in_rounds() -> None:
    assert barrier_deterministic_s(8, 4, 3.0) == 6.0
    assert barrier_deterministic_s(9, 4, 3.0) == 9.0


@given(tasks=st.integers(1, 200), processors=counts)
def test_exponential_barrier_is_a_death_process(tasks: int, processors: int) -> None:
    @cache
    def remaining(left: int) -> float:
        return 0.0 if left == 0 else 1.0 / min(left, processors) + remaining(left - 1)

    mean_s = mean_barrier_exponential_s(tasks, processors, 1.0)
    assert mean_s == pytest.approx(remaining(tasks), rel=1e-12)


def test_exponential_barrier_limits() -> None:
    assert mean_barrier_exponential_s(7, 1, 2.0) == 14.0
    # the longest of three: 1 + 1/2 + 1/3
    assert mean_barrier_exponential_s(3, 100, 6.0) == pytest.approx(11.0, rel=1e-12)


@given(tasks=st.integers(2, 200), processors=st.integers(2, 32))
def test_control_variable_tasks_hold_the_barrier_longer(tasks: int, processors: int) -> None:
    divided = tasks / processors
    assert mean_barrier_exponential_s(tasks, processors, 1.0) > divided * (1.0 + 1e-12)


def test_refusals() -> None:
    with pytest.raises(
        ValueError, match=r"^processors must be two different numbers, got \(4, 4\)"
    ):
        fit_batch((4, 4), (1.0, 1.0))
    with pytest.raises(
        ValueError, match=r"such that no part is negative, got \(100.0, 110.0\) \(s"
    ):
        fit_batch((2, 4), (100.0, 110.0))
    with pytest.raises(
        ValueError, match=r"serial -20, parallel 240\); serial \+ parallel / c does"
    ):
        fit_batch((2, 4), (100.0, 40.0))
    with pytest.raises(ValueError, match=r"^processors\[1\] must be a whole number >= 1, got 0; "):
        fit_batch((2, 0), (100.0, 40.0))
    with pytest.raises(ValueError, match=r"^serial_s must be finite and >= 0, got -1.0; "):
        BatchWork(-1.0, 1.0)
    with pytest.raises(ValueError, match=r"^cpu_tax must be finite and >= 0, got -0.1; "):
        BatchWork(1.0, 1.0).elapsed_s(1, cpu_tax=-0.1)
    with pytest.raises(
        ValueError, match=r"^elapsed_s must be finite and > 0, got 0.0; give the job"
    ):
        BatchWork(0.0, 0.0).speedup(2)
    with pytest.raises(ValueError, match=r"^tasks must be a whole number >= 1, got 0; "):
        mean_barrier_exponential_s(0, 1, 1.0)
