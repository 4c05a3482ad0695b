"""The page to hand over: complete, its own, escaped, with the numbers of the frames."""

import dataclasses
import json
import math
import re
from html import escape
from html.parser import HTMLParser

import pytest

from hvmc.analysis.numbers import percent
from hvmc.answers.registry import Answer
from hvmc.cli.main import main
from hvmc.experiment.run import run
from hvmc.experiment.settings import REPORTS, Experiment, Point
from hvmc.experiment.variant import Variant
from hvmc.experiment.what_if import with_variants
from hvmc.plots.write import svg_texts
from hvmc.regimes.design import Design
from hvmc.regimes.population import Role
from hvmc.regimes.regime import Regime
from hvmc.report import page
from hvmc.report.page import MOST_BYTES, report_page
from hvmc.scenario.distributions import Exponential
from hvmc.scenario.guest import Guest, Priority
from hvmc.scenario.host import Host
from hvmc.scenario.workload import Closed

WINDOW = {"horizon_s": 1.0, "warmup_s": 0.2, "drain_s": 1.0}
HOSTILE = "<script>alert('x')</script>"
VOID = {"meta", "input", "br", "wbr", "link", "img", "rect", "circle", "line", "path", "use"}
FACTOR = "guests.web.priority.weight"
COMPARED = {"paired": FACTOR, "window": "horizon_s", "sensitivity": "redrawn"}


def drawn(name="over_provisioned", title="over-provisioned host", **more):
    regime = Regime(name=name, title=title, lp_commitment_low=0.4, lp_commitment_high=0.7)
    host = Host(logical_processors=2)
    return Design(regime=regime, population=(Role(),), host=host, **WINDOW, **more)


def named(weight, **more):
    laws = {"cpu": Exponential(0.010), "think": Exponential(0.030)}
    web = Guest(name="web", workload=Closed(threads=2, **laws), priority=Priority(weight=weight))
    mail = Guest(name="mail", workload=Closed(threads=2, **laws))
    return Design(guests=(web, mail), host=Host(logical_processors=1), **{**WINDOW, **more})


POINTS = {
    "regimes": (Point(design=drawn()), Point(design=drawn("mine", HOSTILE))),
    "points": tuple(Point(design=named(w), levels={FACTOR: w}) for w in (100, 400)),
    "paired": tuple(Point(design=named(w), levels={FACTOR: w}) for w in (100, 400)),
    "causes": (Point(design=drawn(causes=True)),),
    "knee": (Point(design=drawn()),),
    "one host": (Point(design=named(100)),),
    "what_if": (Point(design=named(100)),),
    "window": tuple(
        Point(design=named(100, horizon_s=end_s), levels={"horizon_s": end_s})
        for end_s in (0.5, 1.0)
    ),
    "sensitivity": tuple(
        Point(design=drawn(sampling="iid", redrawn=part), levels={"redrawn": part})
        for part in ("none", "luck", "all", "lp_commitment")
    ),
}
DOUBLE = Variant(name="double", changes=("host.logical_processors*=2",))


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """Small stored results of every report, and of one host, told guest by guest."""
    folder = tmp_path_factory.mktemp("results")
    found = {}
    for name, points in POINTS.items():
        asked = Experiment(
            name=name.replace(" ", "_"),
            report=name if name in REPORTS and name != "what_if" else "points",
            compare=COMPARED.get(name, ""),
            trials=3,
            points=points,
        )
        if name == "what_if":
            asked = with_variants(asked, [DOUBLE], "web").experiment
        asked = dataclasses.replace(asked, question=f"Does {HOSTILE} run?")
        found[name] = Answer(run(asked, results_dir=folder, jobs=1))
    # those two are told as what_if is, and need runs of their own to be set up
    assert {answer.report for answer in found.values()} | {"packing", "growth"} == set(REPORTS)
    return found


class Seen(HTMLParser):
    """Whether tags close in order, and what elements and text there are."""

    def __init__(self, text):
        super().__init__()
        self.open, self.wrong, self.tags, self.text, self.ids = [], [], [], "", []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.ids += [value for name, value in attrs if name == "id"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)

    def handle_endtag(self, tag):
        if tag in VOID:
            return
        if self.open.pop() != tag:
            self.wrong.append(tag)

    def handle_data(self, data):
        self.text += data


@pytest.mark.parametrize("report", list(POINTS))
def test_every_report_has_a_complete_page_that_loads_nothing(answers, report):
    answer = answers[report]
    text = report_page([(answer, {}, {})])
    seen = Seen(text)
    assert (seen.open, seen.wrong) == ([], [])
    assert len(set(seen.ids)) == len(seen.ids)
    chapters = ("answer", "curves", "sufferers", "cost", "assumptions", "precision")
    assert {f"e1-{name}" for name in (*chapters, "reproduce", "failures")} <= set(seen.ids)
    assert ("e1-causes" in seen.ids) == (report in ("regimes", "causes"))
    assert not re.findall(r"https?://(?!www\.w3\.org/)", text)
    assert not {"img", "link", "iframe", "form", "object"} & set(seen.tags)
    assert "default-src 'none'" in text
    assert len(text) < MOST_BYTES
    sentences = list(answer.sentences())
    assert sentences
    for one in sentences:
        assert str(escape(one.text)) in text
    # data blocks beside the one script: what is hostile is text
    scripts = re.findall(r"<script[^>]*>", text)
    assert set(scripts) <= {"<script>", '<script type="application/json">'}
    assert scripts.count("<script>") == 1
    assert f"Does {HOSTILE} run?" in seen.text


def test_the_title_of_a_regime_stays_text(answers):
    seen = Seen(report_page([(answers["regimes"], {}, {})]))
    assert f"{HOSTILE}: guest" in " ".join(seen.text.split())


def test_numbers_in_sentences_are_those_of_the_frames(answers):
    answer = answers["regimes"]
    summary = answer.kinds["Summary"].frames["summary"]
    shares = summary[summary["metric"] == "p_stretch_over_1.25"].to_dict("records")
    medians = summary[summary["metric"] == "stretch_p50"]["estimate"]
    for one, share, median in zip(answer.sentences(), shares, medians, strict=True):
        assert one.share == share
        told = re.match(r"(at least )?([<>\d.]+)\*? % ", one.text)[2]
        half = (share["high"] - share["low"]) / 2
        assert told in (percent(share["estimate"], half), percent(share["estimate"]))
        words = re.search(r"median stretch is (?:at least )?([\d.]+)", one.text)[1]
        digits = len(words.partition(".")[2])
        assert abs(float(words) - median) <= 0.5 * 10**-digits + 1e-9


def test_figures_stand_in_the_page_with_names_of_their_own(answers, monkeypatch):
    answer = answers["points"]
    drawings = [one for one in answer.figures() if "distribution" in one.name][:1]
    figures, skipped = svg_texts(drawings)
    assert len(figures) == 1
    assert skipped == {}
    both = [(answer, figures, {}), (answer, figures, {})]
    seen = Seen(report_page(both))
    assert len(set(seen.ids)) == len(seen.ids)
    assert "quartiles and median" in seen.text
    monkeypatch.setattr(page.Budget, "__init__", lambda self: setattr(self, "left", 1000))
    (name,) = figures
    assert f"would make this page too large: figures/{name}.svg" in report_page(both)


def test_the_verb_writes_the_page_of_several_results(answers, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(Answer, "figures", lambda _: iter(()))
    paths = [str(answers[report].results.path) for report in ("points", "knee")]
    target = tmp_path / "both.html"
    assert main(["report", *paths, "-o", str(target)]) == 0
    assert capsys.readouterr().out == f"{target}\n"
    seen = Seen(target.read_text())
    assert {"e1-answer", "e2-answer"} <= set(seen.ids)
    assert main(["report", *paths, "-o", str(tmp_path)]) == 2
    assert "--output must be a file, got the folder" in capsys.readouterr().err


def test_json_holds_the_sentences_and_estimates(answers, capsys):
    answer = answers["regimes"]
    path = str(answer.results.path)
    assert main(["show", path, "--json"]) == 0
    told = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
    assert [one["text"] for one in told["answer"]] == [one.text for one in answer.sentences()]
    assert told["units"] == {"asked": 6, "stored": 6, "failed": 0}
    rows = told["estimates"]["Summary"]["summary"]
    frame = answer.kinds["Summary"].frames["summary"]
    assert [row["metric"] for row in rows] == list(frame["metric"])
    for row, estimate in zip(rows, frame["estimate"], strict=True):
        assert row["estimate"] == (estimate if math.isfinite(estimate) else None)
    assert main(["reproduce", path, "--json", "--jobs", "1"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["equal"], found["units"], found["differences"]) == (True, 6, 0)


def test_a_guest_of_a_hostile_name_stays_text(answers):
    """Names of guests are checked where they are set; results may come from elsewhere."""
    answer = Answer(answers["one host"].results)
    for kind, frame in (("OwnHost", "by_guest"), ("NamedGuests", "guests")):
        found = answer.kinds[kind].frames[frame]
        found["guest"] = found["guest"].astype(str).replace("web", HOSTILE)
    text = report_page([(answer, {}, {})])
    assert text.count("<script>") == 1
    seen = Seen(text)
    assert (seen.open, seen.wrong) == ([], [])
    assert seen.text.count(HOSTILE) >= 4  # question, title, sentence, table
