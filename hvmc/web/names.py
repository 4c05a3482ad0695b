"""Names for those who can't see where a control is, where Bokeh gives none."""

from collections.abc import Sequence

from bokeh.models import CustomJS, Slider, Spinner

__all__ = ["naming"]

_NAMES = """
const name = (model, parts, words) => {
  const found = Bokeh.index.find_one(model)?.shadow_el.querySelector(parts);
  found?.setAttribute("aria-label", words);
}
for (const one of sliders) name(one, "[role=slider]", one.title);
for (const one of spinners) {
  name(one, ".bk-spin-btn-up", `${one.title}: more`);
  name(one, ".bk-spin-btn-down", `${one.title}: less`);
}
"""


def naming(sliders: Sequence[Slider] = (), spinners: Sequence[Spinner] = ()) -> CustomJS:
    """Return what gives the handles of sliders and the buttons of spinners their names.

    It runs in the browser, when the page is there (``document_ready``).
    """
    return CustomJS(args={"sliders": list(sliders), "spinners": list(spinners)}, code=_NAMES)
