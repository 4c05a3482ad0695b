"""The page in a browser: without network, with and without JavaScript."""

import pytest

from hvmc.answers.registry import Answer
from hvmc.experiment.run import run
from hvmc.experiment.settings import Experiment, Point
from hvmc.plots.write import svg_texts
from hvmc.regimes.design import Design
from hvmc.regimes.population import Role
from hvmc.regimes.regime import Regime
from hvmc.report.page import report_page
from hvmc.scenario.host import Host

NAMES = ("over_provisioned", "efficiently_provisioned")


def design(name):
    regime = Regime(name=name, title=f"{name} host", lp_commitment_low=0.5, lp_commitment_high=0.8)
    window = {"horizon_s": 1.0, "warmup_s": 0.2, "drain_s": 1.0}
    return Design(regime=regime, population=(Role(),), host=Host(logical_processors=2), **window)


@pytest.fixture(scope="module")
def page_file(tmp_path_factory):
    """The page of a small result, and its sentences."""
    folder = tmp_path_factory.mktemp("page")
    points = tuple(Point(design=design(name), levels={"regime": name}) for name in NAMES)
    asked = Experiment(name="small", report="regimes", trials=4, points=points)
    answer = Answer(run(asked, results_dir=folder, jobs=1))
    figures, skipped = svg_texts([one for one in answer.figures() if one.name == "split"])
    file = folder / "report.html"
    file.write_text(report_page([(answer, figures, skipped)]), encoding="utf-8")
    return file, [one.text for one in answer.sentences()]


@pytest.fixture
def opened(browser, page_file):
    """Open the page; what it asks for and what goes wrong is kept."""
    contexts = []

    def visit(**how):
        context = browser.new_context(**how)
        contexts.append(context)
        page = context.new_page()
        page.asked, page.wrong = [], []
        page.on("request", lambda request: page.asked.append(request.url))
        page.on("console", lambda message: page.wrong.append(message.text))
        page.on("pageerror", lambda error: page.wrong.append(str(error)))
        page.goto(page_file[0].as_uri())
        return page

    yield visit
    for context in contexts:
        context.close()


@pytest.mark.parametrize("width", [390, 1280])
def test_it_asks_for_nothing_and_fits_the_screen(opened, page_file, width):
    page = opened(viewport={"width": width, "height": 800}, color_scheme="dark")
    assert page.asked == [page_file[0].as_uri()]
    assert page.wrong == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    body = page.locator("body").inner_text()
    assert all(text in body for text in page_file[1])


_BARRIERS = "<button></button><p style='color: #888; background: #999'>pale</p>"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_keeps_nobody_out(opened, barriers, scheme):
    page = opened(color_scheme=scheme)
    assert barriers(page) == []
    page.evaluate("text => document.querySelector('main').innerHTML += text", _BARRIERS)
    assert [one.partition(":")[0] for one in barriers(page)] == ["button-name", "color-contrast"]


@pytest.mark.parametrize("scripts", [True, False])
def test_boxes_switch_curves_off(opened, scripts):
    page = opened(java_script_enabled=scripts)
    curve, other = (page.locator(f".chart .s{number} .line") for number in (0, 1))
    assert curve.is_visible()
    page.get_by_role("checkbox").first.uncheck()
    assert not curve.is_visible()
    assert other.is_visible()
    assert page.wrong == []


def test_pointing_tells_shares_and_leaving_restores_them(opened):
    page = opened()
    chart, first = page.locator(".chart > svg"), page.locator(".chart tbody td").first
    before, output = first.inner_text(), page.locator(".chart output")
    assert output.inner_text() == "1.25"
    chart.press("ArrowLeft")
    assert float(output.inner_text()) < 1.25
    for _ in range(60):
        chart.press("ArrowLeft")
    assert first.inner_text() == "100 %"
    chart.press("Escape")
    assert (output.inner_text(), first.inner_text()) == ("1.25", before)
    box = chart.bounding_box()
    page.mouse.move(box["x"] + 0.9 * box["width"], box["y"] + 0.5 * box["height"])
    assert float(output.inner_text()) > 1.25
    assert page.locator(".pointer").get_attribute("visibility") == "visible"
    assert page.wrong == []


def test_it_is_complete_without_scripts(opened, page_file):
    page = opened(java_script_enabled=False)
    body = page.locator("body").inner_text()
    assert all(text in body for text in page_file[1])
    for words in ("What was assumed", "How to reproduce it", "No trial failed.", "hvmc reproduce"):
        assert words in body
    assert page.locator(".chart .line").first.is_visible()
    assert page.locator(".picture svg").first.is_visible()
    assert "arrow keys" not in body
