"""One name for each regime and setting, wherever it is told."""

import pytest

from hvmc.analysis.words import context_words, regime_title, regime_words, short_keys
from hvmc.config.assembly import assemble
from hvmc.config.sources import Source, conf_dir

REGIMES = (
    ("over_committed", "over-committed"),
    ("efficiently_provisioned", "efficiently provisioned"),
    ("over_provisioned", "over-provisioned"),
    ("under_provisioned_guest", "under-provisioned guest"),
)


@pytest.mark.parametrize(("name", "words"), REGIMES)
def test_regimes_have_the_title_of_their_configuration(name, words):
    asked = assemble(["experiment=null", f"regime={name}"], Source(conf_dir()))
    assert regime_title(name) == asked.experiment.points[0].design.regime.title
    assert regime_words(name) == words


@pytest.mark.parametrize(
    ("context", "words"),
    [
        ("", ""),
        ("regime=over_committed", "over-committed"),
        ("host=four_lps regime=my_own priority=none", "host=four_lps my own priority=none"),
        ("other_regime=over_committed", "other_regime=over_committed"),
    ],
)
def test_contexts(context, words):
    assert context_words(context) == words


@pytest.mark.parametrize(
    ("keys", "short"),
    [
        ([], []),
        (["enabled"], ["enabled"]),
        (["overheads.ipis.enabled", "host.smt"], ["ipis.enabled", "smt"]),
        (["a.io.enabled", "b.io.enabled"], ["a.io.enabled", "b.io.enabled"]),
        (["a.weight", "b.weight", "c.limit"], ["a.weight", "b.weight", "limit"]),
    ],
)
def test_keys_are_as_short_as_tells_them_apart(keys, short):
    assert short_keys(keys) == short
