"""The site builds without a warning and without network, and its pages load nothing from elsewhere.

Skipped without the extra ``docs`` (`uv run --extra docs pytest tests/docs`).
"""

import re
import socket
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

sphinx_build = pytest.importorskip("sphinx.cmd.build", reason="needs the extra docs")
pytest.importorskip("furo")

# Sphinx turns its own warnings into errors; those of its extensions' code are not the site's
pytestmark = pytest.mark.filterwarnings("ignore")

DOCS = Path(__file__).parents[2] / "docs"
ELSEWHERE = re.compile(r"(?i)^(?:[a-z]+:)?//")
IN_STYLES = re.compile(r"(?:url\(|@import)\s*['\"]?((?:[a-z]+:)?//[^'\")\s]+)")


class Addresses(HTMLParser):
    """Everything that a page loads or links to."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        self.found += [
            value
            for name, value in attrs
            if name in {"src", "href", "srcset", "data", "action", "poster"} and value
        ]


def elsewhere(text):
    """Return the addresses of other hosts in a page."""
    parser = Addresses()
    parser.feed(text)
    return [at for at in [*parser.found, *IN_STYLES.findall(text)] if ELSEWHERE.match(at)]


def test_addresses_elsewhere_are_noticed():
    page = (
        '<a href="a.html"><img src="//x.org/a.png"><style>@import url("https://y.org/b");</style>'
    )
    assert elsewhere(page) == ["//x.org/a.png", "https://y.org/b"]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    def refuse(*_):
        raise OSError("the site must build without network")

    folder = tmp_path_factory.mktemp("site")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", refuse)
        patch.setattr(sys, "path", sys.path.copy())
        assert sphinx_build.main(["-q", "-W", str(DOCS), str(folder)]) == 0
    return folder


def test_pages_stand_alone(site):
    pages = sorted(site.rglob("*.html"))
    assert len(pages) > 25
    assert {(page.name, at) for page in pages for at in elsewhere(page.read_text())} == set()
    styles = {at for style in site.rglob("*.css") for at in IN_STYLES.findall(style.read_text())}
    assert styles == set()


def test_figures_were_made_with_their_numbers(site):
    asked = re.findall(
        r"```\{hvmc-figure\} (\w+)", "".join(p.read_text() for p in DOCS.rglob("*.md"))
    )
    assert len(asked) == len(set(asked)) > 8
    drawn = {picture.name.partition("-")[0] for picture in (site / "_images").glob("*.svg")}
    numbers = {path.stem for path in (site / "_downloads").rglob("*.csv")}
    assert drawn == numbers == set(asked)
