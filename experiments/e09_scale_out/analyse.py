"""The result block of e09's README, from a stored run.

python experiments/e09_scale_out/analyse.py RESULTS_FOLDER
"""

import sys
from pathlib import Path

README = Path(__file__).with_name("README.md")
sys.path.insert(0, str(README.parents[1]))
from blocks import write_answer  # noqa: E402

if __name__ == "__main__":
    write_answer(README, "answer", *sys.argv[1:])
