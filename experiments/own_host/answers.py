"""Ask the three hosts how far they can be packed and how long their growth is carried.

python experiments/own_host/answers.py STORE

Runs what STORE/own_host does not hold the answer of, and writes the blocks of the README: what is
printed, and how long it took.
"""

import json
import os
import re
import resource
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
README = HERE / "README.md"
sys.path.insert(0, str(HERE.parent))
from blocks import fenced, write_block  # noqa: E402
from commands import Store  # noqa: E402

WINDOW = "horizon_s=7 warmup_s=2 trials=128"
TARGET = 'target="P(stretch>1.5)<=20 %"'
GROWTH = 'growth=1.0,1.5,2.0,3.0 growth_per_year="20 %"'
HOSTS = {"small_office": "rds", "vdi": "desk_01", "sql_web": "web"}
FILES = {"small_office": "small_office.csv", "vdi": "vdi.csv", "sql_web": "sql_web.yaml"}


def main(store: Store, readme: Path = README) -> None:
    """Run what is not stored, write the blocks."""
    folder = store.path / "own_host"
    folder.mkdir(parents=True, exist_ok=True)
    for host, kind in HOSTS.items():
        file = folder / f"{host}.yaml"
        if not file.exists():
            run(["fit", str(HERE / FILES[host]), "-o", str(file)], folder)
        for asked, question in (("packing", f"packing={kind}"), ("growth", GROWTH)):
            command = f"hvmc run {host}.yaml {question} {TARGET} {WINDOW}"
            answer = folder / f"{host}_{asked}.json"
            if not answer.exists():
                answer.write_text(json.dumps(timed(command, folder)))
            said = json.loads(answer.read_text())
            how = f"`{command}`, {said['elapsed_s']:.0f} s ({said['processors_s']:.0f} s of CPU):"
            write_block(readme, f"{host}_{asked}", f"{how}\n\n{fenced(answer_in(said['printed']))}")


def timed(command: str, folder: Path) -> dict[str, object]:
    """Run a command; return what it printed and how long it took."""
    began, used = time.perf_counter(), processors_s()
    words = command.replace('"', "").split(" ")
    printed = run([*joined(words)[1:], "jobs=1"], folder)
    return {
        "printed": printed,
        "elapsed_s": time.perf_counter() - began,
        "processors_s": processors_s() - used,
    }


def joined(words: list[str]) -> list[str]:
    """Return words with a lone % put back to its number."""
    found: list[str] = []
    for word in words:
        if word == "%":
            found[-1] += " %"
        else:
            found.append(word)
    return found


def answer_in(printed: str) -> str:
    """Return what is printed, without what the host is and without the files written."""
    told = printed[printed.index("design point") :]
    head = printed[: len(printed) - len(told)].rpartition("\n\n")[2]
    return re.split(r"(?m)^\d+ figure files? ", head + told)[0].strip()


def processors_s() -> float:
    """Return the CPU time of the processes that have ended."""
    found = resource.getrusage(resource.RUSAGE_CHILDREN)
    return found.ru_utime + found.ru_stime


def run(words: list[str], folder: Path) -> str:
    """Run hvmc in the folder; return what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "hvmc", *words],
        cwd=folder,
        env={**os.environ, "COLUMNS": "80"},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return done.stdout


if __name__ == "__main__":
    main(Store.asked())
