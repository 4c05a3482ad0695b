"""The table of rules of thumb, on a console and as Markdown."""

from collections.abc import Iterator, Sequence

import pandas as pd
from rich import box
from rich.console import Console
from rich.table import Table

from hvmc.analysis.intervals import Interval
from hvmc.analysis.numbers import estimate, figure
from hvmc.answers.page import say
from hvmc.validation.report import in_a_line
from hvmc.validation.thumb import PREVALENCES, Detection

__all__ = ["markdown", "tell"]


def tell(found: Sequence[Detection], guests: pd.DataFrame, console: Console) -> None:
    """Print the sentence on the sample and the table."""
    say(console, _told(guests))
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    first, *others = _heads()
    table.add_column(first)
    for head in others:
        table.add_column(head, justify="right", no_wrap=True)
    for detection in found:
        table.add_row(*_row(detection))
    console.print(table)


def markdown(found: Sequence[Detection], guests: pd.DataFrame) -> str:
    """Return the same as Markdown."""
    heads = _heads()
    rows = [[head.replace("i-\n", "i").replace("\n", " ") for head in heads], ["---"] * len(heads)]
    rows += [[in_a_line(cell) for cell in _row(detection)] for detection in found]
    lines = map(" | ".join, rows)
    table = "\n".join(f"| {line} |" for line in lines)
    return f"**thumb.** {_told(guests)}\n\n{table}"


def _told(guests: pd.DataFrame) -> str:
    suffering = int(guests["suffers"].sum())
    hosts = len(guests[["regime", "trial"]].drop_duplicates())
    return (
        f"Rules of thumb as detectors of guests that suffer: {len(guests)} guests of {hosts} hosts "
        f"of the four regimes, {suffering} suffer. PV+, PV-: predictive value of a flag, of none, "
        f"where so many guests suffer; all in %. Best: threshold of the highest Youden index J."
    )


def _heads() -> list[str]:
    told = [f"PV{sign}\n{100.0 * part:g} %" for sign in "+-" for part in PREVALENCES]
    return ["rule", "sensi-\ntivity", "speci-\nficity", *told, "best\nJ"]


def _row(detection: Detection) -> list[str]:
    return [detection.rule.label, *_shares(detection), _best(detection)]


def _shares(detection: Detection) -> Iterator[str]:
    yield from map(_percent, (detection.sensitivity, detection.specificity))
    yield from map(_percent, (*detection.positive, *detection.negative))


def _percent(found: Interval) -> str:
    return estimate(found, _whole, lines="\n")


def _whole(share: float, _half: float) -> str:
    return f"{100.0 * share:.0f}"


def _best(detection: Detection) -> str:
    return f"{figure(detection.best_threshold)}\n{detection.best_index:.2f}"
