"""How many more guests, and how much more load, a host carries: counts that are known otherwise."""

import numpy as np
import pandas as pd
import pytest

import hvmc
from hvmc.analysis.carrying import level_at, search
from hvmc.analysis.growing import month_of, passing
from hvmc.answers.registry import Answer
from hvmc.cli.main import main
from hvmc.experiment.results import load

HOST = """
horizon_s: 1.2
warmup_s: 0.4
trials: 64
host: {logical_processors: 5}
guests:
  app: &app
    virtual_processors: 2
    workload:
      kind: closed
      threads: 4
      cpu: {kind: exponential, mean: 0.01}
      think: {kind: exponential, mean: 0.03}
  web: *app
"""


@pytest.fixture
def here(folder_with):
    return folder_with(HOST)


def test_the_search_finds_what_trying_every_number_finds(here, capsys):
    line = ["run", "mine.yaml", "packing=web", "target=P(stretch>1.5)<=0.3", "jobs=1"]
    assert main(line) == 0
    printed = capsys.readouterr().out
    told = " ".join(printed.split())
    (folder,) = here.glob("results/mine/*")
    results = load(folder)
    tests = Answer(results).kinds["Packing"].frames["tests"].set_index("added")
    carried = max(tests.index[tests["verdict"] == "carries"])
    assert f"This host carries {carried} more of web with 95 % confidence" in told
    assert f"at {carried + 1} more " in told
    assert max(map(len, printed.splitlines()[:-3])) <= 80
    design = results.settings.points[0].design
    points = [
        hvmc.Point(design=design.replace(changes=(f"guests.web+={n}",)), levels={"n": n})
        for n in range(1, carried + 2)
    ]
    every = hvmc.run(hvmc.Experiment(name="every", trials=32, points=points), jobs=1).trials()
    above = (every["stretch"] > 1.5).groupby(every["point"]).mean()
    assert (above.iloc[:carried] < 0.3).all()
    assert (above.iloc[carried:] > 0.15).all()
    assert main(["run", str(folder / "settings.yaml"), "jobs=1"]) == 0
    assert f"carries {carried} more of web" in capsys.readouterr().out


@pytest.mark.parametrize("most", [1, 7, 64])
def test_every_count_is_found_and_no_number_tried_twice(most):
    for carried in range(-1, most + 1):
        found = search(lambda n, _, true=carried: n <= true, most)
        assert found.carried == carried
        assert len(set(found.order)) == len(found.order)


def test_false_claims_are_as_rare_as_stated():
    """Risks just above the share from 5 more on: at most 5 % of 400 searches claim 5 or more.

    By Hoeffding more than 50 of them would be seen in less than 1 in 10^3 if 5 % were the rate;
    with a level of 0.5 at each test, the control, most of them claim too much.
    """
    rng = np.random.default_rng(11)

    def claims(level) -> int:
        def carries(count, rejections):
            noise = rng.standard_normal()
            limit = -2.7 if count < 5 else 0.01  # in standard errors, against the share
            return limit + noise < -_quantile(level(rejections))

        return sum(search(carries, 16).carried >= 5 for _ in range(400))

    assert claims(level_at) <= 50
    assert claims(lambda _: 0.0) > 150


def _quantile(level: float) -> float:
    from scipy.stats import norm

    return float(norm.ppf(1.0 - (1.0 - level) / 2.0))


def test_the_load_at_which_a_share_is_passed():
    loads = [1.0, 1.2, 1.4, 1.6]
    risks = [(0.0, 0.0, 0.03), (0.02, 0.01, 0.04), (0.08, 0.04, 0.12), (0.3, 0.2, 0.4)]
    rows = [(x, *risk) for x, risk in zip(loads, risks, strict=True)]
    table = pd.DataFrame(rows, columns=["x", "estimate", "low", "high"])
    found = passing(table, 0.05)
    assert found == {"estimate": pytest.approx(1.3), "low": 1.2, "high": 1.6}
    assert month_of(found["estimate"], 0.3) == pytest.approx(12.0)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (["packing=wob"], "must name a guest or a role of this host, got 'wob': did you mean web?"),
        (["packing=web", "target=P(x)"], "target must be a target such as P(stretch>1.25)<=0.05"),
        (["growth=1,a"], "growth must be loads above 0, as 1.0,1.1,...,2.0, got 'a'"),
        (["growth=1,2", "packing=web"], "growth stands alone"),
    ],
)
def test_a_wrong_question_is_told(more, told, here, capsys):
    assert main(["run", "mine.yaml", *more, "--dry-run"]) == 2
    assert told in " ".join(capsys.readouterr().err.split())


def test_growth_fills_in_its_steps(here, capsys):
    assert main(["run", "mine.yaml", "growth=1.0,1.1,...,1.5", "trials=2", "--dry-run"]) == 0
    told = capsys.readouterr().out
    assert [f"growth={x}" in told for x in (1.0, 1.1, 1.2, 1.3, 1.4, 1.5)] == [True] * 6
