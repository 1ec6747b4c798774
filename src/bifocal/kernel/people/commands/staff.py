"""People as they change: who they are, what an hour of them costs, what they may do, which crew they are in."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from pydantic import Field

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.custom import changed
from bifocal.core.facts import record
from bifocal.core.models import Branch
from bifocal.core.policy import require
from bifocal.core.search import remember
from bifocal.kernel.people.facts import CrewChanged, PayChanged, PersonChanged, SkillNamed, SkillTaken
from bifocal.kernel.people.models import Allocation, Crew, PayRate, Person, PersonSkill, Skill
from bifocal.lib.errors import Invalid, Refused

Rate = Annotated[Decimal, Field(ge=0, max_digits=8, decimal_places=2)]


@command("person.edit")
def edit_person(
    *, person: UUID, name: Annotated[str, Field(min_length=1, max_length=120)] | None = None, branch: str | None = None,
    trade: Annotated[str, Field(max_length=40)] | None = None, title: Annotated[str, Field(max_length=60)] | None = None,
    email: Annotated[str, Field(max_length=254)] | None = None, phone: Annotated[str, Field(max_length=40)] | None = None,
    dispatchable: bool | None = None, active: bool | None = None, actor: Actor, call: Call,
) -> Person:  # fmt: skip
    """Change who somebody is. Who leaves, or goes out no more, must have no plan ahead."""
    row: Person = Person.objects.locked(person, actor, call)
    require(actor, "people.manage")
    wanted: dict[str, Any] = {
        "name": name, "trade": trade, "title": title, "email": email, "phone": phone, "dispatchable": dispatchable, "active": active,
        "branch": None if branch is None else _branch(branch),
    }  # fmt: skip
    after, was, now = changed(row, wanted)
    if after.get("active") is False or after.get("dispatchable") is False:
        _refuse_planned(row)
    row.change(**after)
    remember(row, title=row.name, detail=row.title or row.trade, also=row.phone)
    record(PersonChanged(before=was, after=now), about=row, actor=actor, call=call)
    return row


def _branch(code: str) -> Branch:
    found = Branch.objects.filter(code=code).first()
    if found is None:
        raise Invalid(f"There is no branch '{code}'.", field="branch")
    return found


def _refuse_planned(row: Person) -> None:
    first = Allocation.objects.filter(person=row, during__endswith__gt=timezone.now()).order_by("during").first()
    if first is not None:
        raise Refused(f"{row.name} is still planned: {first.label}. Give that to somebody else first.", field="active")


@command("person.pay")
def set_pay(
    *, person: UUID, rate: Rate, burden: Rate = Decimal(0), from_date: date,
    pay_class: Annotated[str, Field(min_length=1, max_length=40)] = "regular", actor: Actor, call: Call,
) -> Person:  # fmt: skip
    """What an hour of somebody costs from a day on. Hours that were approved before keep what they cost."""
    row: Person = Person.objects.locked(person, actor, call)
    require(actor, "people.manage")
    if rate <= 0:
        raise Invalid("An hour must cost something.", field="rate")
    PayRate.objects.update_or_create(person=row, pay_class=pay_class, from_date=from_date, defaults={"rate": rate, "burden": burden})
    row.change()
    record(PayChanged(pay_class=pay_class, from_date=str(from_date)), about=row, actor=actor, call=call)
    return row


@command("person.drop_skill")
def drop_skill(*, person: UUID, skill: str, actor: Actor, call: Call) -> Person:
    """Take a skill or certificate from somebody: they are not offered for it any more."""
    row: Person = Person.objects.locked(person, actor, call)
    require(actor, "people.manage")
    held = PersonSkill.objects.filter(person=row, skill__code=skill).select_related("skill").first()
    if held is None:
        raise Invalid(f"{row.name} does not have the skill '{skill}'.", field="skill")
    held.delete()
    row.change()
    record(SkillTaken(skill=held.skill.name), about=row, actor=actor, call=call)
    return row


@command("skill.set")
def set_skill(
    *, code: Annotated[str, Field(min_length=1, max_length=30)], name: Annotated[str, Field(min_length=1, max_length=80)],
    actor: Actor, call: Call,
) -> Skill:  # fmt: skip
    """Name a skill or certificate that kinds of calls ask for and people hold."""
    require(actor, "people.manage")
    row, _ = Skill.objects.update_or_create(code=code, defaults={"name": name})
    record(SkillNamed(code=code, name=name), about=row, actor=actor, call=call)
    return row


@command("crew.change")
def change_crew(
    *, crew: UUID, foreman: UUID, members: list[UUID], name: Annotated[str, Field(min_length=1, max_length=80)] | None = None,
    actor: Actor, call: Call,
) -> Crew:  # fmt: skip
    """Who is in a crew from now on. What is booked already stays with the people it was booked for."""
    row: Crew = Crew.objects.locked(crew, actor, call)
    require(actor, "people.manage")
    lead: Person = Person.objects.find(foreman, actor)
    people = {lead, *(Person.objects.find(uid, actor) for uid in members)}
    try:
        with transaction.atomic():
            row.change(name=name or row.name, foreman=lead)
    except IntegrityError as taken:
        raise Refused(f"There is already a crew called {name}.", field="name") from taken
    row.members.set(people)
    record(CrewChanged(name=row.name, members=sorted(p.name for p in people)), about=row, actor=actor, call=call)
    return row
