"""An approved change order is undone by a record that reverses it, as long as no application has billed it."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.facts import record
from bifocal.core.policy import require
from bifocal.kernel.jobs.models import Job
from bifocal.lib.errors import Refused
from bifocal.projects.budget import commands as budget
from bifocal.projects.changes.commands.effect import budget_of, mirror
from bifocal.projects.changes.models import ChangeLine, ChangeOrder
from bifocal.projects.changes.queries import lines_behind
from bifocal.projects.changes.rules import BALL, NEXT
from bifocal.projects.contracts import commands as contracts
from bifocal.projects.contracts.models import Contract
from bifocal.projects.payapps.facts import ChangeReversed
from bifocal.projects.payapps.models import PayAppLine
from bifocal.projects.register import commands as register
from bifocal.projects.register.models import Document
from bifocal.projects.register.rules import Sort, check_move


@command("change.reverse")
def reverse_change(*, change: UUID, reason: Annotated[str, Field(min_length=1)], actor: Actor, call: Call) -> Document:
    """Void an approved change order: a reversing order takes its sum, days and budget back; both stay in the record.

    Refused once an application has billed a cent of it.
    """
    found: Document = Document.objects.filter(sort=Sort.CHANGE).find(change, actor)
    job: Job = Job.objects.locked(found.job.uid, actor)
    doc: Document = Document.objects.locked(change, actor, call)
    require(actor, "change.reverse")
    contract: Contract | None = Contract.objects.select_for_update().filter(job=job).first()
    if doc.status != "approved" or contract is None:
        raise Refused(f"{doc.number or 'This change order'} is not approved on a contract: withdraw it instead.")
    if doc.change_order.reverses_id:
        raise Refused(f"{doc.number} is itself a reversal. Write a new change order.")
    check_move(NEXT, doc.status, "void", doc.number)
    _check_unbilled(doc)
    inner = actor.within("change.reverse")
    new = _counterpart(doc, reason, inner, call)
    one = contracts.SovIn(item=new.number, description=new.title, scheduled_value=new.change_order.price)
    contracts.apply_change(contract, new, [one], new.change_order.days, actor=inner, call=call)
    back = [b.model_copy(update={"amount": -b.amount}) for b in budget_of(doc, list(lines_behind(doc)))]
    budget.apply_change(job, new, back, actor=inner, call=call)
    doc = register.move(doc, "void", BALL["void"], actor=actor, call=call, reason=reason)
    mirror(doc, actor=actor, call=call, reason=reason)
    record(ChangeReversed(number=doc.number, by=new.number, reason=reason), about=doc, actor=actor, call=call)
    return new


def _check_unbilled(doc: Document) -> None:
    """Raises Refused naming the application that has billed it."""
    on = PayAppLine.objects.filter(sov__change=doc).exclude(payapp__status="void").select_related("payapp").order_by("-payapp__number")
    for line in on:
        if line.previous or line.this_period or line.stored:
            raise Refused(f"{doc.number} is billed in application {line.payapp.number}: undo it by a deductive change order.")


def _counterpart(doc: Document, reason: str, actor: Actor, call: Call) -> Document:
    """The reversing order: the same lines with the other sign, approved at once because it only takes back."""
    row = doc.change_order
    new = register.draft(job=doc.job, sort=Sort.CHANGE, title=f"Reversal of {doc.number}", body=reason, actor=actor, call=call)
    ChangeOrder.objects.create(document=new, cost=-row.cost, price=-row.price, days=-row.days, reverses=doc)
    ChangeLine.objects.bulk_create(
        ChangeLine(change_id=new.pk, description=li.description, cost_code=li.cost_code, cost_type=li.cost_type, cost=-li.cost,
                   price=-li.price, fixed=True)
        for li in lines_behind(doc)
    )  # fmt: skip
    register.link_documents(source=doc.uid, target=new.uid, why="reversed by", actor=actor, call=call.inner())
    number = register.number(new)
    return register.move(
        new, "approved", BALL["approved"], actor=actor, call=call, reason=reason, number=number, closed_at=call.occurred_at
    )
