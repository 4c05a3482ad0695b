"""The address of a page follows its selection, and the other way round; files are handed over."""

from base64 import b64encode
from collections.abc import Callable, Mapping
from urllib.parse import parse_qs

from bokeh.document import Document
from bokeh.models import ColumnDataSource, CustomJS, Model

from hvmc.explore.download import FORMATS

__all__ = ["Address", "Files"]

_SHOWN = """
const query = "?" + cb_obj.data.query[0]
if (query !== location.search) {
  if (location.search === "" || cb_obj.data.first[0]) history.replaceState(null, "", query)
  else history.pushState(null, "", query)
}
"""
_BACK = """
window.addEventListener("popstate", () => { asked.data = {query: [location.search]} })
"""
_SAVED = """
const [name, type, text] = [cb_obj.data.name[0], cb_obj.data.type[0], cb_obj.data.text[0]]
if (name) {
  const bytes = Uint8Array.from(atob(text), (one) => one.charCodeAt(0))
  const link = document.createElement("a")
  link.href = URL.createObjectURL(new Blob([bytes], {type}))
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10000)
}
"""


class Address:
    """What stands behind the question mark in the browser.

    Parameters
    ----------
    changed : function
        Called with the query, by name, when the user goes back or forward.
    """

    def __init__(self, changed: Callable[[Mapping[str, list[str]]], None]) -> None:
        self._shown = ColumnDataSource({"query": [""], "first": [True]})
        self._shown.js_on_change("data", CustomJS(code=_SHOWN))
        self._asked = ColumnDataSource({"query": [""]})
        self._asked.on_change("data", lambda _attr, _old, new: changed(_parsed(new["query"][0])))
        self._first = True

    def join(self, document: Document, model: Model) -> None:
        """Follow the browser; ``model`` is on the page and carries what is needed."""
        carried = {"shown": self._shown, "asked": self._asked}
        model.js_on_change("tags", CustomJS(args=carried, code=""))
        document.js_on_event("document_ready", CustomJS(args={"asked": self._asked}, code=_BACK))

    @staticmethod
    def opened_with(document: Document) -> Mapping[str, list[str]]:
        """Return the query a page was opened with."""
        context = document.session_context
        found = {} if context is None or context.request is None else context.request.arguments
        return {
            name: [value.decode("utf-8", "replace") for value in values]
            for name, values in found.items()
        }

    def show(self, query: str) -> None:
        """Write a query into the address."""
        self._shown.data = {"query": [query], "first": [self._first]}
        self._first = False


def _parsed(query: str) -> Mapping[str, list[str]]:
    return parse_qs(query.removeprefix("?"), max_num_fields=200)


class Files:
    """Hands files over to the browser."""

    def __init__(self) -> None:
        self._saved = ColumnDataSource({"name": [""], "type": [""], "text": [""]})
        self._saved.js_on_change("data", CustomJS(code=_SAVED))

    def join(self, model: Model) -> None:
        """Let a model on the page carry what is needed."""
        model.js_on_change("tags", CustomJS(args={"saved": self._saved}, code=""))

    def save(self, name: str, kind: str, content: bytes) -> None:
        """Let the browser save a file."""
        text = b64encode(content).decode("ascii")
        self._saved.data = {"name": [name], "type": [FORMATS[kind]], "text": [text]}
