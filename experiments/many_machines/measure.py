"""What the process that hands out chunks pays for each, measured.

python experiments/many_machines/measure.py [--trials 3000] > costs.json

Runs the same short trials cut into short and long chunks, by processes of this machine and by two
workers of a Dask cluster on it, and reads the processor time of this process alone. Then times
joblib's Dask backend against Dask's own futures on chunks that do nothing, two shards put together,
and the listing of a folder with many files. Prints JSON, which `plan.py` reads.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import joblib

import hvmc
from hvmc.experiment import schedule
from hvmc.experiment.cluster import connected, count_workers
from hvmc.experiment.folder import folder_of
from hvmc.experiment.merging import merge_shards
from hvmc.experiment.run import run, warm_up
from hvmc.experiment.shard import Shard
from hvmc.experiment.spans import Span
from hvmc.experiment.table_files import list_boxes, table_file_name

SHORT_S, LONG_S = 0.02, 0.4
NOTHING = 400


def main() -> None:
    """Measure, and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=3000)
    trials = parser.parse_args().trials
    warm_up()
    found = {"pool": costs(trials, "")}
    with tempfile.TemporaryDirectory() as place, cluster(Path(place)) as address:
        found["dask"] = costs(trials, address)
        found |= nothing(address)
        with connected(address) as client:
            found["count_workers_s"] = per_call(lambda: count_workers(client), 50)
    found["merge_trial_s"] = merging(trials)
    found["listing_s_per_file"] = listing()
    print(json.dumps(found, indent=1))


def costs(trials: int, address: str) -> dict[str, float]:
    """Return the processor seconds of this process per chunk and per trial.

    With n chunks of m trials altogether it takes a n + b m + c: once short and once long chunks
    give a, four times as many trials b.
    """
    short, short_chunks = driven(trials, SHORT_S, address)
    long, long_chunks = driven(trials, LONG_S, address)
    more, more_chunks = driven(4 * trials, LONG_S, address)
    per_chunk = (short - long) / (short_chunks - long_chunks)
    per_trial = (more - long - per_chunk * (more_chunks - long_chunks)) / (3 * trials)
    return {"chunk_s": per_chunk, "trial_s": per_trial}


def driven(trials: int, chunk_s: float, address: str) -> tuple[float, int]:
    """Return processor seconds of this process, and how many chunks it handed out."""
    chunks = 0

    def count(*_: float) -> None:
        nonlocal chunks
        chunks += 1

    usual = schedule.CHUNK_S, schedule.LEAST_S, schedule.HANDLING_S
    schedule.CHUNK_S, schedule.LEAST_S, schedule.HANDLING_S = chunk_s, chunk_s, 0.0
    try:
        with tempfile.TemporaryDirectory() as folder:
            begin = time.process_time()
            run(experiment(trials), results_dir=folder, jobs=2, address=address, progress=count)
            return time.process_time() - begin, chunks
    finally:
        schedule.CHUNK_S, schedule.LEAST_S, schedule.HANDLING_S = usual


def experiment(trials: int) -> hvmc.Experiment:
    """Return an experiment of trials that take milliseconds."""
    web = hvmc.Guest(name="web", virtual_processors=1, workload=hvmc.Closed(threads=2))
    host = hvmc.Host(logical_processors=1)
    design = hvmc.Design(regime=None, guests=(web,), host=host, horizon_s=0.3, warmup_s=0.1)
    return hvmc.Experiment(
        name="overhead", points=(hvmc.Point(design=design),), trials=trials, report="points"
    )


def merging(trials: int) -> float:
    """Return the processor seconds a trial to put two shards together."""
    with tempfile.TemporaryDirectory() as folder:
        for number in (1, 2):
            run(experiment(trials), results_dir=folder, jobs=2, shard=Shard(number, 2))
        begin = time.process_time()
        merge_shards([folder_of(experiment(trials), folder)])
        return (time.process_time() - begin) / trials


def nothing(address: str) -> dict[str, float]:
    """Return wall seconds per chunk that does nothing, by joblib's backend and by futures."""
    from distributed import Client, as_completed

    with Client(address) as client:
        begin = time.perf_counter()
        with joblib.parallel_config(backend="dask"):
            joblib.Parallel(batch_size=1)(joblib.delayed(abs)(n) for n in range(NOTHING))
        by_joblib = (time.perf_counter() - begin) / NOTHING
        begin = time.perf_counter()
        stream, given = as_completed(), 0
        for given in range(4):
            stream.add(client.submit(abs, given, pure=False))
        for future in stream:
            future.result()
            given += 1
            if given < NOTHING:
                stream.add(client.submit(abs, given, pure=False))
        return {
            "joblib_backend_s": by_joblib,
            "futures_s": (time.perf_counter() - begin) / NOTHING,
        }


def listing(files: int = 5000) -> float:
    """Return seconds per file to find those of one block among the files of a table."""
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "outcomes"
        table.mkdir()
        for n in range(files):
            box = Span.at(0, range(2048 * n, 2048 * (n + 1)), range(1))
            (table / table_file_name(box)).touch()
        one = Span.at(0, range(2048), range(1))
        return per_call(lambda: list(list_boxes(Path(folder), within=one)), 5) / files


def per_call(work: object, times: int) -> float:
    """Return the median seconds of a call."""
    found = []
    for _ in range(times):
        begin = time.perf_counter()
        work()
        found.append(time.perf_counter() - begin)
    return statistics.median(found)


@contextmanager
def cluster(place: Path) -> Iterator[str]:
    """Start a scheduler and two workers, processes of their own; yield the address."""
    port = 18786
    address = f"tcp://127.0.0.1:{port}"
    python = [sys.executable, "-m"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    scheduler = ["distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", str(port)]
    worker = ["distributed.cli.dask_worker", address, "--nthreads", "1", "--no-nanny"]
    where = ["--no-dashboard", "--local-directory", str(place)]
    started = [subprocess.Popen([*python, *scheduler, "--no-dashboard"], **quiet)]
    try:
        time.sleep(5)
        started += [subprocess.Popen([*python, *worker, *where], **quiet) for _ in range(2)]
        with connected(address) as client:
            client.wait_for_workers(2)
        yield address
    finally:
        for process in started:
            process.kill()
            process.wait()


if __name__ == "__main__":
    main()
