"""Chunks simulated by the workers of a Dask cluster; rows come back and are written here.

Dask's own futures: a chunk that is lost with its worker is given to another one by the scheduler.
Workers need no file system in common with this process, and must have the same hvmc: each chunk
comes back with the hash of its design point as the worker computes it. The kernel is compiled once
per machine, before the others there begin. Within a worker one chunk is simulated at a time,
however many threads it has.
"""

import importlib.util
import logging
import platform
import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from hvmc.experiment.chunk import Chunk, Finished, simulate_units
from hvmc.experiment.errors import ResultsError
from hvmc.experiment.schema import build_table
from hvmc.experiment.settings import MODEL_VERSION
from hvmc.experiment.spans import Span
from hvmc.experiment.table_files import write_table_files

if TYPE_CHECKING:
    from distributed import Client, Future

__all__ = ["connected", "each_on_cluster"]

_CONNECT_S = 20
_AHEAD = 2
# a worker that comes waits at most so long; asking takes the scheduler about a millisecond
_COUNTED_EVERY_S = 1.0
_one_at_a_time = threading.Lock()


@contextmanager
def connected(address: str) -> "Iterator[Client]":
    """Hold a connection to the scheduler at an address (``tcp://host:8786``).

    Raises
    ------
    ResultsError
        If Dask is not installed, nobody answers there, or it is lost on the way.
    """
    if importlib.util.find_spec("distributed") is None:
        raise ResultsError(
            f"execution.address={address} needs Dask, which is not installed: pip install "
            "'hvmc[dask]', or leave it out"
        )
    from concurrent.futures import CancelledError

    from distributed import Client
    from distributed.comm.core import CommClosedError
    from distributed.scheduler import KilledWorker

    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    try:
        client = Client(address, timeout=_CONNECT_S, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ResultsError(
            f"no Dask scheduler answers at {address}: start one with dask scheduler, and give the "
            "address that it prints as execution.address"
        ) from error
    try:
        with client:
            yield client
    except KilledWorker as error:
        raise ResultsError(
            "Dask workers were killed again and again in the same work, often for lack of memory: "
            "finished trials are kept, so run the same command again with fewer workers a machine"
        ) from error
    except (CommClosedError, CancelledError) as error:
        raise ResultsError(
            f"the Dask scheduler at {address} was lost: finished trials are kept, run the same "
            "command again when it is back"
        ) from error


def each_on_cluster(
    client: "Client", notice: Callable[[str], None], chunks: Iterable[Chunk]
) -> Generator[Finished]:
    """Simulate chunks on a cluster and write their rows as they come.

    Parameters
    ----------
    client : distributed.Client
        As of `connected`.
    notice : callable
        Is told where workers run other programs than this process.
    chunks : iterable of Chunk
        Read lazily, a few ahead of each worker.

    Raises
    ------
    ResultsError
        If a worker has no hvmc or another one, or rows can't be written.
    """
    from distributed import as_completed

    _check_workers(client, notice)
    _compile_everywhere(client)
    todo = iter(chunks)
    stream = as_completed(loop=client.loop)
    given: dict[Future[Any], Chunk] = {}

    workers, counted = count_workers(client), time.monotonic()

    def give() -> None:
        nonlocal workers, counted
        if time.monotonic() - counted > _COUNTED_EVERY_S:
            workers, counted = count_workers(client), time.monotonic()
        for _ in range(_AHEAD * max(1, workers) - len(given)):
            chunk = next(todo, None)
            if chunk is None:
                return
            future = client.submit(_simulate, replace(chunk, parent=None), pure=False)
            given[future] = chunk
            stream.add(future)

    give()
    try:
        while given:
            future = next(stream)
            chunk = given.pop(future)
            yield _written(chunk, *future.result())
            give()
    finally:
        client.cancel(list(given))


def count_workers(client: "Client") -> int:
    """Return how many worker processes a cluster has now."""
    return int(client.scheduler_info(n_workers=0)["n_workers"])


def _written(
    chunk: Chunk,
    digest: str,
    tables: dict[str, Any],
    done: tuple[Span, ...],
    failures: tuple[dict[str, Any], ...],
    unit_s: float,
) -> Finished:
    if digest != chunk.point.digest(chunk.seed):
        raise ResultsError(
            "a Dask worker runs another hvmc, or reads another recording, than this process: "
            "install the same version on all machines"
        )
    if done:
        write_table_files(chunk.folder, chunk.span, done, {chunk.span.point: digest}, tables)
    return Finished(chunk.span, failures, unit_s)


def _simulate(chunk: Chunk) -> tuple[Any, ...]:
    """Simulate a chunk, in a worker."""
    with _one_at_a_time:
        found = simulate_units(chunk)
    tables = {name: build_table(name, rows) for name, rows in found.tables.items()}
    return chunk.point.digest(chunk.seed), tables, found.done, found.failures, found.unit_s


def _about() -> dict[str, str]:
    """Return what decides a trial's bits, in a worker or here."""
    packages = {name: version(name) for name in ("numpy", "numba", "scipy", "mesa")}
    return {"model version": str(MODEL_VERSION), "Python": platform.python_version(), **packages}


def _check_workers(client: "Client", notice: Callable[[str], None]) -> None:
    client.wait_for_workers(1)
    try:
        found = client.run(_about)
    except ImportError as error:
        raise ResultsError(
            f"Dask workers can't import hvmc ({error}): install the same version on all machines"
        ) from error
    here = _about()
    for address, there in found.items():
        other = [f"{name} {value}, not {here[name]}" for name, value in there.items()
                 if value != here[name]]  # fmt: skip
        if there["model version"] != here["model version"]:
            raise ResultsError(
                f"the Dask worker at {address} runs another hvmc ({'; '.join(other)}): install the "
                "same version on all machines"
            )
        if other:
            notice(f"last bits may differ: the worker at {address} has {'; '.join(other)}")
    threads = [
        worker["nthreads"] for worker in client.scheduler_info(n_workers=-1)["workers"].values()
    ]
    if max(threads) > 1:
        notice(
            f"Dask workers have up to {max(threads)} threads, and simulate one trial at a time: "
            "start them with --nthreads 1 and --nworkers as many as there are processors"
        )


def _compile_everywhere(client: "Client") -> None:
    """Let one worker of each machine compile the kernel; the others find it in the cache."""
    workers = client.scheduler_info(n_workers=-1)["workers"]
    first = {worker["host"]: address for address, worker in workers.items()}
    futures = [
        client.submit(_warm_up, pure=False, workers=[address], allow_other_workers=True)
        for address in first.values()
    ]
    client.gather(futures)


def _warm_up() -> None:
    from hvmc.experiment.run import warm_up

    with _one_at_a_time:
        warm_up()
