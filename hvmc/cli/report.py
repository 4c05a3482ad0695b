"""``hvmc report``: one page to hand over, of one or several stored results."""

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

from hvmc.config.problems import BadInputError

__all__ = ["command"]

_EXAMPLE = """example:
  hvmc report results/four_regimes/1f8a66aff2d606ac

The page needs neither network nor JavaScript, is below 5 MB, and prints on A4 and Letter.
hvmc run writes it into the results folder already; here it is made again, or of several results.
"""


def command(argv: Sequence[str]) -> int:
    """Run ``hvmc report``; return the exit code."""
    asked = _parser().parse_args(argv)
    paths = list(dict.fromkeys(asked.paths))
    from hvmc.answers.registry import Answer
    from hvmc.experiment.results import load
    from hvmc.plots.write import svg_texts
    from hvmc.report.page import report_page
    from hvmc.report.write import PAGE, write_page

    found = [load(path) for path in paths]
    for results in found:
        results.require_trials()
    target = asked.output or _common([results.path for results in found]) / PAGE
    _check(target)
    told = []
    for results in found:
        answer = Answer(results)
        told.append((answer, *svg_texts(answer.figures())))
    print(write_page(report_page(told), target))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="hvmc report",
        description="Write one page to hand over: the answer, its figures, what was assumed.",
        epilog=_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "paths",
        metavar="PATH",
        nargs="+",
        help="results/EXPERIMENT/HASH, or results/EXPERIMENT where it holds one",
    )
    parser.add_argument(
        "--output",
        "-o",
        metavar="FILE",
        type=Path,
        help="the page; by default report.html in the results folder, of several results in the "
        "folder that holds them all",
    )
    return parser


def _common(paths: Sequence[Path]) -> Path:
    """Return the folder that holds all results; of one, its own."""
    if len(paths) == 1:
        return paths[0]
    common = Path(os.path.commonpath([path.absolute() for path in paths]))
    here = Path.cwd()
    return common.relative_to(here) if common.is_relative_to(here) else common


def _check(target: Path) -> None:
    if target.is_dir():
        raise BadInputError([f"--output must be a file, got the folder {target}: add a name"])
    if not target.parent.is_dir():
        raise BadInputError(
            [f"--output {target}: the folder {target.parent} is not there: make it, or choose one"]
        )
