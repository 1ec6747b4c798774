"""The network made ready for the passes: checked, ordered, with tables for its calendars."""

from __future__ import annotations

from collections.abc import Iterable

from bifocal.engines.cpm.calendars import Clock, Crew, Table, round_the_clock
from bifocal.engines.cpm.model import Activity, Constraint, Kind, Limit, Link, Network, Project
from bifocal.lib.errors import Invalid

ROUND_THE_CLOCK = round_the_clock()
SPANS = frozenset((Kind.LOE, Kind.WBS, Kind.SUMMARY))  # take their dates from others
WAITING, WORKING, DONE = 0, 1, 2  # not started, in progress, completed


class Side:
    """One project while it is computed."""

    __slots__ = ("data_date", "end", "finish", "must_finish", "options", "project", "start")

    def __init__(self, project: Project) -> None:
        self.project, self.options = project, project.options
        self.data_date = project.start if project.data_date is None else project.data_date
        self.start = max(project.start, self.data_date)
        self.must_finish = project.must_finish
        self.finish = self.end = 0


class Node:
    """One activity while it is computed: what it is, and the instants as they come to be known."""

    __slots__ = (
        "act",
        "actual_finish",
        "actual_start",
        "alap",
        "clock",
        "done",
        "drivers",
        "dur",
        "ef",
        "es",
        "finish_milestone",
        "kind",
        "late_arc",
        "lf",
        "limit",
        "limit_at",
        "longest",
        "ls",
        "preds",
        "ref",
        "rem",
        "res",
        "second",
        "side",
        "start_milestone",
        "state",
        "succs",
        "table",
        "why_f",
        "why_l",
        "why_s",
    )  # fmt: skip

    def __init__(self, act: Activity, side: Side, table: Table) -> None:
        self.act, self.side, self.table, self.kind = act, side, table, act.kind
        self.clock: Clock = table
        self.dur, self.rem = act.duration, act.remaining
        self.actual_start, self.actual_finish = act.actual_start, act.actual_finish
        self.state = WAITING if act.actual_start is None else WORKING if act.actual_finish is None else DONE
        self.done = 0
        self.start_milestone, self.finish_milestone = act.kind is Kind.START, act.kind is Kind.FINISH
        limit = act.constraint
        self.limit = limit.limit if limit else None
        self.limit_at = (limit.at or 0) if limit else 0
        self.alap = self.limit is Limit.LATE
        self.second: Constraint | None = act.second
        self.preds: list[Arc] = []
        self.succs: list[Arc] = []
        self.drivers: list[Arc] = []
        self.es = self.ef = self.ls = self.lf = self.res = self.ref = 0
        self.longest = False
        self.why_s = self.why_f = self.why_l = ""
        self.late_arc: Arc | None = None


class Arc:
    """One link while it is computed."""

    __slots__ = ("lag", "link", "p", "s", "table", "type")

    def __init__(self, link: Link, p: Node, s: Node, table: Table) -> None:
        self.link, self.p, self.s, self.table = link, p, s, table
        self.type, self.lag = link.type, link.lag


class Graph:
    """All nodes in the file's order, and those that carry logic in the order of computing."""

    def __init__(self, network: Network) -> None:
        """Raises Invalid for unknown activities, calendars and projects, negative durations, double ids and loops."""
        self.network = network
        self.sides = {p.id: Side(p) for p in network.projects}
        self.tables = _tables(network)
        self.always = self.tables[ROUND_THE_CLOCK.id]
        self.nodes: dict[str, Node] = {}
        self.summary_arcs: list[Arc] = []
        for act in network.activities:
            if act.id in self.nodes:
                raise Invalid(f"Two activities have the same code {act.code}.", field=act.code)
            self.nodes[act.id] = self._node(act)
        self._connect(network.links)

    def _node(self, act: Activity) -> Node:
        if act.remaining < 0 or act.duration < 0:
            raise Invalid(f"Activity {act.code} has a negative duration.", field=act.code)
        if act.project not in self.sides:
            raise Invalid(f"Activity {act.code} belongs to project {act.project}, which is not here.", field=act.code)
        table = self.table(act.calendar, f"Activity {act.code}")
        node = Node(act, self.sides[act.project], self.always if act.elapsed else table)
        shares = [
            (self.table(w.calendar or act.calendar, f"Resource {w.resource}"), w.total if node.state == WAITING else w.remaining)
            for w in act.work
        ]
        if shares and self.network.dialect == "p6":
            node.clock = Crew(table, shares, act.remaining)
        if act.constraint and act.constraint.at is None and act.constraint.limit is not Limit.LATE:
            raise Invalid(f"Activity {act.code} has the constraint '{act.constraint.limit}' without a date.", field=act.code)
        return node

    def table(self, calendar: str, who: str) -> Table:
        """A calendar's table. Raises Invalid where there is no such calendar."""
        found = self.tables.get(calendar)
        if found is None:
            raise Invalid(f"{who} works on calendar {calendar}, which does not exist.", field=calendar)
        return found

    def _connect(self, links: Iterable[Link]) -> None:
        lag_tables: dict[str, Table | None] = {}
        for side in self.sides.values():
            choice = side.options.lag_calendar
            default = side.project.calendar
            lag_tables[side.project.id] = (
                self.always if choice == "24h" else self.table(default, "The project") if choice == "project" and default else None
            )
        for link in links:
            p, s = self.nodes.get(link.before), self.nodes.get(link.after)
            if p is None or s is None:
                missing = link.before if p is None else link.after
                raise Invalid(f"A link names activity {missing}, which does not exist.", field=missing)
            if p.side is not s.side and not s.side.options.external_links:
                continue
            after = s.side.options.lag_calendar == "successor" or self.network.dialect == "msp"
            own = s.table if after else p.table
            self._attach(Arc(link, p, s, self.always if link.elapsed else lag_tables[s.side.project.id] or own))

    def _attach(self, arc: Arc) -> None:
        """Logic joins activities; a level of effort hears of both its ends but drives nobody."""
        p, s = arc.p, arc.s
        if Kind.SUMMARY in (p.kind, s.kind):
            self.summary_arcs.append(arc)
            return
        hammock = p.kind in SPANS or s.kind in SPANS
        if not hammock and s.state != WAITING and s.side.options.progress == "override":
            return
        if not hammock or s.kind in SPANS:
            s.preds.append(arc)
        if not hammock or p.kind in SPANS:
            p.succs.append(arc)


def _tables(network: Network) -> dict[str, Table]:
    """A table for each calendar, over the time that the network can be expected to take."""
    starts = [p.start for p in network.projects] + [p.data_date for p in network.projects if p.data_date is not None]
    first = min(starts, default=0)
    last = max(starts, default=0) + 730 * 1440
    return {c.id: Table(c, first, last) for c in (*network.calendars, ROUND_THE_CLOCK)}


Ends = dict[int, tuple[list[Arc], list[Arc]]]  # by id of the node: the links into it and out of it


def ordered(nodes: list[Node], ends: Ends | None = None) -> list[Node]:
    """The nodes so that each comes after those it waits for. Raises Invalid with the loop, where there is one."""
    ends = ends or {id(n): (n.preds, n.succs) for n in nodes}
    waits = {id(n): sum(1 for a in ends[id(n)][0] if id(a.p) in ends) for n in nodes}
    ready = [n for n in nodes if not waits[id(n)]]
    for node in ready:  # grows while it is walked
        for arc in ends[id(node)][1]:
            key = id(arc.s)
            if key in waits:
                waits[key] -= 1
                if not waits[key]:
                    ready.append(arc.s)
    if len(ready) < len(nodes):
        loop = " → ".join(_loop([n for n in nodes if waits[id(n)] > 0], ends))
        raise Invalid(f"These activities wait for each other in a loop: {loop}. Remove one of these links.", field="links")
    return ready


def _loop(stuck: list[Node], ends: Ends) -> list[str]:
    """One loop among the nodes that could not be ordered: every one of them waits for another of them."""
    inside = set(map(id, stuck))
    seen: list[Node] = []
    at = stuck[0]
    while at not in seen:
        seen.append(at)
        at = next(a.p for a in ends[id(at)][0] if id(a.p) in inside)
    loop = seen[seen.index(at) :][::-1]
    return [n.act.code for n in (*loop, loop[0])]
