"""Putting overrides in place in plain settings, without touching what is shared.

Hydra lets ``key=value`` change only what its configuration holds: nothing below a part that is
null by default, and no guest or role that a file does not name. Here the settings classes know
every key, so a known key needs no ``+``. What is known by name alone, a guest or a role, does: a
mistyped name must not create a guest. A thousand design points share all that they have in common,
which `OmegaConf.update` on a copy of the configuration would not allow.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from hvmc.config.overrides import Override
from hvmc.config.problems import BadInputError, wrong
from hvmc.config.schema import NAMED
from hvmc.scenario.problems import Problem, nearest

__all__ = ["placed", "with_override"]


def placed(
    settings: Mapping[str, Any],
    changes: Sequence[tuple[Override, Any]],
    problems: list[Problem | str],
) -> dict[str, Any]:
    """Return the settings with several overrides put in place, each with its level.

    Parameters
    ----------
    settings : mapping
        Plain settings; unchanged, and shared as far as they stay the same.
    changes : sequence of (Override, level)
        What to change, in order.
    problems : list of Problem
        Extended; what is wrong is left as it was.
    """
    unknown = dict(_unknown_names(settings, [override for override, _ in changes]))
    problems += unknown.values()
    copy = dict(settings)
    for override, level in changes:
        if override not in unknown:
            try:
                copy = with_override(copy, override, level)
            except BadInputError as error:
                problems += error.problems
    return copy


def with_override(settings: Mapping[str, Any], override: Override, level: Any) -> dict[str, Any]:
    """Return the settings with one override put in place.

    Raises
    ------
    BadInputError
        If there is no such place.
    """
    if override.mark == "~":
        return _without(settings, override.path, override)
    return _with(settings, override.path, level, override)


def _with(
    settings: Mapping[Any, Any], path: Sequence[str], value: Any, override: Override
) -> dict[Any, Any]:
    key = _own_key(settings, path[0])
    inner = settings.get(key)
    if len(path) > 1:
        if inner is not None and not isinstance(inner, Mapping):
            raise wrong(override.key, f"is not a setting: {path[0]} holds {_kind(inner)}")
        value = _with(inner or {}, path[1:], value, override)
    elif isinstance(inner, Mapping) and isinstance(value, Mapping):
        for name, item in value.items():
            inner = _with(inner, [str(name)], item, override)
        value = inner
    return {**settings, key: value}


def _without(
    settings: Mapping[Any, Any], path: Sequence[str], override: Override
) -> dict[Any, Any]:
    key = _own_key(settings, path[0])
    if len(path) > 1:
        inner = settings.get(key)
        if not isinstance(inner, Mapping):
            raise wrong(override.key, f"can't be removed: {path[0]} holds {_kind(inner)}")
        return {**settings, key: _without(inner, path[1:], override)}
    if key not in settings:
        remedy = nearest(path[0], [str(name) for name in settings])
        raise wrong(override.key, f"can't be removed: it is not there, {remedy}")
    if override.levels and override.first != settings[key]:
        held = f"it is {settings[key]!r}, not {override.first!r}"
        raise wrong(override.key, f"can't be removed: {held}")
    return {name: item for name, item in settings.items() if name != key}


def _own_key(settings: Mapping[Any, Any], key: str) -> Any:
    """Return the key as the mapping has it: VP counts are whole numbers there."""
    return int(key) if key.isdecimal() and int(key) in settings else key


def _kind(value: Any) -> str:
    if value is None:
        return "nothing"
    return "a list, give it whole: [a,b]" if isinstance(value, list) else "a single value"


def _unknown_names(
    settings: Mapping[str, Any], overrides: Iterable[Override]
) -> Iterator[tuple[Override, Problem]]:
    """Yield the overrides that speak of a guest or a role that is not there, with the problem."""
    speaking = [override for override in overrides if override.path[0] in NAMED]
    there = {root: [str(name) for name in settings.get(root) or {}] for root in NAMED}
    for override in speaking:
        root, *rest = override.path
        if "+" in override.mark:
            whole = [level for level in override.levels if isinstance(level, Mapping)]
            there[root] += rest[:1] or [str(name) for level in whole for name in level]
    for override in speaking:
        root, *rest = override.path
        if rest and override.mark != "~" and rest[0] not in there[root]:
            yield override, _unknown_name(override, there[root])


def _unknown_name(override: Override, there: list[str]) -> Problem:
    root, name, *_ = override.path
    remedies = [nearest(name, there)] if there else []
    if root == "population":
        remedies.append("choose a regime that has it, regime=NAME")
        remedies.append("or, to add a role of that name, write + in front")
    else:
        remedies.append(f"to add it, write +{override.key}=...")
    return Problem(f"{root}.{name}", "is not there: " + "; ".join(remedies))
