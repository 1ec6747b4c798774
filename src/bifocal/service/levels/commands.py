"""Terms: every write."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import Field

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.facts import record
from bifocal.core.policy import require
from bifocal.kernel.parties.models import Customer
from bifocal.lib.money import dollars
from bifocal.service.levels.facts import ServiceLevelSet
from bifocal.service.levels.models import ServiceLevel

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
