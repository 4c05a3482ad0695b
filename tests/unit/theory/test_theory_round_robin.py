"""Wake-up delay at the tail of a round-robin queue, against explicit lists of slice ends."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hvmc.theory import mean_wakeup_delay_s, worst_wakeup_delay_s
from hvmc.theory.round_robin import SliceEnds

choices: tuple[SliceEnds, ...] = ("independent", "even", "together")


def nth_slice_end(first_ends: tuple[float, ...], others_ready: int) -> float:
    """Time of the (n + 1)-th slice end, slices of length 1."""
    ends = sorted(end + whole for end in first_ends for whole in range(others_ready + 1))
    return ends[others_ready]


@pytest.mark.parametrize("slice_ends", choices)
def test_one_processor(slice_ends: SliceEnds) -> None:
    # half the current slice and one slice for each VP before it
    assert mean_wakeup_delay_s(3, 1, 0.010, slice_ends) == pytest.approx(0.035, rel=1e-12)
    assert worst_wakeup_delay_s(3, 1, 0.010, slice_ends) == pytest.approx(0.040, rel=1e-12)


@pytest.mark.parametrize(("ready", "mean"), [(0, 1 / 3), (1, 2 / 3), (2, 4 / 3), (5, 8 / 3)])
def test_two_independent_processors_by_hand(ready: int, mean: float) -> None:
    assert mean_wakeup_delay_s(ready, 2, 1.0) == pytest.approx(mean, rel=1e-12)


@pytest.mark.parametrize("others_ready", range(8))
def test_independent_ends_by_enumeration(others_ready: int) -> None:
    # three LPs on a grid of 24 midpoints: the midpoint rule's error is below 1/24^2 here
    grid = [(i + 0.5) / 24 for i in range(24)]
    delays = [nth_slice_end(ends, others_ready) for ends in itertools.product(grid, repeat=3)]
    mean = mean_wakeup_delay_s(others_ready, 3, 1.0, "independent")
    assert mean == pytest.approx(sum(delays) / len(delays), abs=24**-2)
    assert max(delays) < worst_wakeup_delay_s(others_ready, 3, 1.0, "independent")


@pytest.mark.parametrize("others_ready", range(8))
def test_even_and_common_ends_by_enumeration(others_ready: int) -> None:
    grid = [(i + 0.5) / 40 for i in range(40)]
    even = [nth_slice_end(tuple((x + i / 4) % 1 for i in range(4)), others_ready) for x in grid]
    together = [nth_slice_end((x,) * 4, others_ready) for x in grid]
    assert mean_wakeup_delay_s(others_ready, 4, 1.0, "even") == pytest.approx(
        sum(even) / 40, rel=1e-12
    )
    assert mean_wakeup_delay_s(others_ready, 4, 1.0, "together") == pytest.approx(
        sum(together) / 40, rel=1e-12
    )


@given(
    ready=st.integers(0, 100),
    processors=st.integers(1, 64),
    slice_ends=st.sampled_from(choices),
)
def test_delay_grows_with_the_queue_and_stays_below_the_worst(
    ready: int, processors: int, slice_ends: SliceEnds
) -> None:
    mean = mean_wakeup_delay_s(ready, processors, 0.010, slice_ends)
    assert 0.0 < mean < worst_wakeup_delay_s(ready, processors, 0.010, slice_ends)
    assert mean <= mean_wakeup_delay_s(ready + 1, processors, 0.010, slice_ends)


def test_control_how_slices_lie_matters() -> None:
    # four LPs, nobody before it: 1/5, 1/8 and 1/2 of a slice
    means = [mean_wakeup_delay_s(0, 4, 1.0, choice) for choice in choices]
    assert means == pytest.approx([0.2, 0.125, 0.5], rel=1e-12)


def test_refusals() -> None:
    with pytest.raises(ValueError, match=r"^others_ready must be a whole number >= 0, got -1; "):
        mean_wakeup_delay_s(-1, 4, 0.010)
    with pytest.raises(ValueError, match=r"^logical_processors must be a whole number >= 1, got 0"):
        mean_wakeup_delay_s(0, 0, 0.010)
    with pytest.raises(ValueError, match=r"^slice_s must be finite and > 0, got 0.0; "):
        worst_wakeup_delay_s(0, 4, 0.0)
    with pytest.raises(ValueError, match=r"^slice_ends must be one of .*, got 'odd'; choose one"):
        mean_wakeup_delay_s(0, 4, 0.010, "odd")  # type: ignore[arg-type]
