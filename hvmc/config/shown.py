"""What Hydra shows itself: --cfg, --info, --help, tab completion.

Of a sweep, the first design point is shown.
"""

import logging
import sys
from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from hydra._internal.utils import get_args_parser
from hydra.types import RunMode

from hvmc.config.assembly import unknown_settings
from hvmc.config.composition import Composer
from hvmc.config.explain import CONFIG_ERRORS, explain_failure
from hvmc.config.grid import read_grid
from hvmc.config.problems import BadInputError
from hvmc.config.sources import Source
from hvmc.scenario.problems import Problem

__all__ = ["complete", "show"]


def show(arguments: Namespace, source: Source) -> bool:
    """Let Hydra show what the arguments of ``hvmc run`` ask for.

    Returns
    -------
    bool
        Whether it is there; Hydra has said so where it is not.

    Raises
    ------
    BadInputError
        If an override means nothing, or the configuration can't be composed.
    """
    parser = get_args_parser()
    with Composer(source) as composer, _told(), _as_program(), _logging_as_before():
        hydra, name = composer.hydra, source.name
        if arguments.hydra_help:
            hydra.hydra_help(name, parser, Namespace(overrides=[]))
            return True
        overrides, point = _first_point(arguments.overrides, composer)
        if arguments.help:
            hydra.app_help(name, parser, Namespace(overrides=overrides, resolve=arguments.resolve))
        elif arguments.info is not None:
            hydra.show_info(arguments.info, name, overrides, RunMode.RUN)
        else:
            if point:
                print(f"# {point}", file=sys.stderr)
            try:
                hydra.show_cfg(name, overrides, arguments.cfg, arguments.package, arguments.resolve)
            except SystemExit:
                return False
    return True


def complete(action: str, source: Source) -> None:
    """Let Hydra install, uninstall or answer tab completion.

    Parameters
    ----------
    action : str
        ``query=bash`` and the like; the line to be completed is COMP_LINE of the environment.
    source : Source
        Where the configuration's files are.
    """
    with Composer(source) as composer, _told(), _as_program():
        composer.hydra.shell_completion(source.name, [action])


def _first_point(texts: Sequence[str], composer: Composer) -> tuple[list[str], str]:
    """Return Hydra's overrides for the first design point, and its name where there are more."""
    problems: list[Problem | str] = []
    grid = read_grid(texts, composer, True, problems)
    problems += unknown_settings(grid, composer)
    if problems:
        raise BadInputError(problems)
    more = grid.count > 1
    point = f"the first of {grid.count} design points: {grid.label(grid.first)}" if more else ""
    changes = [item.forced(level) for item, level in grid.changes(grid.first)]
    return [*grid.choices(grid.first), *changes], point


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except CONFIG_ERRORS as error:
        raise BadInputError([explain_failure(error)]) from error


@contextmanager
def _as_program() -> Iterator[None]:
    """Be the program hvmc: Hydra writes its name into what it shows and installs."""
    before, sys.argv = sys.argv, ["hvmc"]
    try:
        yield
    finally:
        sys.argv = before


@contextmanager
def _logging_as_before() -> Iterator[None]:
    """Undo what Hydra sets of logging, through which it shows things."""
    root, raising = logging.getLogger(), logging.raiseExceptions
    handlers, level = root.handlers[:], root.level
    logging.raiseExceptions = False  # hvmc run --info | head
    try:
        yield
    finally:
        logging.raiseExceptions = raising
        root.handlers[:] = handlers
        root.setLevel(level)
