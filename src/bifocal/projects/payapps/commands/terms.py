"""How retainage is held on a contract: rates, the cap, steps, rates of single lines."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.facts import record
from bifocal.core.policy import require
from bifocal.engines.progress_billing.statutes import check
from bifocal.lib.errors import Invalid, Refused
from bifocal.projects.contracts.models import Contract
from bifocal.projects.payapps.commands.application import Rate, refigure
from bifocal.projects.payapps.facts import RetainageAgreed
from bifocal.projects.payapps.rules import EDITABLE, Status


class StepIn(BaseModel):
    """From this share of the contract on the rate is another; retroactive: on all the work."""

    at_percent: Annotated[Decimal, Field(gt=0, le=1, max_digits=6, decimal_places=4)]
    rate: Rate
    retroactive: bool = False


class LineRate(BaseModel):
    """Rates of one line; empty: the contract's."""

    item: str
    work: Rate | None = None
    stored: Rate | None = None


@command("contract.retain")
def agree_retainage(
    *, contract: UUID, work: Rate | None = None, stored: Rate | None = None, cap: Rate | None = None,
    cap_of: Literal["original", "current"] = "current", steps: list[StepIn] | None = None, lines: list[LineRate] | None = None,
    sector: Literal["private", "public"] = "private", actor: Actor, call: Call,
) -> Contract:  # fmt: skip
    """Agree how retainage is held: rates on work and stored material, a cap, steps by percent complete, single lines.

    Holds for what is billed from now on; an application in pencil is computed anew. Refused above the statute of the site's state.
    """
    row: Contract = Contract.objects.locked(contract, actor, call)
    require(actor, "contract.edit")
    if row.payapps.filter(status=Status.SUBMITTED).exists():
        raise Refused("An application is with the certifier. Agree on retainage when it is certified or back.")
    highest = max(r for r in (row.retainage_work if work is None else work, *(li.work or Decimal(0) for li in lines or [])))
    signed = row.signed_on or row.starts
    check(highest, state=row.job.site.state, sector=sector, signed=signed, contract_sum=row.sum)
    if len({s.at_percent for s in steps or []}) < len(steps or []):
        raise Invalid("Two steps have the same mark.", field="steps")
    _line_rates(row, lines or [])
    row.change(
        retainage_work=row.retainage_work if work is None else work,
        retainage_stored=row.retainage_stored if stored is None else stored,
        retainage_cap=cap, retainage_cap_of=cap_of,
        retainage_steps=[s.model_dump(mode="json") for s in steps or []],
    )  # fmt: skip
    for app in row.payapps.filter(status__in=EDITABLE).exclude(final=True):
        app.change(work_rate=row.retainage_work, stored_rate=row.retainage_stored)
        refigure(app)
    told = RetainageAgreed(work=str(row.retainage_work), stored=str(row.retainage_stored), cap=str(cap or ""), steps=len(steps or []))
    record(told, about=row, actor=actor, call=call)
    return row


def _line_rates(contract: Contract, lines: list[LineRate]) -> None:
    for n, line in enumerate(lines):
        found = contract.sov.filter(item=line.item)
        if not found.update(retainage_work=line.work, retainage_stored=line.stored):
            raise Invalid(f"The schedule of values has no item {line.item}.", field=f"lines.{n}.item")
