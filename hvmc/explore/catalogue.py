"""What can be chosen: results, regimes, roles, levels of factors, columns."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from hvmc.experiment.reader import read_part_of_table
from hvmc.experiment.schema import TABLES
from hvmc.experiment.spans import Span

if TYPE_CHECKING:
    from hvmc.experiment.results import Results

__all__ = ["ALL", "Catalogue", "CatalogueEntry", "PointChoice"]

ALL = "all"
_REGIME = "regime"
_TEXTS = {"string"}
_NO_PROPERTY = {"point", "trial", "replication"}
_FIRST_TRIALS = 16
_FEW_POINTS = 8


@dataclass(frozen=True)
class PointChoice:
    """A design point of one of the results.

    Parameters
    ----------
    point : int
        Its number.
    regime : str
        Its regime.
    levels : dict
        Swept factor to its level, as written.
    """

    point: int
    regime: str
    levels: dict[str, str]

    @property
    def label(self) -> str:
        """Its levels as printed, or its regime."""
        return " ".join(f"{name}={level}" for name, level in self.levels.items()) or self.regime


class CatalogueEntry:
    """One of the results that are looked at.

    Parameters
    ----------
    results : Results
        With at least one stored trial.
    name : str
        What it is called in addresses.
    path : str
        As the user gave it.
    """

    def __init__(self, results: "Results", name: str, path: str) -> None:
        self.results, self.name, self.path = results, name, path
        points = results.settings.points
        self.stored = results.stored_spans()
        held = {span.point for span in self.stored}
        self.choices = [
            PointChoice(
                number,
                point.regime,
                {key: str(level) for key, level in self._levels(point).items()},
            )
            for number, point in enumerate(points)
            if number in held
        ]
        self.limits = {number: point.design.suffers_above for number, point in enumerate(points)}

    @staticmethod
    def _levels(point: Any) -> dict[str, Any]:
        return {str(key): level for key, level in point.levels.items()}

    @cached_property
    def guests_per_trial(self) -> float:
        """Guests of a unit in the mean, by the first ones of a few design points; at least 1."""
        points = [choice.point for choice in self.choices]
        few = []
        for point in points[:: -(-len(points) // _FEW_POINTS)]:
            span = next(one for one in self.stored if one.point == point)
            few.append(Span.at(point, span.trials[:_FIRST_TRIALS], span.replications))
        rows = read_part_of_table(
            self.results.path,
            "outcomes",
            self.results.digests,
            within=few,
            columns=["trial"],
        )
        return max(float(rows.num_rows) / sum(span.units for span in few), 1.0)

    @cached_property
    def counters(self) -> list[str]:
        """Names of the stored counters, by the first unit."""
        import pyarrow.compute as pc

        span = self.stored[0]
        rows = read_part_of_table(
            self.results.path,
            "counters",
            self.results.digests,
            within=[Span.at(span.point, span.trials[:1], span.replications[:1])],
            columns=["counter"],
        )
        return sorted(pc.unique(rows.column("counter")).to_pylist())

    @property
    def roles(self) -> list[str]:
        """Roles in the order of the settings."""
        found: list[str] = []
        for point in self.results.settings.points:
            found += [role.name for role in point.design.population]
            found += [guest.role for guest in point.design.explicit]
        return list(dict.fromkeys(found))


class Catalogue:
    """Everything that can be chosen.

    Parameters
    ----------
    given : sequence of (str, Results)
        Paths as the user gave them, and the results there.
    """

    def __init__(self, given: "Sequence[tuple[str, Results]]") -> None:
        self.sources: list[CatalogueEntry] = []
        for path, results in given:
            name = f"{results.document['name']}/{results.path.name}"
            if name in self.names:
                name = f"{name}/{len(self.sources)}"
            self.sources.append(CatalogueEntry(results, name, path))

    @property
    def names(self) -> list[str]:
        """Names of the results."""
        return [source.name for source in self.sources]

    def source(self, name: str) -> CatalogueEntry:
        """Return the results of a name; of `ALL`, the first."""
        return next((one for one in self.sources if one.name == name), self.sources[0])

    def within(self, name: str) -> list[CatalogueEntry]:
        """Return the results of a name, or all of them."""
        return self.sources if name == ALL else [self.source(name)]

    @cached_property
    def regimes(self) -> list[str]:
        """Regimes of all design points with stored trials."""
        return _distinct(one.regime for source in self.sources for one in source.choices)

    @cached_property
    def roles(self) -> list[str]:
        """Roles of all results."""
        return _distinct(role for source in self.sources for role in source.roles)

    @cached_property
    def factors(self) -> dict[str, list[str]]:
        """Swept factor to its levels; the regime apart."""
        found: dict[str, list[str]] = {}
        for source in self.sources:
            for choice in source.choices:
                for factor, level in choice.levels.items():
                    levels = found.setdefault(factor, [])
                    if level not in levels and factor != _REGIME:
                        levels.append(level)
        return {factor: levels for factor, levels in found.items() if levels}

    @cached_property
    def columns(self) -> list[str]:
        """Columns of outcomes that are numbers and no key."""
        return _numbers("outcomes")

    @cached_property
    def properties(self) -> dict[str, list[str]]:
        """What an outcome can be drawn against, by table: ``inputs.lp_demand``."""
        counters = _distinct(name for source in self.sources for name in source.counters)
        names = {
            "inputs": _numbers("inputs"),
            "outcomes": self.columns,
            "counters": counters,
        }
        return {table: [f"{table}.{name}" for name in own] for table, own in names.items()}


def _numbers(table: str) -> list[str]:
    types = TABLES[table].items()
    return [name for name, kind in types if kind not in _TEXTS and name not in _NO_PROPERTY]


def _distinct(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))
