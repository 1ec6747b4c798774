"""Receipts, bills and their payment: every write."""

from __future__ import annotations

from datetime import date as Date
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from django.db import IntegrityError, transaction
from pydantic import BaseModel, Field

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.days import accounting_day
from bifocal.core.facts import record
from bifocal.core.numbering import next_number
from bifocal.core.policy import require
from bifocal.core.search import remember
from bifocal.kernel.jobs.models import CostCode, Job, Phase
from bifocal.kernel.jobs.rules import Profile, Work
from bifocal.kernel.ledger import commands as ledger
from bifocal.kernel.ledger.rules import COST_ACCOUNT, Acc, Entry, Line, credit, debit
from bifocal.kernel.parties.models import Vendor
from bifocal.kernel.people.queries import office_of
from bifocal.kernel.pricebook.queries import item as item_by_code
from bifocal.kernel.purchasing import gates
from bifocal.kernel.purchasing.facts import BillPaid, BillPosted, GoodsReceived, RetainageReleased
from bifocal.kernel.purchasing.models import Bill, BillLine, BillPayment, Receipt
from bifocal.kernel.purchasing.rules import BillStatus, post_bill, post_payment, post_release, retained, spread_extras
from bifocal.kernel.stock.commands import send_back, take_in
from bifocal.kernel.stock.models import Location
from bifocal.lib.errors import Invalid, Refused
from bifocal.lib.money import ZERO, cents

Money = Annotated[Decimal, Field(max_digits=14, decimal_places=2)]
CostType = Literal["L", "M", "E", "S", "O"]
PAID_FROM = {"check": Acc.BANK, "ach": Acc.BANK, "wire": Acc.BANK, "card": Acc.CREDIT_CARD}


class LineIn(BaseModel):
    """A line of a bill: a cost on a job, an item into stock, or overhead on an account."""

    description: str
    amount: Money
    job: UUID | None = None
    phase: str = ""
    cost_code: str = ""
    cost_type: CostType = "M"
    account: str = ""
    item: str = ""
    location: UUID | None = None
    quantity: Decimal = Decimal(1)


@command("goods.receive")
def receive_goods(
    *, vendor: UUID, job: UUID, description: str, amount: Money, freight: Money = ZERO, tax: Money = ZERO,
    received_on: Date | None = None, cost_code: str = "", actor: Actor, call: Call,
) -> Receipt:  # fmt: skip
    """Goods came straight to a job, their bill has not: cost now, clearing until the bill (posting X6)."""
    who: Vendor = Vendor.objects.find(vendor, actor)
    on: Job = Job.objects.find(job, actor)
    require(actor, "bill.post")
    row = Receipt(
        vendor=who, job=on, description=description, total=cents(amount + freight + tax),
        received_on=received_on or accounting_day(call.occurred_at, on.branch), cost_code=_code(cost_code),
    )  # fmt: skip
    row.number = next_number("receipt", "R-")
    row.save()
    cost = debit(Acc.MATERIALS, row.total, **_dims(on, None, row.cost_code, who))
    lines = (cost, credit(Acc.RECEIVED_NOT_INVOICED, row.total, vendor_id=who.pk))
    entry = Entry("goods received", row.subject, row.received_on, lines, description)
    ledger.post(entry, actor=actor.within("goods.receive"), call=call)
    record(GoodsReceived(number=row.number, total=str(row.total), job=on.number), about=row, actor=actor, call=call)
    return row


@command("bill.post")
def post_vendor_bill(
    *, vendor: UUID, vendor_number: str, date: Date, lines: list[LineIn], sort: Literal["bill", "credit", "card"] = "bill",
    freight: Money = ZERO, tax: Money = ZERO, retainage: Decimal = Decimal(0), receipt: UUID | None = None,
    due: Date | None = None, branch: str = "", actor: Actor, call: Call,
) -> Bill:  # fmt: skip
    """Enter a vendor's bill, credit or card purchase; its costs are on their jobs at once (C1, I5, X2, X7).

    `retainage` is the fraction held back (0.10). With `receipt` the clearing of goods received is relieved.
    """
    who: Vendor = Vendor.objects.find(vendor, actor)
    require(actor, "bill.post")
    if not lines:
        raise Invalid("A bill needs at least one line.", field="lines")
    inner = actor.within("bill.post")
    got: Receipt | None = Receipt.objects.select_for_update().filter(uid=receipt).first() if receipt else None
    if receipt and (got is None or got.billed or got.vendor_id != who.pk):
        raise Refused("This receipt is not open for this vendor.", field="receipt")
    sign = -1 if sort == "credit" else 1
    amounts = [sign * a for a in spread_extras([cents(li.amount) for li in lines], cents(freight + tax))]
    total = sum(amounts, ZERO)
    bill = Bill(
        vendor=who, branch=office_of(actor, branch), vendor_number=vendor_number, sort=sort, date=date, freight=freight,
        tax=tax, total=total, due=due or date + timedelta(days=who.terms_days), retainage=retained(total, retainage), receipt=got,
        status=BillStatus.PAID if sort == "card" else BillStatus.POSTED,
    )  # fmt: skip
    bill.number = next_number("bill", "B-")
    try:
        with transaction.atomic():
            bill.save()
    except IntegrityError as twice:
        raise Refused(f"{who.name}'s bill {vendor_number} is already here.", field="vendor_number") from twice
    costs = _cost_lines(bill, lines, amounts, got, inner, call)
    posting = post_bill(costs=costs, total=total, retainage=bill.retainage, on_card=sort == "card", dims=_paper(bill))
    ledger.post(Entry(f"{sort} posted", bill.subject, date, posting, f"{who.name} {vendor_number}"), actor=inner, call=call)
    if got:
        got.billed = True
        got.save(update_fields=["billed"])
    remember(bill, title=f"{bill.number} {who.name}", detail=f"{vendor_number} · {total:,.2f}")
    record(BillPosted(number=bill.number, vendor=who.name, total=str(total)), about=bill, actor=actor, call=call)
    return bill


def _cost_lines(bill: Bill, lines: list[LineIn], amounts: list[Decimal], got: Receipt | None, actor: Actor, call: Call) -> list[Line]:
    costs: list[Line] = []
    for n, (line, amount) in enumerate(zip(lines, amounts, strict=True)):
        row, posting = _cost_line(bill, line, amount, f"lines.{n}", actor, call)
        row.save()
        costs += posting
    if got is None:
        return costs
    # what was received is cleared; a difference in price is the job's own cost (posting I2, last sentence)
    cleared = debit(Acc.RECEIVED_NOT_INVOICED, got.total, vendor_id=bill.vendor_id)
    difference = bill.total - got.total
    rest = debit(Acc.MATERIALS, difference, **_dims(got.job, None, got.cost_code, bill.vendor))
    return [cleared, rest]


def _cost_line(bill: Bill, line: LineIn, amount: Decimal, where: str, actor: Actor, call: Call) -> tuple[BillLine, list[Line]]:
    job: Job | None = Job.objects.find(line.job, actor) if line.job else None
    phase = Phase.objects.filter(job=job, code=line.phase).first() if line.phase and job else None
    code = _code(line.cost_code)
    row = BillLine(
        bill=bill, description=line.description, job=job, phase=phase, cost_code=code, cost_type=line.cost_type if job else "",
        account=line.account, quantity=line.quantity, amount=amount,
    )  # fmt: skip
    if line.item and line.location:
        row.item, row.location = item_by_code(line.item), Location.objects.find(line.location, actor)
        move_goods = take_in if amount >= 0 else send_back
        posting = move_goods(item=row.item, location=row.location, quantity=line.quantity, value=abs(amount), actor=actor, call=call)[1]
        return row, posting
    if job is not None:
        if job.work_status == Work.CANCELLED:
            raise Refused(f"{job.number} is canceled: it can't take cost.", field=where)
        account = Acc.CALLBACK if job.profile == Profile.WARRANTY else COST_ACCOUNT[line.cost_type]
        return row, [debit(account, amount, quantity=line.quantity, **_dims(job, phase, code, bill.vendor))]
    if not line.account or line.account[0] not in "156":
        raise Invalid("Say where this goes: a job, an item with its place, or an overhead account.", field=where)
    return row, [debit(line.account, amount, **_paper(bill))]


def _paper(paper: Bill | BillPayment) -> dict[str, int | None]:
    return {"vendor_id": paper.vendor_id, "branch_id": paper.branch_id}


def _dims(job: Job, phase: Phase | None, code: CostCode | None, vendor: Vendor) -> dict[str, int | None]:
    return {
        "job_id": job.pk, "phase_id": phase.pk if phase else None, "cost_code_id": code.pk if code else None,
        "vendor_id": vendor.pk, "branch_id": job.branch_id, "business_unit_id": job.business_unit_id,
    }  # fmt: skip


def _code(code: str) -> CostCode | None:
    if not code:
        return None
    found = CostCode.objects.filter(code=code).first()
    if found is None:
        raise Invalid(f"There is no cost code '{code}'.", field="cost_code")
    return found


@command("bill.release")
def release_retainage(*, bill: UUID, amount: Money, date: Date | None = None, actor: Actor, call: Call) -> Bill:
    """Release what was held back on a bill: it becomes payable (posting C2). Refused above what is held."""
    row: Bill = Bill.objects.locked(bill, actor, call)
    require(actor, "bill.release")
    if not 0 < amount <= row.retainage:
        raise Refused(f"{row.number} holds {row.retainage:,.2f} of retainage; {amount:,.2f} can't be released.", field="amount")
    row.change(retainage=row.retainage - amount, status=BillStatus.POSTED)
    day = date or accounting_day(call.occurred_at)
    posting = post_release(amount=amount, dims={"vendor_id": row.vendor_id})
    entry = Entry(f"retainage released {row.version}", row.subject, day, posting, f"{row.vendor.name} {row.vendor_number}")
    ledger.post(entry, actor=actor.within("bill.release"), call=call)
    record(RetainageReleased(number=row.number, amount=str(amount)), about=row, actor=actor, call=call)
    return row


class PartIn(BaseModel):
    """How much of a payment goes to which bill."""

    bill: UUID
    amount: Money


def _pay_part(bill: Bill | None, part: PartIn, who: Vendor, day: Date, override: str, jointly: str) -> None:
    """One bill of a payment: what is open, what fits, what holds the check."""
    if bill is None:
        raise Invalid(f"This bill is not one of {who.name}'s.", field="parts")
    if part.amount == 0 or abs(part.amount) > abs(bill.open_amount) or (part.amount < 0) != (bill.sort == "credit"):
        raise Refused(f"{bill.number} has {bill.open_amount:,.2f} open; {part.amount:,.2f} does not fit.", field="parts")
    why = gates.holds(bill, part.amount, day, jointly)
    if why and not override:
        raise Refused(f"The check for {bill.number} of {who.name} is held: {'; '.join(why)}.", field="parts", held=why)
    paid = bill.paid + part.amount
    bill.change(paid=paid, status=BillStatus.PAID if bill.open_amount == part.amount else BillStatus.POSTED)


@command("bill.pay")
def pay_bills(
    *, vendor: UUID, parts: list[PartIn], date: Date | None = None, method: Literal["check", "ach", "wire", "card"] = "check",
    reference: str = "", discount: Money = ZERO, branch: str = "", override: str = "",
    jointly_with: Annotated[str, Field(max_length=160)] = "", actor: Actor, call: Call,
) -> BillPayment:  # fmt: skip
    """Pay a vendor's bills, whole or in part (posting X1). A held check (waiver, papers) needs the reason to go on anyway.

    A check may be made out jointly with a supplier of the vendor: then the supplier's missing waiver does not hold it.
    """
    who: Vendor = Vendor.objects.find(vendor, actor)
    require(actor, "bill.pay")
    at = office_of(actor, branch)
    day = date or accounting_day(call.occurred_at, at)
    rows: dict[UUID, Bill] = {b.uid: b for b in Bill.objects.select_for_update().filter(
        uid__in=[p.bill for p in parts], vendor=who).order_by("id")}  # fmt: skip
    for part in parts:
        _pay_part(rows.get(part.bill), part, who, day, override, jointly_with)
    total = sum((p.amount for p in parts), ZERO)
    if not 0 <= discount <= total:
        raise Invalid("The discount can't be more than what is paid.", field="discount")
    row = BillPayment(
        vendor=who, branch=at, date=day, method=method, reference=reference, amount=total - discount, discount=discount,
        jointly_with=jointly_with,
        parts=[[str(p.bill), str(p.amount)] for p in parts],
    )  # fmt: skip
    row.number = next_number("bill_payment", "PV-")
    row.save()
    posting = post_payment(amount=total - discount, discount=discount, account=PAID_FROM[method], dims=_paper(row))
    entry = Entry("bills paid", row.subject, day, posting, f"{who.name} {reference}")
    ledger.post(entry, actor=actor.within("bill.pay"), call=call)
    record(
        BillPaid(number=row.number, amount=str(row.amount), override=override, jointly_with=jointly_with), about=row, actor=actor, call=call
    )
    return row
