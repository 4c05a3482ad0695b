"""The commands of an experiment, and the results that they stored.

A command is written once, in the ``COMMANDS`` of an experiment's ``analyse.py``: its README shows
it, `renew.py` runs it, and its results are found by what it asks for.
"""

import os
import shlex
import sys
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import hvmc
from hvmc.cli.arguments import parse
from hvmc.config.assembly import assemble
from hvmc.config.sources import find_source
from hvmc.experiment.folder import folder_of
from hvmc.experiment.run import decided_before

ROOT = Path(__file__).parents[1]
RUN = ["hvmc", "run"]
SMOKE = "size=smoke"
_WIDTH = 96


@dataclass(frozen=True)
class Store:
    """A folder of results.

    Parameters
    ----------
    path : Path
        What ``results_dir`` is in every command.
    changes : tuple of str
        Overrides that every command gets, in place of its own of the same key.
    """

    path: Path
    changes: tuple[str, ...] = ()

    @classmethod
    def asked(cls) -> "Store":
        """Return the store that a script's arguments name: a folder, then changes."""
        if len(sys.argv) < 2:
            raise SystemExit(f"usage: python {sys.argv[0]} STORE [key=value ...]")
        return cls(Path(sys.argv[1]), tuple(sys.argv[2:]))

    @property
    def smoke(self) -> bool:
        """Whether only a trial of the machinery is wanted."""
        return SMOKE in self.changes

    def arguments(self, command: str) -> list[str]:
        """Return the arguments of an ``hvmc run`` with the changes.

        Raises
        ------
        ValueError
            If the command is another one, or reads an environment variable that is not set.
        """
        words = shlex.split(os.path.expandvars(command))
        if words[:2] != RUN:
            raise ValueError(f"a command with stored results must begin with hvmc run: {command}")
        unset = [word for word in words if "=$" in word]
        if unset:
            raise ValueError(f"{unset[0]} must be given: set the environment variable")
        # a size sets the number of trials, which an explicit one would override
        keys = {change.partition("=")[0] for change in self.changes}
        keys |= {"trials"} if "size" in keys else set()
        kept = [word for word in words[2:] if word.partition("=")[0] not in keys]
        return [*kept, *self.changes]

    def experiment(self, command: str) -> hvmc.Experiment:
        """Return what a command runs."""
        arguments = parse(self.arguments(command))
        source = find_source(arguments)
        return assemble(arguments.overrides, source, multirun=arguments.multirun).experiment

    def results(self, command: str) -> hvmc.Results:
        """Return what a command stored.

        Raises
        ------
        LookupError
            If its trials are not all there.
        """
        asked = self.experiment(command)
        folder = folder_of(asked, self.path)
        if folder.is_dir() and (decided := decided_before(folder, asked)):
            results = hvmc.load(folder).limited(decided)
            if results.complete:
                return results
        raise LookupError(f"{self.path} lacks trials of: {command}")


def shown(commands: Iterable[str], analyse: Path) -> str:
    """Return commands as a README shows them, that which writes its blocks last."""
    typed = [text if text.startswith("hvmc") else f"{text} results" for text in commands]
    typed.append(f"python {analyse.resolve().relative_to(ROOT)} results")
    lines = [
        " \\\n".join(
            textwrap.wrap(
                text,
                _WIDTH,
                subsequent_indent="    ",
                break_long_words=False,
                break_on_hyphens=False,
            )
        )
        for text in typed
    ]
    return "\n".join(["```bash", *lines, "```"])
