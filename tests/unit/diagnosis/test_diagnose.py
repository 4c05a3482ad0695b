"""`hvmc diagnose`: features of logs and of trials, the stored models, what is told and refused."""

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import hvmc
from hvmc.cli.main import main
from hvmc.counters import write_pdh_csv
from hvmc.diagnosis.diagnose import diagnose, judge_windows
from hvmc.diagnosis.features import COUNTERS, guest_features, host_features
from hvmc.diagnosis.model import key_of, load_models, variants
from hvmc.diagnosis.windows import cut, simulated
from hvmc.fit.performance import open_series
from hvmc.validation.bench import design_of
from hvmc.validation.thumb import RULES

EXAMPLES = Path(__file__).parents[3] / "experiments" / "own_host"
REGIMES = tuple(load_models().regime.classes)
VP = "Hyper-V Hypervisor Virtual Processor"


def series_of(regime, trial=0, interval_s=2.0):
    """Return the counters of a random host after its warm-up."""
    size = ("host.logical_processors=8", "horizon_s=12")
    design = design_of("experiment=four_regimes", f"regime={regime}", *size)
    scenario = design.draw(seed=3, trial=trial)
    rows = hvmc.counter_series(scenario, seed=3, trial=trial, interval_s=interval_s)
    return rows[rows["time_s"] > scenario.warmup_s].reset_index(drop=True)


@pytest.fixture(scope="module")
def hosts(tmp_path_factory):
    """Counters of a host of each regime, and its log."""
    folder = tmp_path_factory.mktemp("logs")
    found = {}
    for regime in REGIMES:
        rows = series_of(regime)
        write_pdh_csv(rows, folder / f"{regime}.csv")
        found[regime] = rows, folder / f"{regime}.csv"
    return found


def test_features_of_a_log_are_those_of_the_trial(hosts):
    rows, file = hosts["over_committed"]
    _, columns, series = open_series(file)
    log, trial = cut(series, columns, 4.0), simulated(rows, 4.0)
    assert len(log.end_s) == 3
    assert (log.lps, log.vps) == (trial.lps, trial.vps)
    host = host_features(log)
    for name, values in host_features(trial).items():
        np.testing.assert_array_equal(values, host[name], err_msg=name)
        assert np.isfinite(values).all(), name
    guests = guest_features(log, host)
    for guest, features in guest_features(trial, host).items():
        for name, values in features.items():
            np.testing.assert_array_equal(values, guests[guest][name], err_msg=name)


def test_a_window_has_the_means_of_its_samples():
    """By hand: 100 dispatches of 10 us and 300 of 50 us are 400 of 40 us; 2 VPs on 1 LP."""
    rows = [
        (time_s, VP, f"web:Hv VP {vp}", counter, value)
        for time_s, wait, dispatches in ((1.0, 10e3, 50.0), (2.0, 50e3, 150.0))
        for vp in range(2)
        for counter, value in (
            ("% Total Run Time", 30.0 * time_s),
            ("CPU Wait Time Per Dispatch", wait),
            ("Logical Processor Dispatches/sec", dispatches),
        )
    ]
    rows += [(time_s, "Hyper-V Hypervisor", "", "Logical Processors", 1.0) for time_s in (1.0, 2.0)]
    frame = pd.DataFrame(rows, columns=["time_s", "object", "instance", "counter", "value"])
    windows = simulated(frame.sort_values("time_s", kind="stable", ignore_index=True), 10.0)
    host = host_features(windows)
    web = guest_features(windows, host)["web"]
    assert 10.0 ** web["wait"][0] == pytest.approx(40.0)
    assert web["ready"][0] == pytest.approx(100.0 * (50 * 10e-6 + 150 * 50e-6) / 2)
    measured = (web["run"][0], host["lp_run"][0], host["vps_per_lp"][0])
    assert measured == pytest.approx((45.0, 90.0, 2.0))
    assert math.isnan(host["pressure_most"][0])


def test_each_regime_is_recognised(hosts):
    for regime, (rows, _) in hosts.items():
        found = judge_windows(simulated(rows), regime)
        assert next(iter(found.regime)) == regime
        assert sum(found.regime.values()) == pytest.approx(1.0)
        assert not found.lacking


def test_a_log_without_some_counters_is_judged_by_the_others(hosts):
    rows, _ = hosts["over_committed"]
    full = judge_windows(simulated(rows), "all")
    only = judge_windows(simulated(rows[rows["object"] == VP].reset_index(drop=True)), "few")
    assert set(only.counters) == {"run", "wait", "ready"}
    assert set(only.lacking) == set(COUNTERS) - {"run", "wait", "ready"}
    assert only.used.held_out["log_loss"][0] > full.used.held_out["log_loss"][0]
    assert {sign.reference for sign in only.signs} == {"S21", "B03", "R30", "R31"}


def test_windows_with_gaps_use_the_model_of_what_they_have():
    family = load_models().regime
    features = {name: np.full(3, numbers[2]) for name, numbers in family.ranges.items()}
    features["available"][1] = np.nan
    features["run_mean"][2] = np.nan
    found = family.probabilities(features)
    alone = {**features, "available": np.full(3, np.nan)}
    np.testing.assert_array_equal(found[1], family.probabilities(alone)[0])
    assert not np.allclose(found[0], found[1])
    assert np.isnan(found[2]).all()


def test_the_stored_models_are_whole_and_better_than_saying_the_same():
    models = load_models()
    assert [rule["reference"] for rule in models.signs] == [rule.reference for rule in RULES]
    assert [rule["threshold"] for rule in models.signs] == [rule.threshold for rule in RULES]
    for family in (models.regime, models.suffers, models.cause):
        assert set(family.models) == {key_of(counters) for counters in variants()}
        for key, model in family.models.items():
            held_out = model.held_out
            shape = (len(family.classes), len(model.features))
            assert model.coefficients.shape == shape, key
            assert held_out["log_loss"][0] < held_out["baseline"]["log_loss"], key


def test_what_is_said_of_guests_is_what_came_true_of_as_much():
    own = load_models().suffers.model_for(list(COUNTERS))
    plain = replace(own, calibration=None)
    one = np.linspace(-3.0, 3.0, 50)[:, None] * np.sign(own.coefficients[1])
    before, after = (model.probabilities(one) for model in (plain, own))
    assert after.sum(axis=1) == pytest.approx(1.0)
    assert after[:, 1] == pytest.approx(np.interp(before[:, 1], *own.calibration))
    assert (np.diff(own.calibration, axis=1) >= 0.0).all()
    assert not np.allclose(before, after)


def test_accuracy_on_new_hosts_is_that_stated():
    """Held-out numbers, computed again on hosts of another seed.

    False alarm: 2 of 6 wrong where 1.3 % are, 0.003.
    """
    stated = load_models().regime.model_for(list(COUNTERS)).held_out["accuracy"]
    assert stated[0] > 0.93
    right = [
        next(iter(judge_windows(simulated(series_of(regime, trial, 10.0)), "").regime)) == regime
        for regime in REGIMES[1:]
        for trial in (1, 2)
    ]
    assert sum(right) >= 5


def test_values_outside_of_training_are_told():
    rows = series_of("over_provisioned", interval_s=10.0)
    assert not [one for one in judge_windows(simulated(rows), "").beyond if not one.of]
    odd = rows.copy()
    odd.loc[odd["counter"] == "Current Pressure", "value"] = 400.0
    found = judge_windows(simulated(odd), "")
    assert {(one.value, one.feature) for one in found.beyond if not one.of} >= {
        (400.0, "highest memory pressure")
    }
    same = odd.copy()
    same.loc[same["counter"] == "Current Pressure", "value"] = 300.0
    assert judge_windows(simulated(same), "").regime == found.regime


def test_an_example_in_words_and_as_json(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    assert main(["diagnose", str(EXAMPLES / "vdi.csv")]) == 0
    told = capsys.readouterr().out
    assert "The host is most likely " in told
    assert "What to look at next:" in told
    assert "The log lacks: CPU wait per dispatch" in told
    assert max(map(len, told.splitlines())) <= 100
    assert (tmp_path / "results/diagnose/vdi/diagnosis.png").stat().st_size > 10_000
    assert main(["diagnose", str(EXAMPLES / "vdi.csv"), "--json", "-o", "mine"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert len(found["guests"]) == 12
    assert found["windows"] == 132
    assert sum(found["regime"].values()) == pytest.approx(1.0)
    assert found["figures"] == ["mine/diagnosis.png", "mine/diagnosis.svg"]


def test_a_log_without_guests_is_refused_with_the_way_to_record(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    log = tmp_path / "log.csv"
    log.write_text('"(PDH-CSV 4.0)","\\\\H\\Memory\\Pages/sec"\n"01/01/2026 00:00:00.000","1"\n')
    assert main(["diagnose", str(log)]) == 2
    told = capsys.readouterr().err
    assert "has no counters of Hyper-V guests, but of Memory" in told
    assert f'typeperf "\\{VP}(*)\\% Total Run Time"' in told
    waits = (
        f'"(PDH-CSV 4.0)","\\\\H\\{VP}(web:Hv VP 0)\\CPU Wait Time Per Dispatch"\n'
        '"01/01/2026 00:00:00.000","1"\n'
    )
    log.write_text(waits)
    assert main(["diagnose", str(log)]) == 2
    assert "has no run times of guests" in capsys.readouterr().err
    assert main(["diagnose", "nowhere.csv"]) == 2
    assert "nowhere.csv is not there" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == [log]


def test_logs_that_people_have(shared):
    found = diagnose(shared("field", "pdh") / "hyperv_fixture.csv")
    assert [guest.name for guest in found.guests] == ["web01"]
    assert found.guests[0].values["run"] == pytest.approx(17.0)
    assert "lps" in found.lacking
