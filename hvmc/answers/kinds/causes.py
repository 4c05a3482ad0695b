"""What each cause contributes to the penalty, by regime and role."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING

from hvmc.analysis.numbers import amount, apart, figure
from hvmc.answers.figures import several_panels
from hvmc.answers.groups import groups_of, rows_by_group
from hvmc.answers.kind import Drawing, Kind
from hvmc.answers.page import Block, Column, TextTable
from hvmc.answers.sentences import Sentence, told

if TYPE_CHECKING:
    import pandas as pd

    from hvmc.answers.groups import Label

__all__ = ["Causes", "grid", "legend"]

_LEGEND = (
    "contribution: mean over guests of what the cause adds to log stretch, its Shapley value over "
    "all orders in which mechanisms are switched on under the same random inputs; the causes add "
    "up to the penalty, the mean log stretch. factor: exp(contribution), by how much the cause "
    "multiplies the stretch. share: of the penalty. Intervals: 95 %, between trials. 0: the cause "
    "is switched off or absent, so that it never changed a response time."
)
_HEADS = ("contri-\nbution", "\ninterval", "\nfactor", "share,\n%", "\ninterval")


class Causes(Kind):
    """Shapley values of log stretch."""

    place = 50
    reports = ("causes",)
    chapter = "causes"

    def estimate(self) -> "Mapping[str, pd.DataFrame]":
        """Return ``causes``, as of `hvmc.analysis.causes.summarise_causes`."""
        from hvmc.analysis.causes import summarise_causes

        by, _ = groups_of(self.asked.experiment)
        return {"causes": self.asked.in_order(summarise_causes(self.asked.outcomes, by=by))}

    def sentences(self) -> Iterator[Sentence]:
        """Yield the penalty and what contributes most to it."""
        from hvmc.analysis.causes import PENALTY, cause_title

        by, label = groups_of(self.asked.experiment)
        for key, rows in rows_by_group(self.frames["causes"], by):
            factors = rows[rows["metric"] == "factor"].set_index("cause")
            most = factors.drop(PENALTY)["estimate"].idxmax()
            yield Sentence(
                " ".join(label(key).split()),
                f"virtualization and sizing multiply response times by "
                f"{told(factors.loc[PENALTY].to_dict())}; of that {cause_title(str(most))} is the "
                f"most, a factor of {told(factors.loc[most].to_dict())}",
            )

    def text(self) -> Iterator[Block]:
        """Yield the table and what it means."""
        found = self.frames["causes"]
        by, label = groups_of(self.asked.experiment)
        yield grid(found, by, label)
        yield legend(found, by)

    def figures(self) -> Iterator[Drawing]:
        """Yield the bars, where causes were simulated."""
        from hvmc.analysis.causes import cause_columns
        from hvmc.plots.causes import cause_panels

        asked = self.asked
        for rows in asked.single:
            names = cause_columns(rows)
            if names:
                title = asked.title("causes of the penalty")
                draw = partial(
                    cause_panels, asked.groups(rows, names), self.frames["causes"], title
                )
                yield Drawing("causes", several_panels(draw, rows, asked.note))


def grid(found: "pd.DataFrame", by: tuple[str, ...], label: "Label") -> TextTable:
    """Return a block of rows per group, one for each cause."""
    from hvmc.analysis.causes import cause_title, has_shares

    rows: list[tuple[str, ...]] = []
    rules = set()
    empty = ("",) * len(_HEADS)
    for names, group in rows_by_group(found, by):
        counts = group.iloc[0]
        rules.add(len(rows))
        rows.append((label(names), *empty))
        rows.append(
            (f" {amount(int(counts['guests']), 'guest')}, {counts['clusters']} trials", *empty)
        )
        told = has_shares(group)
        for cause, own in group.groupby("cause", sort=False):
            rows.append((f" {cause_title(str(cause))}", *_cells(own.set_index("metric"), told)))
    stub, *columns = zip(*rows, strict=True)
    heads = [Column(text, cells) for text, cells in zip(_HEADS, columns, strict=True)]
    return TextTable(Column("", stub), [heads], rules)


def legend(found: "pd.DataFrame", by: tuple[str, ...]) -> str:
    """Return what the words and marks of the table mean."""
    from hvmc.analysis.causes import has_shares

    groups = [group for _, group in rows_by_group(found, by)]
    excluded = sum(int(group["excluded"].iloc[0]) for group in groups)
    left_out = f" Left out: {amount(excluded, 'guest')} without a stretch." if excluded else ""
    least = " >= at least, some requests were cut off." if found["at_least"].any() else ""
    doubtful = not all(map(has_shares, groups))
    doubt = " -: the penalty itself may be nothing, and has no shares." if doubtful else ""
    return _LEGEND + least + left_out + doubt


def _cells(rows: "pd.DataFrame", shares: bool) -> tuple[str, ...]:
    contribution, share = rows.loc["contribution"].to_dict(), rows.loc["share"].to_dict()
    if contribution["estimate"] == contribution["low"] == contribution["high"] == 0.0:
        return "0", "", "1", "0", ""
    value, limits = apart(contribution, partial(figure, most=4))
    factor, _ = apart(rows.loc["factor"].to_dict())
    if not shares:
        return value, limits, factor, "-", ""
    part, of_part = apart({**share, "at_least": False, "supported": True}, unit=100.0)
    return value, limits, factor, part, of_part if share["low"] < share["high"] else ""
