"""Where the time goes: a column per group, a row per part of the response time."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING

from hvmc.analysis.numbers import beside, figure
from hvmc.answers.figures import several_panels
from hvmc.answers.groups import groups_of, head, rows_by_group
from hvmc.answers.kind import Drawing, Kind
from hvmc.answers.page import Block, Column, TextTable

if TYPE_CHECKING:
    import pandas as pd

    from hvmc.answers.groups import Label

__all__ = ["TimeParts", "grid"]

HEAD_WIDTH = 12
MOST_COLUMNS = 15
_TITLE = "Where the time goes, % of the virtual response time:"
_LEGEND = (
    "Each guest's time is taken relative to its native mean response time, as in the figure "
    "time_parts; +- half the 95 % interval between trials; other: parts below 0.5 % everywhere. "
)


class TimeParts(Kind):
    """The parts of the response time."""

    place = 60
    reports = ("regimes",)
    chapter = "causes"

    def estimate(self) -> "Mapping[str, pd.DataFrame]":
        """Return ``parts`` (`hvmc.analysis.time_parts.summarise_parts`), where they are stored."""
        from hvmc.analysis.time_parts import has_parts, summarise_parts

        if not has_parts(self.asked.outcomes):
            return {}
        by, _ = groups_of(self.asked.experiment)
        return {"parts": self.asked.in_order(summarise_parts(self.asked.outcomes, by=by))}

    def text(self) -> Iterator[Block]:
        """Yield the table and what the parts are."""
        from hvmc.analysis.time_parts import explain_parts, small_parts

        by, label = groups_of(self.asked.experiment)
        found = self.frames.get("parts")
        if found is None or len(found[list(by)].drop_duplicates()) > MOST_COLUMNS:
            return
        yield from ("", _TITLE)
        yield grid(found, by, label)
        yield _LEGEND + explain_parts(small_parts(found))

    def figures(self) -> Iterator[Drawing]:
        """Yield the stacks, where parts are stored."""
        from hvmc.analysis.time_parts import has_parts
        from hvmc.plots.time_parts import parts_panels

        asked = self.asked
        for rows in asked.single:
            if has_parts(rows):
                groups = asked.groups(rows, ["time_service_s"])
                title = asked.title("where the time goes")
                draw = partial(parts_panels, groups, self.frames["parts"], title)
                yield Drawing("time_parts", several_panels(draw, rows, asked.note))


def grid(found: "pd.DataFrame", by: tuple[str, ...], label: "Label") -> TextTable:
    """Return the share of the virtual response time that each part takes in every group."""
    from hvmc.analysis.time_parts import OTHER, PART_NAMES, TOTAL, small_parts

    merged = small_parts(found)
    shown = [part for part in PART_NAMES if part not in merged]
    names = [*(PART_NAMES[part] for part in shown), *([OTHER] if merged else []), "mean stretch"]
    groups = []
    for key, group in rows_by_group(found, by):
        rows = group.set_index(["metric", "part"])
        cells = [beside(rows.loc[("share", part)], 100.0) for part in shown]
        if merged:
            rest = 100.0 * sum(rows.loc[("share", part), "estimate"] for part in merged)
            cells.append(figure(rest, most=2))
        cells.append(beside(rows.loc[("virtual", TOTAL)]))
        groups.append([Column(head(label(key), HEAD_WIDTH), cells)])
    return TextTable(Column("", names), groups, {len(names) - 1})
