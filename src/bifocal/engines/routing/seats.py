"""When a sequence of stops happens, at the earliest, with every break seated.

Breaks sit in the gaps between stops: leaving at d, with t to drive and a break (from e to l, b long), work at the next stop starts
no sooner than max(d + t, e) + b, and max(d, e) <= l must hold; the break is taken before leaving, on the way, or on arrival (one that may
begin in several spans takes the soonest moment of any). Seats are
chosen by dynamic programming: with k breaks behind, the earliest departure dominates all others (waiting is free and late starts are
never cheaper). One break a shift is the usual case and has a loop of its own.
"""

from __future__ import annotations

from bifocal.engines.routing.frame import Lane, Rest, Span

NEVER = 1 << 60
Leg = tuple[int, int, tuple[Span, ...]]  # seconds to drive there, seconds of work, spans the work may start in
Seated = tuple[list[int], list[tuple[int, ...]], int]  # starts, breaks by gap, back


def first_start(spans: tuple[Span, ...], arrive: int) -> int:
    """The earliest start at or after arriving, or NEVER."""
    for start, end in spans:
        if arrive <= end:
            return arrive if arrive > start else start
    return NEVER


def seat(lane: Lane, legs: list[Leg], home: int) -> Seated | None:
    """The earliest times of a lane's stops and the way home; None where they can't all be reached in time."""
    if not lane.rests:
        return _without(lane, legs, home)
    if len(lane.rests) == 1 and not lane.slots:
        return _with_one(lane, lane.rests[0], [*legs, (home, 0, ((0, NEVER),))])
    return _with_many(lane, [*legs, (home, 0, ((0, NEVER),))])


def moment(lane: Lane, rest: Rest, free: int) -> int:
    """When a break begins at the soonest, for somebody free from then on (not after the last moment it may)."""
    if rest[3] in lane.slots:
        return first_start(lane.slots[rest[3]], free)
    return max(free, rest[0])


def moment_before(lane: Lane, rest: Rest, limit: int) -> int:
    """The latest moment at or before a limit that a break may begin; -1 where it can't."""
    for start, end in reversed(lane.slots.get(rest[3], ((rest[0], rest[1]),))):
        if start <= limit:
            return min(limit, end)
    return -1


def _without(lane: Lane, legs: list[Leg], home: int) -> Seated | None:
    now, close = lane.open, lane.close
    starts: list[int] = []
    for drive, takes, spans in legs:
        now += drive
        start = NEVER
        for opens, ends in spans:
            if now <= ends:
                start = now if now > opens else opens
                break
        now = start + takes
        if now > close:
            return None
        starts.append(start)
    back = now + home
    return (starts, [()] * (len(legs) + 1), back) if back <= close else None


def _with_one(lane: Lane, rest: Rest, legs: list[Leg]) -> Seated | None:
    """Two times are carried along: with the break still to come, and with it behind."""
    earliest, latest, long, _name = rest
    close = lane.close
    before: int | None = lane.open
    behind, at = NEVER, -1
    starts: list[int] = []
    rested: list[int] = []
    for n, (drive, takes, spans) in enumerate(legs):
        begin = first_start(spans, behind + drive) if behind < NEVER else NEVER
        done, seated_here = begin + takes, False
        if before is not None and before <= latest:
            arrive = before + drive
            other = first_start(spans, (arrive if arrive > earliest else earliest) + long)
            if other + takes <= done:
                begin, done, seated_here = other, other + takes, True
        if done > close:
            behind = NEVER
        elif seated_here:
            behind, at = done, n
            rested = [*starts, begin]
        else:
            behind = done
            rested.append(begin)
        if before is not None:
            begin = first_start(spans, before + drive)
            before = begin + takes
            starts.append(begin)
            if before > close or before > latest:
                before = None
        if before is None and behind == NEVER:
            return None
    if behind == NEVER:
        return None
    gaps: list[tuple[int, ...]] = [()] * len(legs)
    gaps[at] = (0,)
    return rested[:-1], gaps, behind


def _with_many(lane: Lane, legs: list[Leg]) -> Seated | None:
    rests, k = lane.rests, len(lane.rests)
    layers: list[dict[int, tuple[int, int, int]]] = [{0: (lane.open, 0, 0)}]  # breaks behind: (departure, start, breaks behind before)
    for drive, takes, spans in legs:
        new: dict[int, tuple[int, int, int]] = {}
        for used, (leave, _start, _from) in layers[-1].items():
            arrive, free = leave + drive, leave
            for upto in range(used, k + 1):
                if upto > used:
                    rest = rests[upto - 1]
                    if free > rest[1]:
                        break
                    begin = moment(lane, rest, free)
                    arrive, free = max(arrive, begin) + rest[2], begin + rest[2]
                start = first_start(spans, arrive)
                if start + takes <= lane.close and not (upto in new and new[upto][0] <= start + takes):
                    new[upto] = (start + takes, start, used)
        if not new:
            return None
        layers.append(new)
    if k not in layers[-1]:
        return None
    starts, gaps, at = [], [], k
    for layer in reversed(layers[1:]):
        _leave, start, used = layer[at]
        starts.append(start)
        gaps.append(tuple(range(used, at)))
        at = used
    return starts[:0:-1], gaps[::-1], layers[-1][k][0]
