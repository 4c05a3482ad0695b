"""Verdicts on claims, by criteria fixed beforehand, in sentences."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from hvmc.analysis.numbers import amount
from hvmc.analysis.words import regime_words
from hvmc.answers.kind import Kind
from hvmc.answers.page import Block

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Claims"]

_WORDS = {
    "holds": "HOLDS",
    "fails": "FAILS",
    "undecided": "is UNDECIDED",
    "undecided by evidence": "is UNDECIDED BY EVIDENCE",
}
_MOST_NAMED = 4


class Claims(Kind):
    """The published claim of who suffers; where priority settings are compared, that on these."""

    place = 90
    reports = ("regimes", "points", "knee", "paired")
    chapter = "sufferers"

    def estimate(self) -> "Mapping[str, pd.DataFrame]":
        """Return ``suffering``, a row per point and role, or ``priorities``, one per setting."""
        from hvmc.analysis.claims import priority_claim

        if self.asked.experiment.report != "paired":
            return {"suffering": self._suffering()}
        if self.asked.experiment.compare != "priority":
            return {}
        return {"priorities": priority_claim(self.asked.changes)}

    def text(self) -> Iterator[Block]:
        """Yield a sentence for each part of a claim that the results speak to."""
        suffering, priorities = self.frames.get("suffering"), self.frames.get("priorities")
        if suffering is not None and not suffering.empty:
            yield from ("", "The published claim of who suffers, by criteria fixed beforehand:")
            for _, rows in suffering.groupby(["regime", "role"], sort=False):
                yield f"- {_sentence(rows, self.asked.labels)}"
        if priorities is not None and not priorities.empty:
            yield ""
            yield "Do priority settings matter only on the over-committed host (row S10)?"
            for row in priorities.to_dict("records"):
                told = f"{row['setting']}: that it matters only there {_WORDS[row['verdict']]}."
                yield f"- {told} {row['reason']}."

    def _suffering(self) -> "pd.DataFrame":
        import pandas as pd

        from hvmc.analysis.claims import CLAIM_COLUMNS, published_claim
        from hvmc.experiment.precision import verdict_level

        outcomes = self.asked.rows(CLAIM_COLUMNS).filter(CLAIM_COLUMNS)
        explained: dict[int, dict[str, pd.DataFrame]] = {}
        for one in self.asked.explained:
            explained.setdefault(one.key["point"], {})[one.key["role"]] = one.found
        found = pd.concat(
            published_claim(
                rows,
                suffers_above=self.asked.limits[int(point)],
                places=self.asked.places.get(int(point)),
                level=verdict_level(self.asked.experiment),
                explained=explained.get(int(point)),
            ).assign(point=point)
            for point, rows in outcomes.groupby("point", sort=True)
        )
        return self.asked.in_order(found)


def _sentence(rows: "pd.DataFrame", labels: Mapping[int, str]) -> str:
    first = rows.iloc[0]
    where = f"{regime_words(first['regime'])}, {first['role']}"
    claim = f"{where}: the claim that {first['claim']} ({first['criterion']})"
    if len(rows) == 1:
        return f"{claim} {_WORDS[first['verdict']]}. {first['reason']}"
    told = []
    for word, words in _WORDS.items():
        points = [int(number) for number in rows.loc[rows["verdict"] == word, "point"]]
        if points:
            told.append(f"{words} at {_named(points, labels)}")
    return f"{claim} {'; '.join(told)}."


def _named(points: Sequence[int], labels: Mapping[int, str]) -> str:
    count = amount(len(points), "design point")
    if len(points) > _MOST_NAMED:
        return count
    levels = [labels[point].split() for point in points]  # the regime stands in front already
    names = [" ".join(lv for lv in own if not lv.startswith("regime=")) for own in levels]
    return f"{count} ({', '.join(names)})"
