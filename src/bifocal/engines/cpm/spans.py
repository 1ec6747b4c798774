"""Activities that take their dates from others: levels of effort between their links, summaries from what is below them."""

from __future__ import annotations

from collections.abc import Iterable

from bifocal.engines.cpm.graph import DONE, WAITING, Arc, Graph, Node, ordered
from bifocal.engines.cpm.model import Kind
from bifocal.engines.cpm.p6_early import lagged
from bifocal.engines.cpm.p6_late import unlagged

At = tuple[int, bool, Arc]  # an instant, whether it has happened, and the link that gives it


def levels_of_effort(graph: Graph) -> list[Node]:
    """Compute every level of effort, each after those it hangs on."""
    found = [n for n in graph.nodes.values() if n.kind is Kind.LOE]
    for node in ordered(found) if found else ():
        _span(node)
    return found


def _span(node: Node) -> None:
    side = node.side
    if node.state == DONE and node.actual_start is not None and node.actual_finish is not None:
        node.es = node.ls = node.actual_start
        node.ef = node.lf = node.actual_finish
        return
    starts, late_starts, finishes, late_finishes = _candidates(node)
    early = min(starts, key=lambda a: a[0], default=None)
    node.drivers = tuple([a[2] for a in starts if early is not None and a[0] == early[0]])
    start = early[0] if early else node.clock.next_start(side.data_date)
    finish = max(finishes, key=lambda a: a[0], default=None)
    end, ended = (finish[0], finish[1]) if finish else (start, False)
    begun = bool(early and early[1])
    if start < side.data_date:
        node.actual_start = start if node.actual_start is None else node.actual_start
        start = side.data_date if begun else node.clock.next_start(side.data_date)
    if not ended:
        end = max(end, side.data_date, start)
    late_end = max((a[0] for a in late_finishes), default=side.finish)
    late_start = min(min((a[0] for a in late_starts), default=late_end), late_end)
    node.es = node.clock.next_start(start)
    node.ef = node.es if start == end else end
    node.ls = node.clock.next_start(late_start) if late_start < late_end else late_start
    node.lf = late_end
    node.res, node.ref = node.es, node.ef
    node.rem = max(0, node.table.work(node.es, node.ef))
    if ended and node.actual_start is not None and node.table.work(side.data_date, end) <= 0:
        node.actual_finish, node.state = end, DONE
    node.why_s = node.why_f = node.why_l = "span"


def _candidates(node: Node) -> tuple[list[At], list[At], list[At], list[At]]:
    """Starts, late starts, finishes and late finishes that the links offer, predecessors first."""
    out: tuple[list[At], list[At], list[At], list[At]] = ([], [], [], [])
    for arc in node.preds:
        begins = arc.type in ("FS", "SS")
        early, late = _from_before(node, arc)
        out[0 if begins else 2].append(early)
        out[1 if begins else 3].append(late)
    for arc in node.succs:
        begins = arc.type in ("SS", "SF")
        early, late = _from_after(node, arc)
        out[0 if begins else 2].append(early)
        out[1 if begins else 3].append(late)
    return out


def _from_before(node: Node, arc: Arc) -> tuple[At, At]:
    p, clock = arc.p, node.clock
    if arc.type == "SS":
        if p.actual_start is None:
            return (lagged(arc, p.es), False, arc), (lagged(arc, p.ls), False, arc)
        at = lagged(arc, p.actual_start)
        if clock.works(at) and p.actual_finish is None:
            at = clock.next_start(at)
        return (at, True, arc), (lagged(arc, p.ls), False, arc)
    if arc.type == "FS":
        if p.actual_finish is None:
            return (lagged(arc, p.ef), False, arc), (lagged(arc, p.lf), False, arc)
        late = p.ls if p.start_milestone else p.actual_finish
        return (lagged(arc, p.actual_finish), True, arc), (lagged(arc, late), True, arc)
    actual = p.actual_start if arc.type == "SF" else p.actual_finish
    if actual is None:
        early, late = (p.es, p.ls) if arc.type == "SF" else (p.ef, p.lf)
        return (clock.prev_finish(lagged(arc, early)), False, arc), (clock.prev_finish(lagged(arc, late)), False, arc)
    at = lagged(arc, actual)
    at = clock.prev_finish(at) if arc.type == "SF" else at
    return (at, True, arc), (at, True, arc)


def _from_after(node: Node, arc: Arc) -> tuple[At, At]:
    s, clock = arc.s, node.clock
    at_start = arc.type in ("SS", "FS")
    actual = s.actual_start if at_start else s.actual_finish
    if actual is not None:
        at = unlagged(arc, actual)
        if arc.type == "FS" and clock.works(at):
            at = clock.prev_finish(at)
        return (at, True, arc), (at, True, arc)
    early, late = unlagged(arc, s.es if at_start else s.ef), unlagged(arc, s.ls if at_start else s.lf)
    if arc.type in ("FS", "FF"):
        early, late = clock.prev_finish(early), clock.prev_finish(late)
    return (early, False, arc), (late, False, arc)


def summaries(graph: Graph) -> list[Node]:
    """WBS summaries: from the first to the last of what is open below their element of the breakdown."""
    found = [n for n in graph.nodes.values() if n.kind is Kind.WBS]
    if not found:
        return []
    below: dict[str, list[Node]] = {}
    for node in graph.nodes.values():
        if node.kind is not Kind.WBS and node.act.parent is not None:
            for element in _above(graph, node.act.parent):
                below.setdefault(element, []).append(node)
    for node in found:
        _roll(node, below.get(node.act.parent or "", []))
    return found


def _above(graph: Graph, element: str) -> Iterable[str]:
    seen: set[str] = set()
    at: str | None = element
    while at is not None and at not in seen:
        seen.add(at)
        yield at
        at = graph.network.outline.get(at)


def _roll(node: Node, below: list[Node]) -> None:
    still = [n for n in below if n.state != DONE]
    rolled = still or below
    node.why_s = node.why_f = node.why_l = "summary"
    if not rolled:
        node.es = node.ef = node.ls = node.lf = node.side.data_date
        return
    node.es, node.ef = min(n.es for n in rolled), max(n.ef for n in rolled)
    node.ls, node.lf = min(n.ls for n in rolled), max(n.lf for n in rolled)
    begun = [n.actual_start for n in below if n.actual_start is not None]
    node.actual_start = min(begun, default=None)
    node.state = WAITING if not begun else node.state if still else DONE
    if not still:
        node.actual_finish = max((n.actual_finish for n in below if n.actual_finish is not None), default=None)
