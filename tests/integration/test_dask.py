"""A real Dask scheduler with two worker processes, one of them killed in the middle."""

import socket
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager

import pytest

from hvmc.experiment import schedule
from hvmc.experiment.cluster import connected, count_workers
from hvmc.experiment.errors import ResultsError
from hvmc.experiment.run import run
from hvmc.experiment.table_files import TABLES

pytest.importorskip("distributed")

_PATIENCE_S = 120


@contextmanager
def started(*command):
    process = subprocess.Popen(
        [sys.executable, "-m", *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_until_it_listens(port):
    end = time.monotonic() + _PATIENCE_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            assert time.monotonic() < end, "the scheduler did not start"
            time.sleep(0.1)
        else:
            return


@pytest.fixture
def cluster(tmp_path):
    """The scheduler's address and both worker processes, which have connected."""
    with ExitStack() as stack:
        port = free_port()
        address = f"tcp://127.0.0.1:{port}"
        cli = ("distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", str(port))
        stack.enter_context(started(*cli, "--no-dashboard"))
        wait_until_it_listens(port)
        worker = ("distributed.cli.dask_worker", address, "--nthreads", "1", "--no-nanny")
        place = ("--no-dashboard", "--local-directory", str(tmp_path / "workers"))
        workers = [stack.enter_context(started(*worker, *place)) for _ in range(2)]
        with connected(address) as client:
            client.wait_for_workers(2, timeout=_PATIENCE_S)
            assert count_workers(client) == 2
        yield address, workers


def bits(results):
    return {
        f"{table}/{path.name}": path.read_bytes()
        for table in TABLES
        for path in (results.path / table).iterdir()
    }


@pytest.mark.validation  # five processes import and compile: a minute
def test_a_killed_worker_loses_no_row_and_changes_no_bit(weights, cluster, tmp_path, monkeypatch):
    address, workers = cluster
    experiment = weights(100, trials=24)
    local = run(experiment, results_dir=tmp_path / "local", jobs=1)
    monkeypatch.setattr(schedule, "CHUNK_S", 0.004)
    monkeypatch.setattr(schedule, "HANDLING_S", 0.0)
    alive_at = []

    def kill_one(done, *_):
        if done >= 8 and workers[0].poll() is None:
            alive_at.append(done)
            workers[0].kill()

    results = run(experiment, results_dir=tmp_path / "dask", address=address, progress=kill_one)
    assert alive_at
    assert alive_at[0] < results.total
    assert results.complete
    assert bits(results) == bits(local)


def test_a_scheduler_that_is_not_there_is_told_of(weights, tmp_path, monkeypatch):
    monkeypatch.setattr("hvmc.experiment.cluster._CONNECT_S", 0.5)
    address = f"tcp://127.0.0.1:{free_port()}"
    with pytest.raises(ResultsError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1"):
        run(weights(100, trials=2), results_dir=tmp_path, address=address)
