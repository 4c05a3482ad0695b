"""Negative control of verdicts undecided by evidence: constants without effect decide nothing.

The share of sufferers is the same on all hosts and lies on the limit of the claim, where intervals
err most easily to both sides. That such a verdict hangs on any of 33 constants must happen in at
most 5 % of cases; of 60, more than 8 have probability 0.003 under that rate (binomial), the
false-alarm rate of this test.
"""

import numpy as np
import pandas as pd

from hvmc.analysis.claims import published_claim

TRIALS, PER_HOST, CONSTANTS, CASES, MOST = 300, 6, 33, 60, 8


def test_constants_without_effect_decide_nothing():
    rng = np.random.default_rng(21)
    alarms = 0
    for _ in range(CASES):
        stretch = np.where(rng.random(TRIALS * PER_HOST) < 0.05, 2.0, 1.1)
        outcomes = pd.DataFrame(
            {
                "regime": "efficiently_provisioned",
                "role": "guest",
                "trial": np.repeat(np.arange(TRIALS), PER_HOST),
                "stretch": stretch,
                "sizing": 1.0,
                "hosting": stretch,
                "censored": 0,
            }
        )
        places = pd.DataFrame(rng.random((TRIALS, CONSTANTS)))
        places.columns = [f"overheads.number{name}" for name in places]
        verdict = published_claim(outcomes, places=places).iloc[0].verdict
        alarms += verdict == "undecided by evidence"
    assert alarms <= MOST
