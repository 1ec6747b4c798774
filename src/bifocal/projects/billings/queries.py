"""What a job's plan has billed, what it would bill now, and the backup behind it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Sum

from bifocal.kernel.billing.models import Invoice
from bifocal.kernel.billing.rules import InvoiceStatus
from bifocal.kernel.jobs.models import Job
from bifocal.kernel.ledger.models import JournalLine
from bifocal.kernel.ledger.rules import COST_TYPE, JOB_COST
from bifocal.kernel.time.models import TimeSegment
from bifocal.lib.errors import Invalid
from bifocal.lib.money import ZERO
from bifocal.projects.billings.models import BillingPlan, UnitItem
from bifocal.projects.billings.rules import BY_COST, Charge, Cost, Limit, Terms, Way, beyond_estimate, charge, fee, measured
from bifocal.projects.contracts.models import Contract


def plan_of(job: Job) -> BillingPlan | None:
    """The job's plan, where one was agreed."""
    return BillingPlan.objects.filter(job=job).select_related("job__customer", "job__branch").first()


def contract_of(job: Job) -> Contract | None:
    """The job's contract, where it has one."""
    return Contract.objects.filter(job=job).first()


def invoices_of(plan: BillingPlan) -> list[Invoice]:
    """Its invoices with their credits, drafts included, the oldest first."""
    own = Invoice.objects.filter(by_plan__plan=plan).exclude(status=InvoiceStatus.VOID)
    return list((own | Invoice.objects.filter(credits__by_plan__plan=plan)).distinct().order_by("id"))


def billed_of(plan: BillingPlan) -> Decimal:
    """What was billed before tax, less credits; a draft counts, so that two drafts can't pass the limit together."""
    return sum((i.subtotal for i in invoices_of(plan)), ZERO)


def price_of(plan: BillingPlan) -> Decimal | None:
    """The price that draws divide: the contract sum with its approved changes, or the price agreed."""
    contract = contract_of(plan.job)
    price: Decimal | None = plan.price
    return contract.sum if contract else price


def limit_of(plan: BillingPlan) -> Decimal | None:
    """The limit with the contract's approved changes."""
    if plan.limit is None:
        return None
    contract = contract_of(plan.job)
    limit: Decimal = plan.limit
    return limit + contract.sum - contract.original_sum if contract else limit


def terms_of(plan: BillingPlan) -> Terms:
    """The terms as the rules want them."""

    def shares(found: dict[str, str]) -> dict[str, Decimal]:
        return {k: Decimal(v) for k, v in found.items()}

    return Terms(shares(plan.rates), shares(plan.markups), plan.fee_rate, plan.fee_sum, plan.estimate)


def unbilled_costs(job: Job, upto: date | None = None) -> list[tuple[JournalLine, Cost]]:
    """The lines of cost of a job that no invoice has, in the order of the books: approved time, bills, parts, and what was moved."""
    found = JournalLine.objects.filter(job=job, account__code__in=JOB_COST, billed_cost=None)
    if upto:
        found = found.filter(entry__date__lte=upto)
    rows = list(found.select_related("account", "entry", "person", "item", "vendor").order_by("id"))
    uids = [UUID((r.dims or {}).get("root") or str(r.entry.source_uid)) for r in rows if r.person_id]
    classes = dict(TimeSegment.objects.filter(uid__in=uids).values_list("uid", "work_class"))
    return [(r, _cost(r, classes)) for r in rows]


def _cost(row: JournalLine, classes: dict[UUID, str]) -> Cost:
    kind = COST_TYPE[row.account.code]
    if row.person_id is None or row.person is None:
        text = f"{row.entry.date}: {row.entry.memo or row.entry.event}{f', {row.item.name}' if row.item else ''}"
        return Cost(row.pk, text[:240], kind, row.amount)
    uid = UUID((row.dims or {}).get("root") or str(row.entry.source_uid))
    hours = row.quantity
    text = f"{row.entry.date}: {row.person.name}" + (", burden" if hours is None else f", {hours.normalize():f} h")
    return Cost(row.pk, text, "L", row.amount, hours, classes.get(uid) or row.person.trade, hours is None)


def work_of(job: Job, upto: date) -> int:
    """Time of the job up to that day that is not approved yet: it can't be billed."""
    waiting = TimeSegment.objects.filter(job=job, during__startswith__date__lte=upto).exclude(status="approved")
    return waiting.count()


def next_bill(plan: BillingPlan, upto: date, *, final: bool = False) -> dict[str, Any]:
    """What time and materials or cost plus would bill now: the charges, cost, fee, gross, the limit and what is left of it."""
    terms, billed, limit = terms_of(plan), billed_of(plan), limit_of(plan)
    charges: list[Charge] = [charge(c, terms) for _, c in unbilled_costs(plan.job, upto)]
    sums = plan.bills.aggregate(c=Sum("cost"), f=Sum("fee"))
    cost = sum((c.amount for c in charges), ZERO)
    its_fee = fee(charges, sums["c"] or ZERO, sums["f"] or ZERO, terms, final=final)
    return {
        "charges": charges, "cost": cost, "fee": its_fee, "gross": cost + its_fee, "billed": billed, "limit": limit,
        "left": None if limit is None else limit - billed, "cost_before": sums["c"] or ZERO, "fee_before": sums["f"] or ZERO,
    }  # fmt: skip


def units_of(plan: BillingPlan, upto: date) -> list[dict[str, Any]]:
    """Each unit-price item: measured to date, billed, and what is due for it now."""
    out = []
    done = dict(UnitItem.objects.filter(plan=plan, measured__on__lte=upto).values_list("id").annotate(q=Sum("measured__quantity")))
    billed = dict(UnitItem.objects.filter(plan=plan).values_list("id").annotate(a=Sum("bills__amount")))
    for item in plan.items.select_related("cost_code"):
        quantity, before = done.get(item.pk, Decimal(0)), billed.get(item.pk) or ZERO
        out.append({
            "item": item, "quantity": quantity, "billed": before, "due": measured(quantity, item.price, before),
            "beyond": beyond_estimate(quantity, item.estimated),
        })  # fmt: skip
    return out


def held_of(plan: BillingPlan) -> Decimal:
    """Retainage that the customer still holds on the plan's invoices."""
    return sum((i.retainage for i in invoices_of(plan) if i.status == InvoiceStatus.POSTED), ZERO)


def figures(plan: BillingPlan, upto: date) -> dict[str, Any]:
    """Everything that the Billing page shows of a plan."""
    rows = invoices_of(plan)
    price, billed = price_of(plan), sum((i.subtotal for i in rows), ZERO)
    out: dict[str, Any] = {
        "plan": plan, "invoices": rows, "billed": billed, "held": held_of(plan), "price": price, "limit": limit_of(plan),
        "open": sum((i.open_amount for i in rows), ZERO), "waiting": work_of(plan.job, upto), "problem": "",
    }  # fmt: skip
    if plan.way == Way.DRAWS:
        draws = list(plan.draws.select_related("invoice"))
        out |= {"draws": draws, "not_in_a_draw": (price or ZERO) - sum((d.amount for d in draws), ZERO)}
    if plan.way == Way.UNITS:
        out["units"] = units_of(plan, upto)
        out["due"] = sum((u["due"] for u in out["units"]), ZERO)
    if plan.way in BY_COST:
        try:
            out |= next_bill(plan, upto)
        except Invalid as missing:
            out["problem"] = missing.sentence
    return out


def unbilled(job: Job) -> Decimal:
    """What a job that is billed by cost or quantity has still to bill, before its fee; zero for one that is whole."""
    plan = plan_of(job)
    if plan is None:
        return ZERO
    if plan.way == Way.UNITS:
        return sum((u["due"] for u in units_of(plan, date.max)), ZERO)
    return sum((c.amount for _, c in unbilled_costs(job)), ZERO) if plan.way in BY_COST else ZERO


def backup_data(plan: BillingPlan, invoice: Invoice) -> dict[str, Any]:
    """The backup of an invoice by cost, as strings: every hour and bill, by cost type with its sum."""
    from bifocal.lib.money import dollars

    kinds = {"L": "Labor", "M": "Materials", "E": "Equipment", "S": "Subcontractors", "O": "Other"}
    bill = plan.bills.get(invoice=invoice)
    groups: dict[str, list[Any]] = {}
    for row in bill.costs.exclude(amount=0).select_related("line__account").order_by("line_id"):
        groups.setdefault(COST_TYPE[row.line.account.code], []).append(row)
    limit = limit_of(plan)
    return {
        "number": invoice.number or "Draft", "job": f"{plan.job.number} {plan.job.title}", "customer": invoice.customer.name,
        "date": f"{invoice.date:%B %-d, %Y}", "way": plan.way.replace("_", " "),
        "limit": f"{Limit(plan.limit_sort).replace('_', ' ')} ${dollars(limit)}" if limit is not None else "",
        "groups": [
            {
                "name": kinds[k],
                "sum": dollars(sum((r.amount for r in found), ZERO)),
                "lines": [
                    {"text": r.text, "cost": dollars(r.line.amount), "price": dollars(r.price), "amount": dollars(r.amount)} for r in found
                ],
            }
            for k, found in sorted(groups.items(), key=lambda g: "LMESO".index(g[0]))
        ],
        "cost": dollars(bill.cost), "fee": dollars(bill.fee) if bill.fee else "", "total": dollars(invoice.subtotal),
        "other": dollars(invoice.subtotal - bill.cost - bill.fee) if invoice.subtotal != bill.cost + bill.fee else "",
    }  # fmt: skip
