"""Work spread over processes (joblib's loky), results as they come.

The iterator of tasks is read lazily, so that what comes back can shape what is still to come.
"""

import itertools
import warnings
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from typing import Any

from hvmc.experiment.errors import ResultsError
from hvmc.experiment.interrupts import ignored
from hvmc.scenario.problems import shown

__all__ = ["MOST_JOBS", "count_jobs", "each"]

MOST_JOBS = 4096
_MOST_DEATHS = 2


def count_jobs(jobs: int | None) -> int:
    """Return the number of worker processes: ``jobs``, or one per available processor.

    Raises
    ------
    ValueError
        If jobs is not 1..4096.
    """
    if jobs is None:
        import joblib

        return int(joblib.cpu_count())
    if not 1 <= jobs <= MOST_JOBS:
        raise ValueError(
            f"jobs must be 1..{MOST_JOBS}, or None for all processors, got {shown(jobs)}"
        )
    return jobs


def each[T, R](work: Callable[[T], R], tasks: Iterable[T], jobs: int) -> Generator[R]:
    """Yield ``work(task)`` of all tasks, in the order in which they finish.

    Tasks lost with a worker that was killed are given out again; a second loss of the same task
    is one more try, the third ends the run.

    Parameters
    ----------
    work : callable
        A module-level function.
    tasks : iterable
        Read lazily, a few ahead.
    jobs : int
        Processes; 1 works in this one.

    Raises
    ------
    ResultsError
        If workers were killed again and again. What ``work`` raises is raised here.
    """
    if jobs == 1:
        yield from map(work, tasks)
        return
    todo: Iterator[tuple[T, int]] = ((task, 0) for task in tasks)
    while True:
        given: dict[int, tuple[T, int]] = {}
        try:
            with closing(_stream(work, todo, given, jobs)) as stream:
                for index, result in stream:
                    del given[index]
                    yield result
        except BrokenProcessPool as error:
            if any(deaths >= _MOST_DEATHS for _, deaths in given.values()):
                raise ResultsError(
                    f"worker processes were killed {_MOST_DEATHS + 1} times in the same work, "
                    "often for lack of memory: finished trials are kept, so run the same command "
                    "again with fewer jobs="
                ) from error
            lost = [(task, deaths + 1) for task, deaths in given.values()]
            todo = itertools.chain(lost, todo)
        else:
            return


def _stream[T](
    work: Callable[[T], Any],
    todo: Iterator[tuple[T, int]],
    given: dict[int, tuple[T, int]],
    jobs: int,
) -> Generator[tuple[int, Any]]:
    """Yield (index, result) from one pool; ``given`` keeps what has not come back."""
    from joblib import Parallel, delayed

    def calls() -> Iterator[Any]:
        for index, (task, deaths) in enumerate(todo):
            given[index] = (task, deaths)
            yield delayed(_numbered)(work, index, task)

    parallel = Parallel(
        n_jobs=jobs,
        backend="loky",
        batch_size=1,
        pre_dispatch="2 * n_jobs",
        return_as="generator_unordered",
    )
    with ignored():
        stream = parallel(calls())
    try:
        # not "yield from": that would close joblib's generator outside the filter below
        for numbered in stream:  # noqa: UP028
            yield numbered
    finally:
        with warnings.catch_warnings():
            # closing early is meant: the rest is cancelled
            warnings.simplefilter("ignore", UserWarning)
            stream.close()


def _numbered[T, R](work: Callable[[T], R], index: int, task: T) -> tuple[int, R]:
    return index, work(task)
