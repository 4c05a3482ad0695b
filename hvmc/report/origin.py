"""Where results come from: commands, settings, versions; and what failed or is missing."""

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from hvmc.analysis.numbers import amount

if TYPE_CHECKING:
    from hvmc.experiment.results import Results

__all__ = ["Failure", "Origin"]

_SETTINGS = "settings.yaml"
_MOST_SETTINGS_BYTES = 300_000
_PACKAGES = ("hvmc", "numpy", "numba", "scipy", "mesa")


@dataclass(frozen=True)
class Failure:
    """Trials that failed in the same way, by the first of them."""

    count: int
    error: str
    message: str
    first: str


@dataclass(frozen=True)
class Origin:
    """What a reader needs to make the results again.

    Parameters
    ----------
    results : Results
        Stored results.
    """

    results: "Results"

    @property
    def commands(self) -> list[str]:
        """Commands that made the results, each once, in order."""
        return list(dict.fromkeys(run["command"] for run in self.results.provenance["runs"]))

    @property
    def reproduce(self) -> str:
        """Command that simulates them again and compares, bit for bit."""
        return f"hvmc reproduce {shlex.quote(str(self.results.path))}"

    @cached_property
    def settings(self) -> str:
        """Content of settings.yaml, which alone reruns the experiment; empty if it is very long."""
        text = (self.results.path / _SETTINGS).read_text(encoding="utf-8")
        return text if len(text) <= _MOST_SETTINGS_BYTES else ""

    @property
    def facts(self) -> Iterator[tuple[str, str]]:
        """Yield names and values of what made the results."""
        provenance = self.results.provenance
        yield "results", str(self.results.path)
        yield "seed", str(self.results.settings.seed)
        yield "digest of settings and seed", provenance["digest"]
        yield "model version", str(provenance["model_version"])
        runs = provenance["runs"]
        if not runs:
            return
        yield "last run", runs[-1]["started"]
        yield from _made_with(runs[-1]["environment"])

    @property
    def missing(self) -> str:
        """How many trials are not there; empty where all are."""
        failed = sum(one.count for one in self.failures)
        left = self.results.total - self.results.units - failed
        words = []
        if failed:
            words.append(f"{failed} of {amount(self.results.total, 'trial')} failed")
        if left > 0:
            words.append(f"{left} of {amount(self.results.total, 'trial')} are not simulated yet")
        return "; ".join(words)

    @cached_property
    def failures(self) -> list[Failure]:
        """What went wrong, the most frequent first."""
        found = self.results.failures()
        kinds = []
        for (error, message), rows in found.groupby(["error", "message"], sort=False):
            first = rows.iloc[0]
            where = f"point {first['point']}, trial {first['trial']}, seed {first['seed']}"
            kinds.append(Failure(len(rows), str(error), str(message), where))
        return sorted(kinds, key=lambda kind: -kind.count)


def _made_with(environment: dict[str, Any]) -> Iterator[tuple[str, str]]:
    packages = environment.get("packages", {})
    yield "Python", str(environment.get("python"))
    yield "packages", ", ".join(f"{name} {packages.get(name)}" for name in _PACKAGES)
    git = environment.get("git")
    if git:
        yield "commit", f"{git['commit']}{' with changes' if git['dirty'] else ''}"
    yield "platform", str(environment.get("platform"))
