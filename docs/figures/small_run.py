"""A small run of the four regimes, of which the page on reading draws several figures."""

import tempfile
from functools import cache

import pandas as pd
from matplotlib.figure import Figure

import hvmc
from hvmc.answers.registry import Answer
from hvmc.config.assembly import assemble
from hvmc.config.sources import Source, conf_dir

TRIALS = 16


@cache
def folder() -> tempfile.TemporaryDirectory[str]:
    """Return where the results are while the site is built."""
    return tempfile.TemporaryDirectory()


@cache
def answer() -> Answer:
    """Return the answer of `hvmc run trials=16`."""
    experiment = assemble([f"trials={TRIALS}"], Source(conf_dir())).experiment
    return Answer(hvmc.run(experiment, results_dir=folder().name, jobs=1))


def groups() -> pd.core.groupby.DataFrameGroupBy:
    """Return the guests that measured anything, by regime and role."""
    found = answer().asked.outcomes.dropna(subset="stretch")
    return found.groupby(["regime", "role"], sort=False, observed=True)


def figure(name: str) -> Figure:
    """Return a figure that the answer calls for.

    Raises
    ------
    KeyError
        If it does not.
    """
    return dict(answer().figures())[name]()
