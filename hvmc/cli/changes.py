"""Putting overrides in place in plain settings, without touching what is shared.

Hydra lets ``key=value`` change only what the files happen to hold. Here the settings classes know
every key, so a known key needs no ``+``. What is known by name alone, a guest or a role, does: a
mistyped name must not create a guest.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from hvmc.cli.overrides import Override
from hvmc.regimes.design import Design
from hvmc.scenario.settings import Problem, field_rules, nearest

__all__ = ["NAMED", "changed", "unknown_names"]

# mappings of names: guests and population
NAMED = tuple(key for key, rule in field_rules(Design) if getattr(rule, "named", False))


def changed(
    settings: Mapping[str, Any], override: Override, level: Any, problems: list[Problem]
) -> dict[str, Any]:
    """Return a copy of the settings with one override put in place.

    Parameters
    ----------
    settings : mapping
        Plain settings; unchanged, and shared as far as they stay the same.
    override : Override
        What to change.
    level : object
        Its value here.
    problems : list of Problem
        Extended where there is no such place.
    """
    try:
        if override.mark == "~":
            return _without(settings, override)
        return _with(settings, override.path, level)
    except _NoPlaceError as error:
        problems.append(Problem(override.key, str(error)))
        return dict(settings)


class _NoPlaceError(Exception):
    pass


def _with(settings: Mapping[str, Any], path: list[str], value: Any) -> dict[str, Any]:
    copy = dict(settings)
    key = _own_key(copy, path[0])
    inner = copy.get(key)
    if len(path) > 1:
        if inner is None:
            inner = {}
        if not isinstance(inner, Mapping):
            raise _NoPlaceError(f"is not a setting: {path[0]} holds {_kind(inner)}")
        copy[key] = _with(inner, path[1:], value)
    elif isinstance(inner, Mapping) and isinstance(value, Mapping):
        copy[key] = _merged(inner, value)
    else:
        copy[key] = value
    return copy


def _merged(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(old)
    for key, value in new.items():
        merged = _with(merged, [str(key)], value)
    return merged


def _without(settings: Mapping[str, Any], override: Override) -> dict[str, Any]:
    copy = dict(settings)
    *outer, last = override.path
    place = copy
    for part in outer:
        key = _own_key(place, part)
        inner = place.get(key)
        if not isinstance(inner, Mapping):
            raise _NoPlaceError(f"can't be removed: {part} holds {_kind(inner)}")
        place[key] = dict(inner)
        place = place[key]
    key = _own_key(place, last)
    if key not in place:
        remedy = nearest(last, [str(name) for name in place])
        raise _NoPlaceError(f"can't be removed: it is not there, {remedy}")
    if override.levels and override.levels[0] != place[key]:
        raise _NoPlaceError(f"can't be removed: it is {place[key]!r}, not {override.levels[0]!r}")
    del place[key]
    return copy


def _own_key(settings: Mapping[Any, Any], key: str) -> Any:
    """Return the key as the mapping has it: VP counts are whole numbers there."""
    return int(key) if key.isdecimal() and int(key) in settings else key


def _kind(value: Any) -> str:
    if value is None:
        return "nothing"
    return "a list, give it whole: [a,b]" if isinstance(value, list) else "a single value"


def unknown_names(
    settings: Mapping[str, Any], overrides: Iterable[Override]
) -> list[tuple[Override, Problem]]:
    """Return the overrides that speak of a guest or a role that is not there, with the problem.

    Parameters
    ----------
    settings : mapping
        Plain settings, before any override.
    overrides : iterable of Override
        All that are to be put in place; those with a ``+`` add names.
    """
    listed = list(overrides)
    there = {root: [str(name) for name in settings.get(root) or {}] for root in NAMED}
    for override in listed:
        root, *rest = override.path
        if root in there and "+" in override.mark:
            added = rest[:1] or [str(n) for level in override.levels for n in _names(level)]
            there[root] += added
    found = []
    for override in listed:
        root, *rest = override.path
        if root in there and rest and override.mark != "~" and rest[0] not in there[root]:
            found.append((override, _unknown_name(override, there[root])))
    return found


def _unknown_name(override: Override, there: list[str]) -> Problem:
    root, name, *_ = override.path
    remedies = [nearest(name, there)] if there else []
    if root == "population":
        remedies.append("choose a regime that has it, regime=NAME")
        remedies.append("or, to add a role of that name, write + in front")
    else:
        remedies.append(f"to add it, write +{override.key}=...")
    text = "is not there: " + "; ".join(remedies)
    return Problem(f"{root}.{name}", text)


def _names(level: Any) -> Iterable[Any]:
    return level if isinstance(level, Mapping) else ()
