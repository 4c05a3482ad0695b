import math
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hvmc.validation.case import Case, Claim, exactly
from hvmc.validation.registry import all_cases, families, find_case
from hvmc.validation.report import markdown, reasons
from hvmc.validation.thumb import FURTHER, RULES
from hvmc.validation.verdicts import findings

SOURCES = Path(__file__).parents[3] / "docs" / "sources.csv"


def verdict(claim, *values, comparisons=1):
    case = Case("one", (claim,), lambda *_: values)
    (found,) = findings(case, case.values(len(values), 1), comparisons)
    return found.verdict


def test_families_are_found_and_every_case_by_name():
    assert {"arithmetic"} <= set(families())
    for family in families():
        for case in all_cases(family):
            assert find_case(family, case.name) is case


def test_an_unknown_family_is_refused():
    with pytest.raises(ValueError, match="family must be one of"):
        all_cases("astrology")


@pytest.mark.parametrize(
    ("claim", "values", "expected"),
    [
        (exactly("x", 5.0), [5.0], "holds"),
        (exactly("x", 5.0), [5.001], "off by +0.02 %"),
        (exactly("x", 5.0, 0.01), [5.001], "holds"),
        (Claim("x", "B15", 80.0, 81.0), [80.5], "holds"),
        (Claim("x", "B15", 80.0, 81.0), [40.0], "off by -50 %"),
        (Claim("x", "B15", 2.0, 2.0, "predicted"), [1.9, 2.0, 2.2], "holds"),
        (Claim("x", "B15", 2.0, 2.0, "predicted"), [2.2, 2.21, 2.2], "off by +10 %"),
        (Claim("x", "B15", 0.0, 0.0), [0.5], "off by 0.5"),
        (Claim("x", "B15", math.nan, math.nan, "predicted"), [0.5], "-"),
    ],
)
def test_verdicts(claim, values, expected):
    assert verdict(claim, *values) == expected


def test_equivalence_needs_an_interval_narrower_than_its_bound():
    claim = Claim("x", "theory", 1.0, 1.0, bound=0.01)
    rng = np.random.default_rng(1)
    assert verdict(claim, *rng.normal(1.002, 0.005, 20), comparisons=10) == "holds"
    assert verdict(claim, *rng.normal(1.0, 0.3, 20), comparisons=10) == "unresolved"
    assert verdict(claim, *rng.normal(1.05, 0.005, 20), comparisons=10).startswith("off by")


def test_a_case_that_gives_another_number_of_values_is_refused():
    with pytest.raises(ValueError, match="values of shape"):
        Case("one", (exactly("x", 1.0),), lambda *_: [1.0, 2.0]).values(1, 1)


@pytest.mark.parametrize("name", [case.name for case in all_cases("arithmetic")])
def test_arithmetic_holds(name):
    case = find_case("arithmetic", name)
    found = findings(case, case.values(case.trials, 1))
    assert [finding.verdict for finding in found] == ["holds"] * len(case.claims)


def test_claims_that_do_not_hold_say_why():
    claims = (
        Claim("a", "B15", 1.0, 1.0, why="so."),
        Claim("b", "C20", 1.0, 1.0, why="so."),
        Claim("c", "C21", 2.0, 2.0, why="not needed."),
        Claim("one guest: ms", "B08", 1.0, 1.0, why="this."),
        Claim("two guests: ms", "B08", 1.0, 1.0),
    )
    found = findings(Case("five", claims, lambda *_: [[2.0] * 5]), np.full((1, 5), 2.0))
    lines = [
        "- B15; C20: so.",
        "- B08, one guest: this.",
        "- B08, two guests: no reason is known.",
    ]
    assert reasons(found) == lines
    assert markdown({"published": found}).endswith("\n\n" + "\n".join(lines))


def test_claims_beside_theory_are_judged_together():
    claims = [claim for case in all_cases("theory") for claim in case.claims]
    assert {claim.reference for claim in claims} == {"theory"}
    assert sum(claim.bound > 0 for claim in claims) > 15


def test_rows_that_are_cited_are_on_the_page_of_sources():
    cited = {
        claim.reference for one in families() for case in all_cases(one) for claim in case.claims
    }
    cited |= {rule.reference for rule in (*RULES, *FURTHER)}
    rows = {row for text in cited for row in re.findall(r"\b[A-Z]\d\d\b", text)}
    assert len(rows) > 40
    assert rows - set(pd.read_csv(SOURCES)["id"]) == set()


def test_published_values_stand_with_their_rows():
    claims = [claim for case in all_cases("published") for claim in case.claims]
    rows = {claim.reference for claim in claims}
    assert {"B08", "B15", "B16", "B18", "C21", "C26", "A34", "R25", "F01", "M36"} <= rows
    assert {claim.kind for claim in claims if claim.reference == "F03"} == {"fitted"}


@pytest.mark.parametrize(
    ("family", "name"),
    [("theory", "repairman_8_2_exponential"), ("published", "floor_of_a_reserve")],
)
def test_a_case_of_each_family_runs(family, name):
    case = find_case(family, name)
    trials = min(case.trials, 2)
    assert np.isfinite(case.values(trials, 1)).all()
