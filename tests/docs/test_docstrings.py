"""Every example in a docstring of hvmc runs and prints what it says."""

import doctest
import importlib
import pkgutil

import pytest

import hvmc

MODULES = sorted(
    found.name
    for found in pkgutil.walk_packages(hvmc.__path__, "hvmc.")
    if not found.name.endswith("__main__")
)


@pytest.mark.parametrize("name", MODULES)
def test_examples_of_a_module(name):
    results = doctest.testmod(importlib.import_module(name))
    assert results.failed == 0


def test_examples_exist():
    finder = doctest.DocTestFinder()
    for name in ("hvmc.trial.simulation", "hvmc.model.host", "hvmc.scenario.overheads"):
        found = finder.find(importlib.import_module(name))
        assert any(test.examples for test in found)
