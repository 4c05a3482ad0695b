"""Stored results looked at without a browser: what is chosen, views, addresses, files."""

import dataclasses
import io
import shlex
from urllib.parse import parse_qs

import numpy as np
import pandas as pd
import pytest

import hvmc
from hvmc.analysis.bands import exceedance_steps
from hvmc.analysis.comparisons import Comparison, compare
from hvmc.answers.asked import Asked
from hvmc.experiment.errors import ResultsError
from hvmc.experiment.reader import read_part_of_table, read_table
from hvmc.experiment.replaying import unit_of
from hvmc.experiment.spans import Span
from hvmc.explore.catalogue import ALL, Catalogue
from hvmc.explore.download import content
from hvmc.explore.rows import read_property, selected_rows
from hvmc.explore.seen import Seen
from hvmc.explore.selection import Picked, Selection, first_selection, read_query
from hvmc.explore.timeline import Rerun
from hvmc.explore.unit import told_trial
from hvmc.explore.views import NothingToShowError, counted, selection_view
from hvmc.model.pace import Watch, watched
from hvmc.trial.event_log import EventLog

CELLS = ["estimate", "low", "high"]


@pytest.fixture(scope="module")
def catalogue(undisturbed):
    return Catalogue([("my results/here", undisturbed)])


@pytest.fixture
def chosen(catalogue):
    return first_selection(catalogue)


def test_part_of_a_table_is_what_the_whole_holds_there(undisturbed):
    spans = [Span.at(0, range(3, 7)), Span.at(2, range(5))]
    how = {"within": spans, "columns": ["trial", "guest", "stretch"]}
    place = (undisturbed.path, "outcomes", undisturbed.digests)
    whole = read_table(*place, **how, filters=[("guest", "!=", "mail")]).to_pandas()
    part = read_part_of_table(*place, **how, filters=[("guest", "!=", "mail")]).to_pandas()
    part["guest"] = part["guest"].astype(str)
    assert len(whole) > 4
    assert part[list(whole)].to_dict("list") == whole.to_dict("list")


def test_views_are_the_estimates_of_the_answers(undisturbed, catalogue, chosen):
    by = ["point", "regime", "role"]
    found = selection_view(chosen.replace(view="quantiles"), catalogue).frame.set_index(
        [*by, "metric"]
    )
    summary = undisturbed.summary().set_index([*by, "metric"])
    shared = found.index.intersection(summary.index)
    assert len(shared) == len(found) == 15
    np.testing.assert_array_equal(found.loc[shared, CELLS], summary.loc[shared, CELLS])
    asked = Asked(undisturbed)
    rows = asked.outcomes[asked.outcomes["point"] == 0]
    steps = exceedance_steps(rows, [1.25, 2.0], by=by)
    curves = selection_view(chosen, catalogue).frame
    own = curves[curves["point"] == 0]
    np.testing.assert_array_equal(own[["x", *CELLS]], steps[["x", *CELLS]])
    named = own.merge(rows, on=["point", "trial", "replication", "guest"])
    assert np.isin(named["stretch"], own["x"]).mean() > 0.9


def test_pairs_are_compared_as_the_answers_compare_them(undisturbed, catalogue, chosen):
    paired = chosen.replace(view="paired", baseline=0, point=1)
    view = selection_view(paired, catalogue)
    label = catalogue.sources[0].choices[1].label
    expected = compare(undisturbed.trials(), [Comparison(1, 0, "", label)])
    columns = ["role", "metric", "change", "low", "high", "pairs"]
    pd.testing.assert_frame_equal(view.frame[columns], expected[columns])
    assert len(view.dots) == expected["pairs"].iloc[0]
    with pytest.raises(NothingToShowError, match="two different"):
        selection_view(paired.replace(point=0), catalogue)


def test_each_guest_has_its_own_input_and_counter(undisturbed, catalogue, chosen):
    keys = ["point", "trial", "replication", "guest"]
    read = next(iter(selected_rows(chosen, catalogue, ["stretch"])))
    few = dataclasses.replace(read, rows=read.rows.sample(frac=0.5, random_state=1))
    counter = catalogue.sources[0].counters[0]
    rows = undisturbed.counters(filters=[("counter", "==", counter)])
    weights = undisturbed.inputs().assign(replication=0)
    for name, expected in (
        (f"counters.{counter}", rows.set_index(keys)["value"]),
        ("inputs.weight", weights.set_index(keys)["weight"]),
    ):
        guests = few.rows[keys].astype({"guest": str}).itertuples(index=False, name=None)
        np.testing.assert_array_equal(
            read_property(few, name), [expected.get(guest, np.nan) for guest in guests]
        )
        assert expected.nunique() > 1
        view = selection_view(chosen.replace(view="against", against=name), catalogue)
        assert view.dots["x"].nunique() == expected.nunique()


def test_cells_count_every_guest():
    x, y = np.random.default_rng(1).lognormal(0.0, 2.0, (2, 5000))
    assert counted(x, y)["count"].sum() == 5000


def test_an_address_opens_the_same_view(catalogue, chosen):
    weight = "guests.web.priority.weight"
    counter = catalogue.sources[0].counters[-1]
    name = catalogue.names[0]
    for selection in (
        chosen,
        chosen.replace(result=ALL, levels={weight: "400"}, rows=ALL, column="hosting"),
        chosen.replace(view="against", against=f"counters.{counter}", role="guest"),
        chosen.replace(
            view="paired", baseline=1, point=0, picked=Picked(name, 0, 11, 0, "web", 0.25)
        ),
    ):
        back, problems = read_query(parse_qs(selection.query), catalogue)
        assert (back, problems) == (selection, [])


def test_a_wrong_address_says_what_is_wrong_and_shows_the_rest(catalogue, chosen):
    query = (
        "view=none&regime=%3Cscript%3E&factor.x=1&column=hosting&pick=0.99.0&point=7&view=paired"
    )
    found, problems = read_query(parse_qs(query), catalogue)
    assert found == chosen.replace(view="paired", column="hosting")
    words = ("regime must be one of all", "factor.x is no swept", "pick must be", "point must be")
    assert all(any(text.startswith(word) for text in problems) for word in words)
    assert len(problems) == len(words)


def test_levels_choose_design_points(catalogue, chosen):
    view = selection_view(chosen.replace(levels={"guests.web.priority.weight": "400"}), catalogue)
    assert set(view.frame["point"]) == {1}
    with pytest.raises(NothingToShowError, match="choose another"):
        selection_view(chosen.replace(levels={"guests.web.priority.weight": "7"}), catalogue)


def test_a_trial_is_told_with_what_replays_it(undisturbed, catalogue, chosen):
    found = told_trial(Picked(chosen.result, 1, 4, 0, "web"), catalogue)
    replay = ["hvmc", "replay", "my results/here", "--point", "1", "--trial", "4"]
    assert shlex.split(found.command) == replay
    web = found.guests.set_index("guest").loc["web"]
    rows = undisturbed.trials(filters=[("point", "==", 1), ("trial", "==", 4)])
    assert (web["weight"], web["stretch"]) == (400, rows.set_index("guest")["stretch"]["web"])
    with pytest.raises(ResultsError, match=r"trials 0\.\.11 are"):
        told_trial(Picked(chosen.result, 1, 12), catalogue)


def test_a_timeline_is_that_of_the_stored_trial(undisturbed):
    unit = unit_of(undisturbed, point=2, trial=4, replication=0)
    guest = unit.scenario.guests[0].name
    found = Rerun(unit, guest, at_s=0.3).timeline()
    assert (found.reached_s, round(found.close.from_s, 9)) == (1.0, 0.3)
    names = {"seed": undisturbed.settings.seed, "trial": 4, "replication": 0}
    host, log = hvmc.HyperVHost(unit.scenario, **names), EventLog(unit.scenario)
    first_ns, last_ns = (round(1e9 * end) for end in (found.close.from_s, found.close.to_s))
    with watched(Watch(log.look, first_ns, last_ns)):
        host.run()
    events = log.frame()
    ran = events[events["what"] == "running"].astype({"guest": str})
    ran = ran.assign(vp=ran["guest"] + " " + ran["vp"].astype(str), s=ran["to_s"] - ran["from_s"])
    seen = pd.DataFrame(found.close.lps)
    seen = seen.assign(s=1e-3 * (seen["end_ms"] - seen["begin_ms"]))
    seen["lp"] = seen["lp"].str.removeprefix("LP ").astype(int)
    pair = [frame.groupby(["lp", "vp"])["s"].sum() for frame in (seen, ran)]
    pd.testing.assert_series_equal(*pair, check_index_type=False, check_dtype=False, atol=2e-9)
    assert len(pair[0]) > 1
    waited = events[(events["what"] == "interrupt deferred") & (events["guest"] == guest)]
    assert (
        found.close.interrupts["waiting"].count(False) >= (waited["to_s"] > waited["from_s"]).sum()
    )


def test_a_timeline_that_takes_too_long_ends_with_what_it_has(undisturbed):
    unit = unit_of(undisturbed, point=2, trial=4, replication=0)
    found = Rerun(unit, limit_s=1e-9).timeline()
    assert (found.reached_s, found.close, found.course["time_s"]) == (0.0, None, [])
    given_up = Rerun(unit)
    given_up.give_up()
    assert given_up.timeline().reached_s == 0.0


@pytest.mark.parametrize("view", ["exceedance", "quantiles", "against", "paired"])
def test_data_and_figure_of_a_view_are_files(catalogue, chosen, view):
    shown = Seen(catalogue).view(chosen.replace(view=view, baseline=0, point=1))
    text = content(shown, "csv").decode()
    table = pd.read_csv(io.StringIO(text.partition("\n\n")[0]))
    assert list(table.columns) == list(shown.frame.columns)
    assert len(table) == len(shown.frame)
    svg = content(shown, "svg").decode()
    assert shown.title.split()[0] in svg
    assert content(shown, "png").startswith(b"\x89PNG")


def test_names_are_escaped_on_the_page(catalogue, chosen):
    tables = pytest.importorskip("hvmc.explore.page.tables", reason="needs hvmc[web]")
    found = told_trial(Picked(chosen.result, 0, 0), catalogue)
    found.guests["guest"] = found.guests["guest"].replace("web", "<script>alert(1)</script>")
    html = tables.trial_html(found, "<script>alert(1)</script>")
    assert "<script" not in html
    assert "class='picked'" in html
    assert "<b>x" not in tables.problems_html(["<b>x"])


def test_two_pages_have_a_selection_each(catalogue):
    document = pytest.importorskip("bokeh.document", reason="needs hvmc[web]")
    from hvmc.explore.page.document import ExplorePage

    pages = [ExplorePage(Seen(catalogue)) for _ in range(2)]
    for page in pages:
        page.fill(document.Document())
    pages[0].panel.view.value = "quantiles"
    assert [page.selection.view for page in pages] == ["quantiles", "exceedance"]
    assert isinstance(pages[1].selection, Selection)
