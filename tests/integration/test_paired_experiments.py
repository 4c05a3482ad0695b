"""Paired experiments from end to end: same luck at all settings, report and figure."""

from types import SimpleNamespace

import pytest

from hvmc.analysis.comparisons import comparisons
from hvmc.answers.kinds.paired import Paired
from hvmc.cli.main import main
from hvmc.config.assembly import assemble
from hvmc.config.problems import BadInputError
from hvmc.config.sources import Source, conf_dir
from hvmc.experiment.results import load
from hvmc.plots.write import WrittenFigures

TINY = ("trials=3", "horizon_s=2.0", "warmup_s=0.5", "jobs=1")
ONE_SHARED = ("regime=efficiently_provisioned", "isolation=shared", "compare=regime")
PRIORITY = (
    *("experiment=priority_settings", "priority=none,weights"),
    *("regime=over_committed,over_provisioned", "host.logical_processors=8"),
)


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """One small run of priority_settings: its folder, and the results in it."""
    folder = tmp_path_factory.mktemp("paired")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hvmc.cli.answer.draw_figures", lambda _: WrittenFigures())
        assert main(["run", *PRIORITY, *TINY, f"results_dir={folder}"]) == 0
    return SimpleNamespace(folder=folder, results=load(folder / "priority_settings"))


def test_the_same_guests_meet_the_same_luck_at_all_settings(ran):
    outcomes = ran.results.trials()
    by_point = dict(list(outcomes.groupby("point")))
    keys = ["trial", "guest", "role", "virtual_processors", "think_ratio"]
    for first, second in ((0, 1), (2, 3)):
        one, other = (by_point[point].reset_index(drop=True) for point in (first, second))
        assert one[keys].equals(other[keys])
    assert set(outcomes["role"]) == {"preferred", "other"}


def test_report_and_figure(ran, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    capsys.readouterr()
    assert main(["show", str(ran.results.path)]) == 0
    told = capsys.readouterr().out
    for words in (
        *(" over-committed", " over-provisioned", " none:", " weights:", " preferred"),
        "Do priority settings matter only on the over-committed host (row S10)?",
        "- weights: that it matters only there ",
        " pairs of guests, 0 guests without a partner, ",
    ):
        assert words in told
    assert max(map(len, told[told.index("4 design points") :].splitlines()[:-1])) <= 80
    monkeypatch.setattr("hvmc.answers.registry.all_kinds", lambda: (Paired,))
    assert main(["plot", str(ran.results.path)]) == 0
    assert (ran.results.path / "figures" / "paired.png").exists()
    assert ran.results.settings.compare == "priority"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["report=paired"], "compare must name a swept factor where the report is paired"),
        (["compare=priority"], r"compare must be a swept factor \(regime\) or a variant \(weig"),
        (["compare=weights"], r"^variants.weights.changes must not change guests.victim, wh.*\Z"),
        (["compare=smt_off"], r"variants.smt_off.where is for hosts with host.threads_per_core=2"),
    ],
)
def test_what_is_compared_must_be_swept(arguments, message):
    with pytest.raises(BadInputError, match=message):
        assemble(arguments, Source(conf_dir()))


def test_factors_and_variants_are_compared_together():
    texts = ["regime=over_committed", "host.logical_processors=4,8", "policy=static,boost_starved"]
    wanted = "compare=host.logical_processors,more_lps"
    found = assemble([*texts, wanted], Source(conf_dir()), multirun=True).experiment
    assert (found.report, found.compare) == ("paired", "host.logical_processors,variant")
    pairs = comparisons([point.levels for point in found.points], found.compare)
    assert [pair.baseline for pair in pairs] == [0, 0, 2, 2, 0, 0, 2, 2]
    assert {pair.context for pair in pairs} == {
        "regime=over_committed policy=static",
        "regime=over_committed policy=boost_starved",
    }
    lps = [p.design.draw(seed=1, trial=0).host.logical_processors for p in found.points]
    assert lps == [4, 5, 4, 5, 8, 10, 8, 10]


def points(name, *arguments):
    found = assemble([f"experiment={name}", *arguments], Source(conf_dir())).experiment
    return {point.label.rpartition("=")[2]: point.design for point in found.points}


def test_relief_changes_what_it_says_and_nothing_else():
    designs = points("relief")
    drawn = {name: design.draw(seed=1, trial=4) for name, design in designs.items()}
    before = drawn.pop("none")
    settled = [guest.replace(priority=before.guests[0].priority) for guest in before.guests]
    for name, scenario in drawn.items():
        moved = 1 if name == "move_one" else 0
        assert len(scenario.guests) == len(before.guests) - moved
        added = {"add_lps": 8, "double_lps": 16}.get(name, 0)
        assert scenario.host.logical_processors == 16 + added
        for guest in scenario.guests:
            assert guest.replace(priority=before.guests[0].priority) in settled
        boosts = scenario.policy.kind == "boost_starved"
        assert boosts == name.startswith("boost")
    weights = {guest.role: guest.priority.weight for guest in drawn["weights"].guests}
    assert weights == {"preferred": 800, "other": 100}
    longest, starved = drawn["boost_longest"].policy, drawn["boost_starved"].policy
    assert longest.wait_above_s > starved.wait_above_s


def test_scaling_out_keeps_the_work():
    designs = points("scale_out", "regime=over_committed")
    drawn = {clones: design.draw(seed=1, trial=2) for clones, design in designs.items()}
    demand = [scenario.lp_commitment for scenario in drawn.values()]
    assert demand == pytest.approx([demand[0]] * 3, rel=1e-12)
    counts = {n: sum(g.role == "large" for g in s.guests) for n, s in drawn.items()}
    assert counts == {"1": 1, "2": 2, "4": 4}


def test_isolation_changes_devices_and_attachment_and_nothing_else():
    designs = points("isolation", "regime=efficiently_provisioned")
    drawn = {name: design.draw(seed=1, trial=3) for name, design in designs.items()}
    assert set(drawn) == {"shared", "isolated", "direct", "isolated_direct"}
    first = drawn["shared"]
    for name, scenario in drawn.items():
        assert len(scenario.guests) == 16
        assert {guest.io.kind for guest in scenario.guests} == {
            "direct" if "direct" in name else "synthetic"
        }
        assert {guest.network.kind for guest in scenario.guests} == {scenario.guests[0].io.kind}
        one = first.guests[0]
        alike = [guest.replace(io=one.io, network=one.network) for guest in scenario.guests]
        assert alike == list(first.guests)
        isolated = name.startswith("isolated")
        for device in scenario.host.devices:
            assert device.isolated == isolated
            servers = device.servers_on(scenario.host.logical_processors)
            assert servers * (len(scenario.guests) if isolated else 1) == 64


def test_a_quiet_neighbour_has_the_same_threads_and_demand():
    loud, quiet = (
        next(iter(points("isolation", *ONE_SHARED, f"population.noisy.burst_s={burst}").values()))
        for burst in ("1e-4", "1")
    )
    loud, quiet = (design.draw(seed=1, trial=5) for design in (loud, quiet))
    assert loud.guests[:-1] == quiet.guests[:-1]
    noisy, calm = loud.guest("noisy").workload, quiet.guest("noisy").workload
    assert noisy.ios > 2
    assert calm.ios == 0
    assert (calm.threads, calm.cpu) == (noisy.threads, noisy.cpu)
    assert calm.lp_demand == pytest.approx(noisy.lp_demand, rel=1e-6)


def test_memory_priorities_change_nothing_else():
    designs = points("priority_settings", "regime=over_committed", "priority=none,memory")
    none, memory = (designs[name].draw(seed=1, trial=2) for name in ("none", "memory"))
    sides = {guest.role: guest.memory.priority for guest in memory.guests}
    assert sides == {"preferred": 100, "other": 50}
    alike = [guest.replace(memory=guest.memory.replace(priority=50)) for guest in memory.guests]
    assert alike == list(none.guests)
    assert memory.host == none.host
