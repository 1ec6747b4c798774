"""Terms: every write."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.facts import record
from bifocal.core.policy import require
from bifocal.core.subject import Subject
from bifocal.kernel.parties.models import Customer
from bifocal.lib.errors import NotFound, Refused
from bifocal.lib.ids import uuid7
from bifocal.lib.money import dollars
from bifocal.service.levels.facts import AfterHoursSet, PersonPreferred, ServiceLevelDropped, ServiceLevelSet
from bifocal.service.levels.models import AfterHours, Preferred, ServiceLevel
from bifocal.service.visits.commands.bans import Why, take_back, wished
from bifocal.service.visits.models import Ban

Factor = Annotated[Decimal, Field(ge=1, le=5, max_digits=4, decimal_places=2)]
Hours = Annotated[Decimal, Field(ge=0, le=24, max_digits=4, decimal_places=2)]
Amount = Annotated[Decimal, Field(ge=0, max_digits=10, decimal_places=2)]


@command("service_level.set")
def set_service_level(
    *, priority: Annotated[int, Field(ge=1, le=5)], arrive_hours: Annotated[Decimal, Field(gt=0, le=720, max_digits=6, decimal_places=2)],
    penalty: Amount = Decimal(0), per_hour: Amount = Decimal(0), most: Amount | None = None, customer: UUID | None = None,
    actor: Actor, call: Call,
) -> ServiceLevel:  # fmt: skip
    """Agree how soon somebody is there for calls of a priority, for everybody or one customer, and what being late costs."""
    whose: Customer | None = Customer.objects.find(customer, actor) if customer else None
    require(actor, "terms.edit")
    terms = {"arrive_hours": arrive_hours, "penalty": penalty, "per_hour": per_hour, "most": most}
    row: ServiceLevel
    row, _ = ServiceLevel.objects.update_or_create(customer=whose, priority=priority, defaults=terms)
    told = ServiceLevelSet(priority=priority, arrive_hours=str(arrive_hours), penalty=dollars(penalty), per_hour=dollars(per_hour))
    record(told, about=whose or row, actor=actor, call=call)
    return row


@command("service_level.drop")
def drop_service_level(*, level: UUID, actor: Actor, call: Call) -> dict[str, Any]:
    """A response time is not agreed any more: the one for everybody holds again, or none."""
    row: ServiceLevel = ServiceLevel.objects.select_related("customer").find(level, actor)
    require(actor, "terms.edit")
    row.delete()
    record(ServiceLevelDropped(priority=row.priority), about=row.customer or Subject("service_level", level), actor=actor, call=call)
    return {"kind": "service_level", "uid": level}


@command("customer.prefer_person")
def prefer_person(*, customer: UUID, person: UUID, why: Why = "", actor: Actor, call: Call) -> Preferred:
    """Note whom a customer would like to see again: they are offered first. Refused for somebody the customer does not want."""
    row, who = wished(customer, person, actor)
    if Ban.objects.filter(customer=row, person=who).exists():
        raise Refused(f"{row.name} does not want {who.name} again. Lift that first.", field="person")
    liked: Preferred = Preferred.objects.update_or_create(customer=row, person=who, defaults={"why": why})[0]
    record(PersonPreferred(person=who.name, preferred=True, why=why), about=row, actor=actor, call=call)
    return liked


@command("customer.forget_preference")
def forget_preference(*, customer: UUID, person: UUID, actor: Actor, call: Call) -> dict[str, Any]:
    """The customer takes whoever comes."""
    row, name = take_back(Preferred.objects.all(), customer, person, actor, NotFound("The customer has no preference for this person."))
    record(PersonPreferred(person=name, preferred=False), about=row, actor=actor, call=call)
    return {"kind": "customer", "uid": row.uid}


@command("after_hours.set")
def set_after_hours(
    *, factor: Factor, minimum_hours: Hours, call_out: Amount, pay_factor: Factor, pay_minimum_hours: Hours, rest_hours: Hours,
    answer_minutes: Annotated[int, Field(ge=1, le=120)] = 10, actor: Actor, call: Call,
) -> dict[str, Any]:  # fmt: skip
    """Set what a call after hours costs the caller and us, the rest due after it, and how long each one asked has to answer."""
    require(actor, "terms.edit")
    row = AfterHours.get()
    AfterHours.objects.filter(pk=row.pk).update(
        factor=factor, minimum_hours=minimum_hours, call_out=call_out, pay_factor=pay_factor, pay_minimum_hours=pay_minimum_hours,
        rest_hours=rest_hours, answer_minutes=answer_minutes,
    )  # fmt: skip
    told = AfterHoursSet(factor=str(factor), call_out=dollars(call_out), rest_hours=str(rest_hours))
    record(told, about=Subject("after_hours", uuid7()), actor=actor, call=call)
    return {"kind": "after_hours", "factor": factor, "call_out": call_out}
