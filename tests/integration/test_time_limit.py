"""Trials that take too long: told before they start, ended as failures, others as ever."""

import pickle

import pytest

from hvmc.experiment.plan import plan
from hvmc.experiment.results import load
from hvmc.experiment.run import run
from hvmc.experiment.settings import Experiment, Point
from hvmc.experiment.slow import least_unit_s
from hvmc.model import pace
from hvmc.model.pace import TrialTimeLimitError, time_limit
from hvmc.regimes.design import Design
from hvmc.scenario.distributions import Deterministic, Exponential
from hvmc.scenario.guest import Guest
from hvmc.scenario.host import Host
from hvmc.scenario.workload import Batch, Closed
from hvmc.trial import outcome_rows, simulate

# a horizon at which a microsecond of work at a time takes hours
_TINY = Closed(threads=4, cpu=Deterministic(1e-6), think=Deterministic(1e-6))
ENDLESS = Design(
    guests=(Guest(name="busy", workload=_TINY),),
    host=Host(logical_processors=1),
    horizon_s=200_000.0,
    warmup_s=1.0,
)


@pytest.fixture
def endless():
    point = Point(design=ENDLESS, levels={"guests.busy.workload": "tiny"})
    return Experiment(name="endless", trials=2, points=(point,))


@pytest.mark.parametrize("first_ns", [1, 77_777])
def test_pieces_change_no_bit(weights, monkeypatch, first_ns):
    monkeypatch.setattr(pace, "_FIRST_PIECE_NS", first_ns)
    design = weights(100).points[1].design
    batch = Guest(name="batch", workload=Batch(workers=2, tasks=5, cpu=Exponential(0.002)))
    scenario = design.draw(seed=3, trial=1)
    scenario = scenario.replace(guests=(*scenario.guests, batch), horizon_s=0.06, warmup_s=0.02)
    free = simulate(scenario, seed=3)
    with time_limit(3600.0):
        limited = simulate(scenario, seed=3)
    assert repr(outcome_rows(limited)) == repr(outcome_rows(free))
    assert limited.events == free.events


def test_the_limit_ends_a_trial_wherever_it_is(weights):
    scenario = weights(100).points[0].design.draw(seed=1, trial=0)
    with time_limit(1e-9), pytest.raises(TrialTimeLimitError, match="trial_time_limit_s=1e-09"):
        simulate(scenario)
    assert simulate(scenario).guests[0].response_s.count > 0
    error = pickle.loads(pickle.dumps(TrialTimeLimitError(2.0, 0.5, 2.1)))
    assert str(error) == (
        "took longer than trial_time_limit_s=2: the run under way had reached 0.5 simulated s"
    )


def test_a_trial_over_its_time_is_a_failure_with_its_key(endless, tmp_path):
    found = run(endless, results_dir=tmp_path, jobs=1, trial_time_limit_s=0.1)
    failures = found.failures()
    assert failures["error"].tolist() == ["TrialTimeLimitError"] * 2
    assert failures[["point", "trial", "replication"]].to_numpy().tolist() == [[0, 0, 0], [0, 1, 0]]
    assert found.units == 0


def test_what_was_over_its_time_is_tried_again(weights, undisturbed, tmp_path):
    experiment = weights(100, 400)
    assert run(experiment, results_dir=tmp_path, jobs=1, trial_time_limit_s=1e-9).units == 0
    found = run(experiment, results_dir=tmp_path, jobs=1, trial_time_limit_s=3600.0)
    assert load(found.path).trials().equals(undisturbed.trials())
    assert found.failures().empty


def test_trials_of_minutes_are_told_of_before_they_start(endless, tmp_path):
    class Stopped(Exception):
        pass

    def notice(sentence):
        raise Stopped(sentence)

    with pytest.raises(Stopped, match=r"a trial of design point 0 \(.*tiny\) will take .* min or"):
        run(endless, results_dir=tmp_path, jobs=1, notice=notice)


def test_a_plan_of_trials_of_minutes_does_not_run_one(endless, weights, tmp_path):
    found = plan(endless, tmp_path, jobs=1)
    assert found.unit_s > 60.0
    assert found.bytes == 0
    assert least_unit_s(weights(100).points[0], seed=1, trial=0) < 60.0


@pytest.mark.parametrize("limit", [0.0, -1.0, float("nan")])
def test_a_limit_that_is_none(endless, tmp_path, limit):
    with pytest.raises(ValueError, match="trial_time_limit_s must be above 0, or None"):
        run(endless, results_dir=tmp_path, trial_time_limit_s=limit)
