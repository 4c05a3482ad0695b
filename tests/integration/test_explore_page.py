"""The explorer in a browser, without network; skipped, saying so, where there is none."""

import re
import signal
import subprocess
import sys

import pytest

pytest.importorskip("bokeh", reason="the page needs the extra hvmc[web]")


@pytest.fixture(scope="module")
def address(browser, undisturbed):
    command = [sys.executable, "-m", "hvmc", "explore", str(undisturbed.path)]
    process = subprocess.Popen(
        [*command, "--port", "0", "--no-browser"], stdout=subprocess.PIPE, text=True
    )
    yield re.match(r"http://127\.0\.0\.1:\d+/", process.stdout.readline()).group()
    process.send_signal(signal.SIGTERM)
    rest, _ = process.communicate(timeout=60)
    assert (process.returncode, rest) == (0, "hvmc explore: stopped\n")


@pytest.fixture
def opened(browser, address):
    """Open the page with a query; what it says, or asks of others, is kept."""
    contexts = []

    def visit(query=""):
        context = browser.new_context(viewport={"width": 390, "height": 844})
        contexts.append(context)
        page = context.new_page()
        page.told = []
        page.on("console", lambda message: page.told.append(message.text))
        page.on("pageerror", lambda error: page.told.append(str(error)))
        page.route(
            lambda url: not url.startswith((address, address.replace("http", "ws"), "blob:")),
            lambda route: (page.told.append(route.request.url), route.abort()),
        )
        page.goto(address + query)
        page.get_by_text("Read:").wait_for(timeout=60_000)
        return page

    yield visit
    for context in contexts:
        for page in context.pages:
            usual = r"Bokeh items were rendered|\[bokeh [\d.]+\] (setting|document idle|Websocket)"
            assert [text for text in page.told if not re.match(usual, text)] == []
        context.close()


def test_what_is_chosen_is_in_the_address_and_opens_again(opened):
    page = opened()
    box = page.get_by_label("guests.web.priority.weight", exact=True)
    box.select_option("400")
    page.wait_for_url(re.compile("factor.guests.web.priority.weight=400"), timeout=30_000)
    estimates = page.locator("section[aria-label=Estimates]")
    page.wait_for_function(_ROWS, arg=1, timeout=30_000)
    told = estimates.inner_text()
    other = opened(page.url.partition("/?")[2].join(["?", ""]))
    other.wait_for_function(_ROWS, arg=1, timeout=30_000)
    assert other.locator("section[aria-label=Estimates]").inner_text() == told
    assert other.url == page.url
    page.go_back()
    page.wait_for_function(_ROWS, arg=3, timeout=30_000)
    assert other.url != page.url
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


_ROWS = """groups => {
  const all = Bokeh.documents[0].all_models ?? Bokeh.documents[0]._all_models
  const div = [...all.values()].find((one) => one.name === "estimates")
  const labels = [...div.text.matchAll(/<tr><td>([^<]*)</g)].map((one) => one[1])
  return new Set(labels).size === groups
}"""


def test_a_click_tells_the_trial_and_files_are_saved(opened, barriers, tmp_path):
    page = opened("?view=paired&baseline=0&point=1")
    place = page.wait_for_function(_A_DOT, timeout=30_000).json_value()
    page.mouse.click(*place)
    page.get_by_text(re.compile("hvmc replay .* --point 1 --trial [0-9]+")).wait_for(timeout=30_000)
    assert "pick=1." in page.url
    page.get_by_text("Simulated again in").wait_for(timeout=60_000)
    at = page.get_by_role("textbox", name="Look closer from")
    assert at.input_value() == "0.2"
    at.fill("0.5")
    at.press("Tab")
    page.wait_for_url(re.compile("pick_at_s=0.5"), timeout=30_000)
    page.get_by_text("show 0.500 to").wait_for(timeout=60_000)
    page.mouse.move(0, 0)
    assert barriers(page) == []
    with page.expect_download(timeout=30_000) as saved:
        page.get_by_role("button", name="CSV").click()
    saved.value.save_as(tmp_path / "view.csv")
    assert (tmp_path / "view.csv").read_text().startswith("result,")


_A_DOT = """() => {
  const all = Bokeh.documents[0].all_models ?? Bokeh.documents[0]._all_models
  const figure = [...all.values()].find((one) => one.type === "Figure")
  const plot = figure && Bokeh.index.find_one(figure)
  if (!plot?.frame?.bbox?.width) return null
  plot.el.scrollIntoView()
  const dots = figure.renderers.find((one) => one.data_source.data.guest).data_source.data
  const box = plot.el.getBoundingClientRect()
  const x = plot.frame.x_scale.compute(dots.x[0]), y = plot.frame.y_scale.compute(dots.y[0])
  return [box.x + x, box.y + y]
}"""
