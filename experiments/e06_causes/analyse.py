"""Causes by what hosts and victims lack, from a stored run.

python experiments/e06_causes/analyse.py RESULTS_FOLDER
"""

import sys
from pathlib import Path

import hvmc

sys.path.insert(0, str(Path(__file__).parents[1] / "e01_four_regimes"))
from groups import by_group

if __name__ == "__main__":
    print(by_group(hvmc.load(sys.argv[1]).trials()).round(4).to_string())
