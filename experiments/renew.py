"""Run the commands of experiments, then write the result blocks of their READMEs.

python experiments/renew.py STORE [e07 e08 ...] [--size smoke] [--jobs N]

Without names all experiments; what STORE holds already is not simulated again. With --size smoke
the READMEs get figures that mean nothing: undo them.
"""

import argparse
import runpy
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from commands import ROOT, Store

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
    failed = [
        analyse.parent.name
        for analyse in sorted(HERE.glob("e*/analyse.py"))
        if not asked.names or analyse.parent.name.startswith(tuple(asked.names))
        if not renew(analyse, store, asked.jobs)
    ]
    if failed:
        print(f"not renewed: {' '.join(failed)}", file=sys.stderr)
    return len(failed) > 0


def renew(analyse: Path, store: Store, jobs: int | None) -> bool:
    """Run the commands of one experiment and its analysis; whether all went well."""
    for words in calls(analyse, store, jobs):
        started = time.perf_counter()
        print(f"{analyse.parent.name}: {' '.join(words)}", flush=True)
        if subprocess.run([sys.executable, *words], cwd=ROOT, stdout=subprocess.DEVNULL).returncode:
            return False
        print(f"  {time.perf_counter() - started:.0f} s", flush=True)
    return True


def calls(analyse: Path, store: Store, jobs: int | None) -> Iterator[list[str]]:
    """Yield what Python is called with: each command, then the analysis."""
    where = [str(store.path), *store.changes]
    sys.path.insert(0, str(analyse.parent))
    for command in runpy.run_path(str(analyse))["COMMANDS"].values():
        if command.startswith("python "):
            yield [*command.split()[1:], *where]
            continue
        how = [f"results_dir={store.path}", *([f"jobs={jobs}"] if jobs else [])]
        yield ["-m", "hvmc", "run", *store.arguments(command), *how]
    yield [str(analyse.relative_to(ROOT)), *where]


if __name__ == "__main__":
    sys.exit(main())
