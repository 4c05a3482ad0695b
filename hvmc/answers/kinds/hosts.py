"""By host: how many hosts of each regime hold at least one guest that suffers."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING

from hvmc.analysis.numbers import estimate, percent
from hvmc.analysis.words import regime_words
from hvmc.answers.kind import Kind
from hvmc.answers.kinds.guests import is_one_host
from hvmc.answers.page import Block

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Hosts"]

_COLUMNS = ("regime", "point", "trial", "replication", "scramble", "stretch", "censored")


class Hosts(Kind):
    """Share of hosts with a sufferer, in the regimes that have one design point."""

    place = 24
    reports = ("regimes", "points")
    chapter = "sufferers"

    def estimate(self) -> "Mapping[str, pd.DataFrame]":
        """Return ``hosts``: a row per regime, as of `hvmc.analysis.summary.suffers_any`."""
        import pandas as pd

        from hvmc.analysis.summary import suffers_any

        if is_one_host(self.asked.experiment.points):
            return {}
        found = [
            {
                "regime": regime,
                "point": int(rows["point"].iloc[0]),
                "guests": rows.groupby(["trial", "replication"]).size().mean(),
                **asdict(suffers_any(rows, suffers_above=self.asked.limits[rows["point"].iloc[0]])),
            }
            for single in self.asked.single
            for regime, rows in single.filter(_COLUMNS).groupby("regime", sort=False, observed=True)
        ]
        return {"hosts": pd.DataFrame(found)} if found else {}

    def text(self) -> Iterator[Block]:
        """Yield a sentence."""
        if "hosts" not in self.frames:
            return
        told = []
        for row in self.frames["hosts"].to_dict("records"):
            name = regime_words(str(row["regime"]))
            told.append(f"{name} {estimate(row, percent, lines=' (')}) of {row['guests']:.0f}")
        yield ""
        yield (
            "By host, % that hold at least one guest that suffers, of how many guests on average: "
            f"{'; '.join(told)}."
        )
