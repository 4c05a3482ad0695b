"""The page: one selection, what it shows, its address."""

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable, Mapping, Sequence
from html import escape
from pathlib import Path

from bokeh.document import Document
from bokeh.models import Button, Column, Div, Row

from hvmc.experiment.errors import ResultsError
from hvmc.explore.download import FORMATS, content, file_name
from hvmc.explore.page.address import Address, Files
from hvmc.explore.page.charts import chart
from hvmc.explore.page.panel import SelectionPanel
from hvmc.explore.page.tables import estimates_html, problems_html, trial_html
from hvmc.explore.page.timeline import TimelineView
from hvmc.explore.seen import Seen
from hvmc.explore.selection import Picked, Selection, first_selection, read_query
from hvmc.explore.timeline import Rerun
from hvmc.explore.unit import told_trial
from hvmc.explore.views import NothingToShowError, View
from hvmc.plots.groups import CannotDrawError
from hvmc.web.names import naming
from hvmc.web.template import dress
from hvmc.web.words import words

__all__ = ["ExplorePage"]

_WRAPPED = {"flex-wrap": "wrap", "gap": "8px"}
_HINT = (
    "Click a point or a curve, or choose a trial here: its scenario, timeline and what replays it."
)
_FAILURES = (NothingToShowError, CannotDrawError, ResultsError)


class ExplorePage:
    """One open page with a selection of its own.

    Parameters
    ----------
    seen : Seen
        What can be looked at; shared by all pages.
    """

    def __init__(self, seen: Seen) -> None:
        self._seen, self._catalogue = seen, seen.catalogue
        catalogue = seen.catalogue
        self.selection = first_selection(catalogue)
        self.shown: View | None = None
        self._turn = 0
        self.panel = SelectionPanel(catalogue, self.choose)
        self.address, self.files = Address(self._went), Files()
        self.status = words("Reading.", name="status")
        self.problem = words()
        self.place = Column(sizing_mode="stretch_width")
        self.buttons = [Button(label=kind.upper(), width=70) for kind in FORMATS]
        for kind, button in zip(FORMATS, self.buttons, strict=True):
            button.on_click(self._saver(kind))
        self.estimates = words(name="estimates")
        self.timeline = TimelineView(self.look)
        self.trial = words(_HINT, name="told")
        saved = Row(Div(text="Save this view:"), *self.buttons, styles=_WRAPPED)
        parts = (self.problem, self.status, self.place, saved)
        self._roots = (
            self.panel.root,
            Column(*parts, name="view", sizing_mode="stretch_width"),
            self.estimates,
            Column(
                self.panel.trial_row,
                self.trial,
                self.timeline.root,
                name="trial",
                sizing_mode="stretch_width",
            ),
        )

    def fill(self, document: Document) -> None:
        """Put the page into a document, and begin when a browser shows it."""
        self._document = document
        heading = "hvmc explore: stored results from all sides"
        dress(document, "hvmc explore", heading, Path(__file__).with_name("main.html"))
        for root in self._roots:
            document.add_root(root)
        self.address.join(document, self.status)
        self.files.join(self.status)
        self._went(Address.opened_with(document), begin=False)
        document.js_on_event(
            "document_ready", naming(spinners=[self.panel.unit_trial, self.timeline.at])
        )
        document.on_event("document_ready", lambda _event: self._begin())
        document.on_session_destroyed(lambda _context: self.timeline.leave())

    def _begin(self) -> None:
        self.address.show(self.selection.query)
        self._show(view=True, trial=True)

    def _went(self, arguments: Mapping[str, Sequence[str]], *, begin: bool = True) -> None:
        """Take up the selection of an address."""
        before, (self.selection, problems) = self.selection, read_query(arguments, self._catalogue)
        self._tell(problems)
        self.panel.show(self.selection)
        if begin:
            self._follow(before)

    def choose(self, selection: Selection) -> None:
        """Show another selection, and write it into the address."""
        before, self.selection = self.selection, selection
        self._tell([])
        self.panel.show(selection)
        self.address.show(selection.query)
        self._follow(before)

    def pick(self, picked: Picked) -> None:
        """Tell of a trial."""
        self.choose(self.selection.replace(picked=picked))

    def look(self, at_s: float) -> None:
        """Look at another short time of the trial."""
        if self.selection.picked is not None:
            self.pick(dataclasses.replace(self.selection.picked, at_s=at_s))

    def _follow(self, before: Selection) -> None:
        other = self.selection.replace(picked=None) != before.replace(picked=None)
        self._show(view=other, trial=self.selection.picked != before.picked)

    def _tell(self, problems: Sequence[str]) -> None:
        self.problem.text, self.problem.visible = problems_html(problems), bool(problems)

    def _show(self, *, view: bool, trial: bool) -> None:
        if view:
            self._turn += 1
            self.status.text = "Reading."
            self._document.add_next_tick_callback(self._viewing(self._turn, self.selection))
        if trial:
            self._document.add_next_tick_callback(self._telling(self.selection.picked))

    def _viewing(self, turn: int, selection: Selection) -> Callable[[], Awaitable[None]]:
        """Return what estimates a view aside, so that other pages go on, and shows it."""

        async def viewing() -> None:
            loop = asyncio.get_running_loop()
            try:
                found = await loop.run_in_executor(None, self._seen.view, selection)
            except _FAILURES as error:
                if turn == self._turn:
                    self.fail(str(error))
                return
            if turn == self._turn:
                self.show(found)

        return viewing

    def fail(self, reason: str) -> None:
        """Show that there is nothing to show, and why."""
        self.shown, self.place.children, self.estimates.text = None, [], ""
        self.status.text = f"<p role='alert'>{escape(reason)}</p>"

    def show(self, view: View) -> None:
        """Show a view."""
        self.shown = view
        self.place.children = [chart(view, self.pick)]
        self.status.text = escape(view.words)
        self.estimates.text = estimates_html(view)

    def _telling(self, picked: Picked | None) -> Callable[[], Awaitable[None]]:
        async def telling() -> None:
            if picked is None:
                self.trial.text = _HINT
                self.timeline.follow(None, self._document)
                return
            loop = asyncio.get_running_loop()
            self.timeline.leave()
            try:
                found = await loop.run_in_executor(None, told_trial, picked, self._catalogue)
            except ResultsError as error:
                self.trial.text = f"<p role='alert'>{escape(str(error))}</p>"
                self.timeline.follow(None, self._document)
                return
            if picked == self.selection.picked:
                self.trial.text = trial_html(found, picked.guest)
                rerun = Rerun(found.unit, picked.guest, picked.at_s)
                self.timeline.follow(rerun, self._document)

        return telling

    def _saver(self, kind: str) -> Callable[[], None]:
        def save() -> None:
            if self.shown is not None:
                self._document.add_next_tick_callback(self._saving(self.shown, kind))

        return save

    def _saving(self, view: View, kind: str) -> Callable[[], Awaitable[None]]:
        async def saving() -> None:
            loop = asyncio.get_running_loop()
            try:
                found = await loop.run_in_executor(None, content, view, kind)
            except _FAILURES as error:
                self._tell([str(error)])
                return
            self.files.save(file_name(view, kind), kind, found)

        return saving
