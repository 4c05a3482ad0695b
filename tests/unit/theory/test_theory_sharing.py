"""Processor sharing, equal and discriminatory: a Markov chain, the conservation law, limits."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from hvmc.theory import (
    NoSteadyStateError,
    mean_response_dps,
    mean_response_dps_two_classes,
    mean_response_mm1,
    mean_response_ps,
    mean_response_ps_given_size,
)

Vector = NDArray[np.float64]
Classes = tuple[Vector, Vector, Vector]


@st.composite
def systems(draw: st.DrawFn, least: int = 1, most: int = 5) -> Classes:
    """Arrival rates, service rates and weights of classes that together load 0.05..0.95."""
    count = draw(st.integers(least, most))

    def column(low: float, high: float) -> Vector:
        return np.array(draw(st.lists(st.floats(low, high), min_size=count, max_size=count)))

    share, services, weights = column(0.05, 1.0), column(0.1, 10.0), column(1.0, 100.0)
    load = draw(st.floats(0.05, 0.95)) * share / share.sum()
    return load * services, services, weights


def stored_work_s(arrivals: Vector, services: Vector, responses_s: Vector) -> float:
    """Mean unfinished work: each class-k customer present has 1/mu_k left, being memoryless."""
    return float(np.sum(arrivals * responses_s / services))


def conserved_work_s(arrivals: Vector, services: Vector) -> float:
    """Mean unfinished work of M/G/1 under any work-conserving discipline."""
    return float(np.sum(arrivals / services**2) / (1.0 - np.sum(arrivals / services)))


def test_processor_sharing_doubles_at_half_load() -> None:
    assert mean_response_ps(0.5, 1.0) == 2.0
    assert mean_response_ps_given_size(0.25, 0.5, 1.0) == 0.5


@given(load=st.floats(0.0, 0.95), size_s=st.floats(0.0, 100.0))
def test_stretch_of_processor_sharing_is_the_same_for_every_size(
    load: float, size_s: float
) -> None:
    stretched = mean_response_ps_given_size(size_s, load, 1.0)
    assert stretched == pytest.approx(size_s * mean_response_ps(load, 1.0), rel=1e-12)


def test_one_class_is_mm1() -> None:
    assert mean_response_dps([3.0], [4.0], [7.0])[0] == pytest.approx(1.0, rel=1e-12)


@given(system=systems())
def test_equal_weights_are_processor_sharing(system: Classes) -> None:
    arrivals, services, _ = system
    responses_s = mean_response_dps(arrivals, services, np.full(arrivals.size, 100.0))
    equal_s = 1.0 / services / (1.0 - np.sum(arrivals / services))
    np.testing.assert_allclose(responses_s, equal_s, rtol=1e-10)


@given(system=systems(least=2, most=2))
def test_two_class_closed_form(system: Classes) -> None:
    np.testing.assert_allclose(
        mean_response_dps(*system), mean_response_dps_two_classes(*system), rtol=1e-10
    )


@given(system=systems())
def test_unfinished_work_is_conserved(system: Classes) -> None:
    arrivals, services, _ = system
    stored = stored_work_s(arrivals, services, mean_response_dps(*system))
    assert stored == pytest.approx(conserved_work_s(arrivals, services), rel=1e-9)


def test_control_responses_inverse_to_weight_break_conservation() -> None:
    arrivals, services, weights = np.array([0.3, 0.3]), np.array([1.0, 1.0]), np.array([3.0, 1.0])
    equal_s = 1.0 / (1.0 - 0.6)
    guess_s = equal_s * weights.mean() / weights
    stored = stored_work_s(arrivals, services, guess_s)
    assert abs(stored / conserved_work_s(arrivals, services) - 1.0) > 0.1


@given(system=systems(), seed=st.integers(0, 2**32 - 1), scale=st.floats(0.01, 100.0))
def test_order_and_scale_of_classes_do_not_matter(system: Classes, seed: int, scale: float) -> None:
    arrivals, services, weights = system
    order = np.random.default_rng(seed).permutation(arrivals.size)
    permuted_s = mean_response_dps(arrivals[order], services[order], scale * weights[order])
    np.testing.assert_allclose(permuted_s, mean_response_dps(*system)[order], rtol=1e-9)


@given(system=systems(least=2))
def test_more_weight_is_never_slower(system: Classes) -> None:
    arrivals, services, weights = system
    heavier = weights * np.where(np.arange(weights.size) == 0, 2.0, 1.0)
    before_s, after_s = mean_response_dps(*system), mean_response_dps(arrivals, services, heavier)
    assert after_s[0] < before_s[0]
    assert np.all(after_s[1:] > before_s[1:])


def test_overwhelming_weight_is_preemptive_priority() -> None:
    # the heavy class sees an M/M/1 of its own; the light one takes what conservation leaves
    arrivals, services = np.array([0.4, 0.3]), np.array([1.0, 1.5])
    heavy_s, light_s = mean_response_dps(arrivals, services, [1e12, 1.0])
    assert heavy_s == pytest.approx(mean_response_mm1(0.4, 1.0), rel=1e-9)
    left = conserved_work_s(arrivals, services) - 0.4 * heavy_s
    assert light_s == pytest.approx(left / 0.2, rel=1e-9)


def test_a_class_without_arrivals_is_a_tagged_customer() -> None:
    # a lone customer of equal weight sees processor sharing of the others: x / (1 - rho)
    responses_s = mean_response_dps([0.5, 0.0], [1.0, 0.2], [1.0, 1.0])
    assert responses_s[1] == pytest.approx(5.0 / 0.5, rel=1e-12)


def markov_chain_responses_s(
    arrivals: Vector, services: Vector, weights: Vector, most: int
) -> Vector:
    """Stationary means of the two-class chain, at most ``most`` of each class, by Little's law."""
    from scipy.sparse import csc_array
    from scipy.sparse.linalg import spsolve

    first, second = (part.ravel() for part in np.indices((most + 1, most + 1)))
    present = np.stack([first, second])
    place = np.array([most + 1, 1])
    total_weight = np.maximum(weights @ present, 1e-300)
    state = place @ present
    rates = np.zeros((state.size, state.size))
    for k in range(2):
        room, some = present[k] < most, present[k] > 0
        served = services[k] * weights[k] * present[k] / total_weight
        rates[state[room], state[room] + place[k]] = arrivals[k]
        rates[state[some], state[some] - place[k]] = served[some]
    generator = (rates - np.diag(rates.sum(axis=1))).T
    generator[-1] = 1.0
    chance = spsolve(csc_array(generator), np.append(np.zeros(state.size - 1), 1.0))
    return np.asarray(present @ chance / arrivals)


def test_two_classes_agree_with_their_markov_chain() -> None:
    arrivals, services, weights = np.array([0.2, 0.3]), np.array([1.0, 2.0]), np.array([4.0, 1.0])
    chain_s = markov_chain_responses_s(arrivals, services, weights, most=30)
    # load 0.35: the mass beyond 30 customers is below 0.35^30 = 2e-14
    np.testing.assert_allclose(mean_response_dps(arrivals, services, weights), chain_s, rtol=1e-9)
    swapped_s = mean_response_dps(arrivals, services, weights[::-1])
    assert np.all(np.abs(swapped_s / chain_s - 1.0) > 0.05)  # control: the weights do matter


def test_refusals() -> None:
    with pytest.raises(NoSteadyStateError, match=r"offered load must be < 1 .* got 1.1;"):
        mean_response_dps([0.6, 0.5], [1.0, 1.0], [1.0, 1.0])
    with pytest.raises(ValueError, match=r"^classes must be as many in each argument, got \(2, 1"):
        mean_response_dps([0.1, 0.1], [1.0], [1.0, 1.0])
    with pytest.raises(
        ValueError, match=r"^weights must be finite and > 0, got weights\[1\] = 0.0"
    ):
        mean_response_dps([0.1, 0.1], [1.0, 1.0], [1.0, 0.0])
    with pytest.raises(ValueError, match=r"got arrival_rates_per_s\[0\] = -0.1; give arrivals"):
        mean_response_dps([-0.1, 0.1], [1.0, 1.0], [1.0, 1.0])
    with pytest.raises(ValueError, match=r"^classes must be 2, got 1; use mean_response_dps"):
        mean_response_dps_two_classes([0.1], [1.0], [1.0])
    with pytest.raises(ValueError, match=r"^size_s must be finite and >= 0, got inf; "):
        mean_response_ps_given_size(math.inf, 0.5, 1.0)
