"""Figures inside a page: SVG whose names are its own, scaled to the page."""

import re
from collections.abc import Callable

__all__ = ["inline"]

_REFERENCES = re.compile(r'(?P<before>\bid="|url\(#|href="#)(?P<name>[^")]+)')
_SIZE = re.compile(r'<svg (?P<names>[^>]*?)width="(?P<width>[\d.]+)pt" height="[\d.]+pt"')


def inline(svg: str, name: str, alt: str, escape: Callable[[str], str]) -> str:
    """Return an SVG file as an element of a page.

    Parameters
    ----------
    svg : str
        Of `hvmc.plots.write`.
    name : str
        Unique in the page; begins all names inside.
    alt : str
        What it shows, in words.
    escape : callable
        Escapes text for an attribute.
    """
    start = svg.index("<svg ")
    body = _REFERENCES.sub(rf"\g<before>{name}-\g<name>", svg[start:])
    body = body.replace(' xmlns:xlink="http://www.w3.org/1999/xlink"', "", 1)
    body = body.replace(' xmlns="http://www.w3.org/2000/svg"', "", 1).replace(
        "xlink:href=", "href="
    )
    head = rf'<svg role="img" aria-label="{escape(alt)}" style="width: \g<width>pt" \g<names>'
    return _SIZE.sub(head, body, count=1)
