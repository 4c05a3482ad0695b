"""From files to a scenario file."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hvmc.fit.facts import Found
from hvmc.fit.merging import merged_facts
from hvmc.fit.problems import SourceError, Trouble
from hvmc.fit.recorded import only_named
from hvmc.fit.registry import SOURCES, FitOptions, SourceKind, source_of
from hvmc.fit.scenario import ScenarioFile, scenario_file

__all__ = ["HostFit", "fit", "read_sources"]


@dataclass(frozen=True)
class HostFit:
    """A fitted host.

    Parameters
    ----------
    file : ScenarioFile
        What `hvmc run` takes.
    found : Found
        What the sources told, merged.
    sources : tuple of str
        Each file with what it is.
    """

    file: ScenarioFile
    found: Found
    sources: tuple[str, ...]


def read_sources(
    paths: Sequence[Path], options: FitOptions | None = None
) -> tuple[Found, tuple[str, ...]]:
    """Read files of any source.

    Raises
    ------
    SourceError
        With everything that is wrong with all of them.
    """
    options = options or FitOptions()
    problems: list[Trouble | str] = []
    parts: list[tuple[SourceKind, Found]] = []
    told = []
    for path in paths:
        try:
            source = source_of(path)
            parts.append((source, source.read(path, options)))
        except SourceError as error:
            problems += error.problems
        except OSError as error:
            problems.append(f"{path}: can't be read ({error.strerror}): correct the path")
        else:
            told.append(f"{path}: {source.name}")
    if problems:
        raise SourceError(problems)
    ordered = sorted(parts, key=lambda pair: SOURCES.index(pair[0]))
    named = [name for source, part in ordered if not source.of_fleet for name in part.guests]
    found = [only_named(part, named) if source.of_fleet else part for source, part in ordered]
    return merged_facts(found), tuple(told)


def fit(paths: Sequence[Path], name: str, options: FitOptions | None = None) -> HostFit:
    """Fit a host to files.

    Parameters
    ----------
    paths : sequence of Path
        Inventories, logs, recordings; of one host.
    name : str
        Of the experiment.
    options : FitOptions
        Which host of a log.

    Raises
    ------
    SourceError
        With everything that is wrong.
    """
    found, told = read_sources(paths, options)
    return HostFit(scenario_file(found, name, told), found, told)
