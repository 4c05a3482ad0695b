"""Ctrl-C is neither lost nor answered with a traceback."""

import ctypes
import signal
import subprocess
import sys

import pytest

from hvmc.cli.main import INTERRUPTED, main
from hvmc.experiment.interrupts import heeded, ignored


def _press() -> None:
    signal.raise_signal(signal.SIGINT)


def test_an_interrupt_swallowed_by_a_callback_is_raised_at_the_end(
    capsys: pytest.CaptureFixture[str],
) -> None:
    went_on = []

    def swallow() -> None:
        with heeded():
            ctypes.CFUNCTYPE(None)(_press)()
            went_on.append(True)

    with pytest.raises(KeyboardInterrupt):
        swallow()
    assert went_on
    assert capsys.readouterr().err == ""


def test_an_interrupt_elsewhere_is_raised_at_once() -> None:
    went_on = []

    def press() -> None:
        with heeded():
            _press()
            went_on.append(True)

    with pytest.raises(KeyboardInterrupt):
        press()
    assert not went_on


def test_without_an_interrupt_the_handler_is_given_back() -> None:
    before = signal.getsignal(signal.SIGINT)
    with heeded():
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.parametrize("verb", ["show", "reproduce"])
def test_any_verb_takes_being_terminated_as_ctrl_c(
    verb: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = signal.getsignal(signal.SIGTERM)

    def command(_: list[str]) -> int:
        signal.raise_signal(signal.SIGTERM)
        return 0

    monkeypatch.setattr(f"hvmc.cli.{verb}.command", command)
    assert main([verb, "results"]) == INTERRUPTED
    assert capsys.readouterr().err == f"hvmc {verb}: interrupted\n"
    assert signal.getsignal(signal.SIGTERM) is before


@pytest.mark.parametrize("deaf", [True, False])
def test_processes_started_inside_are_deaf_to_interrupts(deaf: bool) -> None:
    command = [sys.executable, "-c", "import signal; signal.raise_signal(signal.SIGINT)"]
    if deaf:
        with ignored():
            done = subprocess.run(command, capture_output=True, check=False)
    else:
        done = subprocess.run(command, capture_output=True, check=False)
    assert (done.returncode == 0) == deaf


@pytest.mark.skipif(sys.platform != "linux", reason="others drop a signal that is ignored")
def test_an_interrupt_while_processes_start_is_raised_after_it() -> None:
    went_on = []

    def press() -> None:
        with ignored():
            _press()
            went_on.append(True)

    with pytest.raises(KeyboardInterrupt):
        press()
    assert went_on


def test_an_error_that_a_callback_makes_of_an_interrupt_is_one() -> None:
    def fail() -> None:
        with heeded():
            try:
                _press()
            except KeyboardInterrupt:
                raise TypeError("no attribute") from None

    with pytest.raises(KeyboardInterrupt):
        fail()
