"""Progress with the time left, on stderr: a bar on a terminal, now and then a line elsewhere."""

import math
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hvmc.experiment.precision import Reached

__all__ = ["Report", "duration", "progress", "tell_look"]

_COMPILING = "compiling the kernel (about a minute, once per machine)"

type Report = Callable[[int, int, int, float], None]

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
        To be called with (done, total, count of bad, seconds left or nan), first of all with what
        is there before anything is done.
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
    )

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(f"{units}{{task.fields[bad]}}{{task.fields[left]}}"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task(what, total=None, bad="", left="")
        started = False

        def report(done: int, total: int, count: int, left_s: float = math.nan) -> None:
            nonlocal started
            if not started:
                shown.update(task, total=total, completed=done)
                started = True
                if _compiles_before(done, total):
                    shown.console.print(_COMPILING, highlight=False)
                return
            shown.update(
                task,
                total=total,
                completed=done + count * (bad == "failed"),
                bad=_also(count, bad),
                left=_left(left_s),
            )

        yield report


def _lines(what: str, bad: str, units: str, held: str) -> Report:
    started = False
    told: float | None = None

    def report(done: int, total: int, count: int, left_s: float = math.nan) -> None:
        nonlocal started, told
        now = time.monotonic()
        if not started:
            started = True
            print(f"{what}: {done} of {total} {units} are {held}", file=sys.stderr, flush=True)
            if _compiles_before(done, total):
                print(_COMPILING, file=sys.stderr, flush=True)
        elif told is None:  # compiled, and all processes at work
            told = now
        elif now - told >= _SECONDS_BETWEEN_LINES:
            told = now
            line = f"{what}: {done} of {total} {units}{_also(count, bad)}{_left(left_s)}"
            print(line, file=sys.stderr, flush=True)

    return report


def tell_look(reached: "list[Reached]", expected_s: float | None) -> None:
    """Say how narrow intervals are, where they are not yet as narrow as asked, and what follows."""
    from hvmc.analysis.numbers import figure
    from hvmc.analysis.words import regime_words

    wide = [
        f"{regime_words(one.regime)} {one.role} +-{figure(one.half_width)} of "
        f"{figure(one.wanted)} at {one.trials}"
        for one in reached
        if not one.is_narrow
    ]
    if not wide:
        line = "precision: narrow enough everywhere"
    elif expected_s is None:
        line = f"precision: {', '.join(wide)} trials; no more trials are allowed"
    else:
        about = f" for about {duration(expected_s)}" if expected_s else ""
        line = f"precision: {', '.join(wide)} trials; going on{about}"
    print(line, file=sys.stderr, flush=True)


def _compiles_before(done: int, total: int) -> bool:
    if done == total:
        return False
    from hvmc.kernel.jit import COMPILED, is_cached

    return COMPILED and not is_cached("loop.advance")


def _also(count: int, bad: str) -> str:
    return f", {count} {bad}" if count else ""


def _left(seconds: float) -> str:
    return "" if math.isnan(seconds) else f", {duration(seconds)} left"


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
