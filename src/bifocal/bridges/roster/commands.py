"""Rosters: every write."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from pydantic import Field

from bifocal.bridges.roster.facts import RosterHourSet, RosterWentOut
from bifocal.bridges.roster.models import RosterHour, RosterSent
from bifocal.bridges.roster.queries import letter, next_working_day, roster
from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.facts import record
from bifocal.core.models import Branch
from bifocal.core.policy import require
from bifocal.core.subject import Subject
from bifocal.kernel.messages.commands import send
from bifocal.lib.errors import Invalid, Refused
from bifocal.lib.ids import uuid7


@command("roster.set")
def set_hour(*, hour: Annotated[int, Field(ge=0, le=23)], on: bool = False, actor: Actor, call: Call) -> dict[str, Any]:
    """Set the hour at which everybody gets the next working day by message, or turn it off."""
    require(actor, "roster.edit")
    RosterHour.objects.filter(pk=RosterHour.get().pk).update(hour=hour, on=on)
    record(RosterHourSet(hour=hour, on=on), about=Subject("roster", uuid7()), actor=actor, call=call)
    return {"kind": "roster", "hour": hour, "on": on}


@command("roster.send")
def send_roster(*, branch: str, day: date | None = None, actor: Actor, call: Call) -> RosterSent:
    """Send everybody of a branch their day by message, once; the next working day where none is named."""
    require(actor, "roster.edit")
    where = Branch.objects.filter(code=branch).first()
    if where is None:
        raise Invalid(f"There is no branch '{branch}'.", field="branch")
    when = day or next_working_day(where, call.occurred_at)
    try:
        with transaction.atomic():
            row: RosterSent = RosterSent.objects.create(branch=where, day=when)
    except IntegrityError as twice:
        raise Refused(f"The roster of {when:%a %-d %b} went out already.", field="day") from twice
    inner, zone = actor.within("roster.send"), ZoneInfo(where.tz)
    told = [d for d in roster(where, when) if d.person.email]
    for d in told:
        send(to=d.person.email, title=f"Your day, {when:%A %-d %B}", body=letter(d, zone), about=d.person.subject, actor=inner, call=call)
    row.people = len(told)
    row.save(update_fields=["people"])
    record(RosterWentOut(day=str(when), people=len(told)), about=row, actor=actor, call=call)
    return row
