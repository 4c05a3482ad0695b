"""The page on disk: whole or not at all, and left alone where it would not change."""

from pathlib import Path

from hvmc.experiment.files import replace_file

__all__ = ["PAGE", "write_page"]

PAGE = "report.html"


def write_page(page: str, path: Path) -> Path:
    """Write a page.

    Parameters
    ----------
    page : str
        As of `hvmc.report.page.report_page`.
    path : Path
        The file.

    Raises
    ------
    ResultsError
        If it can't be written.
    """
    content = page.encode()
    if not path.is_file() or path.read_bytes() != content:
        replace_file(path, content)
    return path
