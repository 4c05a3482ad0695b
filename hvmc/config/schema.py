"""Every key of a configuration, with its default: generated from the settings classes.

Hydra finds it under the name `SCHEMA`, which the main file names first in its defaults list. So a
default is written in its class alone, beside its unit, range and source, and files hold what
differs from it.
"""

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, dataclass, fields
from functools import cache
from typing import Any

from hydra.core.config_store import ConfigStore

from hvmc.config.question import QUESTION_KEYS
from hvmc.experiment.pool import MOST_JOBS
from hvmc.experiment.settings import Experiment
from hvmc.experiment.shard import Shard, is_shard
from hvmc.regimes.design import Design
from hvmc.regimes.memory import Either
from hvmc.regimes.population import Role
from hvmc.regimes.preferred import Preferred
from hvmc.regimes.regime import Regime
from hvmc.scenario.plain import plain
from hvmc.scenario.policy import BoostStarved
from hvmc.scenario.settings import (
    Problem,
    Settings,
    choice,
    field_rules,
    nearest,
    nested,
    number,
    text,
    whole,
)

__all__ = [
    "DESIGN_KEYS",
    "EXECUTION_KEYS",
    "EXPERIMENT_KEYS",
    "NAMED",
    "ROOT_KEYS",
    "SCHEMA",
    "Execution",
    "belongs_to_experiment",
    "defaults",
    "leaves",
    "register",
    "unknown_roots",
]

SCHEMA = "_settings"


@dataclass(frozen=True)
class Cluster(Settings):
    """Who simulates.

    Parameters
    ----------
    backend : str
        ``processes`` on this machine, or the workers of a ``dask`` cluster.
    address : str
        Of the Dask scheduler, ``tcp://host:8786``.
    """

    backend: str = choice("processes", ("processes", "dask"))
    address: str = text("", allow_empty=True, rule="the address of a Dask scheduler")

    def rules(self) -> Iterator[tuple[str, str]]:
        """Yield broken rules."""
        if self.backend == "dask" and not self.address:
            yield "address", "must be given: add execution.address=tcp://HOST:8786"
        if self.address and self.backend != "dask":
            yield "address", "is that of a Dask scheduler: add execution=dask"


@dataclass(frozen=True)
class Execution(Settings):
    """How an experiment is executed; changes no result.

    Parameters
    ----------
    jobs : int, optional
        Processes; one per core where it is not given.
    results_dir : str
        Folder of all results.
    trial_time_limit_s : float, optional
        Real seconds after which a trial is given up as a failure; none where it is not given.
    shard : str
        ``3/8``: only the third of eight parts, to be put together by ``hvmc merge``.
    execution : Cluster
        Where trials are simulated.
    """

    jobs: int | None = whole(None, low=1, high=MOST_JOBS, optional=True)
    results_dir: str = text("results", rule="a folder")
    trial_time_limit_s: float | None = number(None, low=0.0, above=True, optional=True)
    shard: str = text("", allow_empty=True, good=is_shard, rule="NUMBER/COUNT, such as 3/8")
    execution: Cluster = nested(Cluster)

    @property
    def part(self) -> Shard | None:
        """The shard that is run, None for all."""
        return Shard.of(self.shard) if self.shard else None


EXECUTION_KEYS = tuple(item.name for item in fields(Execution))
DESIGN_KEYS = tuple(item.name for item in fields(Design))
EXPERIMENT_KEYS = tuple(item.name for item in fields(Experiment) if item.name != "points")
ROOT_KEYS = (*EXPERIMENT_KEYS, "points", *EXECUTION_KEYS, *QUESTION_KEYS, *DESIGN_KEYS)
# mappings of names: guests and population
NAMED = tuple(key for key, rule in field_rules(Design) if getattr(rule, "named", False))

# files name these in their defaults lists where they give such a part
NODES = {
    "_regime": Regime(),
    "_either": Either(),
    "_role": Role(),
    "_preferred": Preferred(),
    "_boost_starved": BoostStarved(),
}


@cache
def register() -> None:
    """Let Hydra know the schema, and those of parts that are null in it, by their names."""
    store = ConfigStore.instance()
    store.store(SCHEMA, defaults())
    for name, part in NODES.items():
        node = plain(part)
        if isinstance(part, Role):
            del node["name"]  # the key of the mapping that holds it
        store.store(name, node)


def defaults() -> dict[str, Any]:
    """Return every key with its default, as plain values; what has none is null."""
    found: dict[str, Any] = {}
    for cls in (Experiment, Execution, Design):
        for item in fields(cls):
            made = item.default_factory
            found[item.name] = plain(item.default if made is MISSING else made())
    asked = dict.fromkeys(QUESTION_KEYS)
    return {**found, **asked, "points": None, "variants": {}, **{name: {} for name in NAMED}}


def belongs_to_experiment(key: str) -> bool:
    """Say whether a dotted path is a setting of the whole experiment, not of a design point."""
    root = key.partition(".")[0]
    return root in ROOT_KEYS and root not in DESIGN_KEYS


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Yield path and value of everything that is neither a mapping nor a list."""
    if isinstance(value, Mapping | list):
        for key, item in value.items() if isinstance(value, Mapping) else enumerate(value):
            yield from leaves(item, (*path, key))
    else:
        yield path, value


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
    inner = {str(path[-1]): ".".join(map(str, path)) for path, _ in leaves(settings) if path[1:]}
    close = difflib.get_close_matches(key, inner, n=1, cutoff=0.8)
    return f"did you mean {inner[close[0]]}?" if close else nearest(key, known)
