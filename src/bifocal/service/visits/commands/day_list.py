"""A visit on somebody's day without a time: arrival windows may overlap, planned work may not."""

from __future__ import annotations

from datetime import date, datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.facts import record
from bifocal.core.policy import require
from bifocal.kernel.jobs import commands as jobs
from bifocal.kernel.people import commands as people
from bifocal.kernel.people.models import Person
from bifocal.kernel.people.queries import qualified
from bifocal.lib.errors import Refused
from bifocal.lib.periods import TimeRange
from bifocal.service.visits.commands.office import follow, job_and_visit, promise, refuse_banned, seat_lead
from bifocal.service.visits.facts import VisitListed
from bifocal.service.visits.models import Visit
from bifocal.service.visits.rules import LIST_HOURS, Status, check_move


@command("visit.list")
def list_visit(
    *, visit: UUID, technician: UUID, day: date, window_start: datetime | None = None, window_end: datetime | None = None,
    override: str = "", actor: Actor, call: Call,
) -> Visit:  # fmt: skip
    """Put a visit on a person's day as a list, without a time: it is theirs to order, and holds no hours in the calendar.

    Refused where they don't hold the skill, unless `override` says why.
    """
    job, row = job_and_visit(visit, actor, call)
    require(actor, "visit.schedule")
    check_move(row.status, Status.SCHEDULED)
    who: Person = Person.objects.find(technician, actor)
    if row.skill and not override and not qualified(row.skill, day).filter(pk=who.pk).exists():
        raise Refused(f"{who.name} does not hold '{row.skill}' on {day:%a %-d %b}. Choose somebody who does.", field="technician")
    refuse_banned(job, who, override)
    inner, zone = actor.within("visit.schedule"), ZoneInfo(job.branch.tz)
    people.release(source=row.subject, actor=inner, call=call)
    seat_lead(row, who, call)
    start, end = (datetime.combine(day, time(h), zone) for h in LIST_HOURS)
    row.change(status=Status.SCHEDULED, planned=(start, end), dispatched_at=None, on_list=True)
    if window_start and window_end:
        promise(row, TimeRange(window_start, window_end), "", actor, call)
    jobs.join(job, who, "technician", actor=inner, call=call)
    follow(job, actor=inner, call=call)
    record(VisitListed(technician=who.name, day=str(day)), about=row, actor=actor, call=call)
    return row
