"""Hours: every write."""

from __future__ import annotations

from datetime import time
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.facts import record
from bifocal.core.models import Branch
from bifocal.core.policy import require
from bifocal.kernel.people.models import Person
from bifocal.lib.errors import NotFound
from bifocal.lib.periods import clock
from bifocal.service.hours.facts import ServiceHoursSet, ShiftsSet
from bifocal.service.hours.models import ArrivalWindow, OpenDay, Shift
from bifocal.service.hours.rules import checked_week, checked_windows, said


class DayIn(BaseModel):
    """A weekday (Monday is 0) from when to when; without times a day off."""

    weekday: Annotated[int, Field(ge=0, le=6)]
    starts: time | None = None
    ends: time | None = None


class WindowIn(BaseModel):
    """An arrival window."""

    starts: time
    ends: time


@command("branch.set_hours")
def set_branch_hours(*, branch: str, days: list[DayIn], windows: list[WindowIn] = [], actor: Actor, call: Call) -> dict[str, Any]:  # noqa: B006
    """Set when a branch serves customers, by weekday, and the arrival windows they are offered; after hours begins where these end."""
    row = Branch.objects.select_for_update().filter(code=branch).first()
    require(actor, "capacity.edit")
    if row is None:
        raise NotFound(f"There is no branch '{branch}'.")
    week = checked_week((d.weekday, d.starts, d.ends) for d in days)
    kept = checked_windows(((w.starts, w.ends) for w in windows), week)
    OpenDay.objects.filter(branch=row).delete()
    OpenDay.objects.bulk_create(OpenDay(branch=row, weekday=n, opens=a, closes=b) for n, (a, b) in week.items())
    ArrivalWindow.objects.filter(branch=row).delete()
    ArrivalWindow.objects.bulk_create(ArrivalWindow(branch=row, starts=a, ends=b) for a, b in kept)
    told = [f"{clock(a)} to {clock(b)}" for a, b in kept]
    record(ServiceHoursSet(days=said(week), windows=told), about=row, actor=actor, call=call)
    return {"kind": "branch", "uid": row.uid, "code": row.code, "days": said(week), "windows": told}


@command("person.set_hours")
def set_shifts(*, person: UUID, days: list[DayIn] = [], actor: Actor, call: Call) -> dict[str, Any]:  # noqa: B006
    """Say when somebody works, by weekday; with no day at all they work the company's usual week again."""
    who: Person = Person.objects.locked(person, actor, call)
    require(actor, "capacity.edit")
    week = checked_week((d.weekday, d.starts, d.ends) for d in days)
    Shift.objects.filter(person=who).delete()
    Shift.objects.bulk_create(Shift(person=who, weekday=n, starts=a, ends=b) for n, (a, b) in week.items())
    record(ShiftsSet(days=said(week)), about=who, actor=actor, call=call)
    return {"kind": "person", "uid": who.uid, "days": said(week)}
