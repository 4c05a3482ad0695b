"""Run the commands of experiments, then write the result blocks of their READMEs.

python experiments/renew.py STORE [e07 e08 ...] [--size smoke] [--jobs N]

Without names all experiments; what STORE holds already is not simulated again. What the commands
print is in STORE/printed, and the model version goes into the table of experiments/README.md. With
--size smoke the figures in the READMEs mean nothing: undo them.
"""

import argparse
import os
import re
import runpy
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from commands import ROOT, Store

from hvmc.experiment.settings import MODEL_VERSION

HERE = Path(__file__).parent


def main() -> int:
    """Renew what is asked for, and tell what could not be."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("store", type=Path)
    parser.add_argument("names", nargs="*", help="beginnings of folder names")
    parser.add_argument("--size", help="of every run, in place of its own: smoke")
    parser.add_argument("--jobs", type=int, help="processes; all processors by default")
    asked = parser.parse_args()
    changes = (f"size={asked.size}",) if asked.size else ()
    store = Store(asked.store.resolve(), changes)
    wanted = [
        analyse
        for analyse in sorted(HERE.glob("e*/analyse.py"))
        if not asked.names or analyse.parent.name.startswith(tuple(asked.names))
    ]
    failed = [found.parent.name for found in wanted if not renew(found, store, asked.jobs)]
    if failed:
        print(f"not renewed: {' '.join(failed)}", file=sys.stderr)
    return len(failed) > 0


def renew(analyse: Path, store: Store, jobs: int | None) -> bool:
    """Run the commands of one experiment and its analysis; whether all went well."""
    printed = store.path / "printed"
    printed.mkdir(parents=True, exist_ok=True)
    experiment = analyse.parent.name
    try:
        for name, words in calls(analyse, store, jobs):
            started, used = time.perf_counter(), processor_s()
            print(f"{experiment}: python {' '.join(words)}", flush=True)
            with (printed / f"{experiment}_{name}.txt").open("w") as file:
                subprocess.run([sys.executable, *words], cwd=ROOT, stdout=file, check=True)
            elapsed, used = time.perf_counter() - started, processor_s() - used
            print(f"  {elapsed:.0f} s, of processors {used:.0f} s", flush=True)
        mark(HERE / "README.md", experiment)
    except (ValueError, subprocess.CalledProcessError) as error:
        print(f"{experiment}: {error}", file=sys.stderr)
        return False
    return True


def mark(table: Path, experiment: str) -> None:
    """Write into the table of experiments of which model version the blocks of one are.

    Raises
    ------
    ValueError
        If the table has no row of the experiment with a version.
    """
    row = rf"(?m)^(\| `{re.escape(experiment)}` \|.*\|) \S+ \|$"
    marked, count = re.subn(row, rf"\g<1> {MODEL_VERSION} |", table.read_text())
    if count != 1:
        raise ValueError(f"{table} must have one row of {experiment} with a version, got {count}")
    table.write_text(marked)


def processor_s() -> float:
    """Return the processor time of the processes that have ended; 0 on Windows."""
    times = os.times()
    return times.children_user + times.children_system


def calls(analyse: Path, store: Store, jobs: int | None) -> Iterator[tuple[str, list[str]]]:
    """Yield names and what Python is called with: each command, then the analysis."""
    where = [str(store.path), *store.changes]
    how = [f"results_dir={store.path}", *([f"jobs={jobs}"] if jobs else [])]
    sys.path.insert(0, str(analyse.parent))
    for name, command in runpy.run_path(str(analyse))["COMMANDS"].items():
        if command.startswith("python "):
            yield name, [*command.split()[1:], *where]
        else:
            yield name, ["-m", "hvmc", "run", *store.arguments(command), *how]
    yield "analyse", [str(analyse.relative_to(ROOT)), *where]


if __name__ == "__main__":
    sys.exit(main())
