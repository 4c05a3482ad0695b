"""Runs that take as many trials as the precision asked for needs."""

import dataclasses
import math

import numpy as np
import pytest

import hvmc.experiment.run as running
from hvmc.analysis.comparisons import COLUMNS
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
    assert told[-1][1] is None
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


def asking(results, **precision):
    """The same trials, another precision asked of them."""
    wanted = Precision(**{"half_width": 0.1, **precision})
    return assess(results.limited(dataclasses.replace(results.settings, precision=wanted)))


@pytest.mark.parametrize("estimand", ["p_suffers", "mean_log_stretch", "stretch_p90"])
def test_a_relative_half_width_is_a_part_of_the_estimate(whole, estimand):
    absolute = asking(whole[0], estimand=estimand)
    relative = asking(whole[0], estimand=estimand, relative=True)
    for one, part in zip(absolute, relative, strict=True):
        assert part.estimate == one.estimate
        wanted = one.half_width / abs(one.estimate) if one.estimate else math.inf
        assert part.half_width == pytest.approx(wanted, rel=1e-12)
    assert all(one.half_width > 0.0 for one in absolute)


@pytest.fixture(scope="module")
def paired(whole):
    """The same trials, as a comparison of the second point with the first."""
    results = whole[0]
    points = [
        {**point, "levels": {"host.logical_processors": lps}}
        for point, lps in zip(results.document["points"], (2, 4), strict=True)
    ]
    compared = {**results.document, "points": points, "compare": "host.logical_processors"}
    return dataclasses.replace(results, document=compared)


@pytest.mark.parametrize("estimand", ["p_suffers_change", "response_change"])
@pytest.mark.parametrize("relative", [False, True])
def test_a_paired_change_is_asked_of_both_points(paired, estimand, relative):
    first, second = asking(paired, estimand=estimand, relative=relative)
    assert {first.point, second.point} == {0, 1}
    assert first.trials == second.trials == min(paired.sizes)
    assert (first.estimate, first.half_width) == (second.estimate, second.half_width)
    outcomes = paired.trials(columns=COLUMNS)
    both = [outcomes[outcomes["point"] == point] for point in (0, 1)]
    pairs = both[0].merge(both[1], on=["trial", "guest"], suffixes=("", "_new"))
    if estimand == "response_change":
        ratio = pairs["response_mean_s_new"] / pairs["response_mean_s"]
        expected = float(np.exp(np.log(ratio).mean()))
    else:
        above = paired.settings.points[0].design.suffers_above
        expected = float(((pairs["stretch_new"] > above) * 1.0 - (pairs["stretch"] > above)).mean())
    assert first.estimate == pytest.approx(expected, rel=1e-9)
    if relative and expected:
        absolute = asking(paired, estimand=estimand)[0]
        assert first.half_width * abs(expected) == pytest.approx(absolute.half_width, rel=1e-9)
    elif relative:
        assert first.half_width == math.inf


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
