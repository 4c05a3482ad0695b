"""A stored trial step by step: the same bits, and a log that adds up to the nanosecond."""

import numpy as np
import pytest

import hvmc
from hvmc.cli.main import main
from hvmc.experiment.replaying import compared, replay_unit, unit_of
from hvmc.experiment.run import run
from hvmc.kernel.codes import STATES
from hvmc.model.pace import Watch, watched
from hvmc.trial.event_log import EventLog

EVER = 10**18


@pytest.fixture(scope="module")
def results(weights, tmp_path_factory):
    """Two points of four trials."""
    folder = tmp_path_factory.mktemp("replayed")
    return run(weights(100, trials=4), results_dir=folder, jobs=1)


@pytest.fixture(scope="module")
def unit(results):
    return unit_of(results, point=1, trial=2, replication=0)


@pytest.fixture(scope="module")
def replayed(unit):
    return replay_unit(unit, native=True)


@pytest.fixture(scope="module")
def logged(unit):
    """The host of that trial, run to its end, and what was logged of it."""
    seed = unit.results.settings.seed
    log = EventLog(unit.scenario)
    host = hvmc.HyperVHost(unit.scenario, seed=seed, trial=unit.trial)
    with watched(Watch(log.look, 0, EVER)):
        host.run()
    return host, log.frame()


def test_stays_add_up_to_the_accounts_of_every_virtual_processor(logged):
    host, events = logged
    end = host.machine.observe()[0]
    first = end["partition"]["first_vp"]
    stays = events[events["vp"] >= 0]
    assert len(stays) > 1000
    for (guest, vp), own in stays.groupby(["guest", "vp"], observed=True):
        partition = len(host.guests) if guest == "root" else host.guests.index(host.guest(guest))
        row = end["vp"][first[partition] + vp]
        booked = dict(zip(STATES, row["ns"] * 1e-9, strict=True))
        spans = (own["to_s"] - own["from_s"]).groupby(own["what"], observed=True).sum()
        took = {state: spans.get(state, 0.0) for state in STATES}
        # the time from a VP's choice to its first instruction is booked as waiting
        begun = took["running"] - booked["running"]
        assert 0.0 <= begun <= row["dispatches"] * host.scenario.overheads.switch.latency_s + 1e-8
        assert took["ready"] + begun == pytest.approx(booked["ready"], abs=1e-8)
        for state in ("capped", "blocked"):
            assert took[state] == pytest.approx(booked[state], abs=1e-8)
    running = stays[stays["what"] == "running"].sort_values(["lp", "from_s"])
    same_lp = running["lp"].to_numpy()[1:] == running["lp"].to_numpy()[:-1]
    gaps = running["from_s"].to_numpy()[1:] - running["to_s"].to_numpy()[:-1]
    assert (gaps[same_lp] >= 0.0).all()


def test_counts_are_those_of_the_record(logged):
    host, events = logged
    load = host.machine.state["load"][0]
    for number, guest in enumerate(host.guests):
        own = events[events["guest"] == guest.name]
        count = own["count"].groupby(own["what"], observed=True).sum()
        assert count.get("request", 0) == load["finished"][number]
        assert count.get("interrupt deferred", 0) == load["deferred"][number].sum()
        late = own[own["what"] == "interrupt deferred"]
        late_s = ((late["to_s"] - late["from_s"]) * late["count"]).sum()
        rounding = 1e-9 * len(late)
        assert late_s == pytest.approx(load["deferred_ns"][number].sum() * 1e-9, abs=rounding)


def test_the_bits_are_the_stored_ones_and_others_are_told_apart(results, unit, replayed):
    rows, different = compared(unit, replayed)
    assert rows > 0
    assert different == []
    other = unit_of(results, point=1, trial=3, replication=0)
    assert compared(other, replayed)[1]


def test_bare_machines_are_logged_too(unit, replayed):
    machines = set(replayed.events["machine"])
    bare = {name for name in machines if name != "host"}
    assert {name.split()[1] for name in bare} == {guest.name for guest in unit.scenario.guests}
    natives = replayed.events[replayed.events["machine"] != "host"]
    assert (natives["what"] == "request").any()


def test_a_window_of_one_guest_is_a_part_of_the_whole_log(logged, unit):
    _, whole = logged
    name = unit.scenario.guests[0].name
    part = replay_unit(unit, guest=name, between_s=(0.4, 0.6)).events
    inside = whole[(whole["guest"] == name) & (whole["from_s"] > 0.4) & (whole["to_s"] < 0.6)]
    assert len(inside) > 10
    both = part.astype({"guest": str, "machine": str, "what": str, "why": str}).merge(
        inside.astype({"guest": str, "machine": str, "what": str, "why": str}), how="inner"
    )
    assert len(both) == len(inside)
    assert set(part["guest"]) == {name}
    stays = part[part["vp"] >= 0]
    assert np.all((stays["from_s"] >= 0.4) & (part["to_s"].max() <= 0.6 + 1e-12))


def test_the_command_line_says_that_all_is_equal(results, capsys, tmp_path):
    call = ["replay", str(results.path), "--point", "1", "--trial", "2", "--output", str(tmp_path)]
    assert main([*call, "--between", "0.4", "0.5"]) == 0
    out = capsys.readouterr().out
    assert "VPs stopped running for: " in out
    assert out.splitlines()[-1].startswith("equal, bit for bit: ")
    assert {path.name for path in tmp_path.iterdir()} >= {"events.parquet", "scenario.yaml"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--point", "2", "--trial", "0"], "point must be 0..1 in "),
        (["--trial", "9"], "trial 9, replication 0 of point 0 is not stored in "),
        (["--trial", "0", "--guest", "wob"], "--guest must be one of web, mail, root, got wob"),
        (["--trial", "0", "--between", "2", "1"], "--between must be FROM below TO, got 2 1"),
        (["--trial", "x"], "must be a whole number 0..999999999, got x"),
    ],
)
def test_what_is_not_there_is_told(results, capsys, arguments, message):
    assert main(["replay", str(results.path), *arguments]) == 2
    assert message in capsys.readouterr().err
