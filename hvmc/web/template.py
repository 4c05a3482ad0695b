"""The frame around every page: its head, its looks, what Bokeh needs."""

from pathlib import Path

from bokeh.core.templates import get_env
from bokeh.document import Document

__all__ = ["dress"]

_PLACES = ("TITLE", "HEADING", "MAIN")


def dress(document: Document, title: str, heading: str, main: Path) -> None:
    """Give a document its title and template.

    Parameters
    ----------
    document : Document
        Of a page that is opened.
    title, heading : str
        Of the page; plain words.
    main : Path
        What is in the page, as HTML with ``{{ embed(roots.NAME) }}`` where a root stands.
    """
    text = Path(__file__).with_name("frame.html").read_text(encoding="utf-8")
    content = (title, heading, main.read_text(encoding="utf-8"))
    for place, words in zip(_PLACES, content, strict=True):
        text = text.replace(f"<!-- {place} -->", words)
    document.title = title
    document.template = get_env().from_string(text)
