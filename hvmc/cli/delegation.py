"""What Hydra does itself: --cfg, --info, --help, tab completion.

Its own program is run on rewritten arguments, so that these flags behave as its users expect; its
errors are told in our words. Of a sweep, the first design point is shown.
"""

import logging
import os
import sys
from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import prod

import hydra
from hydra.core.override_parser.types import Transformer

from hvmc.cli.choices import read_choices
from hvmc.cli.composition import CONFIG_ERRORS, Composer, explain
from hvmc.cli.overrides import Override
from hvmc.cli.problems import BAD_INPUT, BadInputError
from hvmc.cli.sources import Source
from hvmc.cli.unknown import unknown_settings
from hvmc.scenario.settings import Problem

__all__ = ["is_for_hydra", "run_hydra", "show"]


def is_for_hydra(arguments: Namespace) -> bool:
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


def show(arguments: Namespace, source: Source) -> int:
    """Let Hydra show what the arguments ask for; return the exit code.

    Raises
    ------
    BadInputError
        If an override means nothing, or the configuration can't be composed.
    """
    flags = [flag for flag in ("help", "hydra_help", "resolve") if getattr(arguments, flag)]
    argv = ["--" + flag.replace("_", "-") for flag in flags]
    for flag in ("cfg", "info", "package"):
        if getattr(arguments, flag) is not None:
            argv += [f"--{flag}", getattr(arguments, flag)]
    if arguments.hydra_help:  # about Hydra alone
        return run_hydra(argv, source)
    with Composer(source) as composer:
        texts, point = _first_point(arguments.overrides, composer)
    if point and arguments.cfg is not None:
        print(f"# {point}", file=sys.stderr)
    return run_hydra([*argv, *source.overrides(), *texts], source)


def _first_point(texts: Sequence[str], composer: Composer) -> tuple[list[str], str]:
    """Return Hydra's overrides for the first design point, and its name where there are more."""
    problems: list[Problem] = []
    choices = read_choices(texts, composer, True, problems)
    problems += unknown_settings(choices, composer)
    if problems:
        raise BadInputError(problems)
    count = prod(len(axis.levels) for axis in choices.axes)
    levels = [axis.levels[0] for axis in choices.axes]
    names = " ".join(f"{axis.key}={axis.levels[0]}" for axis in choices.axes)
    point = f"the first of {count} design points: {names}" if count > 1 else ""
    values = [_known(override) for override in choices.values]
    swept = [
        f"++{axis.key}={Transformer.str(level)}" for axis, level in choices.value_levels(levels)
    ]
    return [*choices.group_choices(levels), *values, *swept], point


def _known(override: Override) -> str:
    """Return the text of an override of a known key, which may be absent from the files."""
    if override.mark == "~":
        return override.text
    return f"++{override.text.lstrip('+')}"


def run_hydra(argv: Sequence[str], source: Source) -> int:
    """Run Hydra's own program; return the exit code.

    Parameters
    ----------
    argv : sequence of str
        Its arguments, one of them a flag that shows something.
    source : Source
        Folder and name of the main file.

    Raises
    ------
    BadInputError
        If the configuration can't be composed.
    """

    @hydra.main(config_path=str(source.path), config_name=source.name, version_base="1.3")
    def nothing(_: object) -> None:
        """Stand in for the program that Hydra would start."""

    with _as_program(argv):
        try:
            nothing()
        except SystemExit as done:
            return BAD_INPUT if done.code else 0
        except CONFIG_ERRORS as error:
            raise BadInputError([explain(error)]) from error
    return 0


@contextmanager
def _as_program(argv: Sequence[str]) -> Iterator[None]:
    """Be the program hvmc with these arguments; let Hydra raise instead of print and exit."""
    before, raising = sys.argv, os.environ.get("HYDRA_FULL_ERROR")
    root, telling = logging.getLogger(), logging.raiseExceptions
    handlers, level = root.handlers[:], root.level
    sys.argv, os.environ["HYDRA_FULL_ERROR"] = ["hvmc", *argv], "1"
    logging.raiseExceptions = False  # hvmc run --info | head
    try:
        yield
    finally:
        sys.argv, logging.raiseExceptions = before, telling
        root.handlers[:] = handlers
        root.setLevel(level)
        if raising is None:
            del os.environ["HYDRA_FULL_ERROR"]
        else:
            os.environ["HYDRA_FULL_ERROR"] = raising
