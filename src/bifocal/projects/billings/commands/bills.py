"""The invoices of a plan: drafts of the billing kernel, with retainage and the backup, refused above the limit."""

from __future__ import annotations

from datetime import date as Date
from decimal import Decimal
from typing import Any
from uuid import UUID

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.days import accounting_day
from bifocal.core.facts import record
from bifocal.kernel.billing import commands as billing
from bifocal.kernel.billing.models import Invoice
from bifocal.kernel.billing.rules import InvoiceSort
from bifocal.kernel.documents.commands import keep
from bifocal.kernel.documents.paper import render
from bifocal.lib.errors import Invalid, Refused
from bifocal.lib.money import ZERO, cents, dollars
from bifocal.projects.billings import queries
from bifocal.projects.billings.commands.plan import Positive, locked
from bifocal.projects.billings.facts import JobBilled, RetainageAsked
from bifocal.projects.billings.models import BillingPlan, CostBilled, PlanInvoice, UnitBilled
from bifocal.projects.billings.paper import with_papers
from bifocal.projects.billings.rules import BY_COST, Limit, Way, check_limit, savings
from bifocal.projects.contracts.rules import ContractStatus

KIND = {"L": "Labor", "M": "Materials", "E": "Equipment", "S": "Subcontractors", "O": "Other cost"}


def _invoice(
    plan: BillingPlan, lines: list[billing.LineIn], date: Date | None, actor: Actor, call: Call, *, name: str, held: Decimal | None = None,
    **kept: Any,
) -> PlanInvoice:  # fmt: skip
    """A draft of these lines with the plan's retainage, and the plan's row about it."""
    contract = queries.contract_of(plan.job)
    if contract and contract.status != ContractStatus.APPROVED:
        raise Refused(f"Contract {contract.number} is {contract.status}: it must be signed before it is billed.")
    day = date or accounting_day(call.occurred_at, plan.job.branch)
    invoice = billing.make_draft(job=plan.job, lines=lines, sort=InvoiceSort.PROGRESS, date=day, memo=name, actor=actor, call=call)
    invoice.change(retainage=cents(invoice.subtotal * plan.retainage) if held is None else held)
    plan.change()
    return PlanInvoice.objects.create(plan=plan, invoice=invoice, **kept)


def _told(plan: BillingPlan, bill: PlanInvoice, actor: Actor, call: Call, not_charged: Decimal = ZERO) -> Invoice:
    told = JobBilled(way=plan.way, gross=str(bill.invoice.subtotal), cost=str(bill.cost), fee=str(bill.fee), not_charged=str(not_charged))
    record(told, about=plan.job, actor=actor, call=call)
    found: Invoice = bill.invoice
    return found


@command("billing.draw")
def bill_draws(*, job: UUID, draws: list[UUID], date: Date | None = None, actor: Actor, call: Call) -> Invoice:
    """Draft the invoice of draws that were reached. Refused for one that is billed, not reached, or beyond the price."""
    plan = locked(job, {Way.DRAWS}, "billing.bill", actor, call)
    rows = list(plan.draws.select_for_update(of=("self",)).filter(uid__in=draws))
    if not rows or len(rows) != len(set(draws)):
        raise Invalid("Choose draws of this job.", field="draws")
    for row in rows:
        if row.invoice_id:
            raise Refused(f"'{row.name}' is on an invoice already.", field="draws")
        if row.reached_on is None:
            raise Refused(f"'{row.name}' is not reached yet. Note it as reached first.", field="draws")
    price, total = queries.price_of(plan) or ZERO, sum((r.amount for r in rows), ZERO)
    billed = sum((d.amount for d in plan.draws.filter(invoice__isnull=False)), ZERO)
    if billed + total > price:
        raise Refused(f"{dollars(billed)} of {dollars(price)} is billed: {dollars(total)} more is too much. Divide the rest anew.")
    inner = actor.within("billing.draw")
    lines = [billing.LineIn(description=r.name, price=r.amount, revenue="contract") for r in rows]
    bill = _invoice(plan, lines, date, inner, call, name=", ".join(r.name for r in rows)[:200])
    plan.draws.filter(pk__in=[r.pk for r in rows]).update(invoice=bill.invoice)
    return _told(plan, bill, actor, call)


@command("billing.cost")
def bill_cost(
    *, job: UUID, upto: Date | None = None, to_limit: bool = False, final: bool = False, date: Date | None = None, actor: Actor, call: Call
) -> Invoice:
    """Draft the invoice of every approved hour, bill and part up to a day that is not billed yet, with its fee and its backup.

    Refused above a not-to-exceed or guaranteed maximum; `to_limit` bills what is left and gives the rest up. `final` shares savings.
    """
    plan = locked(job, set(BY_COST), "billing.bill", actor, call)
    inner, day = actor.within("billing.cost"), upto or accounting_day(call.occurred_at, plan.job.branch)
    if plan.bills.filter(final=True).exists():
        raise Refused(f"{plan.job.number} is billed to the end.")
    found = queries.next_bill(plan, day, final=final)
    sort = Limit(plan.limit_sort)
    waived = check_limit(found["gross"], found["billed"], found["limit"], sort, to_limit=to_limit)
    ours = ZERO
    if final and sort == Limit.GMP:
        spent = found["cost_before"] + found["fee_before"] + found["gross"]
        ours = savings(found["limit"], spent, plan.savings_share)
    if not found["charges"] and not found["fee"] and not ours:
        raise Refused("There is nothing to bill: no approved time and no bill is open.")
    lines = _cost_lines(plan, found, waived, ours)
    name = f"{plan.way.replace('_', ' ').capitalize()} to {day:%B %-d, %Y}"
    bill = _invoice(plan, lines, date, inner, call, name=name, cost=found["cost"], fee=found["fee"], final=final)
    CostBilled.objects.bulk_create(
        CostBilled(bill=bill, line_id=c.cost.key, text=c.cost.text, price=c.price, amount=c.amount) for c in found["charges"]
    )
    pdf = with_papers(render("billing_backup", queries.backup_data(plan, bill.invoice)), bill)
    keep(data=pdf, name=f"Backup {plan.job.number} to {day}.pdf", sort="backup", about=bill.invoice.subject, actor=inner, call=call)
    return _told(plan, bill, actor, call, waived)


def _cost_lines(plan: BillingPlan, found: dict[str, Any], waived: Decimal, ours: Decimal) -> list[billing.LineIn]:
    """The invoice in short: a line by kind of cost, the fee, our share of savings, what is not charged. The backup has the rest."""
    sums: dict[str, Decimal] = {}
    hours = sum((c.cost.hours or Decimal(0) for c in found["charges"]), Decimal(0))
    for c in found["charges"]:
        sums[c.cost.cost_type] = sums.get(c.cost.cost_type, ZERO) + c.amount
    lines = [
        billing.LineIn(
            description=f"{KIND[k]}{f', {hours.normalize():f} hours' if k == 'L' and hours else ''}", price=sums[k], revenue="contract",
            taxable=plan.tax_materials and k == "M",
        )
        for k in "LMESO" if sums.get(k)
    ]  # fmt: skip
    extra = [
        (f"Fee{f' of {plan.fee_rate * 100:.2f}%' if plan.fee_rate else ''}", found["fee"]),
        (f"Our share of the savings, {plan.savings_share * 100:.2f}%", ours),
        (f"Above the {plan.limit_sort.replace('_', '-')}: not charged", -waived),
    ]
    lines += [billing.LineIn(description=text, price=amount, revenue="contract") for text, amount in extra if amount]
    return lines


@command("billing.units")
def bill_units(*, job: UUID, upto: Date | None = None, date: Date | None = None, actor: Actor, call: Call) -> Invoice:
    """Draft the invoice of what was measured up to a day, item by item: quantity to date × price, less what was billed."""
    plan = locked(job, {Way.UNITS}, "billing.bill", actor, call)
    rows = [u for u in queries.units_of(plan, upto or accounting_day(call.occurred_at, plan.job.branch)) if u["due"]]
    if not rows:
        raise Refused("Nothing was measured since the last invoice.")
    inner = actor.within("billing.units")
    lines = [
        billing.LineIn(
            description=f"{u['item'].item} {u['item'].description}: {u['quantity'].normalize():f} {u['item'].unit} to date at"
            f" {u['item'].price.normalize():f}, {dollars(u['billed'])} billed before",
            price=u["due"], revenue="contract", cost_code=u["item"].cost_code.code if u["item"].cost_code else "",
        )
        for u in rows
    ]  # fmt: skip
    bill = _invoice(plan, lines, date, inner, call, name="Measured quantities")
    UnitBilled.objects.bulk_create(UnitBilled(bill=bill, item=u["item"], quantity=u["quantity"], amount=u["due"]) for u in rows)
    return _told(plan, bill, actor, call)


@command("billing.release")
def release(*, job: UUID, amount: Positive | None = None, date: Date | None = None, actor: Actor, call: Call) -> Invoice:
    """Draft the invoice that asks for retainage, all of it or a part (posting P3). Refused above what is held."""
    plan = locked(job, {w for w in Way if w != Way.PROGRESS}, "billing.bill", actor, call)
    held = queries.held_of(plan) + sum((i.retainage for i in queries.invoices_of(plan) if i.status == "draft" and i.retainage < 0), ZERO)
    wanted = held if amount is None else amount
    if not 0 < wanted <= held:
        raise Refused(f"{dollars(held)} of retainage is held: {dollars(wanted)} can't be asked for.", field="amount")
    inner = actor.within("billing.release")
    line = billing.LineIn(description=f"Release of retainage, ${dollars(wanted)}", price=ZERO, revenue="contract")
    bill = _invoice(plan, [line], date, inner, call, name="Release of retainage", held=-wanted)
    record(RetainageAsked(amount=str(wanted)), about=plan.job, actor=actor, call=call)
    found: Invoice = bill.invoice
    return found
