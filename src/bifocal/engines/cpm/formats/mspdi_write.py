"""Write Microsoft Project's XML (MSPDI): on top of the document that was read where there is one, so that what is not modelled stays."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from xml.etree.ElementTree import Element as Tree
from xml.etree.ElementTree import SubElement

from bifocal.engines.cpm.calendars import DAY, Calendar, Shifts
from bifocal.engines.cpm.formats.codes import into_mspdi
from bifocal.engines.cpm.formats.file import ScheduleFile, Stored
from bifocal.engines.cpm.formats.mspdi import LIMITS, TYPES
from bifocal.engines.cpm.formats.outline import with_summaries
from bifocal.engines.cpm.formats.xml import Node, iso, namespace, period, put, whole
from bifocal.engines.cpm.formats.xml_write import child, emit, make, pt
from bifocal.engines.cpm.model import Activity, Kind, Limit, Link, Project

NS = "{http://schemas.microsoft.com/project}"
LIMIT_CODES = {v: k for k, v in LIMITS.items()} | {Limit.START_ON: 2, Limit.FINISH_ON: 3}
ROOT_ORDER = {
    n: i
    for i, n in enumerate(
        [
            "SaveVersion",
            "Name",
            "Title",
            "ScheduleFromStart",
            "StartDate",
            "FinishDate",
            "CriticalSlackLimit",
            "CalendarUID",
            "DefaultStartTime",
            "DefaultFinishTime",
            "MinutesPerDay",
            "MinutesPerWeek",
            "DaysPerMonth",
            "StatusDate",
            "CurrentDate",
            "ExtendedAttributes",
            "Calendars",
            "Tasks",
            "Resources",
            "Assignments",
        ]
    )
}
TASK_ORDER = {
    n: i
    for i, n in enumerate(
        [
            "UID",
            "GUID",
            "ID",
            "Name",
            "Active",
            "Manual",
            "Type",
            "IsNull",
            "CreateDate",
            "WBS",
            "OutlineNumber",
            "OutlineLevel",
            "Priority",
            "Start",
            "Finish",
            "Duration",
            "ManualStart",
            "ManualFinish",
            "DurationFormat",
            "Work",
            "Stop",
            "Resume",
            "EffortDriven",
            "Estimated",
            "Milestone",
            "Summary",
            "Critical",
            "EarlyStart",
            "EarlyFinish",
            "LateStart",
            "LateFinish",
            "FreeSlack",
            "TotalSlack",
            "PercentComplete",
            "ActualStart",
            "ActualFinish",
            "ActualDuration",
            "RemainingDuration",
            "ConstraintType",
            "CalendarUID",
            "ConstraintDate",
            "Deadline",
            "LevelingDelay",
            "IgnoreResourceCalendar",
            "PredecessorLink",
            "ExtendedAttribute",
            "Baseline",
        ]
    )
}


def write(file: ScheduleFile) -> bytes:
    """The bytes of the MSPDI file. Several projects of one file become one, with a summary task each."""
    kept = file.source if isinstance(file.source, Tree) and file.source.tag == NS + "Project" else None
    root = copy.deepcopy(kept) if kept is not None else Tree(NS + "Project")
    ns = namespace(root)
    file = with_summaries(file)
    uid = _uids(file)
    minutes = _head(root, ns, file, uid, fresh=kept is None)
    _calendars(root, ns, file, uid)
    _tasks(root, ns, file, uid, minutes)
    _resources(root, ns, file, uid)
    if kept is None:
        rows = {e.findtext(ns + "UID"): e for e in root.iter(ns + "Task")}
        tasks = {a.id: rows[uid[a.id, "a"]] for a in file.network.activities}
        into_mspdi(child(root, ns, "ExtendedAttributes", ROOT_ORDER), ns, file, tasks)
    return emit(root, ns)


Uids = dict[tuple[str, str], str]


def _uids(file: ScheduleFile) -> Uids:
    out: Uids = {}
    groups = {
        "a": [a.id for a in file.network.activities],
        "c": [c.id for c in file.network.calendars],
        "r": [r.id for r in file.resources],
    }
    for sort, keys in groups.items():
        used = {k for k in keys if k.isascii() and k.isdigit()}
        n = max(map(int, used), default=0) if all(len(k) < 9 for k in used) else 0
        for key in keys:
            if n and key in used:
                out[key, sort] = key
            else:
                n += 1
                out[key, sort] = str(n)
    return out


def _head(root: Tree, ns: str, file: ScheduleFile, uid: Uids, fresh: bool) -> int:
    p: Project = file.network.projects[0]
    calendar = next((c for c in file.network.calendars if c.id == p.calendar), file.network.calendars[0])
    values = [("StartDate", iso(p.start)), ("CalendarUID", uid[calendar.id, "c"]), ("StatusDate", iso(p.data_date))]
    if fresh:
        values += [
            ("SaveVersion", "14"), ("Name", f"{p.name or 'project'}.xml"), ("Title", p.name), ("ScheduleFromStart", "1"),
            ("CriticalSlackLimit", str(p.options.critical_float // calendar.minutes_per_day)), 
            ("MinutesPerDay", str(calendar.minutes_per_day)),
            ("MinutesPerWeek", str(sum(b - a for day in calendar.week for a, b in day))), ("DaysPerMonth", "20"),
        ]  # fmt: skip
    for name, value in values:
        _date_or_text(root, ns, name, value, ROOT_ORDER)
    return int(Node(root, ns).number("MinutesPerDay", 480))


def _date_or_text(element: Tree, ns: str, name: str, value: str, order: dict[str, int]) -> None:
    node = Node(element, ns)
    if value and node.text(name) and "T" in value and value[:1].isdigit() and iso(node.at(name)) == value:
        return
    if value.startswith(("PT", "-PT")) and node.text(name) and whole(period(node.text(name), name)) == whole(period(value, name)):
        return
    if value == "" and element.find(ns + name) is not None:
        element.remove(element.find(ns + name))  # type: ignore[arg-type]
        return
    put(element, ns, name, value, order)


def _calendars(root: Tree, ns: str, file: ScheduleFile, uid: Uids) -> None:
    """Calendars that are new in the document; those that were read stay as they were."""
    box = child(root, ns, "Calendars", ROOT_ORDER)
    known = {Node(c, ns).text("UID") for c in box.findall(ns + "Calendar")}
    for c in file.network.calendars:
        if uid[c.id, "c"] not in known:
            _calendar(box, ns, c, uid[c.id, "c"])


def _calendar(box: Tree, ns: str, c: Calendar, uid: str) -> None:
    made = make(box, ns, "Calendar", [("UID", uid), ("Name", c.name or c.id), ("IsBaseCalendar", "1"), ("BaseCalendarUID", "-1")])
    days = make(made, ns, "WeekDays")
    for number in range(1, 8):
        shifts = c.week[(number + 5) % 7]
        _times(make(days, ns, "WeekDay", [("DayType", str(number)), ("DayWorking", str(int(bool(shifts))))]), ns, shifts)
    box = make(made, ns, "Exceptions")
    for at, shifts in sorted(c.exceptions.items()):
        one = make(box, ns, "Exception", [("EnteredByOccurrences", "0")])
        make(one, ns, "TimePeriod", [("FromDate", f"{at.isoformat()}T00:00:00"), ("ToDate", f"{at.isoformat()}T23:59:00")])
        for name, value in (("Occurrences", "1"), ("Type", "1"), ("DayWorking", str(int(bool(shifts))))):
            SubElement(one, ns + name).text = value
        _times(one, ns, shifts)


def _times(parent: Tree, ns: str, shifts: Shifts) -> None:
    if shifts:
        times = make(parent, ns, "WorkingTimes")
        for start, finish in shifts:
            clock = [f"{m % DAY // 60:02d}:{m % 60:02d}:00" for m in (start, finish)]
            make(times, ns, "WorkingTime", [("FromTime", clock[0]), ("ToTime", clock[1])])


def _tasks(root: Tree, ns: str, file: ScheduleFile, uid: Uids, minutes: int) -> None:
    box = child(root, ns, "Tasks", ROOT_ORDER)
    known = {Node(t, ns).text("UID"): t for t in box.findall(ns + "Task")}
    named = {uid[a.id, "a"] for a in file.network.activities}
    for key, old in known.items():
        if key not in named and key != "0" and not Node(old, ns).flag("IsNull"):
            box.remove(old)
    levels: dict[str, int] = {}
    summaries = {a.id for a in file.network.activities if a.kind is Kind.SUMMARY}
    into: dict[str, list[Link]] = {}
    for li in file.network.links:
        into.setdefault(li.after, []).append(li)
    for place, a in enumerate(file.network.activities, 1):
        levels[a.id] = (levels.get(a.parent or "", 0) if a.parent in summaries else 0) + 1
        task = known.get(uid[a.id, "a"])
        fresh = task is None
        if task is None:
            task = make(box, ns, "Task", [("UID", uid[a.id, "a"]), ("ID", str(place)), ("IsNull", "0"), ("Type", "1"), ("WBS", a.code)])
        for name, value in _task(a, file.stored.get(a.id), levels[a.id], uid, fresh, file.network.projects[0].calendar):
            _date_or_text(task, ns, name, value, TASK_ORDER)
        _links(task, ns, into.get(a.id, []), uid, minutes)


def _task(a: Activity, stored: Stored | None, level: int, uid: Uids, fresh: bool, calendar: str | None) -> Iterable[tuple[str, str]]:
    yield from (("Name", a.name), ("OutlineLevel", str(level)))
    done = max(0, a.duration - a.remaining) if a.actual_start is not None else 0
    yield "Duration", pt(done + a.remaining if fresh and a.kind is not Kind.SUMMARY else a.duration)
    if a.kind is not Kind.SUMMARY:
        yield from (("ActualStart", iso(a.actual_start)), ("ActualFinish", iso(a.actual_finish)), ("RemainingDuration", pt(a.remaining)))
    limit = a.constraint
    if fresh:
        yield from (("DurationFormat", "5"), ("ActualDuration", pt(done)), ("Milestone", str(int(a.milestone))))
        yield from (("Summary", str(int(a.kind is Kind.SUMMARY))), ("Active", "1"), ("Manual", "0"))
        yield "PercentComplete", str(100 if a.actual_finish is not None else round(100 * done / a.duration) if a.duration else 0)
        yield "CalendarUID", "-1" if a.calendar == calendar or a.kind is Kind.SUMMARY else uid[a.calendar, "c"]
        limit = limit or a.second
    if fresh or limit:
        yield "ConstraintType", str(LIMIT_CODES[limit.limit] if limit else 0)
        yield "ConstraintDate", iso(limit.at) if limit else ""
    yield "Deadline", iso(a.deadline)
    if stored is not None:
        yield from (("EarlyStart", iso(stored.early_start)), ("EarlyFinish", iso(stored.early_finish)))
        yield from (("LateStart", iso(stored.late_start)), ("LateFinish", iso(stored.late_finish)))
        yield from (("Start", iso(stored.start)), ("Finish", iso(stored.finish)))


def _links(task: Tree, ns: str, links: list[Link], uid: Uids, minutes: int) -> None:
    """The links into a task: kept where they say the same, added and removed where not; those from outside the file stay."""
    inside = {key: v for (key, sort), v in uid.items() if sort == "a"} if links else {}
    have: dict[tuple[str, str], list[Tree]] = {}
    known = set(inside.values())
    for e in task.findall(ns + "PredecessorLink"):
        node = Node(e, ns)
        if not node.flag("CrossProject"):
            have.setdefault((node.text("PredecessorUID"), node.text("Type") or "1"), []).append(e)
    for li in links:
        kind = str(TYPES.index(li.type))
        found = have.get((uid[li.before, "a"], kind))
        element = found.pop(0) if found else make(task, ns, "PredecessorLink", [
            ("PredecessorUID", uid[li.before, "a"]), ("Type", kind), ("CrossProject", "0"), ("LinkLag", "0"),
            ("LagFormat", "6" if li.elapsed else "5"),
        ])  # fmt: skip
        if li.percent is None and whole(Node(element, ns).number("LinkLag") / 10) != li.lag:
            put(element, ns, "LinkLag", str(li.lag * 10))
    for key, elements in have.items():
        for e in elements:
            if key[0] in known or not links:
                task.remove(e)


def _resources(root: Tree, ns: str, file: ScheduleFile, uid: Uids) -> None:
    """Resources and assignments that are new in the document."""
    box = child(root, ns, "Resources", ROOT_ORDER)
    known = {Node(r, ns).text("UID") for r in box.findall(ns + "Resource")}
    kinds = {"labor": "1", "equipment": "1", "material": "0", "cost": "2"}
    for n, r in enumerate(file.resources, 1):
        if uid[r.id, "r"] not in known:
            make(box, ns, "Resource", [
                ("UID", uid[r.id, "r"]), ("ID", str(n)), ("Name", r.name or r.code), ("Type", kinds.get(r.kind, "1")), ("IsNull", "0"),
                ("MaxUnits", f"{r.units:g}"), ("CalendarUID", uid.get((r.calendar or "", "c"), "")),
            ])  # fmt: skip
    box = child(root, ns, "Assignments", ROOT_ORDER)
    have = {(Node(a, ns).text("TaskUID"), Node(a, ns).text("ResourceUID")) for a in box.findall(ns + "Assignment")}
    for n, a in enumerate(file.assignments, 1):
        key = (uid.get((a.activity, "a"), ""), uid.get((a.resource, "r"), ""))
        if all(key) and key not in have:
            make(box, ns, "Assignment", [
                ("UID", str(n)), ("TaskUID", key[0]), ("ResourceUID", key[1]), ("ActualWork", pt(a.actual)),
                ("RemainingWork", pt(a.remaining)),
                ("Units", f"{a.units:g}"), ("Work", pt(a.actual + a.remaining)),
            ])  # fmt: skip
