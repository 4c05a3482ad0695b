"""Names valid for guests, made of names as people give them to machines and files."""

import re
import unicodedata
from collections.abc import Iterable

__all__ = ["by_number", "guest_names", "names_told"]

_SHOWN = 3
_LONGEST = 40
_SHORTENED = 12


def by_number(name: str) -> str:
    """Return a key that sorts names as people count: vm2 before vm10."""
    return re.sub(r"[0-9]+", lambda digits: digits[0].zfill(32), name)


def guest_names(written: Iterable[str]) -> dict[str, str]:
    """Return a valid and unique guest name for each name.

    Letters, digits, ``_`` and ``-`` stay, marks above letters go, anything else becomes ``_``; a
    name that does not begin with a letter gets ``vm_`` in front; of one longer than 40 letters,
    such as a hash, the first 12 stay; where two become the same, the later gets a number.

    Examples
    --------
    >>> list(guest_names(["sql 01", "web.prod", "VM (2)", "7", "sql.01", "Büro"]).values())
    ['sql_01', 'web_prod', 'VM_2', 'vm_7', 'sql_01_2', 'Buro']
    """
    names: dict[str, str] = {}
    taken: set[str] = set()
    distinct = list(dict.fromkeys(written))
    plain = {name: _valid(name) for name in distinct}
    kept = {name for name in distinct if plain[name] == name}
    for name in sorted(distinct, key=lambda name: name not in kept):
        valid, count = plain[name], 1
        while valid in taken:
            count += 1
            valid = f"{plain[name]}_{count}"
        taken.add(valid)
        names[name] = valid
    return {name: names[name] for name in distinct}


def _valid(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name)
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    word = re.sub(r"[^A-Za-z0-9_-]+", "_", plain)
    word = word if word == name else word.strip("_")
    word = word if len(word) <= _LONGEST else word[:_SHORTENED].strip("_")
    return word if re.match(r"[A-Za-z_]", word) else f"vm_{word}".rstrip("_")


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST else f"{name[:_SHORTENED]}..."


def names_told(names: dict[str, str]) -> list[str]:
    """Return a sentence on the names that were changed, none where none was."""
    changed = [f"{_short(name)!r} is {valid}" for name, valid in names.items() if valid != name]
    if not changed:
        return []
    more = f" and {len(changed) - _SHOWN} more" if len(changed) > _SHOWN else ""
    return [f"names made valid for guests: {', '.join(changed[:_SHOWN])}{more}"]
