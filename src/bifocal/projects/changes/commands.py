"""Change orders: priced, sent, approved by link; contract, schedule of values, budget and days move in one transaction."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.days import accounting_day
from bifocal.core.facts import record
from bifocal.core.policy import require
from bifocal.kernel.billing import commands as billing
from bifocal.kernel.billing.rules import InvoiceSort
from bifocal.kernel.documents.commands import keep
from bifocal.kernel.documents.paper import render
from bifocal.kernel.jobs.models import CostCode, Job
from bifocal.kernel.parties.models import Contact
from bifocal.lib.errors import Invalid, Refused, StaleVersion
from bifocal.lib.money import ZERO, dollars
from bifocal.projects.budget import commands as budget
from bifocal.projects.changes.facts import ChangeApproved, ChangePriced, ChangeRejected
from bifocal.projects.changes.models import ChangeLine, ChangeOrder
from bifocal.projects.changes.rules import BALL, NEXT, Markup, price, spread
from bifocal.projects.contracts import commands as contracts
from bifocal.projects.contracts.models import Contract
from bifocal.projects.register import commands as register
from bifocal.projects.register.models import Document
from bifocal.projects.register.rules import Sort, check_move

Money = Annotated[Decimal, Field(max_digits=14, decimal_places=2)]


class LineIn(BaseModel):
    """A cost of the change."""

    description: str
    cost_code: str
    cost_type: Literal["L", "M", "E", "S", "O"] = "L"
    cost: Money


class MarkupIn(BaseModel):
    """A share on top: overhead, profit, fee, bond."""

    name: str
    rate: Annotated[Decimal, Field(ge=0, le=1)]
    compounds: bool = False


def _load(change: UUID, to: str, right: str, actor: Actor, call: Call) -> Document:
    """Job first, then the document: the lock order that approval needs too."""
    found: Document = Document.objects.filter(sort=Sort.CHANGE).find(change, actor)
    Job.objects.select_for_update().filter(pk=found.job_id).first()
    doc: Document = Document.objects.locked(change, actor, call)
    require(actor, right)
    check_move(NEXT, doc.status, to, doc.number or "This change order")
    return doc


@command("change.draft")
def draft_change(*, job: UUID, title: str, reason: str = "", rfi: UUID | None = None, actor: Actor, call: Call) -> Document:
    """Start a change order, from an RFI if there was one. A service job that runs long has changes too, without a contract."""
    row: Job = Job.objects.locked(job, actor)
    require(actor, "change.edit")
    if row.lens == "project" and not Contract.objects.filter(job=row).exists():
        raise Refused(f"{row.number} has no contract to change.")
    doc = register.draft(job=row, sort=Sort.CHANGE, title=title, body=reason, actor=actor, call=call)
    ChangeOrder.objects.create(document=doc)
    if rfi:
        register.link_documents(source=rfi, target=doc.uid, actor=actor.within("change.draft"), call=call.inner())
    return doc


@command("change.price")
def price_change(
    *, change: UUID, lines: list[LineIn], markups: list[MarkupIn] | None = None, days: int = 0, actor: Actor, call: Call
) -> Document:
    """Price a change by cost code, with its markups and the contract days it adds."""
    doc: Document = Document.objects.filter(sort=Sort.CHANGE).locked(change, actor, call)
    require(actor, "change.edit")
    if doc.status not in ("draft", "pricing", "revised"):
        raise Refused(f"{doc.number} is {doc.status.replace('_', ' ')}: it can't be priced again. Revise it first.")
    if not lines:
        raise Invalid("A change needs at least one line.", field="lines")
    codes = {c.code: c for c in CostCode.objects.filter(code__in={li.cost_code for li in lines})}
    missing = next((li.cost_code for li in lines if li.cost_code not in codes), None)
    if missing is not None:
        raise Invalid(f"There is no cost code '{missing}'.", field="lines")
    cost = sum((li.cost for li in lines), ZERO)
    total, _ = price(cost, [Markup(m.name, m.rate, m.compounds) for m in markups or []])
    row = doc.change_order
    row.lines.all().delete()
    prices = spread(total, [li.cost for li in lines])
    ChangeLine.objects.bulk_create(
        [
            ChangeLine(change=row, description=li.description, cost_code=codes[li.cost_code], cost_type=li.cost_type, cost=li.cost, price=p)
            for li, p in zip(lines, prices, strict=True)
        ]
    )
    row.cost, row.price, row.days = cost, total, days
    row.markups = [m.model_dump(mode="json") for m in markups or []]
    row.save()
    to = "pricing" if doc.status == "draft" else doc.status
    if to != doc.status:
        doc = register.move(doc, to, BALL[to], actor=actor, call=call)
    else:
        doc.version += 1
        doc.save(update_fields=["version"])
    record(ChangePriced(cost=str(cost), price=str(total), days=days), about=doc, actor=actor, call=call)
    return doc


def paper_data(doc: Document) -> dict[str, object]:
    """What the change order's paper shows."""
    row, contract = doc.change_order, Contract.objects.filter(job_id=doc.job_id).first()
    return {
        "number": doc.number,
        "title": doc.title,
        "reason": doc.body,
        "job": f"{doc.job.number} {doc.job.title}",
        "customer": doc.job.customer.name,
        "site": doc.job.site.one_line,
        "contract": contract.number if contract else "",
        "revision": doc.revision,
        "lines": [{"text": li.description, "code": li.cost_code.code, "price": dollars(li.price)} for li in row.lines.order_by("id")],
        "price": dollars(row.price),
        "days": row.days,
        "before": dollars(contract.sum) if contract else "",
        "after": dollars(contract.sum + row.price) if contract else "",
        "to": doc.assignee.name if doc.assignee else "",
        "approved_name": row.approved_name,
        "approved_at": str(row.approved_at or ""),
        "approved_sha256": row.approved_sha256,
        "approved_address": row.approved_address,
    }


@command("change.send")
def send_change(*, change: UUID, approver: UUID, days_to_answer: int = 10, actor: Actor, call: Call) -> dict[str, object]:
    """Send a priced change to the owner's approver: numbered, printed, hashed, with a link to approve from a phone."""
    doc = _load(change, "in_review", "change.send", actor, call)
    to = Contact.objects.filter(uid=approver).first()
    if to is None:
        raise Invalid("Say who approves it.", field="approver")
    if not doc.change_order.lines.exists():
        raise Refused("Price the change before it is sent.")
    inner = actor.within("change.send")
    doc.number, doc.assignee = doc.number or register.number(doc), to
    pdf = render("change_order", paper_data(doc))
    digest = hashlib.sha256(pdf).hexdigest()
    ChangeOrder.objects.filter(pk=doc.pk).update(sent_sha256=digest)
    keep(data=pdf, name=f"{doc.number} rev {doc.revision}.pdf", sort="paper", about=doc.subject, actor=inner, call=call)
    sent = {
        "number": doc.number,
        "assignee": to,
        "opened_at": call.occurred_at,
        "due": accounting_day(call.occurred_at, doc.job.branch) + timedelta(days=days_to_answer),
    }
    doc = register.move(doc, "in_review", BALL["in_review"], actor=actor, call=call, **sent)
    link, address = register.send_link(
        about=doc.subject,
        purpose="change_order",
        rights=["change.answer", "document.read"],
        name=to.name,
        email=to.email,
        title=f"{doc.number} {doc.title}: please approve",
        text=f"Change order {doc.number} over ${dollars(doc.change_order.price)} waits for you:",
        days=days_to_answer + 20,
        actor=inner,
        call=call,
    )
    return {**doc.answer(), "sha256": digest, "link": str(link.uid), "link_path": "/link/" + address.rsplit("/", 1)[-1]}


@command("change.approve")
def approve_change(*, change: UUID, sha256: str, name: str, address: str = "", actor: Actor, call: Call) -> Document:
    """Approve what was sent: in this one transaction contract sum, schedule of values, budget and days change.

    `sha256` is the hash of the paper that was read. Raises StaleVersion when another paper was sent since.
    """
    doc = _load(change, "approved", "change.answer", actor, call)
    row: ChangeOrder = ChangeOrder.objects.select_for_update().get(pk=doc.pk)
    if not row.sent_sha256 or sha256 != row.sent_sha256:
        raise StaleVersion("This is not the change order that was sent last. Open the newest link and read it again.")
    if doc.creator_key == actor.key:
        raise Refused("Somebody else than the one who wrote this change order must approve it.")
    if not name:
        raise Invalid("Type your name to approve.", field="name")
    contract: Contract | None = Contract.objects.select_for_update().filter(job_id=doc.job_id).first()
    inner, lines = actor.within("change.approve"), list(row.lines.select_related("cost_code").order_by("id"))
    if contract is None:
        _bill_extra(doc, row, inner, call)
    else:
        one = contracts.SovIn(item=doc.number, description=doc.title, scheduled_value=row.price, cost_code=lines[0].cost_code.code)
        contracts.apply_change(contract, doc, [one], row.days, actor=inner, call=call)
        costs = [budget.BudgetIn(cost_code=li.cost_code.code, cost_type=_type(li.cost_type), amount=li.cost) for li in lines]
        budget.apply_change(doc.job, doc, costs, actor=inner, call=call)
    signed = {
        "approved_name": name,
        "approved_at": call.occurred_at,
        "approved_address": address,
        "approved_sha256": sha256,
    }
    ChangeOrder.objects.filter(pk=row.pk).update(**signed)
    register.respond(doc, text=f"Approved by {name}", code="approved", official=True, by=name, actor=actor, call=call)
    doc = register.move(doc, "approved", BALL["approved"], actor=actor, call=call, closed_at=call.occurred_at)
    told = ChangeApproved(number=doc.number, price=str(row.price), days=row.days, by=name, address=address, sha256=sha256)
    record(told, about=doc, actor=actor, call=call)
    return doc


def _bill_extra(doc: Document, row: ChangeOrder, actor: Actor, call: Call) -> None:
    """A job without a contract has no sum to raise: what was approved waits as a draft invoice beside the job's own."""
    day = accounting_day(call.occurred_at, doc.job.branch)
    line = billing.LineIn(description=f"{doc.number} {doc.title}", price=row.price)
    memo = f"Approved change {doc.number}"
    billing.make_draft(job=doc.job, lines=[line], sort=InvoiceSort.PROGRESS, date=day, memo=memo, actor=actor, call=call.inner())


def _type(letter: str) -> budget.CostType:
    match letter:
        case "L" | "M" | "E" | "S":
            return letter
        case _:
            return "O"


@command("change.reject")
def reject_change(*, change: UUID, reason: str, name: str, actor: Actor, call: Call) -> Document:
    """The owner says no, with the reason; nothing of contract or budget moves."""
    doc = _load(change, "rejected", "change.answer", actor, call)
    if not reason:
        raise Invalid("Say why, so that it can be revised.", field="reason")
    register.respond(doc, text=reason, code="rejected", by=name, actor=actor, call=call)
    doc = register.move(doc, "rejected", BALL["rejected"], actor=actor, call=call, reason=reason)
    record(ChangeRejected(number=doc.number, by=name, reason=reason), about=doc, actor=actor, call=call)
    return doc


@command("change.revise")
def revise_change(*, change: UUID, reason: str = "", actor: Actor, call: Call) -> Document:
    """Take a sent or rejected change back to price it anew: the revision counts up, the old paper is kept."""
    doc = _load(change, "revised", "change.edit", actor, call)
    ChangeOrder.objects.filter(pk=doc.pk).update(sent_sha256="")
    again = {"revision": doc.revision + 1}
    return register.move(doc, "revised", BALL["revised"], actor=actor, call=call, reason=reason, **again)


@command("change.void")
def void_change(*, change: UUID, reason: str, actor: Actor, call: Call) -> Document:
    """Withdraw a change that is not approved. An approved one is undone by a deductive change order."""
    doc = _load(change, "void", "change.edit", actor, call)
    if doc.status == "approved":
        raise Refused(f"{doc.number} is approved and in the contract. Undo it by a deductive change order.")
    return register.move(doc, "void", BALL["void"], actor=actor, call=call, reason=reason)
