"""Compiled code is kept where the hash of all sources names it, or nowhere."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import hvmc.kernel
from hvmc.kernel.jit import is_cached

PROGRAM = """
import subprocess, sys
from hvmc.kernel.jit import cache_folder, ix
ix(3)
print(cache_folder())
print(len(list(cache_folder().rglob("*.nbc"))))
again = "from hvmc.kernel.jit import cache_folder; print(cache_folder())"
subprocess.run([sys.executable, "-c", again], check=True)
"""


def compiled_code():
    return set(Path(hvmc.kernel.__file__).parent.rglob("*.nb[ci]"))


@pytest.mark.parametrize("variable", ["HVMC_CACHE", "HOME"])
def test_without_a_folder_for_it_nothing_is_compiled_beside_the_sources(tmp_path, variable):
    """Else an edit of another module would leave the old code in use, without a word."""
    (tmp_path / "file").write_text("")
    places = {k: v for k, v in os.environ.items() if k not in ("HVMC_CACHE", "XDG_CACHE_HOME")}
    before = compiled_code()
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**places, variable: str(tmp_path / "file")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert compiled_code() == before
    assert done.stderr.startswith("hvmc: compiled code can't be kept ([Errno 20] ")
    assert done.stderr.count("hvmc:") == 1
    folder, files, of_child = done.stdout.splitlines()
    assert int(files) > 0
    assert of_child == folder
    assert not Path(folder).parents[1].exists()


def test_the_kernel_of_this_process_is_kept(machine, bare, saturated):
    machine(bare(saturated("a"))).to(0.01)
    assert is_cached("loop.advance")
    assert not is_cached("loop.no_such_function")


HITS = "from hvmc.kernel.jit import ix; ix(3); print(sum(ix.stats.cache_hits.values()))"


def test_a_copy_of_the_same_sources_uses_what_another_compiled(tmp_path):
    def hits(name):
        copy = tmp_path / name
        shutil.copytree(Path(hvmc.__file__).parent, copy / "hvmc")
        environment = {**os.environ, "PYTHONPATH": str(copy), "HVMC_CACHE": str(tmp_path)}
        command = [sys.executable, "-c", HITS]
        done = subprocess.run(command, env=environment, cwd=copy, capture_output=True, check=True)
        return int(done.stdout)

    assert hits("first") == 0
    assert hits("second") == 1
