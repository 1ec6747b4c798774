"""Read Microsoft Project's XML (MSPDI) into a network and the dates that it stored."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bifocal.engines.cpm.calendars import Calendar, Table
from bifocal.engines.cpm.formats.codes import from_mspdi
from bifocal.engines.cpm.formats.file import Assignment, BadFile, Baseline, Resource, ScheduleFile, Stored
from bifocal.engines.cpm.formats.mspdi_calendar import read_calendars
from bifocal.engines.cpm.formats.xml import Node, instant, namespace, period, root_of, whole
from bifocal.engines.cpm.model import Activity, Constraint, Kind, Limit, Link, LinkType, Network, Options, Project, Work

LIMITS = {
    1: Limit.LATE, 2: Limit.MUST_START, 3: Limit.MUST_FINISH, 4: Limit.START_AFTER, 5: Limit.START_BEFORE, 6: Limit.FINISH_AFTER,
    7: Limit.FINISH_BEFORE,
}  # fmt: skip
TYPES: tuple[LinkType, ...] = ("FF", "FS", "SF", "SS")
ELAPSED = frozenset((4, 6, 8, 10, 12, 20))  # codes of elapsed units; +32 when only estimated
PERCENT = frozenset((19, 20))
FLAT, CONTOURED = "0", "8"  # shapes of an assignment; contoured ones are drawn by hand or interrupted
NOBODY = "-65535"  # the assignment of a task that has none keeps the interruptions
KINDS = {"0": "material", "1": "labor", "2": "cost"}


@dataclass(frozen=True)
class Frame:
    """What the rows of a file share."""

    calendar: str
    calendars: dict[str, Calendar]
    resource_calendars: dict[str, str]
    blank: int | None  # what some programs write for 'no date'
    work: dict[str, list[Node]]


def read(data: bytes) -> ScheduleFile:
    """Read the file. Raises BadFile in one sentence; nothing is half read."""
    element = root_of(data)
    root = Node(element, namespace(element))
    if not element.tag.endswith("Project"):
        raise BadFile("This XML is not a Microsoft Project schedule.")
    rows = [t for t in root.group("Tasks", "Task") if not t.flag("IsNull") and t.text("UID") != "0"]
    if not rows:
        raise BadFile("The file holds no tasks.")
    calendars = read_calendars(root, int(root.number("MinutesPerDay", 480)))
    resources = {r.text("UID"): r for r in root.group("Resources", "Resource") if not r.flag("IsNull")}
    frame = _frame(root, calendars, resources)
    parents = dict(_parents(rows))
    named, codes = from_mspdi(root, rows)
    activities = tuple(_activity(t, frame, parents.get(t.text("UID")), named.get(t.text("UID"))) for t in rows)
    links, notes = _links(rows, {a.id for a in activities})
    project = _project(root, frame.calendar)
    network = Network((project,), tuple(calendars.values()), activities, tuple(links), "msp")
    return ScheduleFile(
        "mspdi", network, {t.text("UID"): _stored(t) for t in rows}, (), tuple(_resource(r) for r in resources.values()),
        tuple(_assignments(root, {a.id for a in activities}, resources)), {t.text("UID"): b for t in rows if (b := _baseline(t))},
        tuple(notes), element, codes,
    )  # fmt: skip


def _frame(root: Node, known: dict[str, Calendar], resources: dict[str, Node]) -> Frame:
    chosen = root.text("CalendarUID")
    work: dict[str, list[Node]] = {}
    for a in root.group("Assignments", "Assignment"):
        who = resources.get(a.text("ResourceUID"))
        nobody = a.text("ResourceUID") == NOBODY and a.text("WorkContour") == CONTOURED
        works = who is not None and who.text("Type") in ("1", "") and not who.flag("IsBudget") and a.number("Units", 1.0) > 0
        if nobody or works:
            work.setdefault(a.text("TaskUID"), []).append(a)
    own = {key: r.text("CalendarUID") for key, r in resources.items() if r.text("CalendarUID") in known}
    if chosen not in known:
        if not known:
            raise BadFile("The file holds no calendar.")
        chosen = min(known, key=lambda k: (len(k), k))
    return Frame(chosen, known, own, _blank(root), work)


def _blank(root: Node) -> int | None:
    """Some programs write one early date wherever there is none: seen as an actual start and finish of work not begun."""
    for t in root.group("Tasks", "Task"):
        start = t.text("ActualStart")
        if start and start == t.text("ActualFinish") and not t.number("PercentComplete") and _span(t, "RemainingDuration"):
            return t.at("ActualStart")
    return None


def _project(root: Node, calendar: str) -> Project:
    start = root.at("StartDate")
    if start is None:
        raise BadFile("The project has no start date.")
    minutes_per_day = root.number("MinutesPerDay", 480)
    options = Options(
        lag_calendar="successor", total_float="smallest", critical_float=whole(root.number("CriticalSlackLimit") * minutes_per_day),
        honor_constraints=root.text("HonorConstraints") != "0",
    )  # fmt: skip
    return Project("1", start, root.at("StatusDate"), None, calendar, options, root.text("Title") or root.text("Name"))


def _parents(rows: list[Node]) -> Iterator[tuple[str, str | None]]:
    """Who stands above whom, by outline level in the file's order."""
    stack: list[tuple[int, str]] = []
    for row in rows:
        level = int(row.number("OutlineLevel", 1))
        while stack and stack[-1][0] >= level:
            stack.pop()
        yield row.text("UID"), stack[-1][1] if stack else None
        stack.append((level, row.text("UID")))


def _span(row: Node, name: str) -> int:
    text = row.text(name)
    return whole(period(text, name)) if text else 0


def _activity(t: Node, frame: Frame, parent: str | None, code: str | None) -> Activity:
    uid, calendar = t.text("UID"), t.text("CalendarUID")
    own = calendar in frame.calendars
    duration = _span(t, "Duration")

    def date(name: str) -> int | None:
        found = t.at(name)
        return None if found == frame.blank else found

    started, finished = date("ActualStart"), date("ActualFinish")
    done = _span(t, "ActualDuration")
    left = _span(t, "RemainingDuration") if t.text("RemainingDuration") else max(0, duration - done)
    limit = LIMITS.get(int(t.number("ConstraintType")))
    at = date("ConstraintDate")
    constraint = Constraint(limit, at) if limit and (at is not None or limit is Limit.LATE) else None
    kind = Kind.SUMMARY if t.flag("Summary") else Kind.FINISH if t.flag("Milestone") else Kind.TASK
    ignore = t.flag("IgnoreResourceCalendar") and own
    rows = frame.work.get(uid, ()) if kind is not Kind.SUMMARY else ()
    work = tuple(_work(a, frame, calendar if own else frame.calendar, ignore) for a in rows)
    return Activity(
        uid, code or uid, calendar if own else frame.calendar, duration, 0 if finished is not None else left, t.text("Name"), kind,
        "1", duration, started, finished, done, constraint, deadline=date("Deadline"), percent=t.number("PercentComplete"), parent=parent,
        work=work,
        elapsed=int(t.number("DurationFormat")) % 32 in ELAPSED and int(t.number("DurationFormat")) > 0, manual=_manual(t),
        active=t.text("Active") != "0", level_delay=whole(t.number("LevelingDelay") / 10), fixed_duration=t.text("Type") == "1",
        own_calendar=own, stop=date("Stop"), resume=date("Resume"), ignore_resource_calendar=ignore,
        external_start=t.at("EarlyStart") if any(p.flag("CrossProject") for p in t.each("PredecessorLink")) else None,
    )  # fmt: skip


def _manual(t: Node) -> tuple[int, int] | None:
    """Dates that are set by hand, or that belong to another project's task."""
    if not (t.flag("Manual") or t.flag("ExternalTask")):
        return None
    start = t.at("Start") if t.text("Start") and not t.flag("Summary") else t.at("ManualStart")
    finish = t.at("Finish") if t.text("Finish") else t.at("ManualFinish")
    if start is None and finish is None:
        return None
    start = finish if start is None else start
    return (start or 0, start or 0) if finish is None else (start or 0, finish)


def _work(a: Node, frame: Frame, own: str, ignore: bool) -> Work:
    """One assignment's working time: its work less overtime at the units it works, or the length of its shape where that is not flat."""
    units = a.number("Units", 1.0)

    def regular(work: str, overtime: str) -> float:
        return max(0.0, _minutes(a, work) - _minutes(a, overtime)) / units

    names = (("Work", "OvertimeWork"), ("RemainingWork", "RemainingOvertimeWork"), ("ActualWork", "ActualOvertimeWork"))
    total, left, done = (whole(regular(*pair)) for pair in names)
    calendar = None if ignore else frame.resource_calendars.get(a.text("ResourceUID"))
    start, finish = a.at("Start"), a.at("Finish")
    if a.text("WorkContour") not in ("", FLAT) and start is not None and finish is not None:
        table = Table(frame.calendars[calendar or own], start, finish)
        total = table.work(start, finish)
        left = total if not done else table.work(a.at("Resume") or start, finish) if left else 0
    return Work(a.text("ResourceUID"), calendar, total, left, done, whole(a.number("Delay") / 10))


def _minutes(a: Node, name: str) -> float:
    return period(a.text(name), name) if a.text(name) else 0.0


def _links(rows: list[Node], known: set[str]) -> tuple[list[Link], list[str]]:
    links, outside = [], 0
    for t in rows:
        for p in t.each("PredecessorLink"):
            before = p.text("PredecessorUID")
            if before not in known:
                outside += 1
                continue
            kind, form, lag = int(p.number("Type", 1)), int(p.number("LagFormat")) % 32, p.number("LinkLag")
            if not 0 <= kind <= 3:
                raise BadFile(f"A link has the type {kind}, which does not exist.", field="Type")
            percent = lag if form in PERCENT else None
            minutes = 0 if percent is not None else whole(lag / 10)
            links.append(Link(before, t.text("UID"), TYPES[kind], minutes, form in ELAPSED, percent))
    return links, [f"{outside} links lead to tasks that are not in the file."] if outside else []


def _stored(t: Node) -> Stored:
    def tenths(name: str) -> int | None:
        return whole(t.number(name) / 10) if t.text(name) else None

    done = bool(t.text("ActualFinish")) and t.number("PercentComplete") >= 100
    return Stored(
        t.at("EarlyStart"), t.at("EarlyFinish"), t.at("LateStart"), t.at("LateFinish"), None if done else tenths("TotalSlack"),
        None if done else tenths("FreeSlack"), t.flag("Critical") if t.text("Critical") else None, t.at("Start"), t.at("Finish"),
    )  # fmt: skip


def _resource(r: Node) -> Resource:
    return Resource(r.text("UID"), r.text("ID") or r.text("UID"), r.text("Name"), KINDS.get(r.text("Type"), "labor"),
                    r.text("CalendarUID") or None, r.number("MaxUnits", 1.0))  # fmt: skip


def _assignments(root: Node, known: set[str], resources: dict[str, Node]) -> Iterator[Assignment]:
    for a in root.group("Assignments", "Assignment"):
        if a.text("TaskUID") in known and a.text("ResourceUID") in resources:
            work, left, done = (period(a.text(n), n) if a.text(n) else 0.0 for n in ("Work", "RemainingWork", "ActualWork"))
            cost, actual = a.number("Cost"), a.number("ActualCost")
            yield Assignment(
                a.text("TaskUID"), a.text("ResourceUID"), work, left, done, a.number("Units", 1.0), cost, actual, cost - actual
            )


def _baseline(t: Node) -> Baseline | None:
    """Baseline 0, the one MS Project calls 'Baseline'."""
    for b in t.each("Baseline"):
        if b.text("Number") in ("0", ""):
            start, finish = b.text("Start"), b.text("Finish")
            if start or finish:
                return Baseline(
                    instant(start, "Start") if start else None, instant(finish, "Finish") if finish else None, _span(b, "Duration"),
                    b.number("Cost"),
                )  # fmt: skip
    return None
