"""provenance.json: what made the results, run by run."""

import hashlib
import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from hvmc.experiment.errors import ResultsError
from hvmc.experiment.files import replace_file
from hvmc.experiment.schema import SCHEMA_VERSION
from hvmc.experiment.settings import MODEL_VERSION, Experiment
from hvmc.experiment.shard import Shard, is_shard

__all__ = ["FILE", "append_run", "environment", "finish_run", "git_state", "read_provenance"]

FILE = "provenance.json"
_PACKAGES = (
    *("hvmc", "mesa", "numpy", "numba", "llvmlite", "scipy", "pandas"),
    *("pyarrow", "joblib", "hydra-core", "omegaconf"),
)
_REMEDY = "delete it and run the experiment again, which writes it anew and keeps the trials"


def environment() -> dict[str, Any]:
    """Return versions, platform, processor and commit as they are now."""
    packages: dict[str, str | None] = {}
    for name in _PACKAGES:
        try:
            packages[name] = version(name)
        except PackageNotFoundError:
            packages[name] = None
    return {
        "python": platform.python_version(),
        "packages": packages,
        "platform": platform.platform(),
        "cpu": _cpu(),
        "cpus": os.cpu_count(),
        "git": git_state(Path(__file__).parents[1]),
    }


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    models = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(models, platform.machine())


def git_state(package: Path) -> dict[str, Any] | None:
    """Return the commit a package folder is at and whether it differs from it.

    Parameters
    ----------
    package : Path
        Folder of an importable package.

    Returns
    -------
    dict or None
        ``commit`` and ``dirty``; None where git doesn't track the package (an installed one).
    """

    def git(*arguments: str) -> str:
        done = subprocess.run(
            ["git", "-C", str(package), *arguments],
            capture_output=True,
            text=True,
            timeout=20,
            check=True,
        )
        return done.stdout.strip()

    try:
        git("ls-files", "--error-unmatch", "__init__.py")
        return {
            "commit": git("rev-parse", "HEAD"),
            "dirty": bool(git("status", "--porcelain", "--", ".")),
        }
    except (OSError, subprocess.SubprocessError):
        return None


def read_provenance(folder: Path) -> dict[str, Any]:
    """Return the content of provenance.json.

    Raises
    ------
    ResultsError
        If it is missing, unreadable, changed by others, or of another schema version.
    """
    path = folder / FILE
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        checksum = _checksum(content) if isinstance(content, dict) else ""
    except FileNotFoundError:
        raise ResultsError(
            f"{path} is missing: run the experiment again, which writes it anew and keeps the "
            "trials"
        ) from None
    except RecursionError:
        raise ResultsError(f"{path} can't be read (it is nested too deep): {_REMEDY}") from None
    except (OSError, ValueError) as error:
        raise ResultsError(f"{path} can't be read ({error}): {_REMEDY}") from error
    if not isinstance(content, dict) or not _expected(content):
        raise ResultsError(f"{path} is corrupt (not what a run writes): {_REMEDY}")
    if content["schema_version"] != SCHEMA_VERSION:
        raise ResultsError(
            f"{path} has schema version {content['schema_version']}, this hvmc reads "
            f"{SCHEMA_VERSION}: use the hvmc that wrote it, or move the folder away and run the "
            "experiment again"
        )
    if content.get("checksum", checksum) != checksum:
        raise ResultsError(
            f"{path} was changed after it was written (its checksum differs): undo that, or "
            f"{_REMEDY}"
        )
    return content


def _checksum(content: dict[str, Any]) -> str:
    """Return the hash of all but the checksum itself; files of before have none."""
    rest = {key: value for key, value in content.items() if key != "checksum"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()


def _expected(content: dict[str, Any]) -> bool:
    kinds = {"schema_version": int, "model_version": int, "digest": str, "points": list}
    if not _are(content, {**kinds, "runs": list}):
        return False
    digests = all(isinstance(digest, str) for digest in content["points"])
    shard = content.get("shard", "1/1")
    known = isinstance(shard, str) and is_shard(shard)
    return digests and known and all(map(_is_run, content["runs"]))


def _is_run(run: Any) -> bool:
    kinds = {"started": str, "finished": str | None, "command": str, "environment": dict}
    if not (isinstance(run, dict) and _are(run, kinds)):
        return False
    environment = run["environment"]
    git = environment.get("git")
    known = git is None or (isinstance(git, dict) and _are(git, {"commit": str, "dirty": bool}))
    return known and isinstance(environment.get("packages", {}), dict)


def _are(content: dict[str, Any], kinds: dict[str, Any]) -> bool:
    return all(key in content and isinstance(content[key], kinds[key]) for key in kinds)


def append_run(
    folder: Path,
    experiment: Experiment,
    command: str,
    jobs: int,
    *,
    shard: Shard | None = None,
    before: Iterable[dict[str, Any]] = (),
) -> None:
    """Write that a run starts.

    Parameters
    ----------
    folder : Path
        The results folder.
    experiment : Experiment
        What is run.
    command : str
        As it was typed; that of this process where it is empty.
    jobs : int
        Processes.
    shard : Shard, optional
        Which part of the experiment the folder is for.
    before : iterable of dict
        Runs, made elsewhere, that what comes now rests on.

    Raises
    ------
    ResultsError
        If there is a corrupt file, or it can't be written.
    """
    content = read_provenance(folder) if (folder / FILE).exists() else _new(experiment, shard)
    content["runs"] += [run for run in before if run not in content["runs"]]
    content["runs"].append(
        {
            "started": _now(),
            "finished": None,
            "command": command or " ".join(sys.argv),
            "jobs": jobs,
            "trials": experiment.trials,
            "replications": experiment.replications,
            "environment": environment(),
        }
    )
    _write(folder, content)


def finish_run(folder: Path, **counts: int) -> None:
    """Write that the last run is finished, with what it did.

    Raises
    ------
    ResultsError
        If the file is corrupt, or can't be written.
    """
    content = read_provenance(folder)
    content["runs"][-1] |= {"finished": _now(), **counts}
    _write(folder, content)


def _new(experiment: Experiment, shard: Shard | None) -> dict[str, Any]:
    part = {} if shard is None else {"shard": str(shard)}
    return {
        "schema_version": SCHEMA_VERSION,
        "model_version": MODEL_VERSION,
        "name": experiment.name,
        "digest": experiment.digest,
        "seed": experiment.seed,
        "points": list(experiment.point_digests.values()),
        **part,
        "runs": [],
    }


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _write(folder: Path, content: dict[str, Any]) -> None:
    signed = {**content, "checksum": _checksum(content)}
    replace_file(folder / FILE, (json.dumps(signed, indent=2) + "\n").encode())
