"""``hvmc run``: simulate an experiment, print its answer, write results and figures."""

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from hvmc.cli.arguments import is_for_hydra, parse
from hvmc.cli.asking import ask
from hvmc.cli.completion import command as complete
from hvmc.cli.invocation import as_typed
from hvmc.cli.main import INTERRUPTED
from hvmc.cli.problems import BAD_INPUT
from hvmc.cli.progress import progress, tell_look
from hvmc.cli.recordings import told_of_recordings
from hvmc.config.findings import Asked
from hvmc.config.problems import BadInputError

__all__ = ["command"]


def command(argv: Sequence[str]) -> int:
    """Run ``hvmc run``.

    Parameters
    ----------
    argv : sequence of str
        Arguments after the verb.

    Returns
    -------
    int
        Exit code.
    """
    arguments = parse(argv)
    if arguments.shell_completion:
        return complete(arguments.overrides)
    if is_for_hydra(arguments):
        from hvmc.config.shown import show
        from hvmc.config.sources import find_source

        return 0 if show(arguments, find_source(arguments)) else BAD_INPUT
    asked = ask(arguments, arguments.overrides, multirun=arguments.multirun)
    _check_folder(asked)
    _tell_outlook(asked)
    if arguments.dry_run:
        from hvmc.cli.dryrun import tell_plan

        tell_plan(asked)
        return 0
    return _execute(asked, shlex.join(["hvmc", "run", *argv]))


def _tell_outlook(asked: Asked) -> None:
    """Print what a host of named guests looks like, before it is simulated."""
    from hvmc.answers.kinds.guests import is_one_host

    points = asked.experiment.points
    if not is_one_host(points):
        return
    from rich.console import Console

    from hvmc.answers.outlook import outlook
    from hvmc.answers.page import say

    console = Console(highlight=False)
    for line in outlook(points[0].design):
        say(console, line)
    print(flush=True)


def _check_folder(asked: Asked) -> None:
    from hvmc.experiment.errors import ResultsError
    from hvmc.experiment.files import check_writable
    from hvmc.experiment.folder import folder_of
    from hvmc.experiment.links import check_links

    folder = folder_of(asked.experiment, asked.execution.results_dir)
    try:
        check_links(folder)
        check_writable(folder)
    except ResultsError as error:
        if not _needs_no_writing(folder, asked):
            raise BadInputError([str(error)]) from error


def _needs_no_writing(folder: Path, asked: Asked) -> bool:
    from hvmc.experiment.errors import ResultsError
    from hvmc.experiment.run import is_finished

    try:
        return is_finished(folder, asked.experiment)
    except ResultsError:
        return False


def _notice(text: str) -> None:
    print(f"hvmc run: {text}", file=sys.stderr)


def _execute(asked: Asked, line: str) -> int:
    from hvmc.experiment.errors import Interrupted
    from hvmc.experiment.run import run

    how = asked.execution
    for text in told_of_recordings(asked.experiment.points):
        _notice(text)
    try:
        with progress("simulating", "failed") as tell:
            results = run(
                asked.experiment,
                results_dir=how.results_dir,
                jobs=how.jobs,
                trial_time_limit_s=how.trial_time_limit_s,
                progress=tell,
                command=line,
                notice=_notice,
                look=tell_look,
            )
    except Interrupted as stopped:
        print(f"hvmc run: interrupted. {stopped}:\n  {as_typed(line)}", file=sys.stderr)
        return INTERRUPTED
    from hvmc.cli.report import tell_answer

    return tell_answer(results, line)
