"""``hvmc run``: simulate an experiment, print its answer, write results and figures."""

import shlex
import sys
from argparse import Namespace
from collections.abc import Sequence

from hvmc.cli.arguments import parse
from hvmc.cli.assembly import assemble
from hvmc.cli.completion import command as complete
from hvmc.cli.delegation import is_for_hydra, show
from hvmc.cli.findings import Asked
from hvmc.cli.invocation import as_typed
from hvmc.cli.main import INTERRUPTED
from hvmc.cli.problems import BadInputError
from hvmc.cli.progress import progress
from hvmc.cli.saved import load_saved, saved_path
from hvmc.cli.sources import Source, find_source
from hvmc.cli.unused import tell_unused

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
    source = find_source(arguments)
    if is_for_hydra(arguments):
        return show(arguments, source)
    asked = _asked(arguments, source)
    tell_unused(asked, arguments.overrides)
    _check_folder(asked)
    if arguments.dry_run:
        from hvmc.cli.dryrun import tell_plan

        tell_plan(asked)
        return 0
    return _execute(asked, shlex.join(["hvmc", "run", *argv]))


def _asked(arguments: Namespace, source: Source) -> Asked:
    file = saved_path(arguments.overrides)
    if file is None:
        return assemble(arguments.overrides, source, multirun=arguments.multirun)
    if arguments.multirun:
        raise BadInputError([f"-m has no meaning with {file}: its design points are complete"])
    return load_saved(file, [text for text in arguments.overrides if "=" in text])


def _check_folder(asked: Asked) -> None:
    from hvmc.experiment.errors import ResultsError
    from hvmc.experiment.files import check_writable
    from hvmc.experiment.folder import folder_of

    try:
        check_writable(folder_of(asked.experiment, asked.execution.results_dir))
    except ResultsError as error:
        raise BadInputError([error]) from error


def _execute(asked: Asked, line: str) -> int:
    from hvmc.experiment.errors import Interrupted
    from hvmc.experiment.run import run

    how = asked.execution
    try:
        with progress("simulating", "failed") as tell:
            results = run(
                asked.experiment,
                results_dir=how.results_dir,
                jobs=how.jobs,
                progress=tell,
                command=line,
            )
    except Interrupted as stopped:
        print(f"hvmc run: interrupted. {stopped}:\n  {as_typed(line)}", file=sys.stderr)
        return INTERRUPTED
    from hvmc.cli.report import tell_answer

    return tell_answer(results, line)
