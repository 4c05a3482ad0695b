"""Runs that take as many trials as the precision asked for needs."""

import dataclasses

import pytest

import hvmc.experiment.run as running
from hvmc.experiment.precision import Reached, assess, next_sizes, verdict_level
from hvmc.experiment.results import load
from hvmc.experiment.run import run
from hvmc.experiment.settings import Precision
from hvmc.scenario.settings import SettingsError


@pytest.fixture(scope="module")
def precise(experiment):
    """Needs 64 trials at one point and more at the other."""
    slow, fast = experiment.points
    light = dataclasses.replace(
        fast, design=fast.design.replace(host=fast.design.host.replace(logical_processors=4))
    )
    precision = Precision(half_width=0.0058, estimand="mean_log_stretch", max_trials=512)
    return dataclasses.replace(experiment, points=(slow, light), precision=precision)


@pytest.fixture(scope="module")
def whole(precise, tmp_path_factory):
    told = []
    folder = tmp_path_factory.mktemp("whole")
    results = run(precise, results_dir=folder, jobs=1, look=lambda *what: told.append(what))
    return results, told


def test_trials_go_where_intervals_are_wide(whole):
    results, told = whole
    assert results.sizes[0] > results.sizes[1]
    reached = assess(results)
    assert [one.trials for one in reached] == results.sizes
    assert all(one.is_narrow or one.trials == 512 for one in reached)
    assert told[-1][1] == 0.0
    assert all(expected_s > 0.0 for _, expected_s in told[:-1])


def test_results_hold_the_trials_of_each_point_and_load_again(whole):
    results, _ = whole
    again = load(results.path)
    assert again.sizes == results.sizes
    assert again.complete
    counts = again.trials(columns=["point", "trial"]).groupby("point")["trial"].nunique()
    assert counts.tolist() == results.sizes


def test_an_interrupted_run_goes_on_to_the_same_end(whole, precise, tmp_path, monkeypatch):
    looks = 0

    def stop(*_):
        nonlocal looks
        looks += 1
        if looks == 2:
            raise KeyboardInterrupt

    with pytest.raises(running.Interrupted):
        run(precise, results_dir=tmp_path, jobs=1, look=stop)
    again = run(precise, results_dir=tmp_path, jobs=2)
    assert again.sizes == whole[0].sizes
    assert again.trials().equals(whole[0].trials())


def test_a_run_that_was_finished_simulates_nothing(whole, precise):
    before = (whole[0].path / "provenance.json").read_bytes()
    assert run(precise, results_dir=whole[0].path.parents[1], jobs=1).sizes == whole[0].sizes
    assert (whole[0].path / "provenance.json").read_bytes() == before


def test_no_time_leaves_the_first_look(precise, tmp_path):
    hasty = dataclasses.replace(
        precise, precision=dataclasses.replace(precise.precision, max_time_s=1e-6)
    )
    assert run(hasty, results_dir=tmp_path, jobs=1).sizes == [64, 64]


def reached(point, half_width, wanted=0.1):
    return Reached(point, "guests", "guest", 64, 1.0, half_width, wanted, False)


def test_only_wide_points_get_more_up_to_the_most(precise):
    asked = precise.sized([64, 128])
    assert next_sizes(asked, [reached(0, 0.2), reached(1, 0.1)]) == (128, 128)
    assert next_sizes(asked, [reached(0, 0.05), reached(1, 0.05)]) == (64, 128)
    most = precise.sized([512, 512])
    assert next_sizes(most, [reached(0, 0.2), reached(1, 0.2)]) == (512, 512)


def test_verdicts_share_their_error_among_the_looks(precise, experiment):
    assert precise.precision.looks == [64, 128, 256, 512]
    assert verdict_level(precise) == pytest.approx(1 - 0.05 / 4)
    assert verdict_level(experiment) == 0.95


def test_paired_precision_needs_a_comparison(experiment):
    with pytest.raises(SettingsError, match=r"precision\.estimand must not be the paired"):
        dataclasses.replace(experiment, precision=Precision(estimand="response_change"))
