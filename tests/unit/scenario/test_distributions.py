"""Laws of durations: against scipy.stats, numerical integration, samples, and every refusal.

Samples are judged by two bounds, each made to err with probability ERR = FALSE_ALARM / TESTS:
- Dvoretzky-Kiefer-Wolfowitz with Massart's constant, exact for every n: the empirical distribution
  function of n draws is further than sqrt(log(2 / ERR) / (2 n)) from the true one;
- |mean - truth| > Z standard errors, normal for large n (not used for Pareto, whose third moment
  is infinite).
"""

import math
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from hvmc.scenario.distributions import (
    DISTRIBUTIONS,
    Deterministic,
    Distribution,
    Empirical,
    Exponential,
    Gamma,
    Lognormal,
    Pareto,
    Uniform,
)

LAWS = [
    Deterministic(0.1),
    Exponential(0.010),
    Gamma(0.3, 0.4),
    Gamma(0.3, 2.0),
    Lognormal(0.02, 0.5),
    Lognormal(0.02, 1.5),
    Uniform(0.1, 0.4),
    Pareto(0.5, 4.5),
    Pareto(0.5, 2.5),
    Empirical((0.3, 0.1, 0.1, 0.7, 0.2)),
]
CONTINUOUS = LAWS[1:]

DRAWS = 200_000
FALSE_ALARM = 1e-6  # of the whole family of sample tests
TESTS = 2 * len(CONTINUOUS)
ERR = FALSE_ALARM / TESTS
Z = float(stats.norm.isf(ERR / 2))
DKW = math.sqrt(math.log(2 / ERR) / (2 * DRAWS))


def reference(law):
    """Return scipy's law with the moments of `law`, by the textbook formulas."""
    match law:
        case Exponential(mean):
            return stats.expon(scale=mean)
        case Gamma(mean, cv):
            return stats.gamma(a=cv**-2, scale=mean * cv**2)
        case Lognormal(mean, cv):
            sigma = math.sqrt(math.log(1 + cv**2))
            return stats.lognorm(s=sigma, scale=mean / math.sqrt(1 + cv**2))
        case Uniform(low, high):
            return stats.uniform(loc=low, scale=high - low)
        case Pareto(mean, shape):
            return stats.pareto(b=shape, scale=mean * (shape - 1) / shape)


def distribution_function(law, x):
    """Return P(X <= x) without the quantile function under test."""
    if isinstance(law, Empirical):
        # At 0.1, where two values coincide, the law has an atom: interp takes its upper end.
        return np.interp(x, law.values, np.linspace(0, 1, len(law.values)), left=0.0)
    return reference(law).cdf(x)


def draw(law, seed=20260):
    return law.quantile(np.random.Generator(np.random.Philox(seed)).random(DRAWS))


def distance(sample, law):
    """Return the largest gap between the distribution functions of the sample and the law."""
    x, counts = np.unique(sample, return_counts=True)
    upper = np.cumsum(counts) / sample.size
    truth = distribution_function(law, x)
    atom = np.where(counts > 1, counts / sample.size, 0.0)  # only ties of an atom repeat
    return max(
        np.abs(upper - truth).max(), np.abs(upper - counts / sample.size - truth + atom).max()
    )


@pytest.mark.parametrize("law", [law for law in LAWS if reference(law)], ids=repr)
def test_quantiles_and_moments_are_those_of_scipy(law):
    u = np.array([0.0, 1e-12, 1e-3, 0.1, 0.5, 0.9, 0.999, 1 - 1e-9, 1 - 2.0**-53])
    np.testing.assert_allclose(law.quantile(u), reference(law).ppf(u), rtol=1e-12)
    np.testing.assert_allclose(law.mean, reference(law).mean(), rtol=1e-12)
    np.testing.assert_allclose(law.variance, reference(law).var(), rtol=1e-12)


def test_gamma_of_whole_shape_inverts_the_erlang_series():
    law = Gamma(0.3, 0.5)  # shape 4
    u = np.linspace(0.001, 0.999, 50)
    x = law.quantile(u) * 4 / 0.3
    tail = np.exp(-x) * (1 + x + x**2 / 2 + x**3 / 6)
    np.testing.assert_allclose(1 - tail, u, rtol=1e-12)


def test_gamma_with_cv_one_is_exponential_and_all_thin_laws_come_near_their_mean():
    u = np.linspace(0, 0.999, 100)
    np.testing.assert_allclose(
        Gamma(2.0, 1.0).quantile(u), Exponential(2.0).quantile(u), rtol=1e-12
    )
    u = np.array([0.1, 0.9])
    for law in (Gamma(2.0, 1e-6), Lognormal(2.0, 1e-6)):
        # mean (1 + cv z) to first order; the next term is of the order of cv**2 = 1e-12.
        standard = (law.quantile(u) / 2.0 - 1.0) / 1e-6
        np.testing.assert_allclose(standard, stats.norm.ppf(u), atol=1e-5)


def integral(f):
    """Return the integral of f over (0, 1): Gauss-Legendre between knots denser at both ends."""
    ends = 2.0 ** -np.arange(52, 0, -1)  # with 1/4, 1/2 and 3/4, the kinks of the empirical law
    knots = np.concatenate([[0.0], ends, 1 - ends[-2::-1]])
    x, weight = np.polynomial.legendre.leggauss(20)
    width = np.diff(knots)[:, None]
    return np.sum(f(knots[:-1, None] + width * (1 + x) / 2) * weight * width / 2)


@pytest.mark.parametrize("law", LAWS, ids=repr)
def test_moments_are_integrals_of_the_quantile_function(law):
    np.testing.assert_allclose(integral(law.quantile), law.mean, rtol=1e-8)
    if law != Pareto(0.5, 2.5):  # 2**(-53 / 5) of this variance lies above the last double below 1
        spread = integral(lambda u: (law.quantile(u) - law.mean) ** 2)
        np.testing.assert_allclose(spread, law.variance, rtol=1e-7, atol=1e-30)


def test_moments_that_can_be_done_by_hand():
    assert Deterministic(0.1).variance == 0.0
    assert (Uniform(1.0, 4.0).mean, Uniform(1.0, 4.0).variance) == (2.5, 0.75)
    assert Pareto(1.0, 3.0).variance == pytest.approx(1 / 3, rel=1e-15)
    assert [Pareto(1.0, shape).variance for shape in (1.5, 2.0)] == [math.inf, math.inf]
    # A half of it uniform on (0, 1), the other on (1, 3): E = 1.25, E[X**2] = (1/3 + 13/3) / 2.
    law = Empirical((3.0, 0.0, 1.0))
    assert law.mean == 1.25
    assert law.variance == pytest.approx(7 / 3 - 1.25**2, rel=1e-14)


def test_the_empirical_law_is_linear_between_sorted_values():
    law = Empirical([5, 1, 3])
    assert law.values == (1.0, 3.0, 5.0)
    assert law.quantile([0.0, 0.25, 0.5, 0.75]).tolist() == [1.0, 2.0, 3.0, 4.0]
    values = np.random.Generator(np.random.Philox(1)).random(101)
    u = np.linspace(0, 0.999, 333)
    np.testing.assert_allclose(Empirical(values).quantile(u), np.quantile(values, u), rtol=1e-13)
    assert law.quantile(1 - 2.0**-53) <= 5.0


@pytest.mark.parametrize("law", LAWS, ids=repr)
def test_quantile_keeps_the_shape_and_refuses_what_is_no_probability(law):
    u = np.linspace(0, 0.9, 6).reshape(2, 3)
    x = law.quantile(u)
    assert (x.shape, x.dtype) == ((2, 3), np.float64)
    assert np.all(np.isfinite(x) & (x >= 0))
    assert isinstance(law.quantile(0.9), float)
    assert law.quantile(0.9) == x[1, 2]
    assert law.quantile([]).size == 0
    for bad in (1.0, -1e-300, math.nan, math.inf):
        with pytest.raises(ValueError, match=f"u must be >= 0 and < 1, got {bad}"):
            law.quantile([0.5, bad])


seconds = st.floats(1e-6, 1e6)
laws = st.one_of(
    st.builds(Deterministic, seconds),
    st.builds(Exponential, seconds),
    st.builds(Gamma, seconds, st.floats(1e-3, 100)),
    st.builds(Lognormal, seconds, st.floats(1e-3, 100)),
    st.builds(lambda low, width: Uniform(low, low + width), seconds, seconds),
    st.builds(Pareto, seconds, st.floats(1.01, 100)),
    st.builds(Empirical, st.lists(seconds, min_size=2, max_size=20)),
)
probabilities = st.floats(0, 1 - 2.0**-53)


@given(law=laws, u=st.lists(probabilities, min_size=2, max_size=20))
def test_quantile_never_falls(law, u):
    x = law.quantile(sorted(u))
    # exp, log1p, ndtri and gammaincinv are right to a few units in the last place of x, or of the
    # exponent (at most 100 in size), so equal up to rounding may look like a fall.
    assert np.all(np.diff(x) >= -1e-12 * x[1:])


@given(law=laws, factor=st.floats(1e-3, 1e3), u=probabilities)
def test_scaled_is_the_same_kind_with_every_duration_times_the_factor(law, factor, u):
    scaled = law.scaled(factor)
    assert type(scaled) is type(law)
    np.testing.assert_allclose(
        scaled.quantile(u), factor * law.quantile(u), rtol=1e-12, atol=1e-300
    )
    np.testing.assert_allclose(scaled.mean, factor * law.mean, rtol=1e-12)
    # a variance is a difference of squares, right to rounding of the squares
    square = (factor * law.mean) ** 2
    np.testing.assert_allclose(
        scaled.variance, factor**2 * law.variance, rtol=1e-9, atol=1e-12 * max(square, 1.0)
    )


@pytest.mark.parametrize("law", CONTINUOUS, ids=repr)
def test_samples_have_the_law(law):
    sample = draw(law)
    assert distance(sample, law) < DKW
    if not isinstance(law, Pareto):
        assert abs(sample.mean() - law.mean) < Z * math.sqrt(law.variance / DRAWS)


@pytest.mark.parametrize("law", CONTINUOUS, ids=repr)
def test_samples_of_a_law_three_percent_longer_are_caught(law):
    sample = draw(law.scaled(1.03))
    by_mean = abs(sample.mean() - law.mean) > Z * math.sqrt(law.variance / DRAWS)
    assert by_mean or distance(sample, law) > DKW


def test_samples_of_another_law_with_the_same_moments_are_caught():
    assert distance(draw(Gamma(1.0, 1.2)), Lognormal(1.0, 1.2)) > DKW


def test_the_table_names_every_law():
    assert list(DISTRIBUTIONS) == [
        "deterministic", "exponential", "gamma", "lognormal", "uniform", "pareto", "empirical",
    ]  # fmt: skip
    assert {type(law).kind for law in LAWS} == set(DISTRIBUTIONS)
    assert all(isinstance(law, Distribution) for law in LAWS)


@pytest.mark.parametrize("law", LAWS, ids=repr)
def test_laws_are_values(law):
    assert law.problems() == []
    law.quantile(0.5)
    again = pickle.loads(pickle.dumps(law))
    assert again == law
    assert hash(again) == hash(law)
    assert again.quantile(0.3) == law.quantile(0.3)
    assert type(eval(repr(law))) is type(law)


def test_parameters_become_floats():
    assert repr(Exponential(1)) == repr(Exponential(np.float32(1))) == "Exponential(mean=1.0)"
    assert repr(Empirical(np.array([2, 1]))) == "Empirical(values=(1.0, 2.0))"


MEAN = ": give the mean in seconds"
CV = ": give standard deviation / mean, or use Deterministic for 0"
HIGH = ": give seconds above low, or use Deterministic for a single value"
LIST = ": give at least two values in seconds, or use Deterministic for one"


@pytest.mark.parametrize(
    ("kind", "parameters", "problems"),
    [
        (Exponential, [-1], {"mean": f"must be > 0, got -1.0{MEAN}"}),
        (Exponential, [0.0], {"mean": f"must be > 0, got 0.0{MEAN}"}),
        (Exponential, [math.nan], {"mean": f"must be finite, got nan{MEAN}"}),
        (Exponential, [10**400], {"mean": f"must be finite, got inf{MEAN}"}),
        (Exponential, ["0.1"], {"mean": f"must be a number, got '0.1'{MEAN}"}),
        (Exponential, [True], {"mean": f"must be a number, got True{MEAN}"}),
        (Exponential, [None], {"mean": f"must be a number, got None{MEAN}"}),
        (Deterministic, [-1e-9], {"value": "must be >= 0, got -1e-09: give seconds"}),
        (
            Gamma,
            [0, 0],
            {"mean": f"must be > 0, got 0.0{MEAN}", "cv": f"must be >= 1e-06, got 0.0{CV}"},
        ),
        (
            Lognormal,
            ["a", 2e3],
            {"mean": f"must be a number, got 'a'{MEAN}", "cv": f"must be <= 1000, got 2000.0{CV}"},
        ),
        (Uniform, [2, 2], {"high": f"must be > 2, got 2.0{HIGH}"}),
        (Uniform, [-1, 2], {"low": "must be >= 0, got -1.0: give seconds"}),
        (Uniform, [0, []], {"high": f"must be a number, got []{HIGH}"}),
        (
            Pareto,
            [1, 1],
            {"shape": "must be > 1, got 1.0: give the tail index, above 1 for a finite mean"},
        ),
        (Empirical, ["12"], {"values": f"must be a list of numbers, got '12'{LIST}"}),
        (Empirical, [3.0], {"values": f"must be a list of numbers, got 3.0{LIST}"}),
        (Empirical, [[3.0]], {"values": f"must hold at least 2 numbers, got 1{LIST}"}),
        (
            Empirical,
            [[1, -1, "x"]],
            {
                "values[1]": "must be >= 0, got -1.0: give seconds",
                "values[2]": "must be a number, got 'x': give seconds",
            },
        ),
    ],
)
def test_all_bad_parameters_are_named_with_rule_value_and_remedy(kind, parameters, problems):
    with pytest.raises(ValueError, match="must") as caught:
        kind(*parameters)
    name = kind.__name__
    assert str(caught.value).splitlines() == [
        f"{name}.{path} {problems[path]}" for path in problems
    ]
    unchecked = object.__new__(kind)
    for name, value in zip(kind.__dataclass_fields__, parameters, strict=True):
        object.__setattr__(unchecked, name, value)
    assert unchecked.problems() == list(problems.items())


def test_many_bad_values_are_counted():
    with pytest.raises(ValueError, match="got 20 more that are not") as caught:
        Empirical([-1.0] * 30)
    assert len(str(caught.value).splitlines()) == 11


@pytest.mark.parametrize(
    ("factor", "got"),
    [(0, "> 0, got 0.0"), (math.inf, "finite, got inf"), ("2", "a number, got '2'")],
)
def test_a_bad_factor_is_refused(factor, got):
    for law in LAWS:
        with pytest.raises(ValueError, match=f"factor must be {got}: give the ratio new / old"):
            law.scaled(factor)


def test_scaling_out_of_the_range_of_floats_is_refused():
    for law in LAWS:
        with pytest.raises(ValueError, match="must be finite, got inf"):
            law.scaled(1e200).scaled(1e200)
