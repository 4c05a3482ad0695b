"""The verdict on the published claim: criteria, boundaries, reasons."""

import numpy as np
import pandas as pd
import pytest

from hvmc.analysis.claims import PUBLISHED_CLAIM, Criterion, published_claim
from hvmc.analysis.shares import share

ALL, NONE = Criterion("r", "guest", "all", 0.90), Criterion("r", "guest", "none", 0.05)


@pytest.mark.parametrize(
    ("claim", "low", "high", "verdict"),
    [
        (ALL, 0.90, 1.00, "holds"),
        (ALL, 0.89, 1.00, "undecided"),
        (ALL, 0.50, 0.90, "undecided"),
        (ALL, 0.50, 0.89, "fails"),
        (NONE, 0.00, 0.05, "holds"),
        (NONE, 0.00, 0.06, "undecided"),
        (NONE, 0.05, 0.06, "undecided"),
        (NONE, 0.06, 0.08, "fails"),
    ],
)
def test_an_interval_is_placed_against_the_limit(claim, low, high, verdict):
    assert claim.judge(low, high) == verdict


def test_the_criteria_are_those_fixed_beforehand():
    assert {(c.regime, c.role): (c.quantifier, c.limit) for c in PUBLISHED_CLAIM} == {
        ("over_committed", "guest"): ("all", 0.90),
        ("efficiently_provisioned", "guest"): ("none", 0.05),
        ("over_provisioned", "guest"): ("none", 0.01),
        ("under_provisioned_guest", "victim"): ("all", 0.90),
        ("under_provisioned_guest", "neighbour"): ("none", 0.05),
    }


def guests(regime, suffering, trials=400, per_host=5, role="guest", **columns):
    """On each host the same number of guests; a share ``suffering`` of them, spread evenly."""
    rows = trials * per_host
    suffers = np.arange(rows) % 100 < 100 * suffering
    return pd.DataFrame(
        {
            "regime": regime,
            "role": role,
            "trial": np.arange(rows) // per_host,
            "stretch": np.where(suffers, 2.4, 1.1),
            "sizing": np.where(suffers, 1.2, 1.0),
            "hosting": np.where(suffers, 2.0, 1.1),
            "censored": 0,
        }
        | columns
    )


@pytest.mark.parametrize(
    ("regime", "suffering", "verdict"),
    [
        ("over_committed", 0.98, "holds"),
        ("over_committed", 0.90, "undecided"),
        ("over_committed", 0.60, "fails"),
        ("efficiently_provisioned", 0.0, "holds"),
        ("efficiently_provisioned", 0.05, "undecided"),
        ("efficiently_provisioned", 0.20, "fails"),
        ("over_provisioned", 0.0, "holds"),
        ("over_provisioned", 0.01, "undecided"),
        ("over_provisioned", 0.05, "fails"),
    ],
)
def test_verdicts(regime, suffering, verdict):
    row = published_claim(guests(regime, suffering)).iloc[0]
    assert (row.verdict, row.estimate) == (verdict, pytest.approx(suffering))


def test_zero_sufferers_hold_only_with_enough_scenarios():
    few = published_claim(guests("over_provisioned", 0.0, trials=299)).iloc[0]
    enough = published_claim(guests("over_provisioned", 0.0, trials=300)).iloc[0]
    assert (few.verdict, enough.verdict, enough.high) == ("undecided", "holds", 0.01)


def test_victim_and_neighbours_are_judged_apart():
    regime = "under_provisioned_guest"
    table = pd.concat([guests(regime, 1.0, role="victim"), guests(regime, 0.0, role="neighbour")])
    found = published_claim(table)
    assert found[["role", "claim", "criterion", "verdict"]].to_numpy().tolist() == [
        ["victim", "all suffer", "share >= 90 %", "holds"],
        ["neighbour", "none suffers", "share <= 5 %", "holds"],
    ]


def test_the_interval_is_that_of_the_share_and_absent_regimes_are_left_out(outcomes):
    part = outcomes[outcomes.regime.isin(["over_committed", "over_provisioned"])]
    found = published_claim(part)
    assert found["regime"].tolist() == ["over_committed", "over_provisioned"]
    active = part[(part.regime == "over_committed") & np.isfinite(part.stretch)]
    one = share(active.stretch > 1.25, active.trial, censored=active.censored > 0)
    row = found.iloc[0]
    assert (row.estimate, row.low, row.high) == (one.estimate, one.low, one.high)


def test_a_failure_names_the_dominant_factor_among_the_sufferers():
    reason = published_claim(guests("efficiently_provisioned", 0.2)).iloc[0].reason
    assert reason.startswith("20 % of 2000 active guests in 400 trials have a stretch above 1.25")
    assert "the whole interval lies above 5 %" in reason
    assert "Among those hosting dominates (geometric mean 2, sizing 1.2)." in reason
    other = guests("efficiently_provisioned", 0.2, sizing=2.0, hosting=1.2)
    assert "Among those sizing dominates" in published_claim(other).iloc[0].reason


def test_holding_and_undecided_reasons_say_why():
    holds = published_claim(guests("over_committed", 0.98)).iloc[0].reason
    assert holds.endswith("the whole interval lies at or above 90 %.")
    undecided = published_claim(guests("over_committed", 0.90)).iloc[0].reason
    assert undecided.endswith("the interval contains 90 %, more trials are needed.")


def test_censored_guests_can_keep_a_claim_from_failing():
    table = guests("over_committed", 0.6)
    assert published_claim(table).iloc[0].verdict == "fails"
    row = published_claim(table.assign(censored=(table.stretch < 2).astype(int))).iloc[0]
    assert (row.verdict, row.high) == ("undecided", 1.0)
    assert row.reason.startswith("At least 60 %")


def test_the_threshold_is_a_setting_and_inactive_guests_do_not_count():
    table = guests("over_committed", 0.98)
    assert published_claim(table, suffers_above=2.4).iloc[0].estimate == 0.0
    nobody = published_claim(table.assign(stretch=np.nan)).iloc[0]
    assert (nobody.verdict, nobody.low, nobody.high) == ("undecided", 0.0, 1.0)
    assert nobody.reason == "No guest was active, so nothing can be said."


def test_a_missing_column_is_named():
    with pytest.raises(KeyError, match=r"\['hosting'\] for the verdict on the published claim"):
        published_claim(guests("over_committed", 1.0).drop(columns="hosting"))
