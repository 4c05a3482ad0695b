"""How much the load of a host's guests may grow, and in which month that is."""

import math
from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING

from hvmc.analysis.numbers import figure
from hvmc.answers.kind import Drawing, Kind
from hvmc.answers.kinds.packing import risk_cell
from hvmc.answers.page import Block, Column, TextTable
from hvmc.answers.sentences import Sentence

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Growth"]

_LEGEND = (
    "load: of every guest, times the present one, its requests unchanged and the same luck. worst: "
    "the guest, or guests that are alike, with the largest share of trials above the limit, with "
    "its 95 % interval. Between the loads simulated the risk is taken to rise in a straight line."
)


class Growth(Kind):
    """The risk at each load."""

    place = 14
    reports = ("growth",)

    def estimate(self) -> "Mapping[str, pd.DataFrame]":
        """Return ``risks`` by load and group, and ``passing``, one row."""
        import pandas as pd

        from hvmc.analysis.carrying import cause_of, risk_rows
        from hvmc.analysis.growing import passing
        from hvmc.experiment.growth import FACTOR
        from hvmc.experiment.packing import alike
        from hvmc.experiment.target import parse_target

        experiment = self.asked.experiment
        if experiment.report != "growth":
            return {}
        target = parse_target(experiment.target)
        found, worst = [], []
        for number, rows in self.asked.outcomes.groupby("point", sort=True):
            point = experiment.points[int(number)]
            groups, load = alike(point.design), float(point.levels[FACTOR])
            own = risk_rows(rows, groups, target.above)
            first = max(own, key=lambda row: row["estimate"])
            mine = rows[[groups.get(name, name) == first["group"] for name in rows["guest"]]]
            worst.append({"x": load, **first, "cause": cause_of(mine, target.above)})
            found += [{"variant": "present", "x": load, **row} for row in own]
        risks = pd.DataFrame(found)
        ends = pd.DataFrame([passing(risks, target.share)])
        return {"risks": risks, "worst": pd.DataFrame(worst), "passing": ends}

    def sentences(self) -> Iterator[Sentence]:
        """Yield the conclusion."""
        yield Sentence("growth", self._conclusion().removesuffix("."))

    def text(self) -> Iterator[Block]:
        """Yield the conclusion and the loads."""
        yield ""
        yield self._conclusion()
        records = self.frames["worst"].to_dict("records")
        columns = [
            Column("worst", [str(row["group"]) for row in records]),
            Column("above limit,\n% of trials", [risk_cell(row) for row in records]),
            Column("mostly by", [str(row["cause"]) for row in records]),
        ]
        yield TextTable(Column("load", [f"{row['x']:g}" for row in records]), [columns], pad=1)
        yield _LEGEND

    def _conclusion(self) -> str:
        from hvmc.analysis.growing import month_of
        from hvmc.experiment.target import parse_target

        experiment = self.asked.experiment
        target, rate = parse_target(experiment.target), experiment.growth_per_year
        ends = self.frames["passing"].iloc[0]
        top = max(float(row) for row in self.frames["worst"]["x"])
        value, low, high = (float(ends[name]) for name in ("estimate", "low", "high"))
        if value <= 1.0:
            first = self.frames["worst"].iloc[0]
            return (
                f"The host is not efficient at its present load: {first['group']} does not meet "
                f"{target} ({risk_cell(first.to_dict())} %)."
            )
        at = f"at {figure(value)} times the present load"
        if math.isinf(value):
            at = f"not up to {top:g} times the present load"
        known = f"surely not before {low:g}" if low else "from which load on is not bounded below"
        late = f"surely by {high:g}" if math.isfinite(high) else f"later than {top:g} is possible"
        told = f"The host stops being efficient ({target} of every guest) {at} ({known}, {late})."
        if rate is None:
            return f"{told} With growth_per_year=20 % this is told as a month."
        months = [month_of(load, rate) for load in (value, max(low, 1.0), high)]
        if math.isinf(value):
            return f"{told} At {100 * rate:g} % a year that is after month {figure(months[1])}."
        until = f"{math.ceil(months[2])}" if math.isfinite(months[2]) else "later"
        return (
            f"{told} At {100 * rate:g} % a year that is in month {math.ceil(months[0])} (between "
            f"{math.floor(months[1])} and {until})."
        )

    def figures(self) -> Iterator[Drawing]:
        """Yield the risk over the load."""
        from hvmc.experiment.target import parse_target
        from hvmc.plots.carrying import risk_curves

        if "risks" not in self.frames:
            return
        draw = partial(
            risk_curves,
            self.frames["risks"],
            parse_target(self.asked.experiment.target),
            "load of all guests (times the present one, dimensionless)",
            self.asked.title("how far the load may grow"),
            note=self.asked.note,
        )
        yield Drawing("growth", draw)
