"""Recorded VMs: who suffers by VM, and by the hour of the day at which the window was drawn."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING

from hvmc.analysis.numbers import percent
from hvmc.answers.figures import several_panels
from hvmc.answers.host_words import spread_and_shares
from hvmc.answers.kind import Drawing, Kind
from hvmc.answers.page import Block, Column, TextTable
from hvmc.answers.sentences import Sentence, told

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

__all__ = ["RecordedVms"]

_DAY_S, _HOUR_S = 86400.0, 3600.0
_MOST_ROWS = 20
_DRAWN = r"^vm\d+_"  # as of hvmc.regimes.traces
_LEGEND = (
    "stretch: virtual over adequate native response time; p50, p95: over the windows drawn; P: "
    "share of them in which it is above that; beside each its 95 % interval between trials. * too "
    "few for it to hold; ? or one limit: too few to bound it."
)
_WHATS = {"by_vm": "VMs", "by_hour": "hours"}


class RecordedVms(Kind):
    """The stretch and P(suffers) of recorded VMs, by VM and by hour."""

    place = 16
    reports = ("points",)
    chapter = "sufferers"

    def estimate(self) -> "Mapping[str, pd.DataFrame]":
        """Return ``by_vm`` and ``by_hour``, as of `hvmc.analysis.by_guest`, by design point.

        ``guest`` is the VM, and the hour of the day at which its window begins, on the recording's
        clock. A VM that is drawn twice for a host counts twice, in the same cluster. There are no
        hours where the recording is no more where it was.
        """
        import pandas as pd

        from hvmc.analysis.by_guest import by_guest

        found: dict[str, list[pd.DataFrame]] = {}
        for number, rows in self._rows:
            limit = self.asked.limits[number]
            vms = rows["guest"].str.replace(_DRAWN, "", regex=True)
            by_vm = by_guest(rows.assign(guest=vms), suffers_above=limit)
            found.setdefault("by_vm", []).append(by_vm.assign(point=number))
            hours = self._hours(number, rows)
            if hours is not None:
                by_hour = by_guest(rows.assign(guest=hours), suffers_above=limit)
                by_hour = by_hour.sort_values("guest", kind="stable")
                found.setdefault("by_hour", []).append(by_hour.assign(point=number))
        return {name: pd.concat(frames, ignore_index=True) for name, frames in found.items()}

    @property
    def _rows(self) -> "Iterator[tuple[int, pd.DataFrame]]":
        """Yield the design points of recorded VMs, and their outcomes."""
        for number, point in enumerate(self.asked.experiment.points):
            if point.design.trace is not None:
                outcomes = self.asked.outcomes
                rows = outcomes[outcomes["point"] == number]
                if len(rows):
                    yield number, rows

    def _hours(self, number: int, rows: "pd.DataFrame") -> "pd.Series | None":
        from hvmc.recordings import RecordingError
        from hvmc.regimes.traces import window_begin_s

        experiment = self.asked.experiment
        design = experiment.points[number].design
        assert design.trace is not None
        hours = {}
        try:
            for trial in rows["trial"].unique():
                begin_s = window_begin_s(
                    design.trace, design.horizon_s, experiment.seed, int(trial)
                )
                hour = int(begin_s % _DAY_S // _HOUR_S)
                hours[trial] = f"{hour:02d} to {hour + 1:02d} h"
        except (RecordingError, OSError):
            return None
        return rows["trial"].map(hours)

    @property
    def _worst(self) -> int:
        """The design point at which guests suffer most often."""
        shares = {
            number: (rows["stretch"] > self.asked.limits[number]).mean()
            for number, rows in self._rows
        }
        return max(shares, key=lambda number: shares[number])

    def _of_worst(self) -> "Iterator[tuple[str, pd.DataFrame, float]]":
        """Yield name, rows and limit of the frames, of the design point that is told."""
        if not self.frames:
            return
        number = self._worst
        for name, rows in self.frames.items():
            own = rows[rows["point"] == number]
            yield name, own, self.asked.limits[number]

    def sentences(self) -> Iterator[Sentence]:
        """Yield who suffers most often and when, and who and when least."""
        for name, rows, limit in self._of_worst():
            shares = rows[rows["metric"] == f"p_stretch_over_{limit:g}"].dropna(subset=["estimate"])
            if shares.empty:
                continue
            ranked = shares.sort_values("estimate", ascending=False, kind="stable")
            most, least = (ranked.iloc[place].to_dict() for place in (0, -1))
            where = self.asked.labels[self._worst]
            subject = {"by_vm": "by VM", "by_hour": "by hour of the day"}[name]
            yield Sentence(
                f"{subject}, {where}" if where else subject,
                f"of {len(ranked)} {_WHATS[name]} most windows suffer of {most['guest']}, "
                f"{told(most, percent, after=' %')}, fewest of {least['guest']}, "
                f"{told(least, percent, after=' %')}",
                most,
            )

    def text(self) -> Iterator[Block]:
        """Yield a table by VM and one by hour, of the point at which guests suffer most often."""
        if not self.frames:
            return
        where = self.asked.labels[self._worst]
        yield ""
        for name, rows, limit in self._of_worst():
            guests = list(dict.fromkeys(rows["guest"]))
            shown = guests[:_MOST_ROWS] if name == "by_vm" else guests
            some = (
                f"the {len(shown)} of {len(guests)} that suffer most often"
                if shown != guests
                else ""
            )
            heads = {"by_vm": "By VM", "by_hour": "By hour of the day at which the window begins"}
            told_of = ", ".join(filter(None, [heads[name], some, where]))
            yield f"{told_of}:"
            yield TextTable(Column(_WHATS[name][:-1], shown), spread_and_shares(rows, limit, shown))
        yield _LEGEND
        if "by_hour" not in self.frames:
            yield "Not told by hour: the recording is not where it was (trace.path)."

    def figures(self) -> Iterator[Drawing]:
        """Yield a forest of VMs and one of hours."""
        for name, rows, limit in self._of_worst():
            where = self.asked.labels[self._worst]
            what = _WHATS[name]
            title = self.asked.title(f"{what} of recorded load{f', {where}' if where else ''}")
            draw = partial(_forest, found=rows, limit=limit, title=title, what=what)
            outcomes = self.asked.outcomes[self.asked.outcomes["point"] == self._worst]
            yield Drawing(name, several_panels(draw, outcomes, self.asked.note))


def _forest(note: str, found: "pd.DataFrame", limit: float, title: str, what: str) -> "Figure":
    from hvmc.plots.by_guest import guest_forest

    return guest_forest(found, limit, title, what=what, note=note)
