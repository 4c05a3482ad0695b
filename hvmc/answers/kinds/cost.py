"""What the provisioned capacity costs per unit of work done, and how much work is done."""

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from hvmc.analysis.numbers import estimate, figure
from hvmc.answers.groups import groups_of
from hvmc.answers.kind import Kind
from hvmc.answers.kinds.summary import SummaryRow, rows_of
from hvmc.answers.page import Block, Column, TextTable

if TYPE_CHECKING:
    import pandas as pd

    from hvmc.experiment.settings import Prices

__all__ = ["Cost"]

_COLUMNS = {"cost_per_work": "cost per\nwork", "throughput_ratio": "through-\nput"}
_LEGEND = (
    "Below each estimate its 95 % interval between trials. cost per work: price of the provisioned "
    "capacity per CPU-second of native work that was done; throughput: virtual over native, the "
    "mean over guests."
)


class Cost(Kind):
    """Cost and throughput; on a console they stand in the summary."""

    place = 23
    chapter = "cost"

    def estimate(self) -> "Mapping[str, pd.DataFrame]":
        """Return ``cost``: the rows of the summary that tell cost and throughput."""
        found = self.asked.summary
        return {"cost": found[found["metric"].isin(_COLUMNS)].reset_index(drop=True)}

    def page(self) -> Iterator[Block]:
        """Yield the prices, a row per group, and what its columns are."""
        by, label = groups_of(self.asked.experiment)
        rows = rows_of(self.frames["cost"], by, label)
        yield _priced(self.asked.experiment.prices)
        columns = [
            Column(head, [_cell(row, metric) for row in rows]) for metric, head in _COLUMNS.items()
        ]
        yield TextTable(Column("", [row.label for row in rows]), [columns], gap=1)
        yield _LEGEND


def _priced(prices: "Prices") -> str:
    if prices.gib_s == 0.0:
        unit = "1" if prices.lp_s == 1.0 else f"{prices.lp_s:g}"
        return (
            f"An LP-second of provisioned capacity costs {unit}, memory nothing (prices.lp_s, "
            "prices.gib_s)."
        )
    return (
        f"An LP-second of provisioned capacity costs {prices.lp_s:g}, a GiB-second "
        f"{prices.gib_s:g} (prices.lp_s, prices.gib_s)."
    )


def _cell(row: SummaryRow, metric: str) -> str:
    found = row.metrics[metric]
    low = found["low"] if math.isnan(found["low"]) else max(found["low"], 0.0)
    return estimate({**found, "low": low}, figure)
