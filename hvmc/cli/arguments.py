"""The arguments of ``hvmc run``: Hydra's own flags, --dry-run and --json."""

import argparse
import difflib
from collections.abc import Sequence
from typing import NoReturn

from hvmc.config.problems import BadInputError

__all__ = ["is_for_hydra", "parse"]

INFO = ("all", "config", "defaults", "defaults-tree", "plugins", "searchpath")


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise BadInputError([f"{message}: see {self.prog} --help"])


def _parser() -> _Parser:
    parser = _Parser(prog="hvmc run", add_help=False, allow_abbrev=False)
    add = parser.add_argument
    add("overrides", nargs="*")
    add("--dry-run", "-n", action="store_true")
    add("--json", action="store_true")
    add("--multirun", "-m", action="store_true")
    add("--run", "-r", action="store_true")
    add("--help", "-h", action="store_true")
    add("--hydra-help", action="store_true")
    add("--cfg", "-c", choices=("job", "hydra", "all"))
    add("--resolve", action="store_true")
    add("--package", "-p")
    add("--info", "-i", nargs="?", const="all", choices=INFO)
    add("--shell-completion", "-sc", action="store_true")
    add("--config-dir", "-cd")
    add("--config-path", "-cp")
    add("--config-name", "-cn")
    return parser


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Parse the arguments of ``hvmc run``, flags and overrides in any order.

    Raises
    ------
    BadInputError
        If a flag is unknown or lacks its value.
    """
    parser = _parser()
    found, unknown = parser.parse_known_intermixed_args(list(arguments))
    if unknown:
        raise BadInputError(_remedy(flag, list(parser._option_string_actions)) for flag in unknown)
    return found


def is_for_hydra(arguments: argparse.Namespace) -> bool:
    """Say whether arguments of ``hvmc run`` ask for what Hydra shows.

    Raises
    ------
    BadInputError
        If they ask for several things at once.
    """
    asked = {
        "--cfg": arguments.cfg is not None,
        "--info": arguments.info is not None,
        "--help": arguments.help,
        "--hydra-help": arguments.hydra_help,
        "--dry-run": arguments.dry_run,
    }
    flags = [flag for flag, given in asked.items() if given]
    if len(flags) > 1:
        raise BadInputError([f"{' and '.join(flags)} can't be given together: choose one"])
    for flag, given in (("--resolve", arguments.resolve), ("--package", arguments.package)):
        if given and arguments.cfg is None and not arguments.help:
            raise BadInputError([f"{flag} belongs to --cfg: add --cfg job"])
    return bool(flags) and not arguments.dry_run


def _remedy(flag: str, known: list[str]) -> str:
    name = flag.lstrip("-")
    if "=" in name:
        return f"{flag} is not a flag: write {name}"
    close = difflib.get_close_matches(flag, known, n=1, cutoff=0.6)
    remedy = f"did you mean {close[0]}?" if close else "see hvmc run --help"
    return f"{flag} is not a flag: {remedy}"
