"""The record is gathered from what mechanisms declare."""

import numpy as np
import pytest

from hvmc.kernel.codes import PARTS
from hvmc.kernel.fields import Fields, setting
from hvmc.kernel.layout import DECLARED, TABLES, Capacity, check_parts, gathered, state_dtype
from hvmc.kernel.start import make_native, start


def test_a_field_declared_twice_is_refused():
    ours = Fields(vp={"weight": setting()})
    with pytest.raises(ValueError, match=r"vp fields must be declared .* got \['weight'\]"):
        gathered("vp", [*DECLARED, ours])


@pytest.mark.parametrize("parts", [("spin",), ("sleep",)])
def test_a_part_of_time_belongs_to_one_mechanism(parts):
    with pytest.raises(ValueError, match="parts of time must be stated once each"):
        check_parts([*DECLARED, Fields(parts=parts)])
    check_parts(DECLARED)
    assert sum(len(one.parts) for one in DECLARED) == len(PARTS)


def test_rows_are_whole_words():
    dtype = state_dtype(Capacity())
    assert dtype.itemsize % 8 == 0
    assert all(place % 8 == 0 for _, place, *_ in dtype.fields.values())


def test_a_machine_begins_anew_whatever_the_record_held(machine, bare, pulse):
    """All working values and counts of a record that has run are again those of a new one."""
    run = machine(bare(pulse("a", 0.01, 0.02), pulse("b", 0.02, 0.03)))
    fresh = run.state.copy()
    run.to(0.5)
    assert run.state["events"][0] > 0
    start(run.state)
    for table in TABLES:
        for name in gathered(table, DECLARED):
            held = [s[name] if table == "machine" else s[table][name] for s in (run.state, fresh)]
            np.testing.assert_array_equal(*held, err_msg=f"{table}.{name}")


def test_a_bare_machine_has_the_native_values(machine, bare, pulse):
    run = machine(bare(pulse("a", 0.01, 0.02), pulse("b", 0.02, 0.03))).to(0.5)
    make_native(run.state, 0, 1, 3, False)
    for name, field in gathered("vp", DECLARED).items():
        if field.native is not None:
            np.testing.assert_array_equal(run.state["vp"][name][0][:3], field.native)
