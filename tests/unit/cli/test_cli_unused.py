"""Host memory given beside a regime that sets it itself: a line on stderr, and no error."""

import pytest

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


def test_counters_and_what_is_shown(hvmc, tmp_path):
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
