"""Work in several processes."""

import os
import signal
import time
from pathlib import Path

import pytest

from hvmc.experiment.errors import Interrupted, ResultsError
from hvmc.experiment.pool import count_jobs, each


def square(value):
    return value * value


def linger(value):
    time.sleep(0.2)
    return value


def refuse_three(value):
    if value == 3:
        raise ResultsError("no three: take four")
    return value


def die_once(task):
    value, folder = task
    mark = Path(folder) / f"{value}"
    if value == 2 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return value


def die_always(value):
    if value == 2:
        time.sleep(0.05)
        os.kill(os.getpid(), signal.SIGKILL)
    return value


@pytest.mark.parametrize("jobs", [1, 2])
def test_every_task_is_done_once(jobs):
    assert sorted(each(square, range(20), jobs)) == [value * value for value in range(20)]


def test_tasks_are_taken_a_few_ahead_only():
    taken = []

    def tasks():
        for value in range(100):
            taken.append(value)
            yield value

    stream = each(linger, tasks(), 2)
    next(stream)
    assert len(taken) < 20
    stream.close()


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_work_raises_is_raised(jobs):
    with pytest.raises(ResultsError, match="no three: take four"):
        list(each(refuse_three, range(6), jobs))


def test_tasks_of_a_killed_worker_are_given_out_again(tmp_path):
    tasks = [(value, str(tmp_path)) for value in range(8)]
    assert sorted(each(die_once, tasks, 2)) == list(range(8))


def test_a_task_that_kills_every_worker_ends_the_run():
    with pytest.raises(ResultsError, match=r"killed 3 times .*finished trials are kept.*jobs="):
        list(each(die_always, range(4), 2))


def test_jobs():
    assert count_jobs(3) == 3
    assert count_jobs(None) >= 1
    with pytest.raises(
        ValueError, match=r"jobs must be 1\.\.4096, or None for all processors, got 0"
    ):
        count_jobs(0)


def test_an_interruption_is_a_keyboard_interrupt_that_says_what_is_kept():
    found = Interrupted(Path("results/x/1"), 3, 10)
    assert isinstance(found, KeyboardInterrupt)
    assert (found.folder, found.done, found.total) == (Path("results/x/1"), 3, 10)
    assert "3 of 10 trials are kept in" in str(found)
