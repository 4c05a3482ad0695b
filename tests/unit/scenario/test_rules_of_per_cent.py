"""Percentages where fractions are wanted are refused with the remedy, not taken a hundredfold."""

import pytest

import hvmc


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: hvmc.Role(own_commitment_low=35.0, own_commitment_high=40.0),
            "own_commitment_low must be a number above 0, at most 10, got 35.0 (times what there "
            "is: 35 % is 0.35)",
        ),
        (lambda: hvmc.Regime(lp_commitment_high=90), "got 90 (times what there is: 35 % is 0.35)"),
        (
            lambda: hvmc.Priority(limit="35 %"),
            "limit must be a number above 0, at most 1, got '35 %': write 0.35",
        ),
    ],
)
def test_per_cent_is_refused_with_the_remedy(make, message):
    with pytest.raises(hvmc.SettingsError) as error:
        make()
    assert message in str(error.value)


def test_a_commitment_of_ten_is_one():
    assert hvmc.Regime(lp_commitment_high=10).lp_commitment_high == 10.0
