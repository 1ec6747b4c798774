"""Total and free float in the activity's own working minutes, and the longest path, Primavera's way."""

from __future__ import annotations

from bifocal.engines.cpm.graph import DONE, LOE, WAITING, WORKING, Arc, Node
from bifocal.engines.cpm.model import Limit

MUST_START, MUST_FINISH = Limit.MUST_START, Limit.MUST_FINISH


def total_float(node: Node) -> int | None:
    """By the project's option; once under way by the finish; a completed activity has none."""
    if node.state == DONE:
        return None
    kind = node.side.options.total_float
    if kind == "finish" or node.state == WORKING:
        return 0 if node.ef == node.lf else node.table.work(node.ef, node.lf)
    start = node.table.work(node.es, node.ls)
    return start if kind == "start" else min(start, node.table.work(node.ef, node.lf))


def free_float(node: Node) -> int | None:
    """How far it may slip before the early dates of a successor move; never negative."""
    if node.state == DONE:
        return None
    if node.expected is not None or node.kind is LOE or node.limit is MUST_FINISH:
        return 0
    if not node.succs:
        if node.limit is MUST_START:
            return 0
        return max(0, node.table.work(node.ef, node.side.finish))
    if len(node.succs) == 1:
        return max(0, _gap(node.succs[0]))
    least: dict[int, int] = {}
    for arc in node.succs:
        gap, key = _gap(arc), id(arc.s)
        if not gap:
            return 0
        if key in least:  # two links between the same two: the tighter one, unless it is already broken
            both = (least[key], gap)
            gap = min(both) if min(both) >= 0 else max(both)
        least[key] = gap
    return max(0, min(least.values()))


def _gap(arc: Arc) -> int:
    p, s, lag = arc.p, arc.s, arc.lag
    if not lag and arc.type == "FS" and p.state == WAITING:
        return p.table.work(p.ef, s.es)
    early, late = (p.es, p.ef) if p.state == WAITING else (p.res, p.ref)
    if arc.type == "SS" and lag and p.state != WAITING:
        lag = 0 if p.done >= lag else lag - p.done
    at = early if arc.type in ("SS", "SF") else late
    if lag:
        at = arc.table.add(at, lag)
        if lag < 0:
            at = max(at, s.side.data_date)
    return p.table.work(at, s.es if arc.type in ("FS", "SS") else s.ef)


def mark_longest_path(nodes: list[Node]) -> None:
    """From the activities that finish last, back along the links that drive."""
    last: dict[str, int] = {}
    for n in nodes:
        key = n.side.project.id
        last[key] = max(n.ef, last.get(key, n.ef))
    stack = [n for n in nodes if n.ef == last[n.side.project.id]]
    while stack:
        node = stack.pop()
        if not node.longest:
            node.longest = True
            stack.extend(a.p for a in node.drivers)
