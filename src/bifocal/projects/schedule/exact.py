"""Between the rows of a job's schedule and the engine: whole days where that says it all, the engine's minutes where it does not.

`Activity.exact` overlays what the columns give: a job planned in days has it empty; an imported activity carries every field of the
engine's `Activity` there, with its id in the file, so that its dates are those of the file's own program and the way back finds it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import date, datetime, time, timedelta
from typing import Any, cast

from bifocal.engines.cpm import model
from bifocal.engines.cpm.calendars import EPOCH_DATE, Calendar, minute, moment
from bifocal.projects.schedule.models import Activity, ActivityLink

SHIFT = (480, 960)
DAY = SHIFT[1] - SHIFT[0]
OWN = "days"  # the calendar of a job planned in days
_FIELDS = {f.name for f in fields(model.Activity)} - {"code", "name", "parent"}


def begin(day: date) -> int:
    """The instant at which a day's shift begins."""
    return minute(datetime.combine(day, time())) + SHIFT[0]


def end(day: date) -> int:
    """The instant at which a day's shift ends."""
    return minute(datetime.combine(day, time())) + SHIFT[1]


def day_of(instant: int) -> date:
    """The day of an instant that begins something."""
    return EPOCH_DATE + timedelta(days=instant // 1440)


def last_day(instant: int, start: int) -> date:
    """The last day of work that ends at an instant: an end before the day's first working hour is the day before's."""
    return day_of(instant) if instant <= start or moment(instant).time() > time(8) else day_of(instant - 1440)


def pack(act: model.Activity) -> dict[str, Any]:
    """An activity of a file as JSON; what is the engine's default is left out."""
    plain = asdict(act)
    usual = asdict(model.Activity(act.id, act.code, act.calendar, act.duration, act.remaining))
    kept = {"id", "calendar", "duration", "remaining"}
    return {k: v for k, v in plain.items() if k in _FIELDS and (k in kept or v != usual[k])}


def unpack(kept: Mapping[str, Any]) -> dict[str, Any]:
    """The overlay as arguments of the engine's Activity. Unknown keys are left out."""
    out = {k: v for k, v in kept.items() if k in _FIELDS}
    if "kind" in out:
        out["kind"] = model.Kind(out["kind"])
    for name in ("constraint", "second"):
        if out.get(name):
            out[name] = model.Constraint(model.Limit(out[name]["limit"]), out[name].get("at"))
    if "work" in out:
        out["work"] = tuple(model.Work(**w) for w in out["work"])
    if out.get("manual"):
        out["manual"] = tuple(out["manual"])
    return out


def activity(row: Activity, project: str, parent: str | None, in_progress: bool) -> model.Activity:
    """A row as the engine wants it. `in_progress`: the plan has a data date, so that what is left counts."""
    if "id" in row.exact:
        return model.Activity(code=row.code, name=row.name, parent=parent, **{"project": project, **unpack(row.exact)})
    minutes = row.days * DAY
    done, began = row.actual_finish is not None, row.actual_start or row.actual_finish
    left = 0 if done else minutes
    if in_progress and began and not done:
        left = minutes * (100 - row.percent) // 100
    values: dict[str, Any] = {
        "id": row.code, "calendar": OWN, "duration": minutes, "remaining": left, "project": project, "percent": float(row.percent),
        "kind": model.Kind.TASK if minutes else model.Kind.FINISH,
        "actual_start": begin(began) if began else None, "actual_finish": end(row.actual_finish) if row.actual_finish else None,
        "constraint": model.Constraint(model.Limit.START_AFTER, begin(row.not_before)) if row.not_before else None,
    }  # fmt: skip
    return model.Activity(code=row.code, name=row.name, parent=parent, **{**values, **unpack(row.exact)})


def link(row: ActivityLink, before: str, after: str) -> model.Link:
    """A link as the engine wants it."""
    kept = row.exact
    return model.Link(
        before,
        after,
        cast(model.LinkType, row.sort),
        kept.get("minutes", row.lag * DAY),
        kept.get("elapsed", False),
        kept.get("percent"),  # type: ignore[arg-type]
    )


def pack_calendar(c: Calendar) -> dict[str, Any]:
    """A calendar as JSON."""
    return {
        "id": c.id, "name": c.name, "week": c.week, "minutes_per_day": c.minutes_per_day,
        "exceptions": {d.isoformat(): s for d, s in c.exceptions.items()},
    }  # fmt: skip


def unpack_calendar(kept: Mapping[str, Any]) -> Calendar:
    """The calendar again."""

    def shifts(raw: Any) -> tuple[tuple[int, int], ...]:
        return tuple((a, b) for a, b in raw)

    exceptions = {date.fromisoformat(d): shifts(s) for d, s in kept["exceptions"].items()}
    return Calendar(kept["id"], tuple(shifts(d) for d in kept["week"]), exceptions, kept["name"], kept["minutes_per_day"])


def pack_project(p: model.Project) -> dict[str, Any]:
    """A project with its options as JSON."""
    return asdict(p)


def unpack_project(kept: Mapping[str, Any]) -> model.Project:
    """The project again."""
    return model.Project(**{**kept, "options": model.Options(**kept["options"])})
