"""A priced change goes to its approvers, one step after the other, each by a link of their own; they approve, or say why not."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.days import accounting_day
from bifocal.core.facts import record
from bifocal.core.models import AccessLink
from bifocal.core.policy import require
from bifocal.kernel.documents.commands import keep
from bifocal.kernel.documents.paper import render
from bifocal.kernel.jobs.models import Job
from bifocal.kernel.messages.commands import send
from bifocal.lib.errors import Invalid, Refused, StaleVersion
from bifocal.lib.money import dollars
from bifocal.projects.changes.commands.effect import mirror, take_effect
from bifocal.projects.changes.facts import ApproverReminded, ChangeAgreed, ChangeRejected
from bifocal.projects.changes.models import ChangeOrder
from bifocal.projects.changes.queries import TIER_SORTS, lines_behind, paper_data
from bifocal.projects.changes.rules import BALL, NEXT
from bifocal.projects.register import commands as register
from bifocal.projects.register import seats
from bifocal.projects.register.models import Document, Seat
from bifocal.projects.register.rules import NAME, Asked, Sort, check_move, step_now
from bifocal.projects.terms.queries import terms_of
from bifocal.projects.terms.rules import OwnApproval

RIGHTS = ["change.answer", "document.read"]


class ApproverIn(BaseModel):
    """Who approves, in which step, within how many days."""

    who: UUID
    step: int = 1
    days: int = 10


def found_change(change: UUID, to: str, actor: Actor, call: Call) -> Document:
    """Job first, then the document: the lock order that approval needs too. Raises CannotMove."""
    found: Document = Document.objects.filter(sort__in=TIER_SORTS).find(change, actor)
    Job.objects.select_for_update().filter(pk=found.job_id).first()
    doc: Document = Document.objects.locked(change, actor, call)
    check_move(NEXT, doc.status, to, doc.number or "This change order")
    return doc


def _load(change: UUID, to: str, right: str, actor: Actor, call: Call) -> Document:
    doc = found_change(change, to, actor, call)
    require(actor, right)
    return doc


@command("change.send")
def send_change(
    *, change: UUID, approver: UUID | None = None, approvers: list[ApproverIn] | None = None, days_to_answer: int | None = None,
    actor: Actor, call: Call,
) -> dict[str, object]:  # fmt: skip
    """Send a priced change to the owner's approver: numbered, printed, hashed, with a link to approve from a phone.

    Several approvers answer in sequence, step after step. Without a name those of the contract's terms are asked.
    """
    doc = _load(change, "in_review", "change.send", actor, call)
    _check_top(doc)
    asks = _asks(doc, approver, approvers or [], days_to_answer)
    inner = actor.within("change.send")
    doc.number = doc.number or register.number(doc)
    seats.seat(doc, asks)
    first = [s for s in seats.current(doc) if s.step == 1]
    doc.assignee = next((s.contact for s in first if s.contact), None)
    digest = _print(doc, inner, call)
    due = accounting_day(call.occurred_at, doc.job.branch) + timedelta(days=max(a.days for a in asks if a.step == 1))
    links = ask_step(doc, first, inner, call)
    sent: dict[str, Any] = {"number": doc.number, "assignee": doc.assignee, "opened_at": call.occurred_at, "due": due}
    doc = register.move(doc, "in_review", BALL["in_review"], actor=actor, call=call, **sent)
    mirror(doc, actor=actor, call=call)
    return {**doc.answer(), "sha256": digest, **(links[0] if links else {}), "links": links}


def _check_top(doc: Document) -> None:
    if doc.sort != Sort.CHANGE:
        raise Refused(f"{doc.number} is a {NAME[Sort(doc.sort)]}: put it into a change order, that one is sent.")
    if not lines_behind(doc).exists():
        raise Refused("Price the change before it is sent.")


def _asks(doc: Document, approver: UUID | None, approvers: list[ApproverIn], days: int | None) -> list[seats.Ask]:
    terms = terms_of(doc.job)
    named = approvers or ([ApproverIn(who=approver, days=days or terms.answer_days)] if approver else [])
    named = named or [ApproverIn.model_validate(a) for a in terms.approvers]
    if not named:
        raise Invalid("Say who approves it.", field="approver")
    return [seats.Ask(who=a.who, step=a.step, days=days or a.days) for a in named]


def _print(doc: Document, actor: Actor, call: Call) -> str:
    """The paper as it is sent, kept; its hash is what an approval must carry."""
    pdf = render("change_order", paper_data(doc))
    digest = hashlib.sha256(pdf).hexdigest()
    ChangeOrder.objects.filter(pk=doc.pk).update(sent_sha256=digest)
    keep(data=pdf, name=f"{doc.number} rev {doc.revision}.pdf", sort="paper", about=doc.subject, actor=actor, call=call)
    return digest


def ask_step(doc: Document, who: Sequence[Seat], actor: Actor, call: Call) -> list[dict[str, str]]:
    """Ask these approvers now: outside people by a link of their own, ours on their page of today. Returns the links."""
    out, today = list[dict[str, str]](), accounting_day(call.occurred_at, doc.job.branch)
    for one in who:
        one.change(state=Asked.ASKED, asked_at=call.occurred_at, due=today + timedelta(days=one.days))
        if one.contact is None:
            continue
        assert one.due is not None
        link, address = register.send_link(
            about=doc.subject, purpose="change_order", rights=RIGHTS, name=one.contact.name, email=one.contact.email,
            title=f"{doc.number} {doc.title}: please approve",
            text=f"Change order {doc.number} over ${dollars(doc.change_order.price)} waits for you until {one.due:%B %-d, %Y}:",
            days=one.days + 20, actor=actor, call=call,
        )  # fmt: skip
        one.change(key=f"link:{link.uid}")
        out.append({"name": one.name, "link": str(link.uid), "link_path": "/link/" + address.rsplit("/", 1)[-1]})
    return out


def answering(doc: Document, actor: Actor, seat: UUID | None, right: str) -> Seat | None:
    """The seat that this actor answers for: their own (by any link sent to them), or with the right the one that is named.

    Raises Refused where it is not their turn. None only for a paper that was sent before approvers had seats.
    """
    every = seats.current(doc)
    asked = [s for s in every if s.state == Asked.ASKED]
    mine = next((s for s in asked if _sits(s, actor)), None)
    if mine is not None:
        return mine
    require(actor, right)
    if actor.link_uid and every:
        raise Refused(f"Your answer to {doc.number} is recorded already, or it is not your turn.")
    found = [s for s in asked if seat is None or s.uid == seat]
    if every and len(found) != 1:
        names = ", ".join(s.name for s in asked) or "nobody"
        raise Refused(f"Asked now: {names}. Say whose answer this is.", field="seat")
    return found[0] if found else None


def _sits(seat: Seat, actor: Actor) -> bool:
    if seat.key == actor.key:
        return True
    if actor.link_uid is None or seat.contact is None or not seat.contact.email:
        return False
    link = AccessLink.objects.filter(uid=UUID(actor.key.removeprefix("link:"))).first()
    return link is not None and link.contact_email.casefold() == seat.contact.email.casefold()


def check_paper(doc: Document, sha256: str, name: str, actor: Actor) -> bool:
    """The paper that was read is the one that was sent last, and not approved by who wrote it. Returns whether it is their own."""
    row: ChangeOrder = ChangeOrder.objects.select_for_update().get(pk=doc.pk)
    if not row.sent_sha256 or sha256 != row.sent_sha256:
        raise StaleVersion("This is not the change order that was sent last. Open the newest link and read it again.")
    own = doc.creator_key == actor.key
    if own and not (terms_of(doc.job).own_approval == OwnApproval.OWNER and "owner" in actor.roles):
        raise Refused("Somebody else than the one who wrote this change order must approve it.")
    if not name:
        raise Invalid("Type your name to approve.", field="name")
    return own


@command("change.approve")
def approve_change(
    *, change: UUID, sha256: str, name: str, address: str = "", seat: UUID | None = None, actor: Actor, call: Call
) -> Document:
    """Approve what was sent. With the last approver contract sum, schedule of values, budget and days change in this one transaction.

    `sha256` is the hash of the paper that was read. Raises StaleVersion when another paper was sent since.
    """
    doc = found_change(change, "approved", actor, call)
    mine = answering(doc, actor, seat, "change.answer")
    own = check_paper(doc, sha256, name, actor)
    step = mine.step if mine else 1
    if mine:
        seats.answer(mine, call)
    more = step_now(register.places(doc))
    register.respond(doc, text=f"Approved by {name}", code="approved", official=more is None, step=step, by=name, actor=actor, call=call)
    if more is not None:
        return _go_on(doc, step, more, name, actor, call)
    inner = actor.within("change.approve")
    return take_effect(doc, name=name, sha256=sha256, address=address, own=own, actor=inner, call=call)


def _go_on(doc: Document, was: int, now: int, name: str, actor: Actor, call: Call) -> Document:
    """Some have approved: those of this step who have not keep the ball, else the next step is asked."""
    if now != was:
        following = [s for s in seats.current(doc) if s.step == now and s.state == Asked.WAITING]
        ask_step(doc, following, actor.within("change.send"), call)
        doc.due = max(s.due for s in following if s.due)
    waits = [s.name for s in seats.current(doc) if s.state == Asked.ASKED]
    record(ChangeAgreed(number=doc.number, by=name, step=was, waits_for=waits), about=doc, actor=actor, call=call)
    doc.change(due=doc.due)
    register.pass_ball(doc, BALL["in_review"], call)
    return doc


@command("change.reject")
def reject_change(*, change: UUID, reason: str, name: str, seat: UUID | None = None, actor: Actor, call: Call) -> Document:
    """The owner says no, with the reason; nothing of contract or budget moves."""
    doc = found_change(change, "rejected", actor, call)
    mine = answering(doc, actor, seat, "change.answer")
    if not reason:
        raise Invalid("Say why, so that it can be revised.", field="reason")
    if mine:
        seats.answer(mine, call)
    step = mine.step if mine else 1
    register.respond(doc, text=reason, code="rejected", step=step, by=name, actor=actor, call=call)
    doc = register.move(doc, "rejected", BALL["rejected"], actor=actor, call=call, reason=reason)
    mirror(doc, actor=actor, call=call, reason=reason)
    record(ChangeRejected(number=doc.number, by=name, reason=reason), about=doc, actor=actor, call=call)
    return doc


@command("change.revise")
def revise_change(*, change: UUID, reason: str = "", actor: Actor, call: Call) -> Document:
    """Take a sent or rejected change back to price it anew: the revision counts up, the old paper is kept."""
    doc = _load(change, "revised", "change.edit", actor, call)
    ChangeOrder.objects.filter(pk=doc.pk).update(sent_sha256="")
    again = {"revision": doc.revision + 1}
    doc = register.move(doc, "revised", BALL["revised"], actor=actor, call=call, reason=reason, **again)
    mirror(doc, actor=actor, call=call, reason=reason)
    return doc


@command("change.void")
def void_change(*, change: UUID, reason: str, actor: Actor, call: Call) -> Document:
    """Withdraw a change that is not approved. An approved one is undone by a record that reverses it (`change.reverse`)."""
    doc = _load(change, "void", "change.edit", actor, call)
    if doc.status == "approved":
        raise Refused(f"{doc.number} is approved and in the contract. Undo it by a reversing change order (change.reverse).")
    if doc.change_order.group_id or doc.members.exists():
        raise Refused(f"{doc.number or 'This change'} is grouped: take the group apart first.")
    return register.move(doc, "void", BALL["void"], actor=actor, call=call, reason=reason)


@command("change.remind")
def remind_approver(*, change: UUID, seat: UUID, actor: Actor, call: Call) -> Seat:
    """Remind an approver who has not answered, with a new link; the one sent before still works."""
    doc: Document = Document.objects.filter(sort=Sort.CHANGE).locked(change, actor, call)
    require(actor, "change.send")
    row = next((s for s in seats.current(doc) if s.uid == seat), None)
    if row is None or row.state != Asked.ASKED or doc.status != "in_review":
        raise Refused(f"Nobody's answer to {doc.number or 'this change order'} is missing there.", field="seat")
    inner, due = actor.within("change.remind"), row.due or accounting_day(call.occurred_at, doc.job.branch)
    text = f"Change order {doc.number} over ${dollars(doc.change_order.price)} still waits for your answer, due {due:%B %-d, %Y}."
    if row.contact:
        register.send_link(
            about=doc.subject, purpose="change_order", rights=RIGHTS, name=row.contact.name, email=row.contact.email,
            title=f"Reminder: {doc.number} {doc.title}", text=text, days=30, actor=inner, call=call,
        )  # fmt: skip
    elif row.person and row.person.email:
        send(to=row.person.email, title=f"Reminder: {doc.number} {doc.title}", body=text, about=doc.subject, actor=inner, call=call)
    record(ApproverReminded(number=doc.number, to=row.name, due=str(due)), about=doc, actor=actor, call=call)
    return row
