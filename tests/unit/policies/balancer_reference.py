"""The balancer in plain Python, one grain at a time: slow, and easy to believe."""

from math import ceil, floor


def bounds(memory, grain):
    most = max(floor(memory.maximum_mib / grain + 1e-9), 1)
    return min(max(ceil(memory.minimum_mib / grain - 1e-9), 1), most), most


def enough(memory, grain, mib):
    least, most = bounds(memory, grain)
    return min(max(ceil(mib / grain - 1e-9), least), most)


def hand_out(guests, assigned, ceilings, free):
    """Give grain after grain to the highest priority, then pressure, then the first in order."""
    while free > 0:
        waiting = [i for i, top in enumerate(ceilings) if assigned[i] < top]
        if not waiting:
            break
        first = max(
            waiting,
            key=lambda i: (guests[i].memory.priority, guests[i].demand_mib / assigned[i], -i),
        )
        assigned[first] += 1
        free -= 1
    return free


def reference_wanted(view):
    """Minima, then demands, then buffers."""
    grain = view.balancer.grain_mib
    assigned = [bounds(guest.memory, grain)[0] for guest in view.guests]
    free = floor(view.available_mib / grain + 1e-9) - sum(assigned)
    for with_buffer in (False, True):
        ceilings = []
        for guest in view.guests:
            more = 1.0 + guest.memory.buffer if with_buffer else 1.0
            ceilings.append(enough(guest.memory, grain, guest.demand_mib * more))
        free = hand_out(view.guests, assigned, ceilings, free)
        if any(have < top for have, top in zip(assigned, ceilings, strict=True)):
            break
    return {guest.name: have * grain for guest, have in zip(view.guests, assigned, strict=True)}


def steps(view, mib_per_s):
    grain = view.balancer.grain_mib
    until = floor(mib_per_s * view.time_s / grain + 1e-9)
    return until - floor(mib_per_s * (view.time_s - view.elapsed_s) / grain + 1e-9)


def reference_decide(view):
    """Take first, at the rate of removal; then hand out what is free, at the rate of addition."""
    grain, wish = view.balancer.grain_mib, reference_wanted(view)
    assigned, ceilings = [], []
    for guest in view.guests:
        have, goal = round(guest.assigned_mib / grain), round(wish[guest.name] / grain)
        if goal < have:
            assigned.append(max(goal, have - steps(view, view.balancer.removal_mib_per_s)))
            ceilings.append(assigned[-1])
        else:
            assigned.append(have)
            ceilings.append(min(goal, have + steps(view, view.balancer.addition_mib_per_s)))
    free = floor(view.available_mib / grain + 1e-9) - sum(assigned)
    hand_out(view.guests, assigned, ceilings, free)
    return {guest.name: have * grain for guest, have in zip(view.guests, assigned, strict=True)}
