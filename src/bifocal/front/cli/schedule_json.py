"""How the schedule's commands say an instant, and what they say as JSON: naive local ISO dates, minutes, activity codes."""

from __future__ import annotations

from typing import Any

from bifocal.engines.cpm.against import Agreement, seen, shown
from bifocal.engines.cpm.calendars import moment
from bifocal.engines.cpm.compare import Comparison
from bifocal.engines.cpm.formats import ScheduleFile, Stored
from bifocal.engines.cpm.model import Link, Result
from bifocal.engines.cpm.why import Why


def iso(instant: int | None) -> str | None:
    """'2026-03-14T08:00:00'."""
    return None if instant is None else moment(instant).isoformat()


def clock(instant: int | None, none: str = "") -> str:
    """'2026-03-14 08:00', for people."""
    return none if instant is None else f"{moment(instant):%Y-%m-%d %H:%M}"


def computed(file: ScheduleFile, result: Result) -> dict[str, Any]:
    """The whole answer of `compute`."""
    names = {p.id: p.name or p.id for p in file.network.projects}
    codes = {a.id: a.code for a in file.network.activities}
    first = file.network.projects[0]
    rows = []
    for act in file.network.activities:
        d = result.dates.get(act.id)
        if d is None:
            continue
        rows.append({
            "id": act.code, "project": names[act.project], "name": act.name, "type": act.kind.value, **_dates(seen(act, d)),
            "start": iso(d.start), "finish": iso(d.finish), "critical": d.critical, "longest_path": d.longest_path,
            "driving": [_driver(li, codes) for li in d.driving], "stored": _stored(shown(act, file.stored.get(act.id, Stored()))),
        })  # fmt: skip
    projects = [
        {"name": names[p.id], "data_date": iso(p.data_date), "start": iso(p.start), "finish": iso(result.finish.get(p.id)),
         "must_finish_by": iso(p.must_finish)}
        for p in file.network.projects
    ]  # fmt: skip
    return {"data_date": iso(first.data_date), "dialect": file.network.dialect, "format": file.format, "projects": projects,
            "activities": rows, "notes": list(file.notes)}  # fmt: skip


def _dates(s: Stored) -> dict[str, Any]:
    return {
        "early_start": iso(s.early_start), "early_finish": iso(s.early_finish), "late_start": iso(s.late_start),
        "late_finish": iso(s.late_finish), "total_float_minutes": s.total_float, "free_float_minutes": s.free_float,
    }  # fmt: skip


def _stored(s: Stored) -> dict[str, Any]:
    return {**_dates(s), "critical": s.critical, "driving": None}


def _driver(li: Link, codes: dict[str, str]) -> dict[str, Any]:
    return {"id": codes[li.before], "type": li.type, "lag_minutes": li.lag}


def agreement(a: Agreement) -> dict[str, Any]:
    """How far computed and stored dates agree."""

    def value(field: str, x: int | None) -> Any:
        return x if field == "total_float" else iso(x)

    name = {"total_float": "total_float_minutes"}
    return {
        "activities": a.activities, "equal": a.equal, "share": None if a.share is None else round(a.share, 6),
        "fields": {name.get(k, k): v for k, v in a.fields.items()}, "spans": a.spans, "spans_equal": a.spans_equal,
        "differences": [
            {"id": d.id, "project": d.project, "field": name.get(d.field, d.field), "computed": value(d.field, d.computed),
             "stored": value(d.field, d.stored), "rule": d.rule}
            for d in a.differences
        ],
    }  # fmt: skip


def explained(told: tuple[Why, ...], codes: dict[str, str]) -> list[dict[str, Any]]:
    """Why each date is what it is."""
    return [
        {"date": w.date, "at": iso(w.at), "rule": w.rule, "sentence": w.sentence,
         "link": None if w.link is None else _driver(w.link, codes)}
        for w in told
    ]  # fmt: skip


def comparison(c: Comparison) -> dict[str, Any]:
    """What differs between two updates."""
    return {
        "added": [{"id": a.code, "name": a.name, "remaining_minutes": a.remaining} for a in c.added],
        "deleted": [{"id": a.code, "name": a.name, "remaining_minutes": a.remaining} for a in c.deleted],
        "changed": [{"id": x.id, "field": x.field, "before": x.before, "after": x.after} for x in c.changed],
        "links": [
            {"what": x.what, "before": x.before, "after": x.after, "type": x.type, "lag_minutes_before": x.lag_before,
             "lag_minutes_after": x.lag_after}
            for x in c.links
        ],
        "slipped": [
            {"id": s.id, "name": s.name, "finish_before": iso(s.before), "finish_after": iso(s.after), "minutes": s.minutes}
            for s in c.slipped
        ],
        "finish": [{"project": name, "before": iso(x), "after": iso(y)} for name, (x, y) in c.finish.items()],
    }  # fmt: skip
