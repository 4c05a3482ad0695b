"""Spans against sets of units."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hvmc.experiment.spans import Span, coalesce, remainders, without


def units(*spans):
    return [
        unit
        for span in spans
        for unit in itertools.product(span.points, span.trials, span.replications)
    ]


@st.composite
def boxes(draw, points=2, trials=6, replications=3):
    def piece(stop):
        start = draw(st.integers(0, stop - 1))
        return range(start, draw(st.integers(start + 1, stop)))

    point = draw(st.integers(0, points - 1))
    return Span.at(point, piece(trials), piece(replications))


def test_units_of_a_box():
    span = Span(range(2, 4), range(10), range(1, 3))
    assert span.units == 40
    assert span.point == 2
    assert span.has(3, 9, 2)
    assert not span.has(3, 10, 2)


def test_common_units_and_none():
    one = Span.at(0, range(10), range(2))
    assert one.common(Span.at(0, range(5, 20))) == Span.at(0, range(5, 10))
    assert one.common(Span.at(0, range(10, 20))) is None
    assert one.common(Span.at(1, range(10))) is None


def test_a_hole_leaves_what_is_around_it():
    left = Span.at(0, range(10)).minus(Span.at(0, range(3, 5)))
    assert left == [Span.at(0, range(3)), Span.at(0, range(5, 10))]


def test_a_box_holds_its_parts():
    assert Span.at(0, range(10)).holds(Span.at(0, range(2, 10)))
    assert not Span.at(0, range(10)).holds(Span.at(0, range(2, 11)))


@given(boxes(), st.lists(boxes(), max_size=6))
def test_without_is_the_difference_of_the_sets(span, taken):
    left = without(span, taken)
    assert sorted(units(*left)) == sorted(set(units(span)) - set(units(*taken)))


@given(st.lists(boxes(), max_size=8))
def test_remainders_take_each_unit_once(spans):
    pieces = remainders(spans)
    flat = [piece for found in pieces for piece in found]
    assert sorted(units(*flat)) == sorted(set(units(*spans)))
    for span, found in zip(spans, pieces, strict=True):
        assert set(units(*found)) <= set(units(span))


@given(st.lists(boxes(), max_size=8), st.randoms())
def test_coalesced_form_depends_on_the_units_alone(spans, random):
    disjoint = [piece for found in remainders(spans) for piece in found]
    single = [Span.at(p, range(t, t + 1), range(r, r + 1)) for p, t, r in units(*disjoint)]
    random.shuffle(single)
    assert coalesce(single) == coalesce(disjoint)
    assert sorted(units(*coalesce(disjoint))) == sorted(units(*disjoint))


@pytest.mark.parametrize("cut", [1, 3, 7, 10])
def test_chunks_coalesce_to_one_stretch(cut):
    chunks = [Span.at(0, range(i, min(i + cut, 10))) for i in range(0, 10, cut)]
    assert coalesce(chunks) == (Span.at(0, range(10)),)
