"""Interrupts deferred because no VP of the guest ran: how many, how long, and why."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING

from hvmc.analysis.numbers import beside
from hvmc.answers.figures import one_axes
from hvmc.answers.groups import groups_of, head, rows_by_group
from hvmc.answers.kind import Drawing, Kind
from hvmc.answers.kinds.time_parts import HEAD_WIDTH, MOST_COLUMNS
from hvmc.answers.page import Block, Column, TextTable

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from hvmc.answers.groups import Label

__all__ = ["Deferrals", "grid"]

_SIZE_IN = (5.4, 4.6)
_TITLE = "Deferred interrupts of a guest, by why none of its VPs ran:"
_METRICS = {"per_s": ("per second", 1.0), "delay_s": ("delay, \N{MICRO SIGN}s", 1e6)}


class Deferrals(Kind):
    """Deferred interrupts."""

    place = 70
    reports = ("regimes",)
    chapter = "causes"

    def estimate(self) -> "Mapping[str, pd.DataFrame]":
        """Return ``deferrals``, as of `hvmc.analysis.deferrals.summarise_deferrals`."""
        from hvmc.analysis.deferrals import summarise_deferrals
        from hvmc.analysis.time_parts import has_parts

        if not has_parts(self.asked.outcomes):
            return {}
        by, _ = groups_of(self.asked.experiment)
        return {"deferrals": self.asked.in_order(summarise_deferrals(self.asked.outcomes, by=by))}

    def text(self) -> Iterator[Block]:
        """Yield the table."""
        by, label = groups_of(self.asked.experiment)
        found = self.frames.get("deferrals")
        if found is None or len(found[list(by)].drop_duplicates()) > MOST_COLUMNS:
            return
        yield from ("", _TITLE)
        yield grid(found, by, label)

    def figures(self) -> Iterator[Drawing]:
        """Yield delay against commitment, where parts are stored."""
        from hvmc.analysis.time_parts import has_parts

        for rows in self.asked.single:
            if has_parts(rows):
                draw = one_axes(partial(self._draw, rows=rows), rows, self.asked.note, _SIZE_IN)
                yield Drawing("deferral", draw)

    def _draw(self, ax: "Axes", rows: "pd.DataFrame") -> None:
        from hvmc.analysis.deferrals import delays_by_headroom, delays_of_hosts
        from hvmc.plots.deferral import deferral_delay
        from hvmc.plots.groups import check_active

        needs = ("lp_commitment", "deferred_per_s", "deferral_mean_s")
        check_active(rows, needs)
        kept = self.asked.active(rows, needs)
        title = self.asked.title("delay of deferred interrupts against LP headroom")
        deferral_delay(ax, delays_of_hosts(kept), delays_by_headroom(kept), title)


def grid(found: "pd.DataFrame", by: tuple[str, ...], label: "Label") -> TextTable:
    """Return how many interrupts are deferred in every group, and their mean delay, by reason."""
    from hvmc.analysis.deferrals import ANY, REASONS

    often = found[(found["metric"] == "per_s") & (found["estimate"] > 0.0)]
    shown = [*(reason for reason in REASONS if reason in set(often["reason"])), ANY]
    indented = [f" {reason}" for reason in shown]
    names = [line for name, _ in _METRICS.values() for line in (name, *indented)]
    groups = []
    for key, group in rows_by_group(found, by):
        rows = group.set_index(["metric", "reason"])
        cells: list[str] = []
        for metric, (_, unit) in _METRICS.items():
            cells += ["", *(beside(rows.loc[(metric, reason)], unit) for reason in shown)]
        groups.append([Column(head(label(key), HEAD_WIDTH), cells)])
    return TextTable(Column("", names), groups, {len(names) // 2})
