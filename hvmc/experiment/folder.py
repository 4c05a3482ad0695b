"""The results folder of an experiment and its settings.yaml.

``settings.yaml`` is complete: read by `hvmc.load`, and composed by ``hvmc run experiment=NAME``
when it is copied into a configuration's ``experiment`` folder.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

from hvmc.experiment.errors import ResultsError
from hvmc.experiment.files import replace_file
from hvmc.experiment.settings import Experiment
from hvmc.experiment.shard import Shard
from hvmc.experiment.spans import Span
from hvmc.scenario.plain import plain
from hvmc.scenario.settings import read

__all__ = [
    "SETTINGS",
    "build_settings",
    "folder_of",
    "noted_command",
    "read_mapping",
    "says_the_same",
    "settings_mapping",
    "sizes_in",
    "units_of",
    "update_settings",
]

SETTINGS = "settings.yaml"
_KEYS = (
    *("name", "question", "report", "compare", "seed", "trials", "sizes", "replications"),
    *("precision", "prices", "points"),
)
_OPTIONAL = ("victim", "variants", "packing", "target", "growth_per_year")
"""Written where they say something: settings without them are those of before there were any."""

_REMEDY = "delete it and run the experiment again, which writes it anew and keeps the trials"
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]
    """Writes equal parts out each time: a point can be copied by itself."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        return True


def folder_of(experiment: Experiment, results_dir: str | Path, shard: Shard | None = None) -> Path:
    """Return where results are: ``results_dir/name/digest``, of a shard a folder in it."""
    whole = Path(results_dir) / experiment.name / experiment.digest
    return whole if shard is None else whole / shard.folder


def units_of(sizes: Sequence[int], replications: int, shard: Shard | None = None) -> list[Span]:
    """Return all units, or those of a shard, with so many trials at each design point."""
    return (shard or Shard(1, 1)).units(sizes, replications)


def sizes_in(document: Mapping[str, Any]) -> list[int]:
    """Return the trials of each design point by the content of a settings.yaml."""
    return document.get("sizes") or [document["trials"]] * len(document["points"])


def settings_mapping(experiment: Experiment) -> dict[str, Any]:
    """Return an experiment as plain mappings, lists and scalars, levels included."""
    content = plain(experiment)
    for point in content["points"]:
        point["levels"] = {str(factor): _scalar(level) for factor, level in point["levels"].items()}
    usual = {item.name: plain(item.default) for item in dataclasses.fields(Experiment)}
    given = [key for key in _OPTIONAL if content[key] != usual[key]]
    return {key: content[key] for key in (*_KEYS[:-1], *given, _KEYS[-1])}


def _scalar(level: Any) -> Any:
    if hasattr(level, "item") and not isinstance(level, str):
        level = level.item()
    if dataclasses.is_dataclass(level):
        return plain(level)
    return level if isinstance(level, str | int | float | list | dict | None) else str(level)


def update_settings(folder: Path, experiment: Experiment, command: str) -> None:
    """Write settings.yaml, unless it says the same already.

    Numbers of trials and replications stay where the folder was asked for at least as many of
    both before: what is stored doesn't become less.

    Raises
    ------
    ResultsError
        If there is a corrupt file, it can't be written, or the settings can't be told in YAML.
    """
    path = folder / SETTINGS
    if path.exists() and says_the_same(folder, experiment):
        return
    content = _grown(settings_mapping(experiment), read_mapping(folder) if path.exists() else {})
    _check_round_trip(path, content, experiment)
    replace_file(path, _document(content, command).encode())


def says_the_same(folder: Path, experiment: Experiment) -> bool:
    """Say whether settings.yaml needs no change for this experiment.

    Raises
    ------
    ResultsError
        If the file is corrupt.
    """
    before = read_mapping(folder)
    return _grown(settings_mapping(experiment), before) == before


def _grown(content: dict[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    if not before:
        return content
    asked, held = sizes_in(content), sizes_in(before)
    more_runs = content["replications"] > before["replications"]
    fewer = all(one <= other for one, other in zip(asked, held, strict=True))
    if fewer and not more_runs:
        kept = ("trials", "sizes", "replications", "precision")
        return {**content, **{key: before[key] for key in kept if key in before}}
    if more_runs or not content["sizes"]:
        return content
    sizes = [max(pair) for pair in zip(asked, held, strict=True)]
    return {**content, "trials": max(sizes), "sizes": sizes if len(set(sizes)) > 1 else []}


def _check_round_trip(path: Path, content: dict[str, Any], experiment: Experiment) -> None:
    problems: list[Any] = []
    found = read(Experiment, content, "", problems)
    designs = [point.design for point in experiment.points]
    if problems or [point.design for point in found.points] != designs:
        raise ResultsError(
            f"{path} would not give the same design points again: give roles and guests unique "
            f"names and settings plain values {'; '.join(map(str, problems))}".rstrip()
        )


def _document(content: dict[str, Any], command: str) -> str:
    comments = [" ".join(line.split()) for line in (content["question"], command) if line.strip()]
    head = ["# @package _global_", *(f"# {line}" for line in comments)]
    body = yaml.dump(content, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)
    return "\n".join(head) + "\n" + str(body)


def noted_command(folder: Path) -> str:
    """Return the command that settings.yaml names, "" where it names none.

    Raises
    ------
    ResultsError
        If it is missing or garbled.
    """
    question = read_mapping(folder).get("question", "")
    lines = (folder / SETTINGS).read_text(encoding="utf-8").splitlines()
    comments = [line.removeprefix("# ") for line in lines[1:3] if line.startswith("# ")]
    return next((text for text in comments if text != " ".join(str(question).split())), "")


def read_mapping(folder: Path) -> dict[str, Any]:
    """Return the content of settings.yaml, its shape checked but not its settings.

    Raises
    ------
    ResultsError
        If it is missing or garbled.
    """
    path = folder / SETTINGS
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)
    except FileNotFoundError:
        if any((folder / name).exists() for name in ("provenance.json", "outcomes")):
            raise ResultsError(
                f"{path} is missing: run the same command again, which writes it anew and keeps "
                "the trials"
            ) from None
        raise ResultsError(
            f"{path} is missing: give the results folder of an experiment "
            "(results/<experiment>/<hash>)"
        ) from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())
        raise ResultsError(f"{path} can't be read ({reason}): {_REMEDY}") from error
    wrong = _misshapen(content)
    if wrong:
        raise ResultsError(f"{path} is corrupt ({wrong}): {_REMEDY}")
    return dict(content)


def _misshapen(content: Any) -> str:
    if not isinstance(content, Mapping):
        return "not a mapping"
    for key in ("trials", "replications"):
        if not isinstance(content.get(key), int) or content[key] < 1:
            return f"{key} must be a whole number >= 1, got {content.get(key)!r}"
    points = content.get("points")
    if not isinstance(points, list) or not points:
        return f"points must be a list of design points, got {type(points).__name__}"
    for number, point in enumerate(points):
        if not isinstance(point, Mapping) or not isinstance(point.get("levels", {}), Mapping):
            return f"points[{number}] must be a mapping with levels and design"
    return ""


def build_settings(folder: Path, content: Mapping[str, Any]) -> Experiment:
    """Return the experiment that settings.yaml describes.

    Raises
    ------
    ResultsError
        If its settings break rules; all of them are named.
    """
    problems: list[Any] = []
    experiment = read(Experiment, content, "", problems)
    if problems:
        lines = "\n".join(f"  {problem}" for problem in problems)
        raise ResultsError(f"{folder / SETTINGS} can't be used: correct\n{lines}")
    return experiment  # type: ignore[no-any-return]
