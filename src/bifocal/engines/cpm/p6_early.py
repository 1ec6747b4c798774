"""What a predecessor asks of its successor in the forward pass, Primavera's way: by link type and by the progress of both.

Each rule was observed in files that P6 computed (README, 'Where the rules come from'). A start candidate is not snapped to the
successor's calendar here; FF and SF may also name the finish itself, which a milestone or a short task keeps as it is.
"""

from __future__ import annotations

from bifocal.engines.cpm.graph import DONE, WAITING, WORKING, Arc, Node


def lagged(arc: Arc, t: int) -> int:
    """The instant plus the link's lag; a negative lag never reaches behind the data date."""
    lag = arc.lag
    if lag == 0:
        return t
    x = arc.table.add(t, lag)
    return max(x, arc.s.side.data_date) if lag < 0 else x


def lag_left(arc: Arc, since: int) -> int:
    """What is left of a positive lag that began to run at `since`, on the data date."""
    now = arc.s.side.data_date
    return max(0, arc.lag - (0 if since > now else arc.table.work(since, now)))


def _plus(arc: Arc, t: int, lag: int) -> int:
    return arc.table.add(t, lag) if lag else t


def state_of(arc: Arc) -> int:
    """The predecessor's progress; by 'actual dates' a completed one simply stands where it was."""
    return WAITING if arc.p.state == DONE and arc.s.side.options.progress == "actual" else arc.p.state


def finish_start(arc: Arc) -> int:
    """FS: after the finish and the lag; behind a completed predecessor only what is left of the lag counts."""
    p, lag = arc.p, arc.lag
    if p.state != DONE or state_of(arc) != DONE:
        return lagged(arc, p.ef) if lag else p.ef
    if lag <= 0 or arc.s.state == DONE or p.actual_finish is None:
        return p.ef
    return _plus(arc, p.ef, lag_left(arc, p.actual_finish))


def start_start(arc: Arc) -> int:
    """SS: after the start and the lag; the work done on a started predecessor is taken off the lag."""
    p, s, lag = arc.p, arc.s, arc.lag
    state = state_of(arc)
    if state == WAITING:
        return lagged(arc, p.es) if lag else arc.table.next_start(p.es) if s.state == WAITING else p.es
    if s.state == DONE or p.actual_start is None:
        return p.es
    if state == DONE:
        return _behind_a_done_start(arc, p.actual_start)
    if lag <= 0 or (p.done == 0 and s.state == WAITING):
        return p.es
    if not s.side.options.lag_from_early_start:
        return max(lagged(arc, p.actual_start), s.side.data_date)
    return _plus(arc, p.es, max(0, lag - p.done))


def _behind_a_done_start(arc: Arc, actual: int) -> int:
    p, s = arc.p, arc.s
    if s.state == WORKING and arc.lag <= 0:
        return p.es
    x = lagged(arc, actual)
    now = s.side.data_date
    return p.es if x < now or (arc.lag < 0 and x == now) else x


def finish_finish(arc: Arc) -> tuple[int, int | None]:
    """FF: the start that lets what is left of the successor end after the finish and the lag, and that finish where it is kept."""
    p, s, lag = arc.p, arc.s, arc.lag
    if state_of(arc) != DONE or p.actual_finish is None:
        finish = lagged(arc, p.ef) if lag else p.ef
        kept = None
        if p.state == WAITING == s.state and lag <= 0:
            kept = finish if lag or s.clock.works(finish) else s.clock.next_start(finish)
        return s.clock.sub(finish, s.rem), kept
    if s.state == DONE:
        return p.ef, None
    if s.state == WAITING and lag and not (lag > p.done and lag > 0):
        return s.clock.sub(lagged(arc, lagged(arc, p.ef)), s.rem), None
    return s.clock.sub(lagged(arc, p.actual_finish), s.rem), None


def start_finish(arc: Arc) -> tuple[int, int | None]:
    """SF: the successor ends after the predecessor's start and the lag."""
    p, s, lag = arc.p, arc.s, arc.lag
    state = state_of(arc)
    now = s.side.data_date
    if s.state == WAITING:
        start = lagged(arc, s.clock.sub(p.es, s.dur))
        if state == WORKING:
            return min(start, now), None
        return start, lagged(arc, p.es) if state == WAITING and lag and start > now else None
    if s.state == WORKING:
        return _into_work(arc, state), None
    if lag == 0:
        return p.es, None
    if state == WORKING:
        return s.clock.next_start(now), None
    x = lagged(arc, p.es)
    return (min(x, now) if state == DONE else x), None


def _into_work(arc: Arc, state: int) -> int:
    """SF into a successor that is under way."""
    p, s = arc.p, arc.s
    if state != WAITING and p.actual_start is not None:
        left = lag_left(arc, p.actual_start) if arc.lag > 0 else 0
        return s.clock.sub(arc.table.add(p.es, left), s.rem) if left else p.es
    if arc.lag <= 0 and s.actual_start is not None:
        return s.clock.sub(s.clock.add(s.actual_start, s.dur), s.rem)
    return s.clock.sub(lagged(arc, p.es), s.rem)


def wish(arc: Arc) -> tuple[int, int | None]:
    """The start this link asks for, and the finish it asks to be kept."""
    kind = arc.type
    if kind == "FS":
        return finish_start(arc), None
    if kind == "SS":
        return start_start(arc), None
    return finish_finish(arc) if kind == "FF" else start_finish(arc)


def completed(node: Node) -> bool:
    """Finished, or nothing left of it."""
    return node.state == DONE or (node.rem == 0 and not node.start_milestone and not node.finish_milestone)
