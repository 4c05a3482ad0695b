"""What guests lack themselves against what sharing and virtualization cost."""

import pandas as pd
import small_run
from matplotlib.figure import Figure


def rows() -> pd.DataFrame:
    """Return medians of sizing, hosting and stretch."""
    return small_run.groups()[["sizing", "hosting", "stretch"]].median().round(3).reset_index()


def draw(_: pd.DataFrame) -> Figure:
    """Draw as `hvmc run` does."""
    return small_run.figure("split")


def tell(found: pd.DataFrame) -> str:
    """State the medians of victims and of crowded guests."""
    by = found.set_index("role")
    crowded, victim = found.iloc[0], by.loc["victim"]
    return (
        f"Medians: guests of over-committed hosts have a sizing of {crowded['sizing']:.2f} and a "
        f"hosting of {crowded['hosting']:.1f}; victims {victim['sizing']:.2f} and "
        f"{victim['hosting']:.2f}."
    )
