"""Ctrl-C, and SIGTERM, where Python or a library would lose it or answer with a traceback."""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

__all__ = ["heeded", "ignored", "terminable"]

_MASKS = hasattr(signal, "pthread_sigmask")


@contextmanager
def ignored() -> Iterator[None]:
    """Let processes started inside be deaf to Ctrl-C: ending them is their parent's part.

    The parent hears at the end of the block what was pressed inside, where the system keeps a
    blocked signal that is ignored, as Linux does.
    """
    if not _in_main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    masked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT}) if _MASKS else None
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if masked is not None:
            signal.pthread_sigmask(signal.SIG_SETMASK, masked)


@contextmanager
def heeded() -> Iterator[None]:
    """Raise KeyboardInterrupt at the end if one was swallowed inside, as by a C callback.

    An error that such a callback made of it is its cause.

    Raises
    ------
    KeyboardInterrupt
        On Ctrl-C, at once or at the end of the block.
    """
    if not _in_main_thread():
        yield
        return
    pressed = False

    def press(_number: int, _frame: FrameType | None) -> None:
        nonlocal pressed
        pressed = True
        raise KeyboardInterrupt

    def tell_other_errors(unraisable: Any) -> None:
        if not issubclass(unraisable.exc_type, KeyboardInterrupt):
            hook(unraisable)

    before, hook = signal.signal(signal.SIGINT, press), sys.unraisablehook
    sys.unraisablehook = tell_other_errors
    try:
        yield
    except Exception as error:
        if pressed:
            raise KeyboardInterrupt from error
        raise
    finally:
        sys.unraisablehook = hook
        signal.signal(signal.SIGINT, before)
    if pressed:
        raise KeyboardInterrupt


@contextmanager
def terminable() -> Iterator[None]:
    """Take SIGTERM, by which batch systems and service managers end a process, as Ctrl-C."""
    if not _in_main_thread():
        yield
        return

    def end(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()
