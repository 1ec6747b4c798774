"""The forward pass of Primavera P6: early dates, the links that drive them, and the rule behind each."""

from __future__ import annotations

from bifocal.engines.cpm.calendars import DAY
from bifocal.engines.cpm.graph import DONE, WAITING, WORKING, Arc, Node
from bifocal.engines.cpm.model import Limit
from bifocal.engines.cpm.p6_early import wish


def forward(node: Node) -> None:
    """Early start and finish of one activity whose predecessors are known."""
    if node.state != WAITING:
        _progress(node)
    arc, start, kept, at = _driving(node) if node.preds else ALONE
    if node.state == WAITING:
        _waiting(node, arc, start, kept, at)
    elif node.state == WORKING:
        _working(node, arc, start)
    else:
        _done(node, arc, start)
    node.res, node.ref = node.es, node.ef
    if node.state == WORKING:
        node.ref = node.clock.add(node.es, node.rem)
        _expected(node)
        _whole(node)
    elif node.state == WAITING and node.expected is not None:
        _expected(node)


Driver = tuple[Arc | None, int, int | None, int]  # the link, the start it asks for, the finish it keeps, the start in working time
ALONE: Driver = (None, 0, None, -1)


def _driving(node: Node) -> Driver:
    """The links whose wishes are the latest, once moved to the activity's own working time; the first of them is applied."""
    best, chosen, start, kept = -(1 << 60), None, 0, None
    drivers: tuple[Arc, ...] = ()
    snap = node.clock.next_start
    done = node.state == DONE
    for arc in node.preds:
        if arc.type == "FS" and arc.lag == 0 and arc.p.state == WAITING:
            wanted, finish = arc.p.ef, None
        else:
            wanted, finish = wish(arc)
        at = wanted if done else snap(wanted)
        if at > best:
            best, chosen, start, kept = at, arc, wanted, finish
            drivers = (arc,)
        elif at == best:
            drivers = (*drivers, arc)
    node.drivers = drivers
    return chosen, start, kept, best


def _waiting(node: Node, arc: Arc | None, start: int, finish: int | None, at: int) -> None:
    """Not started: logic (`start`, in working time `at`), then constraints, then the calendar."""
    earliest, asked = node.side.start, start
    node.why_s = node.why_f = "link"
    if arc is None:
        start, finish = _alone(node, earliest)
    elif start < earliest:
        start, finish = earliest, None
        _released(node, "data date")
    if node.limit is not None and not node.alap:
        start, finish = _held(node, start, finish)
    if node.second is not None:
        start, finish = _held_again(node, start, finish)
    if not node.finish_milestone:
        start = at if start == asked and arc is not None else node.clock.next_start(start)
        if node.start_milestone:
            finish = start
    elif start != node.clock.prev_finish(start):
        start = node.clock.next_start(start)
    external = node.outer_start
    if external is not None and external > start:
        start, finish = external if node.finish_milestone else node.clock.next_start(external), None
        _released(node, "external link")
    node.es = start
    node.ef = node.clock.add(start, node.dur) if finish is None else finish


def _released(node: Node, rule: str) -> None:
    """Something other than logic sets the dates."""
    node.drivers = ()
    node.why_s = node.why_f = rule


def _alone(node: Node, earliest: int) -> tuple[int, int | None]:
    """Nothing before it: the data date, or the constraint that holds it back."""
    _released(node, "data date")
    if node.limit is Limit.START_AFTER and node.limit_at > node.side.data_date:
        node.why_s = node.why_f = node.limit.value
        return node.limit_at, None
    if node.limit is Limit.FINISH_AFTER:
        finish = node.limit_at if node.clock.works(node.limit_at) else node.clock.next_start(node.limit_at)
        start = node.clock.sub(finish, node.dur)
        if start >= earliest:
            node.why_s = node.why_f = node.limit.value
            return start, finish
    return earliest, None


def _held(node: Node, start: int, finish: int | None) -> tuple[int, int | None]:
    """The constraint against the logic; only mandatory ones move an activity to before its logic."""
    limit, at, clock = node.limit, node.limit_at, node.clock
    moved = start
    if limit is Limit.START_AFTER:
        moved = max(start, _at_the_hour(node, at, start))
        if moved > start:
            finish = None
    elif limit is Limit.FINISH_AFTER:
        moved = max(start, clock.sub(at, node.dur))
        if moved > start:
            finish = None
    elif limit is Limit.MUST_START:
        moved, finish = at, None
    elif limit is Limit.START_ON and start < at:
        moved, finish = clock.next_start(at), None
    elif limit is Limit.MUST_FINISH:
        moved, finish = clock.sub(at, node.dur), at
    elif limit is Limit.FINISH_ON and clock.sub(at, node.dur) > start:
        moved = clock.sub(at, node.dur)
        finish = moved if node.finish_milestone else clock.prev_finish(at)
    if limit is not None and (moved != start or limit in (Limit.MUST_START, Limit.MUST_FINISH)):
        _released(node, limit.value)
    return moved, finish


def _at_the_hour(node: Node, at: int, start: int) -> int:
    """A start-on-or-after without a time of day takes the hour of the logic it replaces, where that hour is worked."""
    hour = start % DAY
    if at % DAY == 0 and hour and node.clock.next_start(at + hour) // DAY == at // DAY:
        return at + hour
    return at


def _held_again(node: Node, start: int, finish: int | None) -> tuple[int, int | None]:
    """The second constraint, where it pushes later."""
    second = node.second
    if second is None or second.at is None:
        return start, finish
    at = second.at
    if second.limit in (Limit.FINISH_AFTER, Limit.FINISH_ON):
        at = node.clock.sub(at, node.dur)
    if second.limit in (Limit.START_AFTER, Limit.START_ON, Limit.FINISH_AFTER, Limit.FINISH_ON) and at > start:
        _released(node, second.limit.value)
        return at, None
    return start, finish


def _working(node: Node, arc: Arc | None, start: int) -> None:
    """Under way: what is left runs from the data date, or from the logic where that is later."""
    clock, now = node.clock, node.side.data_date
    node.why_s = node.why_f = "link"
    begin = clock.next_start(now) if arc is None else max(clock.next_start(start), clock.next_start(node.side.start))
    if arc is None or clock.next_start(start) < begin:
        _released(node, "data date")
    resume = node.act.resume
    if resume is not None and node.act.suspend is not None and resume > begin:
        begin = clock.next_start(resume)
        _released(node, "resume date")
    external = node.outer_start
    if external is not None and external > begin:
        begin = clock.next_start(external)
        _released(node, "external link")
    node.es, node.ef = begin, clock.add(begin, node.rem)


def _done(node: Node, arc: Arc | None, start: int) -> None:
    """Completed: stands at the data date (not moved into working time), or where logic that is still open pushes through it."""
    side = node.side
    node.why_s = node.why_f = "actual"
    if node.actual_start is None or node.actual_finish is None:
        return
    if side.options.progress == "actual":
        node.es, node.ef = node.actual_start, node.actual_finish
    elif arc is None:
        node.es = node.ef = side.data_date
    else:
        node.es = max(start, side.start)
        node.ef = node.clock.add(node.es, node.rem)


def _expected(node: Node) -> None:
    """Expected finish: the scheduler names the finish, and the remaining duration follows from it."""
    expected, side = node.expected, node.side
    if expected is None or not side.options.expected_finish or node.alap or expected < node.es or expected < side.data_date:
        return
    if any(a.type in ("FF", "SF") for a in node.preds) or node.table.work(node.ef, expected) == 0:
        return
    node.ef = node.ref = expected
    node.rem = node.table.work(node.res, expected)
    if node.state == WAITING:
        node.dur = node.rem
    node.why_f = "expected finish"


def _progress(node: Node) -> None:
    """The actual duration up to the data date (or the finish), less the time suspended, and the whole duration from it."""
    act, end, away = node.act, node.side.data_date, 0
    if node.actual_start is None:
        return
    if node.actual_finish is not None:
        end = node.actual_finish
    elif act.suspend is not None and act.suspend <= end:
        if act.resume is not None and end > act.resume:
            away = node.table.work(act.suspend, act.resume)
        else:
            end = act.suspend
    node.done = max(0, node.table.work(node.actual_start, end) - away)
    node.dur = node.done + node.rem


def _whole(node: Node) -> None:
    """The duration at completion, once the finish is known: delays by logic are part of it."""
    if not node.act.physical and node.clock is node.table:
        node.rem = max(0, node.table.work(node.res, node.ef))
    if node.done and node.rem and node.actual_start is not None:
        node.dur = node.table.work(node.actual_start, node.ef)
    else:
        node.dur = node.done or node.rem
