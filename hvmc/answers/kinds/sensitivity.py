"""What moves the answer: Sobol indices of what a host is drawn from, of constants, and of luck."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from hvmc.analysis.numbers import amount, figure, percent
from hvmc.analysis.words import context_words, short_keys
from hvmc.answers.groups import rows_by_group
from hvmc.answers.kind import Drawing, Kind
from hvmc.answers.kinds.assumptions import WIDEST, share_of_variance
from hvmc.answers.page import Block, Column, TextTable
from hvmc.answers.sentences import Sentence, told

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Sensitivity", "groups", "index_cell", "part_names"]

_WHOLES = {"hosts": "all host inputs", "constants": "all constants", "luck": "luck"}
_INPUTS = {
    "lp_commitment": "LP commitment",
    "memory_commitment": "memory commitment",
    "scarce": "what is over-committed",
    "mean_own_commitment": "mean own commitment",
    "guest_sizes": "guests' sizes",
    "guest_load": "guests' load",
    "guest_shortage": "guest's own shortage",
    "population": "laws of guests",
}
_ORDERS = {"first": "alone", "total": "in all"}
_HEADS = {"suffers": "\nP(suffers),", "log_stretch": "mean log\nstretch,"}
_NAMED = 2
_LEGEND = (
    "Per cent of the variance between trials, +- half the 95 % interval (bootstrap over hosts). "
    "alone: Sobol's first-order index, what knowing that input takes away; in all: its total "
    "index, what is left where all others are known. The difference is what an input does in "
    "combination with others; it counts for each of them, so that totals may add up to more than "
    "100. Luck is what differs between runs of one host and no part of the other indices. -: no "
    "part in any trial, or nothing varies; ?: known to no better than 50 %, more trials are needed."
)


class Sensitivity(Kind):
    """First-order and total indices per regime and role, of both responses."""

    place = 18
    reports = ("sensitivity",)
    chapter = "assumptions"

    def estimate(self) -> "Mapping[str, pd.DataFrame]":
        """Return ``sensitivity``: as of `hvmc.analysis.sensitivity`, by context."""
        import pandas as pd

        from hvmc.analysis.comparisons import comparisons
        from hvmc.analysis.sensitivity import sensitivity

        if not self.is_told:
            return {}
        asked = self.asked
        contexts: dict[str, dict[str, int]] = {}
        levels = [point.levels for point in asked.experiment.points]
        for one in comparisons(levels, asked.experiment.compare):
            contexts.setdefault(one.context, {})[one.setting] = one.point
        outcomes = asked.results.trials()
        found = [
            sensitivity(outcomes, points, suffers_above=asked.limits[points["none"]]).assign(
                context=context
            )
            for context, points in contexts.items()
        ]
        return {"sensitivity": asked.in_order(pd.concat(found, ignore_index=True), ("context",))}

    def sentences(self) -> Iterator[Sentence]:
        """Yield what owns the variance of the share that suffers, per regime and role."""
        for about, rows in groups(self.frames["sensitivity"]):
            found = rows[(rows["response"] == "suffers") & (rows["order"] == "total")]
            own = {row["part"]: row for row in found.to_dict("records")}
            if found["estimate"].isna().all():
                yield Sentence(about, "P(suffers) is the same on every host")
                continue
            words = [f"{_WHOLES[part]} {_share(own[part])}" for part in _WHOLES if part in own]
            names = dict(zip(own, part_names(list(own)), strict=True))
            moving = [part for part in own if part not in _WHOLES and own[part]["low"] > 0.0]
            moving.sort(key=lambda part: -own[part]["estimate"])
            most = [f"{names[part]} {_share(own[part])}" for part in moving[:_NAMED]]
            moved = f"; most by {' and '.join(most)}" if most else ""
            yield Sentence(
                about, f"of the variance of P(suffers) between trials, {', '.join(words)}{moved}"
            )

    def text(self) -> Iterator[Block]:
        """Yield the sentences, a table per regime and role, and what it means."""
        for line in self.sentences():
            yield f"- {line.about + ': ' if line.about else ''}{line.text}."
        for about, rows in groups(self.frames["sensitivity"]):
            hosts = amount(int(rows["trials"].min()), "host")
            yield ""
            yield f"{about or 'All guests'}: what moves the answer, {hosts}"
            yield _table(rows)
        yield _LEGEND

    def figures(self) -> Iterator[Drawing]:
        """Yield the indices, a panel per response, regime and role."""
        from hvmc.plots.sensitivity import IndexPanel, index_panels

        if not self.is_told:
            return
        panels = []
        for about, rows in groups(self.frames["sensitivity"]):
            parts = list(rows["part"].unique())
            names = dict(zip(parts, part_names(parts), strict=True))
            blocks = [{part: names[part] for part in some} for some in _blocks(parts)]
            panels.append(IndexPanel(about, rows, blocks))
        title = self.asked.title("variance between trials, by what is drawn")
        yield Drawing("sensitivity", partial(index_panels, panels, title, note=self.asked.note))


def groups(found: "pd.DataFrame") -> "Iterator[tuple[str, pd.DataFrame]]":
    """Yield what each regime and role is called, and its rows of ``sensitivity``."""
    for key, rows in rows_by_group(found, ("context", "role")):
        about = [context_words(str(key["context"])), str(key["role"])]
        yield ": ".join(filter(None, about)), rows


def part_names(parts: Sequence[str]) -> list[str]:
    """Return what parts are called: in words, or by the last words of a constant's path."""
    words = _WHOLES | _INPUTS
    paths = [part for part in parts if part not in words]
    short = dict(zip(paths, short_keys(paths), strict=True))
    return [words[part] if part in words else short[part] for part in parts]


def _blocks(parts: Sequence[str]) -> list[list[str]]:
    """Return wholes, inputs of a host and constants, those that there are."""
    wholes = [part for part in _WHOLES if part in parts]
    inputs = [part for part in parts if part in _INPUTS]
    constants = [part for part in parts if part not in (*wholes, *inputs)]
    return [some for some in (wholes, inputs, constants) if some]


def _share(row: Mapping[str, Any]) -> str:
    """Return a share of variance in words; one below zero is none, one too wide is open."""
    if row["high"] - row["low"] > 2.0 * WIDEST:
        return f"at least {percent(row['low'], 0.1)} %" if row["low"] > 0.0 else "open"
    if row["low"] == row["high"]:
        return percent(row["estimate"]) + " %"
    ends = {name: max(row[name], 0.0) for name in ("estimate", "low", "high")}
    return told({**row, **ends}, percent, after=" %")


def _table(rows: "pd.DataFrame") -> TextTable:
    blocks = _blocks(list(rows["part"].unique()))
    parts = [part for some in blocks for part in some]
    found = rows.set_index(["response", "part", "order"])
    columns_of = []
    for response, head in _HEADS.items():
        columns = []
        for order, words in _ORDERS.items():
            cells = [index_cell(found.loc[(response, part, order)].to_dict()) for part in parts]
            columns.append(Column(f"{head}\n{words}", cells))
        columns_of.append(columns)
    rules = set(accumulate(len(some) for some in blocks[:-1]))
    return TextTable(Column("", part_names(parts)), columns_of, rules)


def index_cell(row: Mapping[str, Any]) -> str:
    """Return an index in per cent with half its interval; one below zero is none."""
    half = (row["high"] - row["low"]) / 2.0
    if row["estimate"] <= 0.0 < half <= WIDEST:
        return f"0 +-{figure(100.0 * half, 100.0 * half)}"
    return "-" if row["idle"] else share_of_variance(row)
