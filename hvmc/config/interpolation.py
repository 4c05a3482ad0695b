"""Resolving ``${...}`` and finding ``???`` in composed settings."""

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from functools import reduce
from operator import getitem
from pathlib import Path
from typing import Any

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, ListConfig, OmegaConf, read_write
from omegaconf.errors import OmegaConfBaseException

from hvmc.config.references import check_references
from hvmc.config.schema import leaves
from hvmc.scenario.problems import Problem

__all__ = ["missing", "resolved", "resolved_file"]

type _Path = tuple[Any, ...]


def resolved(
    settings: dict[str, Any], root: DictConfig, problems: list[Problem | str]
) -> dict[str, Any]:
    """Return the settings with interpolations replaced by what they refer to.

    Parameters
    ----------
    settings : dict
        Plain values, some of them text with ``${...}``.
    root : DictConfig
        The composed configuration, for what only Hydra knows (``${hydra:...}``).
    problems : list of Problem
        Extended where a reference leads nowhere.

    Raises
    ------
    BadInputError
        If the references stand for too much.
    """
    if "${" not in repr(settings):  # ten times as fast as looking at every leaf
        return settings
    check_references(settings)
    places = [path for path, item in leaves(settings) if isinstance(item, str) and "${" in item]
    own: dict[str, Any] = {}
    if any("hydra" in _at(settings, path) for path in places):
        own = {"hydra": _hydra(root)}
    try:
        tree = OmegaConf.create(settings | own)
    except OmegaConfBaseException:
        problems += _malformed(settings, places)
        return settings
    found = deepcopy(settings)
    for path in places:
        try:
            value = _at(tree, path)
        except OmegaConfBaseException as error:
            problems.append(_unresolved(path, error))
        else:
            plain = OmegaConf.is_config(value)
            value = OmegaConf.to_container(value, resolve=True) if plain else value
            _at(found, path[:-1])[path[-1]] = value
    return found


def resolved_file(content: DictConfig | ListConfig) -> Any:
    """Return what a file holds as plain values, its interpolations replaced.

    Raises
    ------
    BadInputError
        If its references stand for too much.
    OmegaConfBaseException
        If one leads nowhere.
    """
    plain = OmegaConf.to_container(content, resolve=False)
    if isinstance(plain, dict):
        check_references({str(key): item for key, item in plain.items()})
    return OmegaConf.to_container(content, resolve=True)


def missing(settings: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield a problem for each ``???``, a value that must be given and was not."""
    for path, value in leaves(settings) if "???" in repr(settings) else ():
        if value == "???":
            name = ".".join(map(str, path))
            yield Problem(name, f"must be given: add {name}=VALUE")


def _hydra(root: DictConfig) -> Any:
    """Return Hydra's own configuration, and let ``${hydra:...}`` refer to it."""
    with read_write(root.hydra):
        root.hydra.runtime.cwd = str(Path.cwd())  # perhaps not where it was composed
    HydraConfig.instance().set_config(root)
    return root.hydra


def _at(tree: Any, path: Sequence[Any]) -> Any:
    return reduce(getitem, path, tree)


def _malformed(settings: Mapping[str, Any], places: list[_Path]) -> Iterator[Problem]:
    for path in places:
        try:
            OmegaConf.create({"value": _at(settings, path)})
        except OmegaConfBaseException as error:
            yield _unresolved(path, error)


def _unresolved(path: _Path, error: OmegaConfBaseException) -> Problem:
    reason = str(error).splitlines()[0]
    return Problem(".".join(map(str, path)), f"can't be resolved: {reason}")
