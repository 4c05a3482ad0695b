"""``hvmc validate``: claims with a right or a published value, and what the model makes of them."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from hvmc.cli.progress import progress

__all__ = ["command"]


def command(argv: Sequence[str]) -> int:
    """Run ``hvmc validate``; return the exit code, 0 also where claims fail."""
    from hvmc.validation.registry import families

    asked = _parser(families()).parse_args(argv)
    from rich.console import Console

    from hvmc.validation.report import markdown, tell, write_block
    from hvmc.validation.run import validate

    chosen = [asked.only] if asked.only else list(families())
    with progress("validating", "failed", "cases", "done") as report:
        found = validate(chosen, seed=asked.seed, jobs=asked.jobs, long=asked.long, progress=report)
    tell(found, Console(highlight=False))
    if asked.write:
        write_block(asked.write, markdown(found))
    return 0


def _parser(families: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="hvmc validate",
        description="Compare the model with theory, arithmetic and published values.",
    )
    parser.add_argument("--only", choices=families, help="this family of cases alone")
    parser.add_argument("--long", action="store_true", help="more trials, narrower intervals")
    parser.add_argument("--seed", type=int, default=1, help="names the random streams (1)")
    parser.add_argument("--jobs", type=int, help="processes (all processors)")
    parser.add_argument(
        "--write", type=Path, metavar="FILE", help="also fill its block <!-- validate -->"
    )
    return parser
