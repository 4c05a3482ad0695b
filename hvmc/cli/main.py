"""The command ``hvmc``: verbs, exit codes, last resort for errors.

Exit codes: 0 done; 1 the answer is no (a value differs, every trial failed); 2 bad input; 130
interrupted. Nothing heavy is imported before the verb is known.
"""

import difflib
import gc
import os
import sys
from collections.abc import Sequence
from importlib import import_module

from hvmc.cli.invocation import as_typed
from hvmc.cli.problems import BAD_INPUT, tell
from hvmc.config.problems import BadInputError
from hvmc.experiment.interrupts import terminable

__all__ = ["INTERRUPTED", "OLD_VERBS", "VERBS", "main"]

INTERRUPTED = 130
VERBS = {
    "run": "simulate an experiment, print its answer, write results and figures",
    "init": "write a list of VMs to begin with, for hvmc fit",
    "merge": "put the shards of an experiment together (hvmc run shard=3/8)",
    "fit": "write a scenario file of your own host from inventories and logs",
    "diagnose": "say what a Performance Monitor log tells of its host, without simulating",
    "report": "write one page to hand over: answer, figures, what was assumed",
    "plot": "draw the figures of stored results, without simulating",
    "show": "print what stored results hold: settings, provenance, counts, summary",
    "constants": "print every constant of the model with its range, standing and source",
    "recordings": "read recorded utilisation of VMs and tell what was kept, mended, left out",
    "counters": "run one host and write its performance counters second by second",
    "explore": "open stored results in the browser: any view, any trial",
    "live": "open a modelled host in the browser while it runs",
    "validate": "compare the model with theory, arithmetic and published values",
    "reproduce": "simulate stored results again and compare, bit for bit",
    "replay": "one stored trial step by step: scenario, counters, who ran where and why not",
}

OLD_VERBS = {"trace": "counters"}

# trials fill the processors; threads of linear algebra beside them only wait for each other
_ONE_THREAD = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")

# figures and frames are many small objects that stay: Python's own thresholds go through them so
# often that drawing takes a tenth longer
_COLLECTED_AFTER = (50_000, 20, 50)


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command.

    Parameters
    ----------
    argv : sequence of str, optional
        Arguments without the program's name; by default the process's own.

    Returns
    -------
    int
        Exit code.
    """
    for name in _ONE_THREAD:
        os.environ.setdefault(name, "1")
    if argv is None:
        gc.set_threshold(*_COLLECTED_AFTER)
    arguments = list(sys.argv[1:] if argv is None else argv)
    if not arguments:
        print(_help(), file=sys.stderr)
        return BAD_INPUT
    first, rest = arguments[0], arguments[1:]
    if first in {"-h", "--help"}:
        print(_help())
        return 0
    if first in {"-V", "--version"}:
        print(_version())
        return 0
    if first in {"-sc", "--shell-completion"}:  # shells ask here, whatever the verb
        return _guarded("completion", rest)
    if first in OLD_VERBS:
        print(f"hvmc: {first} is now {OLD_VERBS[first]}: hvmc {OLD_VERBS[first]}", file=sys.stderr)
        first = OLD_VERBS[first]
    if first not in VERBS:
        return tell("hvmc", [_unknown(first)])
    return _guarded(first, rest)


def _guarded(verb: str, arguments: list[str]) -> int:
    name = f"hvmc {verb}"
    try:
        with terminable():
            return int(import_module(f"hvmc.cli.{verb}").command(arguments))
    except BadInputError as error:
        return tell(name, error.problems, end="Nothing was run or written.")
    except SystemExit as done:  # argparse: --help, or a wrong argument that it has told of
        return int(done.code or 0)
    except BrokenPipeError:  # whoever read our output has left: hvmc show PATH | head
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (OSError, ValueError) as error:
        if not isinstance(error, OSError | _results_error()):
            raise
        return tell(name, [_told(error)])
    except KeyboardInterrupt:
        print(f"{name}: interrupted", file=sys.stderr)
        return INTERRUPTED


def _told(error: OSError | ValueError) -> str:
    if not isinstance(error, OSError) or error.strerror is None:
        return str(error)
    if error.filename is None:  # nothing but our own output has no name
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return f"the output can't be written ({error.strerror}): send it elsewhere"
    return f"{error.filename} can't be used ({error.strerror}): correct the path or give access"


def _results_error() -> type[ValueError]:
    from hvmc.experiment.errors import ResultsError

    return ResultsError


def _help() -> str:
    verbs = "\n".join(f"  {verb:<11}{what}" for verb, what in VERBS.items())
    return (
        "usage: hvmc VERB ...\n\n"
        "How much guests suffer under a Hyper-V-like hypervisor, how likely, and why.\n\n"
        f"{verbs}\n\n"
        "hvmc VERB --help tells more. hvmc run needs no arguments: it compares the four\n"
        'provisioning regimes. Tab completion: eval "$(hvmc -sc install=bash)".'
    )


def _version() -> str:
    from importlib.metadata import version

    return f"hvmc {version('hvmc')}"


def _unknown(verb: str) -> str:
    close = difflib.get_close_matches(verb, VERBS, n=1, cutoff=0.5)
    if close:
        remedy = f"did you mean {close[0]}?"
    elif "=" in verb:
        remedy = f"settings come after a verb, {as_typed('hvmc run')} {verb}"
    else:
        remedy = f"there are {', '.join(VERBS)}"
    return f"{verb} is not a verb: {remedy}"
