"""How often guests of each regime exceed a stretch."""

import pandas as pd
import small_run
from matplotlib.figure import Figure

STRETCHES = (1.25, 2.0, 5.0, 10.0)


def rows() -> pd.DataFrame:
    """Return the share of guests beyond some stretches, %."""
    shares = {
        f"beyond {x:g}, %": small_run.groups()["stretch"].agg(lambda s, x=x: 100.0 * (s > x).mean())
        for x in STRETCHES
    }
    return pd.DataFrame(shares).reset_index()


def draw(_: pd.DataFrame) -> Figure:
    """Draw as `hvmc run` does."""
    return small_run.figure("exceedance")


def tell(found: pd.DataFrame) -> str:
    """State how to read the first curve."""
    first = found.iloc[0]
    return (
        f"To be read as: {first['beyond 2, %']:.0f} % of the guests of over-committed hosts have a "
        f"stretch beyond 2, {first['beyond 10, %']:.0f} % one beyond 10."
    )
