"""What can be chosen, as boxes; what is chosen in them, as a selection."""

from collections.abc import Callable

from bokeh.models import Button, Column, Row, Select, Spinner

from hvmc.explore.catalogue import ALL, Catalogue
from hvmc.explore.selection import ROWS, VIEWS, Picked, Selection

__all__ = ["SelectionPanel"]

_WRAPPED = {"flex-wrap": "wrap", "gap": "8px", "align-items": "end"}
_TABLES = {"inputs": "Inputs", "outcomes": "Outcomes", "counters": "Counters"}


class SelectionPanel:
    """Boxes over a selection.

    Parameters
    ----------
    catalogue : Catalogue
        What can be chosen.
    changed : function
        Called with the selection when the user has changed it.
    """

    def __init__(self, catalogue: Catalogue, changed: Callable[[Selection], None]) -> None:
        self._catalogue, self._changed = catalogue, changed
        self._setting = False
        self._selection = Selection()
        self.view = _select("View", list(VIEWS.items()), 250)
        self.result = _select("Results", _with_all(catalogue.names), 280)
        self.regime = _select("Regime", _with_all(catalogue.regimes), 200)
        self.role = _select("Role", _with_all(catalogue.roles), 140)
        self.column = _select("Value", [(name, name) for name in catalogue.columns], 200)
        self.rows = _select("Rows to read", list(ROWS.items()), 170)
        self.against = _select("Against", [], 300)
        self.against.options = {
            _TABLES[table]: [(one, one.partition(".")[2]) for one in own]
            for table, own in catalogue.properties.items()
        }
        self.baseline = _select("Baseline", [], 260)
        self.point = _select("Compared with it", [], 260)
        self.factors = {
            factor: _select(factor, _with_all(levels), 200)
            for factor, levels in catalogue.factors.items()
        }
        for box in self._boxes:
            box.on_change("value", self._chosen)
        self._trial_boxes()
        self.result.visible = len(catalogue.names) > 1
        self.root = Column(
            Row(*self._boxes, styles=_WRAPPED, sizing_mode="stretch_width"),
            name="controls",
            sizing_mode="stretch_width",
        )

    def _trial_boxes(self) -> None:
        self.unit_point = _select("Design point", [], 260)
        self.unit_trial = Spinner(title="Trial", low=0, step=1, value=0, width=110)
        self.unit_show = Button(label="Show this trial", width=130)
        self.unit_show.on_click(self._unit_chosen)
        self.trial_row = Row(self.unit_point, self.unit_trial, self.unit_show, styles=_WRAPPED)

    @property
    def _boxes(self) -> list[Select]:
        first = [self.view, self.result, self.column, self.against, self.baseline, self.point]
        return [*first, self.regime, self.role, *self.factors.values(), self.rows]

    def show(self, selection: Selection) -> None:
        """Show a selection; the boxes that have no meaning in its view are hidden."""
        self._setting, self._selection = True, selection
        choices = self._catalogue.source(selection.result).choices
        points = [(str(choice.point), f"{choice.point}: {choice.label}") for choice in choices]
        for box in (self.baseline, self.point, self.unit_point):
            box.options = points
        for name in ("view", "result", "regime", "role", "column", "against", "rows"):
            getattr(self, name).value = getattr(selection, name)
        self.baseline.value, self.point.value = str(selection.baseline), str(selection.point)
        for factor, box in self.factors.items():
            box.value = selection.levels.get(factor, ALL)
        is_paired = selection.view == "paired"
        self.against.visible = selection.view == "against"
        self.baseline.visible = self.point.visible = is_paired
        for box in (self.regime, *self.factors.values()):
            box.visible = not is_paired
        if selection.picked is not None:
            self.unit_point.value = str(selection.picked.point)
            self.unit_trial.value = selection.picked.trial
        elif self.unit_point.value not in dict(points):
            self.unit_point.value = points[0][0]
        self._setting = False

    def _chosen(self, _attr: str, _old: str, _new: str) -> None:
        if self._setting:
            return
        names = ("view", "result", "regime", "role", "column", "against", "rows")
        found = self._selection.replace(**{name: getattr(self, name).value for name in names})
        levels = {factor: box.value for factor, box in self.factors.items() if box.value != ALL}
        points = {"baseline": int(self.baseline.value), "point": int(self.point.value)}
        stored = [one.point for one in self._catalogue.source(found.result).choices]
        if not set(points.values()) <= set(stored):
            points = {"baseline": stored[0], "point": stored[-1]}
        self._changed(found.replace(levels=levels, **points))

    def _unit_chosen(self) -> None:
        source = self._catalogue.source(self._selection.result)
        unit = (int(self.unit_point.value), int(self.unit_trial.value or 0))
        self._changed(self._selection.replace(picked=Picked(source.name, *unit)))


def _select(title: str, options: list[tuple[str, str]], width: int) -> Select:
    first = options[0][0] if options else ""
    return Select(title=title, options=options, value=first, width=width)


def _with_all(names: list[str]) -> list[tuple[str, str]]:
    return [(ALL, ALL), *((name, name) for name in names)]
