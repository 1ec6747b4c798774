"""Whom a customer does not want to see again."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.facts import record
from bifocal.core.policy import require
from bifocal.kernel.parties.models import Customer
from bifocal.kernel.people.models import Person
from bifocal.lib.errors import Invalid, NotFound
from bifocal.service.visits.facts import PersonBanned
from bifocal.service.visits.models import Ban


@command("customer.ban_person")
def ban_person(*, customer: UUID, person: UUID, why: str, actor: Actor, call: Call) -> Ban:
    """Note that a customer does not want somebody again: they are not sent there, unless a reason is given."""
    row: Customer = Customer.objects.locked(customer, actor)
    require(actor, "customer.edit")
    who: Person = Person.objects.find(person, actor)
    if not why:
        raise Invalid("Say why the customer does not want them: it is what the next dispatcher reads.", field="why")
    ban: Ban = Ban.objects.update_or_create(customer=row, person=who, defaults={"why": why[:160]})[0]
    record(PersonBanned(person=who.name, banned=True, why=why), about=row, actor=actor, call=call)
    return ban


@command("customer.lift_ban")
def lift_ban(*, customer: UUID, person: UUID, actor: Actor, call: Call) -> dict[str, Any]:
    """The customer will see this person again."""
    row: Customer = Customer.objects.locked(customer, actor)
    require(actor, "customer.edit")
    ban = Ban.objects.filter(customer=row, person__uid=person).select_related("person").first()
    if ban is None:
        raise NotFound("The customer has nothing against this person.")
    ban.delete()
    record(PersonBanned(person=ban.person.name, banned=False), about=row, actor=actor, call=call)
    return {"kind": "customer", "uid": row.uid}
