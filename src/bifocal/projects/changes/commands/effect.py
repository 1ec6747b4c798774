"""What an approval does: contract, schedule of values, budget and days, and every paper that the order groups, in one transaction."""

from __future__ import annotations

from decimal import Decimal

from bifocal.core.actor import Actor
from bifocal.core.commands import Call
from bifocal.core.days import accounting_day
from bifocal.core.facts import record
from bifocal.kernel.billing import commands as billing
from bifocal.kernel.billing.rules import InvoiceSort
from bifocal.projects.budget import commands as budget
from bifocal.projects.changes.facts import ChangeApproved
from bifocal.projects.changes.models import ChangeLine, ChangeOrder
from bifocal.projects.changes.queries import family, lines_behind, markups_behind
from bifocal.projects.changes.rules import BALL
from bifocal.projects.contracts import commands as contracts
from bifocal.projects.contracts.models import Contract
from bifocal.projects.register import commands as register
from bifocal.projects.register.models import Document


def take_effect(doc: Document, *, name: str, sha256: str, address: str, own: bool, actor: Actor, call: Call) -> Document:
    """Approve for good. The caller has checked who, which paper and which right; `actor` lends what the approval needs."""
    row: ChangeOrder = ChangeOrder.objects.select_for_update().get(pk=doc.pk)
    contract: Contract | None = Contract.objects.select_for_update().filter(job_id=doc.job_id).first()
    lines = list(lines_behind(doc))
    if contract is None:
        _bill_extra(doc, row, actor, call)
    else:
        one = contracts.SovIn(item=doc.number, description=doc.title, scheduled_value=row.price, cost_code=lines[0].cost_code.code)
        contracts.apply_change(contract, doc, [one], row.days, actor=actor, call=call)
        budget.apply_change(doc.job, doc, budget_of(doc, lines), actor=actor, call=call)
    signed = {
        "approved_name": name, "approved_at": call.occurred_at, "approved_address": address, "approved_sha256": sha256, "own_approval": own,
    }  # fmt: skip
    ChangeOrder.objects.filter(pk=row.pk).update(**signed)
    doc = register.move(doc, "approved", BALL["approved"], actor=actor, call=call, closed_at=call.occurred_at)
    mirror(doc, actor=actor, call=call)
    told = ChangeApproved(number=doc.number, price=str(row.price), days=row.days, by=name, address=address, sha256=sha256, own=own)
    record(told, about=doc, actor=actor, call=call)
    return doc


def budget_of(doc: Document, lines: list[ChangeLine]) -> list[budget.BudgetIn]:
    """The cost part by code, and each markup that is mapped to a code of its own (column c of section 3.1)."""
    out = [budget.BudgetIn(cost_code=li.cost_code.code, cost_type=cost_type(li.cost_type), amount=li.cost) for li in lines]
    fees = [m for m in markups_behind(doc) if m.get("cost_code")]
    return out + [budget.BudgetIn(cost_code=m["cost_code"], cost_type="O", amount=Decimal(m["amount"])) for m in fees]


def mirror(doc: Document, *, actor: Actor, call: Call, reason: str = "") -> None:
    """What is grouped shows the state of the paper that groups it, as in every tier below."""
    for member in family(doc):
        if member.status != doc.status:
            register.move(member, doc.status, BALL["void"], actor=actor, call=call, reason=reason)


def _bill_extra(doc: Document, row: ChangeOrder, actor: Actor, call: Call) -> None:
    """A job without a contract has no sum to raise: what was approved waits as a draft invoice beside the job's own."""
    day = accounting_day(call.occurred_at, doc.job.branch)
    line = billing.LineIn(description=f"{doc.number} {doc.title}", price=row.price)
    memo = f"Approved change {doc.number}"
    billing.make_draft(job=doc.job, lines=[line], sort=InvoiceSort.PROGRESS, date=day, memo=memo, actor=actor, call=call.inner())


def cost_type(letter: str) -> budget.CostType:
    """The letter as the budget takes it; what it does not know is other cost."""
    match letter:
        case "L" | "M" | "E" | "S":
            return letter
        case _:
            return "O"
