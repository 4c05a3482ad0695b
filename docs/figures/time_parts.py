"""Where the time of requests goes, natively and virtually."""

import pandas as pd
import small_run
from matplotlib.figure import Figure

from hvmc.analysis.time_parts import PART_NAMES


def rows() -> pd.DataFrame:
    """Return means over guests of the parts of their virtual response times, ms."""
    guests = small_run.groups()
    names = [name for name in small_run.answer().asked.outcomes if name.startswith("time_")]
    means = 1e3 * guests[[name for name in names if name.endswith("_s")]].mean()
    means.columns = [PART_NAMES[name.removeprefix("time_").removesuffix("_s")] for name in means]
    return means.round(3).reset_index()


def draw(_: pd.DataFrame) -> Figure:
    """Draw as `hvmc run` does."""
    return small_run.figure("time_parts")


def tell(found: pd.DataFrame) -> str:
    """State the largest part of the first pair of bars."""
    first = found.iloc[0].drop(["regime", "role"]).astype(float)
    name, most = first.idxmax(), first.max()
    return (
        f"On over-committed hosts a request takes {first.sum():.0f} ms in the mean over guests, of "
        f"which {most:.0f} are of the part {name}. Numbers in the bars are shares, in percent."
    )
