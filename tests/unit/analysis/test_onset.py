"""Where suffering sets in: by hand, and the coverage of the interval where the truth is known."""

import math

import numpy as np
import pytest
from scipy.stats import binom

from hvmc.analysis.onset import onset


def test_the_estimate_by_hand():
    commitment = np.repeat([0.2, 0.4, 0.6, 0.8], 2)
    trials = np.repeat([3, 1, 0, 2], 2)
    suffers = np.array([0, 0, 1, 0, 0, 1, 1, 1], bool)
    # running sum of (suffering - share x guests): 0 | -1 -1 -1 0 and 0 | -1.2 -1.4 -1.6 -0.8
    assert onset(commitment, suffers, trials, share=0.5).estimate == pytest.approx(0.7)
    assert onset(commitment, suffers, trials, share=0.6).estimate == pytest.approx(0.7)
    assert onset(commitment, suffers, trials, share=0.4).estimate == pytest.approx(0.3)


def test_shares_never_or_always_reached():
    x, trials = np.linspace(0, 1, 400), np.arange(400)
    never = onset(x, np.zeros(400, bool), trials, share=0.05)
    assert (never.estimate, never.high) == (math.inf, math.inf)
    assert never.low > 0.7
    always = onset(x, np.ones(400, bool), trials, share=0.5)
    assert (always.estimate, always.low) == (-math.inf, -math.inf)
    assert always.high < 0.3
    assert not onset(x[:20], x[:20] > 0.02, trials[:20], share=0.05).supported


@pytest.mark.parametrize("share", [0.05, 0.5])
def test_the_interval_covers(share):
    """False alarms: the chance of more misses than allowed is below 1e-6 at 95 % coverage."""
    rng = np.random.default_rng(1)
    runs, trials, guests = 120, 400, 4
    allowed = int(binom.isf(1e-6, runs, 0.05))
    slope = 12.0
    truth = 0.8 + math.log(share / (1 - share)) / slope
    misses, wrong = 0, 0
    for _ in range(runs):
        x = np.repeat(rng.uniform(0.05, 1.6, trials), guests)
        luck = np.repeat(rng.random(trials), guests)  # of the host: shared by half of its guests
        own = np.where(np.arange(x.size) % guests < 2, luck, rng.random(x.size))
        suffers = own < 1.0 / (1.0 + np.exp(-slope * (x - 0.8)))
        found = onset(x, suffers, np.repeat(np.arange(trials), guests), share=share)
        misses += not found.low <= truth <= found.high
        wrong += not found.low <= truth + 0.4 <= found.high
    assert misses <= allowed
    assert wrong > allowed  # negative control: another truth is noticed


def test_what_makes_no_sense_is_refused():
    with pytest.raises(ValueError, match=r"share must lie inside \(0, 1\), got 1.0"):
        onset([0.1], [True], [0], share=1.0)
    with pytest.raises(ValueError, match="at least one guest, got none"):
        onset([], [], [], share=0.5)
