"""Shapley values against games with known answers, and their summary against hand arithmetic."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest

from hvmc.analysis.causes import PENALTY, cause_columns, shapley, summarise_causes

PLAYERS = 6
RNG = np.random.default_rng(20261122)


def random_games(count=50, players=PLAYERS):
    games = RNG.normal(size=(count, 1 << players))
    games[:, 0] = 0.0
    return games


def by_orders(game, players):
    """Mean marginal contribution over all orders of joining: the definition, slowly."""
    found = np.zeros(players)
    orders = list(itertools.permutations(range(players)))
    for order in orders:
        coalition = 0
        for player in order:
            joined = coalition | 1 << player
            found[player] += game[joined] - game[coalition]
            coalition = joined
    return found / len(orders)


def test_equals_the_mean_over_all_orders():
    for game in random_games(3, players=5):
        assert shapley(game) == pytest.approx(by_orders(game, 5), abs=1e-13)


def test_contributions_add_up_to_the_whole():
    games = random_games() + 3.0
    assert np.abs(shapley(games).sum(axis=-1) - (games[:, -1] - games[:, 0])).max() < 1e-12


def test_the_values_of_a_sum_of_games_are_the_sums():
    one, other = random_games(), random_games()
    assert np.abs(shapley(one + other) - shapley(one) - shapley(other)).max() < 1e-12


@pytest.mark.parametrize("null", range(PLAYERS))
def test_a_player_that_changes_nothing_gets_exactly_nothing(null):
    games = random_games()
    games[:] = games[:, np.arange(1 << PLAYERS) & ~(1 << null)]
    found = shapley(games)
    assert (found[:, null] == 0.0).all()
    assert (np.delete(found, null, axis=1) != 0.0).all()


def test_players_that_contribute_alike_get_the_same():
    numbers = np.arange(1 << PLAYERS)
    swapped = (numbers & ~0b11) | (numbers & 1) << 1 | (numbers >> 1 & 1)
    games = random_games()
    found = shapley(games + games[:, swapped])
    assert np.abs(found[:, 0] - found[:, 1]).max() < 1e-12
    assert np.abs(found[:, 0] - found[:, 2]).max() > 1e-3


def test_known_games():
    numbers = np.arange(1 << 4)
    # unanimity: a value only when players 0 and 2 both take part
    unanimity = (numbers & 0b0101 == 0b0101).astype(float)
    assert shapley(unanimity) == pytest.approx([0.5, 0.0, 0.5, 0.0])
    # airport game: the longest runway needed (Littlechild, Owen 1973): 1/4 + 1/3 + ...
    lengths = [1.0, 2.0, 4.0, 7.0]
    airport = [max((lengths[i] for i in range(4) if n >> i & 1), default=0.0) for n in numbers]
    expected = [1 / 4, 1 / 4 + 1 / 3, 1 / 4 + 1 / 3 + 2 / 2, 1 / 4 + 1 / 3 + 2 / 2 + 3]
    assert shapley(airport) == pytest.approx(expected)
    # majority vote with weights 4, 2, 1, 1 and quota 5
    votes = np.array([4, 2, 1, 1])
    vote = [float((votes * (n >> np.arange(4) & 1)).sum() >= 5) for n in numbers]
    assert shapley(vote) == pytest.approx([3 / 4, 1 / 12, 1 / 12, 1 / 12])


def test_one_player_and_a_missing_value():
    assert shapley([1.0, 4.0]).tolist() == [3.0]
    assert np.isnan(shapley([0.0, math.nan, 1.0, 2.0])).all()


@pytest.mark.parametrize("values", [[], [1.0, 2.0, 3.0], 1.0])
def test_values_must_be_of_all_coalitions(values):
    with pytest.raises(ValueError, match=r"must have 2\*\*n coalitions on the last axis, got"):
        shapley(values)


def frame(**columns):
    made = {
        "regime": ["a", "a", "a", "a", "b"],
        "role": "guest",
        "trial": [0, 0, 1, 2, 0],
        "stretch": np.exp([0.3, 0.5, 0.7, 0.9, math.nan]),
        "censored": 0,
        "cause_sizing": [0.1, 0.1, 0.1, 0.5, math.nan],
        "cause_sharing": [0.2, 0.4, 0.6, 0.4, math.nan],
        "cause_memory": [0.0, 0.0, 0.0, 0.0, math.nan],
    }
    return pd.DataFrame(made | columns)


def test_summary_by_hand():
    found = summarise_causes(frame()).set_index(["regime", "cause", "metric"]).loc["a"]
    assert found.loc[("sizing", "contribution"), "estimate"] == pytest.approx(0.2)
    assert found.loc[("sharing", "contribution"), "estimate"] == pytest.approx(0.4)
    assert found.loc[("sharing", "factor"), "estimate"] == pytest.approx(math.exp(0.4))
    assert found.loc[("sizing", "share"), "estimate"] == pytest.approx(0.8 / 2.4)
    assert found.loc[(PENALTY, "contribution"), "estimate"] == pytest.approx(0.6)
    assert found.loc[(PENALTY, "share"), "estimate"] == pytest.approx(1.0)
    # trials sum to 0.6, 0.6 and 0.4, expected 0.8, 0.4 and 0.4; t with 2 degrees is 4.3027
    variance = 3 / 2 * ((0.6 - 0.8) ** 2 + (0.6 - 0.4) ** 2 + 0.0) / 4**2
    low = found.loc[("sharing", "contribution"), "low"]
    assert low == pytest.approx(0.4 - 4.302653 * math.sqrt(variance), rel=1e-6)
    assert found.loc[("sharing", "factor"), "low"] == pytest.approx(math.exp(low))
    nothing = found.loc["memory"]
    ends = nothing.loc[["contribution", "share"], ["estimate", "low", "high"]]
    assert (ends.to_numpy() == 0.0).all()
    assert (found["clusters"] == 3).all()
    assert (found["guests"] == 4).all()


def test_causes_are_in_order_and_guests_without_them_are_counted():
    found = summarise_causes(frame())
    assert found["cause"].unique().tolist() == ["sizing", "sharing", "memory", PENALTY]
    assert found.groupby("regime")["excluded"].first().to_dict() == {"a": 0, "b": 1}
    empty = found[found["regime"] == "b"]
    assert empty["estimate"].isna().all()
    assert not empty["supported"].any()


def test_cut_off_requests_make_the_penalty_a_lower_bound():
    found = summarise_causes(frame(censored=[0, 3, 0, 0, 0]))
    marked = found[found["at_least"]]
    assert marked["cause"].unique().tolist() == [PENALTY]
    assert marked["metric"].tolist() == ["contribution", "factor"]
    assert not summarise_causes(frame())["at_least"].any()


def test_columns_without_a_number_are_no_causes():
    assert cause_columns(frame()) == ["cause_sizing", "cause_sharing", "cause_memory"]
    none = frame(cause_sizing=math.nan, cause_sharing=math.nan, cause_memory=math.nan)
    assert cause_columns(none) == []
    with pytest.raises(KeyError, match=r"must have columns cause_.*run the experiment with causes"):
        summarise_causes(none)
    with pytest.raises(KeyError, match=r"must have the columns \['censored'\] for causes"):
        summarise_causes(frame().drop(columns="censored"))
