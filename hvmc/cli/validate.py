"""``hvmc validate``: claims with a right or a published value, and what the model makes of them."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from hvmc.cli.paths import number_of_jobs
from hvmc.cli.progress import progress
from hvmc.config.problems import BadInputError

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["command"]

_THUMB = "thumb"
_HOSTS, _HOSTS_LONG = 150, 1000


def command(argv: Sequence[str]) -> int:
    """Run ``hvmc validate``; return the exit code, 0 also where claims fail."""
    from hvmc.validation.registry import families

    asked = _parser((*families(), _THUMB)).parse_args(argv)
    from rich.console import Console

    from hvmc.experiment.settings import MODEL_VERSION
    from hvmc.validation.report import write_block

    if asked.write:
        _check(asked.write)
    console = Console(highlight=False)
    chosen = [asked.only] if asked.only else [*families(), _THUMB]
    parts = [f"Seed {asked.seed}, model version {MODEL_VERSION}."]
    if claimed := [family for family in chosen if family != _THUMB]:
        parts.append(_claims(claimed, asked, console))
    if _THUMB in chosen:
        parts.append(_rules(asked, console))
    if asked.write:
        write_block(asked.write, "\n\n".join(parts))
    return 0


def _check(document: Path) -> None:
    from hvmc.validation.report import check_block

    try:
        check_block(document)
    except ValueError as error:
        raise BadInputError([str(error)]) from error


def _claims(families: Sequence[str], asked: argparse.Namespace, console: "Console") -> str:
    from hvmc.validation.report import markdown, tell
    from hvmc.validation.run import validate

    with progress("validating", "failed", "cases", "done") as report:
        found = validate(
            families, seed=asked.seed, jobs=asked.jobs, long=asked.long, progress=report
        )
    tell(found, console)
    return markdown(found)


def _rules(asked: argparse.Namespace, console: "Console") -> str:
    from hvmc.validation.thumb import FURTHER, RULES, better, detections, sample
    from hvmc.validation.thumb_report import markdown, tell

    hosts = _HOSTS_LONG if asked.long else _HOSTS
    with progress("rules of thumb", "failed", "hosts", "done") as report:
        guests = sample(hosts, asked.seed, jobs=asked.jobs, progress=report)
    rules = sorted((*RULES, *FURTHER), key=lambda rule: (rule.text, rule.threshold))
    tables = detections(guests, rules), better(guests, rules)
    tell(*tables, guests, console)
    return markdown(*tables, guests)


def _parser(families: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="hvmc validate",
        description="Compare the model with theory, arithmetic and published values.",
    )
    parser.add_argument("--only", choices=families, help="this family of cases alone")
    parser.add_argument("--long", action="store_true", help="more trials, narrower intervals")
    parser.add_argument("--seed", type=int, default=1, help="names the random streams (1)")
    parser.add_argument("--jobs", type=number_of_jobs, help="processes (all processors)")
    parser.add_argument(
        "--write", type=Path, metavar="FILE", help="also fill its block <!-- validate -->"
    )
    return parser
