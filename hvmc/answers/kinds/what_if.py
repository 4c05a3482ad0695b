"""Variants of a host against the present: a conclusion, a ranking, and who gains and who pays."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from hvmc.analysis.numbers import apart, estimate, figure, percent, points
from hvmc.answers.kind import Drawing, Kind
from hvmc.answers.page import Block, Column, TextTable
from hvmc.answers.sentences import Sentence, told

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["WhatIf"]

_LEGEND = (
    "Same luck in all variants; below each number its 95 % interval between trials. Fewer guests "
    "suffer: mean number of this host's guests that no longer do, less those that begin to. Cost: "
    "in processor cores of this host; what cores are added or needed elsewhere, and the price of "
    "the variant, an assumption (variants.NAME.price=...). Per cost: the one over the other. "
    "Victim: change of its P(suffers) in points, ratio of its mean response times. A guest suffers "
    "where its requests take more than {above:g} times what they would natively take on the host "
    "of today. same: no guest begins or ceases to in any trial. *: too few trials for the interval "
    "to hold as stated."
)
_PAYS = (
    "Who gains and who pays, ratio of mean response times and its 95 % interval, where all of it "
    "lies beyond 1.05 either way:"
)


class WhatIf(Kind):
    """What each variant changes, for whom, and at what cost."""

    place = 11
    reports = ("what_if",)

    def estimate(self) -> "Mapping[str, pd.DataFrame]":
        """Return ``variants``, ranked, and ``guests``, the changes of each guest."""
        from hvmc.analysis.variants import by_present, changes_by_guest, ranking
        from hvmc.experiment.what_if import FACTOR, costs

        experiment = self.asked.experiment
        if experiment.report != "what_if":
            return {}
        names = [str(point.levels[FACTOR]) for point in experiment.points]
        above = self.asked.limits[0]
        rows = by_present(self.asked.outcomes)
        return {
            "variants": ranking(rows, names, costs(experiment), above),
            "guests": changes_by_guest(rows, names, above),
        }

    def sentences(self) -> Iterator[Sentence]:
        """Yield the conclusion, then what each variant removes and costs, the best first."""
        ranked = self.frames["variants"]
        yield Sentence("What helps", _conclusion(ranked).removesuffix("."))
        for row in ranked.to_dict("records"):
            removed = told(_limits(row, "removed"), join=" to ")
            found = (
                "no guest begins or ceases to suffer"
                if row["unchanged"]
                else (f"{removed} guests fewer suffer")
            )
            yield Sentence(
                str(row["variant"]), f"{found}, at a cost of {figure(row['cost'])} cores"
            )

    def text(self) -> Iterator[Block]:
        """Yield the conclusion, the ranking, and who gains and pays."""
        ranked, guests = self.frames["variants"], self.frames["guests"]
        victim = self.asked.experiment.victim
        yield ""
        yield _conclusion(ranked)
        yield _at_present(guests, victim)
        yield _table(ranked, guests, victim)
        yield _LEGEND.format(above=self.asked.limits[0])
        yield ""
        yield _PAYS
        for name in ranked["variant"]:
            yield _gains_and_pays(str(name), guests)

    def figures(self) -> Iterator[Drawing]:
        """Yield the ranking, and the forest plot of victim and others."""
        from hvmc.plots.variants import ranked_variants

        if "variants" not in self.frames:
            return
        experiment = self.asked.experiment
        frames = self.frames
        title = self.asked.title(f"what helps, {experiment.victim} first")
        draw = partial(
            ranked_variants,
            frames["variants"],
            frames["guests"],
            experiment.victim,
            title,
            note=self.asked.note,
        )
        yield Drawing("what_if", draw)


def _conclusion(ranked: "pd.DataFrame") -> str:
    best = ranked.iloc[0]
    surely = ranked[ranked["removed_low"] > 0]
    harm = ranked[ranked["removed_high"] < 0]["variant"]
    told = (
        f"No variant is seen to help at {_trials(ranked)}: each interval of the guests that no "
        f"longer suffer holds 0 (the best estimate is {best['variant']})."
    )
    if len(surely):
        first = surely.iloc[0]
        most = surely.loc[surely["removed"].idxmax()]
        fewer, ends = apart(_limits(first, "removed"), figure, join=" to ")
        told = (
            f"Most suffering per cost is removed by {first['variant']}: {fewer} guests fewer "
            f"suffer ({ends}), at a cost of {figure(first['cost'])} cores"
        )
        if most["variant"] != first["variant"]:
            told += (
                f"; most in all by {most['variant']}: "
                f"{apart(_limits(most, 'removed'), figure)[0]}, at {figure(most['cost'])} cores"
            )
        told += "."
    worse = f" More guests suffer with {', '.join(harm)}." if len(harm) else ""
    return told + worse


def _trials(ranked: "pd.DataFrame") -> str:
    return f"this number of trials ({int(ranked['clusters'].max())} independent sets)"


def _limits(row: "Mapping[str, Any]", name: str) -> dict[str, Any]:
    ends = {"estimate": row[name], "low": row[f"{name}_low"], "high": row[f"{name}_high"]}
    return {**ends, "supported": bool(row["supported"])}


def _at_present(guests: "pd.DataFrame", victim: str) -> str:
    from hvmc.analysis.variants import ALL_GUESTS

    now = guests[(guests["point"] == guests["baseline"]) & (guests["metric"] == "suffers")]
    told = {str(row["role"]): _share(row) for row in now.to_dict("records")}
    own = f"suffers in {told[victim]} of the trials" if victim in told else "was never measured"
    return f"At present {victim} {own}, a guest of this host in {told.get(ALL_GUESTS, '-')}."


def _share(row: "Mapping[str, Any]") -> str:
    ends = {"estimate": row["level"], "low": row["level_low"], "high": row["level_high"]}
    value, limits = apart(ends, percent)
    return f"{value} % ({limits} %)" if limits else f"{value} %"


def _table(ranked: "pd.DataFrame", guests: "pd.DataFrame", victim: str) -> TextTable:
    own = guests[guests["role"] == victim]
    found = {(row["setting"], row["metric"]): row for row in own.to_dict("records")}
    records = ranked.to_dict("records")
    names = [str(row["variant"]) for row in records]
    host = [
        Column("fewer guests\nsuffer", [_cell(row, "removed") for row in records]),
        Column("cost,\ncores", [figure(row["cost"]) for row in records]),
        Column("fewer\nper cost", [_cell(row, "per_cost") for row in records]),
    ]
    of_victim = [
        Column("victim:\nP suffers", [_points(found.get((name, "suffers"))) for name in names]),
        Column("victim:\nresponse", [_ratio(found.get((name, "response_s"))) for name in names]),
    ]
    return TextTable(Column("variant", names), [host, of_victim], gap=1, pad=1)


def _cell(row: "Mapping[str, Any]", name: str) -> str:
    return "same" if row["unchanged"] else estimate(_limits(row, name), figure, join="..")


def _points(row: "Mapping[str, Any] | None") -> str:
    if row is None:
        return "-"
    if row["discordant"] == 0 and row["clusters"] > 1:
        return "same"
    return estimate({**row, "estimate": row["change"]}, points, join="..")


def _ratio(row: "Mapping[str, Any] | None") -> str:
    if row is None:
        return "-"
    return estimate({**row, "estimate": row["change"]}, figure, join="..", before="x")


def _gains_and_pays(name: str, guests: "pd.DataFrame") -> str:
    from hvmc.analysis.comparisons import effect
    from hvmc.analysis.variants import ALL_GUESTS

    rows = guests[(guests["setting"] == name) & (guests["metric"] == "response_s")]
    sides: dict[str, list[str]] = {"gains": [], "pays": [], "open": []}
    for row in rows[rows["role"] != ALL_GUESTS].to_dict("records"):
        side = effect(row["low"], row["high"])
        ends = f"{figure(row['change'])}, {figure(row['low'])}-{figure(row['high'])}"
        sides.get(side, []).append(f"{row['role']} (x{ends})" if side != "open" else row["role"])
    told = [
        f"{', '.join(sides[side])} {word}"
        for side, word in (("gains", "gain"), ("pays", "pay"))
        if sides[side]
    ]
    if sides["open"]:
        told.append(f"open: {', '.join(sides['open'])}")
    return f"- {name}: {'; '.join(told) or 'nobody by more than 5 %'}."
