"""Frames no faster than the browser shows them, and steps no longer than the model keeps up with.

So a click is never behind a queue of frames, nor a frame behind a step that takes too long.
"""

import time
from collections import deque

from bokeh.models import ColumnDataSource, CustomJS, Model

__all__ = ["Lag", "Pace"]

_LOST_S = 5.0
_FRAMES, _TOO_SLOW = 5, 2.0
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


class Lag:
    """Knows how many times slower the model runs than it is asked to, over the last frames."""

    def __init__(self) -> None:
        self._shares: deque[float] = deque(maxlen=_FRAMES)

    def note(self, share: float) -> float | None:
        """Note which share of its step a frame came through.

        Returns
        -------
        float or None
            How many times slower it is, when that is twice or more in the mean of five frames;
            the count then begins anew.
        """
        self._shares.append(share)
        slower = len(self._shares) / sum(self._shares)
        if len(self._shares) < _FRAMES or slower < _TOO_SLOW:
            return None
        self._shares.clear()
        return slower

    def forget(self) -> None:
        """Begin anew: another speed, another host."""
        self._shares.clear()
