"""The backward pass of Primavera P6: late dates, and the shift of as-late-as-possible activities."""

from __future__ import annotations

from bifocal.engines.cpm.graph import DONE, WAITING, Arc, Node
from bifocal.engines.cpm.model import Constraint, Limit
from bifocal.engines.cpm.p6_late import RULES, Bound


def backward(node: Node) -> None:
    """Late start and finish of one activity whose successors are known."""
    finish, start = _after(node)
    if node.state != DONE:
        if node.limit is not None:
            finish, start = _limited(node, node.limit, node.limit_at, finish, start)
        if node.second is not None:
            finish, start = _limited_again(node, node.second, finish, start)
        if not node.start_milestone:
            finish = node.clock.prev_finish(finish)
    external = node.outer_finish
    if external is not None and external < finish:
        finish = external if node.start_milestone else node.clock.prev_finish(external)
        start, node.why_l, node.late_arc = None, "external link", None
    if start is None:
        start = node.clock.sub(finish, node.rem)
    node.ls, node.lf = start, finish
    if node.alap and node.state != DONE:
        _as_late_as_possible(node)


def _after(node: Node) -> Bound:
    """What the successors allow, never later than the project's end."""
    side = node.side
    if not node.succs:
        node.why_l = "must finish by" if side.must_finish is not None else "project finish"
        end = side.end
        if node.state != DONE and side.must_finish is not None and not node.clock.works(end):
            end = node.clock.prev_finish(end)
        return end, None
    best: Bound | None = None
    chosen: Arc | None = None
    for arc in node.succs:
        if arc.type == "FS" and arc.lag == 0 and node.state == WAITING == arc.s.state:
            late = arc.s.ls
            bound: Bound = (late if node.clock.works(late) else node.clock.prev_finish(late)), None
        else:
            bound = RULES[arc.type](arc)
        if best is None or bound[0] < best[0]:
            best, chosen = bound, arc
    if best is None or best[0] > side.end:
        node.why_l = "project finish"
        return node.clock.prev_finish(side.end), None
    node.why_l, node.late_arc = "link", chosen
    return best


def _limited(node: Node, limit: Limit, at: int, finish: int, start: int | None) -> Bound:
    """The constraint against what the successors allow."""
    clock, latest = node.clock, finish
    if limit in (Limit.START_ON, Limit.MUST_START):
        if node.state != WAITING:
            return finish, start
        latest = clock.add(at, node.dur)
        if limit is Limit.MUST_START:
            finish, start = latest + 1, None
        elif latest < finish:
            start = None if start is None else at
            latest = latest if clock.works(latest) else clock.prev_finish(latest)
    elif limit is Limit.MUST_FINISH:
        latest, finish, start = at, at + 1, None
    elif limit is Limit.START_BEFORE:
        latest = clock.add(at, node.dur)
    elif limit in (Limit.FINISH_ON, Limit.FINISH_BEFORE) and at < finish:
        latest, start = at, None
    if latest < finish:
        node.why_l, node.late_arc = limit.value, None
        return latest, start
    return finish, start


def _limited_again(node: Node, second: Constraint, finish: int, start: int | None) -> Bound:
    """The second constraint, where it pulls earlier."""
    at, clock = second.at, node.clock
    if at is None:
        return finish, start
    if second.limit in (Limit.START_BEFORE, Limit.START_ON) and clock.add(at, node.dur) < finish:
        node.why_l, node.late_arc = second.limit.value, None
        return clock.add(at, node.dur), (None if start is None else at)
    if second.limit in (Limit.FINISH_BEFORE, Limit.FINISH_ON) and at < finish:
        node.why_l, node.late_arc = second.limit.value, None
        return at, start
    return finish, start


def _as_late_as_possible(node: Node) -> None:
    """Early dates moved to zero free float, after the successors have been moved."""
    node.why_s = node.why_f = Limit.LATE.value
    if not node.succs:
        node.ef = node.clock.prev_finish(max(node.side.finish, node.side.must_finish or node.side.finish))
        node.es = node.clock.sub(node.ef, node.rem)
    else:
        start, arc = min(((_latest_start(a), a) for a in node.succs), key=lambda x: x[0])
        if arc.s.succs or not arc.s.alap:
            arc.s.drivers = (*arc.s.drivers, arc)
        if node.finish_milestone:
            start = node.clock.prev_finish(start)
        node.es, node.ef = start, node.clock.add(start, node.rem)
    node.drivers = ()
    node.res, node.ref = node.es, node.ef


def _latest_start(arc: Arc) -> int:
    """The start of the predecessor that leaves no float before this successor's early dates."""
    p, s, clock = arc.p, arc.s, arc.p.clock
    if arc.type == "SS":
        return clock.next_start(arc.table.sub(s.es, arc.lag))
    if arc.type == "FF":
        return clock.sub(arc.table.sub(s.ef, arc.lag), p.rem)
    if arc.type == "SF":
        return clock.next_start(arc.table.sub(s.ef, arc.lag))
    start = arc.table.sub(clock.sub(s.es, p.rem), arc.lag)
    if p.state == WAITING == s.state and not clock.works(start):
        start = clock.next_start(start)
    return start
