"""First-come-first-served lines of threads, or of VPs, which hold the ``next`` behind them."""

from hvmc.kernel.jit import ix, jit

__all__ = ["join", "leave"]


@jit
def join(line, members, member):
    """Put a member at the end of a line."""
    members[ix(member)].next = -1
    if line.length == 0:
        line.head = member
    else:
        members[ix(line.tail)].next = member
    line.tail = member
    line.length += 1


@jit
def leave(line, members):
    """Take the first member off a line that has one; return it."""
    member = line.head
    line.head = members[ix(member)].next
    line.length -= 1
    return member
