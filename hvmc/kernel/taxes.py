"""What virtualization takes from a request's own work: intercepts that the hypervisor handles.

Intercepts are not events. Once per request (per burst of a batch) their number in all of its work
is drawn, and what they cost; each piece of the work pays its share. The number is Poisson: exact up
to a mean of `MOST_EXACT`, above that the square ``(sqrt(mean - 1/8) + z/2)**2 - 1/8`` of a standard
normal z, whose mean and variance are those of the Poisson law. The cost given the number has the
mean and the variance of a sum of so many costs: the same square, scaled, or a lognormal law where
few costs of large variation are expected.

z comes from counting bits (`normal_of`). Streams: as those of pieces, see `threads`.
"""

import math

import numpy as np

from hvmc.kernel.clock import nanoseconds
from hvmc.kernel.fields import FLOAT, Fields, Numbered, Values, begins, count, setting
from hvmc.kernel.jit import inlined, ix, jit
from hvmc.kernel.laws import normal_quantile, ones
from hvmc.kernel.streams import PIECES, stream_of
from hvmc.kernel.threefry import threefry2x64, uniform
from hvmc.scenario.guest import Guest
from hvmc.scenario.scenario import Scenario

__all__ = ["begin_taxes", "cost_units", "intercepts_in", "normal_of", "take_tax"]


def _of_guest(scenario: Scenario, guest: Guest, _: Numbered) -> Values:
    """Return rates and costs of intercepts, timer ticks and page walks among them."""
    intercepts, interrupts = scenario.overheads.intercepts, scenario.overheads.interrupts
    rate, mean_s, cv = intercepts.total(guest.enlightened, "hypervisor")
    indirect_s = intercepts.indirect_s * rate
    if interrupts.enabled and interrupts.tick_hz > 0:
        square = rate * mean_s**2 * (1 + cv**2) + interrupts.tick_hz * interrupts.tick_s**2
        total = rate * mean_s + interrupts.tick_hz * interrupts.tick_s
        rate += interrupts.tick_hz
        mean_s = total / rate
        cv = float(np.sqrt(max(square / rate / mean_s**2 - 1.0, 0.0))) if mean_s > 0 else 0.0
    walk = scenario.overheads.nested_paging
    return {
        "hypervisor_rate": rate * 1e-9,
        "hypervisor_ns": mean_s * 1e9,
        # of the sum of a random number of costs, each mean x (1 + cv z): the number is drawn
        "hypervisor_cv": cv,
        "indirect_ns": indirect_s / rate * 1e9 if rate > 0 else 0.0,
        "walk_fraction": walk.fraction if walk.enabled else 0.0,
        "halt_ns": nanoseconds(intercepts.halt_s) if intercepts.enabled else 0,
    }


FIELDS = Fields(
    of_guest=_of_guest,
    cuts=("intercepts", "nested_paging"),
    load={
        "hypervisor_rate": setting(FLOAT, native=0.0),  # intercepts per ns of guest work
        "hypervisor_ns": setting(FLOAT),
        "hypervisor_cv": setting(FLOAT),
        "indirect_ns": setting(FLOAT),
        "walk_fraction": setting(FLOAT, native=0.0),
        "halt_ns": setting(native=0),
        "intercepts": count(),
    },
    thread={
        # of the request at hand, per ns of its work
        "hypervisor_share": begins(dtype=FLOAT),
        "slowdown_share": begins(dtype=FLOAT),
        "intercept_share": begins(dtype=FLOAT),
        "intercept_part": begins(dtype=FLOAT),  # of one that is not yet counted
        "extra_ns": begins(),  # hypervisor time to come with the next piece
        "hypervisor_left": begins(),
        "slowdown_left": begins(),
    },
)

TAX_STREAM = np.uint64(0xA0761D6478BD642F)
MOST_EXACT = 4.0

_DITHER_BITS = 8
_BITS = 64 - _DITHER_BITS
_STEPS = 1 << _DITHER_BITS
_MIDDLE = _BITS / 2 + 0.5 - 0.5 / _STEPS
# variance of a binomial number, and of the dither on a grid within (-1/2, 1/2)
_PER_SIGMA = 1.0 / math.sqrt(_BITS / 4 + (1.0 - _STEPS**-2.0) / 12)
_SHIFT, _MASK = np.uint64(_DITHER_BITS), np.uint64(_STEPS - 1)


@jit
def normal_of(word):
    """Return a nearly normal number of mean 0 and variance 1, of 64 random bits.

    Ones among 56 of the bits, a binomial number, made continuous by the other eight. Its law is
    within 0.0017 of the normal one, its kurtosis 2.965, never beyond 7.6.
    """
    steps = np.float64(word & _MASK) * (1.0 / _STEPS)
    return (np.float64(ones(word >> _SHIFT)) + steps - _MIDDLE) * _PER_SIGMA


@jit
def _poisson_quantile(mean, u):
    term = math.exp(-mean)
    below = term
    count = 0
    while u >= below and count < 100:
        count += 1
        term *= mean / count
        below += term
    return count


@jit
def _square(mean, z):
    """Return a number whose mean and variance are the mean, made of a standard normal one."""
    root = math.sqrt(mean - 0.125) + 0.5 * z
    return max(root * root - 0.125, 0.0)


@jit
def intercepts_in(mean, word):
    """Return the number of intercepts, not whole in general, where so many are expected.

    Parameters
    ----------
    mean : float
        Expected number, >= 0.
    word : uint64
        Random bits.
    """
    if mean < MOST_EXACT:
        return np.float64(_poisson_quantile(mean, uniform(word)))
    return _square(mean, normal_of(word))


@jit
def cost_units(number, cv, word):
    """Return the cost of so many intercepts in units of a cost's mean.

    Parameters
    ----------
    number : float
        Intercepts, >= 0.
    cv : float
        Coefficient of variation of a cost.
    word : uint64
        Random bits.
    """
    square = cv * cv
    if number > MOST_EXACT * square:
        if square == 0.0:
            return number
        return square * _square(number / square, normal_of(word))
    if number == 0.0:
        return 0.0
    spread2 = math.log1p(square / number)
    z = normal_quantile(max(uniform(word), 2.0**-54))
    return number * math.exp(math.sqrt(spread2) * z - 0.5 * spread2)


@jit
def begin_taxes(s, thread, work):
    """Draw what intercepts take from a request, or a burst of a batch, of so much work."""
    load = s.thread[ix(thread)].load
    slowdown = s.load[ix(load)].walk_fraction
    rate = s.load[ix(load)].hypervisor_rate
    if rate > 0.0:
        index = s.thread[ix(thread)].request * PIECES + s.thread[ix(thread)].pieces
        stream = stream_of(s, thread) ^ TAX_STREAM
        a, b = threefry2x64(s.key0, s.key1, stream, np.uint64(index))
        number = intercepts_in(work * rate, a)
        units = cost_units(number, s.load[ix(load)].hypervisor_cv, b)
        share = 1.0 / work
        number *= share
        s.thread[ix(thread)].intercept_share = number
        s.thread[ix(thread)].hypervisor_share = units * share * s.load[ix(load)].hypervisor_ns
        slowdown += number * s.load[ix(load)].indirect_ns
    s.thread[ix(thread)].slowdown_share = slowdown


@inlined
def take_tax(s, thread, work):
    """Add the time that handled intercepts and page walks take to a piece of work; return it."""
    hypervisor = s.thread[ix(thread)].extra_ns
    s.thread[ix(thread)].extra_ns = 0
    load = s.thread[ix(thread)].load
    if s.load[ix(load)].hypervisor_rate > 0.0:
        hypervisor += int(work * s.thread[ix(thread)].hypervisor_share + 0.5)
        number = work * s.thread[ix(thread)].intercept_share + s.thread[ix(thread)].intercept_part
        whole = int(number)
        s.thread[ix(thread)].intercept_part = number - whole
        s.load[ix(load)].intercepts += whole
    slowdown = int(work * s.thread[ix(thread)].slowdown_share + 0.5)
    s.thread[ix(thread)].hypervisor_left = hypervisor
    s.thread[ix(thread)].slowdown_left = slowdown
    return hypervisor + slowdown
