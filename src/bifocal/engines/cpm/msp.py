"""Both passes as Microsoft Project makes them: what is started stays where it started, constraints come before logic, late dates
of what runs follow from what is left of it."""

from __future__ import annotations

from collections.abc import Callable

from bifocal.engines.cpm.calendars import Clock, Crew
from bifocal.engines.cpm.graph import DONE, WAITING, WORKING, Arc, Graph, Node, ordered
from bifocal.engines.cpm.model import Dates, Kind, Limit, Result
from bifocal.engines.cpm.msp_summary import join, roll_up


class Task:
    """What MS Project's rules add to a node: the clocks for all of its work and for what is left, and its links with summaries' ones."""

    __slots__ = ("calculated", "cap", "floor", "left", "node", "outside", "preds", "pulled", "succs", "whole")

    def __init__(self, node: Node, whole: Clock, left: Clock) -> None:
        self.node, self.whole, self.left = node, whole, left
        self.preds: list[Arc] = list(node.preds)
        self.succs: list[Arc] = list(node.succs)
        self.outside = node.act.external_start  # what another project's task asks for
        self.floor: int | None = None  # a summary above that is set by hand or may not start before
        self.cap: int | None = None  # a summary above that may not finish later
        self.pulled = 0  # how far a constraint holds it before its logic
        self.calculated = 0  # late start as logic sees it, of what has started too


def compute(graph: Graph) -> Result:
    """All dates. Raises Invalid for loops, through summaries too."""
    nodes = [n for n in graph.nodes.values() if n.kind is not Kind.SUMMARY and n.act.active]
    tasks = {id(n): task_of(n, graph) for n in nodes}
    join(graph, tasks)
    order = [tasks[id(n)] for n in ordered(nodes, {key: (t.preds, t.succs) for key, t in tasks.items()})]
    for task in order:
        _forward(task, tasks, late=False)
    for side in graph.sides.values():
        own = [t.node.ef for t in order if t.node.side is side]
        side.finish = side.end = max(own, default=side.start)
    for task in reversed(order):
        _backward(task, tasks)
    if any(t.node.alap for t in order):
        for task in order:
            _forward(task, tasks, late=True)
    return _result(graph, order)


def task_of(node: Node, graph: Graph) -> Task:
    """A task whose resources drive it runs on their calendars, together with its own where it has one."""
    act = node.act
    node.dur, node.rem = act.duration, act.remaining
    node.done = act.actual_duration or max(0, act.duration - act.remaining)
    if not act.work or act.fixed_duration or act.elapsed or act.manual is not None:
        node.clock = node.table
        return Task(node, node.table, node.table)
    whole = [(graph.table(w.calendar or act.calendar, w.resource), w.total) for w in act.work]
    left = [(graph.table(w.calendar or act.calendar, w.resource), w.remaining) for w in act.work]
    clock = Crew(node.table if act.own_calendar else None, whole, act.duration)
    node.clock = clock
    return Task(node, clock, Crew(node.table if act.own_calendar else None, left, act.remaining))


def step(task: Task, tasks: dict[int, Task]) -> Callable[[], None]:
    """One task's forward pass, to be called again and again with other durations."""
    return lambda: _forward(task, tasks, late=False)


def _next_start(node: Node, t: int) -> int:
    """A milestone may stand at the end of a shift."""
    x = node.clock.next_start(t)
    return t if x > t and node.act.milestone and node.clock.prev_finish(t) == t else x


def _lag(arc: Arc) -> int:
    if arc.link.percent is not None:
        return round(arc.p.dur * arc.link.percent / 100)
    return arc.lag


def _plus(arc: Arc, t: int) -> int:
    lag = _lag(arc)
    return arc.table.add(t, lag) if lag else t


def _less(arc: Arc, t: int) -> int:
    lag = _lag(arc)
    return arc.table.sub(t, lag) if lag else t


def _forward(task: Task, tasks: dict[int, Task], late: bool) -> None:
    node, act = task.node, task.node.act
    node.drivers = ()
    if act.manual is not None:
        node.es, node.ef = act.manual
        node.why_s = node.why_f = "manual"
        return
    if node.state != WAITING and node.actual_start is not None:
        node.why_s = node.why_f = "actual"
        node.es = node.actual_start
        node.ef = node.actual_finish if node.actual_finish is not None else _running_finish(task)
        return
    node.why_s = node.why_f = "link"
    start, kept = _latest(task, tasks, late) if task.preds else (_alone(task), None)
    if task.floor is not None and task.floor > start:
        start, node.why_s, node.why_f, node.drivers = task.floor, "summary above", "summary above", ()
    if task.outside is not None and task.outside > start:
        start, node.why_s, node.why_f, node.drivers = task.outside, "external link", "external link", ()
    start = _next_start(node, start)
    start, finish = _held(task, start)
    node.es = start
    node.ef = task.whole.add(start, node.dur) if finish is None else finish
    if kept is not None and kept > node.ef and not node.table.work(node.ef, kept):
        node.ef = kept


def _running_finish(task: Task) -> int:
    """A started task ends its whole duration after its start; a split one what is left after it resumed."""
    node, act = task.node, task.node.act
    if node.actual_start is None:
        return node.es
    finish = task.whole.add(node.actual_start, node.dur)
    if act.resume is not None and act.stop is not None and act.remaining and node.table.work(act.stop, act.resume) > 0:
        finish = task.left.add(act.resume, node.rem)
    if node.limit is Limit.FINISH_AFTER:
        finish = max(finish, node.limit_at)
    return finish


def _alone(task: Task) -> int:
    node = task.node
    node.why_s = node.why_f = "project start"
    if node.limit is Limit.START_AFTER:
        return node.limit_at
    if node.limit is Limit.FINISH_AFTER:
        return task.whole.sub(node.limit_at, node.dur)
    start = _next_start(node, node.side.start)
    return node.side.start if start < node.side.start else start + node.act.level_delay


def _latest(task: Task, tasks: dict[int, Task], late: bool) -> tuple[int, int | None]:
    """The start that logic asks for, and the instant at which an SF link lets it finish, kept as it is at the other side of a break.

    No lead and no link to a finish takes work to before the project's start; a predecessor held there by its own constraint does.
    """
    best, first, begin = -(1 << 60), None, task.node.side.start
    for arc in task.preds:
        wanted = _wish(arc, task, late and arc.p.alap and not arc.s.alap)
        if wanted < begin and (_lag(arc) < 0 or arc.type in ("FF", "SF")):
            wanted = begin
        if wanted > best:
            best, task.node.drivers, first = wanted, (arc,), arc
        elif wanted == best:
            task.node.drivers = (*task.node.drivers, arc)
    return best, _plus(first, first.p.es) if first is not None and first.type == "SF" and best > begin else None


def _wish(arc: Arc, task: Task, late: bool) -> int:
    p, s = arc.p, arc.s
    start, finish = (p.ls, p.lf) if late else (p.es, p.ef)
    if arc.type == "FS":
        return _plus(arc, finish)
    if arc.type == "SS":
        return _plus(arc, p.actual_start if p.state == DONE and p.actual_start is not None else start)
    if arc.type == "SF":
        return _plus(arc, task.whole.sub(start, s.dur))
    if p.state == DONE and p.actual_finish is not None:
        finish = p.actual_finish
    return _plus(arc, task.left.sub(finish, s.rem))


def _held(task: Task, start: int) -> tuple[int, int | None]:
    """Constraints; where the project honours them, before logic."""
    node, at = task.node, task.node.limit_at
    limit, firm = node.limit, node.side.options.honor_constraints
    moved, finish = start, None
    if limit is Limit.START_AFTER:
        moved = max(start, at)
    elif limit is Limit.FINISH_AFTER:
        moved = max(start, task.whole.sub(at, node.dur))
    elif limit is Limit.START_BEFORE and firm:
        moved = min(start, at)
    elif limit is Limit.FINISH_BEFORE and firm:
        moved = min(start, task.whole.sub(at, node.dur))
    elif limit in (Limit.MUST_START, Limit.START_ON):
        moved = at if firm else max(start, at)
    elif limit in (Limit.MUST_FINISH, Limit.FINISH_ON):
        moved = task.whole.sub(at, node.dur)
        moved, finish = (moved, at) if firm or moved >= start else (start, None)
    task.pulled = node.table.work(moved, start) if moved < start else 0
    if moved != start and limit is not None:
        node.why_s = node.why_f = limit.value
        node.drivers = ()
    return moved, finish


def _backward(task: Task, tasks: dict[int, Task]) -> None:
    node, act = task.node, task.node.act
    node.why_l, node.late_arc = "project finish", None
    if node.state == DONE and node.actual_finish is not None and node.actual_start is not None:
        node.lf, task.calculated = node.actual_finish, node.actual_finish
        node.ls = node.actual_start
        return
    finish = _allowed(task, tasks)
    finish = _limited(task, finish)
    if task.cap is not None and finish > task.cap:
        finish, node.why_l, node.late_arc = task.cap, "summary above", None
    if act.deadline is not None and finish > act.deadline:
        finish, node.why_l, node.late_arc = act.deadline, "deadline", None
    if act.manual is None and not (act.milestone and node.dur == 0):
        finish = task.whole.prev_finish(finish)
    start = task.left.sub(finish, node.rem)
    if act.manual is not None:  # where it can't move, its late start is its own, whatever duration it says
        start = task.whole.sub(finish, node.dur) if node.table.work(node.ef, finish) else node.es
    task.calculated = start if node.state == WAITING or not node.dur else _resumes(task)
    node.ls = start if node.actual_start is None or act.manual is not None else node.actual_start
    node.lf = finish


def _resumes(task: Task) -> int:
    """Where what is left of a started task begins: it will not move, so neither may what comes before it."""
    node = task.node
    if node.act.resume is not None:
        return node.act.resume
    return task.whole.add(node.actual_start if node.actual_start is not None else node.es, node.done)


def _allowed(task: Task, tasks: dict[int, Task]) -> int:
    node = task.node
    best, found = node.side.end, None
    open_ends = [a for a in task.succs if a.s.state != DONE]
    for arc in open_ends:
        bound = _bound(arc, task, tasks)
        if bound < best or (bound == best and found is None):
            best, found = bound, arc
    if found is not None:
        node.why_l, node.late_arc = "link", found
    return best


def _bound(arc: Arc, task: Task, tasks: dict[int, Task]) -> int:
    p, s = arc.p, arc.s
    other = tasks[id(s)]
    if arc.type == "FS":  # a summary's late start is the actual start of what has begun below it
        return _less(arc, other.calculated if arc.link.after == s.act.id else s.ls)
    if arc.type == "FF":
        return _less(arc, s.lf)
    if arc.type == "SF":
        return task.whole.add(_less(arc, s.lf), p.dur)
    if p.state == WORKING or p.act.manual is not None:
        return p.side.end if p.state == WORKING or other.succs else s.lf
    if s.state == WAITING:
        return task.whole.add(_less(arc, p.table.next_start(s.ls)), p.dur)
    if not other.succs or s.actual_start is None:
        return p.side.end
    return task.whole.add(other.whole.add(s.actual_start, s.done), p.dur)


def _limited(task: Task, finish: int) -> int:
    node, limit, at = task.node, task.node.limit, task.node.limit_at
    if limit is Limit.MUST_START:
        latest = task.whole.add(at, node.dur)
    elif limit in (Limit.FINISH_ON, Limit.MUST_FINISH):
        latest = at
    elif limit is Limit.START_BEFORE:
        latest = min(finish, task.whole.add(at, node.dur))
    elif limit is Limit.FINISH_BEFORE:
        latest = min(finish, at)
    else:
        return finish
    if latest != finish and limit is not None:
        node.why_l, node.late_arc = limit.value, None
    return latest


def _result(graph: Graph, order: list[Task]) -> Result:
    dates = {t.node.act.id: _dates(t) for t in order}
    found = {n.act.id: dates[n.act.id] for n in graph.nodes.values() if n.act.id in dates}
    path = sorted((n for n in graph.nodes.values() if n.act.id in found and found[n.act.id].critical), key=lambda n: n.es)
    roll_up(graph, found)
    return Result(found, {key: side.finish for key, side in graph.sides.items()}, tuple(n.act.id for n in path))


def _dates(task: Task) -> Dates:
    node = task.node
    late = node.alap and node.state == WAITING
    slack = 0 if node.alap else _slack(node) - task.pulled
    done = node.state == DONE
    start, finish = (node.ls, node.lf) if late else (node.es, node.ef)
    return Dates(
        node.es, node.ef, node.ls, node.lf, start, finish, None if done else slack, None if done else _free(task, slack),
        not done and slack <= node.side.options.critical_float, False, tuple(a.link for a in node.drivers),
        node.why_s, node.why_f, node.why_l, node.late_arc.link if node.late_arc else None,
    )  # fmt: skip


def _slack(node: Node) -> int:
    finish = node.table.work(node.ef, node.lf)
    return finish if node.state != WAITING or node.act.manual is not None else min(finish, node.table.work(node.es, node.ls))


def _free(task: Task, slack: int) -> int:
    """How far it can slip before a successor moves; without open successors the total slack."""
    node = task.node
    gaps = []
    for arc in task.succs:
        if arc.s.state == DONE:
            continue
        p, s = arc.p, arc.s
        ps, pf = (p.ls, p.lf) if p.alap else (p.es, p.ef)
        ss, sf = (s.ls, s.lf) if s.alap else (s.es, s.ef)
        gap = p.table.work(ps if arc.type in ("SS", "SF") else pf, ss if arc.type in ("FS", "SS") else sf)
        gaps.append(gap - _lag(arc))
    return max(0, min(gaps, default=slack if node.state != DONE else 0))
