"""The two ways of grouping work: P6's breakdown beside the activities, MS Project's summary tasks among them."""

from __future__ import annotations

from dataclasses import replace

from bifocal.engines.cpm.formats.file import Element, ScheduleFile
from bifocal.engines.cpm.model import Activity, Kind


def with_breakdown(file: ScheduleFile) -> ScheduleFile:
    """Summary tasks become elements of a breakdown under one top element a project."""
    if file.wbs:
        return file
    net = file.network
    tops = {p.id: Element(f"top-{p.id}", p.name or p.id or "PROJECT", p.name or p.id or "Project", None, p.id) for p in net.projects}
    summaries = {a.id: a for a in net.activities if a.kind is Kind.SUMMARY}

    def above(a: Activity) -> str:
        return a.parent if a.parent in summaries and a.parent else tops[a.project].id

    elements = [*tops.values(), *(Element(a.id, a.code, a.name, above(a), a.project) for a in summaries.values())]
    activities = tuple(replace(a, parent=above(a)) for a in net.activities if a.id not in summaries)
    kept = {a.id for a in activities}
    links = tuple(li for li in net.links if li.before in kept and li.after in kept)
    lost = len(net.links) - len(links)
    notes = (*file.notes, f"{lost} links of summary tasks have no place in a breakdown.") if lost else file.notes
    outline = {e.id: e.parent for e in elements if e.parent}
    return replace(file, network=replace(net, activities=activities, links=links, outline=outline), wbs=tuple(elements), notes=notes)


def with_summaries(file: ScheduleFile) -> ScheduleFile:
    """Elements of a breakdown become summary tasks, each before what is below it."""
    if not file.wbs:
        return file
    net = file.network
    known = {e.id: e for e in file.wbs}
    calendar = next((p.calendar for p in net.projects if p.calendar), net.calendars[0].id if net.calendars else "")
    below: dict[str | None, list[Element]] = {}
    for e in file.wbs:
        below.setdefault(e.parent if e.parent in known else None, []).append(e)
    inside: dict[str | None, list[Activity]] = {}
    for a in net.activities:
        inside.setdefault(a.parent if a.parent in known else None, []).append(a)
    out: list[Activity] = []
    stack: list[Element | Activity] = [*reversed(inside.get(None, [])), *reversed(below.get(None, []))]
    while stack:
        item = stack.pop()
        if isinstance(item, Activity):
            out.append(item)
            continue
        parent = f"wbs-{item.parent}" if item.parent in known else None
        out.append(Activity(f"wbs-{item.id}", item.code, calendar, 0, 0, item.name, Kind.SUMMARY, item.project, parent=parent))
        children = [replace(a, parent=f"wbs-{item.id}") for a in inside.get(item.id, [])]
        stack.extend(reversed(below.get(item.id, [])))
        stack.extend(reversed(children))
    return replace(file, network=replace(net, activities=tuple(out), outline={}), wbs=())
