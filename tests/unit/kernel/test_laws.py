"""Draws by inversion: the kernel's quantiles are those of the scenario's laws."""

import numpy as np
import pytest
from scipy.special import ndtri

from hvmc.kernel.laws import draw_ns, normal_quantile, quantile
from hvmc.kernel.load import load_scenario
from hvmc.scenario.distributions import (
    DISTRIBUTIONS,
    Deterministic,
    Empirical,
    Exponential,
    Gamma,
    Lognormal,
    Pareto,
    Uniform,
)
from hvmc.scenario.guest import Guest
from hvmc.scenario.scenario import Scenario
from hvmc.scenario.workload import Closed

ULP = 2.0**-52
LAWS = [
    Deterministic(0.003),
    Exponential(0.010),
    Uniform(0.0, 0.02),
    Uniform(0.001, 0.002),
    Pareto(0.010, 1.1),
    Pareto(0.010, 2.5),
    Lognormal(0.010, 0.1),
    Lognormal(0.010, 1.0),
    Lognormal(0.010, 10.0),
    Gamma(0.010, 0.01),
    Gamma(0.010, 0.3),
    Gamma(0.010, 1.0),
    Gamma(0.010, 4.0),
    Gamma(0.010, 30.0),
    Empirical((0.001, 0.001, 0.004, 0.010)),
    Empirical(tuple(np.linspace(0.0, 0.05, 101) ** 2)),
]
# The least and the largest uniform of 53 bits, both sides of the joints of the approximation; all
# rounded to the grid on which uniforms lie.
LEVELS = np.array(
    [
        *(0.0, 2.0**-53, 1e-12, 1e-9, 1e-6, 1e-3, 0.02424, 0.02425, 0.02426),
        *np.linspace(0.05, 0.95, 37),
        *(0.97574, 0.97575, 0.97576, 0.999, 1.0 - 1e-6, 1.0 - 1e-9, 1.0 - 1e-12, 1.0 - 2.0**-53),
    ]
)
LEVELS = np.round(LEVELS * 2.0**53) / 2.0**53
# Four functions rounded to within an ulp or two each.
ALGEBRA = 16.0 * ULP
# Where a law has no closed inverse: 1e-9 changes no draw below a second by more than the
# nanosecond to which it is rounded.
ITERATED = 1e-9
CLOSED_FORM = {"deterministic", "exponential", "uniform", "pareto", "empirical"}


def loaded(laws):
    guests = [Guest(name=f"g{i}", workload=Closed(cpu=law)) for i, law in enumerate(laws)]
    return load_scenario(Scenario(guests=tuple(guests)), (1, 2))[0]


@pytest.fixture(scope="module")
def record():
    return loaded(LAWS)


def kernel_quantiles(record, number):
    law = record["load"]["cpu_law"][number]
    return np.array([quantile(record, law, u) for u in LEVELS])


def slope_times_ulp(law, levels):
    """How far a quantile moves when its level moves by two ulps of 1 (u itself has that grain)."""
    higher = np.minimum(levels + 2.0 * ULP, 1.0 - 2.0**-53)
    lower = np.maximum(levels - 2.0 * ULP, 0.0)
    return law.quantile(higher) - law.quantile(lower)


def test_all_kinds_are_covered():
    assert {law.kind for law in LAWS} == set(DISTRIBUTIONS)


@pytest.mark.parametrize("number", range(len(LAWS)), ids=lambda i: str(LAWS[i]))
def test_quantiles_equal_those_of_the_scenario(record, number):
    law = LAWS[number]
    expected = law.quantile(LEVELS)
    off = np.abs(kernel_quantiles(record, number) - expected)
    if law.kind in CLOSED_FORM:
        assert np.all(off <= ALGEBRA * expected)
    else:
        # 1e-12 s is a thousandth of the kernel's grain: a gamma law of small shape has quantiles
        # below the range of floats
        assert np.all(off <= ITERATED * expected + slope_times_ulp(law, LEVELS) + 1e-12)


@pytest.mark.parametrize("number", range(len(LAWS)), ids=lambda i: str(LAWS[i]))
def test_quantiles_rise_with_the_level(record, number):
    # not between the last two levels, which lie within the rounding of a distribution function
    assert np.all(np.diff(kernel_quantiles(record, number)[:-1]) >= 0.0)


def test_a_wrong_parameter_is_found_out():
    right, wrong = Lognormal(0.010, 1.0), Lognormal(0.010, 1.0 + 1e-7)
    found = kernel_quantiles(loaded([wrong]), 0)
    expected = right.quantile(LEVELS)
    allowed = ITERATED * expected + slope_times_ulp(right, LEVELS) + 1e-12
    assert np.any(np.abs(found - expected) > allowed)


def test_normal_quantile_is_exact_where_the_level_is():
    lower = LEVELS[(LEVELS > 0.0) & (LEVELS <= 0.5)]
    found = np.array([normal_quantile(p) for p in lower])
    assert np.all(np.abs(found - ndtri(lower)) <= 8.0 * ULP * np.maximum(1.0, np.abs(found)))


@pytest.mark.parametrize(
    ("seconds", "nanoseconds"), [(0.0, 0), (0.4e-9, 0), (0.6e-9, 1), (1.0, 10**9), (1e5, 10**14)]
)
def test_draws_are_whole_nanoseconds(seconds, nanoseconds):
    record = loaded([Exponential(1.0)])
    record["law"]["kind"][0], record["law"]["p"][0] = (
        0,
        seconds,
    )  # a Deterministic law of any length
    assert draw_ns(record, 0, 0.5) == nanoseconds


def test_draws_round_to_the_nearest_nanosecond(record):
    law = record["load"]["cpu_law"][1]
    for u in LEVELS:
        assert abs(draw_ns(record, law, u) - quantile(record, law, u) * 1e9) <= 0.5 + 1e-6
