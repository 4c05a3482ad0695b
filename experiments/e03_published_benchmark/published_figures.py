"""Published figures of a thread benchmark on a 4-processor host.

A dispatcher and a pool of workers take a fixed number of tasks and iterations; tasks compute and
sleep (structure: row F13). Ids such as F01 are rows of the project's table of published
measurements.

References
----------
M. Friedman, Hyper-V performance series, computerperformancebydesign.com and
performancebydesign.blogspot.com, 2018: rows F01-F05, F13 and, derived from them, F20-F27.
"""

import math
from dataclasses import dataclass
from typing import Literal

__all__ = [
    "CONFIGURATIONS",
    "FIGURES",
    "LAB_TAX",
    "PUBLISHED",
    "STRUCTURE_SOURCE",
    "WORST_SLOPE",
    "Published",
]

_SITE = "http://computerperformancebydesign.com"
_PRIORITY = f"{_SITE}/hyper-v-performance-cpu-priority-scheduling-options/"
_GUESTS = f"{_SITE}/hyper-v-performance-provisioned-guest-machines/"
STRUCTURE_SOURCE = (  # row F13: a dispatcher and workers, fixed tasks and iterations, sleeps
    "http://performancebydesign.blogspot.com/2018/01/understanding-guest-machine-performance_4.html"
)

# CPU overhead of a guest in a laboratory, row C20: https://github.com/MicrosoftDocs/biztalk-docs,
# biztalk/technical-guides/system-resource-costs-on-hyper-v.md
LAB_TAX = (0.09, 0.12)

# How much longer cache-bound work takes at its worst on a shared host, row B23: the 99th and 99.9th
# percentiles of its time over the median are 1.360 and 1.491
WORST_SLOPE = (0.36, 0.49)

CONFIGURATIONS = ("one_4vp", "one_2vp", "four_2vp")

Kind = Literal["fitted", "follows", "bound", "predicted"]


@dataclass(frozen=True, slots=True)
class Published:
    """A published quantity, or one that the model adds to them.

    Attributes
    ----------
    quantity : str
        Name in the table.
    row : str
        Row of the project's table of published measurements; empty for what was not published.
    value : float
        As published; nan for what was not.
    unit : str
        Of value.
    kind : {"fitted", "follows", "bound", "predicted"}
        See the module.
    source : str
        Where it was published.
    """

    quantity: str
    row: str
    value: float
    unit: str
    kind: Kind
    source: str


PUBLISHED = (
    Published("native", "F01", 90.0, "min", "fitted", _PRIORITY),
    Published("one_4vp", "F02", 105.0, "min", "fitted", _GUESTS),
    Published("one_2vp", "F03", 147.0, "min", "fitted", _GUESTS),
    Published("four_2vp_best", "F04", 370.0, "min", "fitted", _PRIORITY),
    Published("one_4vp_stretch", "F20", 1.167, "x native", "follows", _GUESTS),
    Published("one_2vp_stretch", "F21", 1.633, "x native", "follows", _GUESTS),
    Published("one_2vp_over_one_4vp", "F22", 1.4, "x", "follows", _GUESTS),
    Published("four_2vp_stretch", "F05", 4.08, "x native", "follows", _PRIORITY),
    Published("throughput", "F27", 0.973, "x native", "follows", _PRIORITY),
    Published("one_2vp_cpu", "F23", 294.0, "VP-min", "bound", _GUESTS),
    Published("one_4vp_utilisation", "F24", 0.70, "of its VPs", "predicted", _GUESTS),
    Published("four_2vp_cpu", "F25", 370.0, "LP-min", "predicted", _PRIORITY),
    Published("cpu_inflation", "F26", 1.26, "x alone", "predicted", _PRIORITY),
    Published("four_2vp_host_utilisation", "", math.nan, "of the LPs", "predicted", ""),
    Published("four_2vp_slowest", "", math.nan, "x best", "predicted", ""),
)
FIGURES = {one.quantity: one.value for one in PUBLISHED if one.kind == "fitted"}
