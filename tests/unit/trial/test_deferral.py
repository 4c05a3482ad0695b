"""Delays of deferred interrupts: mean and quantiles from counts."""

import math

import pytest

from hvmc.kernel.codes import DELAY_BINS
from hvmc.trial.measured import Deferral


def deferral(counts, delay_s=0.0):
    histogram = tuple(counts) + (0,) * (DELAY_BINS - len(counts))
    return Deferral(sum(counts), delay_s, histogram)


def test_the_mean_is_exact():
    assert deferral([3, 1], 0.008).mean_s == 0.002


def test_quantiles_lie_in_their_bin_and_rise():
    # ten below 1.024 us, ten between 4.096 and 8.192 us
    delays = deferral([10, 0, 0, 10])
    assert delays.quantile_s(0.25) == pytest.approx(0.512e-6)
    assert delays.quantile_s(0.5) == pytest.approx(1.024e-6)
    assert delays.quantile_s(0.75) == pytest.approx(6.144e-6)
    assert delays.quantile_s(1.0) == pytest.approx(8.192e-6)


def test_without_interrupts_there_is_no_delay():
    assert math.isnan(deferral([]).mean_s)
    assert math.isnan(deferral([]).quantile_s(0.5))
