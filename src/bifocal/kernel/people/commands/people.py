"""People and the one calendar: every write."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.days import accounting_day
from bifocal.core.facts import record
from bifocal.core.models import Branch, User
from bifocal.core.policy import require
from bifocal.core.search import remember
from bifocal.core.subject import Subject
from bifocal.kernel.people import queries
from bifocal.kernel.people.facts import CrewFormed, PersonAllocated, PersonHired, PersonReleased, SkillGiven
from bifocal.kernel.people.models import Allocation, Crew, PayRate, Person, PersonSkill, Skill
from bifocal.kernel.people.rules import AllocationKind, Firmness, taken_sentence
from bifocal.lib.errors import Invalid, PersonIsTaken, Refused
from bifocal.lib.ids import uuid7
from bifocal.lib.periods import TimeRange


@command("person.hire")
def hire_person(
    *, name: str, branch: str, trade: str = "", title: str = "", email: str = "", phone: str = "",
    dispatchable: bool = False, rate: Decimal = Decimal(0), burden: Decimal = Decimal(0), from_date: date | None = None,
    user: UUID | None = None, actor: Actor, call: Call,
) -> Person:  # fmt: skip
    """Add somebody who works here, with their first pay rate."""
    require(actor, "people.manage")
    where = Branch.objects.filter(code=branch).first()
    if where is None:
        raise Invalid(f"There is no branch '{branch}'.", field="branch")
    person = Person.objects.create(
        name=name, branch=where, trade=trade, title=title, email=email, phone=phone, dispatchable=dispatchable,
        user=User.objects.filter(uid=user).first() if user else None,
    )  # fmt: skip
    if rate:
        PayRate.objects.create(
            person=person,
            rate=rate,
            burden=burden,
            from_date=from_date or accounting_day(call.occurred_at, where).replace(month=1, day=1),
        )
    remember(person, title=name, detail=title or trade, also=phone)
    record(PersonHired(name=name), about=person, actor=actor, call=call)
    return person


def lock_person(person: Person) -> None:
    """Wait for whoever else is writing this person's calendar or clock, and keep others out until the command ends."""
    with connection.cursor() as cur:
        cur.execute("select from people_person where id = %s for update", [person.pk])


@command("person.give_skill")
def give_skill(*, person: UUID, skill: str, level: int = 1, expires: date | None = None, actor: Actor, call: Call) -> Person:
    """Note a skill or certificate and the day it expires."""
    who: Person = Person.objects.locked(person, actor, call)
    require(actor, "people.manage")
    what, _ = Skill.objects.get_or_create(code=skill, defaults={"name": skill})
    PersonSkill.objects.update_or_create(person=who, skill=what, defaults={"level": level, "expires": expires})
    who.change()
    record(SkillGiven(skill=what.name, expires=str(expires or "")), about=who, actor=actor, call=call)
    return who


@command("crew.form")
def form_crew(*, name: str, foreman: UUID, members: list[UUID], actor: Actor, call: Call) -> Crew:
    """Make a crew: people who are booked together. The foreman belongs to it."""
    require(actor, "people.manage")
    lead: Person = Person.objects.find(foreman, actor)
    people = [Person.objects.find(uid, actor) for uid in members]
    try:
        crew = Crew.objects.create(name=name, foreman=lead)
    except IntegrityError as taken:
        raise Refused(f"There is already a crew called {name}.", field="name") from taken
    crew.members.set({lead, *people})
    record(CrewFormed(name=name, members=[p.name for p in people]), about=crew, actor=actor, call=call)
    return crew


def allocate(
    *, person: Person, during: TimeRange, use: AllocationKind, source: Subject, label: str, actor: Actor, call: Call,
    firmness: Firmness = Firmness.FIRM, why_double: str = "", booking: UUID | None = None,
) -> Allocation:  # fmt: skip
    """Put somebody into the calendar. Raises PersonIsTaken, with who holds them.

    The person's row is locked first; the database's exclusion constraint has the last word (decision 10).
    """
    require(actor, "people.allocate")
    lock_person(person)
    if firmness == Firmness.FIRM:
        refuse_if_taken(person, during, but=source.uid)
    try:
        row: Allocation = Allocation.objects.create(
            person=person, during=(during.start, during.end), use=use, firmness=firmness, why_double=why_double,
            booking=booking or uuid7(), source_kind=source.kind, source_uid=source.uid, label=label[:160],
        )  # fmt: skip
    except IntegrityError as taken:
        raise PersonIsTaken(f"{person.name} was booked by somebody else just now. Look at the board again.") from taken
    happened = PersonAllocated(label=label, start=during.start, end=during.end, firmness=firmness)
    record(happened, about=person, actor=actor, call=call)
    return row


def refuse_if_taken(person: Person, during: TimeRange, *, but: UUID | None = None) -> None:
    """Raise PersonIsTaken, with who holds them, where a firm plan stands in the way; the source `but` does not count."""
    held = queries.holder(person, during, but=but)
    if held is None:
        return
    rng: Any = held.during
    raise PersonIsTaken(
        taken_sentence(person.name, held.label, rng.upper, person.branch.tz),
        held_by={"kind": held.source_kind, "uid": str(held.source_uid), "label": held.label},
        until=rng.upper.isoformat(),
    )


def release(*, source: Subject, actor: Actor, call: Call, after: datetime | None = None, person: Person | None = None) -> int:
    """Take a source's allocations out of the calendar (only future ones with `after`, one `person`'s). Returns how many."""
    require(actor, "people.allocate")
    wanted = Allocation.objects.filter(source_kind=source.kind, source_uid=source.uid).select_related("person")
    if after:
        wanted = wanted.filter(during__startswith__gte=after)
    if person:
        wanted = wanted.filter(person=person)
    rows = list(wanted)
    for row in rows:
        if row.person:
            record(PersonReleased(label=row.label), about=row.person, actor=actor, call=call)
    return Allocation.objects.filter(pk__in=[r.pk for r in rows]).delete()[0] if rows else 0


@command("person.time_off")
def time_off(*, person: UUID, start: datetime, end: datetime, reason: str = "time off", actor: Actor, call: Call) -> Person:
    """Block somebody's hours: holiday, training, sick leave. Refused while a firm plan stands there."""
    who: Person = Person.objects.find(person, actor)
    require(actor, "people.time_off")
    allocate(
        person=who, during=TimeRange(start, end), use=AllocationKind.TIME_OFF, source=Subject("time_off", call.request_id),
        label=reason, actor=actor.within("person.time_off"), call=call.inner(),
    )  # fmt: skip
    return who
