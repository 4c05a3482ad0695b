"""Defects planted into the interpreted kernel are noticed, each by an existing test.

The tests run in a process of their own, with NUMBA_DISABLE_JIT=1 and the plugin `mutants`, which
plants each one's defect while it runs.
"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
DISPATCH = "kernel/test_dispatch.py"
NOTICED_BY = {
    "wrong_weight": "validation/test_cases.py::test_arithmetic_holds[weights_of_the_specification]",
    "lost_wakeup": f"{DISPATCH}::test_one_vp_alone_runs_as_it_likes[credit]",
    "longer_slice": f"{DISPATCH}::test_two_vps_take_turns_of_a_slice[credit]",
    "skipped_switch": f"{DISPATCH}::test_switches_are_charged_to_the_nanosecond[credit]",
    "leaked_fault": "kernel/test_faults.py::test_a_faulting_thread_resumes_where_it_was",
}


def outcome(planted):
    """What pytest prints of all these tests."""
    command = [sys.executable, "-m", "pytest", "-p", "mutants", "-n", "0", "--tb=no"]
    environment = {
        **os.environ,
        "HVMC_MUTANTS": "\n".join(f"{name}={test}" for name, test in planted.items()),
        "NUMBA_DISABLE_JIT": "1",
        "PYTHONPATH": str(Path(__file__).parent),
    }
    done = subprocess.run(
        [*command, *NOTICED_BY.values()],
        cwd=ROOT / "tests/unit",
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in {0, 1}, done.stdout + done.stderr
    return done.stdout.replace("tests/unit/", "")


def test_without_a_defect_all_of_them_pass():
    assert f"{len(NOTICED_BY)} passed" in outcome({})


def test_every_defect_is_noticed():
    told = outcome(NOTICED_BY)
    assert f"{len(NOTICED_BY)} failed" in told
    assert [test for test in NOTICED_BY.values() if f"FAILED {test}" not in told] == []
