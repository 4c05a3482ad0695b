"""The figure of causes: bars, intervals and numbers are those of the analysis."""

import numpy as np
import pytest
from drawn import drawings, figure

from hvmc.analysis.causes import PENALTY, summarise_causes
from hvmc.plots.write import write_figures


def panels(figure):
    return [ax for ax in figure.axes if ax.get_visible()]


def test_bars_are_the_mean_contributions(outcomes, divide):
    causes = divide(outcomes)
    found = summarise_causes(causes[causes["regime"] == "over_committed"])
    group = found.set_index(["cause", "metric"])
    drawn_figure = figure(causes, "causes", note="window 60 s")
    first = panels(drawn_figure)[0]
    bars = [
        (round(bar.get_y() + bar.get_height() / 2), bar.get_width())
        for bar in first.patches
        if bar.get_width()
    ]
    names = [label.get_text() for label in first.get_yticklabels()]
    assert names == [
        *("sizing", "sharing", "intercepts"),
        *("interrupts and I/O", "memory", "interference and locks"),
    ]
    drawn = {names[row].replace(" ", "_").lower().replace("i/o", "io"): x for row, x in bars}
    for cause, width in drawn.items():
        assert width == pytest.approx(group.loc[(cause, "contribution"), "estimate"], rel=1e-12)
    assert set(drawn) == {"sharing", "intercepts", "interrupts_and_io"}
    factor = group.loc[("sharing", "factor"), "estimate"]
    share = group.loc[("sharing", "share"), "estimate"]
    texts = [text.get_text() for text in first.texts]
    assert f"\N{MULTIPLICATION SIGN}{factor:.1f}, {100 * share:.1f} %" in texts
    assert texts.count("0") == 3  # sizing of guests that are large enough, memory, interference
    stretch = group.loc[(PENALTY, "factor"), "estimate"]
    assert first.get_title(loc="left") == f"over-committed host\nstretch {stretch:.1f}"
    assert "window 60 s" in drawn_figure.get_supxlabel()


def test_a_panel_for_each_regime_and_role(outcomes, divide):
    titles = [ax.get_title(loc="left") for ax in panels(figure(divide(outcomes), "causes"))]
    assert len(titles) == 5
    assert titles[3].startswith("under-provisioned guest:\nvictim\nstretch ")


def test_cut_off_requests_make_the_stretch_a_lower_bound(build_outcomes, divide):
    rows = build_outcomes(trials=3, guests=2, regimes=["over_committed"]).assign(censored=1)
    (panel,) = panels(figure(divide(rows), "causes"))
    assert "\nstretch >=" in panel.get_title(loc="left")


def test_drawn_where_contributions_are_and_only_there(outcomes, divide, tmp_path):
    def drawn(rows):
        written = write_figures(drawings(rows), tmp_path, formats=["svg"])
        return "causes" in {path.stem for path in written}

    few = outcomes[(outcomes["trial"] < 2) & (outcomes["regime"] == "over_committed")]
    assert drawn(divide(few))
    assert not drawn(few)
    absent = divide(few).assign(
        **{name: np.nan for name in divide(few).columns if name.startswith("cause_")}
    )
    assert not drawn(absent)
