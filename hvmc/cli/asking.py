"""What ``run`` and ``counters`` are asked for, checked; what has no effect is told on stderr."""

import sys
from argparse import Namespace

from hvmc.config.assembly import assemble
from hvmc.config.effects import without_effect
from hvmc.config.findings import AskedRun
from hvmc.config.own_file import as_experiment
from hvmc.config.problems import BadInputError
from hvmc.config.saved import load_saved, read_file, saved_path
from hvmc.config.sources import find_source

__all__ = ["ask"]


def ask(arguments: Namespace, texts: list[str], *, multirun: bool = False) -> AskedRun:
    """Return the experiment of a file among the arguments, or of the configuration.

    Parameters
    ----------
    arguments : Namespace
        With the flags that say where configuration files are.
    texts : list of str
        Overrides, and perhaps the path of a saved experiment or of a configuration file of one's
        own, as written.
    multirun : bool
        Whether ``-m`` was given.

    Raises
    ------
    BadInputError
        With everything that is wrong.
    """
    source = find_source(arguments)
    file = saved_path(texts)
    if file is None:
        asked = assemble(texts, source, multirun=multirun)
    elif not (content := read_file(file)).get("points"):
        with as_experiment(file, content, texts, source) as (own, place):
            asked = assemble(own, place, multirun=multirun)
    elif multirun:
        raise BadInputError([f"-m has no meaning with {file}: its design points are complete"])
    else:
        asked = load_saved(file, texts)
    for line in without_effect(asked, texts):
        print(f"hvmc: {line}", file=sys.stderr)
    return asked
