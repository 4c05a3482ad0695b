"""Heat maps by quarter of constants: nothing cut off, one constant or two, cells without trials."""

import numpy as np
import pandas as pd
import pytest
from test_plot_layout import NOTE, boxes, cut_off, overlapping

from hvmc.plots.groups import CannotDrawError
from hvmc.plots.quarters import NoMap, QuarterMap, quarter_maps

TICKS = ("0-0.125", "0.125-0.25", "0.25-0.375", "0.375-0.5")


WHY = NoMap(
    "over-committed: guest",
    "no map or table, as no drawn constant is seen to move it: interrupts.inject_s, the first of "
    "them, explains 3.1 +-4.2 % of its variance between hosts, which chance may give",
)


def quarter_map(constants=2, title="under-provisioned guest: neighbour"):
    rows = [(down, across) for down in range(4) for across in range(4 if constants == 2 else 1)]
    cells = pd.DataFrame(rows, columns=["down", "across"])
    cells = cells.assign(estimate=np.linspace(0.0, 1.0, len(cells)), low=0.0, high=1.0)
    cells = cells.assign(guests=1234, trials=250)
    names = ("interference.slope", "hypercall_timer.cost_s, µs (no effect seen)")[:constants]
    return QuarterMap(title, cells, names, (TICKS,) * constants)


@pytest.mark.parametrize("maps", [[2], [2, 1], [2, 2, 1, 2, 2]], ids=str)
def test_no_text_is_cut_off_or_overlaps(maps):
    panels = [WHY, *(quarter_map(count) for count in maps)]
    figure = quarter_maps(panels, suffers_above=1.25, note=NOTE)
    texts = boxes(figure)
    assert not cut_off(figure, texts)
    assert not overlapping(texts)


def test_a_cell_without_trials_says_so():
    one = quarter_map()
    one.cells.loc[5, ["estimate", "guests", "trials"]] = (np.nan, 0, 0)
    figure = quarter_maps([one], suffers_above=1.25)
    written = [text.get_text() for text in figure.axes[0].texts]
    assert written.count("no trial") == 1
    assert "33 %\n0 to 100 %\n1234 / 250" not in written


def test_nothing_to_draw():
    with pytest.raises(CannotDrawError, match="run more trials"):
        quarter_maps([WHY], suffers_above=1.25)
