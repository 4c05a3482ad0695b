"""Arguments that a settings class does not know, or lacks: told of as any other problem."""

import pickle

import pytest

import hvmc
from hvmc.config.schema import Execution  # noqa: F401  (the last of the settings classes)
from hvmc.scenario.distributions import DISTRIBUTIONS, Distribution
from hvmc.scenario.settings import Settings, SettingsError


def classes(base=Settings):
    for cls in base.__subclasses__():
        yield cls
        yield from classes(cls)


@pytest.mark.parametrize("cls", sorted(set(classes()), key=lambda cls: cls.__name__))
def test_unknown_argument(cls):
    with pytest.raises(SettingsError) as caught:
        cls(no_such=1)
    assert str(caught.value).startswith(f"{cls.__name__}.no_such is not a setting: known here: ")


def test_the_nearest_is_named_and_all_is_told_at_once():
    with pytest.raises(SettingsError) as caught:
        hvmc.Guest(virtual_procesors=2)
    assert [str(problem) for problem in caught.value.problems] == [
        "Guest.virtual_procesors is not a setting: did you mean Guest.virtual_processors?",
        "Guest.name is missing: give it a value",
    ]


def test_too_many_values_are_a_type_error():
    with pytest.raises(TypeError, match="positional"):
        hvmc.Host(1, 2, 3, 4, 5, 6, 7, 8, 9)


def test_settings_are_pickled():
    host = hvmc.Host(logical_processors=2)
    assert pickle.loads(pickle.dumps(host)) == host


@pytest.mark.parametrize("law", DISTRIBUTIONS.values())
def test_unknown_argument_of_a_law(law):
    with pytest.raises(SettingsError) as caught:
        law(no_such=1)
    told = [str(problem) for problem in caught.value.problems]
    assert told[0].startswith(f"{law.__name__}.no_such is not a setting: known here: ")
    assert told[1].endswith(" is missing: give it a value")


def test_the_nearest_argument_of_a_law_is_named():
    with pytest.raises(SettingsError) as caught:
        hvmc.Exponential(men=3)
    assert [str(problem) for problem in caught.value.problems] == [
        "Exponential.men is not a setting: did you mean Exponential.mean?",
        "Exponential.mean is missing: give it a value",
    ]


def test_a_value_that_a_law_refuses_is_a_problem_with_its_path():
    with pytest.raises(SettingsError) as caught:
        hvmc.Gamma(-1.0, cv=0.0)
    assert [problem.path for problem in caught.value.problems] == ["Gamma.mean", "Gamma.cv"]


def test_an_abstract_law_is_a_type_error():
    with pytest.raises(TypeError, match="abstract"):
        Distribution()
