"""Where configuration files are looked for."""

from argparse import Namespace
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from hvmc.config.overrides import parse_override
from hvmc.config.problems import BadInputError

__all__ = ["Source", "conf_dir", "find_source"]


@cache
def conf_dir() -> Path:
    """Return the folder of hvmc's own configuration: in the package, or beside it in a checkout.

    Raises
    ------
    BadInputError
        If it is in neither.
    """
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "conf", package.parent / "conf"):
        if (folder / "config.yaml").is_file():
            return folder
    raise BadInputError([f"hvmc's configuration is not at {package / 'conf'}: reinstall hvmc"])


@dataclass(frozen=True)
class Source:
    """Where configuration files are looked for.

    Parameters
    ----------
    path : Path
        Folder of the main file.
    name : str
        The main file, without ``.yaml``.
    more : tuple of str
        Further places, as in ``hydra.searchpath``; what is found before hides what is there.
    """

    path: Path
    name: str = "config"
    more: tuple[str, ...] = ()


def find_source(arguments: Namespace) -> Source:
    """Return where the arguments of ``hvmc run`` say configuration files are.

    Raises
    ------
    BadInputError
        If a folder or the main file is not there.
    """
    problems: list[str] = []
    path = Path(arguments.config_path or conf_dir()).absolute()
    _require_folder(path, "--config-path", problems)
    name = (arguments.config_name or "config").removesuffix(".yaml")
    if not problems and not (path / f"{name}.yaml").is_file():
        problems.append(f"--config-name: {path / name}.yaml is not there")
    more = []
    if arguments.config_dir is not None:
        folder = Path(arguments.config_dir).absolute()
        _require_folder(folder, "--config-dir", problems)
        more.append(f"file://{folder}")
    more += _search_path(arguments.overrides, problems)
    if problems:
        raise BadInputError(problems)
    return Source(path, name, tuple(more))


def _require_folder(path: Path, flag: str, problems: list[str]) -> None:
    if not path.is_dir():
        problems.append(f"{flag}: {path} is not a folder")


def _search_path(texts: Iterable[str], problems: list[str]) -> Iterator[str]:
    """Yield the places of ``hydra.searchpath=[...]`` overrides."""
    for text in texts:
        if not text.startswith("hydra.searchpath="):
            continue
        places = parse_override(text, lambda _: []).first
        if not isinstance(places, list) or not all(isinstance(place, str) for place in places):
            problems.append(f"{text} must be a list of folders: hydra.searchpath=[file://DIR]")
            continue
        for place in places:
            if "://" not in place or place.startswith("file://"):
                _require_folder(Path(place.removeprefix("file://")), "hydra.searchpath", problems)
            yield place
