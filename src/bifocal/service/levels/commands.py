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
from bifocal.lib.ids import uuid7
from bifocal.lib.money import dollars
from bifocal.service.levels.facts import AfterHoursSet, ServiceLevelSet
from bifocal.service.levels.models import AfterHours, ServiceLevel

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
