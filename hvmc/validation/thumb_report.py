"""The tables of rules of thumb, on a console and as Markdown."""

from collections.abc import Iterable, Iterator, Sequence

import pandas as pd
from rich import box
from rich.console import Console
from rich.table import Table

from hvmc.analysis.intervals import Interval
from hvmc.analysis.numbers import estimate
from hvmc.answers.page import say
from hvmc.validation.report import in_a_line
from hvmc.validation.thumb import PREVALENCES, Detection

__all__ = ["markdown", "tell"]


def tell(
    found: Sequence[Detection],
    improved: Sequence[Detection],
    guests: pd.DataFrame,
    console: Console,
) -> None:
    """Print what the sample is, the published rules, and thresholds chosen in it."""
    for text, rules in _parts(found, improved, guests):
        say(console, text)
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
        first, *others = _heads()
        table.add_column(first)
        for head in others:
            table.add_column(head, justify="right", no_wrap=True)
        for detection in rules:
            table.add_row(*_row(detection))
        console.print(table)


def markdown(
    found: Sequence[Detection], improved: Sequence[Detection], guests: pd.DataFrame
) -> str:
    """Return the same as Markdown."""
    parts = [f"{text}\n\n{_table(rules)}" for text, rules in _parts(found, improved, guests)]
    return "**thumb.** " + "\n\n".join(parts)


def _parts(
    found: Sequence[Detection], improved: Sequence[Detection], guests: pd.DataFrame
) -> Iterator[tuple[str, Sequence[Detection]]]:
    suffering = int(guests["suffers"].sum())
    hosts = len(guests[["regime", "trial"]].drop_duplicates())
    yield (
        f"Rules of thumb as detectors of guests that suffer: {len(guests)} guests of {hosts} hosts "
        f"of the four regimes, {suffering} suffer. PV+, PV-: predictive value of a flag, of none, "
        f"where so many guests suffer; all in %. J: sensitivity + specificity - 1.",
        found,
    )
    yield (
        "The thresholds of the highest J on one half of the hosts, judged on the other half:",
        sorted(improved, key=lambda detection: -detection.youden.estimate),
    )


def _table(rules: Iterable[Detection]) -> str:
    heads = _heads()
    rows = [[head.replace("i-\n", "i").replace("\n", " ") for head in heads], ["---"] * len(heads)]
    rows += [[in_a_line(cell) for cell in _row(detection)] for detection in rules]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _heads() -> list[str]:
    told = [f"PV{sign}\n{100.0 * part:g} %" for sign in "+-" for part in PREVALENCES]
    return ["rule", "sensi-\ntivity", "speci-\nficity", *told, "J"]


def _row(detection: Detection) -> list[str]:
    return [detection.rule.label, *_shares(detection), _index(detection)]


def _shares(detection: Detection) -> Iterator[str]:
    yield from map(_percent, (detection.sensitivity, detection.specificity))
    yield from map(_percent, (*detection.positive, *detection.negative))


def _percent(found: Interval) -> str:
    return estimate(found, _whole, lines="\n")


def _whole(share: float, _half: float) -> str:
    return f"{100.0 * share:.0f}"


def _index(detection: Detection) -> str:
    found = detection.youden
    return f"{found.estimate:.2f}\n{max(found.low, -1.0):.2f} to {min(found.high, 1.0):.2f}"
