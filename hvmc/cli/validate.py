"""``hvmc validate``: claims with a right or a published value, and what the model makes of them."""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from hvmc.cli.paths import number_of_jobs
from hvmc.cli.progress import progress
from hvmc.config.problems import BadInputError

if TYPE_CHECKING:
    from rich.console import Console

    from hvmc.validation.verdicts import Finding

__all__ = ["command"]

_THUMB = "thumb"
_HOSTS, _HOSTS_LONG = 150, 1000


def command(argv: Sequence[str]) -> int:
    """Run ``hvmc validate``; return the exit code, 0 also where claims fail."""
    from hvmc.validation.registry import families

    asked = _parser((*families(), _THUMB)).parse_args(argv)
    from rich.console import Console

    from hvmc.experiment.settings import MODEL_VERSION
    from hvmc.validation.report import SUMMARY, TABLES, markdown, summary, write_block

    _check(asked)
    console = Console(highlight=False)
    chosen = [asked.only] if asked.only else [*families(), _THUMB]
    parts = [f"Seed {asked.seed}, model version {MODEL_VERSION}."]
    found = _claims([family for family in chosen if family != _THUMB], asked, console)
    if found:
        parts += [summary(found), markdown(found)]
    if _THUMB in chosen:
        parts.append(_rules(asked, console))
    texts = {TABLES: "\n\n".join(parts), SUMMARY: summary(found)}
    for document in asked.write:
        write_block(document, texts)
    return 0


def _check(asked: argparse.Namespace) -> None:
    """Refuse documents without a block, and to sum up a part."""
    from hvmc.validation.report import SUMMARY, block_of

    problems = []
    for document in asked.write:
        try:
            part = block_of(document) == SUMMARY and asked.only
        except OSError as error:
            problems.append(
                f"{document} can't be read ({error.strerror}): name a document with a block"
            )
        except UnicodeDecodeError:
            problems.append(f"{document} is no text: name a document with a block")
        except ValueError as error:
            problems.append(str(error))
        else:
            if part:
                problems.append(f"{document} sums up all families: leave out --only")
    if problems:
        raise BadInputError(problems)


def _claims(
    families: Sequence[str], asked: argparse.Namespace, console: "Console"
) -> "Mapping[str, Sequence[Finding]]":
    from hvmc.validation.report import tell
    from hvmc.validation.run import validate

    if not families:
        return {}
    with progress("validating", "failed", "cases", "done") as report:
        found = validate(
            families, seed=asked.seed, jobs=asked.jobs, long=asked.long, progress=report
        )
    tell(found, console)
    return found


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
        "--write",
        type=Path,
        metavar="FILE",
        nargs="+",
        default=[],
        help="also fill the block <!-- validate --> or <!-- validate: summary --> of each",
    )
    return parser
