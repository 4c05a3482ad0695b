"""Exceedance curves: estimate, pointwise and simultaneous bands, censoring."""

import numpy as np
import pandas as pd
import pytest

from hvmc.analysis import bands
from hvmc.analysis.bands import exceedance
from hvmc.analysis.clusters import Clusters
from hvmc.analysis.shares import share

GRID = [1.0, 1.25, 1.5, 2.0, 4.0]


def frame(stretch, trial, censored=0):
    return pd.DataFrame(
        {"regime": "r", "role": "guest", "trial": trial, "stretch": stretch, "censored": censored}
    )


def test_the_curve_is_the_share_above_each_x():
    curve = exceedance(frame([1.0, 1.25, 1.3, 3.0], [0, 1, 2, 3]), GRID)
    assert curve["estimate"].tolist() == [0.75, 0.5, 0.25, 0.25, 0.0]
    assert list(curve.columns[:6]) == ["regime", "role", "x", "estimate", "low", "high"]


def test_a_pointwise_band_is_the_interval_of_the_share_at_each_x(outcomes):
    curve = exceedance(outcomes, GRID)
    assert set(curve["band"]) == {"pointwise"}
    for (regime, role), part in curve.groupby(["regime", "role"]):
        mine = outcomes[(outcomes.regime == regime) & (outcomes.role == role)]
        mine = mine[np.isfinite(mine.stretch)]
        for row in part.itertuples():
            one = share(mine.stretch > row.x, mine.trial, censored=mine.censored > 0)
            assert (row.estimate, row.low, row.high) == pytest.approx(
                (one.estimate, one.low, one.high), rel=1e-12
            )
            assert (row.clusters, row.guests) == (one.clusters, one.observations)


def test_a_simultaneous_band_contains_the_pointwise_one_and_falls(outcomes):
    part = outcomes[(outcomes.regime == "over_committed") & (outcomes.censored == 0)]
    grid = np.geomspace(1.0, 6.0, 30)
    pointwise = exceedance(part, grid)
    whole = exceedance(part, grid, band="simultaneous")
    assert set(whole["band"]) == {"simultaneous"}
    # the whole curve falls, so that a limit at one x holds on one side of it too
    falling_high = np.minimum.accumulate(pointwise.high)
    falling_low = np.maximum.accumulate(pointwise.low[::-1])[::-1]
    assert (whole.high > falling_high).all()
    assert (whole.low < falling_low).all()
    assert (whole.high.diff().dropna() <= 0).all()
    assert (whole.low.diff().dropna() <= 0).all()


def test_a_simultaneous_band_at_one_x_is_the_pointwise_one():
    """One point has nothing to be simultaneous with: the factor is the normal one, resampled."""
    rng = np.random.default_rng(5)
    sample = frame(rng.lognormal(size=4000), np.repeat(np.arange(400), 10))
    pointwise = exceedance(sample, [1.0])
    whole = exceedance(sample, [1.0], band="simultaneous")
    widths = (whole.high - whole.low) / (pointwise.high - pointwise.low)
    # 2000 draws: the 95 % quantile of |normal| has a standard error of 0.02; 5 of those
    assert widths.item() == pytest.approx(1.0, abs=0.1 / 1.96)


def test_the_same_seed_gives_the_same_band(outcomes):
    first, again, other = (
        exceedance(outcomes, GRID, band="simultaneous", seed=seed) for seed in (3, 3, 4)
    )
    pd.testing.assert_frame_equal(first, again)
    assert not np.array_equal(first["low"], other["low"])


def test_from_the_first_censored_value_on_the_curve_is_at_least():
    sample = frame(np.arange(1.0, 101.0), np.arange(100), np.arange(100) == 49)  # value 50
    curve = exceedance(sample, [49.0, 50.0, 99.5, 200.0])
    assert curve["at_least"].tolist() == [False, True, True, True]
    exact = exceedance(sample.assign(censored=0), [49.0, 50.0, 99.5, 200.0])
    assert curve["estimate"].tolist() == exact["estimate"].tolist()
    assert curve["low"].tolist() == exact["low"].tolist()
    worst = exceedance(frame(np.where(sample.censored, 1e9, sample.stretch), sample.trial), [200.0])
    assert curve["high"].iloc[-1] == pytest.approx(worst["high"].item(), rel=1e-12)


def test_groups_share_the_default_grid_and_inactive_guests_are_left_out(outcomes):
    curve = exceedance(outcomes)
    sizes = curve.groupby(["regime", "role"]).size()
    assert set(sizes) == {200}
    active = outcomes[np.isfinite(outcomes.stretch)]
    assert curve["x"].min() == pytest.approx(active.stretch.min())
    assert curve.groupby(["regime", "role"])["guests"].first().sum() == len(active)


def test_a_band_of_an_unknown_kind_and_a_missing_column_are_refused(outcomes):
    with pytest.raises(ValueError, match="band must be 'pointwise' or 'simultaneous', got 'both'"):
        exceedance(outcomes, GRID, band="both")
    with pytest.raises(KeyError, match=r"must have the columns \['trial'\] for exceedance"):
        exceedance(outcomes.drop(columns="trial"), GRID)


def test_covariances_of_a_curve_are_those_of_the_counts_in_its_clusters():
    rng = np.random.default_rng(1)
    trial, values = rng.integers(0, 40, 300), rng.lognormal(size=300)
    clusters, xs = Clusters.of(trial), np.array([0.1, 0.5, 1.0, 2.0, 99.0])
    share, covariance = bands._exceeding(values, clusters, xs)
    counts = np.array([[(values[trial == k] > x).sum() for x in xs] for k in np.unique(trial)])
    residuals = counts - np.outer(clusters.sizes(), share)
    wanted = residuals.T @ residuals * clusters.count / (clusters.count - 1.0) / 300**2
    np.testing.assert_allclose(share, (values[:, None] > xs).mean(axis=0))
    np.testing.assert_allclose(covariance, wanted, atol=1e-15)


def test_a_share_equal_in_all_clusters_has_no_spread():
    thirds, clusters = np.tile([1.0, 2.0, 3.0], 1000), Clusters.of(np.arange(3000) // 3)
    _, covariance = bands._exceeding(thirds, clusters, np.array([1.5, 2.5]))
    assert not covariance.any()
