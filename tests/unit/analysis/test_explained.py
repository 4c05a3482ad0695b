"""Shares of variance that inputs explain: known shares, a plain jackknife, what can't be told."""

import math

import numpy as np
import pytest

from hvmc.analysis.explained import COMPONENTS, expected_by, explained_parts


def uniforms(seed, trials, count):
    rng = np.random.default_rng(seed)
    return rng, [rng.random(trials) for _ in range(count)]


@pytest.mark.parametrize("trials", [60, 100, 1000])
def test_known_shares(trials):
    """Var(2a) = 4/12, Var(b^2) = 4/45, noise 0.1: shares 0.64, 0.17 and 0.19, by 4 sigma or so."""
    rng, (a, b, *idle) = uniforms(3, trials, 24)
    response = 2.0 * a + b**2 + rng.normal(0.0, math.sqrt(0.1), trials)
    whole = 4 / 12 + 4 / 45 + 0.1
    others = {f"idle{number}": values for number, values in enumerate(idle)}
    found = explained_parts(response, {"a": a, **others}, [b])
    slack = 0.3 if trials < 1000 else 0.08
    assert found["a"].estimate == pytest.approx(4 / 12 / whole, abs=slack)
    assert found["scenario"].estimate == pytest.approx(4 / 45 / whole, abs=slack)
    assert found["a"].low > 0.0
    assert all(found[name].low < 0.0 for name in others)


@pytest.mark.parametrize("trials", [40, 60, 300])
def test_parts_add_up_to_one(trials):
    rng, inputs = uniforms(5, trials, 10)
    constants = {str(number): values for number, values in enumerate(inputs[:7])}
    found = explained_parts(rng.normal(size=trials), constants, inputs[7:])
    assert sum(found[part].estimate for part in COMPONENTS) == pytest.approx(1.0)


def adjusted(y, columns):
    """A by ordinary least squares, in the plain way."""
    basis = np.column_stack([np.ones(y.size), *columns])
    residuals = y - basis @ np.linalg.lstsq(basis, y, rcond=None)[0]
    terms = basis.shape[1] - 1
    left = residuals @ residuals / (y.size - terms - 1)
    return 1.0 - left / np.var(y, ddof=1)


def test_the_jackknife_is_that_of_leaving_out_each_trial():
    """Ranks stay those of all trials, so that only sums change."""
    trials = 40
    rng, (a, b, s) = uniforms(7, trials, 3)
    y = a + 0.5 * s + rng.normal(0.0, 0.2, trials)
    found = explained_parts(y, {"a": a, "b": b}, [s])["a"]

    def terms(values):
        x = 2.0 * (np.argsort(np.argsort(values)) + 0.5) / trials - 1.0
        return [x, 1.5 * x**2 - 0.5]

    def share(keep):
        every = [*terms(s), *terms(a), *terms(b)]
        without = [*terms(s), *terms(b)]
        return adjusted(y[keep], [one[keep] for one in every]) - adjusted(
            y[keep], [one[keep] for one in without]
        )

    whole = share(np.ones(trials, bool))
    left = np.array([share(np.arange(trials) != out) for out in range(trials)])
    pseudo = trials * whole - (trials - 1) * left
    assert found.estimate == pytest.approx(pseudo.mean())
    error = pseudo.std(ddof=1) / math.sqrt(trials)
    assert (found.high - found.low) / 2.0 == pytest.approx(2.0227 * error, rel=1e-4)


def test_scenario_inputs_may_depend_on_each_other():
    rng, (a, s) = uniforms(9, 200, 2)
    y = a + s + rng.normal(0.0, 0.1, 200)
    once, twice = (explained_parts(y, {"a": a}, [s] * times) for times in (1, 2))
    assert twice["scenario"].estimate == pytest.approx(once["scenario"].estimate)
    assert twice["a"].low == pytest.approx(once["a"].low)


@pytest.mark.parametrize(
    ("response", "trials"), [(np.ones(100), 100), (np.arange(4.0), 4), (np.arange(1.0), 1)]
)
def test_nothing_varies_or_too_few_trials(response, trials):
    _, (a, s) = uniforms(1, trials, 2)
    found = explained_parts(response, {"a": a}, [s])
    assert all(math.isnan(one.estimate) and not one.supported for one in found.values())


def test_an_input_that_is_constant_or_unknown_explains_nothing():
    _, (a,) = uniforms(1, 100, 1)
    found = explained_parts(a, {"a": a, "fixed": np.ones(100)}, [np.full(100, math.inf)])
    assert found["fixed"].estimate == pytest.approx(0.0, abs=1e-9)
    assert found["a"].estimate == pytest.approx(1.0, abs=0.01)
    assert found["scenario"].estimate == pytest.approx(0.0, abs=1e-9)


def test_what_is_expected_of_a_trial_knows_nothing_of_it():
    rng, (a, b) = uniforms(4, 60, 2)
    y = a + rng.normal(0.0, 0.1, 60)
    changed = y.copy()
    changed[7] += 100.0
    before, after = expected_by(y, [a, b]), expected_by(changed, [a, b])
    assert after[7] == pytest.approx(before[7])
    assert np.corrcoef(before, a)[0, 1] > 0.95
