"""The live page: served to the loopback alone, stops when told, and its controls act.

What needs a browser is skipped, saying so, where playwright or Chromium is missing.
"""

import re
import signal
import socket
import subprocess
import sys
from contextlib import closing
from http.client import HTTPConnection

import numpy as np
import pytest

pytest.importorskip("bokeh", reason="the live page needs the extra hvmc[web]")


@pytest.fixture(scope="module")
def address():
    """Serve the page from a process of its own; it must stop when told."""
    command = [sys.executable, "-m", "hvmc", "live", "--port", "0", "--no-browser"]
    process = subprocess.Popen(
        [*command, "start=noisy_neighbour"], stdout=subprocess.PIPE, text=True
    )
    line = process.stdout.readline()
    yield re.match(r"http://127\.0\.0\.1:(\d+)/", line).group()
    process.send_signal(signal.SIGTERM)
    rest, _ = process.communicate(timeout=60)
    assert (process.returncode, rest) == (0, "hvmc live: stopped\n")


def port_of(address):
    return int(address.rstrip("/").rpartition(":")[2])


def status(address, *, method="GET", path="/", headers=()):
    """Return the status of an answer; the headers are all that is sent."""
    with closing(HTTPConnection("127.0.0.1", port_of(address), timeout=60)) as connection:
        connection.putrequest(method, path, skip_host=True)
        for name, value in headers:
            connection.putheader(name, value)
        connection.endheaders()
        return connection.getresponse().status


def test_only_the_loopback_by_its_own_name_is_answered(address):
    own = ("Host", f"127.0.0.1:{port_of(address)}")
    assert status(address, headers=[own]) == 200
    assert status(address, headers=[("Host", f"localhost:{port_of(address)}")]) == 200
    for host in ("evil.example", f"evil.example:{port_of(address)}", "127.0.0.1", ""):
        assert status(address, headers=[("Host", host)]) == 403
    assert status(address, headers=[]) in (400, 403)
    assert status(address, method="POST", headers=[own]) == 403
    upgrade = [("Upgrade", "websocket"), ("Connection", "Upgrade")]
    keys = [("Sec-WebSocket-Version", "13"), ("Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA==")]
    origin = [("Origin", "http://evil.example")]
    assert status(address, path="/ws", headers=[own, *upgrade, *keys, *origin]) == 403
    with socket.socket() as outside:
        outside.settimeout(5)
        reached = outside.connect_ex((_own_address(), port_of(address))) == 0
    assert not reached


def _own_address():
    """Return an address of this machine that is not the loopback, or one of the loopback's."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
            return probe.getsockname()[0]
        except OSError:
            return "127.0.0.2"


def test_hostile_requests_get_no_file_and_leave_the_server_well(address):
    random = np.random.default_rng(7)
    paths = ["/../../etc/passwd", "/static/../../../../etc/passwd", "/static/%2e%2e/%2e%2e/x"]
    paths += [
        "/static/extensions/../x",
        "/static/%00",
        "/metadata/x",
        "//evil.example/",
        "/ws",
        "/proc/self/environ",
    ]
    for _ in range(300):
        raw = bytes(random.integers(1, 256, random.integers(1, 400), np.uint8))
        path = paths[random.integers(len(paths))]
        head = f"{('GET', 'PUT', 'DELETE', 'TRACE', 'GET')[random.integers(5)]} {path} HTTP/1.1\r\n"
        own = f"Host: 127.0.0.1:{port_of(address)}\r\nConnection: close\r\n"
        sent = (head + own).encode() + raw + b"\r\n\r\n" if random.random() < 0.7 else raw
        with socket.create_connection(("127.0.0.1", port_of(address)), timeout=30) as client:
            client.sendall(sent)
            client.shutdown(socket.SHUT_WR)
            answer = client.recv(65536)
        assert not re.match(rb"HTTP/1.1 (200|500)", answer), (sent, answer[:200])
    assert status(address, headers=[("Host", f"127.0.0.1:{port_of(address)}")]) == 200


def test_a_slider_acts_on_the_model_of_its_page_alone():
    from bokeh.document import Document

    from hvmc.live.page.document import LivePage
    from hvmc.live.session import LiveSession
    from hvmc.live.starts import STARTS

    pages = []
    for _ in range(2):
        page, start = LivePage(STARTS), STARTS["noisy_neighbour"]
        page.fill(Document())
        page.begin(start, LiveSession(start.scenario()), None)
        pages.append(page)
    pages[0].settings.sliders["weight"].trigger("value_throttled", 100, 321)
    pages[0].settings.sliders["limit"].trigger("value_throttled", 1.0, 1.5)
    assert "limit" in pages[0].settings.problem.text
    weights = [page.session.host.guest("web1").priority.weight for page in pages]
    assert weights == [321, 100]


def test_speed_falls_to_what_the_model_keeps_up_with():
    from bokeh.document import Document

    from hvmc.live.page.document import LivePage
    from hvmc.live.session import LiveSession
    from hvmc.live.starts import STARTS

    page, start = LivePage(STARTS), STARTS["noisy_neighbour"]
    page.fill(Document())
    page.begin(start, LiveSession(start.scenario()), None)
    for gone_s, told in ((6e-3, False), (5e-4, True)):
        for _ in range(5):
            page.keep_up(gone_s)
        assert ("times slower than asked" in page.note) == told
    assert page.speed.value == "3 ms a frame"
    page.speed.value = "10 ms a frame"
    assert page.note == ""


def test_the_page_in_a_browser_without_network(address, browser, barriers):
    told = []
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.on("console", lambda message: told.append(message.text))
    page.on("pageerror", lambda error: told.append(str(error)))
    page.route(
        lambda url: not url.startswith((address, address.replace("http", "ws"))),
        lambda route: (told.append(route.request.url), route.abort()),
    )
    page.goto(address)
    page.get_by_text("simulated, stretch").wait_for(timeout=60_000)
    page.get_by_role("button", name="Step", exact=True).click()
    page.get_by_role("button", name="Play", exact=True).click()
    page.get_by_role("button", name="Pause", exact=True).click(timeout=30_000)
    page.get_by_role("button", name="Play", exact=True).wait_for(timeout=30_000)
    weight = page.get_by_role("slider", name="Weight")
    weight.focus()
    weight.press("PageUp")
    page.get_by_text("Last change: web1: weight").wait_for(timeout=30_000)
    assert barriers(page) == []
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 390
    told = [
        text
        for text in told
        if not re.search(
            r"^Bokeh items were rendered|^\[bokeh [\d.]+\] (setting log|document idle|Websocket)",
            text,
        )
    ]
    assert told == []
