"""RFIs: asked, opened with a number, answered, closed."""

from __future__ import annotations

from datetime import date as Date
from datetime import timedelta
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.days import accounting_day
from bifocal.core.policy import require
from bifocal.kernel.jobs.models import Job
from bifocal.kernel.parties.models import Contact
from bifocal.kernel.people.models import Person
from bifocal.lib.errors import Invalid, Refused
from bifocal.projects.register import commands as register
from bifocal.projects.register.models import Document
from bifocal.projects.register.rules import Ball, Sort, check_move
from bifocal.projects.rfis.rules import BALL, NEXT

Impact = Literal["yes_known", "yes_unknown", "no_impact", "n_a"]


def _load(rfi: UUID, to: str, right: str, actor: Actor, call: Call) -> Document:
    doc: Document = Document.objects.filter(sort=Sort.RFI).locked(rfi, actor, call)
    require(actor, right)
    check_move(NEXT, doc.status, to, doc.number or "This RFI")
    return doc


@command("rfi.draft")
def draft_rfi(
    *, job: UUID, title: str, question: str, manager: UUID | None = None, assignee: UUID | None = None, location: str = "",
    spec_section: str = "", actor: Actor, call: Call,
) -> Document:  # fmt: skip
    """Write a question about the project; it gets its number when it is opened."""
    row: Job = Job.objects.find(job, actor)
    require(actor, "rfi.edit")
    if not question:
        raise Invalid("Write the question.", field="question")
    return register.draft(
        job=row, sort=Sort.RFI, title=title, body=question, location=location, spec_section=spec_section,
        manager=Person.objects.find(manager, actor) if manager else None,
        assignee=Contact.objects.filter(uid=assignee).first() if assignee else None, actor=actor, call=call,
    )  # fmt: skip


@command("rfi.open")
def open_rfi(*, rfi: UUID, assignee: UUID | None = None, due: Date | None = None, actor: Actor, call: Call) -> Document:
    """Send the question to its assignee: it gets a number, its text is frozen, the ball is theirs."""
    doc = _load(rfi, "open", "rfi.manage", actor, call)
    if doc.status not in ("draft", "submitted"):
        raise Refused(f"{doc.number} is {doc.status}. Reopen it with a reason instead.")
    to = Contact.objects.filter(uid=assignee).first() if assignee else doc.assignee
    if to is None:
        raise Invalid("Say who is asked: an assignee.", field="assignee")
    opened: dict[str, Any] = {
        "assignee": to,
        "due": due or accounting_day(call.occurred_at, doc.job.branch) + timedelta(days=7),
        "opened_at": call.occurred_at,
    }
    opened["number"] = doc.number or register.number(doc)
    doc.assignee = to
    doc = register.move(doc, "open", BALL["open"], actor=actor, call=call, **opened)
    if to.email:
        register.send_link(
            about=doc.subject, purpose="rfi", rights=["rfi.respond", "document.read"], name=to.name, email=to.email,
            title=f"{doc.number} {doc.title}", text=f"{doc.body}\n\nPlease answer by {doc.due}. Open the question here:",
            actor=actor.within("rfi.open"), call=call,
        )  # fmt: skip
    return doc


@command("rfi.respond")
def respond_rfi(*, rfi: UUID, text: str, actor: Actor, call: Call) -> Document:
    """Answer an open question; the ball goes to its manager."""
    doc = _load(rfi, "open", "rfi.respond", actor, call)
    if doc.status != "open":
        raise Refused(f"{doc.number} is {doc.status}: it takes no more responses.")
    if not text:
        raise Invalid("Write the answer.", field="text")
    register.respond(doc, text=text, actor=actor, call=call)
    return register.move(doc, "open", Ball.MANAGER, actor=actor, call=call)


@command("rfi.answer")
def answer_rfi(*, rfi: UUID, response: UUID | None = None, text: str = "", actor: Actor, call: Call) -> Document:
    """Make one response the official answer; the due clock stops."""
    doc = _load(rfi, "answered", "rfi.manage", actor, call)
    found = doc.responses.filter(uid=response).first() if response else doc.responses.order_by("-id").first()
    if text:
        found = register.respond(doc, text=text, official=True, actor=actor, call=call)
    if found is None:
        raise Refused(f"{doc.number} has no response yet that could be the official answer.", field="response")
    doc.responses.filter(pk=found.pk).update(official=True)
    return register.move(doc, "answered", BALL["answered"], actor=actor, call=call)


@command("rfi.close")
def close_rfi(
    *, rfi: UUID, cost_impact: Impact, days_impact: Impact, cost_amount: Decimal | None = None, days_amount: int | None = None,
    actor: Actor, call: Call,
) -> Document:  # fmt: skip
    """Close an answered question, saying what it means for cost and time."""
    doc = _load(rfi, "closed", "rfi.manage", actor, call)
    impact: dict[str, Any] = {
        "cost_impact": cost_impact, "days_impact": days_impact, "cost_amount": cost_amount, "days_amount": days_amount,
    }  # fmt: skip
    return register.move(doc, "closed", BALL["closed"], actor=actor, call=call, closed_at=call.occurred_at, **impact)


@command("rfi.reopen")
def reopen_rfi(*, rfi: UUID, reason: str, due: Date | None = None, actor: Actor, call: Call) -> Document:
    """Open an answered or closed question again; the old official answer is kept."""
    doc = _load(rfi, "open", "rfi.manage", actor, call)
    again: dict[str, Any] = {"closed_at": None, "due": due or accounting_day(call.occurred_at, doc.job.branch) + timedelta(days=7)}
    return register.move(doc, "open", BALL["open"], actor=actor, call=call, reason=reason, **again)


@command("rfi.void")
def void_rfi(*, rfi: UUID, reason: str, actor: Actor, call: Call) -> Document:
    """Withdraw a question; its number stays taken."""
    doc = _load(rfi, "void", "rfi.manage", actor, call)
    return register.move(doc, "void", BALL["void"], actor=actor, call=call, reason=reason)
