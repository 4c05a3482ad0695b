"""How often a guest leaves for the hypervisor, and what part of its time that takes."""

import pandas as pd
from drawing import COLOURS, panels
from matplotlib.figure import Figure

import hvmc
from hvmc.plots.style import legend_below
from hvmc.scenario.intercepts import Category

KINDS = {"enlightened": True, "unenlightened": False}
SHOWN = 5


def share_lost(enlightened: bool, factor: float) -> float:
    """Return the share of the time that intercepts take from a guest that computes, %."""
    overheads = hvmc.Overheads().only("intercepts")
    intercepts = overheads.intercepts.replace(rate_factor=factor)
    work = hvmc.Closed(threads=1, cpu=hvmc.Deterministic(0.010), think=hvmc.Deterministic(0.001))
    scenario = hvmc.Scenario(
        host=hvmc.Host(logical_processors=2),
        guests=[hvmc.Guest("computes", 1, work, enlightened=enlightened)],
        root=hvmc.Root(background_load=1e-4),
        overheads=overheads.replace(intercepts=intercepts),
        horizon_s=21.0,
        warmup_s=1.0,
    )
    response_s = hvmc.simulate(scenario, seed=1).guest("computes").response_s.mean
    return 100.0 * (1.0 - 0.010 / response_s)


def direct_percent(category: Category) -> float:
    """Return the direct cost of a category in percent of a busy VP's time."""
    return 100.0 * category.rate_per_cpu_s * category.cost_s


def rows() -> pd.DataFrame:
    """Return rate and direct cost by category, then what simulated guests lose."""
    settings = hvmc.Intercepts()
    found = [
        {"panel": "categories", "guest": kind, "category": category.name}
        | {"per_cpu_s": category.rate_per_cpu_s, "cost_us": 1e6 * category.cost_s}
        | {"direct_percent": direct_percent(category), "handler": category.handler}
        for kind in KINDS
        for category in getattr(settings, kind)
    ]
    found += [
        {"panel": "lost", "guest": kind, "rate_factor": factor}
        | {"lost_percent": share_lost(enlightened, factor)}
        for kind, enlightened in KINDS.items()
        for factor in (1 / 3, 1.0, 3.0)
    ]
    return pd.DataFrame(found)


def draw(found: pd.DataFrame) -> Figure:
    """Draw direct costs by category, and what is lost."""
    titles = ("Direct cost by category", "Time lost by a guest that computes")
    with panels(*titles) as (figure, (top, bottom)):
        categories = found[found["panel"] == "categories"]
        costs = categories.pivot(index="category", columns="guest", values="direct_percent")
        largest = costs.max(axis=1).nlargest(SHOWN).index
        for rank, kind in enumerate(KINDS):
            places = [place + 0.36 * rank - 0.18 for place in range(SHOWN)]
            top.barh(places, costs.loc[largest, kind], 0.34, color=COLOURS[rank], label=kind)
        top.set_yticks(range(SHOWN), [name.replace("_", " ") for name in largest])
        top.invert_yaxis()
        top.set(xlabel=f"% of a busy VP's time; the {SHOWN} largest of {len(costs)}")
        top.legend(loc="lower right")
        lost = found[found["panel"] == "lost"]
        for rank, (kind, own) in enumerate(lost.groupby("guest", sort=False)):
            places = [place + 0.36 * rank - 0.18 for place in range(len(own))]
            bars = bottom.bar(places, own["lost_percent"], 0.34, color=COLOURS[rank], label=kind)
            bottom.bar_label(bars, fmt="%.1f", padding=1)
        names = ["a third of the rates", "default", "three times the rates"]
        bottom.set_xticks(range(len(names)), names)
        bottom.set(ylabel="% of its time", ylim=(0, 1.15 * lost["lost_percent"].max()))
        legend_below(bottom)
    return figure


def tell(found: pd.DataFrame) -> str:
    """State what is lost."""
    lost = found[found["panel"] == "lost"].set_index(["guest", "rate_factor"])["lost_percent"]
    return (
        f"A guest that computes loses {lost['enlightened', 1.0]:.1f} % of its time to intercepts "
        f"and hypercalls if it is enlightened, {lost['unenlightened', 1.0]:.0f} % if it is not. "
        f"Over the range of rates it is {lost['enlightened', 1 / 3]:.1f} to "
        f"{lost['enlightened', 3.0]:.0f} % and {lost['unenlightened', 1 / 3]:.0f} to "
        f"{lost['unenlightened', 3.0]:.0f} %. Direct costs (top) are part of that: each intercept "
        f"also costs the way to the hypervisor and back, and disturbs caches."
    )
