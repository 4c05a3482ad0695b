"""The report ``knee``: from which commitment of the host on guests suffer, by design point."""

import math
from typing import TYPE_CHECKING

from hvmc.cli.numbers import figure
from hvmc.cli.tables import plain_table

if TYPE_CHECKING:
    from rich.console import Console

    from hvmc.analysis.intervals import Interval
    from hvmc.experiment.results import Results

__all__ = ["print_onsets"]

_SHARES = {"5 %": 0.05, "half": 0.5}
_COLUMNS = ("point", "trial", "role", "stretch", "lp_commitment")


def print_onsets(results: "Results", console: "Console") -> str:
    """Print where the stretch sets in at each design point; return what the table means.

    Parameters
    ----------
    results : Results
        Stored results; victims are left out, since what stretches them is their own size.
    console : Console
        Where to.
    """
    from hvmc.analysis.onset import onset

    rows = results.trials(columns=list(_COLUMNS))
    rows = rows[rows["stretch"].notna() & (rows["role"] != "victim")]
    table = plain_table()
    table.padding = (0, 0, 0, 2)
    table.add_column("LP commitment from which on", no_wrap=True)
    for name in _SHARES:
        table.add_column(f"{name} of guests\nsuffer", justify="right", no_wrap=True)
    limits = [point.design.suffers_above for point in results.settings.points]
    for point, part in rows.groupby("point", sort=True):
        suffers = part["stretch"] > limits[int(point)]
        found = [
            onset(part["lp_commitment"], suffers, part["trial"], share=share)
            for share in _SHARES.values()
        ]
        label = results.labels[int(point)] or "all guests"
        table.add_row(label.replace(" ", "\n"), *(_cell(one) for one in found))
    console.print(table)
    above = " or ".join(f"{limit:g}" for limit in dict.fromkeys(limits))
    return (
        f"A guest suffers where its stretch is above {above}: at the commitment at which 5 % "
        f"suffer, p95 of the stretch passes {above}, where half do, p50. By a fit that rises with "
        "commitment; below it the 95 % interval between trials, ? where more trials are needed "
        "to bound it."
    )


def _cell(one: "Interval") -> str:
    if math.isinf(one.estimate):
        estimate = "not reached" if one.estimate > 0 else "always"
    else:
        estimate = figure(one.estimate)
    low, high = (figure(end) if math.isfinite(end) else "?" for end in (one.low, one.high))
    return f"{estimate}\n{low}-{high}"
