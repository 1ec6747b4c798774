"""MS Project's summary tasks: links on them reach what is below, and their dates come from there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bifocal.engines.cpm.graph import Arc, Graph, Node
from bifocal.engines.cpm.model import Activity, Dates, Kind, Limit

if TYPE_CHECKING:
    from bifocal.engines.cpm.msp import Task


def join(graph: Graph, tasks: dict[int, Task]) -> None:
    """Replace links of summaries by links of the tasks below them; links of inactive tasks count for nothing."""
    below = _below(graph)
    for task in tasks.values():
        task.preds = [a for a in task.preds if id(a.p) in tasks]
        task.succs = [a for a in task.succs if id(a.s) in tasks]
    for key, nodes in below.items():
        above = graph.nodes[key].act
        asked, floor, cap = above.external_start, _floor(above), _cap(above)
        for task in (tasks[id(node)] for node in nodes if id(node) in tasks):
            task.outside = asked if task.outside is None else max(asked or task.outside, task.outside)
            task.floor = floor if task.floor is None else max(floor or task.floor, task.floor)
            task.cap = cap if task.cap is None else min(cap or task.cap, task.cap)
    for arc in graph.summary_arcs:
        befores = below.get(arc.p.act.id, []) if arc.p.kind is Kind.SUMMARY else [arc.p]
        afters = below.get(arc.s.act.id, []) if arc.s.kind is Kind.SUMMARY else [arc.s]
        for p in befores:
            for s in afters:
                if p is not s and id(p) in tasks and id(s) in tasks:
                    made = Arc(arc.link, p, s, s.table if not arc.link.elapsed else graph.always)
                    tasks[id(s)].preds.append(made)
                    tasks[id(p)].succs.append(made)


def _floor(above: Activity) -> int | None:
    """What is below begins no earlier: a summary set by hand, or one that may not start before a date."""
    if above.manual is not None:
        return above.manual[0]
    return above.constraint.at if above.constraint and above.constraint.limit is Limit.START_AFTER else None


def _cap(above: Activity) -> int | None:
    """What is below finishes no later in the backward pass."""
    return above.constraint.at if above.constraint and above.constraint.limit is Limit.FINISH_BEFORE else None


def _below(graph: Graph) -> dict[str, list[Node]]:
    """The tasks under each summary, at any depth."""
    out: dict[str, list[Node]] = {}
    for node in graph.nodes.values():
        if node.kind is Kind.SUMMARY or not node.act.active:
            continue
        at, seen = node.act.parent, set()
        while at is not None and at not in seen and at in graph.nodes:
            seen.add(at)
            out.setdefault(at, []).append(node)
            at = graph.nodes[at].act.parent
    return out


def roll_up(graph: Graph, dates: dict[str, Dates]) -> None:
    """From the first to the last of what is below; critical where anything below is."""
    for key, nodes in _below(graph).items():
        found = [dates[n.act.id] for n in nodes if n.act.id in dates]
        summary = graph.nodes[key]
        if not found or summary.kind is not Kind.SUMMARY:
            continue
        early = [(d.start, d.finish) for d in found]
        es, ef = min(e[0] for e in early), max(e[1] for e in early)
        ls, lf = min(d.late_start for d in found), max(d.late_finish for d in found)
        done = all(n.actual_finish is not None for n in nodes)
        begun = any(n.actual_start is not None for n in nodes)
        ends = summary.table.work(ef, lf)
        slack = None if done else ends if begun else min(summary.table.work(es, ls), ends)
        dates[key] = Dates(
            es, ef, ls, lf, es, ef, slack, None if done else max(0, slack or 0), any(d.critical for d in found), False, (),
            "summary", "summary", "summary",
        )  # fmt: skip
