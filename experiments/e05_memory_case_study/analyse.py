"""The blocks of e05's README, from stored runs.

python experiments/e05_memory_case_study/analyse.py STORE [key=value ...]
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from timeline import timeline

import hvmc
from hvmc.analysis.intervals import mean

README = Path(__file__).with_name("README.md")
sys.path.insert(0, str(README.parents[1]))
from blocks import write_block  # noqa: E402
from commands import Store, shown  # noqa: E402
from tables import cell, markdown  # noqa: E402

RUN = "hvmc run experiment=memory_case_study"
IDLE = "guests.guest5.memory.use.ramp_factor=1.0"
COMMANDS = {
    "study": RUN,
    "no_interference": f"{RUN} name=no_interference {IDLE} overheads.interference.enabled=false",
    "roomy": f"{RUN} name=roomy guests.guest5.memory.use.ramp_factor=20.5 host.memory_mib=24576 "
    "trials=1",
}
SHOWN_S = (0, 20, 40, 50, 60, 80, 120)
MICRO, SMALL_US = 1e6, 1.0


def main(store: Store, readme: Path = README) -> None:
    """Write the blocks: commands, the course of one host, statements, stretch and its parts."""
    write_block(readme, "commands", shown(COMMANDS.values(), Path(__file__)))
    found = {name: store.results(command) for name, command in COMMANDS.items()}
    course = timeline(found["study"])
    write_block(readme, "timeline", markdown(by_second(course)))
    write_block(readme, "statements", markdown(statements(course, timeline(found["roomy"]))))
    columns = {
        "guest 5 idle": stretches(found["study"], 0),
        "guest 5 soaks": stretches(found["study"], 1),
        "idle, no interference": stretches(found["no_interference"], 0),
    }
    table = pd.DataFrame(columns).rename_axis("stretch").reset_index()
    write_block(readme, "stretch", markdown(table))
    write_block(readme, "added", markdown(added(found["study"], found["no_interference"])))


def by_second(course: pd.DataFrame) -> pd.DataFrame:
    """Return the memory of a host at some seconds, as printed."""
    course = course[course.index.isin(SHOWN_S)].round(0).astype(int)
    columns = {"s": course.index.astype(str)}
    for guest in course.columns.levels[0].drop("host"):
        own = course[guest]
        columns[f"{guest} MiB (pressure)"] = [
            f"{held} ({pressure})"
            for held, pressure in zip(own["MiB"], own["pressure"], strict=True)
        ]
    return pd.DataFrame(columns | {"free MiB": course["host", "free MiB"].to_numpy()})


def statements(course: pd.DataFrame, roomy: pd.DataFrame) -> pd.DataFrame:
    """Return what was published of the real host beside what the modelled one does."""
    end, large = course.iloc[-1].round(0).astype(int), roomy.iloc[-1].round(0).astype(int)
    pinned = np.unique(course[["guest1", "guest2"]].xs("MiB", axis=1, level=1))
    giving = course[["guest3", "guest4"]].xs("MiB", axis=1, level=1).max(axis=1)
    since = giving.index[giving > giving.iloc[-1]].max() + 1
    pressure = end.xs("pressure", level=1)
    low, others = pressure[["guest1", "guest2"]], pressure[["guest3", "guest4", "guest5"]]
    here = {
        "guests 1 and 2 stay pinned at their minimum of 2 GB (M22)": (
            f"{' to '.join(f'{held:.0f}' for held in pinned)} MiB throughout"
        ),
        "their pressure is far below the others' (M25)": (
            f"at most {low.max()}, the others {others.min()}-{others.max()}"
        ),
        "guests 3 and 4 are ballooned to near their minimum of 0.5 GB (M23)": (
            f"{giving.iloc[-1]:.0f} MiB from {since:.0f} s on"
        ),
        "guest 5 takes what there is (M24)": (
            f"{end['guest5', 'MiB']} MiB, {end['host', 'free MiB']} MiB free"
        ),
        "it would be tight even in 8 GB (M24)": (
            f"on a host of 24 GB: {large['guest5', 'MiB']} MiB, "
            f"pressure {large['guest5', 'pressure']}"
        ),
    }
    return pd.DataFrame(here.items(), columns=["published", "here"])


def stretches(results: hvmc.Results, point: int) -> pd.Series:
    """Return the mean stretch of each guest at a design point."""
    rows = results.trials(columns=["point", "trial", "guest", "stretch"])
    guests = rows[rows["point"] == point].groupby("guest", observed=True)
    found = {name: mean(own["stretch"], own["trial"]) for name, own in guests}
    return pd.Series({name: cell(interval) for name, interval in found.items()})


def added(results: hvmc.Results, no_interference: hvmc.Results) -> pd.DataFrame:
    """Return what is added to a request of guests 1 to 4 while guest 5 is idle, by part."""
    columns = {
        "added, us": parts(results),
        "without interference": parts(no_interference),
    }
    table = pd.DataFrame(columns)
    table = table[(table.abs() >= SMALL_US).any(axis=1)]
    return table.round(0).astype(int).rename_axis("part").reset_index()


def parts(results: hvmc.Results) -> pd.Series:
    """Return mean virtual less native times of requests at the first design point, in us."""
    rows = results.trials()
    rows = rows[(rows["point"] == 0) & (rows["guest"] != "guest5")]
    names = [name for name in rows if name.startswith("time_")]
    found = {"all": rows["response_mean_s"] - rows["native_response_mean_s"]}
    for name in names:  # bare machines have some of the parts
        found[name[5:-2].replace("_", " ")] = rows[name] - rows.get(f"native_{name}", 0.0)
    return MICRO * pd.DataFrame(found).mean()


if __name__ == "__main__":
    main(Store.asked())
