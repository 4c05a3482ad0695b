"""How many more guests of a kind a host carries, which guest breaks first, and why."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from hvmc.analysis.numbers import apart, percent
from hvmc.answers.kind import Drawing, Kind
from hvmc.answers.page import Block, Column, TextTable
from hvmc.answers.sentences import Sentence

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Packing", "risk_cell"]

_LEGEND = (
    "worst: the guest, or guests that are alike, with the largest share of trials above the limit, "
    "with its 95 % interval. carries: of every guest the upper limit lies below the share, at a "
    "confidence that counts all numbers tried and all looks at them (hvmc/analysis/carrying.py); "
    "breaks: of one the lower limit lies above; open: more trials are needed, counted as not "
    "carried. Same luck at all numbers. A guest that can't start for want of memory suffers."
)


class Packing(Kind):
    """The numbers tried, setting by setting."""

    place = 13
    reports = ("packing",)

    def estimate(self) -> "Mapping[str, pd.DataFrame]":
        """Return ``risks`` by variant, number and group, and ``found``, a row per variant."""
        import pandas as pd

        from hvmc.analysis.carrying import cause_of, judge_groups, level_at, risk_rows, risks
        from hvmc.experiment.packing import ADDED, alike
        from hvmc.experiment.target import parse_target
        from hvmc.experiment.what_if import FACTOR

        experiment = self.asked.experiment
        if experiment.report != "packing":
            return {}
        target = parse_target(experiment.target)
        at = dict(list(self.asked.outcomes.groupby("point", sort=True)))
        found: list[dict[str, Any]] = []
        tried: dict[str, list[dict[str, Any]]] = {}
        for number, point in enumerate(experiment.points):
            variant, added = str(point.levels[FACTOR]), int(point.levels[ADDED])
            rows, groups = at[number], alike(point.design)
            mine = tried.setdefault(variant, [])
            level = level_at(sum(one["verdict"] != "carries" for one in mine))
            verdict = judge_groups(risks(rows, groups, target.above, level), target.share)
            own = risk_rows(rows, groups, target.above)
            worst = max(own, key=lambda row: row["estimate"])
            of_worst = rows[[groups.get(name, name) == worst["group"] for name in rows["guest"]]]
            why = cause_of(of_worst, target.above)
            mine.append({"added": added, "verdict": verdict, "cause": why, **worst})
            found += [{"variant": variant, "added": added, **row} for row in own]
        tests = pd.DataFrame([{"variant": v, **row} for v, rows in tried.items() for row in rows])
        return {"risks": pd.DataFrame(found), "tests": tests}

    def sentences(self) -> Iterator[Sentence]:
        """Yield a conclusion per setting."""
        for variant, rows in self.frames["tests"].groupby("variant", sort=False):
            told = self._conclusion(str(variant), rows)
            yield Sentence(str(variant), told.removesuffix("."))

    def text(self) -> Iterator[Block]:
        """Yield a conclusion per setting, and the numbers tried."""
        tests = self.frames["tests"]
        yield ""
        for variant, rows in tests.groupby("variant", sort=False):
            yield self._conclusion(str(variant), rows)
        for variant, rows in tests.groupby("variant", sort=False):
            records = rows.sort_values("added").to_dict("records")
            columns = [
                Column("trials", [str(row["trials"]) for row in records]),
                Column("", [str(row["verdict"]) for row in records]),
                Column("worst", [str(row["group"]) for row in records]),
                Column("above limit,\n% of trials", [risk_cell(row) for row in records]),
                Column("mostly by", [str(row["cause"]) for row in records]),
            ]
            names = [str(row["added"]) for row in records]
            yield TextTable(Column(f"{variant}:\nmore", names), [columns], pad=1)
        yield _LEGEND

    def _conclusion(self, variant: str, rows: "pd.DataFrame") -> str:
        from hvmc.experiment.packing import MOST
        from hvmc.experiment.target import parse_target

        experiment = self.asked.experiment
        target, kind = parse_target(experiment.target), experiment.packing
        carried = rows[rows["verdict"] == "carries"]["added"]
        failed = rows[rows["verdict"] != "carries"].sort_values("added")
        most = int(carried.max()) if len(carried) else -1
        who = "This host" if variant == "present" else f"With {variant} it"
        if failed.empty:
            least, more = ("at least ", "") if most == MOST else ("", "; no more can be set up so")
            return (
                f"{who} carries {least}{most} more of {kind} with 95 % confidence ({target} of "
                f"every guest){more}."
            )
        first = failed.iloc[0].to_dict()
        fails = "breaks first" if first["verdict"] == "breaks" else "can't be shown to hold"
        why = f"{first['group']} {fails}: {_share(first)}, mostly by {first['cause']}"
        if first["verdict"] == "open":
            why += "; more trials may decide"
        if most < 0:
            return f"{who} is not shown to carry even its present guests ({target} of each): {why}."
        return (
            f"{who} carries {most} more of {kind} with 95 % confidence ({target} of every guest); "
            f"at {int(first['added'])} more {why}."
        )

    def figures(self) -> Iterator[Drawing]:
        """Yield the risk over the number of further guests."""
        from hvmc.experiment.target import parse_target
        from hvmc.plots.carrying import risk_curves

        if "risks" not in self.frames:
            return
        kind = self.asked.experiment.packing
        draw = partial(
            risk_curves,
            self.frames["risks"].rename(columns={"added": "x"}),
            parse_target(self.asked.experiment.target),
            f"further guests like {kind}",
            self.asked.title(f"how many more of {kind}"),
            note=self.asked.note,
        )
        yield Drawing("packing", draw)


def risk_cell(row: "Mapping[str, Any]") -> str:
    """Return a share and its interval in one line."""
    value, limits = apart(row, percent)
    return f"{value}, {limits}" if limits else value


def _share(row: "Mapping[str, Any]") -> str:
    value, limits = apart(row, percent)
    return f"{value} % of the trials ({limits} %)" if limits else f"{value} %"
