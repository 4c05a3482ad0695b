"""Progress with the time left, on stderr: a bar on a terminal, now and then a line elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["duration", "progress"]

type Report = Callable[[int, int, int], None]

_SECONDS_BETWEEN_LINES = 10.0


@contextmanager
def progress(what: str, bad: str, units: str = "trials", held: str = "stored") -> Iterator[Report]:
    """Show progress while the context lasts.

    Parameters
    ----------
    what : str
        What is done: "simulating".
    bad : str
        What the third number counts: "failed".
    units : str
        What the first two count.
    held : str
        What they are when the first call counts them.

    Yields
    ------
    callable
        To be called with (done, total, count of bad); the first call sets the clock.
    """
    if sys.stderr.isatty():
        with _bar(what, bad, units) as report:
            yield report
    else:
        yield _lines(what, bad, units, held)


@contextmanager
def _bar(what: str, bad: str, units: str) -> Iterator[Report]:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(f"{units}{{task.fields[bad]}}, left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task(f"{what} (compiling first)", total=None, bad="")
        started = False

        def report(done: int, total: int, count: int) -> None:
            nonlocal started
            if not started:  # what was stored before is not part of the speed
                shown.reset(task, total=total, completed=done)
                started = True
            else:
                shown.update(task, completed=done + count * (bad == "failed"), description=what)
            if count:
                shown.update(task, bad=f", {count} {bad}")

        yield report


def _lines(what: str, bad: str, units: str, held: str) -> Report:
    begin: tuple[float, int] | None = None
    told = 0.0
    stored: int | None = None

    def report(done: int, total: int, count: int) -> None:
        nonlocal begin, told, stored
        now = time.monotonic()
        if stored is None:
            stored = done
            print(f"{what}: {done} of {total} {units} are {held}", file=sys.stderr, flush=True)
        elif begin is None and done > stored:  # compiled, and all processes at work
            begin, told = (now, done), now
        elif begin is not None and now - told >= _SECONDS_BETWEEN_LINES and done > begin[1]:
            told = now
            left = duration((now - begin[0]) / (done - begin[1]) * (total - done))
            also = f", {count} {bad}" if count else ""
            line = f"{what}: {done} of {total} {units}{also}, {left} left"
            print(line, file=sys.stderr, flush=True)

    return report


def duration(seconds: float) -> str:
    """Return a duration in words.

    Examples
    --------
    >>> duration(0.4), duration(75), duration(7300)
    ('1 s', '1 min 15 s', '2 h 1 min')
    """
    whole = max(1, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
