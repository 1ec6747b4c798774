"""Read Primavera's XML (PMXML) into a network and the dates that P6 stored."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from bifocal.engines.cpm.calendars import DAY, Calendar, Shift, Shifts, tidy
from bifocal.engines.cpm.formats.codes import from_pmxml
from bifocal.engines.cpm.formats.file import Assignment, BadFile, Baseline, Element, Resource, ScheduleFile, Stored, distinct
from bifocal.engines.cpm.formats.xml import Node, namespace, root_of, whole
from bifocal.engines.cpm.model import Activity, Constraint, Kind, Limit, Link, LinkType, Network, Options, Project, Work

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
KINDS = {
    "Task Dependent": Kind.TASK, "Resource Dependent": Kind.RESOURCE, "Level of Effort": Kind.LOE, "Start Milestone": Kind.START,
    "Finish Milestone": Kind.FINISH, "WBS Summary": Kind.WBS,
}  # fmt: skip
LIMITS = {
    "Start On": Limit.START_ON, "Start On or After": Limit.START_AFTER, "Start On or Before": Limit.START_BEFORE,
    "Finish On": Limit.FINISH_ON, "Finish On or After": Limit.FINISH_AFTER, "Finish On or Before": Limit.FINISH_BEFORE,
    "Mandatory Start": Limit.MUST_START, "Mandatory Finish": Limit.MUST_FINISH, "As Late As Possible": Limit.LATE,
}  # fmt: skip
TYPES: dict[str, LinkType] = {"Finish to Start": "FS", "Start to Start": "SS", "Finish to Finish": "FF", "Start to Finish": "SF"}
PROGRESS = {"Retained Logic": "retained", "Progress Override": "override", "Actual Dates": "actual"}
LAGS = {
    "Predecessor Activity Calendar": "predecessor", "Successor Activity Calendar": "successor", "24 Hour Calendar": "24h",
    "Project Default Calendar": "project",
}  # fmt: skip
FLOATS = {
    "Start Float = Late Start - Early Start": "start", "Finish Float = Late Finish - Early Finish": "finish",
    "Smallest of Start Float and Finish Float": "smallest",
}  # fmt: skip
RESOURCES = {"Labor": "labor", "Nonlabor": "equipment", "Material": "material"}


def read(data: bytes) -> ScheduleFile:
    """Read the file. Raises BadFile in one sentence; nothing is half read."""
    element = root_of(data)
    root = Node(element, namespace(element))
    if not element.tag.endswith("APIBusinessObjects"):
        raise BadFile("This XML is not a Primavera schedule.")
    projects = [p for p in root.each("Project") if p.text("PlannedStartDate") or p.text("DataDate")]
    calendars = _calendars(root)
    resources = {r.text("ObjectId"): r for r in root.each("Resource")}
    rows = [(p, a) for p in projects for a in p.each("Activity")]
    if not rows:
        raise BadFile("The file holds no activities. Export a project, not only its codes or resources.")
    work = _work(projects, resources)
    default = next(iter(calendars), "")
    activities = distinct(
        tuple(_activity(a, p.text("ObjectId"), p.text("ActivityDefaultCalendarObjectId") or default, work) for p, a in rows)
    )
    links, notes = _links(root, projects, {a.id for a in activities})
    wbs = tuple(_element(w, p) for p in projects for w in p.each("WBS"))
    tops = tuple(p for p in (_project(p) for p in projects) if any(a.project == p.id for a in activities))
    network = Network(tops, tuple(calendars.values()), activities, tuple(links), "p6", {e.id: e.parent for e in wbs if e.parent})
    return ScheduleFile(
        "pmxml", network, {a.text("ObjectId"): _stored(a) for _, a in rows}, wbs, tuple(_resource(r) for r in resources.values()),
        tuple(_assignments(projects, resources)), _baselines(root, rows), tuple(notes), element,
        from_pmxml(root, (a for _, a in rows)), tuple(_unassigned(projects, rows)),
    )  # fmt: skip


def _calendars(root: Node) -> dict[str, Calendar]:
    rows = {c.text("ObjectId"): c for c in root.each("Calendar")}
    for project in root.each("Project"):
        rows |= {c.text("ObjectId"): c for c in project.each("Calendar")}
    made: dict[str, Calendar] = {}

    def make(key: str, above: tuple[str, ...]) -> Calendar:
        if key not in made:
            base = rows[key].text("BaseCalendarObjectId")
            if base in above:
                raise BadFile(f"Calendar '{rows[key].text('Name')}' is its own base. Give it another base calendar.")
            made[key] = _calendar(rows[key], make(base, (*above, base)) if base in rows else None)
        return made[key]

    for key in rows:
        make(key, (key,))
    return made


def _calendar(row: Node, base: Calendar | None) -> Calendar:
    week: list[Shifts] = list(base.week if base else ((),) * 7)
    seen = False
    for day in row.group("StandardWorkWeek", "StandardWorkHours"):
        if day.text("DayOfWeek") in WEEKDAYS:
            seen = True
            week[WEEKDAYS.index(day.text("DayOfWeek"))] = _shifts(day)
    if not seen and base is None:
        week = [((480, 720), (780, 1020)) if d < 5 else () for d in range(7)]
    exceptions = dict(base.exceptions) if base else {}
    for day in row.group("HolidayOrExceptions", "HolidayOrException"):
        try:
            exceptions[date.fromisoformat(day.text("Date")[:10])] = _shifts(day)
        except ValueError:
            raise BadFile(f"'{day.text('Date')}' in calendar '{row.text('Name')}' is not a date.") from None
    return Calendar(row.text("ObjectId"), tuple(week), exceptions, row.text("Name"), whole(row.number("HoursPerDay", 8) * 60))


def _shifts(day: Node) -> Shifts:
    """P6 writes the last minute of a shift as its finish: 11:59 is 12:00."""
    out: list[Shift] = []
    for time in day.each("WorkTime"):
        if time.text("Start") and time.text("Finish"):
            start, finish = (_clock(time.text(n)) for n in ("Start", "Finish"))
            finish = finish + 1 if finish % 5 == 4 else finish
            out.append((start, finish or DAY))
    return tidy(out)


def _clock(text: str) -> int:
    try:
        hours, minutes = text.split(":")[:2]
        return int(hours) * 60 + int(minutes)
    except ValueError:
        raise BadFile(f"'{text}' is not a time of day in a calendar.") from None


def _project(p: Node) -> Project:
    o = next(p.each("ScheduleOptions"), None) or p
    planned, data_date = p.at("PlannedStartDate"), p.at("DataDate")
    lags = o.text("RelationshipLagCalendar") or p.text("RelationshipLagCalendar")
    options = Options(
        PROGRESS.get(o.text("OutOfSequenceScheduleType"), "retained"),  # type: ignore[arg-type]
        LAGS.get(lags, "predecessor"),  # type: ignore[arg-type]
        FLOATS.get(o.text("ComputeTotalFloatType"), "finish"),  # type: ignore[arg-type]
        "longest path" if p.text("CriticalActivityPathType") == "Longest Path" else "float",
        whole(p.number("CriticalActivityFloatLimit") * 60), o.text("UseExpectedFinishDates") != "0",
        o.text("CalculateFloatBasedOnFinishDate") != "0", o.flag("MakeOpenEndedActivitiesCritical"),
        o.text("StartToStartLagCalculationType") != "0", not o.flag("IgnoreOtherProjectRelationships"),
    )  # fmt: skip
    start = planned if planned is not None else data_date or 0
    calendar = p.text("ActivityDefaultCalendarObjectId") or None
    return Project(p.text("ObjectId"), start, data_date, p.at("MustFinishByDate"), calendar, options, p.text("Id"))


def _activity(a: Node, project: str, default: str, work: dict[str, list[Work]]) -> Activity:
    started, finished = a.at("ActualStartDate"), a.at("ActualFinishDate")
    started = finished if started is None else started
    kind = KINDS.get(a.text("Type"), Kind.TASK)
    planned, left = whole(a.number("PlannedDuration") * 60), a.number("RemainingDuration", -1)
    rest = planned if left < 0 else whole(left * 60)
    physical = a.text("PercentCompleteType") == "Physical"
    percent = 100 * a.number("PhysicalPercentComplete" if physical else "PercentComplete")
    return Activity(
        a.text("ObjectId"), a.text("Id"), a.text("CalendarObjectId") or default, max(0, planned if started is not None else rest),
        0 if finished is not None else max(0, rest), a.text("Name"), kind, project, planned, started, finished, None,
        _limit(a, "Primary"), _limit(a, "Secondary"), a.at("ExpectedFinishDate"), a.at("SuspendDate"), a.at("ResumeDate"),
        a.at("ExternalEarlyStartDate"), a.at("ExternalLateFinishDate"), None, percent, physical, a.text("WBSObjectId") or None,
        tuple(work.get(a.text("ObjectId"), ())) if kind is Kind.RESOURCE else (), units=a.text("PercentCompleteType") == "Units",
    )  # fmt: skip


def _limit(a: Node, which: str) -> Constraint | None:
    limit = LIMITS.get(a.text(f"{which}ConstraintType"))
    at = a.at(f"{which}ConstraintDate")
    return Constraint(limit, at) if limit and (at is not None or limit is Limit.LATE) else None


def _work(projects: list[Node], resources: dict[str, Node]) -> dict[str, list[Work]]:
    out: dict[str, list[Work]] = {}
    for p in projects:
        for r in p.each("ResourceAssignment"):
            who = resources.get(r.text("ResourceObjectId"))
            rate = r.number("RemainingUnitsPerTime") or r.number("PlannedUnitsPerTime")
            if who is None or who.text("ResourceType") == "Material" or rate <= 0:
                continue
            left, done = r.number("RemainingUnits"), r.number("ActualUnits")
            calendar = who.text("CalendarObjectId") or None
            per = 60 / rate
            made = Work(who.text("Id"), calendar, whole((left + done) * per), whole(left * per), whole(done * per))
            out.setdefault(r.text("ActivityObjectId"), []).append(made)
    return out


def _links(root: Node, projects: list[Node], known: set[str]) -> tuple[list[Link], list[str]]:
    links, outside = [], 0
    for r in (*root.each("Relationship"), *(r for p in projects for r in p.each("Relationship"))):
        before, after = r.text("PredecessorActivityObjectId"), r.text("SuccessorActivityObjectId")
        if before not in known or after not in known:
            outside += 1
            continue
        kind = TYPES.get(r.text("Type"))
        if kind is None:
            raise BadFile(f"A link has the type '{r.text('Type')}', which does not exist.", field="Type")
        links.append(Link(before, after, kind, whole(r.number("Lag") * 60)))
    return links, [f"{outside} links lead to activities that are not in the file."] if outside else []


def _element(w: Node, project: Node) -> Element:
    return Element(w.text("ObjectId"), w.text("Code"), w.text("Name"), w.text("ParentObjectId") or None, project.text("ObjectId"))


def _stored(a: Node) -> Stored:
    def date(name: str) -> int | None:
        return a.at(f"Remaining{name}") if a.text(f"Remaining{name}") else a.at(name)

    def hours(name: str) -> int | None:
        return whole(a.number(name) * 60) if a.text(name) else None

    done = bool(a.text("ActualFinishDate"))
    return Stored(
        date("EarlyStartDate"), date("EarlyFinishDate"), date("LateStartDate"), date("LateFinishDate"),
        None if done else hours("TotalFloat"), None if done else hours("FreeFloat"), None, a.at("StartDate"), a.at("FinishDate"),
    )  # fmt: skip


def _resource(r: Node) -> Resource:
    return Resource(r.text("ObjectId"), r.text("Id"), r.text("Name"), RESOURCES.get(r.text("ResourceType"), "labor"),
                    r.text("CalendarObjectId") or None, r.number("DefaultUnitsPerTime", 1.0))  # fmt: skip


def _assignments(projects: list[Node], resources: dict[str, Node]) -> Iterator[Assignment]:
    for p in projects:
        for r in p.each("ResourceAssignment"):
            if r.text("ResourceObjectId") in resources:
                planned, left, done = (r.number(n) * 60 for n in ("PlannedUnits", "RemainingUnits", "ActualUnits"))
                yield Assignment(
                    r.text("ActivityObjectId"), r.text("ResourceObjectId"), planned, left, done, r.number("PlannedUnitsPerTime", 1.0),
                    r.number("PlannedCost"), r.number("ActualCost"), r.number("RemainingCost"),
                )  # fmt: skip


def _unassigned(projects: list[Node], rows: list[tuple[Node, Node]]) -> Iterator[Assignment]:
    """Hours that an activity carries although nobody is assigned to it."""
    assigned = {r.text("ActivityObjectId") for p in projects for r in p.each("ResourceAssignment")}
    for _, a in rows:
        for kind, sort in (("labor", "Labor"), ("equipment", "NonLabor")) if a.text("ObjectId") not in assigned else ():
            planned, left, done = (60 * a.number(f"{what}{sort}Units") for what in ("Planned", "Remaining", "Actual"))
            if planned or left or done:
                yield Assignment(a.text("ObjectId"), kind, planned, left, done)


def _baselines(root: Node, rows: list[tuple[Node, Node]]) -> dict[str, Baseline]:
    """The last baseline project of the file, matched by activity id; the planned dates where there is none."""
    frozen: dict[str, Node] = {}
    for p in root.each("BaselineProject"):
        frozen |= {a.text("Id"): a for a in p.each("Activity")}
    out = {}
    for _, a in rows:
        b = frozen.get(a.text("Id"))
        row, start, finish = (b, "StartDate", "FinishDate") if b is not None else (a, "PlannedStartDate", "PlannedFinishDate")
        out[a.text("ObjectId")] = Baseline(row.at(start), row.at(finish), whole(row.number("PlannedDuration") * 60))
    return out
