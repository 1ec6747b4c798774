"""What a successor allows its predecessor in the backward pass, Primavera's way: a late finish, and the late start where it is kept."""

from __future__ import annotations

from bifocal.engines.cpm.graph import DONE, WAITING, WORKING, Arc
from bifocal.engines.cpm.p6_early import completed, lag_left

Bound = tuple[int, int | None]  # late finish; late start where it is kept as it is


def unlagged(arc: Arc, t: int) -> int:
    """The instant less the link's lag."""
    return arc.table.sub(t, arc.lag) if arc.lag else t


def _less_what_is_left(arc: Arc, t: int, since: int) -> int:
    left = lag_left(arc, since) if arc.lag > 0 else 0
    return arc.table.sub(t, left) if left else t


def finish_start(arc: Arc) -> Bound:
    """FS: end before the successor's late start, less the lag."""
    p, s, lag = arc.p, arc.s, arc.lag
    late = s.ls
    if p.state == DONE:
        if s.state != WORKING and p.actual_finish is not None:
            return _less_what_is_left(arc, late, p.actual_finish), None
        return (unlagged(arc, late) if lag and s.done == 0 else late), None
    if s.state == DONE:
        return late, None
    if p.state == WAITING == s.state and lag == 0:
        return (late if p.clock.works(late) else p.clock.prev_finish(late)), None
    if p.state == WORKING == s.state and lag < 0 and s.done:
        return late, None
    return unlagged(arc, late), None


def start_start(arc: Arc) -> Bound:
    """SS: start before the successor's late start, less the lag (less what is left of it once the predecessor runs)."""
    p, s, lag = arc.p, arc.s, arc.lag
    kept: int | None = None
    if p.state == WAITING:
        late = s.ls
        if s.state == WAITING and lag == 0:
            late = kept = late if p.clock.works(late) else p.clock.nearest(late)
        elif s.state == WAITING:
            late = unlagged(arc, late)
            kept = late if lag < 0 else None
            late = p.clock.next_start(late)
        else:
            late = unlagged(arc, late)
    elif completed(p):
        waits = p.actual_start is not None and (s.state == WAITING or completed(s))
        late = _less_what_is_left(arc, s.ls, p.actual_start) if waits and p.actual_start is not None else s.ls
    elif completed(s) and s.state != WAITING:
        late = s.ls
        kept = late if lag >= 0 else None
    else:
        left = max(0, lag - p.done) if lag > 0 else 0
        late = arc.table.sub(s.ls, left) if left else s.ls
        kept = late if s.state == WORKING and lag > 0 and not left else None
    return p.clock.add(late, p.rem), kept


def finish_finish(arc: Arc) -> Bound:
    """FF: end before the successor's late finish, less the lag."""
    p, s = arc.p, arc.s
    if p.state != DONE:
        return unlagged(arc, s.lf), None
    if p.actual_finish is None:
        return s.lf, None
    return _less_what_is_left(arc, s.lf, p.actual_finish), None


def start_finish(arc: Arc) -> Bound:
    """SF: start before the successor's late finish, less the lag."""
    p, s, lag = arc.p, arc.s, arc.lag
    if p.state == WAITING:
        kept = unlagged(arc, s.lf) if s.state == WORKING and lag <= 0 else None
        return unlagged(arc, p.clock.add(s.lf, p.dur)), kept
    if p.state == DONE:
        return (s.lf if s.state == DONE else unlagged(arc, p.clock.add(s.lf, p.dur))), None
    if s.state == WAITING:
        return p.clock.add(s.lf, p.rem), (s.lf if lag > 0 else None)
    if s.state == WORKING:
        return unlagged(arc, p.clock.add(s.lf, p.dur)), None
    left = lag_left(arc, p.actual_start) if lag > 0 and p.actual_start is not None else 0
    return (arc.table.sub(p.clock.add(s.lf, p.dur), left) if left else p.clock.add(s.lf, p.rem)), None


RULES = {"FS": finish_start, "SS": start_start, "FF": finish_finish, "SF": start_finish}
