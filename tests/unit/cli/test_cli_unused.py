"""Settings that are given and have no effect: a line on stderr, and no error."""

import pytest

from hvmc.config.assembly import assemble
from hvmc.config.effects import IDLE, without_effect
from hvmc.config.sources import Source, conf_dir
from hvmc.scenario.overheads import MECHANISMS
from hvmc.trial import simulate

RUN = ("run", "--dry-run", "trials=1", "size=smoke", "experiment=null")
COUNTERS = ("counters", "horizon_s=2", "warmup_s=0.5", "experiment=null")
LINE = "hvmc: host.memory_mib has no effect with regime "
FREE = ("regime.memory_commitment_low=null", "regime.memory_commitment_high=null")


@pytest.mark.parametrize(
    ("arguments", "regimes", "remedy"),
    [
        (("regime=over_committed", "host.memory_mib=262144"), "over_committed", "either=null"),
        (("regime=over_provisioned", "host={memory_mib:9000}"), "over_provisioned", FREE[0]),
        (
            ("-m", "regime=over_provisioned,any_commitment", "host.memory_mib=9000"),
            "over_provisioned, any_commitment",
            FREE[1],
        ),
    ],
)
def test_memory_given_on_the_command_line(hvmc, arguments, regimes, remedy):
    told = hvmc(*RUN, *arguments)
    assert told.code == 0
    assert told.err.count("\n") == 1
    assert told.err.startswith(f"{LINE}{regimes}: ")
    assert remedy in told.err


def test_memory_given_in_a_file(hvmc, experiment_file):
    flag = experiment_file("mine", "name: mine\nhost:\n  memory_mib: 9000.0\n")
    arguments = ("run", "--dry-run", "trials=1", "size=smoke", "experiment=mine", *flag)
    assert hvmc(*arguments, "regime=over_committed").err.startswith(LINE)


@pytest.mark.parametrize(
    "arguments",
    [
        ("regime=over_committed",),
        ("regime=over_committed", "host=four_lps"),
        ("regime=over_committed", "host={logical_processors:4}", "~host.memory_mib"),
        ("regime=over_provisioned", "host.memory_mib=9000", *FREE),
    ],
)
def test_nothing_is_said_where_memory_is_not_given_or_used(hvmc, arguments):
    told = hvmc(*RUN, *arguments)
    assert (told.code, told.err) == (0, "")


def test_counters_and_what_is_shown(hvmc, tmp_path, undrawn):
    assert hvmc(*COUNTERS, "regime=over_committed", "host.memory_mib=9000").err.startswith(LINE)
    small = (
        "trials=1",
        "size=smoke",
        "experiment=null",
        "horizon_s=2",
        "host.logical_processors=2",
    )
    hvmc("run", *small, "regime=over_provisioned")
    hvmc("run", *small, "regime=over_provisioned", "host.memory_mib=19000", *FREE)
    shown = [hvmc("show", folder.parent).out for folder in tmp_path.rglob("settings.yaml")]
    assert sorted("host.memory_mib=19000" in text for text in shown) == [False, True]
    assert sorted("host.memory_mib=" in text for text in shown) == [False, True]


SMALL = (
    *("experiment=null", "regime=over_committed", "host.logical_processors=2"),
    *("horizon_s=1", "warmup_s=0.2", "drain_s=5"),
)
FIRST_VALUE = {
    "switch": "cost_s",
    "refill": "cost_s",
    "intercepts": "halt_s",
    "interrupts": "tick_s",
    "io": "mib_s",
    "nested_paging": "fraction",
    "faults": "per_cpu_s",
    "locks": "share",
    "interference": "slope",
    "ipis": "enlightened_per_cpu_s",
}
# what takes away the effect, and what then has none
WITHOUT = {
    "dispatch.queues": (("host=smt_core",), ("dispatch.queues=shared",)),
    "host.scheduler": ((), ("host.scheduler=core",)),
    "host.smt_speed": ((), ("host.smt_speed=0.5",)),
    "priority": (("host.scheduler=root",), ("population.guest.priority.weight=400",)),
    "dispatch.reserve_rule": ((), ("dispatch.reserve_rule=floor",)),
    "dispatch.limit_period_s": ((), ("dispatch.limit_period_s=0.05",)),
    "dispatch.limit_stagger": ((), ("dispatch.limit_stagger=false",)),
    "root.working_set": ((), ("root.working_set=0.5",)),
    "guests.NAME.memory.use.restart_s": (
        ("balancer.enabled=false", "+guests.sql={workload:{kind:closed}}"),
        ("+guests.sql.memory.use.restart_s=0.5",),
    ),
    "guests.NAME.memory.use.boot_s": (
        ("+guests.sql={workload:{kind:closed}}",),
        ("+guests.sql.memory.use.boot_s=5",),
    ),
    **{
        f"overheads.{name}": (
            ("overheads=none",),
            (f"overheads.{name}.{FIRST_VALUE[name]}=0.003",),
        )
        for name in MECHANISMS
    },
}


def outcome(asked):
    result = simulate(asked.experiment.points[0].design.draw(seed=3, trial=1), seed=3, trial=1)
    return [(guest.stretch, guest.sizing, guest.lp_used) for guest in result.guests]


@pytest.mark.parametrize("setting", [rule.setting for rule in IDLE])
def test_what_is_told_has_no_effect(setting):
    before, given = WITHOUT[setting]
    with_it = assemble((*SMALL, *before, *given), Source(conf_dir()))
    (line,) = without_effect(with_it, ())
    assert line.startswith(f"{setting} has no effect w")
    without = assemble((*SMALL, *before), Source(conf_dir()))
    assert not list(without_effect(without, ()))
    assert outcome(with_it) == outcome(without)


@pytest.mark.parametrize(
    "arguments",
    [
        ("host=smt_core",),
        ("policy=boost_starved",),
        ("priority=limits", "dispatch.limit_period_s=0.05"),
        ("priority=reserves", "dispatch.reserve_rule=floor"),
        ("overheads.locks.enabled=false", "overheads.locks.spin_s=0.001"),
        ("-m", "overheads.io.mib_s=1e-3", "overheads.io.enabled=true,false"),
    ],
)
def test_nothing_is_said_of_what_may_have_one(hvmc, arguments):
    told = hvmc(*RUN, "regime=over_committed", *arguments)
    assert (told.code, told.err) == (0, "")


def test_vp_counts_that_join_a_mix_are_told_with_the_way_to_replace_it(hvmc):
    mix = "population.guest.virtual_processors="
    told = hvmc(*RUN, "regime=over_provisioned", mix + "{3: 1}")
    assert told.code == 0
    assert "which also has 1: 0.458, 2: 0.188, 4: 0.23, 8: 0.112, 16: 0.008" in told.err
    remedy = told.err.split("add ")[1].split(" to them")[0]
    assert hvmc(*RUN, "regime=over_provisioned", f"{mix}{{{remedy}, 3: 1}}").err == ""
