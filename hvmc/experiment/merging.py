"""Merging shards into the results of the whole experiment, bit for bit those of an uncut run.

Units are copied into the whole experiment's folder as those of a sibling are, so that merging may
be interrupted, and goes on where units are there already. Files of trials depend on the units they
hold alone, the summary on these.
"""

import re
import warnings
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hvmc.experiment import failures
from hvmc.experiment.blocks import BlockGrid
from hvmc.experiment.errors import ResultsError
from hvmc.experiment.files import make_folder
from hvmc.experiment.folder import folder_of, noted_command
from hvmc.experiment.intact import check_tables
from hvmc.experiment.interrupts import terminable
from hvmc.experiment.links import check_links
from hvmc.experiment.lock import locked
from hvmc.experiment.reuse import Reusable, find_reusable
from hvmc.experiment.run import Notice, Progress, Work
from hvmc.experiment.shard import SHARDS, Shard
from hvmc.experiment.spans import Span

if TYPE_CHECKING:
    from hvmc.experiment.results import Results

__all__ = ["ShardsError", "merge_shards"]

_PACKAGES = ("numpy", "numba", "llvmlite", "scipy", "mesa")


class ShardsError(ResultsError):
    """Shards that can't be put together; ``problems`` says why, each with its remedy."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))

    def __reduce__(self) -> "tuple[type[ShardsError], tuple[tuple[str, ...]]]":
        return type(self), (self.problems,)


def merge_shards(
    paths: Sequence[str | Path],
    *,
    results_dir: str | Path | None = None,
    progress: Progress | None = None,
    notice: Notice | None = None,
    command: str = "",
) -> "Results":
    """Put shards together.

    Parameters
    ----------
    paths : sequence of path
        The folders of all shards of one experiment, or that in which they lie.
    results_dir : path, optional
        The whole goes to ``results_dir/<name>/<digest>``; by default to the folder in which the
        first shard lies, or to ``results`` where a shard was taken out of it.
    progress : callable, optional
        As of `hvmc.experiment.run.run`.
    notice : callable, optional
        Called with a sentence where shards were made by different versions or processors;
        `warnings.warn` by default.
    command : str
        Noted in provenance.json.

    Returns
    -------
    Results
        Of the whole experiment.

    Raises
    ------
    ShardsError
        If shards are missing, unfinished, of another experiment or cut otherwise, or one is there
        twice.
    ResultsError
        If a shard is damaged, or the whole can't be written.
    """
    from hvmc.experiment.results import load

    shards = [load(path) for path in _folders(paths)]
    problems = list(_problems(shards))
    if problems:
        raise ShardsError(problems)
    for shard in shards:
        check_tables(shard.path, shard.digests)
    experiment = shards[0].settings
    if results_dir is None:
        results_dir = _results_dir(shards[0])
    folder = folder_of(experiment, results_dir)
    check_links(folder)
    make_folder(folder)
    tell = notice or warnings.warn
    for sentence in _differences(shards):
        tell(sentence)
    with terminable(), locked(folder):
        _Merge(shards, folder, progress, tell).carry_out(command)
    return load(folder).limited(experiment)


class _Merge(Work):
    """Copies what shards hold; nothing is simulated."""

    def __init__(
        self,
        shards: "Sequence[Results]",
        folder: Path,
        progress: Progress | None,
        notice: Notice,
    ) -> None:
        super().__init__(shards[0].settings, folder, 1, None, progress, notice)
        self.shards = shards

    def told(self, command: str) -> str:  # noqa: ARG002
        noted = noted_command(self.shards[0].path)
        return re.sub(r" ?'?shard=[0-9]+/[0-9]+'?", "", noted)

    def runs_before(self) -> list[dict[str, Any]]:
        found = [
            {**run, "shard": str(shard.shard)}
            for shard in self.shards
            for run in shard.provenance["runs"]
        ]
        return sorted(found, key=lambda run: str(run["started"]))

    def reusable(self, missing: list[Span], grid: BlockGrid) -> Iterator[Reusable]:
        folders = [shard.path for shard in self.shards]
        return find_reusable(self.folder, self.digests, missing, grid, among=folders)

    def simulate(self, grid: BlockGrid) -> None:  # noqa: ARG002
        found = [failure for one in self.shards for failure in failures.read_failures(one.path)]
        left = self._missing()
        failed = failures.among(found, within=left)
        if sum(span.units for span in left) > len(failed):
            raise ResultsError(
                f"{self.folder} did not get all trials of its shards: they were changed meanwhile, "
                "run the same command again"
            )
        known = failures.read_failures(self.folder)
        failures.record(self.folder, [failure for failure in failed if failure not in known])
        self.failed = len(failed)


def _folders(paths: Sequence[str | Path]) -> Iterator[Path]:
    """Yield the folders of shards; those in a folder of a whole experiment by number."""
    for path in map(Path, paths):
        inside = path if path.name == SHARDS else path / SHARDS
        if not inside.is_dir():
            yield path
            continue
        found = [one for one in inside.iterdir() if (one / "settings.yaml").exists()]
        yield from sorted(found, key=lambda one: [int(n) for n in re.findall("[0-9]+", one.name)])


def _results_dir(first: "Results") -> Path:
    own = folder_of(first.settings, "", first.shard).parts
    for place in (first.path, first.path.resolve()):
        if place.parts[-len(own) :] == own:
            return place.parents[len(own) - 1]
    return Path("results")


def _problems(shards: "Sequence[Results]") -> Iterator[str]:
    """Yield what is wrong with shards, each with its remedy."""
    if not shards:
        yield "no shard is named: give the folders of all shards, or that in which they lie"
        return
    first = shards[0]
    seen: dict[Shard, Path] = {}
    comparable = True
    for one in shards:
        shard = one.shard
        problem = (
            _odd(one, first)
            if shard is not None
            else (f"{one.path} holds no shard but a whole experiment: leave it out")
        )
        if problem:
            comparable = False
            yield problem
        elif shard in seen:
            yield f"shard {shard} is given twice, {seen[shard]} and {one.path}: name one of them"
        elif shard is not None:
            seen[shard] = one.path
            yield from _unfinished(one)
    if comparable and first.shard is not None:
        yield from _absent(first, list(seen))


def _odd(one: "Results", first: "Results") -> str:
    """Return how a shard differs from the first, "" where it belongs to it."""
    if one.provenance["digest"] != first.provenance["digest"]:
        return (
            f"{one.path} is of another experiment ({_name(one)}) than {first.path} "
            f"({_name(first)}): merge them apart"
        )
    if first.shard is not None and one.shard is not None and one.shard.count != first.shard.count:
        return (
            f"{one.path} is of another cut ({one.shard}) than {first.path} ({first.shard}), so "
            "that trials overlap: name the folders of one cut"
        )
    sizes = [(found.sizes, found.document["replications"]) for found in (one, first)]
    if sizes[0] != sizes[1]:
        (own, runs), (others, other_runs) = sizes
        what = "trials" if own != others else "replications"
        mine, theirs = (max(own), max(others)) if own != others else (runs, other_runs)
        return (
            f"{one.path} was run with {what}={mine}, {first.path} with {theirs}: run it again with "
            "the same number"
        )
    return ""


def _name(one: "Results") -> str:
    return f"{one.document['name']}, {one.provenance['digest']}"


def _unfinished(one: "Results") -> Iterator[str]:
    left = one.total - one.units - len(one.failures())
    if left > 0:
        yield (
            f"{one.path} is unfinished ({left} of {one.total} trials are missing): run its command "
            f"again, {one.provenance['runs'][-1]['command'] if one.provenance['runs'] else '...'}"
        )


def _absent(first: "Results", seen: Sequence[Shard]) -> Iterator[str]:
    assert first.shard is not None
    count = first.shard.count
    numbers = {shard.number for shard in seen}
    absent = [str(Shard(n, count)) for n in range(1, count + 1) if n not in numbers]
    if absent:
        names = ", ".join(absent[:8]) + (f" and {len(absent) - 8} more" if absent[8:] else "")
        yield (
            f"shards {names} are missing: run the same command with shard={absent[0]}, or name "
            "their folders; without shard= it copies what is there and simulates the rest"
        )


def _differences(shards: "Sequence[Results]") -> Iterator[str]:
    """Yield a sentence where shards were made by different programs or processors."""
    made: dict[str, list[str]] = {}
    for one in shards:
        if not one.provenance["runs"]:
            continue
        environment = one.provenance["runs"][-1]["environment"]
        packages = environment.get("packages", {})
        words = [f"Python {environment.get('python')}"]
        words += [f"{name} {packages.get(name)}" for name in _PACKAGES]
        words.append(f"on {environment.get('cpu')}")
        made.setdefault(", ".join(words), []).append(str(one.shard))
    if len(made) > 1:
        several = "; ".join(f"{words}: {', '.join(names[:8])}" for words, names in made.items())
        yield (
            "shards were made by different programs or processors, so that last bits may differ "
            f"from a run on one of them ({several})"
        )
