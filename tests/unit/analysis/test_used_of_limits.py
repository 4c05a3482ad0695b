"""What saturates first: measured use, memory only where it is short."""

import pandas as pd
import pytest

from hvmc.analysis.limits import limit_shares, used_of_limits


def rows(**changes):
    """Return two guests on 4 LPs in four trials; each change is a list by trial, of guest a."""
    base = {
        "point": 0, "replication": 0, "logical_processors": 4, "root.background_load": 0.02,
        "memory_commitment": 0.99, "disk_utilisation": 0.1, "adapter_utilisation": float("nan"),
        "paging_utilisation": 0.0, "limit": 1.0, "own_memory_commitment": 0.5,
    }  # fmt: skip
    made = []
    for trial in range(4):
        for guest in "ab":
            own = {name: values[trial] for name, values in changes.items() if guest == "a"}
            running = own.pop("share_running", 0.2)
            made.append(
                base
                | {"trial": trial, "guest": guest, "share_running": running}
                | {"lp_used": 2 * running}
                | own
            )
    return pd.DataFrame(made)


def test_the_most_used_is_first_and_memory_counts_when_short():
    used = used_of_limits(
        rows(
            share_running=[0.3, 0.95, 0.3, 0.3],
            disk_utilisation=[0.1, 0.1, 0.97, 0.1],
            memory_commitment=[0.99, 0.99, 0.99, 1.2],
        )
    )
    assert used["LPs", "lps", ""].tolist() == pytest.approx([0.27, 0.595, 0.27, 0.27])
    found = limit_shares(used).set_index("resource")
    assert found["first"].to_dict() == {
        "VPs of a": 0.5, "VPs of b": 0.0, "VPs of a guest": 0.5, "disk": 0.25, "memory": 0.25,
        "LPs": 0.0, "adapter": 0.0, "paging device": 0.0, "memory of a": 0.0, "memory of b": 0.0,
        "memory of a guest": 0.0,
    }  # fmt: skip
    assert found.loc[found["saturated"] > 0, "saturated"].to_dict() == {
        "VPs of a": 0.25, "VPs of a guest": 0.25, "disk": 0.25, "memory": 0.25,
    }  # fmt: skip


def test_vps_are_full_at_their_limit():
    used = used_of_limits(rows(share_running=[0.24] * 4, limit=[0.25] * 4))
    found = limit_shares(used).set_index("resource")
    assert found.loc["VPs of a", ["used_p50", "first", "saturated"]].tolist() == [0.96, 1.0, 1.0]
