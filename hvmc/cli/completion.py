"""Tab completion: Hydra's own behind ``hvmc run``, ``counters`` and ``live``, the verbs before.

Shells call ``hvmc -sc query=bash`` with the line typed so far in COMP_LINE. Hydra knows no verbs
and none of our flags, so they are taken out before it reads the line.
"""

import os
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from hvmc.cli.main import OLD_VERBS, VERBS
from hvmc.config.problems import BadInputError

__all__ = ["command", "completed_line"]

_OURS = ("--dry-run", "-n")
_COMPOSING = ("run", "counters", "live", *OLD_VERBS)
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
    action, _, shell = arguments[0].partition("=") if len(arguments) == 1 else ("", "", "")
    if action not in _ACTIONS or shell not in _SHELLS:
        raise BadInputError([f"-sc takes install=SHELL or uninstall=SHELL: {', '.join(_SHELLS)}"])
    line = os.environ.get("COMP_LINE", "")
    if action == "query":
        verbs, line = completed_line(line[: _cursor(line)])
        if verbs is not None:
            print(" ".join(verbs))
            return 0
        os.environ["COMP_LINE"] = line
    from hvmc.config.shown import complete
    from hvmc.config.sources import Source, conf_dir

    complete(arguments[0], Source(conf_dir(), more=_places(line)))
    return 0


def completed_line(line: str) -> tuple[list[str] | None, str]:
    """Return completions that need no Hydra, or None, and the line without verb and own flags.

    Parameters
    ----------
    line : str
        As typed, the program's name first.

    Examples
    --------
    >>> completed_line("hvmc ru")
    (['run'], '')
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


def _places(line: str) -> tuple[str, ...]:
    """Return where else a line says that configuration is."""
    return tuple(
        f"file://{Path(folder).absolute()}"
        for flag, folder in pairwise(line.split())
        if flag in ("--config-dir", "-cd") and Path(folder).is_dir()
    )
