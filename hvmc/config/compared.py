"""What is compared: swept factors, and named variants, which become a factor themselves."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from hvmc.config.question import read_variant
from hvmc.experiment.settings import Point
from hvmc.experiment.variant import PRESENT, WORDS, Variant, meets
from hvmc.regimes.changes import parse_change
from hvmc.scenario.settings import Problem, SettingsError, nearest

__all__ = ["FACTOR", "with_compared"]

FACTOR = "variant"


def with_compared(
    points: Sequence[Point],
    settings: Mapping[str, Any],
    swept: Sequence[str],
    given: Sequence[str],
    problems: list[Problem | str],
) -> tuple[list[Point], dict[str, Any]]:
    """Return design points and settings of an experiment that compares what it names.

    A list of names becomes one text. Names of variants become the factor ``variant``: at each
    design point the host as it is, then with each variant's changes. Where ``compare`` is given
    beside the files and no report is, the report is ``paired``.

    Parameters
    ----------
    points : sequence of Point
        As swept.
    settings : mapping
        Plain settings of the whole experiment.
    swept : sequence of str
        Swept factors.
    given : sequence of str
        Keys of what was given beside the files.
    problems : list of Problem
        Extended.
    """
    found, wanted = dict(settings), settings.get("compare")
    names = _names(wanted)
    if "compare" in given and names and "report" not in given:
        found["report"] = "paired"
    offered = settings.get("variants") or {}
    others = [name for name in names if name not in swept]
    if not isinstance(offered, Mapping) or not others:
        return list(points), found | {"compare": ",".join(names)}
    unknown = [name for name in others if name not in offered]
    if unknown:
        known = [*swept, *map(str, offered)]
        problems += [
            Problem(
                "compare",
                f"must be a swept factor ({', '.join(swept) or 'none here'}) or a variant "
                f"({', '.join(map(str, offered)) or 'none here'}), got {name!r}: "
                f"{nearest(name, known)}",
            )
            for name in unknown
        ]
        return list(points), found | {"compare": "", "report": "points"}
    variants = [one for name in others if (one := read_variant(name, offered[name], problems))]
    problems += [problem for one in variants for problem in _of_a_victim(one)]
    factors = [*(name for name in names if name in swept), FACTOR]
    found["compare"] = ",".join(factors)
    varied = [] if problems else [new for p in points for new in _varied(p, variants, problems)]
    if problems:  # told; that nothing is compared then is no further one
        return list(points), found | {"compare": "", "report": "points"}
    return varied, found


def _names(wanted: Any) -> list[str]:
    listed = wanted if isinstance(wanted, list) else str(wanted or "").split(",")
    return list(dict.fromkeys(name for item in listed if (name := str(item).strip())))


def _of_a_victim(variant: Variant) -> Iterator[Problem]:
    """Yield a problem where a variant's changes depend on who suffers most."""
    paths = [parse_change(written).path for written in variant.changes]
    word = next((path[1] for path in paths if path[0] == "guests" and path[1] in WORDS), None)
    if word is not None:
        text = (
            f"must not change guests.{word}, which depends on who suffers most: ask "
            f"what_if={variant.name}, or name the guests"
        )
        yield Problem(f"variants.{variant.name}.changes", text)


def _varied(
    point: Point, variants: Sequence[Variant], problems: list[Problem | str]
) -> Iterator[Point]:
    yield replace(point, levels={**point.levels, FACTOR: PRESENT})
    for variant in variants:
        where = f"variants.{variant.name}"
        if not meets(point.design, variant):
            text = f"is for hosts with {', '.join(variant.where)}: leave it out of compare"
            problems.append(Problem(f"{where}.where", text))
            continue
        changes = (*point.design.changes, *variant.changes)
        try:
            design = point.design.replace(changes=changes)
        except SettingsError as error:
            problems += [Problem(f"{where}.changes", one.message) for one in error.problems]
            continue
        yield Point(design=design, levels={**point.levels, FACTOR: variant.name})
