"""What a customer wishes about who comes: whom they do not want to see again. (Whom they like: `levels`, by the same two beats.)"""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from django.db.models import QuerySet
from pydantic import Field

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.facts import record
from bifocal.core.policy import require
from bifocal.kernel.parties.models import Customer
from bifocal.kernel.people.models import Person
from bifocal.lib.errors import Invalid, NotFound
from bifocal.service.visits.facts import PersonBanned
from bifocal.service.visits.models import Ban

Why = Annotated[str, Field(max_length=160)]


def wished(customer: UUID, person: UUID, actor: Actor) -> tuple[Customer, Person]:
    """The customer, locked, and the person whom their wish is about. Raises NotFound, NotAllowed."""
    row: Customer = Customer.objects.locked(customer, actor)
    require(actor, "customer.edit")
    return row, Person.objects.find(person, actor)


def take_back(wishes: QuerySet[Any], customer: UUID, person: UUID, actor: Actor, absent: NotFound) -> tuple[Customer, str]:
    """Delete a customer's wish about somebody: the customer and the person's name. Raises `absent` where none was noted."""
    row: Customer = Customer.objects.locked(customer, actor)
    require(actor, "customer.edit")
    wish = wishes.filter(customer=row, person__uid=person).select_related("person").first()
    if wish is None:
        raise absent
    wish.delete()
    return row, wish.person.name


@command("customer.ban_person")
def ban_person(*, customer: UUID, person: UUID, why: Why, actor: Actor, call: Call) -> Ban:
    """Note that a customer does not want somebody again: they are not sent there, unless a reason is given."""
    row, who = wished(customer, person, actor)
    if not why:
        raise Invalid("Say why the customer does not want them: it is what the next dispatcher reads.", field="why")
    ban: Ban = Ban.objects.update_or_create(customer=row, person=who, defaults={"why": why})[0]
    record(PersonBanned(person=who.name, banned=True, why=why), about=row, actor=actor, call=call)
    return ban


@command("customer.lift_ban")
def lift_ban(*, customer: UUID, person: UUID, actor: Actor, call: Call) -> dict[str, Any]:
    """The customer will see this person again."""
    row, name = take_back(Ban.objects.all(), customer, person, actor, NotFound("The customer has nothing against this person."))
    record(PersonBanned(person=name, banned=False), about=row, actor=actor, call=call)
    return {"kind": "customer", "uid": row.uid}
