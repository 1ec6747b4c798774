"""The network made ready for the passes: checked, ordered, with tables for its calendars."""

from __future__ import annotations

from collections.abc import Sequence
from operator import lt
from typing import TypeVar

from bifocal.engines.cpm.calendars import Clock, Crew, Table, round_the_clock
from bifocal.engines.cpm.model import Activity, Constraint, Kind, Limit, Link, Network, Project, Work
from bifocal.lib.errors import Invalid

T = TypeVar("T")
ROUND_THE_CLOCK = round_the_clock()
LOE, WBS, SUMMARY, START, FINISH, LATE = Kind.LOE, Kind.WBS, Kind.SUMMARY, Kind.START, Kind.FINISH, Limit.LATE  # ten times as quick
SPANS = frozenset((LOE, WBS, SUMMARY))  # take their dates from others
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
        "expected",
        "finish_milestone",
        "kind",
        "late_arc",
        "lf",
        "limit",
        "limit_at",
        "longest",
        "ls",
        "outer_finish",
        "outer_start",
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
        self.span = kind is LOE or kind is WBS or kind is SUMMARY
        self.clock: Clock = table
        self.dur, self.rem = act.duration, act.remaining
        self.actual_start, self.actual_finish = act.actual_start, act.actual_finish
        self.state = WAITING if act.actual_start is None else WORKING if act.actual_finish is None else DONE
        self.done = 0
        self.start_milestone, self.finish_milestone = kind is START, kind is FINISH
        limit = act.constraint
        self.limit = limit.limit if limit else None
        self.limit_at = (limit.at or 0) if limit else 0
        self.alap = self.limit is LATE
        self.second: Constraint | None = act.second
        self.expected = act.expected_finish  # these three are asked in every pass: the activity itself lies far away in memory
        outside = side.options.external_links  # else dates that other projects ask for count no more than links to them
        self.outer_start, self.outer_finish = (act.external_start, act.external_finish) if outside else (None, None)
        self.preds: list[Arc] = []
        self.succs: list[Arc] = []
        self.drivers: tuple[Arc, ...] = ()
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
    """All nodes: `nodes` by id in the file's order; `laid` so that each comes after those it waits for, as far as can be; `logic` those
    of them that carry it. They are made in the order of `laid`: the passes then walk memory as it was laid down, whatever the file's order.
    """

    def __init__(self, network: Network) -> None:
        """Raises Invalid for unknown activities, calendars and projects, negative durations and double ids."""
        self.network, self.microsoft = network, network.dialect == "msp"
        self.sides = {p.id: Side(p, self.microsoft) for p in network.projects}
        self.tables = _tables(network)
        self.always = self.tables[ROUND_THE_CLOCK.id]
        self.summary_arcs: list[Arc] = []
        places = _places(network.activities)
        before, after = _ends(network.links, places)
        self.order = _layout(len(places), before, after)
        acts = network.activities
        self.laid = [self._node(acts[i], at) for at, i in enumerate(self.order)]
        self.logic = [n for n in self.laid if not n.span]
        nodes = self.in_file_order(self.laid)
        self.nodes = dict(zip(places, nodes, strict=True))
        self._connect(nodes, before, after)

    def in_file_order(self, laid: list[T]) -> list[T]:
        """What was found for each of `laid`, in the order of the file."""
        if type(self.order) is range:
            return laid
        out = laid.copy()
        for i, x in zip(self.order, laid, strict=True):
            out[i] = x
        return out

    def _node(self, act: Activity, at: int) -> Node:
        if act.remaining < 0 or act.duration < 0:
            raise Invalid(f"Activity {act.code} has a negative duration.", field=act.code)
        if act.project not in self.sides:
            raise Invalid(f"Activity {act.code} belongs to project {act.project}, which is not here.", field=act.code)
        table = self.tables.get(act.calendar) or self.table(act.calendar, f"Activity {act.code}")
        node = Node(act, self.sides[act.project], self.always if act.elapsed else table, at)
        if act.work and not self.microsoft:
            node.clock = Crew(table, [self._share(w, node) for w in act.work], act.remaining)
        if act.constraint and act.constraint.at is None and act.constraint.limit is not LATE:
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

    def _connect(self, nodes: list[Node], before: list[int], after: list[int]) -> None:
        for side in self.sides.values():
            side.lag_table = self._lag_table(side)
        for link, i, j in zip(self.network.links, before, after, strict=True):
            p, s = nodes[i], nodes[j]
            side = s.side
            if p.side is not side and not side.options.external_links:
                continue
            own = s.table if self.microsoft or side.options.lag_calendar == "successor" else p.table
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
        if p.kind is SUMMARY or s.kind is SUMMARY:
            self.summary_arcs.append(arc)
        else:
            if s.span:
                s.preds.append(arc)
            if p.span:
                p.succs.append(arc)

    def unlink(self) -> None:
        """Let go of all links once the dates are known: nodes and links hold each other, and freeing them now is cheaper than the
        collector's search for them later."""
        for node in self.laid:
            node.preds = node.succs = NO_ARCS
            node.drivers = ()
            node.late_arc = None


NO_ARCS: list[Arc] = []


def _tables(network: Network) -> dict[str, Table]:
    """A table for each calendar with working time, over the time that the network can be expected to take."""
    starts = [p.start for p in network.projects] + [p.data_date for p in network.projects if p.data_date is not None]
    first = min(starts, default=0)
    last = max(starts, default=0) + 730 * 1440
    return {c.id: Table(c, first, last) for c in (*network.calendars, ROUND_THE_CLOCK) if c.works}


def _places(activities: Sequence[Activity]) -> dict[str, int]:
    """Where in the file each activity stands. Raises Invalid for double ids."""
    places = {act.id: i for i, act in enumerate(activities)}
    if len(places) < len(activities):
        double = next(act for i, act in enumerate(activities) if places[act.id] != i)
        raise Invalid(f"Two activities have the same code {double.code}.", field=double.code)
    return places


def _ends(links: Sequence[Link], places: dict[str, int]) -> tuple[list[int], list[int]]:
    """The places of the activities before and after each link. Raises Invalid for an activity that is not there."""
    try:
        return [places[link.before] for link in links], [places[link.after] for link in links]
    except KeyError as error:
        missing = error.args[0]
        raise Invalid(f"A link names activity {missing}, which does not exist.", field=missing) from None


def _layout(n: int, before: list[int], after: list[int]) -> Sequence[int]:
    """The file's places so that each comes after those it waits for; loops, if there are any, come last as they stand."""
    if all(map(lt, before, after)):
        return range(n)
    waits, first, later = [0] * n, [-1] * n, [-1] * len(before)  # the links out of a place, the last one first
    for k, (i, j) in enumerate(zip(before, after, strict=True)):
        waits[j] += 1
        later[k] = first[i]
        first[i] = k
    order = [i for i in range(n) if not waits[i]]
    for i in order:  # grows while it is walked
        k = first[i]
        while k >= 0:
            j = after[k]
            waits[j] -= 1
            if not waits[j]:
                order.append(j)
            k = later[k]
    return order if len(order) == n else order + [i for i in range(n) if waits[i]]


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
