"""Composing configuration groups with Hydra, and its errors as problems.

Hydra is asked for group choices alone: values are put in place afterwards, in process, so that a
thousand design points need one composition per combination of group choices.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import yaml  # type: ignore[import-untyped]
from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.core.object_type import ObjectType
from hydra.errors import HydraException, MissingConfigException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from hvmc.cli.problems import BadInputError
from hvmc.cli.sources import Source
from hvmc.scenario.settings import Problem, nearest

__all__ = ["CONFIG_ERRORS", "Composer", "Composition", "explain"]

CONFIG_ERRORS = (HydraException, OmegaConfBaseException, yaml.YAMLError, ValueError)


@dataclass(frozen=True)
class Composition:
    """A composed configuration.

    Parameters
    ----------
    settings : dict
        Plain values, interpolations still unresolved; without Hydra's own.
    grid : dict of str to str
        ``hydra.sweeper.params``: swept key to its values as written.
    multirun : bool
        Whether ``hydra.mode`` is MULTIRUN.
    root : DictConfig
        What interpolations refer to.
    """

    settings: dict[str, Any]
    grid: dict[str, Any]
    multirun: bool
    root: DictConfig


class Composer:
    """Hydra, initialised for one command."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._hydra = initialize_config_dir(str(source.path), job_name="hvmc", version_base="1.3")
        self._names: dict[str, list[str]] = {}
        self._composed: dict[tuple[str, ...], Composition] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._hydra.__exit__(None, None, None)

    def options(self, group: str) -> list[str]:
        """Return the options of a group, by name; nothing where there is no such group."""
        name = group.partition("@")[0]
        return [] if "." in name else self._listed(name, ObjectType.CONFIG)

    def groups(self) -> list[str]:
        """Return the names of all top-level groups."""
        return [group for group in self._listed("", ObjectType.GROUP) if group != "hydra"]

    def _listed(self, group: str, kind: ObjectType) -> list[str]:
        if group not in self._names:
            loader = GlobalHydra.instance().config_loader()
            found = loader.get_group_options(
                group, kind, self._source.name, self._source.overrides()
            )
            self._names[group] = sorted(found)
        return self._names[group]

    def compose(self, choices: Sequence[str]) -> Composition:
        """Compose the files with some group choices, in Hydra's syntax.

        Raises
        ------
        BadInputError
            If a file is missing, is no valid YAML, or does not fit the others.
        """
        key = tuple(choices)
        if key not in self._composed:
            try:
                self._composed[key] = self._compose(list(key))
            except UnicodeDecodeError as error:
                raise BadInputError(
                    [f"{self._undecodable()} is not UTF-8 text: {error}"]
                ) from error
            except CONFIG_ERRORS as error:
                raise BadInputError([explain(error)]) from error
        return self._composed[key]

    def _undecodable(self) -> str:
        places = [place.removeprefix("file://") for place in self._source.more]
        for folder in (self._source.path, *map(Path, places)):
            for file in sorted(folder.rglob("*.yaml")):
                try:
                    file.read_text(encoding="utf-8")
                except UnicodeDecodeError:
                    return str(file)
        return "a configuration file"

    def _compose(self, choices: list[str]) -> Composition:
        root = compose(
            self._source.name, [*self._source.overrides(), *choices], return_hydra_config=True
        )
        HydraConfig.instance().set_config(root)  # for ${hydra:...}
        keys = [str(key) for key in root if key != "hydra"]
        settings = OmegaConf.to_container(OmegaConf.masked_copy(root, keys), resolve=False)
        grid = OmegaConf.select(root, "hydra.sweeper.params") or {}
        mode = OmegaConf.select(root, "hydra.mode")
        multirun = mode is not None and mode.name == "MULTIRUN"
        assert isinstance(settings, dict)
        return Composition({str(k): v for k, v in settings.items()}, dict(grid), multirun, root)


def explain(error: Exception) -> Problem:
    """Return what a failed composition means to the user."""
    if isinstance(error, yaml.MarkedYAMLError):
        return _yaml_problem(error)
    if isinstance(error, MissingConfigException):
        return _missing(error)
    text = (str(error) or str(error.__cause__ or "")).strip()
    several = re.match(r"Multiple values for (\S+)\.", text)
    if several:
        return Problem(several[1], f"has a choice already: write {several[1]}=OPTION, without +")
    unused = re.match(r"Could not override '([^']+)'", text)
    if unused:
        meant = re.search(r"Did you mean to override (\S+)\?", text)
        remedy = f"did you mean {meant[1]}?" if meant else f"add it with +{unused[1]}=OPTION"
        return Problem(unused[1], f"is not among the chosen groups: {remedy}")
    return _in_file(text)


def _in_file(text: str) -> Problem:
    """Return a problem of Hydra's or OmegaConf's text, with the file or key it names in front."""
    named = re.match(r"In '([^']+)': (?:\w+ raised while composing config:)?", text)
    full_key = re.search(r"full_key: (\S+)", text)
    lines = [line.strip() for line in text[named.end() if named else 0 :].splitlines()]
    reason = " ".join(line for line in lines if not re.match(r"full_key:|object_type=|$", line))
    if reason.startswith("Cannot merge"):
        reason = "it must hold a mapping of settings"
    key = f" ({full_key[1]})" if full_key and named else ""
    if named:
        return Problem(f"{named[1]}.yaml", f"can't be used: {reason}{key}")
    return Problem(full_key[1] if full_key else "the configuration", f"can't be used: {reason}")


def _yaml_problem(error: yaml.MarkedYAMLError) -> Problem:
    mark = error.problem_mark or error.context_mark
    reason = " ".join(filter(None, (error.context, error.problem)))
    if mark is None:
        return Problem("the configuration", f"is not valid YAML: {reason}")
    place = f"line {mark.line + 1}, column {mark.column + 1}"
    return Problem(str(mark.name), f"{place}: is not valid YAML: {reason}")


def _missing(error: MissingConfigException) -> Problem:
    wanted = error.missing_cfg_file or "the configuration"
    place = re.match(r"In '([^']+)'", str(error))
    said = f" (named in {place[1]}.yaml)" if place and place[1] != "config" else ""
    options = list(error.options or ())
    group, _, option = str(wanted).rpartition("/")
    if not group:
        return Problem(f"{wanted}.yaml", f"is not in the configuration's folders{said}")
    return Problem(f"{group}={option}", f"is not an option{said}: {nearest(option, options)}")
