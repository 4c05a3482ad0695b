"""The same settings and seed give the same bits as ever, or MODEL_VERSION changes."""

import importlib.util
import json
from pathlib import Path

import pytest

from hvmc.experiment.settings import MODEL_VERSION

_SPEC = importlib.util.spec_from_file_location(
    "golden_update", Path(__file__).with_name("update.py")
)
assert _SPEC is not None
assert _SPEC.loader is not None
update = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(update)
STORED = json.loads(update.BASELINE.read_text())


def test_baseline_is_of_this_model_version():
    assert STORED["model_version"] == MODEL_VERSION, (
        "MODEL_VERSION was bumped: run python tests/golden/update.py and add a changelog line"
    )


@pytest.mark.skipif(
    STORED["platform"] != update.here(),
    reason=f"golden bits were taken on {STORED['platform']}, this is {update.here()}",
)
@pytest.mark.parametrize("name", sorted(update.scenarios()))
def test_outcomes_have_the_golden_bits(name):
    assert update.digest(update.scenarios()[name]) == STORED["digests"][name], (
        "an outcome changed: if that is meant, bump MODEL_VERSION in hvmc/experiment/settings.py, "
        "run python tests/golden/update.py and add a changelog line"
    )


def test_another_seed_would_be_noticed():
    scenario = update.scenarios()["credit"]
    longer = scenario.replace(horizon_s=3.000001)
    assert update.digest(longer) != STORED["digests"]["credit"]
