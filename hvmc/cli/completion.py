"""Tab completion: Hydra's own behind ``hvmc run`` and ``trace``, the verbs before.

Shells call ``hvmc -sc query=bash`` with the line typed so far in COMP_LINE. Hydra knows no verbs
and none of our flags, so they are taken out before it reads the line.
"""

import os
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from hvmc.cli.main import VERBS
from hvmc.cli.problems import BadInputError

__all__ = ["command", "completed_line"]

_OURS = ("--dry-run", "-n")
_COMPOSING = ("run", "trace")
_ACTIONS = ("install", "uninstall", "query")
_SHELLS = ("bash", "zsh", "fish")


def command(arguments: Sequence[str]) -> int:
    """Install, uninstall or answer tab completion, as ``hvmc -sc`` asks.

    Parameters
    ----------
    arguments : sequence of str
        ``install=SHELL``, ``uninstall=SHELL`` or ``query=SHELL``.

    Returns
    -------
    int
        Exit code.
    """
    asked = arguments[0].partition("=") if len(arguments) == 1 else ("", "", "")
    if asked[0] not in _ACTIONS or asked[2] not in _SHELLS:
        raise BadInputError([f"-sc takes install=SHELL or uninstall=SHELL: {', '.join(_SHELLS)}"])
    line = os.environ.get("COMP_LINE", "")
    if asked[0] == "query":
        verbs, line = completed_line(line[: _cursor(line)])
        if verbs is not None:
            print(" ".join(verbs))
            return 0
    from hvmc.cli.delegation import run_hydra
    from hvmc.cli.sources import Source, conf_dir

    before = os.environ.get("COMP_LINE")
    os.environ["COMP_LINE"] = line
    try:
        argv = ["--shell-completion", *_places(line), *arguments]
        return run_hydra(argv, Source(conf_dir()))
    finally:
        if before is None:
            del os.environ["COMP_LINE"]
        else:
            os.environ["COMP_LINE"] = before


def completed_line(line: str) -> tuple[list[str] | None, str]:
    """Return completions that need no Hydra, or None, and the line without verb and own flags.

    Parameters
    ----------
    line : str
        As typed, the program's name first.

    Examples
    --------
    >>> completed_line("hvmc r")
    (['run', 'reproduce'], '')
    >>> completed_line("hvmc run -n regime=")
    (None, 'hvmc regime=')
    """
    words = line.split()
    open_word = words[-1] if words and not line.endswith(" ") else ""
    if len(words) - bool(open_word) <= 1:
        start = open_word if len(words) > 1 else ""
        return [verb for verb in VERBS if verb.startswith(start)], ""
    if words[1] not in _COMPOSING:
        return [], ""  # the shell's own completion of paths
    kept = [words[0], *(word for word in words[2:] if word not in _OURS)]
    return None, " ".join(kept) + (" " if not open_word else "")


def _cursor(line: str) -> int:
    point = os.environ.get("COMP_POINT", "")
    return int(point) if point.isdecimal() else len(line)


def _places(line: str) -> list[str]:
    """Return the flags of a line that say where configuration is."""
    for flag, value in pairwise(line.split()):
        if flag in ("--config-dir", "-cd") and Path(value).is_dir():
            return ["--config-dir", value]
    return []
