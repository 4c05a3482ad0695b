"""A configuration file of one's own, given by its path: ``hvmc run my_host.yaml``.

It is an experiment file as those of ``conf/experiment``, wherever it lies: Hydra gets it as one,
from a folder made for it, so that overrides, groups and sweeps work as with any other. A file
without a defaults list stands for itself: no regime is drawn beside what it holds.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml  # type: ignore[import-untyped]

from hvmc.config.problems import BadInputError
from hvmc.config.sources import Source

__all__ = ["as_experiment"]

_HEADER = "# @package _global_"
_NAME = "own_file"


@contextmanager
def as_experiment(
    file: Path, content: Mapping[str, Any], texts: Sequence[str], source: Source
) -> Iterator[tuple[list[str], Source]]:
    """Let a file be an experiment of the configuration.

    Parameters
    ----------
    file : Path
        The file.
    content : mapping
        What it holds.
    texts : sequence of str
        Overrides, the path of the file among them.
    source : Source
        Where the other files are.

    Yields
    ------
    tuple
        Overrides that choose it, and where the files are then.

    Raises
    ------
    BadInputError
        If an experiment is chosen beside it.
    """
    rest = [text for text in texts if "=" in text]
    others = [text for text in rest if text.lstrip("+").startswith("experiment=")]
    if others:
        raise BadInputError([f"{others[0]} can't be given beside {file}: choose one"])
    with TemporaryDirectory(prefix="hvmc-") as folder:
        place = Path(folder) / "experiment" / f"{_NAME}.yaml"
        place.parent.mkdir()
        place.write_text(_text(file, content), encoding="utf-8")
        yield (
            [f"experiment={_NAME}", *rest],
            replace(source, more=(f"file://{folder}", *source.more)),
        )


def _text(file: Path, content: Mapping[str, Any]) -> str:
    written = file.read_text(encoding="utf-8-sig")
    if "defaults" in content:
        return written if written.startswith(_HEADER) else f"{_HEADER}\n{written}"
    own = dict(content)
    regime = own.get("regime")
    chosen = own.pop("regime") if isinstance(regime, str) else "none"
    parts = ["/_regime@regime"] if isinstance(regime, Mapping) else []
    defaults = [{"override /regime": chosen}, *parts, "_self_"]
    own = {"defaults": defaults, "name": file.stem, **own}
    return f"{_HEADER}\n{yaml.safe_dump(own, sort_keys=False)}"
