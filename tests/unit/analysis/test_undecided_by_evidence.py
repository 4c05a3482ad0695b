"""Verdicts that hang on constants of which no evidence is known."""

import numpy as np
import pandas as pd
import pytest

from hvmc.analysis.assumptions import (
    cells,
    corners,
    explain,
    leading,
    most_moving,
    per_trial,
    quarter_of,
)
from hvmc.analysis.claims import published_claim

TRIALS, PER_HOST = 1600, 3
SLOPE, REFILL, IDLE = "overheads.interference.slope", "overheads.refill.cost_s", "idle"


@pytest.fixture
def places():
    rng = np.random.default_rng(2)
    return pd.DataFrame(
        {path: rng.random(TRIALS) for path in (SLOPE, REFILL, IDLE)},
        index=pd.Index(range(TRIALS), name="trial"),
    )


def guests(chance, regime="efficiently_provisioned"):
    """Guests of whom those of a trial suffer with its chance."""
    rng = np.random.default_rng(3)
    suffers = rng.random((len(chance), PER_HOST)) < np.asarray(chance)[:, None]
    stretch = np.where(suffers, 2.0, 1.1).ravel()
    return pd.DataFrame(
        {
            "regime": regime,
            "role": "guest",
            "trial": np.repeat(np.arange(len(chance)), PER_HOST),
            "stretch": stretch,
            "sizing": 1.0,
            "hosting": stretch,
            "censored": 0,
            "lp_commitment": np.repeat(rng.random(len(chance)), PER_HOST),
        }
    )


def test_one_constant_decides(places):
    outcomes = guests(np.where(places[SLOPE] < 0.5, 0.0, 0.4))
    row = published_claim(outcomes, places=places).iloc[0]
    assert row.verdict == "undecided by evidence"
    assert row.deciding == (SLOPE,)
    assert "What decides it is not known: interference.slope (0 % in the" in row.reason
    assert published_claim(outcomes).iloc[0].verdict == "fails"


def test_two_decide_together(places):
    outcomes = guests((places[SLOPE] + places[REFILL] - 0.6).clip(0.0, 1.0))
    row = published_claim(outcomes, places=places).iloc[0]
    assert row.verdict == "undecided by evidence"
    assert set(row.deciding) == {SLOPE, REFILL}
    assert " in the quarter of hosts on which they let fewest suffer, " in row.reason


@pytest.mark.parametrize(("chance", "verdict"), [(0.0, "holds"), (0.3, "fails")])
def test_without_effect_the_verdict_stays(places, chance, verdict):
    row = published_claim(guests(np.full(TRIALS, chance)), places=places).iloc[0]
    assert (row.verdict, row.deciding) == (verdict, ())


def test_an_effect_on_one_side_of_the_limit_leaves_the_verdict(places):
    row = published_claim(guests(0.3 + 0.5 * places[SLOPE]), places=places).iloc[0]
    assert row.verdict == "fails"


def test_too_few_trials_in_a_quarter_are_told(places):
    few = places.head(240)
    outcomes = guests(0.4 * few[SLOPE] ** 4, regime="over_provisioned")
    row = published_claim(outcomes, places=few).iloc[0]
    assert row.verdict == "fails"
    assert "It may hang on interference.slope (0 % in the lowest quarter of its" in row.reason
    assert row.reason.endswith(": too few trials to tell those from 1 %.")
    certain = published_claim(guests(np.full(240, 0.3), "over_provisioned"), places=few).iloc[0]
    assert "may hang" not in certain.reason


def test_a_verdict_on_which_no_constant_is_seen_to_have_a_say_tells_so(places):
    blind = " No constant is seen to move it in so many trials; more would tell whether"
    row = published_claim(guests(np.full(TRIALS, 0.3)), places=places).iloc[0]
    assert blind in row.reason
    seen = published_claim(guests(0.3 + 0.5 * places[SLOPE]), places=places).iloc[0]
    assert seen.verdict == row.verdict == "fails"
    assert blind not in seen.reason
    assert blind not in published_claim(guests(np.full(TRIALS, 0.3))).iloc[0].reason


def test_who_moves_it_and_between_which_ends(places):
    outcomes = guests(0.1 + 0.6 * places[SLOPE] * (1.0 - places[REFILL]))
    found = explain(outcomes, places, suffers_above=1.25)
    assert most_moving(found) == leading(found) == [SLOPE, REFILL]
    slopes = found[found["response"] == "suffers"].set_index("part")["slope"]
    assert (slopes[SLOPE], slopes[REFILL]) == (1.0, -1.0)
    least, most = corners(outcomes, places, found, suffers_above=1.25)
    assert least.high < 0.25 < 0.35 < most.low
    assert corners(outcomes, places, found.assign(low=-1.0), suffers_above=1.25) is None


def test_cells_are_shares_of_guests(places):
    outcomes = guests(places[SLOPE] > 0.5)
    found = cells(outcomes, places[[SLOPE, IDLE]], suffers_above=1.25)
    assert len(found) == 16
    assert found["guests"].sum() == len(outcomes)
    assert set(found.loc[found["down"] < 2, "estimate"]) == {0.0}
    assert set(found.loc[found["down"] >= 2, "estimate"]) == {1.0}
    alone = cells(outcomes, places[[SLOPE]], suffers_above=1.25)
    assert alone["trials"].tolist() == np.bincount(quarter_of(places[SLOPE])).tolist()


def test_inactive_guests_are_left_out():
    outcomes = guests([0.0, 1.0])
    outcomes.loc[0, "stretch"] = np.nan
    found = per_trial(outcomes, 1.25)
    assert found["suffers"].tolist() == [0.0, 1.0]
    assert found["log_stretch"].tolist() == pytest.approx(np.log([1.1, 2.0]).tolist())
