"""The sliders: settings of one guest, in force as soon as they are let go."""

from collections.abc import Callable
from html import escape

from bokeh.models import Column, Div, Select, Slider

from hvmc.live.controls import CONTROLS
from hvmc.live.session import LiveSession
from hvmc.scenario.settings import SettingsError
from hvmc.web.names import naming

__all__ = ["SettingsPanel"]

_MEMORY_STEP_MIB = 32


class SettingsPanel:
    """Sliders for the followed guest.

    Parameters
    ----------
    session : function
        Returns the session of the page, or None before there is one.
    followed : function
        Called with the name of the guest when another one is chosen.
    changed : function
        Called when a setting has changed.
    """

    def __init__(
        self,
        session: Callable[[], LiveSession | None],
        followed: Callable[[str], None],
        changed: Callable[[], None],
    ) -> None:
        self._session, self._followed, self._changed = session, followed, changed
        self._setting = False
        self.guest = Select(title="Guest to follow and change", sizing_mode="stretch_width")
        self.guest.on_change("value", self._chosen)
        self.problem = Div(text="", visible=False, sizing_mode="stretch_width")
        self.sliders = {
            name: Slider(
                title=control.title,
                start=control.low,
                end=control.high,
                step=control.step,
                value=control.low,
                name=f"control_{name}",
                sizing_mode="stretch_width",
                bar_color="#0072b2",
            )
            for name, control in CONTROLS.items()
        }
        for name, slider in self.sliders.items():
            slider.on_change("value_throttled", self._mover(name))
        self.naming = naming(list(self.sliders.values()))
        self.root = Column(
            self.guest,
            self.problem,
            *self.sliders.values(),
            name="settings",
            sizing_mode="stretch_width",
        )

    def begin(self, guests: list[str], followed: str, memory_mib: float) -> None:
        """Offer the guests of another session."""
        self._setting = True
        for name in ("minimum_mib", "maximum_mib"):
            self.sliders[name].end = max(memory_mib, 2 * _MEMORY_STEP_MIB)
        self.guest.options, self.guest.value = guests, followed
        self._setting = False
        self.refresh()

    def refresh(self) -> None:
        """Show what is in force."""
        session = self._session()
        if session is None:
            return
        for name, value in session.controls.values(self.guest.value).items():
            slider = self.sliders[name]
            slider.end = max(slider.end, value)
            slider.value = value
        applies = session.host.scenario.host.scheduler != "root"
        for name in ("weight", "reserve", "limit"):
            self.sliders[name].disabled = not applies

    def _tell(self, text: str) -> None:
        self.problem.text = f"<p role='alert'>{text}</p>"
        self.problem.visible = bool(text)

    def _chosen(self, _attr: str, _old: str, new: str) -> None:
        if not self._setting:
            self._tell("")
            self._followed(new)
            self.refresh()

    def _mover(self, name: str) -> Callable[[str, float, float], None]:
        def moved(_attr: str, _old: float, new: float) -> None:
            session = self._session()
            if session is None:
                return
            try:
                session.controls.change(self.guest.value, name, new)
                self._tell("")
            except SettingsError as error:
                self._tell(f"<b>Not changed.</b> {_told(error)}")
            self.refresh()
            self._changed()

        return moved


def _told(error: SettingsError) -> str:
    return "<br>".join(escape(str(problem)) for problem in error.problems)
