"""Liquidated damages of a contract: what a calendar day past its completion costs."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import Field

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.facts import record
from bifocal.core.policy import require
from bifocal.lib.money import dollars
from bifocal.projects.contracts.facts import DamagesAgreed
from bifocal.projects.contracts.models import Contract

Amount = Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=2)]


@command("contract.agree_damages")
def agree_damages(*, contract: UUID, per_day: Amount, actor: Actor, call: Call) -> Contract:
    """Keep the contract's liquidated damages for each calendar day past its completion; 0 where there are none."""
    row: Contract = Contract.objects.locked(contract, actor, call)
    require(actor, "contract.edit")
    row.change(damages_per_day=per_day)
    record(DamagesAgreed(per_day=dollars(per_day)), about=row.job, actor=actor, call=call)
    return row
