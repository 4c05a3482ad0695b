"""What is asked of a host beside its configuration: which variants of it are to be compared.

``what_if`` names variants, ``all`` of them or a list. Those of the group ``variants`` are known;
a file of one's own adds its own, in short (``name: [change, change]``) or with a price
(``name: {changes: [...], price: 2}``).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from hvmc.experiment.variant import Variant
from hvmc.regimes.changes import ALL
from hvmc.scenario.settings import Problem, nearest, read

__all__ = [
    *("QUESTION_KEYS", "Question", "as_hydra_reads", "read_question", "read_variant"),
    "without_question",
]

QUESTION_KEYS = ("what_if", "growth")
_LISTS = ("what_if", "growth", "compare")
_DOTS = "..."


@dataclass(frozen=True)
class Question:
    """What is to be compared with a host as it is.

    Parameters
    ----------
    what_if : tuple of Variant
        In order; none where nothing is asked.
    listed : bool
        Whether they were named one by one.
    growth : tuple of float
        Loads, as multiples of the present one.
    packing : str
        Name or role of the guests of which more and more are added.
    """

    what_if: tuple[Variant, ...] = ()
    listed: bool = False
    growth: tuple[float, ...] = ()
    packing: str = ""

    def __bool__(self) -> bool:
        return bool(self.what_if or self.growth or self.packing)


def as_hydra_reads(text: str) -> str:
    """Return an override with a list where one is meant: ``what_if=a,b`` is ``what_if=[a,b]``."""
    key, sign, value = text.partition("=")
    if key == "target" and value and value[0] not in "'\"":
        return f"{key}='{value}'"
    if key == "growth_per_year" and value.rstrip().endswith("%"):
        return f"{key}={_part(value)}"
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
    packing = settings.get("packing")
    growth = _loads(settings.get("growth"), problems)
    asks = Question(growth=growth, packing=packing if isinstance(packing, str) else "")
    wanted = settings.get("what_if")
    if growth and (asks.packing or wanted):
        problems.append(Problem("growth", "stands alone: leave out packing and what_if, or growth"))
    if wanted is None or wanted == []:
        return asks
    offered = settings.get("variants") or {}
    if not isinstance(offered, Mapping):
        problems.append(Problem("variants", "must be a mapping of names, as {mine: [CHANGE]}"))
        return Question()
    names = _names(wanted, [str(name) for name in offered], problems)
    found = [read_variant(name, offered[name], problems) for name in names]
    variants = tuple(one for one in found if one is not None)
    return replace(asks, what_if=variants, listed=wanted != ALL)


def _part(value: str) -> str:
    try:
        return f"{float(value.strip().removesuffix('%')) / 100.0:g}"
    except ValueError:
        return value


def _loads(given: Any, problems: list[Problem | str]) -> tuple[float, ...]:
    """Return loads in order; ``1.0,1.1,...,2.0`` goes on in the steps of the two before."""
    listed = given if isinstance(given, list) else [] if given is None else [given]
    found: list[float] = []
    for place, item in enumerate(listed):
        if item == _DOTS and len(found) > 1 and place + 1 < len(listed):
            step, end = found[-1] - found[-2], listed[place + 1]
            if isinstance(end, int | float) and step > 0:
                count = round((end - found[-1]) / step)
                found += [round(found[-1] + step * turn, 9) for turn in range(1, count)]
                continue
        if isinstance(item, bool) or not isinstance(item, int | float) or not item > 0:
            text = f"must be loads above 0, as 1.0,1.1,...,2.0, got {item!r}"
            problems.append(Problem("growth", text))
            return ()
        found.append(float(item))
    return tuple(sorted(set(found)))


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


def read_variant(name: str, given: Any, problems: list[Problem | str]) -> Variant | None:
    """Return a variant as files write it, or None; problems are extended."""
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
