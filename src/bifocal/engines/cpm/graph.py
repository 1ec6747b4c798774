"""The network made ready for the passes: checked, ordered, with tables for its calendars."""

from __future__ import annotations

from collections.abc import Iterable

from bifocal.engines.cpm.calendars import Clock, Crew, Table, round_the_clock
from bifocal.engines.cpm.model import Activity, Constraint, Kind, Limit, Link, Network, Project, Work
from bifocal.lib.errors import Invalid

ROUND_THE_CLOCK = round_the_clock()
SPANS = frozenset((Kind.LOE, Kind.WBS, Kind.SUMMARY))  # take their dates from others
WAITING, WORKING, DONE = 0, 1, 2  # not started, in progress, completed
OUTSIDE = -(1 << 60)  # what nodes wait for is counted only while they are put in order; those left out never reach nothing


class Side:
    """One project while it is computed."""

    __slots__ = ("data_date", "end", "finish", "lag_table", "must_finish", "options", "project", "start")

    def __init__(self, project: Project, microsoft: bool = False) -> None:
        self.project, self.options = project, project.options
        self.data_date = project.start if project.data_date is None else project.data_date
        self.start = project.start if microsoft else max(project.start, self.data_date)  # MS Project's status date moves nothing
        self.must_finish = project.must_finish
        self.finish = self.end = 0
        self.lag_table: Table | None = None


class Node:
    """One activity while it is computed: what it is, and the instants as they come to be known."""

    __slots__ = (
        "act",
        "actual_finish",
        "actual_start",
        "alap",
        "at",
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
        "span",
        "start_milestone",
        "state",
        "succs",
        "table",
        "waits",
        "why_f",
        "why_l",
        "why_s",
    )  # fmt: skip

    def __init__(self, act: Activity, side: Side, table: Table, at: int) -> None:
        self.act, self.side, self.table, self.at = act, side, table, at
        self.kind = kind = act.kind
        self.span = kind is Kind.LOE or kind is Kind.WBS or kind is Kind.SUMMARY
        self.clock: Clock = table
        self.dur, self.rem = act.duration, act.remaining
        self.actual_start, self.actual_finish = act.actual_start, act.actual_finish
        self.state = WAITING if act.actual_start is None else WORKING if act.actual_finish is None else DONE
        self.done = 0
        self.start_milestone, self.finish_milestone = kind is Kind.START, kind is Kind.FINISH
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
        self.waits = OUTSIDE
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
        self.sides = {p.id: Side(p, network.dialect == "msp") for p in network.projects}
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
        table = self.tables.get(act.calendar) or self.table(act.calendar, f"Activity {act.code}")
        node = Node(act, self.sides[act.project], self.always if act.elapsed else table, len(self.nodes))
        if act.work and self.network.dialect == "p6":
            node.clock = Crew(table, [self._share(w, node) for w in act.work], act.remaining)
        if act.constraint and act.constraint.at is None and act.constraint.limit is not Limit.LATE:
            raise Invalid(f"Activity {act.code} has the constraint '{act.constraint.limit}' without a date.", field=act.code)
        return node

    def _share(self, work: Work, node: Node) -> tuple[Table, int]:
        table = self.table(work.calendar or node.act.calendar, f"Resource {work.resource}")
        return table, work.total if node.state == WAITING else work.remaining

    def table(self, calendar: str, who: str) -> Table:
        """A calendar's table. Raises Invalid where there is no such calendar."""
        found = self.tables.get(calendar)
        if found is None:
            empty = next((c.name or c.id for c in self.network.calendars if c.id == calendar), None)
            if empty is not None:
                raise Invalid(f"Calendar {empty} has no working time at all, and {who} works on it.", field=calendar)
            raise Invalid(f"{who} works on calendar {calendar}, which does not exist.", field=calendar)
        return found

    def _connect(self, links: Iterable[Link]) -> None:
        for side in self.sides.values():
            side.lag_table = self._lag_table(side)
        nodes, by_successor = self.nodes, self.network.dialect == "msp"
        for link in links:
            p, s = nodes.get(link.before), nodes.get(link.after)
            if p is None or s is None:
                missing = link.before if p is None else link.after
                raise Invalid(f"A link names activity {missing}, which does not exist.", field=missing)
            side = s.side
            if p.side is not side and not side.options.external_links:
                continue
            own = s.table if by_successor or side.options.lag_calendar == "successor" else p.table
            arc = Arc(link, p, s, self.always if link.elapsed else side.lag_table or own)
            if p.span or s.span:
                self._attach(arc)
            elif s.state == WAITING or side.options.progress != "override":
                s.preds.append(arc)
                p.succs.append(arc)

    def _lag_table(self, side: Side) -> Table | None:
        """The one calendar that all lags of a project run on, where its option names one."""
        choice, default = side.options.lag_calendar, side.project.calendar
        if choice == "24h":
            return self.always
        return self.table(default, "The project") if choice == "project" and default else None

    def _attach(self, arc: Arc) -> None:
        """Logic joins activities; a level of effort hears of both its ends but drives nobody."""
        p, s = arc.p, arc.s
        if p.kind is Kind.SUMMARY or s.kind is Kind.SUMMARY:
            self.summary_arcs.append(arc)
        else:
            if s.span:
                s.preds.append(arc)
            if p.span:
                p.succs.append(arc)

    def unlink(self) -> None:
        """Let go of all links once the dates are known: nodes and links hold each other, and freeing them now is cheaper than the
        collector's search for them later."""
        for node in self.nodes.values():
            node.preds = node.succs = node.drivers = NO_ARCS
            node.late_arc = None


NO_ARCS: list[Arc] = []


def _tables(network: Network) -> dict[str, Table]:
    """A table for each calendar with working time, over the time that the network can be expected to take."""
    starts = [p.start for p in network.projects] + [p.data_date for p in network.projects if p.data_date is not None]
    first = min(starts, default=0)
    last = max(starts, default=0) + 730 * 1440
    return {c.id: Table(c, first, last) for c in (*network.calendars, ROUND_THE_CLOCK) if c.works}


Ends = dict[int, tuple[list[Arc], list[Arc]]]  # by id of the node: the links into it and out of it


def ordered(nodes: list[Node], ends: Ends | None = None) -> list[Node]:
    """The nodes so that each comes after those it waits for. Raises Invalid with the loop, where there is one."""
    if ends is None and _in_order(nodes):
        return nodes
    for node in nodes:
        node.waits = 0
    for node in nodes:
        for arc in node.succs if ends is None else ends[id(node)][1]:
            arc.s.waits += 1
    ready = [n for n in nodes if not n.waits]
    for node in ready:  # grows while it is walked
        for arc in node.succs if ends is None else ends[id(node)][1]:
            after = arc.s
            after.waits -= 1
            if not after.waits:
                ready.append(after)
    stuck = [n for n in nodes if n.waits] if len(ready) < len(nodes) else []
    for node in nodes:
        node.waits = OUTSIDE
    if stuck:
        loop = " → ".join(_shortened(_loop(stuck, ends or {id(n): (n.preds, n.succs) for n in stuck})))
        raise Invalid(f"These activities wait for each other in a loop: {loop}. Remove one of these links.", field="links")
    return ready


def _in_order(nodes: list[Node]) -> bool:
    """Whether the file lists each after those it waits for, as most do. Then memory is walked as it was laid down, twice as quickly."""
    for node in nodes:
        at = node.at
        for arc in node.preds:
            if arc.p.at >= at:
                return False
    return True


def _loop(stuck: list[Node], ends: Ends) -> list[str]:
    """One loop among the nodes that could not be ordered: every one of them waits for another of them."""
    inside = set(map(id, stuck))
    seen: dict[int, Node] = {}
    at = stuck[0]
    while id(at) not in seen:
        seen[id(at)] = at
        at = next(a.p for a in ends[id(at)][0] if id(a.p) in inside)
    way = list(seen.values())
    loop = way[way.index(at) :][::-1]
    return [n.act.code for n in (*loop, loop[0])]


def _shortened(codes: list[str]) -> list[str]:
    """A loop too long to read is cut in its middle."""
    return codes if len(codes) <= 60 else [*codes[:30], f"… {len(codes) - 60} more …", *codes[-30:]]
