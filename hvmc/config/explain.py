"""What Hydra's, OmegaConf's and YAML's errors mean to the user."""

import re

import yaml  # type: ignore[import-untyped]
from hydra.errors import HydraException, MissingConfigException
from omegaconf.errors import OmegaConfBaseException

from hvmc.scenario.documents import DocumentError
from hvmc.scenario.problems import Problem, nearest

__all__ = ["CONFIG_ERRORS", "explain_failure"]

CONFIG_ERRORS = (HydraException, OmegaConfBaseException, yaml.YAMLError, ValueError)


def explain_failure(error: Exception) -> Problem:
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
    if isinstance(error, DocumentError):
        return Problem(str(mark.name), f"{place}: {error.problem}")
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
