"""What comes in on a commitment: goods, bills, and the retainage that is released to the vendor."""

from __future__ import annotations

from datetime import date as Date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from django.db.models import Sum
from pydantic import BaseModel, Field

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.facts import record
from bifocal.core.policy import require
from bifocal.kernel.purchasing import commands as purchasing
from bifocal.kernel.purchasing.models import Bill
from bifocal.lib.errors import Invalid, Refused
from bifocal.lib.money import ZERO, dollars
from bifocal.projects.commitments.commands.contract import Money, move
from bifocal.projects.commitments.facts import CommitmentBilled, CommitmentReceived
from bifocal.projects.commitments.models import Billed, Commitment, CommitmentLine
from bifocal.projects.commitments.rules import BILLABLE, Status

Positive = Annotated[Decimal, Field(gt=0, max_digits=14, decimal_places=2)]


class TakenIn(BaseModel):
    """What is billed or received of one line."""

    item: str
    amount: Money


def taken(row: Commitment, lines: list[TakenIn]) -> list[tuple[CommitmentLine, Decimal]]:
    """The lines with what is taken of each. Raises Invalid for an unknown item, Refused beyond a line's amount."""
    if row.status not in BILLABLE:
        raise Refused(f"{row.number or 'This commitment'} is {row.status.replace('_', ' ')}: nothing can be billed on it.")
    have = {li.item: li for li in row.lines.filter(counts=True).select_related("cost_code")}
    sums = dict(Billed.objects.filter(line__commitment=row).values_list("line").annotate(Sum("amount")))
    out: list[tuple[CommitmentLine, Decimal]] = []
    for n, line in enumerate(lines):
        found = have.get(line.item)
        if found is None:
            raise Invalid(f"{row.number} has no item {line.item}.", field=f"lines.{n}.item")
        before = sums.get(found.pk, ZERO)
        after = before + line.amount
        if abs(after) > abs(found.amount) or after * found.amount < 0:
            raise Refused(
                f"Item {line.item} of {row.number} is {dollars(found.amount)} with {dollars(before)} billed: {dollars(line.amount)} is"
                " too much. Bill less, or approve a change.", field=f"lines.{n}.amount",
            )  # fmt: skip
        sums[found.pk] = after
        out.append((found, line.amount))
    if not any(a for _, a in out):
        raise Invalid("There is nothing to bill: give an amount by line.", field="lines")
    return out


@command("commitment.bill")
def bill_commitment(
    *, commitment: UUID, vendor_number: Annotated[str, Field(min_length=1, max_length=60)], date: Date, lines: list[TakenIn],
    receipt: UUID | None = None, tax: Money = ZERO, freight: Money = ZERO, due: Date | None = None, actor: Actor, call: Call,
) -> Bill:  # fmt: skip
    """Enter the vendor's bill by line: refused beyond a line's amount; retainage is held back, cost is on the job (C1).

    With `receipt` what was received is billed: its lines count once.
    """
    row: Commitment = Commitment.objects.locked(commitment, actor, call)
    require(actor, "commitment.bill")
    return post_bill(row, vendor_number, date, lines, receipt=receipt, tax=tax, freight=freight, due=due, actor=actor, call=call)


def post_bill(
    row: Commitment, vendor_number: str, day: Date, lines: list[TakenIn], *, receipt: UUID | None = None, tax: Decimal = ZERO,
    freight: Decimal = ZERO, due: Date | None = None, actor: Actor, call: Call,
) -> Bill:  # fmt: skip
    """The bill, for the command and for a subcontractor's approved application. The caller holds the commitment's row."""
    if receipt:  # what was received is billed now: give the lines free first, so that it counts once
        Billed.objects.filter(receipt__uid=receipt, line__commitment=row, bill=None).update(amount=ZERO)
    parts = taken(row, lines)
    wanted = [
        purchasing.LineIn(description=li.description, amount=a, job=row.job.uid, cost_code=li.cost_code.code, cost_type=_type(li.cost_type))
        for li, a in parts
    ]
    bill = purchasing.post_vendor_bill(
        vendor=row.vendor.uid, vendor_number=vendor_number, date=day, lines=wanted, retainage=row.retainage, receipt=receipt, tax=tax,
        freight=freight, due=due, actor=actor.within("commitment.bill"), call=call,
    )  # fmt: skip
    Billed.objects.bulk_create(Billed(line=li, bill=bill, amount=a) for li, a in parts)
    told = CommitmentBilled(number=row.number, bill=bill.number, amount=str(bill.total))
    record(told, about=row, actor=actor, call=call)
    return bill


def _type(letter: str) -> purchasing.CostType:
    match letter:
        case "L" | "M" | "E" | "S":
            return letter
        case _:
            return "O"


@command("commitment.receive")
def receive_order(
    *, commitment: UUID, item: str, amount: Positive, received_on: Date | None = None, description: str = "", actor: Actor, call: Call,
) -> Commitment:  # fmt: skip
    """Goods of an order's line came to the job: cost now, clearing until the bill (X6). The order is received when all of it is."""
    row: Commitment = Commitment.objects.locked(commitment, actor, call)
    require(actor, "commitment.bill")
    [(line, _)] = taken(row, [TakenIn(item=item, amount=amount)])
    if line.cost_type != "M":
        raise Refused(f"Item {item} is not material: enter its bill instead.", field="item")
    got = purchasing.receive_goods(
        vendor=row.vendor.uid, job=row.job.uid, description=description or line.description, amount=amount, received_on=received_on,
        cost_code=line.cost_code.code, actor=actor.within("commitment.receive"), call=call,
    )  # fmt: skip
    Billed.objects.create(line=line, receipt=got, amount=amount)
    record(CommitmentReceived(number=row.number, amount=str(amount)), about=row, actor=actor, call=call)
    whole = row.lines.filter(counts=True).aggregate(t=Sum("billed__amount"))["t"] or ZERO
    to = Status.RECEIVED if whole == row.sum else Status.PART_RECEIVED
    return row if row.status == to == Status.RECEIVED else move(row, to, actor=actor, call=call)


@command("commitment.release")
def release_retainage(
    *,
    bill: UUID,
    amount: Annotated[Decimal, Field(gt=0, max_digits=14, decimal_places=2)],
    date: Date | None = None,
    actor: Actor,
    call: Call,
) -> Bill:
    """Release retainage held on a subcontractor's bill: it becomes payable (C2)."""
    require(actor, "commitment.approve")
    return purchasing.release_retainage(bill=bill, amount=amount, date=date, actor=actor.within("commitment.release"), call=call)
