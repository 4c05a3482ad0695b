"""``hvmc run``: simulate an experiment, print its answer, write results and figures."""

import shlex
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from hvmc.cli.arguments import is_for_hydra, parse
from hvmc.cli.asking import ask
from hvmc.cli.completion import command as complete
from hvmc.cli.invocation import as_typed
from hvmc.cli.main import INTERRUPTED
from hvmc.cli.problems import BAD_INPUT
from hvmc.cli.progress import Report, progress, tell_look
from hvmc.cli.recordings import told_of_recordings
from hvmc.config.findings import AskedRun
from hvmc.config.problems import BadInputError

if TYPE_CHECKING:
    from hvmc.experiment.errors import Interrupted
    from hvmc.experiment.results import Results

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
    line = shlex.join(["hvmc", "run", *argv])
    if asked.question:
        from hvmc.cli.questions import posed
        from hvmc.experiment.errors import Interrupted

        _check_folder(asked)
        simulate = None if arguments.dry_run else partial(_simulate, line=line)
        try:
            asked = posed(asked, simulate)
        except Interrupted as stopped:
            return _stopped(stopped, line)
    _check_folder(asked)
    _tell_outlook(asked)
    if arguments.dry_run:
        from hvmc.cli.dryrun import tell_plan

        tell_plan(asked)
        return 0
    return _execute(asked, line, json=arguments.json)


def _tell_outlook(asked: AskedRun) -> None:
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


def _check_folder(asked: AskedRun) -> None:
    from hvmc.experiment.errors import ResultsError
    from hvmc.experiment.files import check_writable
    from hvmc.experiment.folder import folder_of
    from hvmc.experiment.links import check_links

    shard = asked.execution.part
    if shard is not None:
        shard.check(asked.experiment)
    folder = folder_of(asked.experiment, asked.execution.results_dir, shard)
    try:
        check_links(folder)
        check_writable(folder)
    except ResultsError as error:
        if not _needs_no_writing(folder, asked):
            raise BadInputError([str(error)]) from error


def _needs_no_writing(folder: Path, asked: AskedRun) -> bool:
    from hvmc.experiment.complete import is_finished
    from hvmc.experiment.errors import ResultsError

    try:
        return is_finished(folder, asked.experiment, asked.execution.part)
    except ResultsError:
        return False


def _notice(text: str) -> None:
    print(f"hvmc run: {text}", file=sys.stderr)


def _simulate(asked: AskedRun, line: str) -> "Results":
    from hvmc.experiment.run import run

    how = asked.execution
    with progress("simulating", "failed") as tell:
        return run(
            asked.experiment,
            results_dir=how.results_dir,
            jobs=how.jobs,
            trial_time_limit_s=how.trial_time_limit_s,
            progress=tell if how.part else partial(_prepare, tell),
            command=line,
            notice=_notice,
            look=tell_look,
            shard=how.part,
            address=how.execution.address,
        )


def _prepare(tell: Report, done: int, total: int, failed: int, left_s: float) -> None:
    """Report progress; import what tells and draws the answer while workers simulate."""
    tell(done, total, failed, left_s)
    if 0 < done < total:
        from hvmc.answers.registry import all_kinds
        from hvmc.plots.write import import_all

        all_kinds()
        import_all()


def _stopped(stopped: "Interrupted", line: str) -> int:
    print(f"hvmc run: interrupted. {stopped}:\n  {as_typed(line)}", file=sys.stderr)
    return INTERRUPTED


def _execute(asked: AskedRun, line: str, *, json: bool) -> int:
    from hvmc.experiment.errors import Interrupted

    for text in told_of_recordings(asked.experiment.points):
        _notice(text)
    try:
        results = _simulate(asked, line)
    except Interrupted as stopped:
        return _stopped(stopped, line)
    from hvmc.cli.answer import tell_answer, tell_shard

    say = tell_answer if asked.execution.part is None else tell_shard
    return say(results, line, json=json)
