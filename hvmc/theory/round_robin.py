r"""Round robin without wake-up preemption: how long a waking VP waits for its first slice.

L logical processors (LPs), all busy with VPs that use their whole slice Q and rejoin the tail. A
VP that wakes behind n ready ones runs at the (n + 1)-th slice end from now. Every LP has one slice
end in every Q, so with :math:`k = n + 1 = mL + j`, :math:`1 \le j \le L`, it waits m whole slices
and then for the j-th of the L slice ends. How those lie in Q is a named choice:

``independent``
    uniform and independent; the j-th of L has mean :math:`Q j / (L + 1)`.
``even``
    evenly staggered, Q/L apart; seen at a random moment the j-th has mean :math:`(j - 1/2) Q / L`.
``together``
    all at once; mean :math:`Q / 2`.

If an LP is idle the VP does not wait; this module is about hosts where none is.
"""

from typing import Literal

from hvmc.theory._inputs import require, require_count, require_positive

SliceEnds = Literal["independent", "even", "together"]


def mean_wakeup_delay_s(
    others_ready: int,
    logical_processors: int,
    slice_s: float,
    slice_ends: SliceEnds = "independent",
) -> float:
    """Mean time from waking to running, at the tail of the queue.

    Parameters
    ----------
    others_ready : int
        VPs n that wait already, >= 0.
    logical_processors : int
        LPs L, all busy, >= 1.
    slice_s : float
        Slice Q, seconds, > 0, switch and refill included.
    slice_ends : {'independent', 'even', 'together'}
        How the slice ends of the LPs lie relative to each other.

    Returns
    -------
    float
        Seconds.

    Raises
    ------
    ValueError
        If an argument is out of range.

    References
    ----------
    Mean of the j-th of L uniform variables, j / (L + 1): H. A. David, H. N. Nagaraja, Order
    Statistics, 3rd ed., 2003.

    Examples
    --------
    >>> mean_wakeup_delay_s(others_ready=0, logical_processors=1, slice_s=0.010)
    0.005
    >>> mean_wakeup_delay_s(others_ready=3, logical_processors=1, slice_s=0.010)
    0.035
    """
    whole, position = _place(others_ready, logical_processors, slice_s)
    known = ("independent", "even", "together")
    require(slice_ends in known, "slice_ends", f"one of {known}", repr(slice_ends), "choose one")
    mean_fraction = {
        "independent": position / (logical_processors + 1),
        "even": (position - 0.5) / logical_processors,
        "together": 0.5,
    }[slice_ends]
    return slice_s * (whole + mean_fraction)


def worst_wakeup_delay_s(
    others_ready: int,
    logical_processors: int,
    slice_s: float,
    slice_ends: SliceEnds = "independent",
) -> float:
    r"""Longest time from waking to running: :math:`\lceil (n+1)/L \rceil Q`, or (n+1) Q/L if even.

    Parameters and errors as in `mean_wakeup_delay_s`.

    Returns
    -------
    float
        Seconds; a supremum, approached by a VP that wakes just after a slice has begun.

    Examples
    --------
    >>> worst_wakeup_delay_s(others_ready=4, logical_processors=4, slice_s=0.010)
    0.02
    >>> worst_wakeup_delay_s(4, 4, 0.010, slice_ends="even")
    0.0125
    """
    whole, position = _place(others_ready, logical_processors, slice_s)
    known = ("independent", "even", "together")
    require(slice_ends in known, "slice_ends", f"one of {known}", repr(slice_ends), "choose one")
    last_fraction = position / logical_processors if slice_ends == "even" else 1.0
    return slice_s * (whole + last_fraction)


def _place(others_ready: int, logical_processors: int, slice_s: float) -> tuple[int, int]:
    """Whole slices m to wait, and the place j, 1..L, among the slice ends after them."""
    require_count("others_ready", others_ready, "count the VPs in the queue", minimum=0)
    require_count("logical_processors", logical_processors, "count the busy LPs")
    require_positive("slice_s", slice_s, "give the length of a slice")
    whole, before = divmod(others_ready, logical_processors)
    return whole, before + 1
