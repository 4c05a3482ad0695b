"""The sources: each is recognised from its content and read by one function.

To add one: a module of its own, and a line here; sources further down go before those above where
several tell the same.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hvmc.fit import inventory, performance, recorded
from hvmc.fit.facts import Found
from hvmc.fit.problems import SourceError, Trouble
from hvmc.fit.sample import Opening, sample_of

__all__ = ["SOURCES", "FitOptions", "SourceKind", "source_of"]


@dataclass(frozen=True)
class FitOptions:
    """What the user says beside the files.

    Parameters
    ----------
    host : str
        Which machine of a log that holds several; empty: the only one.
    """

    host: str = ""


@dataclass(frozen=True)
class SourceKind:
    """A kind of source.

    Parameters
    ----------
    name : str
        As told.
    form : str
        How a file of it is recognised, in words.
    recognises : callable
        From the beginning of a file.
    read : callable
        From the path to what it tells; raises `SourceError`.
    of_fleet : bool
        Whether it may hold VMs of other hosts, of which those that an inventory names count.
    """

    name: str
    form: str
    recognises: Callable[[Opening], bool]
    read: Callable[[Path, FitOptions], Found]
    of_fleet: bool = False


SOURCES = (
    SourceKind(
        "inventory (CSV)",
        "a table whose first line has name and vps, memory, cpu or the like",
        inventory.recognises_csv,
        lambda path, _: inventory.read_csv(path),
    ),
    SourceKind(
        "inventory (YAML)",
        "host: and vms: in a .yaml file",
        inventory.recognises_yaml,
        lambda path, _: inventory.read_yaml(path),
    ),
    SourceKind(
        "recorded utilisation",
        "a folder or a file of recorded VMs that hvmc recordings reads",
        recorded.recognises,
        lambda path, _: recorded.read(path),
        of_fleet=True,
    ),
    SourceKind(
        "Performance Monitor log",
        "(PDH-CSV 4.0) at its head",
        performance.recognises,
        lambda path, options: performance.read(path, options.host),
    ),
)


def source_of(path: Path) -> SourceKind:
    """Return what a file is.

    Raises
    ------
    SourceError
        If it is none of the sources.
    """
    sample = sample_of(path)
    # the last ones have the plainest marks
    for source in reversed(SOURCES):
        if source.recognises(sample):
            return source
    forms = "; ".join(f"{source.name}: {source.form}" for source in SOURCES)
    raise SourceError([Trouble(path, f"is no source that hvmc fit knows. {forms}")])
