"""How hvmc was started, so that the commands it suggests can be typed as they stand."""

import os

__all__ = ["as_typed"]


def as_typed(line: str) -> str:
    """Return a command as it works where this process was started: through ``uv run`` or not.

    Parameters
    ----------
    line : str
        Begins with ``hvmc``.
    """
    return f"uv run {line}" if os.environ.get("UV") else line
