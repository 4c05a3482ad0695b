"""The answer on drawn constants: sentences, tables and figure from the same estimates."""

import io
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from hvmc.answers.asked import Asked
from hvmc.answers.kinds.assumptions import DrawnConstants
from hvmc.answers.kinds.claims import Claims
from hvmc.answers.page import print_blocks
from hvmc.config.assembly import assemble
from hvmc.config.sources import Source, conf_dir
from hvmc.regimes.assumptions import drawn_constants

TRIALS, PER_HOST = 600, 4
SLOPE = "overheads.interference.slope"


@pytest.fixture(scope="module")
def asked():
    """Two regimes: the slope decides who suffers in the first, nobody does in the second."""
    regimes = "efficiently_provisioned,over_provisioned"
    texts = ["experiment=four_regimes", f"regime={regimes}"]
    experiment = assemble(texts, Source(conf_dir()), multirun=True).experiment
    rng = np.random.default_rng(4)
    paths = [constant.path for constant in drawn_constants(experiment.points[0].design)]
    places = pd.DataFrame(rng.random((TRIALS, len(paths))), columns=paths)
    places.index.name = "trial"
    frames = []
    for point, regime in enumerate(regimes.split(",")):
        chance = (places[SLOPE].to_numpy() > 0.5) * 0.4 * (point == 0)
        suffers = rng.random((TRIALS, PER_HOST)) < chance[:, None]
        stretch = np.where(suffers, 1.6, 1.1).ravel()
        frames.append(
            pd.DataFrame(
                {
                    "point": point,
                    "regime": regime,
                    "trial": np.repeat(np.arange(TRIALS), PER_HOST),
                    "role": "guest",
                    "stretch": stretch,
                    "sizing": 1.0,
                    "hosting": stretch,
                    "censored": 0,
                    "lp_commitment": np.repeat(rng.random(TRIALS), PER_HOST),
                }
            )
        )
    made = SimpleNamespace(
        experiment=experiment,
        outcomes=pd.concat(frames, ignore_index=True),
        places={0: places, 1: places},
        limits={0: 1.25, 1: 1.25},
        labels={0: "", 1: ""},
        note="a note",
        in_order=lambda found: found,
    )
    made.rows = lambda _: made.outcomes
    made.explained = Asked.explained.func(made)
    return made


def told(kind):
    stream = io.StringIO()
    print_blocks(kind.text(), Console(file=stream, width=100))
    return " ".join(stream.getvalue().split())


def test_the_sentence_of_each_regime(asked):
    text = told(DrawnConstants(asked))
    assert "- efficiently provisioned: guest: 0-" in text
    assert "% suffer (from the lowest to the highest quarter of interference.slope" in text
    assert "- over-provisioned: guest: the same on every host, whatever the constants" in text


def test_table_and_figure_have_the_same_numbers(asked):
    kind = DrawnConstants(asked)
    (drawing,) = kind.figures()
    assert drawing.name == "assumptions"
    figure = drawing.make()
    written = [text.get_text() for text in figure.axes[0].texts]
    cells = kind.frames["cells"]
    assert len(written) == len(cells) == 16
    for text, row in zip(written, cells.to_dict("records"), strict=True):
        assert text.startswith(f"{100 * row['estimate']:.0f} %")
        assert text.endswith(f"{row['guests']} / {row['trials']}")
    assert "0.004-0.0134" in told(kind)
    (why,) = (text.get_text().replace("\n", " ") for text in figure.axes[1].texts)
    assert why == "the same on every host, whatever the constants"
    assert figure.axes[0].get_yticklabels()[0].get_text() == "0.004-0.0134"


def test_what_explains_the_variance(asked):
    found = DrawnConstants(asked).frames["explained"]
    own = found[(found["point"] == 0) & (found["response"] == "suffers")].set_index("part")
    assert own["estimate"].drop(["rest", "constants"]).idxmax() == SLOPE
    assert own.loc[["constants", "scenario", "rest"], "estimate"].sum() == pytest.approx(1.0)


def test_the_verdict_names_what_decides_it(asked):
    text = told(Claims(asked))
    assert "none suffers (share <= 5 %) is UNDECIDED BY EVIDENCE." in text
    assert "What decides it is not known: interference.slope (0 % in the" in text


def test_nothing_is_told_where_nothing_is_drawn(asked):
    kind = DrawnConstants(SimpleNamespace(**{**vars(asked), "places": {}, "explained": []}))
    assert list(kind.text()) == []
    assert list(kind.figures()) == []
