"""Random systems beside Ciw, SimPy and mean value analysis.

A claim that is true fails with a chance of at most 1 % over all cases of the family, over the
choice of the seed; the negative controls must fail.
"""

from functools import cache, partial

import numpy as np
import pytest

from hvmc import theory
from hvmc.validation.registry import all_cases, find_case
from hvmc.validation.report import markdown
from hvmc.validation.verdicts import findings

CASES = all_cases("independent")


def longer(scenario, law):
    """The same scenario with one law 10 % longer."""
    (guest,) = scenario.guests
    work = guest.workload.replace(**{law: getattr(guest.workload, law).scaled(1.1)})
    return scenario.replace(guests=(guest.replace(workload=work),))


def verdict(case, run, trials=10):
    values = np.asarray(run(trials, 1))[:, None]
    (found,) = findings(case, values, len(CASES))
    return found.verdict


@pytest.mark.parametrize(
    ("name", "law"), [("open_0", "cpu"), ("closed_0", "cpu"), ("network_1", "io")]
)
def test_programs_agree_and_a_law_that_is_10_percent_longer_is_found_out(name, law):
    case = find_case("independent", name)
    scenario, theirs, *rest = case.run.args
    theirs = cache(theirs) if callable(theirs) else theirs
    assert verdict(case, partial(case.run.func, scenario, theirs, *rest)) == "holds"
    other = partial(case.run.func, longer(scenario, law), theirs, *rest)
    assert verdict(case, other).startswith("off by +")


def test_a_package_that_is_missing_is_told_of(monkeypatch):
    monkeypatch.setattr("hvmc.validation.case.find_spec", lambda _: None)
    case = find_case("independent", "open_0")
    text = markdown({"independent": findings(case, case.values(2, 1))})
    assert text.startswith("**independent.** 0 of 0 claims hold. Not tried for want of ciw: ")
    assert "| 1 | - | exact | needs ciw |" in text


def test_mean_values_are_those_of_products():
    """Buzen's convolution gives the normalising constants, and with them the throughput."""
    customers, think_s, demands_s, servers = 14, 0.02, (0.004, 0.011), (1, 3)
    constants = np.cumprod(np.append(1.0, think_s / np.arange(1, customers + 1)))
    for demand_s, count in zip(demands_s, servers, strict=True):
        factors = demand_s / np.minimum(np.arange(1, customers + 1), count)
        weights = np.cumprod(np.append(1.0, factors))
        constants = np.convolve(constants, weights)[: customers + 1]
    throughput_per_s = constants[-2] / constants[-1]
    found = theory.mean_value_response(customers, think_s, demands_s, servers)
    assert found == pytest.approx(customers / throughput_per_s - think_s, rel=1e-9)
    with pytest.raises(ValueError, match=r"servers must be of shape \(2,\)"):
        theory.mean_value_response(customers, think_s, demands_s, (1,))
