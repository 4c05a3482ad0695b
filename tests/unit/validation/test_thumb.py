import numpy as np
import pandas as pd
import pytest

from hvmc.validation.thumb import FURTHER, RULES, ThumbRule, better, detections, sample


def guests(per_trial=4, trials=50):
    """The first guest of each trial suffers; readiness says so but for one in ten hosts."""
    trial = np.repeat(np.arange(trials), per_trial)
    suffers = np.tile([True] + [False] * (per_trial - 1), trials)
    ready = np.where(suffers, 20.0, 1.0)
    ready[suffers & (trial % 10 == 0)] = 2.0
    return pd.DataFrame({"trial": trial, "suffers": suffers, "ready": ready})


def test_a_rule_is_judged_as_a_detector():
    (found,) = detections(guests(), [ThumbRule("CPU ready, %", "B03", "ready", 10.0)])
    assert found.sensitivity.estimate == pytest.approx(0.9)
    assert found.sensitivity.low < 0.9 < found.sensitivity.high
    assert found.specificity.estimate == 1.0
    assert found.specificity.low < 1.0
    negative = 0.95 / (0.95 + 0.1 * 0.05)
    assert found.positive[0].estimate == 1.0
    assert found.positive[0].low < 0.8
    assert found.negative[0].estimate == pytest.approx(negative)
    assert found.youden.estimate == pytest.approx(0.9)
    assert found.youden.low < 0.9 < found.youden.high


def test_a_better_threshold_is_chosen_on_even_trials_and_judged_on_odd_ones():
    rows = guests()
    odd = rows["trial"] % 2 == 1
    rows.loc[odd & rows["suffers"] & (rows["trial"] % 5 == 0), "ready"] = 0.5
    (found,) = better(rows, [ThumbRule("CPU ready, %", "B03", "ready", 10.0)])
    assert found.rule.label == "CPU ready, % > 1"
    assert found.sensitivity.estimate == pytest.approx(0.8)
    assert found.sensitivity.clusters == 25
    rows["ready"] = rows["ready"].sample(frac=1.0, random_state=1).to_numpy()
    (nothing,) = better(rows, [ThumbRule("CPU ready, %", "B03", "ready", 10.0)])
    assert nothing.youden.low < 0.0 < nothing.youden.high


def test_yes_or_no_has_no_better_threshold():
    rows = guests().assign(named=1.0)
    assert better(rows, [ThumbRule("named by its regime, 1 or 0", "G06", "named", 0.5)]) == []


def test_a_rule_without_a_value_flags_nobody():
    rows = guests().assign(pressure=np.nan)
    (found,) = detections(rows, [ThumbRule("memory pressure", "M15", "pressure", 83.0)])
    assert (found.sensitivity.estimate, found.specificity.estimate) == (0.0, 1.0)
    assert np.isnan(found.positive[0].estimate)


def test_the_sample_has_what_every_rule_watches():
    rows = sample(1, 1, jobs=1)
    assert rows["regime"].nunique() == 4
    assert {rule.column for rule in (*RULES, *FURTHER)} <= set(rows.columns)
    assert set(rows["suffers"]) == {True, False}
    named = rows[rows["named"] == 1.0]
    assert set(named["regime"]) == {"over_committed", "under_provisioned_guest"}
    assert (rows[rows["regime"] == "over_committed"]["memory_taken"] > 60.0).all()
    assert rows["memory_taken"].between(0.0, 100.0).all()
