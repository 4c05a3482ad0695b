"""Experiments with a list of complete design points: a saved settings.yaml.

Such a list needs no configuration files. What belongs to the whole experiment can be overridden,
its design points can't, but for the folder in which their recordings lie.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf

from hvmc.config.explain import CONFIG_ERRORS, explain_failure
from hvmc.config.findings import AskedRun, Findings, read_whole
from hvmc.config.given import with_trials
from hvmc.config.grid import parse_all
from hvmc.config.interpolation import resolved_file
from hvmc.config.overrides import Override
from hvmc.config.place import placed
from hvmc.config.problems import BadInputError
from hvmc.config.schema import DESIGN_KEYS, EXECUTION_KEYS, EXPERIMENT_KEYS
from hvmc.scenario.documents import check_document
from hvmc.scenario.problems import Problem

__all__ = ["from_points", "is_path", "load_saved", "read_file", "saved_path"]

# groups of hvmc's configuration that are no settings
_GROUPS = ("experiment", "size", "vms")


def saved_path(texts: Sequence[str]) -> Path | None:
    """Return the saved file among arguments, or the one in a results folder; None without.

    Raises
    ------
    BadInputError
        If there are several, or it does not exist.
    """
    named = [text for text in texts if is_path(text)]
    if len(named) > 1:
        raise BadInputError([f"one saved experiment at a time, got {', '.join(named)}"])
    if not named:
        return None
    path = Path(named[0])
    file = path / "settings.yaml" if path.is_dir() else path
    if not file.is_file():
        raise BadInputError([f"{file} is not there: give a saved settings.yaml, or key=value"])
    return file


def is_path(text: str) -> bool:
    """Say whether an argument is the path of a saved experiment, not an override.

    With ``=`` in it, it is one where there is such a file, or a folder that holds one: a folder
    that happens to be called ``seed=1`` hides no override.
    """
    path = Path(text)
    try:
        if "=" not in text:
            return text.endswith((".yaml", ".yml")) or path.exists()
        return path.is_file() or (path / "settings.yaml").is_file()
    except OSError:  # longer than a path can be
        return False


def read_file(file: Path) -> dict[str, Any]:
    """Return what a file of settings holds.

    Raises
    ------
    BadInputError
        If it is no YAML mapping.
    """
    try:
        check_document(file.read_text(encoding="utf-8"), str(file))
        content = OmegaConf.to_container(OmegaConf.load(file), resolve=False)
    except UnicodeDecodeError as error:
        raise BadInputError([f"{file} is not UTF-8 text: {error}"]) from error
    except CONFIG_ERRORS as error:
        raise BadInputError([explain_failure(error)]) from error
    if not isinstance(content, Mapping) or not content:
        raise BadInputError(
            [f"{file} holds no settings: give a saved settings.yaml, or a file as hvmc fit writes"]
        )
    return {str(key): item for key, item in content.items()}


def load_saved(file: Path, texts: Iterable[str]) -> AskedRun:
    """Read a saved experiment and override what belongs to the whole of it.

    Parameters
    ----------
    file : Path
        As `saved_path` found it; it has points.
    texts : iterable of str
        Overrides, the path among them.

    Raises
    ------
    BadInputError
        With everything that is wrong.
    """
    try:
        content = resolved_file(OmegaConf.load(file))
    except CONFIG_ERRORS as error:
        raise BadInputError([explain_failure(error)]) from error
    assert isinstance(content, Mapping)
    problems: list[Problem | str] = []
    overrides = parse_all((text for text in texts if not is_path(text)), lambda _: [], problems)
    findings = Findings()
    findings.add(problems)
    settings = {str(key): item for key, item in content.items()}
    return from_points(settings, overrides, findings)


def from_points(
    settings: Mapping[str, Any], overrides: Iterable[Override], findings: Findings
) -> AskedRun:
    """Build an experiment whose settings list its design points.

    Parameters
    ----------
    settings : mapping
        Plain settings; what belongs to design points composed otherwise must have been left out.
    overrides : iterable of Override
        Changes of the whole experiment.
    findings : Findings
        What was found before.

    Raises
    ------
    BadInputError
        With everything that is wrong.
    """
    problems: list[Problem | str] = []
    overrides = list(overrides)
    given = [override.key for override in overrides]
    changing = dict(settings)
    for override in overrides:
        if override.swept:
            problems.append(Problem(override.text, "has several values: run them one by one"))
        elif override.path == ["trace", "path"] and override.levels:
            changing["points"] = [_moved(point, override.first) for point in changing["points"]]
        elif override.path[0] in (*DESIGN_KEYS, *_GROUPS):
            problems.append(_complete(override))
        else:
            changing = placed(changing, [(override, override.first)], problems)
    findings.add(problems)
    return read_whole(with_trials(changing, given, findings), findings)


def _moved(point: Any, folder: Any) -> Any:
    """Return a design point that reads the same recordings from another folder."""
    design = point.get("design") if isinstance(point, Mapping) else None
    if not isinstance(design, Mapping) or not isinstance(design.get("trace"), Mapping):
        return point
    trace = {**design["trace"], "path": folder}
    return {**point, "design": {**design, "trace": trace}}


def _complete(override: Override) -> Problem:
    able = ", ".join((*EXPERIMENT_KEYS, *EXECUTION_KEYS, "trace.path"))
    return Problem(
        override.key,
        "can't be changed, the design points of a saved experiment are complete: "
        f"what can is {able}",
    )
