"""The terms of change: every write."""

from __future__ import annotations

from datetime import date as Date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.facts import record
from bifocal.core.policy import require
from bifocal.lib.errors import Invalid
from bifocal.projects.contracts.models import Contract
from bifocal.projects.register.rules import Asked, Place, check_steps
from bifocal.projects.register.seats import contact_or_person
from bifocal.projects.terms.facts import ChangeTermsSet, RatesAgreed
from bifocal.projects.terms.models import ChangeTerms, TmRate
from bifocal.projects.terms.rules import OwnApproval, Rated

Share = Annotated[Decimal, Field(ge=0, le=1, max_digits=6, decimal_places=4)]
Dollars = Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=2)]
Days = Annotated[int, Field(ge=0, le=365)]


class TermMarkup(BaseModel):
    """A markup that every change of the contract starts with; the words are those of `change.price`."""

    name: Annotated[str, Field(min_length=1, max_length=80)]
    rate: Share
    compounds: bool = False
    per_line: bool = False
    margin: bool = False
    types: str = ""
    cost_code: str = ""


class Approver(BaseModel):
    """Who approves, in which step, within how many days."""

    who: UUID
    step: int = 1
    days: Days = 10


class RateIn(BaseModel):
    """A rate of time and materials: dollars a unit, or a markup on cost."""

    sort: Rated
    name: Annotated[str, Field(max_length=80)] = ""
    unit: Annotated[str, Field(min_length=1, max_length=10)] = "hour"
    rate: Dollars | None = None
    overtime: Dollars | None = None
    markup: Share | None = None
    cost: Dollars | None = None


@command("terms.set")
def set_terms(
    *, contract: UUID, tiers: Annotated[int, Field(ge=1, le=3)] | None = None, notice_days: Days | None = None,
    answer_days: Annotated[int, Field(ge=1, le=90)] | None = None, own_approval: OwnApproval | None = None,
    markups: list[TermMarkup] | None = None, approvers: list[Approver] | None = None, actor: Actor, call: Call,
) -> ChangeTerms:  # fmt: skip
    """Set how a contract's changes are made: tiers, days of notice and of answering, markups, approvers in sequence.

    What is not named stays. `own_approval`: never, or the company's owner may approve their own, marked.
    """
    on: Contract = Contract.objects.locked(contract, actor, call)
    require(actor, "contract.edit")
    if approvers:
        named = [contact_or_person(a.who, "approvers") for a in approvers]
        check_steps([Place(n.name, a.step, True, Asked.WAITING) for n, a in zip(named, approvers, strict=True)])
    row, _ = ChangeTerms.objects.get_or_create(contract=on)
    given = {
        "tiers": tiers, "notice_days": notice_days, "answer_days": answer_days, "own_approval": own_approval,
        "markups": None if markups is None else [m.model_dump(mode="json") for m in markups],
        "approvers": None if approvers is None else [a.model_dump(mode="json") for a in approvers],
    }  # fmt: skip
    row.change(**{k: v for k, v in given.items() if v is not None})
    told = ChangeTermsSet(
        tiers=row.tiers, notice_days="" if row.notice_days is None else str(row.notice_days), own_approval=row.own_approval,
        approvers=len(row.approvers),
    )  # fmt: skip
    record(told, about=on, actor=actor, call=call)
    return row


@command("terms.rates")
def agree_rates(*, contract: UUID, since: Date, rates: list[RateIn], actor: Actor, call: Call) -> dict[str, object]:
    """Agree the rates of time and materials from a day on; those of one name before that day stay for older tickets."""
    on: Contract = Contract.objects.locked(contract, actor, call)
    require(actor, "contract.edit")
    if not rates:
        raise Invalid("Give at least one rate.", field="rates")
    for n, r in enumerate(rates):
        if (r.rate is None) == (r.markup is None):
            raise Invalid(f"{r.name or r.sort}: give either a rate or a markup on cost.", field=f"rates.{n}.rate")
    for r in rates:
        values = r.model_dump(exclude={"sort", "name"})
        TmRate.objects.update_or_create(contract=on, sort=r.sort, name=r.name.strip(), since=since, defaults=values)
    record(RatesAgreed(since=str(since), rates=len(rates)), about=on, actor=actor, call=call)
    return {"kind": "tm_rates", "contract": str(on.uid), "since": str(since), "rates": len(rates)}
