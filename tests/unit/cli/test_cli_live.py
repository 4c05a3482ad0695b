"""`hvmc live`: what it refuses before a page is served."""

import socket

import pytest


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["start=noisy"], "start must be one of deferred_interrupt, noisy_neighbour, "),
        (["start=lock_holder", "trials=3"], "start=lock_holder can't be given beside trials=3"),
        (["trial=x"], "trial must be a whole number 0..999999999, got x"),
        (["--port", "70000"], "--port must be 0..65535, got 70000"),
        (["host.logical_processors=0"], "host.logical_processors must be 1..1024, got 0"),
        (["point=9", "regime=over_committed"], "point must be below the number of design points"),
    ],
)
def test_refused(hvmc, arguments, message):
    told = hvmc("live", "--no-browser", *arguments)
    assert told.code == 2
    assert message in told.err


def test_a_port_that_is_taken(hvmc):
    pytest.importorskip("bokeh", reason="the live page needs the extra hvmc[web]")
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        told = hvmc("live", "--no-browser", "--port", port)
    assert told.code == 2
    assert f"--port {port} of 127.0.0.1 can't be used" in told.err
