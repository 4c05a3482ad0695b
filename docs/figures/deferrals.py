"""Interrupts of guests that found none of their VPs running, by regime."""

import pandas as pd
import small_run
from matplotlib.figure import Figure


def rows() -> pd.DataFrame:
    """Return deferred interrupts per second and their mean delay, by regime and role."""
    guests = small_run.groups()[["deferred_per_s", "deferral_mean_s"]].median()
    delays_us = 1e6 * guests["deferral_mean_s"]
    found = guests[["deferred_per_s"]].assign(mean_delay_us=delays_us)
    return found.round(2).reset_index()


def draw(_: pd.DataFrame) -> Figure:
    """Draw as `hvmc run` does."""
    return small_run.figure("deferral")


def tell(found: pd.DataFrame) -> str:
    """State the median delay on over-committed hosts."""
    first = found.iloc[0]
    return (
        f"Half of the guests of over-committed hosts have {first['deferred_per_s']:.0f} deferred "
        f"interrupts a second or more, and a mean delay of {first['mean_delay_us']:.0f} us or more."
    )
