"""Names of VMs as names of guests."""

import re
import unicodedata
from collections.abc import Iterable

from hvmc.scenario.guest import NAME

__all__ = ["guest_names"]


def guest_names(written: Iterable[str]) -> dict[str, str]:
    """Return a valid, unique guest name for each name as written.

    Examples
    --------
    >>> guest_names(["web", "sql 01", "Büro.1", "1st"])
    {'web': 'web', 'sql 01': 'sql_01', 'Büro.1': 'Buro_1', '1st': '_1st'}
    """
    names = list(dict.fromkeys(written))
    found: dict[str, str] = {name: name for name in names if NAME.fullmatch(name)}
    for name in names:
        if name not in found:
            found[name] = _free(_valid(name), set(found.values()))
    return {name: found[name] for name in names}


def _valid(name: str) -> str:
    ascii_only = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    word = re.sub(r"[^A-Za-z0-9_-]+", "_", ascii_only).strip("_")
    return word if re.match(r"[A-Za-z]", word) else f"_{word}"


def _free(name: str, taken: set[str]) -> str:
    number, candidate = 2, name
    while candidate in taken:
        number, candidate = number + 1, f"{name}_{number}"
    return candidate
