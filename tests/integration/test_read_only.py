"""Results where nothing can be written: a complete experiment still gives its answer."""

import subprocess
import sys

import pytest

from hvmc.cli.main import main

RUN = [
    "run",
    *("experiment=null", "regime=over_committed", "host=four_lps", "size=smoke", "trials=1"),
    *("horizon_s=0.3", "warmup_s=0.1", "jobs=1", "results_dir=out"),
]


def can_mount():
    try:
        done = subprocess.run(["unshare", "-r", "-m", "true"], check=False, capture_output=True)
    except OSError:
        return False
    return done.returncode == 0


@pytest.mark.skipif(not can_mount(), reason="no right to mount a folder for reading alone")
def test_a_complete_experiment_on_a_read_only_file_system(tmp_path, monkeypatch, capfd, undrawn):
    monkeypatch.chdir(tmp_path)
    assert main(RUN) == 0
    answer = capfd.readouterr().out

    def read_only(*arguments):
        mounted = "mount --bind out out && mount -o remount,ro,bind out && "
        command = ["unshare", "-r", "-m", "sh", "-c", f'{mounted} exec "$@"', "sh"]
        return subprocess.run(
            [*command, sys.executable, "-m", "hvmc", *arguments],
            check=False,
            capture_output=True,
            text=True,
        )

    before = sorted(tmp_path.rglob("*"))
    again = read_only(*RUN)
    assert again.returncode == 0, again.stderr
    assert answer.strip().splitlines()[0] in again.stdout
    assert "no figure is drawn: " in again.stderr
    assert "can't be written (Read-only file system)" in again.stderr
    more = read_only(*RUN, "trials=2")
    assert more.returncode == 2
    assert "can't be written (Read-only file system): make it writable or choose" in more.stderr
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("flag", [[], ["--dry-run"]])
def test_a_link_that_leads_nowhere_is_called_so(tmp_path, monkeypatch, capfd, flag):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "out").symlink_to("nowhere")
    assert main([*RUN, *flag]) == 2
    assert (
        "out is a link to nowhere, which is not there: make that folder" in capfd.readouterr().err
    )
