"""Published measurements, of Hyper-V where there are any, and what the model predicts for them.

Values are those of the reference tables' rows; a claim without a row names its source in words.
What was fitted, and the situation that is assumed, stands in the docstring of each module.
"""

from hvmc.validation.cases.published import (
    benchmark,
    counters,
    devices,
    memory,
    scheduling,
    spinning,
)

__all__ = ["CASES"]

CASES = (
    *scheduling.CASES,
    *spinning.CASES,
    *benchmark.CASES,
    *counters.CASES,
    *devices.CASES,
    *memory.CASES,
)
