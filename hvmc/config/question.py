"""What is asked of a host beside its configuration: which variants of it are to be compared.

``what_if`` names variants, ``all`` of them or a list. Those of the group ``variants`` are known;
a file of one's own adds its own, in short (``name: [change, change]``) or with a price
(``name: {changes: [...], price: 2}``).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hvmc.experiment.variant import Variant
from hvmc.regimes.changes import ALL
from hvmc.scenario.settings import Problem, nearest, read

__all__ = ["QUESTION_KEYS", "Question", "as_hydra_reads", "read_question", "without_question"]

QUESTION_KEYS = ("what_if",)
_LISTS = ("what_if",)


@dataclass(frozen=True)
class Question:
    """What is to be compared with a host as it is.

    Parameters
    ----------
    what_if : tuple of Variant
        In order; none where nothing is asked.
    listed : bool
        Whether they were named one by one.
    """

    what_if: tuple[Variant, ...] = ()
    listed: bool = False

    def __bool__(self) -> bool:
        return bool(self.what_if)


def as_hydra_reads(text: str) -> str:
    """Return an override with a list where one is meant: ``what_if=a,b`` is ``what_if=[a,b]``."""
    key, sign, value = text.partition("=")
    if (
        sign
        and key.lstrip("+") in _LISTS
        and "," in value
        and not value.startswith(("[", "'", '"'))
    ):
        return f"{key}=[{value}]"
    return text


def without_question(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings of a whole experiment without what only asks."""
    asks = (*QUESTION_KEYS, "variants")
    return {key: item for key, item in settings.items() if key not in asks}


def read_question(settings: Mapping[str, Any], problems: list[Problem | str]) -> Question:
    """Read what is asked.

    Parameters
    ----------
    settings : mapping
        Plain settings of the whole experiment.
    problems : list of Problem
        Extended.
    """
    wanted = settings.get("what_if")
    if wanted is None or wanted == []:
        return Question()
    offered = settings.get("variants") or {}
    if not isinstance(offered, Mapping):
        problems.append(Problem("variants", "must be a mapping of names, as {mine: [CHANGE]}"))
        return Question()
    names = _names(wanted, [str(name) for name in offered], problems)
    found = [_variant(name, offered[name], problems) for name in names]
    return Question(tuple(one for one in found if one is not None), wanted != ALL)


def _names(wanted: Any, offered: list[str], problems: list[Problem | str]) -> list[str]:
    if wanted == ALL:
        return offered
    listed = wanted if isinstance(wanted, list) else [wanted]
    unknown = [name for name in listed if name not in offered]
    problems += [
        Problem("what_if", f"must name variants, got {name!r}: {nearest(str(name), offered)}")
        for name in unknown
    ]
    return list(dict.fromkeys(name for name in listed if name in offered))


def _variant(name: str, given: Any, problems: list[Problem | str]) -> Variant | None:
    content = {"changes": given} if isinstance(given, list) else given
    found: list[Problem] = []
    if isinstance(content, Mapping):
        variant: Variant | None = read(
            Variant, {"name": name, **content}, f"variants.{name}", found
        )
    else:
        text = f"must be a list of changes, or a mapping of changes, price, where, got {given!r}"
        variant = None
        found.append(Problem(f"variants.{name}", text))
    problems += found
    return variant
