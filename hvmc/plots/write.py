"""Figures written into a folder, the same bytes for the same outcomes.

Agg draws them, without pyplot and whatever the user's own settings are; no file carries a date, and
SVG identifiers come from a fixed salt. Text in SVG is text; where its font is missing, one as wide
stands in. A file appears whole or not at all.
"""

from __future__ import annotations

import io
import os
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hvmc.plots import style
from hvmc.plots.groups import CannotDrawError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from matplotlib.figure import Figure

_FONTS = (b"'DejaVu Sans'", b"'DejaVu Sans', Verdana, Geneva, sans-serif")
_METADATA: dict[str, dict[str, None]] = {
    "png": {"Software": None},
    "svg": dict.fromkeys(("Creator", "Date", "Format", "Type")),
    "pdf": {"CreationDate": None},
}
# as small as by default, and faster
_PACKED: dict[str, Any] = {"png": {"pil_kwargs": {"compress_level": 3}}}


class WrittenFigures(list[Path]):
    """Paths of the files written, in order.

    Attributes
    ----------
    skipped : dict
        Figure name -> why it was not drawn.
    """

    def __init__(self) -> None:
        super().__init__()
        self.skipped: dict[str, str] = {}


def write_figures(
    figures: Iterable[tuple[str, Callable[[], Figure]]],
    folder: Path | str,
    *,
    formats: Sequence[str] = ("png", "svg"),
) -> WrittenFigures:
    """Draw figures and write each in every format.

    Parameters
    ----------
    figures : iterable of (str, callable)
        Name, and what makes the figure, as of `hvmc.answers.registry.Answer.figures`.
    folder : Path or str
        Where the files go; made if it does not exist. Files of the same name are replaced.
    formats : sequence of str
        Some of ``png``, ``svg``, ``pdf``.

    Returns
    -------
    WrittenFigures
        A list of the paths; its ``skipped`` says which figures were not drawn and why.

    Raises
    ------
    ValueError
        If a format is unknown.
    """
    unknown = sorted(set(formats) - set(_METADATA))
    if unknown:
        raise ValueError(f"formats must be among {', '.join(_METADATA)}, got {', '.join(unknown)}")
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    written = WrittenFigures()
    for name, make in figures:
        try:
            figure = make()
        except CannotDrawError as reason:
            written.skipped[name] = str(reason)
            continue
        style.arrange(figure)
        written += [save(figure, target / f"{name}.{kind}") for kind in formats]
    return written


def import_all() -> None:
    """Import what draws, which takes about a second, at a moment when nobody waits for it."""
    for name in ("matplotlib.backends.backend_agg", "matplotlib.backends.backend_svg", "seaborn"):
        import_module(name)


def save(figure: Figure, path: Path) -> Path:
    """Write a figure in the format its suffix names, whole or not at all.

    Parameters
    ----------
    figure : Figure
        What to write.
    path : Path
        Target with suffix ``.png``, ``.svg`` or ``.pdf``; replaced if it exists.
    """
    kind = path.suffix.lstrip(".")
    content = _content(figure, kind)
    partial_file = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        partial_file.write_bytes(content)
        partial_file.replace(path)
    finally:
        partial_file.unlink(missing_ok=True)
    return path


def svg_texts(
    figures: Iterable[tuple[str, Callable[[], Figure]]],
) -> tuple[dict[str, str], dict[str, str]]:
    """Draw figures and return each as SVG, without writing a file.

    Parameters
    ----------
    figures : iterable of (str, callable)
        As of `write_figures`.

    Returns
    -------
    texts : dict
        Figure name -> SVG.
    skipped : dict
        Figure name -> why it was not drawn.
    """
    texts: dict[str, str] = {}
    skipped: dict[str, str] = {}
    for name, make in figures:
        try:
            figure = make()
        except CannotDrawError as reason:
            skipped[name] = str(reason)
            continue
        style.arrange(figure)
        texts[name] = _content(figure, "svg").decode()
    return texts, skipped


def figure_content(figure: Figure, kind: str) -> bytes:
    """Return a figure as the bytes of a file of a kind: png, svg or pdf."""
    return _content(figure, kind)


@style.journal()
def _content(figure: Figure, kind: str) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format=kind, metadata=_METADATA[kind], **_PACKED.get(kind, {}))
    content = buffer.getvalue()
    return content.replace(*_FONTS) if kind == "svg" else content
