"""Views that were looked at, kept for those who come back to them."""

from collections import OrderedDict
from threading import Lock

from hvmc.explore.catalogue import Catalogue
from hvmc.explore.selection import Selection
from hvmc.explore.views import View, selection_view

__all__ = ["Seen"]

_MOST = 8


class Seen:
    """Estimates views, each once while it is among the last ones.

    Parameters
    ----------
    catalogue : Catalogue
        What is looked at; what was stored when it was made.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self._views: OrderedDict[str, View] = OrderedDict()
        self._lock = Lock()

    def view(self, selection: Selection) -> View:
        """Return the view of a selection, as `hvmc.explore.views.selection_view`."""
        key = selection.replace(picked=None).query
        with self._lock:
            if key in self._views:
                self._views.move_to_end(key)
                return self._views[key]
        found = selection_view(selection, self.catalogue)
        with self._lock:
            self._views[key] = found
            while len(self._views) > _MOST:
                self._views.popitem(last=False)
        return found
