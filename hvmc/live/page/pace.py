"""Frames no faster than the browser shows them, so that a click is never behind a queue of them."""

import time

from bokeh.models import ColumnDataSource, CustomJS, Model

__all__ = ["Pace"]

_LOST_S = 5.0
_SHOWN = """
requestAnimationFrame(() => setTimeout(() => { seen.data = {frame: [cb_obj.tags[0]]} }, 0))
"""


class Pace:
    """Knows whether the browser has shown the last frame.

    A page that nobody sees is not drawn, so its host goes on only once in five seconds.
    """

    def __init__(self) -> None:
        self._seen = ColumnDataSource({"frame": [0]})
        self._seen.on_change("data", self._shown)
        self._frame, self._waiting, self._sent_s = 0, False, 0.0

    def follow(self, model: Model) -> None:
        """Use a model of the page to tell the browser of each frame."""
        self._model = model
        model.tags = [0]
        model.js_on_change("tags", CustomJS(args={"seen": self._seen}, code=_SHOWN))

    def sent(self) -> None:
        """Note that a frame has been sent, all of it."""
        self._frame += 1
        self._waiting, self._sent_s = True, time.monotonic()
        self._model.tags = [self._frame]

    @property
    def free(self) -> bool:
        """Whether the next frame may be sent: the last one is on the screen, or lost."""
        return not self._waiting or time.monotonic() - self._sent_s > _LOST_S

    def _shown(self, _attr: str, _old: object, new: dict[str, list[int]]) -> None:
        self._waiting = new["frame"] != [self._frame]
