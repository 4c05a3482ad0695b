"""The answer of an experiment: tables, the verdict, what was written and what to do next."""

import shlex
import sys
import textwrap
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from hvmc.cli import guests
from hvmc.cli.benchmark import print_benchmark
from hvmc.cli.causes import print_causes
from hvmc.cli.claims import verdict
from hvmc.cli.invocation import as_typed
from hvmc.cli.numbers import amount
from hvmc.cli.onsets import print_onsets
from hvmc.cli.paired import LEGEND as PAIRED_LEGEND
from hvmc.cli.paired import paired_claims, paired_table, pairs_in_words, print_paired
from hvmc.cli.parts import DEFERRALS as DEFERRALS_TITLE
from hvmc.cli.parts import PARTS as PARTS_TITLE
from hvmc.cli.parts import print_deferrals, print_parts
from hvmc.cli.tables import LEGEND, Row, print_tables, rows_of

if TYPE_CHECKING:
    from hvmc.experiment.results import Results
    from hvmc.experiment.settings import Experiment, Point

__all__ = ["next_commands", "tell_answer", "tell_summary", "window", "write_figures"]

ALL_FAILED = 1
_LABEL_WIDTH = 18
_MOST_ROWS = 60
_MOST_COLUMNS = 15


def tell_answer(results: "Results", line: str) -> int:
    """Print the answer of a run, draw its figures, and say where everything is.

    Parameters
    ----------
    results : Results
        What was run.
    line : str
        The command.

    Returns
    -------
    int
        Exit code: 1 where every trial failed.
    """
    failed = len(results.failures())
    if results.units == 0:
        _tell_failures(results, failed, line)
        return ALL_FAILED
    console = Console(highlight=False)
    tell_summary(results, console)
    console.print()
    figures = write_figures(results)
    if failed:
        _tell_failures(results, failed, line)
    say(console, f"{amount(len(figures), 'figure file')} in {results.path / 'figures'}")
    say(console, f"results, settings and provenance in {results.path}")
    next_commands(console, results.path, ("show", "plot"))
    return 0


def tell_summary(results: "Results", console: Console) -> None:
    """Print what was simulated, the tables, and the verdict on the published claim."""
    experiment = results.settings
    say(console, f"{experiment.name}: {experiment.question}".rstrip(": "))
    if experiment.report == "published_benchmark":
        say(console, f"{_amounts(results)}, seed {experiment.seed}")
        for paragraph in print_benchmark(results, console).split("\n\n"):
            say(console, paragraph)
        return
    if experiment.report == "paired":
        _tell_paired(results, console)
        return
    by, label = _grouping(results)
    if experiment.report == "causes":
        say(console, f"{_amounts(results)}, {window(experiment)}, seed {experiment.seed}")
        say(console, print_causes(results, console, by, label))
        return
    rows = rows_of(results.summary(by=by), by, label)
    say(console, f"{_amounts(results)}, {window(experiment)}, seed {experiment.seed}")
    say(console, _guests(rows) + _not_started(results))
    print_tables(rows[:_MOST_ROWS], console, counts="point" not in by)
    if len(rows) > _MOST_ROWS:
        say(console, f"The other {len(rows) - _MOST_ROWS} rows are in summary.parquet.")
    say(console, LEGEND)
    if experiment.report == "regimes" and len(rows) <= _MOST_COLUMNS:
        _tell_time(results, console, by, label)
    if experiment.report == "points" and guests.are_named(experiment.points):
        console.print()
        say(console, guests.TITLE)
        guests.print_guests(results.trials(), experiment.points, console)
        say(console, guests.LEGEND)
    if experiment.report == "knee":
        console.print()
        say(console, print_onsets(results, console))
    sentences = list(verdict(results))
    if sentences:
        console.print()
        say(console, "The published claim of who suffers, by criteria fixed beforehand:")
    for sentence in sentences:
        say(console, sentence, bullet="- ")


def _tell_time(
    results: "Results",
    console: Console,
    by: Sequence[str],
    label: Callable[[Mapping[str, Any]], str],
) -> None:
    from hvmc.analysis import parts

    outcomes = results.trials()
    if not parts.has_parts(outcomes):
        return
    console.print()
    say(console, PARTS_TITLE)
    say(console, print_parts(outcomes, console, by, label))
    console.print()
    say(console, DEFERRALS_TITLE)
    print_deferrals(outcomes, console, by, label)


def _tell_paired(results: "Results", console: Console) -> None:
    experiment = results.settings
    say(console, f"{_amounts(results)}, {window(experiment)}, seed {experiment.seed}")
    table = paired_table(results)
    say(console, pairs_in_words(table))
    print_paired(table, console)
    say(console, PAIRED_LEGEND)
    sentences = list(paired_claims(table, experiment.compare))
    if sentences:
        console.print()
        say(console, "Do priority settings matter only on the over-committed host (row S10)?")
    for sentence in sentences:
        say(console, sentence, bullet="- ")


def say(console: Console, text: str, *, bullet: str = "") -> None:
    """Print a paragraph, wrapped to the console; long words such as paths stay whole."""
    lines = textwrap.wrap(
        text.replace(" %", "\N{NO-BREAK SPACE}%"),
        min(max(console.width, 40), 120),
        initial_indent=bullet,
        subsequent_indent=" " * len(bullet),
        break_long_words=False,
        break_on_hyphens=False,
    )
    print("\n".join(lines).replace("\N{NO-BREAK SPACE}", " "), file=console.file)


def window(experiment: "Experiment") -> str:
    """Return the measured windows of an experiment in words."""
    spans = {(point.design.warmup_s, point.design.horizon_s) for point in experiment.points}
    words = [f"{end - start:g} s after {start:g} s" for start, end in sorted(spans)]
    return f"window of {' or '.join(words)} of warm-up"


def next_commands(console: Console, path: Path, verbs: tuple[str, ...]) -> None:
    """Print the commands that go on from these results."""
    commands = "   ".join(as_typed(f"hvmc {verb} {shlex.quote(str(path))}") for verb in verbs)
    print(f"next: {commands}", file=console.file)


def write_figures(results: "Results") -> list[Path]:
    """Draw all figures into the results folder; say on stderr which were not drawn, and why.

    Returns
    -------
    list of Path
        Files written.
    """
    from hvmc.experiment.files import make_folder, write_errors
    from hvmc.plots.write import write_figures as write

    experiment = results.settings
    folder = results.path / "figures"
    make_folder(folder)
    limits = [point.design.suffers_above for point in experiment.points]
    note = (
        f"{experiment.name}: {window(experiment)}, {amount(experiment.trials, 'trial')} "
        f"per design point, seed\N{NO-BREAK SPACE}{experiment.seed}"
    )
    outcomes = results.trials()
    paired = paired_table(results) if experiment.report == "paired" else None
    with write_errors(folder):
        written = write(
            outcomes,
            folder,
            suffers_above=limits[0],
            labels=results.labels,
            paired=paired,
            note=note,
        )
    for name, reason in written.skipped.items():
        print(f"figure {name} is not drawn: {reason}", file=sys.stderr)
    return list(written)


def _amounts(results: "Results") -> str:
    experiment = results.settings
    parts = [
        amount(len(experiment.points), "design point"),
        f"x {amount(experiment.trials, 'trial')}",
    ]
    if experiment.replications > 1:
        parts.append(f"x {amount(experiment.replications, 'replication')}")
    missing = results.region.units - results.units
    failed = len(results.failures())
    if failed:
        parts.append(f"({failed} failed)")
    if missing > failed:
        parts.append(f"({missing - failed} not simulated yet)")
    return " ".join(parts)


def _guests(rows: Sequence[Row]) -> str:
    """Return how many guests stand behind the rows."""
    every = [row.metrics["guests_inactive"] for row in rows]
    inactive = sum(int(found["estimate"]) for found in every)
    cut = sum(int(row.metrics["guests_censored"]["estimate"]) for row in rows)
    guests = amount(sum(int(found["guests"]) for found in every), "guest")
    return f"{guests}, {inactive} inactive (no request measured), {cut} with requests cut off"


def _not_started(results: "Results") -> str:
    """Return how many of the inactive guests had no memory to start with, empty if none."""
    count = int((~results.trials(columns=["started"])["started"]).sum())
    return f"; {count} not started: no startup memory was free" if count else ""


def _grouping(results: "Results") -> tuple[tuple[str, ...], Callable[[Mapping[str, Any]], str]]:
    """Return by what the summary is grouped, and the lines in front of each group."""
    from hvmc.analysis.words import short_keys

    points = results.settings.points
    regimes = [point.regime for point in points]
    if len(set(regimes)) == len(regimes):
        titles = {point.regime: _title(point) for point in points}
        return ("regime", "role"), lambda key: _label(titles[key["regime"]], key["role"])

    factors = list(dict.fromkeys(key for point in points for key in point.levels))
    short = dict(zip(factors, short_keys(factors), strict=True))

    def label(key: Mapping[str, Any]) -> str:
        point = points[int(key["point"])]
        levels = [f"{short[key]}={level}" for key, level in point.levels.items() if key != "regime"]
        return "\n".join([_label(_title(point), key["role"]), *levels])

    return ("point", "regime", "role"), label


def _title(point: "Point") -> str:
    """Return what a point's regime is called; its title may say more than its name."""
    from hvmc.analysis.words import regime_words

    regime = point.design.regime
    return regime_words(point.regime) if regime is None else regime.title.removesuffix(" host")


def _label(title: str, role: str) -> str:
    return textwrap.fill(f"{title}: {role}", _LABEL_WIDTH)


def _tell_failures(results: "Results", failed: int, line: str) -> None:
    first = results.failures().iloc[0]
    share = "every trial" if results.units == 0 else f"{failed} of {results.region.units} trials"
    print(
        f"hvmc: {share} failed, the first at point {first['point']}, trial {first['trial']}: "
        f"{first['error']}: {first['message']}. All are in {results.path / 'failures.jsonl'}; "
        f"the same command tries them again:\n  {as_typed(line)}",
        file=sys.stderr,
    )
