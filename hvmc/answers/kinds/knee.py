"""From which commitment of the host on guests suffer, by design point."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING

from hvmc.answers.figures import one_axes
from hvmc.answers.kind import Drawing, Kind
from hvmc.answers.numbers import estimate, interval
from hvmc.answers.page import Block, Column, Grid

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Knee"]

_SHARES = {0.05: "5 %", 0.5: "half"}
_SIZE_IN = (5.4, 5.2)


class Knee(Kind):
    """Where the stretch sets in; victims are left out: their own size stretches them."""

    place = 30
    reports = ("knee",)

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
        yield Grid(Column("LP commitment from which on", names), [columns], pad=1)
        above = " or ".join(f"{limit:g}" for limit in dict.fromkeys(self.asked.limits.values()))
        yield (
            f"A guest suffers where its stretch is above {above}: at the commitment at which 5 % "
            f"suffer, p95 of the stretch passes {above}, where half do, p50. By a fit that rises "
            "with commitment; below it the 95 % interval between trials, one limit or ? where "
            "more trials are needed to bound it."
        )

    def figures(self) -> Iterator[Drawing]:
        """Yield stretch against commitment, the victims' against their own."""
        from hvmc.plots.groups import active
        from hvmc.plots.knee import commitment_knee

        for rows in self.asked.single:
            draw = partial(one_axes, commitment_knee, rows, self.asked.note, _SIZE_IN)
            marks = self.asked.marks(rows)
            yield Drawing("knee", draw(thresholds=marks))
            if (active(rows, least=0)["role"] == "victim").any():
                own = draw(commitment="own_commitment", thresholds=marks)
                yield Drawing("knee_own_commitment", own)


def _cell(found: "Mapping[str, float]") -> str:
    if math.isfinite(found["estimate"]):
        return estimate({**found, "supported": True})
    word = "not reached" if found["estimate"] > 0 else "always"
    return f"{word}\n{interval(found['low'], found['high'], lambda end: f'{end:.3g}')}"
