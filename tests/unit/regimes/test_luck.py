"""The uniforms of a trial: evenly spread, the same whoever asks, and uniform."""

import numpy as np
import pytest

from hvmc.regimes.luck import SCRAMBLES, Luck, spread_point
from hvmc.regimes.priors import GUEST_PRIORS, HOST_PRIORS


def test_every_scramble_fills_every_part_of_each_range_once():
    points = np.array([spread_point(7, trial) for trial in range(16 * SCRAMBLES)])
    for scramble in range(SCRAMBLES):
        own = points[scramble::SCRAMBLES]
        parts = np.sort((16 * own).astype(int), axis=0)
        assert (parts == np.arange(16)[:, None]).all()


def test_scrambles_differ_and_so_do_seeds():
    firsts = [spread_point(seed, trial)[0] for seed in (1, 2) for trial in range(SCRAMBLES)]
    assert len(set(firsts)) == 2 * SCRAMBLES


def test_a_trial_has_its_point_whatever_was_asked_before():
    alone = spread_point(3, 5000).copy()
    for trial in (0, 5000 + 64 * SCRAMBLES, 4999, 12):
        spread_point(3, trial)
    assert (spread_point(3, 5000) == alone).all()


@pytest.mark.parametrize("sampling", ["rqmc", "iid"])
def test_names_have_uniforms_of_their_own(sampling):
    luck = Luck(1, 9, sampling)
    host, guests = luck.host(), [luck.guest(number) for number in (0, 1, 23, 24, 200)]
    assert tuple(host) == HOST_PRIORS
    assert tuple(guests[0]) == GUEST_PRIORS
    constants = [luck.constant(f"a.{index}", index) for index in (0, 1, 63, 64)]
    values = [*host.values(), *(u for own in guests for u in own.values()), *constants]
    assert len(set(values)) == len(values)
    assert all(0.0 <= u < 1.0 for u in values)


def test_later_guests_are_drawn_independently():
    spread, independent = Luck(1, 9, "rqmc"), Luck(1, 9, "iid")
    assert spread.guest(24) == independent.guest(24)
    assert spread.guest(0) != independent.guest(0)
