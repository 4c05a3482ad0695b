"""Shuffled nets: each coordinate evenly spread, coordinates independent of each other."""

import numpy as np
import pytest
from scipy.stats import kstest

from hvmc.regimes.nets import shuffled_nets


def keys(coordinates, seed=1):
    return np.random.default_rng(seed).integers(0, 2**63, (2, coordinates), dtype=np.uint64)


@pytest.mark.parametrize("count", [4, 8, 16, 64, 1024])
def test_first_points_fill_equal_parts_of_each_range_once(count):
    parts = (shuffled_nets(0, count, keys(50)) * count).astype(int)
    assert (np.sort(parts, axis=0) == np.arange(count)[:, None]).all()


def test_points_are_the_same_whichever_are_asked():
    whole = shuffled_nets(0, 200, keys(9))
    assert (shuffled_nets(70, 13, keys(9)) == whole[70:83]).all()
    far = shuffled_nets(2**31, 2, keys(9))
    assert (far >= 0.0).all()
    assert (far < 1.0).all()


def test_where_in_its_part_a_point_lies_is_chance():
    """False alarms: 1 in 1000."""
    inside = (shuffled_nets(0, 64, keys(400)) * 64) % 1.0
    assert kstest(inside.ravel(), "uniform").pvalue > 1e-3


def test_pairs_of_coordinates_meet_by_chance():
    """The mean square of correlations is that of independent points to a sixth; of nested shuffles,
    whose first digits pair neighbours, it is twice that (the negative control)."""
    points = shuffled_nets(0, 64, keys(200))
    assert _mean_square(points) * 64 == pytest.approx(1.0, abs=1 / 6)
    rng = np.random.default_rng(3)
    halves = np.repeat(rng.integers(0, 2, (32, 200)), 2, axis=0) ^ (np.arange(64) % 2)[:, None]
    assert _mean_square(halves.astype(float)) * 64 > 1.5


def _mean_square(points):
    found = np.corrcoef(points.T)[np.triu_indices(points.shape[1], 1)]
    return float((found**2).mean())
