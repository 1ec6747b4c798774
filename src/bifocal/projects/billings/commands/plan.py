"""Agreeing how a job is billed, changing its draws, noting what was reached and measured."""

from __future__ import annotations

from datetime import date as Date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.days import accounting_day
from bifocal.core.facts import record
from bifocal.core.policy import require
from bifocal.kernel.jobs.models import CostCode, Job
from bifocal.kernel.jobs.rules import BillingRule, Work
from bifocal.lib.errors import Invalid, Refused
from bifocal.lib.money import ZERO, dollars
from bifocal.projects.billings import queries
from bifocal.projects.billings.facts import BillingAgreed, DrawReached, DrawsChanged, QuantityMeasured
from bifocal.projects.billings.models import BillingPlan, Draw, Measured, UnitItem
from bifocal.projects.billings.rules import BY_COST, Limit, Way, spread
from bifocal.projects.contracts.models import Contract

Money = Annotated[Decimal, Field(max_digits=14, decimal_places=2)]
Positive = Annotated[Decimal, Field(gt=0, max_digits=14, decimal_places=2)]
Share = Annotated[Decimal, Field(ge=0, le=1, max_digits=6, decimal_places=4)]
Name = Annotated[str, Field(min_length=1, max_length=120)]


class DrawIn(BaseModel):
    """A draw: its part of the price in percent or as an amount, and when it is expected."""

    name: Name
    percent: Annotated[Decimal, Field(gt=0, le=100, max_digits=7, decimal_places=4)] | None = None
    amount: Positive | None = None
    due: Date | None = None


class ItemIn(BaseModel):
    """Something sold by the unit: 'LF of 4 in. pipe at 38.50'."""

    item: Annotated[str, Field(min_length=1, max_length=20)]
    description: Annotated[str, Field(min_length=1, max_length=200)]
    unit: Annotated[str, Field(min_length=1, max_length=12)]
    price: Annotated[Decimal, Field(gt=0, max_digits=14, decimal_places=4)]
    estimated: Annotated[Decimal, Field(ge=0, max_digits=14, decimal_places=4)] = Decimal(0)
    cost_code: str = ""


class RateIn(BaseModel):
    """What an hour of a work class or trade is billed at; no class: anybody."""

    work_class: str = ""
    rate: Positive


class MarkupIn(BaseModel):
    """What is added to cost of a type: 0.15 of materials."""

    cost_type: Annotated[str, Field(pattern="^[LMESO]$")]
    share: Share


@command("billing.agree")
def agree(
    *, job: UUID, way: Way, price: Positive | None = None, draws: list[DrawIn] | None = None, retainage: Share | None = None,
    limit: Positive | None = None, limit_sort: Limit = Limit.NONE, rates: list[RateIn] | None = None,
    markups: list[MarkupIn] | None = None, fee_rate: Share = Decimal(0), fee_sum: Money = ZERO, estimate: Money = ZERO,
    savings_share: Share = Decimal(0), items: list[ItemIn] | None = None, tax_materials: bool = False, actor: Actor, call: Call,
) -> BillingPlan:  # fmt: skip
    """Agree how a job is billed: draws, time and materials, cost plus a fee, unit prices, or applications for payment.

    A limit is a not-to-exceed or a guaranteed maximum. Retainage is the contract's unless another is said. Refused once it was billed.
    """
    row: Job = Job.objects.locked(job, actor)
    require(actor, "billing.agree")
    contract = queries.contract_of(row)
    _may_choose(row, contract)
    _complete(way, limit, limit_sort, rates or [], items or [], fee_sum, estimate)
    held = retainage if retainage is not None else contract.retainage_work if contract else Decimal(0)
    BillingPlan.objects.filter(job=row).delete()
    plan = BillingPlan.objects.create(
        job=row, way=way, price=None if contract else price, retainage=held, limit=limit, limit_sort=limit_sort if limit else "",
        rates={r.work_class: str(r.rate) for r in rates or []}, markups={m.cost_type: str(m.share) for m in markups or []},
        fee_rate=fee_rate, fee_sum=fee_sum, estimate=estimate, savings_share=savings_share, tax_materials=tax_materials,
    )  # fmt: skip
    if way == Way.DRAWS:
        _write_draws(plan, draws or [], ZERO, 0)
    if way == Way.UNITS:
        _write_items(plan, items or [])
    if row.lens == "service":
        row.change(billing_rule=BillingRule.CONTRACT)  # so that the technician's invoice does not ask for it a second time
    told = BillingAgreed(way=way, price=str(queries.price_of(plan) or ""), limit=str(limit or ""))
    record(told, about=row, actor=actor, call=call)
    return plan


def _may_choose(job: Job, contract: Contract | None) -> None:
    if job.work_status == Work.CANCELLED:
        raise Refused(f"{job.number} is canceled: it is not billed.")
    if contract and contract.payapps.exclude(status="void").exists():
        raise Refused(f"{job.number} is billed by applications for payment already. The way to bill can't change now.", field="way")
    old = queries.plan_of(job)
    if old and queries.invoices_of(old):
        raise Refused(f"{job.number} was billed by {old.way.replace('_', ' ')} already. The way to bill can't change now.", field="way")
    if job.invoices.exclude(status="void").filter(sort="service").exists():
        raise Refused(f"{job.number} has a service invoice. Credit it before another way to bill is agreed.", field="way")


def _complete(
    way: Way, limit: Decimal | None, sort: Limit, rates: list[RateIn], items: list[ItemIn], fee_sum: Decimal, cost: Decimal
) -> None:
    """What each way must say. Raises Invalid."""
    if limit and not sort:
        raise Invalid("Say whether the limit is a not-to-exceed or a guaranteed maximum.", field="limit_sort")
    if sort and not limit:
        raise Invalid("Give the amount of the limit.", field="limit")
    if limit and way not in BY_COST:
        raise Invalid("A limit belongs to time and materials or cost plus: other ways have a price.", field="limit")
    if way == Way.TIME and not rates:
        raise Invalid("Time and materials needs at least one hourly rate.", field="rates")
    if fee_sum and cost <= 0:
        raise Invalid("A fixed fee is earned as cost approaches the estimate: give the estimated cost.", field="estimate")
    if way == Way.UNITS and not items:
        raise Invalid("Unit prices need at least one item.", field="items")


def _write_draws(plan: BillingPlan, draws: list[DrawIn], billed: Decimal, place: int) -> None:
    """The draws of what is not billed yet. Raises Invalid unless they make the whole of it."""
    price = queries.price_of(plan)
    if price is None:
        raise Invalid("Draws divide a price: give it, or write the contract first.", field="price")
    rest = price - billed
    if not draws or any((d.percent is None) == (d.amount is None) for d in draws) or len({d.percent is None for d in draws}) > 1:
        raise Invalid("Give every draw its percent, or every draw its amount.", field="draws")
    amounts = spread(rest, [d.percent or Decimal(0) for d in draws]) if draws[0].percent is not None else [d.amount or ZERO for d in draws]
    total = sum(amounts, ZERO)
    if total != rest:
        raise Invalid(f"The draws add up to {dollars(total)}; {dollars(rest)} is to be divided.", field="draws")
    if min(amounts) <= 0:
        raise Invalid("A draw must be above zero.", field="draws")
    Draw.objects.bulk_create(
        Draw(plan=plan, place=place + n, name=d.name, amount=a, due=d.due) for n, (d, a) in enumerate(zip(draws, amounts, strict=True))
    )


def _write_items(plan: BillingPlan, items: list[ItemIn]) -> None:
    codes = {c.code: c for c in CostCode.objects.filter(code__in={i.cost_code for i in items})}
    for n, item in enumerate(items):
        if item.cost_code and item.cost_code not in codes:
            raise Invalid(f"There is no cost code '{item.cost_code}'.", field=f"items.{n}.cost_code")
        if any(item.item == other.item for other in items[:n]):
            raise Invalid(f"Item {item.item} stands twice.", field=f"items.{n}.item")
    UnitItem.objects.bulk_create(
        UnitItem(plan=plan, place=n, item=i.item, description=i.description, unit=i.unit, price=i.price, estimated=i.estimated,
                 cost_code=codes.get(i.cost_code))
        for n, i in enumerate(items)
    )  # fmt: skip


def locked(job: UUID, ways: set[Way], right: str, actor: Actor, call: Call) -> BillingPlan:
    """The job's plan, locked after its job; refused where the job is billed another way."""
    row: Job = Job.objects.locked(job, actor)
    require(actor, right)
    plan = BillingPlan.objects.select_for_update(of=("self",)).select_related("job__customer", "job__branch").filter(job=row).first()
    if plan is None or plan.way not in ways:
        how = f"by {plan.way.replace('_', ' ')}" if plan else "in no agreed way yet"
        raise Refused(f"{row.number} is billed {how}.")
    found: BillingPlan = BillingPlan.objects.locked(plan.uid, actor, call) if call.expected_version is not None else plan
    return found


@command("billing.redraw")
def redraw(*, job: UUID, draws: list[DrawIn], actor: Actor, call: Call) -> BillingPlan:
    """Divide what is not billed yet into other draws: after a change order, or a new agreement. What is billed stays."""
    plan = locked(job, {Way.DRAWS}, "billing.agree", actor, call)
    billed = plan.draws.filter(invoice__isnull=False)
    plan.draws.filter(invoice=None).delete()
    _write_draws(plan, draws, sum((d.amount for d in billed), ZERO), billed.count())
    plan.change()
    told = DrawsChanged(draws=[f"{d.name}: {dollars(d.amount)}" for d in plan.draws.filter(invoice=None)])
    record(told, about=plan.job, actor=actor, call=call)
    return plan


@command("billing.reach")
def reach(*, draw: UUID, on: Date | None = None, actor: Actor, call: Call) -> Draw:
    """Note that what a draw waits for is reached: it can be billed."""
    row: Draw = Draw.objects.locked(draw, actor)
    require(actor, "billing.measure")
    if row.reached_on:
        raise Refused(f"'{row.name}' was reached on {row.reached_on}.")
    row.reached_on = on or accounting_day(call.occurred_at, row.plan.job.branch)
    row.save(update_fields=["reached_on"])
    record(DrawReached(name=row.name, on=str(row.reached_on)), about=row.plan.job, actor=actor, call=call)
    return row


@command("billing.measure")
def measure(
    *, item: UUID, quantity: Annotated[Decimal, Field(max_digits=14, decimal_places=4)], on: Date | None = None, note: str = "",
    actor: Actor, call: Call,
) -> Measured:  # fmt: skip
    """Keep a measured quantity of a unit-price item; a mistake is corrected by a negative one, never below zero in all."""
    row: UnitItem = UnitItem.objects.locked(item, actor)
    require(actor, "billing.measure")
    so_far = sum((m.quantity for m in row.measured.all()), Decimal(0))
    if quantity == 0 or so_far + quantity < 0:
        raise Refused(
            f"{so_far.normalize():f} {row.unit} are measured of {row.item}: {quantity.normalize():f} does not fit.", field="quantity"
        )
    day = on or accounting_day(call.occurred_at, row.plan.job.branch)
    made = Measured.objects.create(item=row, on=day, quantity=quantity, note=note[:200], by=actor.name)
    told = QuantityMeasured(item=row.item, quantity=f"{quantity.normalize():f} {row.unit}", on=str(day))
    record(told, about=row.plan.job, actor=actor, call=call)
    return made
