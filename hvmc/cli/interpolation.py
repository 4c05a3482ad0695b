"""Resolving ``${...}`` and finding ``???`` in composed settings."""

from collections.abc import Iterator, Mapping
from typing import Any

from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from hvmc.scenario.settings import Problem

__all__ = ["missing", "resolved"]

type _Path = tuple[Any, ...]


def resolved(
    settings: dict[str, Any], root: DictConfig | None, problems: list[Problem]
) -> dict[str, Any]:
    """Return the settings with interpolations replaced by what they refer to.

    Parameters
    ----------
    settings : dict
        Plain values, some of them text with ``${...}``.
    root : DictConfig, optional
        The composed configuration, for what only Hydra knows (``${hydra:...}``).
    problems : list of Problem
        Extended where a reference leads nowhere.
    """
    places = [path for path, value in _leaves(settings, ()) if "${" in value]
    if not places:
        return settings
    try:
        tree = OmegaConf.create(settings)
    except OmegaConfBaseException:
        problems.extend(_malformed(settings, places))
        return settings
    if root is not None and "hydra" in root:
        tree["hydra"] = root.hydra
    found = OmegaConf.to_container(OmegaConf.masked_copy(tree, list(settings)), resolve=False)
    assert isinstance(found, dict)
    for path in places:
        try:
            _put(found, path, _look_up(tree, path))
        except OmegaConfBaseException as error:
            problems.append(_unresolved(path, error))
    return {str(key): value for key, value in found.items()}


def missing(settings: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield a problem for each ``???``, a value that must be given and was not."""
    for path, value in _leaves(settings, ()):
        if value == "???":
            name = ".".join(map(str, path))
            yield Problem(name, f"must be given: add {name}=VALUE")


def _leaves(value: Any, path: _Path) -> Iterator[tuple[_Path, str]]:
    """Yield path and text of every string."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _leaves(item, (*path, key))
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from _leaves(item, (*path, place))


def _look_up(tree: Any, path: _Path) -> Any:
    for key in path:
        tree = tree[key]
    return OmegaConf.to_container(tree, resolve=True) if OmegaConf.is_config(tree) else tree


def _put(tree: Any, path: _Path, value: Any) -> None:
    for key in path[:-1]:
        tree = tree[key]
    tree[path[-1]] = value


def _malformed(settings: Mapping[str, Any], places: list[_Path]) -> Iterator[Problem]:
    for path in places:
        try:
            OmegaConf.create({"value": _look_up(settings, path)})
        except OmegaConfBaseException as error:
            yield _unresolved(path, error)


def _unresolved(path: _Path, error: OmegaConfBaseException) -> Problem:
    reason = str(error).splitlines()[0]
    return Problem(".".join(map(str, path)), f"can't be resolved: {reason}")
