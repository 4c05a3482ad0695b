"""Every constant of the model carries its standing, and its default lies inside its range."""

import dataclasses

import pytest

import hvmc
from hvmc.scenario.constants import constants, replaced, value_at
from hvmc.scenario.evidence import Assumed, Chosen, Fitted, Measured
from hvmc.scenario.host import Dispatch, Host, Root
from hvmc.scenario.memory import Balancer, MemoryUse
from hvmc.scenario.overheads import Overheads
from hvmc.scenario.settings import Settings, SettingsError

ROOTS = (Host(), Dispatch(), Root(), Overheads(), Balancer())
CONSTANTS = [
    pytest.param(constant, id=f"{type(root).__name__}.{constant.path}")
    for root in (*ROOTS, MemoryUse(), hvmc.Role(), hvmc.Regime())
    for constant in constants(root)
]


def is_number(value):
    return isinstance(value, int | float) and not isinstance(value, bool)


def numeric_fields(settings, path):
    """Yield (path, what is known) of every number that some settings hold."""
    for item in dataclasses.fields(settings):
        known, value = item.metadata.get("known"), getattr(settings, item.name)
        at = f"{path}.{item.name}"
        rows = [(row.name, row) for row in value] if isinstance(value, tuple) else [("", value)]
        for name, row in rows:
            if is_number(row):
                yield at, known
            elif isinstance(row, Settings) and not isinstance(value, tuple):
                yield from numeric_fields(row, at)
            elif dataclasses.is_dataclass(row):  # a row of a table, or a law
                for inner in dataclasses.fields(row):
                    if is_number(getattr(row, inner.name)):
                        below = f"{name}.{inner.name}".lstrip(".")
                        found = (known or {}).get(below) or (known or {}).get(f"*.{inner.name}")
                        yield f"{at}.{below}", found


def lacking(root):
    return [path for path, known in numeric_fields(root, type(root).__name__) if known is None]


@pytest.mark.parametrize("root", ROOTS, ids=lambda root: type(root).__name__)
def test_every_number_has_a_standing(root):
    assert not lacking(root), (
        f"{lacking(root)}: say what is known of them where they are declared, by "
        "known=Measured(rows, low, high), Fitted(to, low, high), Assumed(why, low, high) or "
        "Chosen(why) of hvmc/scenario/evidence.py"
    )


def test_a_number_without_standing_is_found():
    @dataclasses.dataclass(frozen=True)
    class Bare(Settings):
        cost_s: float = 1.0

    assert lacking(Bare()) == ["Bare.cost_s"]


@pytest.mark.parametrize("constant", CONSTANTS)
def test_the_default_lies_inside_its_range(constant):
    known = constant.known
    assert isinstance(known, Measured | Fitted | Assumed | Chosen)
    assert known.source
    assert (known.low is None) == (known.high is None)
    if known.low is not None:
        assert known.low < known.high
        values = constant.value if isinstance(constant.value, tuple) else (constant.value,)
        assert known.low <= min(values), "widen the range, or correct the value"
        assert max(values) <= known.high, "widen the range, or correct the value"
    if getattr(known, "options", ()):
        assert constant.value in known.options


@pytest.mark.parametrize("root", ROOTS, ids=lambda root: type(root).__name__)
def test_both_ends_of_a_range_are_accepted(root):
    for constant in constants(root):
        if isinstance(constant.known, Assumed) and constant.known.has_range:
            for end in (0.0, 1.0):
                value = constant.known.quantile(end)
                changed = replaced(root, {constant.path: value})
                assert value_at(changed, constant.path) == pytest.approx(value)


def test_replacing_keeps_the_rest_and_the_rules():
    host = replaced(Host(), {"devices.nic.servers_per_lp": 9, "smt_speed": 0.49})
    assert [device.servers_per_lp for device in host.devices] == [16.0, 9.0]
    assert host.smt_speed == 0.49
    assert host.logical_processors == Host().logical_processors
    with pytest.raises(SettingsError, match="got -1"):
        replaced(Overheads(), {"switch.cost_s": -1.0})


def test_a_row_that_is_not_there_has_no_constant():
    host = Host(devices=(hvmc.Device(name="array"), hvmc.Device("nic", "adapter")))
    assert "devices.disk.servers_per_lp" not in [constant.path for constant in constants(host)]
    assert value_at(host, "devices.disk.servers_per_lp") is None


def test_rates_follow_their_factor():
    twice = hvmc.Intercepts(rate_factor=2.0)
    usual = hvmc.Intercepts()
    for handler in ("hypervisor", "root"):
        rate, *costs = usual.total(True, handler)
        assert twice.total(True, handler) == pytest.approx((2.0 * rate, *costs))


def test_units():
    units = {constant.path: constant.unit for constant in constants(Overheads())}
    assert units["switch.cost_s"] == "s"
    assert units["io.mib_s"] == "s/MiB"
    assert units["ipis.enlightened_per_cpu_s"] == "1/s of CPU"
    assert units["interference.slope"] == ""


def test_a_law_without_range_is_not_drawn():
    with pytest.raises(ValueError, match="no range"):
        Assumed("nobody knows").quantile(0.5)
