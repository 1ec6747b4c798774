"""A schedule file on its way into a job: which project of it, the difference to what is here, its rows, and the way back out."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from bifocal.engines.cpm import model
from bifocal.engines.cpm.calendars import moment
from bifocal.engines.cpm.compare import Comparison, compare
from bifocal.engines.cpm.compute import schedule
from bifocal.engines.cpm.formats import BadFile, Element, ScheduleFile, read, with_dates, write
from bifocal.lib.errors import Invalid
from bifocal.projects.schedule import exact
from bifocal.projects.schedule.board import Board

MOST_BYTES = 64 * 1024 * 1024
SHOWN = 400  # lines of one sort of difference that are kept to be looked at; the counts are of all


@dataclass(frozen=True)
class Incoming:
    """One project of a file, with the dates it computes to."""

    file: ScheduleFile
    network: model.Network
    result: model.Result
    elements: tuple[Element, ...]

    @property
    def project(self) -> model.Project:
        return self.network.projects[0]


def incoming(data: bytes, project: str = "") -> Incoming:
    """Read and compute a file. Raises BadFile or Invalid in one sentence: damaged, hostile, several projects, two activities of one id."""
    if len(data) > MOST_BYTES:
        raise BadFile(f"The file is larger than {MOST_BYTES // 1024 // 1024} MB. Export one project.", field="content")
    file = read(data)
    net, chosen = file.network, _chosen(file, project)
    acts = tuple(a for a in net.activities if a.project == chosen.id)
    ids = {a.id for a in acts}
    links = tuple(li for li in net.links if li.before in ids and li.after in ids)
    twice = next((code for code, n in Counter(a.code for a in acts).items() if n > 1 or not code or len(code) > 60), None)
    if twice is not None:
        raise BadFile(
            f"Activity id '{twice}' stands twice in the file, or is empty or longer than 60. Give each activity its own.", field="content"
        )
    elements = tuple(e for e in file.wbs if e.project == chosen.id)
    own = replace(net, projects=(chosen,), activities=acts, links=links)
    return Incoming(file, own, schedule(own), elements)


def _chosen(file: ScheduleFile, name: str) -> model.Project:
    used = {a.project for a in file.network.activities}
    projects = [p for p in file.network.projects if p.id in used]
    if not projects:
        raise BadFile("The file holds no activities. Export a project.", field="content")
    found = [p for p in projects if name in (p.name, p.id)] if name else projects
    if len(found) != 1:
        names = ", ".join(p.name or p.id for p in projects)
        raise Invalid(f"The file holds {len(projects)} projects: {names}. Say which one belongs to this job.", field="project")
    return found[0]


def told(found: Comparison, per_day: int = exact.DAY) -> dict[str, Any]:
    """A comparison as JSON, in the words that are shown: counts of all, the first lines of each sort."""
    before, after = next(iter(found.finish.values()), (None, None))
    return {
        "counts": {
            "added": len(found.added), "deleted": len(found.deleted), "changed": len({c.id for c in found.changed}),
            "links": len(found.links), "moved": len(found.slipped),
        },
        "added": [{"code": a.code, "name": a.name} for a in found.added[:SHOWN]],
        "deleted": [{"code": a.code, "name": a.name} for a in found.deleted[:SHOWN]],
        "changed": [{"code": c.id, "field": c.field, "before": c.before, "after": c.after} for c in found.changed[:SHOWN]],
        "links": [
            {"what": li.what, "before": li.before, "after": li.after, "type": li.type, "lag_before": li.lag_before,
             "lag_after": li.lag_after}
            for li in found.links[:SHOWN]
        ],
        "moved": [
            {"code": s.id, "name": s.name, "before": stamp(s.before), "after": stamp(s.after), "days": round(s.minutes / per_day, 1)}
            for s in found.slipped[:SHOWN]
        ],
        "finish": [stamp(before), stamp(after)],
    }  # fmt: skip


def stamp(instant: int | None) -> str | None:
    """An instant as '2026-03-14 16:30'."""
    return None if instant is None else f"{moment(instant):%Y-%m-%d %H:%M}"


def against(board: Board, new: Incoming) -> Comparison:
    """The job's schedule beside the file's, matched by activity id. Groups of a plan in days are no activities."""
    return compare(board.network, new.network, board.result, new.result)


@dataclass(frozen=True)
class Line:
    """One row to be: its code, the code of the row above it, and what it is."""

    code: str
    name: str
    above: str | None
    activity: model.Activity | None = None
    element: str | None = None


def lines(new: Incoming) -> list[Line]:
    """The file's rows in the order of its outline: elements of the breakdown before what is in them."""
    if not new.elements:
        codes = {a.id: a.code for a in new.network.activities}
        return [Line(a.code, a.name or a.code, codes.get(a.parent or ""), a) for a in new.network.activities]
    names = _element_codes(new)
    below: dict[str | None, list[Element]] = {}
    inside: dict[str | None, list[model.Activity]] = {}
    for e in new.elements:
        below.setdefault(e.parent if e.parent in names else None, []).append(e)
    for a in new.network.activities:
        inside.setdefault(a.parent if a.parent in names else None, []).append(a)
    out: list[Line] = [Line(a.code, a.name or a.code, None, a) for a in inside.get(None, [])]
    stack = [*reversed(below.get(None, []))]
    while stack:
        e = stack.pop()
        out.append(Line(names[e.id], e.name or e.code, names.get(e.parent or ""), element=e.id))
        out += [Line(a.code, a.name or a.code, names[e.id], a) for a in inside.get(e.id, [])]
        stack.extend(reversed(below.get(e.id, [])))
    return out


def _element_codes(new: Incoming) -> dict[str, str]:
    """A code for each element of the breakdown that no activity has: its path below the project's own element, like 'WBS 1.2'.

    P6 puts the project itself on top of its breakdown, and names each update of it anew: that name is no part of the path, so that an
    element is the same in every update and in every format. A path too long for a code is cut, and told apart by its digest.
    """
    known, taken = {e.id: e for e in new.elements}, {a.code for a in new.network.activities}
    tops = [e for e in new.elements if e.parent not in known]
    own = new.file.format == "xer" or (tops and tops[0].code in (new.project.id, new.project.name))
    top = tops[0].id if len(tops) == 1 and own else None
    out: dict[str, str] = {}
    for e in new.elements:
        whole = ".".join(reversed([at.code for at in _upward(e, known) if at.id != top]))
        digest = hashlib.sha256(whole.encode()).hexdigest()[:8]
        code, n = f"WBS {whole}".strip() if len(whole) <= 52 else f"WBS {whole[:40]}~{digest}", 1
        first = code
        while code in taken:
            n += 1
            code = f"{first}~{n}"
        taken.add(code)
        out[e.id] = code
    return out


def _upward(e: Element, known: Mapping[str, Element]) -> list[Element]:
    """An element and those above it, itself first; a loop in a damaged file ends where it closes."""
    out, seen, at = list[Element](), set[str](), e
    while at.id not in seen:
        seen.add(at.id)
        out.append(at)
        if at.parent is None or at.parent not in known:
            break
        at = known[at.parent]
    return out


def export(board: Board, form: str) -> bytes:
    """The job's schedule in a format. What the file it came from holds beyond it is written back; so are that file's other projects."""
    source = board.plan.source if board.plan else None
    if source is None:
        return write(with_dates(_made(board, form), board.result), form)
    file = read(bytes(source.data))
    mine = board.network.projects[0]
    old = file.network
    others = tuple(a for a in old.activities if a.project != mine.id)
    theirs = {a.id for a in others}
    links = tuple(li for li in old.links if li.before in theirs or li.after in theirs)
    here = theirs | {a.id for a in board.network.activities}
    network = replace(
        old, projects=tuple(mine if p.id == mine.id else p for p in old.projects), activities=(*board.network.activities, *others),
        links=(*board.network.links, *(li for li in links if li.before in here and li.after in here)),
    )  # fmt: skip
    kept = tuple(a for a in file.assignments if a.activity in here)
    return write(with_dates(replace(file, network=network, assignments=kept), board.result), form)


def _made(board: Board, form: str) -> ScheduleFile:
    """A file for a schedule that was planned here: its groups are the breakdown."""
    net, groups = board.network, [r for r in board.rows if r.pk in board.groups]
    name = board.job.number
    project = replace(net.projects[0], id="1", name=name)
    acts = tuple(replace(a, project="1") for a in net.activities)
    if not groups:
        return ScheduleFile(form, replace(net, projects=(project,), activities=acts), {})
    ids = {r.pk: f"g{r.pk}" for r in groups}
    elements = (Element("top", name, board.job.title, None, "1"),) + tuple(
        Element(ids[r.pk], r.code, r.name, ids.get(r.parent_id or 0, "top"), "1") for r in groups
    )
    acts = tuple(replace(a, parent=ids.get(board.by_key[a.id].parent_id or 0, "top")) for a in acts)
    outline = {e.id: e.parent for e in elements if e.parent}
    return ScheduleFile(form, replace(net, projects=(project,), activities=acts, outline=outline), {}, elements)
