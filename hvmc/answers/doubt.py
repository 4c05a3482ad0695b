"""What can be said where few trials leave intervals open, and how many would be wanted."""

import math
import re
from collections.abc import Iterable, Sequence

from hvmc.analysis.numbers import amount

__all__ = ["about_marks", "trials_wanted"]

_MARKED_SHARE = 0.2


def about_marks(cells: Sequence[tuple[str, bool]], trials: int) -> str:
    """Say what marks mean at this number of trials; empty where they are few.

    Parameters
    ----------
    cells : sequence of (str, bool)
        Metric of each cell of a table, and whether its interval does not hold as stated.
    trials : int
        Trials of each group.
    """
    marked = [metric for metric, open_ in cells if open_]
    if len(marked) <= _MARKED_SHARE * len(cells):
        return ""
    wanted = trials_wanted(marked)
    return (
        f"At {amount(trials, 'trial')} what carries a * or is bounded on one side alone shows the "
        "order of size, and its interval may cover less than 95 %"
        + (f": {wanted}." if wanted else ".")
    )


def trials_wanted(metrics: Iterable[str]) -> str:
    """Return from how many trials on the intervals of quantiles hold; empty without quantiles.

    Examples
    --------
    >>> trials_wanted(["stretch_p50", "stretch_p99", "sizing"])
    'about 20 trials bound p50 and 1000 bound p99, more where numbers of guests differ'
    """
    from hvmc.analysis.quantiles import MINIMUM_BEYOND

    found = (re.fullmatch(r"stretch_p(\d+)", metric) for metric in metrics)
    percentiles = sorted({int(one[1]) for one in found if one})
    numbers = {p: math.ceil(MINIMUM_BEYOND / min(p / 100, 1 - p / 100) - 1e-9) for p in percentiles}
    words = [f"{number} bound p{p}" for p, number in numbers.items()]
    if not words:
        return ""
    words[0] = words[0].replace(" bound", " trials bound")
    told = " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
    return f"about {told}, more where numbers of guests differ"
