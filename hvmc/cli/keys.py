"""The keys of a configuration: of the experiment, of its design points, of their execution."""

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from hvmc.experiment.settings import Experiment
from hvmc.regimes.design import Design
from hvmc.scenario.settings import Problem, Settings, nearest, text, whole

__all__ = [
    "DESIGN_KEYS",
    "EXECUTION_KEYS",
    "EXPERIMENT_KEYS",
    "ROOT_KEYS",
    "Execution",
    "belongs_to_experiment",
    "unknown_roots",
]


@dataclass(frozen=True)
class Execution(Settings):
    """How an experiment is executed; changes no result.

    Parameters
    ----------
    jobs : int, optional
        Processes; one per core where it is not given.
    results_dir : str
        Folder of all results.
    """

    jobs: int | None = whole(None, low=1, optional=True)
    results_dir: str = text("results", rule="a folder")


EXECUTION_KEYS = tuple(item.name for item in fields(Execution))
DESIGN_KEYS = tuple(item.name for item in fields(Design))
EXPERIMENT_KEYS = tuple(item.name for item in fields(Experiment) if item.name != "points")
ROOT_KEYS = (*EXPERIMENT_KEYS, "points", *EXECUTION_KEYS, *DESIGN_KEYS)


def belongs_to_experiment(key: str) -> bool:
    """Say whether a dotted path is a setting of the whole experiment, not of a design point."""
    return key.partition(".")[0] in (*EXPERIMENT_KEYS, "points", *EXECUTION_KEYS)


def unknown_roots(settings: Mapping[str, Any], groups: Iterable[str]) -> Iterator[Problem]:
    """Yield a problem for each top-level key that is no setting.

    Parameters
    ----------
    settings : mapping
        Plain settings.
    groups : iterable of str
        Names of the configuration's groups, which may have been meant.
    """
    listed = list(groups)
    for key in settings:
        if key in ROOT_KEYS:
            continue
        if key in listed:
            yield Problem(
                key,
                f"is a group, not a setting: write {key}=OPTION, and let the group's files begin "
                "with '# @package _global_'",
            )
        else:
            yield Problem(key, f"is not a setting: {_remedy(key, settings, listed)}")


def _remedy(key: str, settings: Mapping[str, Any], groups: list[str]) -> str:
    known = [*ROOT_KEYS, *groups]
    if difflib.get_close_matches(key, known, n=1, cutoff=0.6):
        return nearest(key, known)
    parts = {name: item for name, item in settings.items() if isinstance(item, Mapping)}
    inner = {leaf: path for path, leaf in _leaves(parts, "")}
    close = difflib.get_close_matches(key, inner, n=1, cutoff=0.8)
    return f"did you mean {inner[close[0]]}?" if close else nearest(key, known)


def _leaves(settings: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, str]]:
    for key, value in settings.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{prefix}{key}.")
        else:
            yield prefix + str(key), str(key)
