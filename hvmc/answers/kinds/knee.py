"""From which commitment of the host on guests suffer, by design point."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING

from hvmc.analysis.clusters import where
from hvmc.analysis.numbers import estimate, interval
from hvmc.answers.figures import one_axes
from hvmc.answers.kind import Drawing, Kind
from hvmc.answers.page import Block, Column, TextTable
from hvmc.answers.sentences import Sentence, told

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["Knee"]

_SHARES = {0.05: "5 %", 0.5: "half"}
_SIZE_IN = (5.4, 5.2)


class Knee(Kind):
    """Where the stretch sets in; victims are left out: their own size stretches them."""

    place = 30
    reports = ("knee",)
    chapter = "sufferers"

    def estimate(self) -> "Mapping[str, pd.DataFrame]":
        """Return ``onsets``: a row per design point and share of guests that suffer."""
        import pandas as pd

        from hvmc.analysis.onset import onset

        rows = self.asked.outcomes
        rows = rows[rows["stretch"].notna() & (rows["role"] != "victim")]
        found = []
        for point, own in rows.groupby("point", sort=True):
            suffers = own["stretch"] > self.asked.limits[int(point)]
            for share in _SHARES:
                one = onset(own["lp_commitment"], suffers, own["trial"], share=share)
                found.append({"point": int(point), "share": share, **asdict(one)})
        return {"onsets": pd.DataFrame(found)}

    def sentences(self) -> Iterator[Sentence]:
        """Yield from which commitment on guests suffer."""
        found = self.frames["onsets"]
        for point in found["point"].unique() if len(found) else ():
            own = found[found["point"] == point].set_index("share")
            words = [
                f"{name} of the guests suffer {_onset(own.loc[share].to_dict())}"
                for share, name in _SHARES.items()
            ]
            yield Sentence(self.asked.labels[point] or "all guests", "; ".join(words))

    def text(self) -> Iterator[Block]:
        """Yield the table and what it means."""
        found = self.frames["onsets"]
        if found.empty:
            return
        points = found["point"].unique()
        names = [(self.asked.labels[point] or "all guests").replace(" ", "\n") for point in points]
        columns = [
            Column(
                f"{name} of guests\nsuffer",
                [_cell(row) for row in found[found["share"] == share].to_dict("records")],
            )
            for share, name in _SHARES.items()
        ]
        yield ""
        yield TextTable(Column("LP commitment from which on", names), [columns], pad=1)
        above = " or ".join(f"{limit:g}" for limit in dict.fromkeys(self.asked.limits.values()))
        yield (
            f"A guest suffers where its stretch is above {above}: at the commitment at which 5 % "
            f"suffer, p95 of the stretch passes {above}, where half do, p50. By a fit that rises "
            "with commitment; below it the 95 % interval between trials, one limit or ? where "
            "more trials are needed to bound it."
        )

    def figures(self) -> Iterator[Drawing]:
        """Yield stretch against commitment, the victims' against their own."""
        asked = self.asked
        for rows in asked.single:
            draw = partial(self._draw, rows=rows)
            yield Drawing("knee", one_axes(draw, rows, asked.note, _SIZE_IN))
            if any(group.key["role"] == "victim" for group in asked.groups(rows)):
                own = one_axes(partial(draw, own=True), rows, asked.note, _SIZE_IN)
                yield Drawing("knee_own_commitment", own)

    def _draw(self, ax: "Axes", rows: "pd.DataFrame", *, own: bool = False) -> None:
        """Estimate and draw the percentiles of the guests that a commitment can explain.

        Victims are stretched by their own size, so that the host's commitment is drawn without
        them; against the guests' own only under-provisioned hosts are, where the host is no
        obstacle.
        """
        from hvmc.analysis.bins import quantiles_in_bins
        from hvmc.plots.groups import check_active
        from hvmc.plots.knee import check_range, commitment_knee

        commitment = "own_commitment" if own else "lp_commitment"
        check_active(rows, [commitment])
        every = self.asked.active(rows, [commitment])
        if own:
            kept = every[every["regime"] == "under_provisioned_guest"]
            who, whose = "guests of under-provisioned guest hosts", "guest's own"
        else:
            kept = where(every, every["role"] != "victim")
            who = "all guests but victims" if len(kept) < len(every) else "all guests"
            whose = "host's LP"
        check_range(kept[commitment], commitment)
        title = self.asked.title(f"stretch against the {whose} commitment")
        found = quantiles_in_bins(kept, commitment)
        commitment_knee(ax, kept, found, commitment, self.asked.marks(rows), title, who)


def _cell(found: "Mapping[str, float]") -> str:
    if math.isfinite(found["estimate"]):
        return estimate({**found, "supported": True})
    word = "not reached" if found["estimate"] > 0 else "always"
    return f"{word}\n{interval(found['low'], found['high'], lambda end: f'{end:.3g}')}"


def _onset(found: "Mapping[str, float]") -> str:
    if math.isfinite(found["estimate"]):
        return f"from an LP commitment of {told({**found, 'supported': True})} on"
    return "at no commitment seen" if found["estimate"] > 0 else "at every commitment seen"
