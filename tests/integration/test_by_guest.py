"""Two hosts whose answers are known, told by guest; estimates are recounts of the trials."""

import io

import numpy as np
import pytest
from rich.console import Console

import hvmc
from hvmc.answers.page import print_blocks
from hvmc.answers.registry import Answer

TRIALS = 20
IDLE = hvmc.Closed(threads=2, cpu=hvmc.Deterministic(0.002), think=hvmc.Exponential(0.1))
SERVED = hvmc.Closed(threads=1, cpu=hvmc.Deterministic(0.010), think=hvmc.Exponential(0.100))


def answer_of(guests, tmp_path, **settings):
    design = hvmc.Design(
        guests=guests, host=hvmc.Host(logical_processors=4, memory_mib=65536.0),
        overheads=hvmc.Overheads.none(), horizon_s=3.0, warmup_s=1.0, **settings,
    )  # fmt: skip
    points = [hvmc.Point(design=design)]
    experiment = hvmc.Experiment(name="known", trials=TRIALS, points=points)
    return Answer(hvmc.run(experiment, results_dir=tmp_path, jobs=1))


def told(answer):
    console = Console(file=io.StringIO(), width=80)
    print_blocks(answer.text(), console)
    lines = console.file.getvalue().splitlines()
    assert max(len(line.rstrip()) for line in lines) <= 80
    return " ".join(" ".join(lines).split())


def test_a_guest_kept_below_its_demand_suffers_alone(tmp_path):
    """A limit of 5 % stretches bursts of 10 ms to hundreds: as certain as a neighbour's ease."""
    capped = hvmc.Guest(name="capped", priority=hvmc.Priority(limit=0.05), workload=SERVED)
    guests = [hvmc.Guest(name="calm", virtual_processors=2, workload=IDLE), capped]
    answer = answer_of(guests, tmp_path)
    text = told(answer)
    assert "Of 2 guests capped suffers (stretch above 1.25) in 100 % (85-100)" in text
    assert "; calm in 0 %" in text
    assert "At least one guest of the host suffers in 100 % (85-100) of the trials" in text
    assert "on average 1.0 of 2 do" in text
    assert "is one with an under-provisioned guest in all trials (capped)" in text
    assert "a guest's own VPs (most often capped's) in 100 % (85-100) of the trials" in text
    assert "no setting is drawn" in text

    rows = answer.asked.outcomes
    found = answer.kinds["OwnHost"].frames["by_guest"].set_index(["guest", "metric"])["estimate"]
    for guest, own in rows.groupby("guest"):
        stretch = np.sort(own["stretch"])
        assert found[guest, "p_stretch_over_2"] == (stretch > 2.0).mean()
        assert found[guest, "stretch_p50"] == stretch[TRIALS // 2 - 1]
        assert found[guest, "stretch_p95"] == stretch[19 * TRIALS // 20 - 1]
    names = [name for name, _ in answer.figures()]
    assert names[0] == "by_guest"


def test_nobody_suffers_on_a_calm_host_and_who_did_not_start_is_said(tmp_path):
    large = hvmc.Memory(startup_mib=63000.0, minimum_mib=63000.0, maximum_mib=63000.0)
    guests = [hvmc.Guest(name=name, virtual_processors=2, workload=IDLE) for name in ("one", "two")]
    guests.append(hvmc.Guest(name="late", memory=large, workload=IDLE))
    text = told(answer_of(guests, tmp_path))
    assert "Of 2 guests with a request measured none suffers (stretch above 1.25)" in text
    assert "in any trial, each in at most 15.0 %." in text
    assert "1 guest of 3 can't start, since no memory is free for it, in any trial: late." in text
    assert "over-committed in all trials (a guest finds no memory to start)" in text


def test_every_design_point_has_its_table(tmp_path):
    guests = [hvmc.Guest(name="one", workload=IDLE)]
    points = [
        hvmc.Point(
            design=hvmc.Design(
                guests=guests, host=hvmc.Host(logical_processors=lps), horizon_s=2.0, warmup_s=1.0
            ),
            levels={"host.logical_processors": lps},
        )
        for lps in (1, 2)
    ]
    experiment = hvmc.Experiment(name="known", trials=2, points=points)
    text = told(Answer(hvmc.run(experiment, results_dir=tmp_path, jobs=1)))
    assert all(text.count(f"logical_processors={lps}: The guest one") == 1 for lps in (1, 2))


@pytest.mark.parametrize("above", [1.25, 3.0])
def test_hosts_with_a_sufferer_are_counted_by_run(above):
    import pandas as pd

    from hvmc.analysis.summary import suffers_any

    rng = np.random.default_rng(5)
    rows = pd.DataFrame(
        {
            "trial": np.repeat(np.arange(200), 5),
            "replication": 0,
            "stretch": np.exp(rng.exponential(0.3, 1000)),
            "censored": 0,
        }
    )
    rows["scramble"] = rows["trial"] % 16
    by_hand = (rows["stretch"].to_numpy().reshape(200, 5).max(axis=1) > above).mean()
    found = suffers_any(rows, suffers_above=above)
    assert found.estimate == by_hand
    assert found.clusters == 200
    assert found.low < by_hand < found.high
