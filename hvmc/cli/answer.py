"""The answer of an experiment: what was simulated, its text, what was written, what to do next."""

import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from hvmc.analysis.numbers import amount
from hvmc.answers.asked import trials_in_words, window
from hvmc.answers.page import print_blocks, say
from hvmc.answers.registry import Answer
from hvmc.cli.document import answer_document, as_json, results_document
from hvmc.cli.invocation import as_typed

if TYPE_CHECKING:
    from hvmc.experiment.results import Results
    from hvmc.plots.write import WrittenFigures

__all__ = ["draw_figures", "next_commands", "tell_answer", "tell_shard", "tell_summary"]

ALL_FAILED = 1


def tell_answer(results: "Results", line: str, *, json: bool = False) -> int:
    """Print the answer of a run, draw its figures, write its page, say where everything is.

    Parameters
    ----------
    results : Results
        What was run.
    line : str
        The command.
    json : bool
        Whether to print the answer as JSON instead.

    Returns
    -------
    int
        Exit code: 1 where every trial failed.
    """
    failed = len(results.failures())
    if results.units == 0:
        _tell_failures(results, failed, line)
        if json:
            print(as_json(results_document(results)))
        return ALL_FAILED
    from hvmc.experiment.results import load

    console = Console(highlight=False)
    asked, results = results, load(results.path)
    answer = Answer(results)
    if json:
        print(as_json(answer_document(answer)))
        _write(answer)
        if failed:
            _tell_failures(results, failed, line)
        return 0
    if results.sizes != asked.sizes or results.total != asked.total:
        say(console, f"Of all that is stored there, not only {_amounts(asked)} as asked for:")
    tell_summary(answer, console)
    console.print()
    written = _write(answer)
    if failed:
        _tell_failures(results, failed, line)
    if written is not None:
        say(console, f"{amount(len(written[0]), 'figure file')} in {results.path / 'figures'}")
        say(console, f"one page to hand over: {written[1]}")
    say(console, f"results, settings and provenance in {results.path}")
    next_commands(console, results.path, ("show", "plot"))
    return 0


def tell_shard(results: "Results", line: str, *, json: bool = False) -> int:
    """Say what a shard holds, and what puts all of them together.

    Parameters
    ----------
    results : Results
        Of the shard.
    line : str
        The command.
    json : bool
        Whether to print it as JSON instead.

    Returns
    -------
    int
        Exit code: 1 where every trial failed.
    """
    failed, shard = len(results.failures()), results.shard
    assert shard is not None
    if failed:
        _tell_failures(results, failed, line)
    if json:
        print(as_json({**results_document(results), "shard": str(shard)}))
        return 0 if results.units else ALL_FAILED
    print(f"shard {shard}: {amount(results.units, 'trial')} in {results.path}")
    whole = shlex.quote(str(results.path.parent.parent))
    print(f"when all {shard.count} are there: {as_typed(f'hvmc merge {whole}')}")
    return 0 if results.units else ALL_FAILED


def _write(answer: Answer) -> "tuple[WrittenFigures, Path] | None":
    """Draw all figures and write the page; None where the results are for reading alone."""
    from hvmc.experiment.errors import ResultsError

    try:
        figures = draw_figures(answer)
        return figures, _write_page(answer, figures)
    except ResultsError as error:
        if os.access(answer.results.path, os.W_OK):
            raise
        print(f"hvmc: no page is written, no figure is drawn: {error}", file=sys.stderr)
        return None


def _write_page(answer: Answer, figures: "WrittenFigures") -> Path:
    from hvmc.report.page import report_page
    from hvmc.report.write import PAGE, write_page

    texts = {path.stem: path.read_text("utf-8") for path in figures if path.suffix == ".svg"}
    page = report_page([(answer, texts, figures.skipped)])
    return write_page(page, answer.results.path / PAGE)


def tell_summary(answer: Answer, console: Console) -> None:
    """Print what was simulated and the text of the answer."""
    results, experiment = answer.results, answer.results.settings
    say(console, f"{experiment.name}: {experiment.question}".rstrip(": "))
    say(console, f"{_amounts(results)}, {window(experiment)}, seed {experiment.seed}")
    print_blocks(answer.text(), console)


def next_commands(console: Console, path: Path, verbs: tuple[str, ...]) -> None:
    """Print the commands that go on from these results."""
    commands = "   ".join(as_typed(f"hvmc {verb} {shlex.quote(str(path))}") for verb in verbs)
    print(f"next: {commands}", file=console.file)


def draw_figures(answer: Answer) -> "WrittenFigures":
    """Draw all figures into the results folder; say on stderr which were not drawn, and why.

    Returns
    -------
    WrittenFigures
        Files written.
    """
    from hvmc.experiment.files import make_folder, write_errors
    from hvmc.plots.write import write_figures

    folder = answer.results.path / "figures"
    make_folder(folder)
    with write_errors(folder):
        written = write_figures(answer.figures(), folder)
    for name, reason in written.skipped.items():
        print(f"figure {name} is not drawn: {reason}", file=sys.stderr)
    return written


def _amounts(results: "Results") -> str:
    experiment = results.settings
    words = [
        amount(len(experiment.points), "design point"),
        f"x {trials_in_words(experiment)}",
    ]
    if experiment.replications > 1:
        words.append(f"x {amount(experiment.replications, 'replication')}")
    missing = results.total - results.units
    failed = len(results.failures())
    if failed:
        words.append(f"({failed} failed)")
    if missing > failed:
        words.append(f"({missing - failed} not simulated yet)")
    return " ".join(words)


def _tell_failures(results: "Results", failed: int, line: str) -> None:
    first = results.failures().iloc[0]
    share = "every trial" if results.units == 0 else f"{failed} of {results.total} trials"
    print(
        f"hvmc: {share} failed, the first at point {first['point']}, trial {first['trial']}: "
        f"{first['error']}: {first['message']}. All are in {results.path / 'failures.jsonl'}; "
        f"the same command tries them again:\n  {as_typed(line)}",
        file=sys.stderr,
    )
