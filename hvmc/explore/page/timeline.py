"""The timeline of the picked trial, while it is simulated again and when that is done.

A click in the course of the trial, or the box above it, says which short time is looked at.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial

from bokeh.document import Document, without_document_lock
from bokeh.models import Button, Column, Row, Spinner

from hvmc.analysis.numbers import figure as number
from hvmc.explore.page.timeline_figures import TimelineFigures
from hvmc.explore.timeline import Rerun, Timeline
from hvmc.web.words import words

__all__ = ["TimelineView"]

_WRAPPED = {"flex-wrap": "wrap", "gap": "8px", "align-items": "end"}
_POLL_S = 0.4


class TimelineView:
    """The timeline of one trial at a time.

    Parameters
    ----------
    look : function
        Called with simulated seconds when the user wants to look at another short time.
    """

    def __init__(self, look: Callable[[float], None]) -> None:
        self._look = look
        self._rerun: Rerun | None = None
        self.status = words(name="timeline_status")
        self.at = Spinner(
            title="Look closer from, simulated s", low=0.0, step=0.1, value=0.0, width=190
        )
        self.at.on_change("value_throttled", lambda _attr, _old, new: self._chosen(new))
        self.stop = Button(label="Stop here", width=100, visible=False)
        self.stop.on_click(self.leave)
        self._figures: TimelineFigures | None = None
        self.place = Column(sizing_mode="stretch_width", visible=False)
        parts = (Row(self.at, self.stop, styles=_WRAPPED), self.status, self.place)
        self.root = Column(*parts, sizing_mode="stretch_width", visible=False)

    def _chosen(self, at_s: float | None) -> None:
        if self._rerun is not None and at_s is not None:
            self._look(round(min(max(at_s, 0.0), self._rerun.horizon_s), 6))

    def leave(self) -> None:
        """Stop what is being simulated; what it has come to is shown."""
        if self._rerun is not None:
            self._rerun.give_up()

    def follow(self, rerun: Rerun | None, document: Document) -> None:
        """Simulate a trial again and show it; of the one before nothing more is shown."""
        self.leave()
        self._rerun, self.root.visible = rerun, rerun is not None
        if rerun is not None:
            self.place.visible = False
            self.at.high, self.status.text = rerun.horizon_s, "This trial is simulated again."
            document.add_next_tick_callback(self._following(rerun, document))

    def _following(self, rerun: Rerun, document: Document) -> Callable[[], Awaitable[None]]:
        """Return what simulates aside: the page answers meanwhile, and is told how far it is."""

        async def following() -> None:
            loop, begin_s = asyncio.get_running_loop(), time.monotonic()
            found = loop.run_in_executor(None, rerun.timeline)
            done: set[asyncio.Future[Timeline]] = set()
            while rerun is self._rerun and not done:
                done, _ = await asyncio.wait([found], timeout=_POLL_S)
                passed_s = time.monotonic() - begin_s
                one = found.result() if done else None
                document.add_next_tick_callback(partial(self._tell, rerun, one, passed_s))

        unlocked: Callable[[], Awaitable[None]] = without_document_lock(following)
        return unlocked

    def _tell(self, rerun: Rerun, found: Timeline | None, passed_s: float) -> None:
        if rerun is self._rerun:
            self.stop.visible = found is None
            if found is None:
                self.status.text = _progress(rerun, passed_s)
            else:
                self.show(found, passed_s)

    def show(self, found: Timeline, passed_s: float) -> None:
        """Show a timeline.

        Parameters
        ----------
        found : Timeline
            What is shown.
        passed_s : float
            Real seconds that it took.
        """
        if self._figures is None:
            self._figures = TimelineFigures(self._chosen)
            self.place.children = [self._figures.course, self._figures.close]
        self._figures.show(found)
        self.place.visible = True
        if found.close is not None:
            self.at.value = found.close.from_s
        self.status.text = _told(found, passed_s)


def _progress(rerun: Rerun, passed_s: float) -> str:
    reached_s = rerun.reached_s
    text = f"This trial is simulated again: {number(passed_s)} s so far"
    if reached_s > 0.0:
        left_s = passed_s * (rerun.horizon_s / reached_s - 1.0)
        text += f", at {number(reached_s)} of {number(rerun.horizon_s)} simulated s, "
        text += f"about {number(max(left_s, 0.1))} s to go"
    else:
        text += " (for the first trial the kernel is loaded, and compiled for hosts of a new size)"
    return f"{text}. It ends after {number(rerun.limit_s)} s at the latest."


def _told(found: Timeline, passed_s: float) -> str:
    text = f"<b>Timeline.</b> Simulated again in {number(passed_s)} s. "
    if found.reached_s < found.horizon_s * (1.0 - 1e-9):
        text += (
            f"It was stopped at {number(found.reached_s)} of {number(found.horizon_s)} simulated s:"
            " that much is shown. The command above shows all of it. "
        )
    text += f"What was measured begins at {number(found.warmup_s)} s. "
    if found.close is not None:
        text += (
            f"The last two figures show {number(found.close.from_s)} to {found.close.to_s:.6g} s "
            "(the yellow band) event by event: move them sideways. "
        )
    return text + "Click a figure over simulated seconds to look closer there."
