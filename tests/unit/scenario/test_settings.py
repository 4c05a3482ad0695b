"""Values that no setting can take, whatever their size or shape."""

import pytest

import hvmc


@pytest.mark.parametrize(
    ("build", "told"),
    [
        (lambda: hvmc.Host(memory_mib=10**400), "must be a number > 0, got a number of 401 digits"),
        (lambda: hvmc.Host(memory_mib=-(10**400)), "must be a number > 0, got a number of 401"),
        (
            lambda: hvmc.Host(logical_processors=10**5000),
            "must be 1..1024, got a number of more than 4200 digits",
        ),
        (lambda: hvmc.Exponential(10**400), "must be finite, got inf"),
        (lambda: hvmc.Host(scheduler=[10**400]), "got [a number of 401 digits]"),
    ],
)
def test_numbers_too_large_for_a_float_are_told_of(build, told):
    with pytest.raises(hvmc.SettingsError) as caught:
        build()
    assert told in str(caught.value)


def test_a_deep_value_is_cut_in_the_message():
    value = []
    for _ in range(10_000):
        value = [value]
    with pytest.raises(hvmc.SettingsError) as caught:
        hvmc.Host(logical_processors=value)
    assert str(caught.value) == "Host.logical_processors must be 1..1024, got [[[[[[[...]]]]]]]"


def test_the_shares_of_vp_counts():
    from hvmc.regimes.population import Role

    with pytest.raises(hvmc.SettingsError) as caught:
        Role(name="guest", virtual_processors={1: 10**400})
    assert "must map a VP count >= 1 to a number >= 0, got a number of 401 digits" in str(
        caught.value
    )
