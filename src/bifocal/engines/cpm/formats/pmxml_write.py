"""Write Primavera's XML: on top of the document that was read where there is one, so that what is not modelled stays."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from xml.etree.ElementTree import Element as Tree

from bifocal.engines.cpm.calendars import Calendar, Shifts, Table
from bifocal.engines.cpm.formats.codes import into_pmxml
from bifocal.engines.cpm.formats.file import Assignment, Baseline, Element, Resource, ScheduleFile, Stored
from bifocal.engines.cpm.formats.pmxml import FLOATS, KINDS, LAGS, LIMITS, PROGRESS, RESOURCES, TYPES, WEEKDAYS
from bifocal.engines.cpm.formats.xml import Node, iso, namespace, put, whole
from bifocal.engines.cpm.formats.xml_write import child, emit, make, text_of_hours
from bifocal.engines.cpm.model import Activity, Constraint, Kind, Link, Project

NS = "{http://xmlns.oracle.com/Primavera/P6/V20.12/API/BusinessObjects}"
KIND_NAMES = {v: k for k, v in KINDS.items()}
LIMIT_NAMES = {v: k for k, v in LIMITS.items()}
TYPE_NAMES = {v: k for k, v in TYPES.items()}
PROGRESS_NAMES, LAG_NAMES, FLOAT_NAMES = ({v: k for k, v in m.items()} for m in (PROGRESS, LAGS, FLOATS))
RESOURCE_NAMES = {v: k for k, v in RESOURCES.items()}
HOURS = frozenset(
    (
        "PlannedDuration",
        "RemainingDuration",
        "AtCompletionDuration",
        "Lag",
        "TotalFloat",
        "FreeFloat",
        "HoursPerDay",
        "CriticalActivityFloatLimit",
    )
)
Values = Iterable[tuple[str, str]]


def write(file: ScheduleFile) -> bytes:
    """The bytes of the PMXML file."""
    kept = file.source if isinstance(file.source, Tree) and file.source.tag.endswith("APIBusinessObjects") else None
    root = copy.deepcopy(kept) if kept is not None else Tree(NS + "APIBusinessObjects")
    ns = namespace(root) or NS
    ids = _numbers(file)
    _sync(root, ns, "Calendar", ((ids[c.id, "c"], _calendar_values(c)) for c in file.network.calendars), first=True)
    for c in file.network.calendars:
        _calendar(_by_id(root, ns, "Calendar", ids[c.id, "c"]), ns, c)
    _sync(root, ns, "Resource", ((ids[r.id, "r"], _resource(r, ids)) for r in file.resources))
    _sync(root, ns, "Project", ((ids[p.id, "p"], _project(p, ids)) for p in file.network.projects))
    for p in file.network.projects:
        _inside(_by_id(root, ns, "Project", ids[p.id, "p"]), ns, p, file, ids)
    if kept is None:
        _complete(root, ns, file, ids)
    return emit(root, ns)


def _complete(root: Tree, ns: str, file: ScheduleFile, ids: Numbers) -> None:
    """What every activity of P6's own files has besides: planned dates, the share that is done, its codes."""
    rows = {e.findtext(ns + "ObjectId"): e for e in root.iter(ns + "Activity")}
    starts, worked = {p.id: p.start for p in file.network.projects}, _worked(file)
    made: dict[str, Tree] = {}
    for a in file.network.activities:
        row = rows.get(ids[a.id, "a"])
        if row is None:
            continue
        made[a.id] = row
        plan, found = file.baselines.get(a.id, Baseline(None, None)), file.stored.get(a.id, Stored())
        start = next(t for t in (plan.start, found.start, a.actual_start, starts[a.project]) if t is not None)
        finish = next(t for t in (plan.finish, found.finish, a.actual_finish, start) if t is not None)
        done = max(0, a.duration - a.remaining) if a.actual_start is not None else 0
        part = 1.0 if a.actual_finish is not None else done / (done + a.remaining) if done else 0.0
        for field, value in (
            ("PlannedStartDate", iso(start)), ("PlannedFinishDate", iso(finish)), ("DurationPercentComplete", repr(part)),
            ("PhysicalPercentComplete", f"{a.percent / 100 if a.physical else 0:.15g}"),
            ("UnitsPercentComplete", f"{a.percent / 100 if a.units else 0:.15g}"),
            ("PercentComplete", repr(a.percent / 100 if a.physical or a.units else part)),
        ):  # fmt: skip
            put(row, ns, field, value)
        for field, minutes in zip(("ActualDuration", "AtCompletionDuration"), worked.get(a.id, (0, a.remaining)), strict=True):
            put(row, ns, field, text_of_hours(minutes))
    into_pmxml(root, ns, file, made)


def _worked(file: ScheduleFile) -> dict[str, tuple[int, int]]:
    """Of what has begun: its actual duration (working minutes up to its finish, or to the data date) and the one at completion
    (up to the finish it is to have), as P6 counts them."""
    calendars, tables = {c.id: c for c in file.network.calendars if c.works}, dict[str, Table]()
    now = {p.id: p.start if p.data_date is None else p.data_date for p in file.network.projects}
    out = {}
    for a in file.network.activities:
        if a.actual_start is None or a.calendar not in calendars:
            continue
        end = now[a.project] if a.actual_finish is None else a.actual_finish
        table = tables.get(a.calendar) or tables.setdefault(a.calendar, Table(calendars[a.calendar], a.actual_start, end))
        done, finish = max(0, table.work(a.actual_start, end)), file.stored.get(a.id, Stored()).finish
        out[a.id] = done, done + a.remaining if finish is None else max(done, table.work(a.actual_start, finish))
    return out


Numbers = dict[tuple[str, str], str]


def _numbers(file: ScheduleFile) -> Numbers:
    """Numbers for ids, by sort: those that are numbers already stay."""
    net, out = file.network, {}
    groups: dict[str, list[str]] = {
        "c": [c.id for c in net.calendars], "p": [p.id for p in net.projects], "a": [a.id for a in net.activities],
        "w": [e.id for e in file.wbs], "r": [r.id for r in file.resources],
    }  # fmt: skip
    for sort, keys in groups.items():
        numbered = all(k.isascii() and k.isdigit() and int(k) > 0 for k in keys)
        out.update({(k, sort): k if numbered else str(n) for n, k in enumerate(dict.fromkeys(keys), 1)})
    return out


def _by_id(parent: Tree, ns: str, name: str, key: str) -> Tree:
    return next(e for e in parent.findall(ns + name) if e.findtext(ns + "ObjectId") == key)


def _sync(parent: Tree, ns: str, name: str, rows: Iterable[tuple[str, Values]], first: bool = False, drop: bool = False) -> None:
    """Set the children of elements by their ObjectId; missing ones are added, and with `drop` those not named removed."""
    known = {e.findtext(ns + "ObjectId"): e for e in parent.findall(ns + name)}
    named = set()
    for key, values in rows:
        named.add(key)
        element = known.get(key)
        if element is None:
            element = make(parent, ns, name, [*values, ("ObjectId", key)])
            if first:
                parent.remove(element)
                parent.insert(0, element)
            continue
        for field, value in values:
            _set(element, ns, field, value)
    for old, element in known.items():
        if drop and old not in named:
            parent.remove(element)


def _set(element: Tree, ns: str, field: str, value: str) -> None:
    """Write a value only where it says something else than what is there."""
    old = Node(element, ns)
    if field.endswith(("Date", "DateTime")) and iso(old.at(field)) == value:
        return
    if field == "AtCompletionDuration" and old.text(field):
        return
    if field == "PercentCompleteType" and value == "Duration" and old.text(field) == "Scope":
        return  # P6's fourth sort, which computes like this one
    if field == "PhysicalPercentComplete" and abs(old.number(field) - float(value)) < 1e-9:
        return
    if field in HOURS and old.text(field) and value and whole(old.number(field) * 60) == whole(float(value) * 60):
        return
    put(element, ns, field, value)


def _calendar_values(c: Calendar) -> list[tuple[str, str]]:
    return [("HoursPerDay", text_of_hours(c.minutes_per_day)), ("Name", c.name or c.id)]


def _calendar(element: Tree, ns: str, c: Calendar) -> None:
    """The week and the exceptions of a calendar that is new in the document; one that was read stays as it was."""
    if element.find(ns + "StandardWorkWeek") is not None or Node(element, ns).text("BaseCalendarObjectId"):
        return
    for field, value in (("IsDefault", "0"), ("IsPersonal", "0"), ("Type", "Global")):
        put(element, ns, field, value)
    week = make(element, ns, "StandardWorkWeek")
    for day in (6, 0, 1, 2, 3, 4, 5):
        _times(make(week, ns, "StandardWorkHours", [("DayOfWeek", WEEKDAYS[day])]), ns, c.week[day])
    holidays = make(element, ns, "HolidayOrExceptions")
    for at, shifts in sorted(c.exceptions.items()):
        _times(make(holidays, ns, "HolidayOrException", [("Date", f"{at.isoformat()}T00:00:00")]), ns, shifts)


def _times(parent: Tree, ns: str, shifts: Shifts) -> None:
    for start, finish in shifts:
        last = finish - 1
        make(
            parent,
            ns,
            "WorkTime",
            [("Start", f"{start // 60:02d}:{start % 60:02d}:00"), ("Finish", f"{last // 60:02d}:{last % 60:02d}:00")],
        )


def _resource(r: Resource, ids: Numbers) -> list[tuple[str, str]]:
    return [
        ("CalendarObjectId", ids.get((r.calendar or "", "c"), "")), ("DefaultUnitsPerTime", f"{r.units:.15g}"), ("Id", r.code or r.id),
        ("Name", r.name), ("ResourceType", RESOURCE_NAMES.get(r.kind, "Labor")),
    ]  # fmt: skip


def _project(p: Project, ids: Numbers) -> list[tuple[str, str]]:
    o = p.options
    return [
        ("ActivityDefaultCalendarObjectId", ids.get((p.calendar or "", "c"), "")),
        ("CriticalActivityFloatLimit", text_of_hours(o.critical_float)),
        ("CriticalActivityPathType", "Longest Path" if o.critical == "longest path" else "Critical Float"),
        ("DataDate", iso(p.data_date)), ("Id", p.name or p.id), ("MustFinishByDate", iso(p.must_finish)),
        ("PlannedStartDate", iso(p.start)), ("RelationshipLagCalendar", LAG_NAMES[o.lag_calendar]),
    ]  # fmt: skip


def _inside(project: Tree, ns: str, p: Project, file: ScheduleFile, ids: Numbers) -> None:
    """Everything of one project."""
    for field in ("Name", "Status"):
        if not Node(project, ns).text(field):
            put(project, ns, field, p.name or p.id if field == "Name" else "Active")
    units = _units(file)
    own = {a.id: a for a in file.network.activities if a.project == p.id and a.kind is not Kind.SUMMARY}
    _sync(project, ns, "WBS", ((ids[e.id, "w"], _element(e, ids)) for e in file.wbs if e.project == p.id))
    _sync(
        project,
        ns,
        "Activity",
        ((ids[a.id, "a"], [*_activity(a, file.stored.get(a.id), ids), *units.get(a.id, [])]) for a in own.values()),
        drop=True,
    )
    _links(project, ns, [li for li in file.network.links if li.after in own], file, ids)
    options = child(project, ns, "ScheduleOptions")
    for field, value in _options(p, ids):
        put(options, ns, field, value)
    have = {
        (Node(r, ns).text("ActivityObjectId"), Node(r, ns).text("ResourceObjectId")) for r in project.findall(ns + "ResourceAssignment")
    }
    for n, a in enumerate(file.assignments, 1):
        key = (ids.get((a.activity, "a"), ""), ids.get((a.resource, "r"), ""))
        if a.activity in own and key not in have:
            make(project, ns, "ResourceAssignment", [*_assignment(a, ids), ("ObjectId", str(n)), ("ProjectObjectId", ids[p.id, "p"])])


def _units(file: ScheduleFile) -> dict[str, list[tuple[str, str]]]:
    """Labor and other units of each activity of a document that is new: P6 keeps the sums too."""
    if isinstance(file.source, Tree) and file.source.tag.endswith("APIBusinessObjects"):
        return {}
    kinds = {"labor": "labor", "equipment": "equipment"} | {r.id: r.kind for r in file.resources}
    sums: dict[str, dict[str, float]] = {}
    for a in (*file.assignments, *file.unassigned):
        if kinds.get(a.resource) in ("labor", "equipment"):
            sort = "Labor" if kinds[a.resource] == "labor" else "NonLabor"
            row = sums.setdefault(a.activity, {})
            for name, value in (("Planned", a.planned), ("Actual", a.actual), ("Remaining", a.remaining)):
                row[f"{name}{sort}Units"] = row.get(f"{name}{sort}Units", 0.0) + value
    return {key: [(name, text_of_hours(value)) for name, value in row.items()] for key, row in sums.items()}


def _element(e: Element, ids: Numbers) -> list[tuple[str, str]]:
    return [
        ("Code", e.code), ("Name", e.name), ("ParentObjectId", ids.get((e.parent or "", "w"), "")),
        ("ProjectObjectId", ids[e.project, "p"]),
    ]  # fmt: skip


def _options(p: Project, ids: Numbers) -> list[tuple[str, str]]:
    o = p.options
    return [
        ("CalculateFloatBasedOnFinishDate", str(int(o.own_end))), ("ComputeTotalFloatType", FLOAT_NAMES[o.total_float]),
        ("MakeOpenEndedActivitiesCritical", str(int(o.open_ends_critical))), ("OutOfSequenceScheduleType", PROGRESS_NAMES[o.progress]),
        ("ProjectObjectId", ids[p.id, "p"]), ("RelationshipLagCalendar", LAG_NAMES[o.lag_calendar]),
        ("StartToStartLagCalculationType", str(int(o.lag_from_early_start))), ("UseExpectedFinishDates", str(int(o.expected_finish))),
    ]  # fmt: skip


def _activity(a: Activity, stored: Stored | None, ids: Numbers) -> list[tuple[str, str]]:
    status = "Completed" if a.actual_finish is not None else "Not Started" if a.actual_start is None else "In Progress"
    done = max(0, a.duration - a.remaining) if a.actual_start is not None else 0
    values = [
        ("AtCompletionDuration", text_of_hours(done + a.remaining)), ("ActualFinishDate", iso(a.actual_finish)),
        ("ActualStartDate", iso(a.actual_start)),
        ("CalendarObjectId", ids.get((a.calendar, "c"), "")), ("ExpectedFinishDate", iso(a.expected_finish)),
        ("ExternalEarlyStartDate", iso(a.external_start)), ("ExternalLateFinishDate", iso(a.external_finish)),
        ("Id", a.code), ("Name", a.name),
        ("PlannedDuration", text_of_hours(a.duration if a.planned is None else a.planned)), *_limit("Primary", a.constraint),
        ("ProjectObjectId", ids[a.project, "p"]), ("RemainingDuration", text_of_hours(a.remaining)), ("ResumeDate", iso(a.resume)),
        *_limit("Secondary", a.second), ("Status", status), ("SuspendDate", iso(a.suspend)),
        ("Type", KIND_NAMES.get(a.kind, "Task Dependent")),
        ("WBSObjectId", ids.get((a.parent or "", "w"), "")),
        ("PercentCompleteType", "Physical" if a.physical else "Units" if a.units else "Duration"),
    ]  # fmt: skip
    if a.physical:
        values.append(("PhysicalPercentComplete", f"{a.percent / 100:.15g}"))
    if stored is not None:
        left = a.actual_finish is None
        values += [
            ("FinishDate", iso(stored.finish)), ("StartDate", iso(stored.start)),
            ("RemainingEarlyStartDate", iso(stored.early_start if left else None)),
            ("RemainingEarlyFinishDate", iso(stored.early_finish if left else None)),
            ("RemainingLateStartDate", iso(stored.late_start if left else None)),
            ("RemainingLateFinishDate", iso(stored.late_finish if left else None)),
        ]  # fmt: skip
    return values


def _limit(which: str, c: Constraint | None) -> list[tuple[str, str]]:
    return [(f"{which}ConstraintDate", iso(c.at) if c else ""), (f"{which}ConstraintType", LIMIT_NAMES[c.limit] if c else "")]


def _links(project: Tree, ns: str, links: list[Link], file: ScheduleFile, ids: Numbers) -> None:
    """Links by both ends and type; those that are gone are removed, those of activities outside the file stay."""
    owner = {a.id: a.project for a in file.network.activities}
    known = {ids[a.id, "a"] for a in file.network.activities}
    have: dict[tuple[str, str, str], list[Tree]] = {}
    for r in project.findall(ns + "Relationship"):
        node = Node(r, ns)
        key = (node.text("PredecessorActivityObjectId"), node.text("SuccessorActivityObjectId"), node.text("Type"))
        if key[0] in known and key[1] in known:
            have.setdefault(key, []).append(r)
    for n, li in enumerate(links, 1):
        key = (ids[li.before, "a"], ids[li.after, "a"], TYPE_NAMES[li.type])
        if have.get(key):
            _set(have[key].pop(0), ns, "Lag", text_of_hours(li.lag))
            continue
        make(project, ns, "Relationship", [
            ("Lag", text_of_hours(li.lag)), ("ObjectId", str(n)), ("PredecessorActivityObjectId", key[0]),
            ("PredecessorProjectObjectId", ids[owner[li.before], "p"]), ("SuccessorActivityObjectId", key[1]),
            ("SuccessorProjectObjectId", ids[owner[li.after], "p"]), ("Type", key[2]),
        ])  # fmt: skip
    for left in have.values():
        for r in left:
            project.remove(r)


def _assignment(a: Assignment, ids: Numbers) -> list[tuple[str, str]]:
    return [
        ("ActivityObjectId", ids[a.activity, "a"]), ("ActualCost", f"{a.cost_actual:.15g}"), ("ActualUnits", text_of_hours(a.actual)),
        ("PlannedCost", f"{a.cost_planned:.15g}"), ("PlannedUnits", text_of_hours(a.planned)), ("PlannedUnitsPerTime", f"{a.units:.15g}"),
        ("RemainingCost", f"{a.cost_remaining:.15g}"), ("RemainingUnits", text_of_hours(a.remaining)),
        ("RemainingUnitsPerTime", f"{a.units:.15g}"), ("ResourceObjectId", ids[a.resource, "r"]),
    ]  # fmt: skip
