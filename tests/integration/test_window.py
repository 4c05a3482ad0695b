"""The check of warm-up and window: from a run to its lines, warnings and pilot."""

import numpy as np
import pytest

import hvmc
from hvmc.answers.registry import Answer
from hvmc.experiment.run import run
from hvmc.experiment.settings import Experiment, Point
from hvmc.regimes.design import Design
from hvmc.scenario.settings import SettingsError
from hvmc.trial.course import response_course

FACTOR = "horizon_s"


def guest(threads):
    laws = {"cpu": hvmc.Exponential(0.010), "think": hvmc.Exponential(0.030)}
    return hvmc.Guest(name="web", workload=hvmc.Closed(threads=threads, **laws))


def scenario(**more):
    host = hvmc.Host(logical_processors=1)
    return hvmc.Scenario(host=host, guests=(guest(3),), horizon_s=4.0, **more)


def test_a_course_is_the_requests_of_a_trial_by_their_start():
    """All of a trial's requests without warm-up, and as many in time as those it measures."""
    course = response_course(scenario(warmup_s=1.0), seed=3, interval_s=0.5)
    whole = hvmc.simulate(scenario(warmup_s=0.0), seed=3).guest("web").response_s
    total = (course["requests"] * course["response_s"]).sum()
    assert course["requests"].sum() == whole.count
    assert total == pytest.approx(whole.count * whole.mean, rel=1e-12)
    late = course.loc[course["start_s"] >= 1.0, "requests"].sum()
    measured = hvmc.simulate(scenario(warmup_s=1.0), seed=3).guest("web").response_s.count
    assert abs(late - measured) <= 3 * 2  # starts within a sixteenth of a second of 1 s


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Windows of 2 and 4 s of a host whose guest needs no time to settle."""
    points = tuple(
        Point(
            design=Design(
                guests=(guest(2),),
                host=hvmc.Host(logical_processors=1),
                horizon_s=horizon_s,
                warmup_s=1.0,
            ),
            levels={FACTOR: horizon_s},
        )
        for horizon_s in (3.0, 5.0)
    )
    asked = Experiment(name="w", report="window", compare=FACTOR, trials=4, points=points)
    return run(asked, results_dir=tmp_path_factory.mktemp("results"), jobs=1)


def test_the_shorter_window_is_told_against_the_longer(results):
    answer = Answer(results).kinds["WindowCheck"]
    (found,) = answer.sentences()
    assert found.text.startswith("window 2 s against 4 s: share that suffers ")
    assert "; MSER drops " in found.text
    assert found.text.endswith("the warm-up is 1 s")
    assert any("Window open" in line for line in answer.warnings())  # 4 trials decide nothing


def test_the_pilot_is_kept_and_a_damaged_one_is_made_anew(results):
    from hvmc.experiment.pilot import is_pilot, pilot_of

    kept = pilot_of(results)
    assert set(kept["point"]) == {1}
    assert is_pilot(results.path, results.settings)
    path = results.path / "pilot.parquet"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    assert not is_pilot(results.path, results.settings)
    again = run(results.settings, results_dir=results.path.parents[1], jobs=1)
    assert is_pilot(again.path, again.settings)
    assert pilot_of(again).equals(kept)


def test_a_warm_up_that_is_too_short_is_warned_of(results, monkeypatch):
    answer = Answer(results).kinds["WindowCheck"]
    rows = answer.frames["warm_up"].assign(dropped_s=1.5, settled=True)
    monkeypatch.setitem(answer.__dict__, "frames", {**answer.frames, "warm_up": rows})
    assert any("MSER drops 1.5 s, warmup_s is 1." in line for line in answer.warnings())


def test_a_queue_that_still_grows_is_found_short(tmp_path):
    """The control: two open guests keep an LP 96 % busy from empty, each alone half of it.

    Their queue takes tens of seconds to build, so half a second must be judged short, by the whole
    95 % interval, and MSER must drop more than no warm-up at all.
    """
    load = hvmc.Open(threads=50, cpu=hvmc.Exponential(0.010), interarrival=hvmc.Exponential(0.021))
    guests = tuple(hvmc.Guest(name=name, workload=load) for name in ("web", "mail"))
    points = tuple(
        Point(
            design=Design(
                guests=guests,
                host=hvmc.Host(logical_processors=1),
                overheads=hvmc.Overheads.none(),
                horizon_s=horizon_s,
                warmup_s=0.0,
            ),
            levels={FACTOR: horizon_s},
        )
        for horizon_s in (0.5, 10.0)
    )
    asked = Experiment(name="c", report="window", compare=FACTOR, trials=24, points=points)
    kind = Answer(run(asked, results_dir=tmp_path, jobs=1)).kinds["WindowCheck"]
    found = kind.frames["window"]
    short = found[(found["point"] == 0) & (found["metric"] == "stretch_p50")]
    assert set(short["verdict"]) == {"short"}
    warned = list(kind.warnings())
    assert any("Window short" in line and "p50 (window 0.5 s)" in line for line in warned)
    assert any(line.startswith("Warm-up") for line in warned)


def test_batches_have_no_window_and_are_told_without_a_course(tmp_path):
    work = hvmc.Batch(tasks=2, workers=1, iterations=2, cpu=hvmc.Exponential(0.010))
    job = hvmc.Guest(name="job", workload=work)
    points = tuple(
        Point(
            design=Design(guests=(job,), horizon_s=horizon_s, warmup_s=1.0),
            levels={FACTOR: horizon_s},
        )
        for horizon_s in (3.0, 5.0)
    )
    asked = Experiment(name="b", report="window", compare=FACTOR, trials=3, points=points)
    kind = Answer(run(asked, results_dir=tmp_path, jobs=1)).kinds["WindowCheck"]
    assert kind.frames["course"].empty
    assert any("Warm-up open" in line for line in kind.warnings())
    assert list(kind.text())


def test_a_report_of_windows_sweeps_them():
    with pytest.raises(SettingsError, match="compare must be horizon_s where the report is window"):
        Experiment(name="w", report="window", points=(Point(design=Design(guests=(guest(1),))),))


def test_figures_are_drawn(results):
    drawn = {
        drawing.name: drawing.make() for drawing in Answer(results).kinds["WindowCheck"].figures()
    }
    assert set(drawn) == {"window", "warm_up"}
    line = drawn["warm_up"].axes[0].lines[0]
    assert np.isfinite(line.get_ydata()).all()
