"""Hours of work that nobody is named for yet, by skill, zone and day (decision 11): noted, filled with a person, dropped."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.days import accounting_day
from bifocal.core.facts import record
from bifocal.core.policy import require
from bifocal.core.subject import Subject
from bifocal.kernel.people.commands.people import allocate, lock_person, refuse_if_taken
from bifocal.kernel.people.commands.vehicles import USE, For
from bifocal.kernel.people.facts import DemandDropped, DemandFilled, DemandNoted
from bifocal.kernel.people.models import Demand, Person, PersonSkill, Skill
from bifocal.kernel.people.rules import skill_holds
from bifocal.lib.errors import Invalid, NotFound, Refused
from bifocal.lib.periods import TimeRange

Hours = Annotated[Decimal, Field(gt=0, max_digits=6, decimal_places=2)]


@command("demand.note")
def note_demand(
    *, skill: str, day: date, hours: Hours, about_kind: For, about: UUID, label: str, zone: str = "", actor: Actor, call: Call
) -> Demand:
    """Note hours of a skill that a job, visit or activity needs on a day, before anybody is named."""
    require(actor, "demand.plan")
    what = Skill.objects.filter(code=skill).first()
    if what is None:
        raise Invalid(f"Nobody here has a skill '{skill}'. Give it to somebody first.", field="skill")
    row: Demand = Demand.objects.create(
        skill=what, zone=zone, day=day, hours=hours, source_kind=about_kind, source_uid=about, label=label[:160]
    )
    told = DemandNoted(skill=skill, day=str(day), hours=str(hours), zone=zone)
    record(told, about=Subject(about_kind, about), actor=actor, call=call)
    return row


@command("demand.fill")
def fill_demand(*, demand: UUID, person: UUID, start: datetime, hours: Hours | None = None, actor: Actor, call: Call) -> dict[str, Any]:
    """Name somebody for these hours, or some of them: they go into that person's calendar, and the demand gets smaller."""
    who: Person = Person.objects.find(person, actor)
    require(actor, "demand.plan")
    row = _locked(demand)
    wanted = hours or row.hours
    if wanted > row.hours:
        raise Refused(f"Only {row.hours} hours are open here.", field="hours")
    if start.tzinfo is None or accounting_day(start, who.branch) != row.day:
        raise Invalid(f"The hours are asked for on {row.day}: start on that day, with its zone.", field="start")
    held = PersonSkill.objects.filter(person=who, skill=row.skill).first()
    if held is None or not skill_holds(held.level, 1, held.expires, row.day):
        raise Refused(f"{who.name} does not hold {row.skill.name} on {row.day}.", field="person")
    about = Subject(row.source_kind, row.source_uid)
    during = TimeRange(start, start + timedelta(seconds=int(wanted * 3600)))
    lock_person(who)
    refuse_if_taken(who, during)  # the same job may hold them already in these hours
    allocate(
        person=who, during=during, use=USE[row.source_kind], source=about, label=row.label,
        actor=actor.within("demand.fill"), call=call.inner(),
    )  # fmt: skip
    left = row.hours - wanted
    if left:
        Demand.objects.filter(pk=row.pk).update(hours=left)
    else:
        row.delete()
    record(DemandFilled(person=who.name, hours=str(wanted), left=str(left)), about=about, actor=actor, call=call)
    return {"kind": "demand", "uid": demand, "person": who.name, "left": left}


@command("demand.drop")
def drop_demand(*, demand: UUID, actor: Actor, call: Call) -> dict[str, Any]:
    """These hours are not needed any more."""
    require(actor, "demand.plan")
    row = _locked(demand)
    row.delete()
    record(DemandDropped(hours=str(row.hours)), about=Subject(row.source_kind, row.source_uid), actor=actor, call=call)
    return {"kind": "demand", "uid": demand, "hours": row.hours}


def _locked(demand: UUID) -> Demand:
    row: Demand | None = Demand.objects.select_for_update(of=("self",)).select_related("skill").filter(uid=demand).first()
    if row is None:
        raise NotFound("These hours are not open any more: somebody was named, or they were dropped.")
    return row
