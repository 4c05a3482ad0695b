"""The verdict on the published claim of who suffers, in sentences."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from hvmc.cli.numbers import amount

if TYPE_CHECKING:
    import pandas as pd

    from hvmc.experiment.results import Results

__all__ = ["COLUMNS", "verdict"]

COLUMNS = ("point", "regime", "role", "trial", "stretch", "sizing", "hosting", "censored")
_WORDS = {"holds": "HOLDS", "fails": "FAILS", "undecided": "is UNDECIDED"}
_MOST_NAMED = 4


def verdict(results: "Results") -> Iterator[str]:
    """Yield a sentence or two for each part of the claim that the results speak to.

    Parameters
    ----------
    results : Results
        Stored results; where a regime has several design points, each is judged by itself.
    """
    import pandas as pd

    from hvmc.analysis.verdict import published_claim

    outcomes = results.trials(columns=list(COLUMNS))
    frames = []
    for number, rows in outcomes.groupby("point", sort=True):
        limit = results.settings.points[int(number)].design.suffers_above
        frames.append(published_claim(rows, suffers_above=limit).assign(point=number))
    judged = pd.concat(frames) if frames else pd.DataFrame(columns=["regime", "role"])
    for _, rows in judged.groupby(["regime", "role"], sort=False):
        yield _sentence(rows, results.labels)


def _sentence(rows: "pd.DataFrame", labels: dict[int, str]) -> str:
    from hvmc.analysis.words import regime_words

    first = rows.iloc[0]
    where = f"{regime_words(first['regime'])}, {first['role']}"
    head = f"{where}: the claim that {first['claim']} ({first['criterion']})"
    if len(rows) == 1:
        return f"{head} {_WORDS[first['verdict']]}. {first['reason']}"
    parts = []
    for word, told in _WORDS.items():
        points = [int(number) for number in rows.loc[rows["verdict"] == word, "point"]]
        if points:
            parts.append(f"{told} at {_named(points, labels)}")
    return f"{head} {'; '.join(parts)}."


def _named(points: Sequence[int], labels: dict[int, str]) -> str:
    count = amount(len(points), "design point")
    if len(points) > _MOST_NAMED:
        return count
    levels = [labels[point].split() for point in points]  # the regime stands in front already
    names = [" ".join(lv for lv in own if not lv.startswith("regime=")) for own in levels]
    return f"{count} ({', '.join(names)})"
