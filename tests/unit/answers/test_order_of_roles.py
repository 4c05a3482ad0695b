"""Roles stand in the order of the file, whichever guest is drawn first."""

from types import SimpleNamespace

import pandas as pd

from hvmc.answers.asked import Asked


def test_frames_follow_the_file_and_then_the_first_appearance():
    design = SimpleNamespace(
        population=[SimpleNamespace(name="web"), SimpleNamespace(name="sql")],
        explicit=[SimpleNamespace(role="batch")],
    )
    asked = Asked.__new__(Asked)
    asked.__dict__ |= {
        "experiment": SimpleNamespace(points=[SimpleNamespace(design=design)]),
        "outcomes": pd.DataFrame({"role": ["other", "sql", "web"]}),
    }
    assert asked.roles == ["web", "sql", "batch", "other"]
    found = pd.DataFrame(
        {
            "regime": ["b", "b", "b", "a", "a"],
            "role": ["other", "sql", "web", "sql", "web"],
            "estimate": range(5),
        }
    )
    assert asked.in_order(found)["estimate"].tolist() == [2, 1, 0, 4, 3]
